//! The packet socket, for frames that no IP stack would send by itself.

use std::io;
use std::os::fd::AsFd;

use bellwether_core::unit::IfName;
use rustix::net::netdevice;
use socket2::{Domain, Socket, Type};

use crate::sys;

/// A packet socket that receives nothing and sends by any interface.
#[derive(Debug)]
pub(super) struct FrameSocket(Socket);

impl FrameSocket {
    /// Opens it.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_RAW`.
    pub(super) fn open() -> io::Result<Self> {
        // Without a protocol it is handed no frames at all.
        let socket = Socket::new(Domain::PACKET, Type::RAW, None)?;
        socket.set_nonblocking(true)?;
        socket.set_priority(super::PRIORITY)?;
        Ok(Self(socket))
    }

    /// Sends one whole Ethernet frame.
    ///
    /// # Errors
    ///
    /// `ENODEV` where there is no such interface, `ENETDOWN` when it is down.
    pub(super) fn send(&self, interface: IfName, frame: &[u8]) -> io::Result<()> {
        let index = self.index_of(interface)?;
        sys::send_frame(self.0.as_fd(), index, frame)
    }

    /// The index that an interface has now.
    ///
    /// # Errors
    ///
    /// `ENODEV` where there is no such interface.
    pub(super) fn index_of(&self, interface: IfName) -> io::Result<u32> {
        Ok(netdevice::name_to_index(&self.0, interface.as_str())?)
    }
}
