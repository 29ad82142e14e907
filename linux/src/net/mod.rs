//! Adverts and gratuitous ARP on real interfaces.
//!
//! Owns one raw socket for each interface and way that adverts come by, and one packet socket for
//! all. Invariant: a socket is bound to the interface that its name means now; when the name comes
//! to mean another one (it was removed and made again), the socket is made again.
//!
//! Deliberately absent: any look at what a datagram says beyond its IP header. The core checks.

mod bfd;
mod frame;
mod header;
mod vrrp;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll};

use bellwether_core::effect::{Announce, Carrier, Membership, Transmit};
use bellwether_core::event::{LinkReport, Received};
use bellwether_core::unit::IfName;
use bellwether_core::wire::{arp, ndp};
use rustix::event::epoll;
use rustix::time::Timespec;
use tokio::io::unix::AsyncFd;

pub use bfd::BfdNet;
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
    interfaces: BTreeMap<Place, Interface>,
    /// Sockets that were found to hold something, by their tokens.
    ready: Vec<u64>,
    buffer: Box<[u8]>,
}

/// What one socket is for: an interface, and how adverts come.
type Place = (IfName, Way);

/// How adverts come; each takes a socket of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// IP protocol 112 over IPv4.
    V4,
    /// IP protocol 112 over IPv6.
    V6,
    /// IP protocol 51 over IPv4.
    Authenticated,
}

impl Way {
    const ALL: [Self; 3] = [Self::V4, Self::V6, Self::Authenticated];

    const fn of(address: IpAddr, carrier: Carrier) -> Self {
        match (address, carrier) {
            (IpAddr::V4(_), Carrier::Plain) => Self::V4,
            (IpAddr::V4(_), Carrier::Authenticated) => Self::Authenticated,
            (IpAddr::V6(_), Carrier::Plain | Carrier::Authenticated) => Self::V6,
        }
    }
}

/// What is wanted on one interface in one way, and the socket where there is one.
#[derive(Debug, Default)]
struct Interface {
    groups: BTreeSet<IpAddr>,
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
        let carrier = match advert.header {
            None => Carrier::Plain,
            Some(_) => Carrier::Authenticated,
        };
        let place = (advert.interface, Way::of(advert.source, carrier));
        let sent = self.socket(place).and_then(|socket| socket.send(advert));
        self.note(place, "send an advert", sent);
    }

    /// Broadcasts a gratuitous ARP, or multicasts an unsolicited neighbour advertisement; see
    /// [`bellwether_core::port::NetPort::announce`].
    pub fn announce(&mut self, announce: &Announce) {
        let Announce {
            interface,
            address,
            mac,
        } = *announce;
        let sent = match address {
            IpAddr::V4(address) => {
                let frame = arp::Repr { mac, address }.frame();
                self.frames.send(interface, &frame)
            }
            IpAddr::V6(address) => {
                let router = forwards(interface);
                let frame = ndp::Repr {
                    mac,
                    address,
                    router,
                }
                .frame();
                self.frames.send(interface, &frame)
            }
        };
        if let Err(error) = sent {
            tracing::warn!(%interface, %address, %error, "can't announce the address");
        }
    }

    /// Receives this group from now on; see [`bellwether_core::port::NetPort::join`].
    pub fn join(&mut self, membership: Membership) {
        let Membership {
            interface,
            group,
            carrier,
        } = membership;
        let place = (interface, Way::of(group, carrier));
        let wanted = self.interfaces.entry(place).or_default();
        wanted.groups.insert(group);
        let joined = self.socket(place).and_then(|socket| socket.join(group));
        self.note(place, "join the VRRP group", joined);
    }

    /// Stops that; see [`bellwether_core::port::NetPort::leave`].
    pub fn leave(&mut self, membership: Membership) {
        let Membership {
            interface,
            group,
            carrier,
        } = membership;
        let place = (interface, Way::of(group, carrier));
        let Some(interface) = self.interfaces.get_mut(&place) else {
            return;
        };
        interface.groups.remove(&group);
        if interface.groups.is_empty() {
            self.interfaces.remove(&place);
        } else if let Some(socket) = &mut interface.socket {
            let left = socket.leave(group);
            self.note(place, "leave the VRRP group", left);
        }
    }

    /// Hears what became of an interface, and makes its sockets again where that is needed.
    pub fn link_changed(&mut self, report: &LinkReport) {
        for way in Way::ALL {
            let place = (report.interface, way);
            let Some(interface) = self.interfaces.get_mut(&place) else {
                continue;
            };
            let index = report.link.map(|link| link.index);
            if interface.socket.as_ref().map(VrrpSocket::index) == index {
                continue;
            }
            interface.socket = None;
            interface.trouble = None;
            if index.is_some() {
                let opened = self.socket(place).map(|_| ());
                self.note(place, "open a VRRP socket", opened);
            }
        }
    }

    /// The next datagram that the kernel has queued; never waits.
    pub fn receive(&mut self) -> Option<Received> {
        loop {
            let Some(&token) = self.ready.last() else {
                self.look();
                if self.ready.is_empty() {
                    return None;
                }
                continue;
            };
            let found = self.interfaces.iter().find_map(|((_, way), interface)| {
                let socket = interface.socket.as_ref()?;
                (token_of(socket.index(), *way) == token).then_some(socket)
            });
            match found.and_then(|socket| socket.receive(&mut self.buffer)) {
                Some(received) => return Some(received),
                None => self.ready.pop(),
            };
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
    fn socket(&mut self, place: Place) -> io::Result<&mut VrrpSocket> {
        let interface = self.interfaces.entry(place).or_default();
        let slot = &mut interface.socket;
        if slot.is_none() {
            let (name, way) = place;
            let index = self.frames.index_of(name)?;
            let socket = VrrpSocket::open(name, index, way)?;
            for group in &interface.groups {
                socket.join(*group)?;
            }
            let token = epoll::EventData::new_u64(token_of(index, way));
            let readable = epoll::EventFlags::IN;
            epoll::add(self.readiness.get_ref(), socket.as_fd(), token, readable)?;
            *slot = Some(socket);
        }
        slot.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Tells of trouble with an interface once, and of its end.
    fn note(&mut self, place: Place, task: &str, outcome: io::Result<()>) {
        let Some(interface) = self.interfaces.get_mut(&place) else {
            return;
        };
        let (name, _) = place;
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

/// What epoll calls the socket of an interface and a way.
fn token_of(index: u32, way: Way) -> u64 {
    let way = match way {
        Way::V4 => 0,
        Way::V6 => 1,
        Way::Authenticated => 2,
    };
    u64::from(index) << 2 | way
}

/// Whether an interface forwards IPv6, so that it is a router for its neighbours. keepalived: the
/// router flag of its advertisements says the same.
fn forwards(interface: IfName) -> bool {
    let path = format!("/proc/sys/net/ipv6/conf/{interface}/forwarding");
    std::fs::read_to_string(path).is_ok_and(|text| text.trim() != "0")
}
