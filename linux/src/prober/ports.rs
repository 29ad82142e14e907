//! Sockets for checks: the ports of [`bellwether_runtime::check::port`] over tokio.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::Duration;

use bellwether_core::model::lvs::Source;
use bellwether_runtime::check::port::{Datagram, Dial, Exchange, Icmp};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};

/// Makes sockets in the network namespace of the calling thread.
///
/// Must be used within a tokio runtime that has I/O enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sockets;

impl Dial for Sockets {
    type Stream = TcpStream;

    async fn dial(&self, to: SocketAddr, from: Option<&Source>) -> io::Result<TcpStream> {
        let socket = open(to.ip(), Type::STREAM, Protocol::TCP)?;
        if let Some(from) = from {
            bind(&socket, to.ip(), from)?;
            if from.port != 0 {
                // What has been closed in the usual way keeps its pair of addresses for a minute,
                // and the next check could not connect; so this one ends with a reset.
                socket.set_linger(Some(Duration::ZERO))?;
            }
        }
        let stream = TcpSocket::from_std_stream(socket.into())
            .connect(to)
            .await?;
        // A request is one write, and must not wait for the answer to something earlier.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

impl Datagram for Sockets {
    type Socket = Connected;

    async fn datagram(&self, to: SocketAddr, from: Option<&Source>) -> io::Result<Connected> {
        let socket = open(to.ip(), Type::DGRAM, Protocol::UDP)?;
        if let Some(from) = from {
            bind(&socket, to.ip(), from)?;
        }
        connected(socket, to)
    }
}

impl Icmp for Sockets {
    type Socket = Echo;

    async fn icmp(&self, to: IpAddr, from: Option<&Source>) -> io::Result<Echo> {
        let protocol = match to {
            IpAddr::V4(_) => Protocol::ICMPV4,
            IpAddr::V6(_) => Protocol::ICMPV6,
        };
        // A ping socket hears its own answers only, and needs `net.ipv4.ping_group_range`; a raw
        // one hears everybody's, and needs CAP_NET_RAW.
        let (socket, raw) = match open(to, Type::DGRAM, protocol) {
            Ok(socket) => (socket, false),
            Err(_) => (open(to, Type::RAW, protocol)?, true),
        };
        if let Some(from) = from {
            bind(&socket, to, &Source { port: 0, ..*from })?;
        }
        let socket = connected(socket, SocketAddr::new(to, 0))?;
        // The kernel gives raw IPv4 sockets the IP header as well.
        let headed = raw && to.is_ipv4();
        Ok(Echo { socket, headed })
    }
}

/// A datagram socket with one partner.
#[derive(Debug)]
pub struct Connected(UdpSocket);

impl Exchange for Connected {
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.0.send(datagram).await.map(drop)
    }

    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer).await
    }
}

/// A socket for ICMP with one partner.
#[derive(Debug)]
pub struct Echo {
    socket: Connected,
    /// Whether what is received has an IPv4 header in front.
    headed: bool,
}

impl Exchange for Echo {
    async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.socket.send(datagram).await
    }

    async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.socket.receive(buffer).await?;
        if !self.headed {
            return Ok(length);
        }
        // RFC 791 3.1: the header's length in words of four bytes is in its first byte.
        let header = buffer
            .first()
            .map_or(0, |first| usize::from(first & 0x0f) * 4);
        let header = header.min(length);
        buffer.copy_within(header..length, 0);
        Ok(length - header)
    }
}

fn open(to: IpAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let domain = match to {
        IpAddr::V4(_) => Domain::IPV4,
        IpAddr::V6(_) => Domain::IPV6,
    };
    Socket::new(domain, kind.nonblocking(), Some(protocol))
}

/// Gives a socket the source that the configuration says.
fn bind(socket: &Socket, to: IpAddr, from: &Source) -> io::Result<()> {
    let Source {
        address,
        port,
        interface,
        fwmark,
    } = *from;
    if let Some(interface) = interface {
        socket.bind_device(Some(interface.as_str().as_bytes()))?;
    }
    if fwmark != 0 {
        socket.set_mark(fwmark)?;
    }
    if address.is_none() && port == 0 {
        return Ok(());
    }
    let any = match to {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    if port != 0 {
        // Checks of other servers may leave from the same port.
        socket.set_reuse_address(true)?;
    }
    let address = SocketAddr::new(address.unwrap_or(any), port);
    socket.bind(&SockAddr::from(address))
}

fn connected(socket: Socket, to: SocketAddr) -> io::Result<Connected> {
    socket.connect(&SockAddr::from(to))?;
    let socket = std::net::UdpSocket::from(OwnedFd::from(socket));
    UdpSocket::from_std(socket).map(Connected)
}
