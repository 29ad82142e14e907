//! What checkers speak through: byte streams, datagrams and ICMP.
//!
//! Implemented over tokio on Linux and over turmoil in the simulator. Invariant: an operation that
//! is dropped before it is done leaves nothing behind but, at most, a packet on its way.
//!
//! Deliberately absent: time. Whoever waits says how long.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};

use bellwether_core::model::lvs::Source;
use tokio::io::{AsyncRead, AsyncWrite};

/// Everything that a checker speaks through.
pub trait Ports: Dial + Datagram + Icmp {}

impl<P: Dial + Datagram + Icmp> Ports for P {}

/// Makes connections.
pub trait Dial {
    /// A connection; dropping it closes it.
    type Stream: AsyncRead + AsyncWrite + Unpin;

    /// Connects, from `from` where that is given.
    ///
    /// # Errors
    ///
    /// Those of the network, with the kinds that [`io::ErrorKind`] has for them: refused,
    /// unreachable, reset, timed out.
    fn dial(
        &self,
        to: SocketAddr,
        from: Option<&Source>,
    ) -> impl Future<Output = io::Result<Self::Stream>>;
}

/// Makes sockets for datagrams with one partner.
pub trait Datagram {
    /// A socket that hears nobody but its partner.
    type Socket: Exchange;

    /// A socket whose partner is `to`.
    ///
    /// # Errors
    ///
    /// Those of the network: no way there, no such source.
    fn datagram(
        &self,
        to: SocketAddr,
        from: Option<&Source>,
    ) -> impl Future<Output = io::Result<Self::Socket>>;
}

/// Makes sockets for ICMP (or ICMPv6) messages with one partner.
pub trait Icmp {
    /// A socket that hears nobody but its partner. It may hear messages that are for others on
    /// this host.
    type Socket: Exchange;

    /// A socket whose partner is `to`. What is sent and received begins with the ICMP header; its
    /// identifier and checksum may be the kernel's.
    ///
    /// # Errors
    ///
    /// Those of the network, and that of a process that may not.
    fn icmp(
        &self,
        to: IpAddr,
        from: Option<&Source>,
    ) -> impl Future<Output = io::Result<Self::Socket>>;
}

/// Sends and receives datagrams with one partner.
pub trait Exchange {
    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// Those of the network; what an earlier datagram met may come as an error here.
    fn send(&self, datagram: &[u8]) -> impl Future<Output = io::Result<()>>;

    /// Receives one datagram. Returns its length; what is longer than the buffer is cut off.
    ///
    /// # Errors
    ///
    /// What a datagram that was sent met on its way: refused, unreachable.
    fn receive(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>>;
}
