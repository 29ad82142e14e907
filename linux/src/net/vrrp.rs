//! The raw socket of one interface and way.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use bellwether_core::effect::Transmit;
use bellwether_core::event::Received;
use bellwether_core::unit::IfName;
use bellwether_core::wire::{ah, vrrp};
use rustix::net::{RecvFlags, recv, sockopt};
use socket2::{Domain, InterfaceIndexOrAddress, Protocol, Socket, Type};

use super::{Way, header};
use crate::sys;

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
    way: Way,
    name: IfName,
    index: u32,
    /// The hop limit that it sends with now.
    hop_limit: Option<u8>,
}

impl VrrpSocket {
    /// Opens a socket on the interface `name`, whose index is `index`.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_RAW`, `ENODEV` when the interface has gone meanwhile.
    pub(super) fn open(name: IfName, index: u32, way: Way) -> io::Result<Self> {
        let (domain, protocol) = match way {
            Way::V4 => (Domain::IPV4, vrrp::PROTOCOL),
            Way::Authenticated => (Domain::IPV4, ah::PROTOCOL),
            Way::V6 => (Domain::IPV6, vrrp::PROTOCOL),
        };
        let protocol = Protocol::from(i32::from(protocol));
        let socket = Socket::new(domain, Type::RAW, Some(protocol))?;
        socket.set_nonblocking(true)?;
        socket.bind_device(Some(name.as_str().as_bytes()))?;
        match way {
            Way::V4 | Way::Authenticated => {
                socket.set_header_included_v4(way == Way::Authenticated)?;
                socket.set_multicast_all_v4(false)?;
                socket.set_multicast_loop_v4(false)?;
                socket.set_tos_v4(TOS)?;
                sys::clear_dont_fragment(socket.as_fd())?;
            }
            Way::V6 => {
                socket.set_multicast_all_v6(false)?;
                socket.set_multicast_loop_v6(false)?;
                socket.set_tclass_v6(TOS)?;
                // By a virtual MAC's interface adverts leave with the address of its base.
                socket.set_freebind_v6(true)?;
                sys::tell_header_v6(socket.as_fd())?;
            }
        }
        socket.set_priority(super::PRIORITY)?;
        // The second is for those who may not exceed the limit of net.core.rmem_max.
        sockopt::set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER)
            .or_else(|_| sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER))?;
        Ok(Self {
            socket,
            way,
            name,
            index,
            hop_limit: None,
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

    /// Receives a group; one that is joined already stays so, and the unspecified address is none.
    ///
    /// # Errors
    ///
    /// Those of setsockopt.
    pub(super) fn join(&self, group: IpAddr) -> io::Result<()> {
        let outcome = match group {
            _ if group.is_unspecified() => return Ok(()),
            IpAddr::V4(group) => {
                let interface = InterfaceIndexOrAddress::Index(self.index);
                self.socket.join_multicast_v4_n(&group, &interface)
            }
            IpAddr::V6(group) => self.socket.join_multicast_v6(&group, self.index),
        };
        match outcome {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(()),
            outcome => outcome,
        }
    }

    /// Stops that; one that is not joined stays so.
    ///
    /// # Errors
    ///
    /// Those of setsockopt.
    pub(super) fn leave(&self, group: IpAddr) -> io::Result<()> {
        let outcome = match group {
            _ if group.is_unspecified() => return Ok(()),
            IpAddr::V4(group) => {
                let interface = InterfaceIndexOrAddress::Index(self.index);
                self.socket.leave_multicast_v4_n(&group, &interface)
            }
            IpAddr::V6(group) => self.socket.leave_multicast_v6(&group, self.index),
        };
        match outcome {
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
    pub(super) fn send(&mut self, advert: &Transmit) -> io::Result<()> {
        let (source, destination) = (advert.source, advert.destination);
        if let Some(header) = &advert.header {
            let datagram = [&**header, &*advert.payload].concat();
            return sys::send_from(self.as_fd(), self.index, source, destination, &datagram);
        }
        let hop_limit = advert.hop_limit;
        if self.hop_limit != Some(hop_limit) {
            let limit = u32::from(hop_limit);
            match self.way {
                Way::V4 | Way::Authenticated => {
                    self.socket.set_multicast_ttl_v4(limit)?;
                    self.socket.set_ttl_v4(limit)?;
                }
                Way::V6 => {
                    self.socket.set_multicast_hops_v6(limit)?;
                    self.socket.set_unicast_hops_v6(limit)?;
                }
            }
            self.hop_limit = Some(hop_limit);
        }
        sys::send_from(
            self.socket.as_fd(),
            self.index,
            source,
            destination,
            &advert.payload,
        )
    }

    /// Takes the next datagram; `None` when there is none.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Option<Received> {
        match self.way {
            Way::V4 | Way::Authenticated => self.receive_v4(buffer),
            Way::V6 => self.receive_v6(buffer),
        }
    }

    fn receive_v4(&self, buffer: &mut [u8]) -> Option<Received> {
        let mut errors = 0;
        while errors < ERRORS {
            let length = match recv(&self.socket, &mut *buffer, RecvFlags::DONTWAIT) {
                Ok((_, length)) => length.min(buffer.len()),
                Err(rustix::io::Errno::AGAIN) => return None,
                // An error of the interface is reported once by the next call, whichever it is.
                Err(error) => {
                    tracing::debug!(%error, "receiving failed");
                    errors += 1;
                    continue;
                }
            };
            let datagram = buffer.get(..length).unwrap_or_default();
            if let Some(parsed) = header::parse(datagram) {
                let (header, payload) = match self.way {
                    Way::V4 | Way::V6 => (None, parsed.payload),
                    Way::Authenticated => {
                        let (header, message) = ah::split(parsed.whole);
                        (Some(Arc::from(header)), message)
                    }
                };
                return Some(Received {
                    interface: self.name,
                    source: IpAddr::V4(parsed.source),
                    destination: IpAddr::V4(parsed.destination),
                    hop_limit: parsed.ttl,
                    header,
                    payload: Arc::from(payload),
                });
            }
        }
        None
    }

    fn receive_v6(&self, buffer: &mut [u8]) -> Option<Received> {
        for _ in 0..ERRORS {
            match sys::receive_v6(self.socket.as_fd(), buffer) {
                Ok(datagram) => {
                    return Some(Received {
                        interface: self.name,
                        source: IpAddr::V6(datagram.source),
                        destination: IpAddr::V6(datagram.destination),
                        hop_limit: datagram.hop_limit,
                        header: None,
                        payload: Arc::from(buffer.get(..datagram.length).unwrap_or_default()),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                Err(error) => tracing::debug!(%error, "receiving failed"),
            }
        }
        None
    }
}
