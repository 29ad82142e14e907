//! Adverts and gratuitous ARP on real interfaces.
//!
//! Owns one raw socket for each interface that a group was joined on, and one packet socket for
//! all. Invariant: a socket is bound to the interface that its name means now; when the name comes
//! to mean another one (it was removed and made again), the socket is made again.
//!
//! Deliberately absent: any look at what a datagram says beyond its IP header. The core checks.

mod frame;
mod header;
mod vrrp;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::{Context, Poll};

use bellwether_core::effect::{Announce, Membership, Transmit};
use bellwether_core::event::{LinkReport, Received};
use bellwether_core::unit::IfName;
use bellwether_core::wire::arp;
use rustix::event::epoll;
use rustix::time::Timespec;
use tokio::io::unix::AsyncFd;

use frame::FrameSocket;
use vrrp::VrrpSocket;

use crate::sys;

/// Larger than any IP datagram, so that none is cut short and taken for another.
const BUFFER: usize = 65_536;

/// `TC_PRIO_CONTROL`: ahead of all else in the queue of the interface.
const PRIORITY: u32 = 6;

/// All sockets of the VRRP loop.
#[derive(Debug)]
pub struct Net {
    /// Has every raw socket in it, so that one call tells which of them hold something.
    readiness: AsyncFd<OwnedFd>,
    frames: FrameSocket,
    interfaces: BTreeMap<IfName, Interface>,
    /// Sockets that were found to hold something, by interface index.
    ready: Vec<u64>,
    buffer: Box<[u8]>,
}

/// What is wanted on one interface, and the socket where there is one.
#[derive(Debug, Default)]
struct Interface {
    groups: BTreeSet<Ipv4Addr>,
    socket: Option<VrrpSocket>,
    /// The last trouble, so that it is told once and not with every advert.
    trouble: Option<String>,
}

impl Net {
    /// Makes the packet socket; raw sockets come with [`Self::join`].
    ///
    /// Must be called within a tokio runtime that has I/O enabled.
    ///
    /// # Errors
    ///
    /// Those of the sockets; `EPERM` without `CAP_NET_RAW`.
    pub fn new() -> io::Result<Self> {
        let readiness = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self {
            readiness: sys::register(readiness)?,
            frames: FrameSocket::open()?,
            interfaces: BTreeMap::new(),
            ready: Vec::new(),
            buffer: vec![0; BUFFER].into_boxed_slice(),
        })
    }

    /// Sends an advert; see [`bellwether_core::port::NetPort::transmit`].
    pub fn transmit(&mut self, advert: &Transmit) {
        let (IpAddr::V4(source), IpAddr::V4(destination)) = (advert.source, advert.destination)
        else {
            tracing::warn!(interface = %advert.interface, "adverts over IPv6 are not supported");
            return;
        };
        let name = advert.interface;
        let sent = self
            .socket(name)
            .and_then(|socket| socket.send(source, destination, advert.hop_limit, &advert.payload));
        self.note(name, "send an advert", sent);
    }

    /// Broadcasts a gratuitous ARP; see [`bellwether_core::port::NetPort::announce`].
    pub fn announce(&mut self, announce: &Announce) {
        let IpAddr::V4(address) = announce.address else {
            tracing::warn!(address = %announce.address, "IPv6 addresses can't be announced");
            return;
        };
        let frame = arp::Repr {
            mac: announce.mac,
            address,
        };
        if let Err(error) = self.frames.send(announce.interface, &frame.frame()) {
            let interface = announce.interface;
            tracing::warn!(%interface, %address, %error, "can't send gratuitous ARP");
        }
    }

    /// Receives this group from now on; see [`bellwether_core::port::NetPort::join`].
    pub fn join(&mut self, membership: Membership) {
        let IpAddr::V4(group) = membership.group else {
            tracing::warn!(group = %membership.group, "IPv6 groups are not supported");
            return;
        };
        let name = membership.interface;
        self.interfaces
            .entry(name)
            .or_default()
            .groups
            .insert(group);
        let joined = self.socket(name).and_then(|socket| socket.join(group));
        self.note(name, "join the VRRP group", joined);
    }

    /// Stops that; see [`bellwether_core::port::NetPort::leave`].
    pub fn leave(&mut self, membership: Membership) {
        let name = membership.interface;
        let (Some(interface), IpAddr::V4(group)) =
            (self.interfaces.get_mut(&name), membership.group)
        else {
            return;
        };
        interface.groups.remove(&group);
        if interface.groups.is_empty() {
            self.interfaces.remove(&name);
        } else if let Some(socket) = &mut interface.socket {
            let left = socket.leave(group);
            self.note(name, "leave the VRRP group", left);
        }
    }

    /// Hears what became of an interface, and makes its socket again where that is needed.
    pub fn link_changed(&mut self, report: &LinkReport) {
        let Some(interface) = self.interfaces.get_mut(&report.interface) else {
            return;
        };
        let index = report.link.map(|link| link.index);
        if interface.socket.as_ref().map(VrrpSocket::index) == index {
            return;
        }
        interface.socket = None;
        interface.trouble = None;
        if index.is_some() {
            let opened = self.socket(report.interface).map(|_| ());
            self.note(report.interface, "open a VRRP socket", opened);
        }
    }

    /// The next datagram that the kernel has queued; never waits.
    pub fn receive(&mut self) -> Option<Received> {
        loop {
            let Some(&index) = self.ready.last() else {
                self.look();
                if self.ready.is_empty() {
                    return None;
                }
                continue;
            };
            let found = self.interfaces.iter().find_map(|(name, interface)| {
                let socket = interface.socket.as_ref()?;
                (u64::from(socket.index()) == index).then_some((*name, socket))
            });
            let Some((name, socket)) = found else {
                self.ready.pop();
                continue;
            };
            let Some(length) = socket.receive(&mut self.buffer) else {
                self.ready.pop();
                continue;
            };
            let datagram = self.buffer.get(..length).unwrap_or_default();
            if let Some(header) = header::parse(datagram) {
                return Some(Received {
                    interface: name,
                    source: IpAddr::V4(header.source),
                    destination: IpAddr::V4(header.destination),
                    hop_limit: header.ttl,
                    payload: Arc::from(header.payload),
                });
            }
        }
    }

    /// Waits until [`Self::receive`], having said `None`, may say something else.
    pub fn poll_ready(&self, context: &mut Context<'_>) -> Poll<()> {
        match self.readiness.poll_read_ready(context) {
            Poll::Ready(Ok(mut ready)) => {
                ready.clear_ready();
                Poll::Ready(())
            }
            Poll::Ready(Err(error)) => {
                tracing::error!(%error, "can't wait for adverts");
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Asks the kernel which sockets hold something.
    fn look(&mut self) {
        let mut events = [epoll::Event {
            flags: epoll::EventFlags::empty(),
            data: epoll::EventData::new_u64(0),
        }; 64];
        let at_once = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        match epoll::wait(self.readiness.get_ref(), &mut events, Some(&at_once)) {
            Ok(count) => {
                let found = events.iter().take(count).map(|event| event.data.u64());
                self.ready.extend(found);
            }
            Err(error) => tracing::debug!(%error, "can't ask for readiness"),
        }
    }

    /// The socket of an interface, made now if there is none.
    fn socket(&mut self, name: IfName) -> io::Result<&mut VrrpSocket> {
        let interface = self.interfaces.entry(name).or_default();
        let slot = &mut interface.socket;
        if slot.is_none() {
            let index = self.frames.index_of(name)?;
            let socket = VrrpSocket::open(name, index)?;
            for group in &interface.groups {
                socket.join(*group)?;
            }
            let token = epoll::EventData::new_u64(u64::from(index));
            let readable = epoll::EventFlags::IN;
            epoll::add(self.readiness.get_ref(), socket.as_fd(), token, readable)?;
            *slot = Some(socket);
        }
        slot.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Tells of trouble with an interface once, and of its end.
    fn note(&mut self, name: IfName, task: &str, outcome: io::Result<()>) {
        let Some(interface) = self.interfaces.get_mut(&name) else {
            return;
        };
        match outcome {
            Ok(()) => {
                if interface.trouble.take().is_some() {
                    tracing::info!(interface = %name, "sending and receiving works again");
                }
            }
            Err(error) => {
                let trouble = format!("can't {task}: {error}");
                if interface.trouble.as_ref() != Some(&trouble) {
                    tracing::warn!(interface = %name, "{trouble}");
                    interface.trouble = Some(trouble);
                }
            }
        }
    }
}
