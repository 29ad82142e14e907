//! A frame in words, layer by layer: what a person sees who points at one.
//!
//! Total: any bytes give layers, the last of which says what could not be read.

use core::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::model::Checksum;
use bellwether_core::unit::{Mac, Priority, Version};
use bellwether_core::wire::vrrp::Address;
use bellwether_core::wire::{ah, bfd, ipv4, ndp, vrrp};
use serde::Serialize;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An advert.
    Advert,
    /// An advert of priority 0: its sender steps down.
    Resignation,
    /// A gratuitous ARP, or an unsolicited neighbour advertisement.
    Announcement,
    /// A BFD control packet.
    Bfd,
    /// Anything else.
    Other,
}

/// A frame in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decoded {
    /// What it is.
    pub kind: Kind,
    /// All of it in a line: `VRRPv2, VRID 51, priority 100`.
    pub brief: String,
    /// Its layers, the outermost first.
    pub layers: Vec<Layer>,
}

/// One protocol's part of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// The protocol.
    pub name: &'static str,
    /// What its fields are called, and what they hold.
    pub fields: Vec<(&'static str, String)>,
}

/// Reads an Ethernet frame.
#[must_use]
pub fn decode(frame: &[u8]) -> Decoded {
    let mut reader = Reader {
        layers: Vec::new(),
        kind: Kind::Other,
        brief: "unreadable".to_owned(),
    };
    reader.ethernet(frame);
    Decoded {
        kind: reader.kind,
        brief: reader.brief,
        layers: reader.layers,
    }
}

struct Reader {
    layers: Vec<Layer>,
    kind: Kind,
    brief: String,
}

impl Reader {
    fn layer(&mut self, name: &'static str, fields: Vec<(&'static str, String)>) {
        self.layers.push(Layer { name, fields });
    }

    fn unreadable(&mut self, name: &'static str, why: String) {
        self.brief = format!("{name}: {why}");
        self.layer(name, vec![("unreadable", why)]);
    }

    fn ethernet(&mut self, frame: &[u8]) {
        let Some((head, rest)) = frame.split_first_chunk::<14>() else {
            self.unreadable("Ethernet", "truncated".to_owned());
            return;
        };
        let [a, b, c, d, e, f, g, h, i, j, k, l, high, low] = *head;
        let fields = vec![
            ("destination", Mac([a, b, c, d, e, f]).to_string()),
            ("source", Mac([g, h, i, j, k, l]).to_string()),
        ];
        self.layer("Ethernet", fields);
        match u16::from_be_bytes([high, low]) {
            0x0800 => self.ipv4(rest),
            0x0806 => self.arp(rest),
            0x86dd => self.ipv6(rest),
            other => self.unreadable("Ethernet", format!("protocol {other:#06x}")),
        }
    }

    fn arp(&mut self, bytes: &[u8]) {
        let Some(bytes) = bytes.first_chunk::<28>() else {
            self.unreadable("ARP", "truncated".to_owned());
            return;
        };
        let mac = |at: usize| Mac(core::array::from_fn(|place| bytes[at + place])).to_string();
        let ip = |at: usize| Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
        let (sender, target) = (ip(14), ip(24));
        let gratuitous = sender == target;
        let fields = vec![
            (
                "operation",
                match bytes[7] {
                    1 => "request".to_owned(),
                    2 => "reply".to_owned(),
                    other => other.to_string(),
                },
            ),
            ("gratuitous", yes(gratuitous)),
            ("sender MAC", mac(8)),
            ("sender address", sender.to_string()),
            ("target MAC", mac(18)),
            ("target address", target.to_string()),
        ];
        self.layer("ARP", fields);
        if gratuitous {
            self.kind = Kind::Announcement;
            self.brief = format!("gratuitous ARP, {sender} is at {}", mac(8));
        } else {
            self.brief = format!("ARP, who has {target}?");
        }
    }

    fn ipv4(&mut self, bytes: &[u8]) {
        let packet = match ipv4::Packet::parse(bytes) {
            Ok(packet) => packet,
            Err(error) => return self.unreadable("IPv4", error.to_string()),
        };
        let ends = (packet.source(), packet.destination());
        self.ip("IPv4", ends, "TTL", packet.hop_limit());
        match packet.protocol() {
            vrrp::PROTOCOL => self.vrrp(packet.payload(), ends),
            ah::PROTOCOL => self.ah(bytes, ends),
            17 => self.udp(packet.payload()),
            other => self.unreadable("IPv4", format!("protocol {other}")),
        }
    }

    fn ipv6(&mut self, bytes: &[u8]) {
        let Some((head, payload)) = bytes.split_first_chunk::<40>() else {
            self.unreadable("IPv6", "truncated".to_owned());
            return;
        };
        let address = |at: usize| Ipv6Addr::from(core::array::from_fn(|place| head[at + place]));
        let ends = (address(8), address(24));
        self.ip("IPv6", ends, "hop limit", head[7]);
        match head[6] {
            vrrp::PROTOCOL => self.vrrp(payload, ends),
            ndp::NEXT_HEADER => self.neighbour(payload, ends, head[7]),
            17 => self.udp(payload),
            other => self.unreadable("IPv6", format!("next header {other}")),
        }
    }

    fn ip<A: Into<IpAddr>>(
        &mut self,
        name: &'static str,
        (source, destination): (A, A),
        limit: &'static str,
        hops: u8,
    ) {
        let fields = vec![
            ("source", source.into().to_string()),
            ("destination", destination.into().to_string()),
            (limit, hops.to_string()),
        ];
        self.layer(name, fields);
    }

    fn ah(&mut self, datagram: &[u8], ends: (Ipv4Addr, Ipv4Addr)) {
        match ah::Packet::parse(datagram) {
            Ok(packet) => {
                let fields = vec![
                    ("security index", format!("{:#010x}", packet.index())),
                    ("sequence number", packet.sequence().to_string()),
                ];
                self.layer("Authentication header", fields);
                self.vrrp(packet.message(), ends);
            }
            Err(error) => self.unreadable("Authentication header", error.to_string()),
        }
    }

    fn vrrp<A: Address + Into<IpAddr>>(&mut self, payload: &[u8], ends: (A, A)) {
        self.kind = Kind::Advert;
        let length = vrrp::Packet::<A>::length(payload).unwrap_or(payload.len());
        let message = payload.get(..length).unwrap_or(payload);
        let packet = match vrrp::Packet::<A>::parse_as(message) {
            Ok(packet) => packet.within(payload),
            Err(error) => return self.unreadable("VRRP", error.to_string()),
        };
        let (vrid, priority) = (packet.vrid(), packet.priority());
        if priority == Priority(0) {
            self.kind = Kind::Resignation;
        }
        let addresses: Vec<String> = packet
            .addresses()
            .map(|address| Into::<IpAddr>::into(address).to_string())
            .collect();
        let forms: &[Checksum] = match packet.version() {
            Version::V2 => &[Checksum::MessageOnly],
            Version::V3 => &[Checksum::PseudoHeader, Checksum::MessageOnly],
        };
        let good = |form: &&Checksum| packet.checksum_is_valid(**form, ends.0, ends.1);
        let checksum = match forms.iter().find(good) {
            Some(Checksum::MessageOnly) if packet.version() == Version::V3 => {
                "good, without pseudo-header"
            }
            Some(_) => "good",
            None => "wrong",
        };
        let mut fields = vec![
            ("version", packet.version().to_string()),
            ("VRID", vrid.to_string()),
            ("priority", priority_words(priority)),
            ("interval", seconds(packet.interval_centis())),
            ("addresses", addresses.join(", ")),
            ("checksum", checksum.to_owned()),
        ];
        if packet.version() == Version::V2 {
            let auth = match message.get(4) {
                Some(0) | None => "none".to_owned(),
                Some(1) => "password".to_owned(),
                Some(2) => "authentication header".to_owned(),
                Some(other) => format!("type {other}"),
            };
            fields.push(("authentication", auth));
        }
        if payload.len() > length {
            let bytes = payload.len() - length;
            fields.push(("trailer", format!("{bytes} bytes behind the message")));
        }
        self.layer("VRRP", fields);
        let version = packet.version();
        self.brief = format!("VRRPv{version}, VRID {vrid}, priority {priority}");
        if priority == Priority(0) {
            self.brief.push_str(" (resigns)");
        }
        if checksum == "wrong" {
            self.brief.push_str(", wrong checksum");
        }
    }

    fn neighbour(&mut self, message: &[u8], ends: (Ipv6Addr, Ipv6Addr), hop_limit: u8) {
        let envelope = ndp::Envelope {
            source: ends.0,
            destination: ends.1,
            hop_limit,
        };
        let Ok(packet) = ndp::Packet::parse(message, envelope) else {
            return self.unreadable("ICMPv6", "no valid neighbour discovery".to_owned());
        };
        let mac = packet
            .mac()
            .map_or("none".to_owned(), |mac| mac.to_string());
        let fields = vec![
            ("message", "neighbour advertisement".to_owned()),
            ("target", packet.target().to_string()),
            ("target MAC", mac.clone()),
            ("router", yes(packet.is_router())),
            ("solicited", yes(packet.is_solicited())),
            ("override", yes(packet.is_override())),
        ];
        self.layer("ICMPv6", fields);
        self.kind = Kind::Announcement;
        self.brief = format!("neighbour advertisement, {} is at {mac}", packet.target());
    }

    fn udp(&mut self, datagram: &[u8]) {
        let Some((head, payload)) = datagram.split_first_chunk::<8>() else {
            self.unreadable("UDP", "truncated".to_owned());
            return;
        };
        let port = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]).to_string();
        let fields = vec![("source port", port(0)), ("destination port", port(2))];
        self.layer("UDP", fields);
        match bfd::Packet::parse(payload) {
            Ok(packet) => {
                let state = format!("{:?}", packet.state());
                let fields = vec![
                    ("state", state.clone()),
                    ("diagnostic", packet.diagnostic().to_string()),
                    ("detect multiplier", packet.detect_multiplier().to_string()),
                    ("poll", yes(packet.is_poll())),
                    ("final", yes(packet.is_final())),
                ];
                self.layer("BFD", fields);
                self.kind = Kind::Bfd;
                self.brief = format!("BFD, state {state}");
            }
            Err(_) => self.unreadable("UDP", "no BFD packet".to_owned()),
        }
    }
}

fn priority_words(priority: Priority) -> String {
    match priority.0 {
        0 => "0 (resigns)".to_owned(),
        255 => "255 (address owner)".to_owned(),
        other => other.to_string(),
    }
}

/// Centiseconds as seconds: `1 s`, `0.25 s`.
fn seconds(centis: u16) -> String {
    let mut text = format!("{}", centis / 100);
    if !centis.is_multiple_of(100) {
        // Writing to a string does not fail.
        let _ = write!(text, ".{:02}", centis % 100);
        if text.ends_with('0') {
            text.pop();
        }
    }
    text + " s"
}

fn yes(it: bool) -> String {
    if it { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use bellwether_core::effect::{Announce, Transmit};
    use bellwether_core::model::Auth;
    use bellwether_core::wire::vrrp::{Body, Repr};
    use proptest::prelude::*;

    use super::*;
    use crate::capture::{Ends, advert, announcement};

    fn sent(version: Body, priority: u8) -> Vec<u8> {
        let [source, group] = [Ipv4Addr::new(192, 0, 2, 1), vrrp::GROUP_V4];
        let repr = Repr {
            vrid: 51.try_into().unwrap(),
            priority: Priority(priority),
            interval: bellwether_core::unit::AdvertInterval::DEFAULT,
            body: version,
            addresses: vec![Ipv4Addr::new(192, 0, 2, 100)],
        };
        let packet = Transmit {
            interface: "eth0".parse().unwrap(),
            source: source.into(),
            destination: group.into(),
            hop_limit: 255,
            header: None,
            payload: repr.emit(source, group),
        };
        let ends = Ends {
            source: Mac([2, 0, 0, 0, 0, 1]),
            neighbour: Mac([0; 6]),
        };
        advert(ends, &packet)
    }

    fn field(decoded: &Decoded, layer: &str, name: &str) -> String {
        let layer = decoded.layers.iter().find(|own| own.name == layer).unwrap();
        let found = layer.fields.iter().find(|(own, _)| *own == name);
        found.unwrap().1.clone()
    }

    #[test]
    fn an_advert_is_read_layer_by_layer() {
        let decoded = decode(&sent(Body::V2(Auth::None), 100));
        assert_eq!(decoded.kind, Kind::Advert);
        assert_eq!(decoded.brief, "VRRPv2, VRID 51, priority 100");
        let layers: Vec<&str> = decoded.layers.iter().map(|own| own.name).collect();
        assert_eq!(layers, ["Ethernet", "IPv4", "VRRP"]);
        assert_eq!(field(&decoded, "IPv4", "source"), "192.0.2.1");
        assert_eq!(field(&decoded, "IPv4", "TTL"), "255");
        assert_eq!(field(&decoded, "VRRP", "interval"), "1 s");
        assert_eq!(field(&decoded, "VRRP", "addresses"), "192.0.2.100");
        assert_eq!(field(&decoded, "VRRP", "checksum"), "good");
    }

    #[test]
    fn priority_0_resigns_and_a_flipped_bit_is_a_wrong_checksum() {
        let mut frame = sent(Body::V3(Checksum::PseudoHeader), 0);
        let decoded = decode(&frame);
        assert_eq!(decoded.kind, Kind::Resignation);
        assert_eq!(field(&decoded, "VRRP", "checksum"), "good");
        let last = frame.len() - 1;
        frame[last] ^= 1;
        assert_eq!(field(&decode(&frame), "VRRP", "checksum"), "wrong");
    }

    #[test]
    fn announcements_say_who_is_where() {
        let announce = |address: &str| Announce {
            interface: "eth0".parse().unwrap(),
            address: address.parse().unwrap(),
            mac: Mac([2, 0, 0, 0, 0, 7]),
        };
        let brief = |address: &str| decode(&announcement(&announce(address))).brief;
        assert_eq!(
            brief("192.0.2.100"),
            "gratuitous ARP, 192.0.2.100 is at 02:00:00:00:00:07"
        );
        assert_eq!(
            brief("2001:db8::1"),
            "neighbour advertisement, 2001:db8::1 is at 02:00:00:00:00:07"
        );
    }

    #[test]
    fn seconds_lose_their_zeros() {
        assert_eq!(
            (&*seconds(100), &*seconds(50), &*seconds(25)),
            ("1 s", "0.5 s", "0.25 s")
        );
        assert_eq!(seconds(101), "1.01 s");
    }

    proptest! {
        #[test]
        fn any_bytes_give_layers(bytes: Vec<u8>, head in 0..3_usize) {
            let types = [[0x08, 0], [0x08, 6], [0x86, 0xdd]];
            let mut frame = vec![0; 12];
            frame.extend(types[head]);
            frame.extend(bytes);
            prop_assert!(!decode(&frame).layers.is_empty());
            prop_assert_eq!(decode(&frame[..7]).layers.len(), 1);
        }
    }
}
