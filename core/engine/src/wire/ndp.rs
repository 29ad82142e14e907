//! Neighbour discovery (RFC 4861): the unsolicited advertisement that tells all nodes of a link
//! where an IPv6 address lives now, and the reading of solicitations and advertisements.
//!
//! Deliberately absent: answering solicitations, which the kernel does for the addresses that it
//! holds; router discovery; redirects.

use std::net::Ipv6Addr;

use super::checksum;
use crate::unit::Mac;

/// Next header value of ICMPv6 (RFC 4443 2.1).
pub const NEXT_HEADER: u8 = 58;

/// All nodes of the link (RFC 4291 2.7.1).
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// The hop limit that proves that a message is from this link (RFC 4861 7.1).
pub const HOP_LIMIT: u8 = 255;

/// Bytes of an Ethernet frame with an advertisement and its link-layer option.
pub const FRAME_LEN: usize = ETHERNET_LEN + IPV6_LEN + HEADER_LEN + OPTION_LEN;

const ETHERNET_LEN: usize = 14;
const IPV6_LEN: usize = 40;
/// Bytes before the options, in solicitations and advertisements (RFC 4861 4.3, 4.4).
const HEADER_LEN: usize = 24;
/// Bytes of a link-layer address option for Ethernet (RFC 2464 6), which counts by eights.
const OPTION_LEN: usize = 8;

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
const ROUTER: u8 = 0x80;
const SOLICITED: u8 = 0x40;
const OVERRIDE: u8 = 0x20;
const SOURCE_LINK_LAYER: u8 = 1;
const TARGET_LINK_LAYER: u8 = 2;

/// An unsolicited neighbour advertisement to all nodes, whose override flag makes them replace
/// what they know (RFC 4861 7.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Where the address lives now: the Ethernet source and the target link-layer address.
    pub mac: Mac,
    /// The address: the target, and (keepalived) the IPv6 source.
    pub address: Ipv6Addr,
    /// The router flag. RFC 9568 6.4.1 sets it always (rule N2); keepalived sets it when the
    /// interface forwards, which is what hosts should believe.
    pub router: bool,
}

impl Repr {
    /// The whole Ethernet frame.
    #[must_use]
    pub fn frame(&self) -> [u8; FRAME_LEN] {
        let message = self.message();
        let mut frame = [0; FRAME_LEN];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            frame[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        // RFC 2464 7: the group's last four bytes behind 33-33.
        put(&[0x33, 0x33, 0, 0, 0, 1]);
        put(&self.mac.0);
        put(&[0x86, 0xdd]);
        put(&[0x60, 0, 0, 0, 0, 32, NEXT_HEADER, HOP_LIMIT]);
        put(&self.address.octets());
        put(&ALL_NODES.octets());
        put(&message);
        frame
    }

    /// The ICMPv6 message, for a packet from the address itself to [`ALL_NODES`].
    #[must_use]
    pub fn message(&self) -> [u8; HEADER_LEN + OPTION_LEN] {
        let router = if self.router { ROUTER } else { 0 };
        let mut message = [0; HEADER_LEN + OPTION_LEN];
        message[0] = ADVERTISEMENT;
        message[4] = OVERRIDE | router;
        message[8..HEADER_LEN].copy_from_slice(&self.address.octets());
        (message[24], message[25]) = (TARGET_LINK_LAYER, 1);
        message[26..].copy_from_slice(&self.mac.0);
        let len = message.len();
        let pseudo = checksum::pseudo_header_v6(self.address, ALL_NODES, NEXT_HEADER, len);
        let sum = checksum::finish(checksum::sum(&message, pseudo));
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        message
    }
}

/// What the IPv6 header said of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// IPv6 source.
    pub source: Ipv6Addr,
    /// IPv6 destination.
    pub destination: Ipv6Addr,
    /// The hop limit as it arrived.
    pub hop_limit: u8,
}

/// Which of the two messages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody asks where an address lives, or whether it is free (RFC 4862 5.4).
    Solicitation,
    /// Somebody says where an address lives.
    Advertisement,
}

/// A solicitation or an advertisement that is valid by RFC 4861 7.1.1 or 7.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

impl<'a> Packet<'a> {
    /// Looks at the bytes behind an IPv6 header.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold; see [`Rejection`].
    pub fn parse(bytes: &'a [u8], envelope: Envelope) -> Result<Self, Rejection> {
        let [first, code, ..] = *bytes else {
            return Err(Rejection::Truncated);
        };
        let kind = match first {
            SOLICITATION => Kind::Solicitation,
            ADVERTISEMENT => Kind::Advertisement,
            _ => return Err(Rejection::Type),
        };
        if envelope.hop_limit != HOP_LIMIT {
            return Err(Rejection::HopLimit);
        }
        if bytes.len() < HEADER_LEN {
            return Err(Rejection::Truncated);
        }
        let Envelope {
            source,
            destination,
            ..
        } = envelope;
        let pseudo = checksum::pseudo_header_v6(source, destination, NEXT_HEADER, bytes.len());
        if checksum::finish(checksum::sum(bytes, pseudo)) != 0 {
            return Err(Rejection::Checksum);
        }
        if code != 0 {
            return Err(Rejection::Code);
        }
        let packet = Self { bytes, kind };
        if packet.target().is_multicast() {
            return Err(Rejection::Target);
        }
        packet.check_options()?;
        match kind {
            Kind::Solicitation => packet.check_source(envelope)?,
            Kind::Advertisement if packet.is_solicited() && destination.is_multicast() => {
                return Err(Rejection::Solicited);
            }
            Kind::Advertisement => {}
        }
        Ok(packet)
    }

    /// Which message it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The address that is asked for or told of.
    #[must_use]
    pub fn target(&self) -> Ipv6Addr {
        let mut octets = [0; 16];
        octets.copy_from_slice(&self.bytes[8..HEADER_LEN]);
        octets.into()
    }

    /// The asker's link-layer address in a solicitation, the target's in an advertisement, if it
    /// is there and Ethernet's.
    #[must_use]
    pub fn mac(&self) -> Option<Mac> {
        let wanted = match self.kind {
            Kind::Solicitation => SOURCE_LINK_LAYER,
            Kind::Advertisement => TARGET_LINK_LAYER,
        };
        self.option(wanted).and_then(|option| match *option {
            [_, 1, a, b, c, d, e, f] => Some(Mac([a, b, c, d, e, f])),
            _ => None,
        })
    }

    /// Whether an advertisement's sender is a router.
    #[must_use]
    pub fn is_router(&self) -> bool {
        self.flag(ROUTER)
    }

    /// Whether an advertisement answers a solicitation.
    #[must_use]
    pub fn is_solicited(&self) -> bool {
        self.flag(SOLICITED)
    }

    /// Whether an advertisement replaces what is known.
    #[must_use]
    pub fn is_override(&self) -> bool {
        self.flag(OVERRIDE)
    }

    /// A solicitation has no flags: those bits are reserved there.
    fn flag(&self, bit: u8) -> bool {
        self.kind == Kind::Advertisement && self.bytes[4] & bit != 0
    }

    /// Every option has a length, and is whole.
    fn check_options(&self) -> Result<(), Rejection> {
        let mut options = self.options();
        let used: usize = options.by_ref().map(<[u8]>::len).sum();
        if HEADER_LEN + used == self.bytes.len() {
            Ok(())
        } else {
            Err(Rejection::Option)
        }
    }

    /// Without a source, a solicitation is a probe for a duplicate: to the target's own group,
    /// and with no link-layer address.
    fn check_source(&self, envelope: Envelope) -> Result<(), Rejection> {
        let is_probe = envelope.source.is_unspecified();
        let is_right = is_solicited_node_group(envelope.destination)
            && self.option(SOURCE_LINK_LAYER).is_none();
        if is_probe && !is_right {
            return Err(Rejection::Source);
        }
        Ok(())
    }

    fn option(&self, kind: u8) -> Option<&'a [u8]> {
        self.options().find(|option| option[0] == kind)
    }

    /// The whole options, up to the first that is not.
    fn options(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = &self.bytes[HEADER_LEN..];
        core::iter::from_fn(move || {
            let len = usize::from(*rest.get(1)?) * OPTION_LEN;
            let (option, behind) = rest.split_at_checked(len)?;
            rest = behind;
            (len > 0).then_some(option)
        })
    }
}

/// Whether this is one of ff02::1:ff00:0/104 (RFC 4291 2.7.1).
fn is_solicited_node_group(address: Ipv6Addr) -> bool {
    address.octets()[..13] == [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff]
}

/// Why a message is refused (RFC 4861 7.1.1, 7.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Rejection {
    /// Neither a solicitation nor an advertisement.
    #[error("neither a solicitation nor an advertisement")]
    Type,
    /// The hop limit is not 255, so it crossed a router.
    #[error("hop limit is not 255")]
    HopLimit,
    /// Shorter than 24 bytes.
    #[error("truncated")]
    Truncated,
    /// The checksum does not verify.
    #[error("bad checksum")]
    Checksum,
    /// A code other than 0.
    #[error("unknown code")]
    Code,
    /// A target that is a group.
    #[error("target is multicast")]
    Target,
    /// An option of length 0, or one that is cut off.
    #[error("malformed option")]
    Option,
    /// A probe for a duplicate that is not sent as one.
    #[error("malformed probe")]
    Source,
    /// An answer that is sent to a group.
    #[error("solicited, but multicast")]
    Solicited,
}

#[cfg(test)]
mod tests;
