//! The law of `NetPort`: what leaves is what was asked for, what arrives is told as it arrived.

use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bellwether_core::effect::{Announce, Carrier, Membership, Transmit};
use bellwether_core::event::{Link, LinkReport, Received};
use bellwether_core::unit::Mac;
use bellwether_linux::net::Net;
use rustix::net::{RecvFlags, netdevice, recv};
use socket2::{Domain, Protocol, Socket, Type};

use crate::common::{PATIENCE, Peer, in_namespace, ip, name};

const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);
const HERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const THERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn membership() -> Membership {
    Membership {
        interface: name("va"),
        group: GROUP.into(),
        carrier: Carrier::Plain,
    }
}

fn advert(source: Ipv4Addr, payload: &[u8]) -> Transmit {
    Transmit {
        interface: name("va"),
        source: source.into(),
        destination: GROUP.into(),
        hop_limit: 255,
        header: None,
        payload: Arc::from(payload),
    }
}

/// Every frame that the peer's interface sees.
struct Tap(Socket);

impl Tap {
    fn at(peer: &Peer) -> Self {
        const ALL: u16 = 0x0003;
        peer.run(|| {
            let protocol = Protocol::from(i32::from(ALL.to_be()));
            let socket = Socket::new(Domain::PACKET, Type::RAW, Some(protocol)).unwrap();
            let patience = Some(Duration::from_millis(100));
            socket.set_read_timeout(patience).unwrap();
            Self(socket)
        })
    }

    /// The first frame for which `wanted` holds.
    fn find(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 2048];
        while Instant::now() < deadline {
            if let Ok((_, length)) = recv(&self.0, &mut buffer[..], RecvFlags::empty())
                && wanted(&buffer[..length])
            {
                return buffer[..length].to_vec();
            }
        }
        panic!("no such frame came");
    }

    fn advert(&self) -> Vec<u8> {
        self.find(|frame| frame[12..14] == [8, 0] && frame[23] == 112)
    }
}

/// A raw socket that sends VRRP from the peer, as anybody on the wire could.
fn sender(peer: &Peer, ttl: u32) -> Socket {
    peer.run(|| {
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(112))).unwrap();
        socket.set_multicast_ttl_v4(ttl).unwrap();
        socket.set_multicast_if_v4(&THERE).unwrap();
        socket
    })
}

fn send(socket: &Socket, payload: &[u8]) {
    let to = SocketAddrV4::new(GROUP, 0).into();
    assert_eq!(socket.send_to(payload, &to).unwrap(), payload.len());
}

/// The next datagram, waited for as the driver waits.
async fn receive(net: &mut Net) -> Received {
    let next = async {
        loop {
            if let Some(received) = net.receive() {
                return received;
            }
            poll_fn(|context| net.poll_ready(context)).await;
        }
    };
    tokio::time::timeout(PATIENCE, next)
        .await
        .expect("nothing was received")
}

async fn expect_nothing(net: &mut Net) {
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(net.receive(), None);
}

#[test]
fn an_advert_leaves_as_the_rfc_wants_it() {
    in_namespace(async |peer| {
        let tap = Tap::at(&peer);
        let mut net = Net::new().unwrap();
        net.join(membership());
        net.transmit(&advert(HERE, b"an advert"));
        let frame = tap.advert();
        // RFC 1112 6.4: the group's low 23 bits behind 01:00:5e.
        assert_eq!(frame[..6], [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12]);
        let packet = &frame[14..];
        assert_eq!(packet[0], 0x45, "version 4, no options");
        assert_eq!(packet[1], 0xc0, "internetwork control");
        assert_eq!(packet[6] & 0x40, 0, "may be fragmented");
        assert_eq!(packet[8], 255, "RFC 9568 5.1.1.3");
        assert_eq!(packet[9], 112, "RFC 9568 5.1.1.4");
        assert_eq!(packet[12..16], HERE.octets());
        assert_eq!(packet[16..20], GROUP.octets());
        assert_eq!(&packet[20..29], b"an advert");
    });
}

#[test]
fn the_source_is_the_one_that_the_core_names() {
    in_namespace(async |peer| {
        ip("address add 192.0.2.9/24 dev va");
        ip("address add 198.51.100.9/24 dev va");
        let tap = Tap::at(&peer);
        let mut net = Net::new().unwrap();
        net.join(membership());
        for last in [
            [192, 0, 2, 9],
            [192, 0, 2, 1],
            [198, 51, 100, 9],
            [192, 0, 2, 1],
        ] {
            net.transmit(&advert(Ipv4Addr::from(last), b"advert"));
            assert_eq!(tap.advert()[26..30], last);
        }
    });
}

#[test]
fn gratuitous_arp_is_seen_on_the_wire() {
    in_namespace(async |peer| {
        let tap = Tap::at(&peer);
        let mut net = Net::new().unwrap();
        let mac = Mac([2, 0, 0, 0, 0, 7]);
        net.announce(&Announce {
            interface: name("va"),
            address: IpAddr::from([192, 0, 2, 100]),
            mac,
        });
        let frame = tap.find(|frame| frame[12..14] == [8, 6] && frame[28..32] == [192, 0, 2, 100]);
        assert_eq!(frame[..6], Mac::BROADCAST.0);
        assert_eq!(frame[6..12], mac.0);
        assert_eq!(frame[20..22], [0, 1], "a request");
        assert_eq!(frame[22..28], mac.0);
        assert_eq!(frame[38..42], [192, 0, 2, 100], "for the address itself");
    });
}

#[test]
fn a_datagram_is_told_as_it_arrived() {
    in_namespace(async |peer| {
        let mut net = Net::new().unwrap();
        net.join(membership());
        for ttl in [255, 254, 1] {
            send(&sender(&peer, ttl), b"whatever it is");
            let received = receive(&mut net).await;
            assert_eq!(received.interface, name("va"));
            assert_eq!(received.source, THERE);
            assert_eq!(received.destination, GROUP);
            assert_eq!(u32::from(received.hop_limit), ttl);
            assert_eq!(&received.payload[..], b"whatever it is");
        }
    });
}

#[test]
fn everything_that_is_queued_is_found_without_waiting() {
    in_namespace(async |peer| {
        let mut net = Net::new().unwrap();
        net.join(membership());
        let socket = sender(&peer, 255);
        for number in 0..1000_u16 {
            send(&socket, &number.to_be_bytes());
        }
        // No look at the reactor in between: a process that was stopped hears all of it at once.
        let mut heard = Vec::new();
        while let Some(received) = net.receive() {
            heard.push(u16::from_be_bytes([
                received.payload[0],
                received.payload[1],
            ]));
        }
        assert_eq!(heard, (0..1000).collect::<Vec<_>>());
    });
}

#[test]
fn nothing_is_received_before_join_and_after_leave() {
    in_namespace(async |peer| {
        let socket = sender(&peer, 255);
        let mut net = Net::new().unwrap();
        net.transmit(&advert(HERE, b"not joined"));
        send(&socket, b"early");
        expect_nothing(&mut net).await;
        net.join(membership());
        net.join(membership());
        send(&socket, b"in time");
        assert_eq!(&receive(&mut net).await.payload[..], b"in time");
        net.leave(membership());
        net.leave(membership());
        send(&socket, b"late");
        expect_nothing(&mut net).await;
    });
}

#[test]
fn our_own_adverts_don_t_come_back() {
    in_namespace(async |_| {
        let mut net = Net::new().unwrap();
        net.join(membership());
        net.transmit(&advert(HERE, b"ours"));
        expect_nothing(&mut net).await;
    });
}

#[test]
fn an_interface_that_was_made_again_is_heard_again() {
    in_namespace(async |peer| {
        let mut net = Net::new().unwrap();
        net.join(membership());
        ip("link del va");
        let report = |link| LinkReport {
            interface: name("va"),
            link,
        };
        net.link_changed(&report(None));
        net.transmit(&advert(HERE, b"into the void"));

        peer.ip("link add vb type veth peer name vc");
        peer.ip("address add 192.0.2.2/24 dev vb");
        let me = std::process::id();
        // By way of a spare name, since the pair is made over there.
        peer.ip(&format!(
            "link set vc netns /proc/{me}/task/{}/ns/net",
            thread_id()
        ));
        ip("link set vc name va");
        ip("address add 192.0.2.1/24 dev va");
        ip("link set va up");
        peer.ip("link set vb up");
        let any = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let link = Link {
            index: netdevice::name_to_index(&any, "va").unwrap(),
            up: true,
            mac: Mac::default(),
        };
        net.link_changed(&report(Some(link)));
        send(&sender(&peer, 255), b"back");
        assert_eq!(&receive(&mut net).await.payload[..], b"back");
        let tap = Tap::at(&peer);
        net.transmit(&advert(HERE, b"here too"));
        assert_eq!(&tap.advert()[34..42], b"here too");
    });
}

#[test]
fn an_interface_may_come_after_the_join() {
    in_namespace(async |peer| {
        let mut net = Net::new().unwrap();
        let elsewhere = Membership {
            interface: name("later"),
            group: GROUP.into(),
            carrier: Carrier::Plain,
        };
        net.join(elsewhere);
        expect_nothing(&mut net).await;
        ip("link set va down");
        ip("link set va name later");
        ip("link set later up");
        let any = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let link = Link {
            index: netdevice::name_to_index(&any, "later").unwrap(),
            up: true,
            mac: Mac::default(),
        };
        net.link_changed(&LinkReport {
            interface: name("later"),
            link: Some(link),
        });
        send(&sender(&peer, 255), b"at last");
        assert_eq!(receive(&mut net).await.interface, name("later"));
    });
}

fn thread_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}
