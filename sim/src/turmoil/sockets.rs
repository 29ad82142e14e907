//! Sockets for checks: the ports of [`bellwether_runtime::check::port`] over turmoil.
//!
//! Deliberately absent: ICMP, which turmoil does not have, and sources: a host has one address.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bellwether_core::model::lvs::Source;
use bellwether_runtime::check::port::{Datagram, Dial, Exchange, Icmp};
use turmoil::net::{TcpStream, UdpSocket};

/// Makes sockets of the turmoil host that the caller runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sockets;

impl Dial for Sockets {
    type Stream = TcpStream;

    async fn dial(&self, to: SocketAddr, _: Option<&Source>) -> io::Result<TcpStream> {
        TcpStream::connect(to).await
    }
}

impl Datagram for Sockets {
    type Socket = Partner;

    async fn datagram(&self, to: SocketAddr, _: Option<&Source>) -> io::Result<Partner> {
        let any = match to {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        Ok(Partner { socket, to })
    }
}

impl Icmp for Sockets {
    type Socket = Partner;

    /// Always fails.
    async fn icmp(&self, _: IpAddr, _: Option<&Source>) -> io::Result<Partner> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// A datagram socket with one partner.
#[derive(Debug)]
pub struct Partner {
    socket: UdpSocket,
    to: SocketAddr,
}

impl Exchange for Partner {
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send_to(datagram, self.to).await.map(drop)
    }

    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let (length, from) = self.socket.recv_from(buffer).await?;
            if from == self.to {
                return Ok(length);
            }
        }
    }
}
