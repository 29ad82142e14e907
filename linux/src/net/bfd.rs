//! BFD's UDP sockets: one to receive by for each family and port, one to send by for each session.
//!
//! A session's packets come from a port of its own, 49152 or above, as long as it lasts (RFC 5881
//! 4). Deliberately absent: any look at what a packet says. The core checks.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll};

use bellwether_core::bfd::{ReceivedBfd, TransmitBfd};
use bellwether_core::model::Bfd;
use bellwether_core::unit::{Family, Name};
use bellwether_core::wire::bfd::{PORT, PORT_MULTIHOP, SOURCE_PORTS};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::io::unix::AsyncFd;

use crate::sys;

/// Internetwork control (RFC 791 3.1), as other routing protocols are sent.
const TOS: u32 = 0xc0;
/// Longer than any control packet (RFC 5880 4.1), whatever its authentication.
const BUFFER: usize = 512;
/// Errors in a row that a socket may report before its turn is over.
const ERRORS: usize = 4;

/// All sockets of BFD sessions.
#[derive(Debug, Default)]
pub struct BfdNet {
    listeners: BTreeMap<(Family, u16), AsyncFd<OwnedFd>>,
    sessions: BTreeMap<Name, Session>,
}

#[derive(Debug)]
struct Session {
    /// Where its packets are to be received.
    place: (Family, u16),
    socket: Option<Socket>,
    /// The last trouble, so that it is told once and not with every packet.
    trouble: Option<String>,
}

impl BfdNet {
    /// Receives what comes to a session's port from now on.
    ///
    /// Must be called within a tokio runtime that has I/O enabled.
    pub fn follow(&mut self, session: &Bfd) {
        let port = if session.multihop {
            PORT_MULTIHOP
        } else {
            PORT
        };
        let place = (Family::of(session.neighbor), port);
        if let Entry::Vacant(entry) = self.listeners.entry(place) {
            match listen(place) {
                Ok(listener) => drop(entry.insert(listener)),
                Err(error) => {
                    let name = &session.name;
                    tracing::error!(session = %name, port, %error, "can't receive BFD packets");
                }
            }
        }
        let own = Session {
            place,
            socket: None,
            trouble: None,
        };
        self.sessions.insert(session.name.clone(), own);
    }

    /// Stops that.
    pub fn unfollow(&mut self, name: &Name) {
        self.sessions.remove(name);
        let sessions = &self.sessions;
        self.listeners
            .retain(|place, _| sessions.values().any(|own| own.place == *place));
    }

    /// Sends a packet of a session that is followed.
    pub fn transmit(&mut self, packet: &TransmitBfd) {
        let Some(session) = self.sessions.get_mut(&packet.session) else {
            return;
        };
        let name = &packet.session;
        match session.send(packet) {
            Ok(()) => {
                if session.trouble.take().is_some() {
                    tracing::info!(session = %name, "sending BFD packets works again");
                }
            }
            Err(error) => {
                // Made again for the next one: its source may be there by then.
                session.socket = None;
                let trouble = error.to_string();
                if session.trouble.as_ref() != Some(&trouble) {
                    tracing::warn!(session = %name, "can't send a BFD packet: {trouble}");
                    session.trouble = Some(trouble);
                }
            }
        }
    }

    /// The next datagram that the kernel has queued; never waits.
    pub fn receive(&mut self) -> Option<ReceivedBfd> {
        self.listeners
            .iter()
            .find_map(|((family, port), listener)| receive(listener.get_ref(), *family, *port))
    }

    /// Waits until [`Self::receive`], having said `None`, may say something else.
    pub fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut poll = Poll::Pending;
        for listener in self.listeners.values() {
            match listener.poll_read_ready(context) {
                Poll::Ready(Ok(mut ready)) => {
                    ready.clear_ready();
                    poll = Poll::Ready(());
                }
                Poll::Ready(Err(error)) => {
                    tracing::error!(%error, "can't wait for BFD packets");
                }
                Poll::Pending => {}
            }
        }
        poll
    }
}

impl Session {
    fn send(&mut self, packet: &TransmitBfd) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => open(packet)?,
        };
        let to = SocketAddr::new(packet.destination, packet.port);
        let sent = socket.send_to(&packet.payload, &SockAddr::from(to));
        self.socket = Some(socket);
        match sent {
            // What an earlier packet met (a neighbour that does not listen yet) says nothing.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
            sent => sent.map(drop),
        }
    }
}

/// The socket that a session sends by.
fn open(packet: &TransmitBfd) -> io::Result<Socket> {
    let family = Family::of(packet.destination);
    let socket = Socket::new(domain(family), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    let limit = u32::from(packet.hop_limit);
    match family {
        Family::V4 => {
            socket.set_ttl_v4(limit)?;
            socket.set_tos_v4(TOS)?;
        }
        Family::V6 => {
            socket.set_unicast_hops_v6(limit)?;
            socket.set_tclass_v6(TOS)?;
        }
    }
    socket.set_priority(super::PRIORITY)?;
    let source = packet.source.unwrap_or(unspecified(family));
    for port in SOURCE_PORTS {
        match socket.bind(&SockAddr::from(SocketAddr::new(source, port))) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            bound => return bound.map(|()| socket),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

fn listen((family, port): (Family, u16)) -> io::Result<AsyncFd<OwnedFd>> {
    let socket = Socket::new(domain(family), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    match family {
        Family::V4 => sys::tell_ttl_v4(socket.as_fd())?,
        Family::V6 => {
            socket.set_only_v6(true)?;
            sys::tell_header_v6(socket.as_fd())?;
        }
    }
    let any = SocketAddr::new(unspecified(family), port);
    socket.bind(&SockAddr::from(any))?;
    sys::register(socket.into())
}

fn receive(listener: &OwnedFd, family: Family, port: u16) -> Option<ReceivedBfd> {
    let mut buffer = [0; BUFFER];
    for _ in 0..ERRORS {
        let received = match family {
            Family::V4 => sys::receive_udp_v4(listener.as_fd(), &mut buffer)
                .map(|(length, source, ttl)| (length, IpAddr::V4(source), ttl)),
            Family::V6 => sys::receive_v6(listener.as_fd(), &mut buffer)
                .map(|one| (one.length, IpAddr::V6(one.source), one.hop_limit)),
        };
        match received {
            Ok((length, source, hop_limit)) => {
                let payload = buffer.get(..length).unwrap_or_default();
                return Some(ReceivedBfd {
                    source,
                    port,
                    hop_limit,
                    payload: Arc::from(payload),
                });
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
            Err(error) => tracing::debug!(%error, "receiving a BFD packet failed"),
        }
    }
    None
}

const fn domain(family: Family) -> Domain {
    match family {
        Family::V4 => Domain::IPV4,
        Family::V6 => Domain::IPV6,
    }
}

const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}
