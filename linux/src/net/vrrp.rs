//! The raw socket of one interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd};

use bellwether_core::unit::IfName;
use rustix::net::{RecvFlags, recv, sockopt};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};

use crate::sys;

/// IP protocol of VRRP (RFC 9568 5.1.1.4).
const VRRP: i32 = 112;
/// Internetwork control (RFC 791 3.1), as keepalived sends.
const TOS: u32 = 0xc0;
/// Holds several thousand adverts, for a process that was stopped for a while.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Errors in a row that a socket may report before its turn is over.
const ERRORS: usize = 4;

/// A raw socket that is bound to one interface.
#[derive(Debug)]
pub(super) struct VrrpSocket {
    socket: Socket,
    index: u32,
    /// The source that it sends with now.
    source: Option<Ipv4Addr>,
    /// The TTL that it sends with now.
    ttl: Option<u8>,
}

impl VrrpSocket {
    /// Opens a socket on the interface `name`, whose index is `index`.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_RAW`, `ENODEV` when the interface has gone meanwhile.
    pub(super) fn open(name: IfName, index: u32) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(VRRP)))?;
        socket.set_nonblocking(true)?;
        socket.bind_device(Some(name.as_str().as_bytes()))?;
        socket.set_multicast_all_v4(false)?;
        socket.set_multicast_loop_v4(false)?;
        socket.set_tos_v4(TOS)?;
        socket.set_priority(super::PRIORITY)?;
        sys::clear_dont_fragment(socket.as_fd())?;
        // The second is for those who may not exceed the limit of net.core.rmem_max.
        sockopt::set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER)
            .or_else(|_| sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER))?;
        Ok(Self {
            socket,
            index,
            source: None,
            ttl: None,
        })
    }

    /// The index of the interface that it is bound to.
    pub(super) const fn index(&self) -> u32 {
        self.index
    }

    /// The socket itself, for waiting on it.
    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Receives a group; one that is joined already stays so.
    ///
    /// # Errors
    ///
    /// Those of setsockopt.
    pub(super) fn join(&self, group: Ipv4Addr) -> io::Result<()> {
        let interface = InterfaceIndexOrAddress::Index(self.index);
        match self.socket.join_multicast_v4_n(&group, &interface) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(()),
            outcome => outcome,
        }
    }

    /// Stops that; one that is not joined stays so.
    ///
    /// # Errors
    ///
    /// Those of setsockopt.
    pub(super) fn leave(&self, group: Ipv4Addr) -> io::Result<()> {
        let interface = InterfaceIndexOrAddress::Index(self.index);
        match self.socket.leave_multicast_v4_n(&group, &interface) {
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => Ok(()),
            outcome => outcome,
        }
    }

    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// `EINVAL` when the source is no address of this host, `ENETDOWN` or `ENETUNREACH` when the
    /// interface can't send, `ENODEV` when it is gone, `EWOULDBLOCK` when its queue is full.
    pub(super) fn send(
        &mut self,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        ttl: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        if self.source != Some(source) {
            sys::set_multicast_interface(self.socket.as_fd(), self.index, source)?;
            self.source = Some(source);
        }
        if self.ttl != Some(ttl) {
            self.socket.set_multicast_ttl_v4(u32::from(ttl))?;
            self.ttl = Some(ttl);
        }
        let to = SocketAddrV4::new(destination, 0).into();
        self.socket.send_to(payload, &to).map(|_| ())
    }

    /// Takes the next datagram with its IP header, and tells its length; `None` when there is none.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Option<usize> {
        for _ in 0..ERRORS {
            match recv(&self.socket, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((_, length)) => return Some(length.min(buffer.len())),
                Err(rustix::io::Errno::AGAIN) => return None,
                // An error of the interface is reported once by the next call, whichever it is.
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
        }
        None
    }
}
