//! Writing: an advert as a small value that can only be valid.

use std::net::Ipv4Addr;
use std::sync::Arc;

use super::{AUTH_AH, AUTH_LEN, AUTH_NONE, AUTH_PASS, Address, HEADER_LEN, initial_sum};
use crate::model::{Auth, Checksum};
use crate::unit::{AdvertInterval, Family, Priority, Version, Vrid};
use crate::wire::checksum;

/// An advert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repr<A = Ipv4Addr> {
    /// Virtual router id.
    pub vrid: Vrid,
    /// Priority: 0 resigns.
    pub priority: Priority,
    /// How often the sender advertises.
    pub interval: AdvertInterval,
    /// What only one version has.
    pub body: Body,
    /// The virtual addresses; what is beyond 255 is left out.
    pub addresses: Vec<A>,
}

/// What only one version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Version 2: authentication, which is left out over IPv6 (keepalived).
    V2(Auth),
    /// Version 3: the form of the checksum, of which IPv6 has only one.
    V3(Checksum),
}

impl<A: Address> Repr<A> {
    /// The message, for a packet from `source` to `destination`.
    #[must_use]
    pub fn emit(&self, source: A, destination: A) -> Arc<[u8]> {
        let addresses = &self.addresses[..self.addresses.len().min(255)];
        let mut bytes = Vec::with_capacity(HEADER_LEN + addresses.len() * A::LEN + AUTH_LEN);
        let count = u8::try_from(addresses.len()).unwrap_or(u8::MAX);
        bytes.extend([
            self.version_and_type(),
            self.vrid.get(),
            self.priority.0,
            count,
        ]);
        bytes.extend(self.type_and_interval());
        bytes.extend([0, 0]);
        for address in addresses {
            address.write(&mut bytes);
        }
        bytes.extend(self.auth_data().into_iter().flatten());
        let form = match self.body {
            Body::V2(_) => Checksum::MessageOnly,
            Body::V3(form) => form,
        };
        let initial = initial_sum(self.version(), form, source, destination, bytes.len());
        let sum = checksum::finish(checksum::sum(&bytes, initial)).to_be_bytes();
        bytes[6..HEADER_LEN].copy_from_slice(&sum);
        bytes.into()
    }

    /// The version that the body is of.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.body {
            Body::V2(_) => Version::V2,
            Body::V3(_) => Version::V3,
        }
    }

    const fn version_and_type(&self) -> u8 {
        match self.body {
            Body::V2(_) => 0x21,
            Body::V3(_) => 0x31,
        }
    }

    fn type_and_interval(&self) -> [u8; 2] {
        match self.body {
            Body::V2(auth) => {
                let seconds = u8::try_from(self.interval.centis() / 100).unwrap_or(u8::MAX);
                let kind = match (auth, A::FAMILY) {
                    (Auth::None, _) | (Auth::Pass(_) | Auth::Ah(_), Family::V6) => AUTH_NONE,
                    (Auth::Pass(_), Family::V4) => AUTH_PASS,
                    (Auth::Ah(_), Family::V4) => AUTH_AH,
                };
                [kind, seconds]
            }
            Body::V3(_) => self.interval.centis().min(0x0fff).to_be_bytes(),
        }
    }

    /// What stands behind the addresses; RFC 2338 5.3.10 leaves that of types 0 and 2 zero.
    const fn auth_data(&self) -> Option<[u8; AUTH_LEN]> {
        match (self.body, A::FAMILY) {
            (Body::V2(Auth::None | Auth::Ah(_)), Family::V4) => Some([0; AUTH_LEN]),
            (Body::V2(Auth::Pass(password)), Family::V4) => Some(password),
            (Body::V2(_), Family::V6) | (Body::V3(_), Family::V4 | Family::V6) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Packet, Rejection};
    use super::*;

    const SOURCE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const GROUP: Ipv4Addr = super::super::GROUP_V4;

    fn sample(body: Body) -> Repr {
        Repr {
            vrid: Vrid::try_from(51).unwrap(),
            priority: Priority(200),
            interval: AdvertInterval::DEFAULT,
            body,
            addresses: vec![Ipv4Addr::new(192, 0, 2, 100)],
        }
    }

    #[test]
    fn version_2_is_laid_out_as_rfc_2338_draws_it() {
        // By hand: 2133 + c801 + 0101 + c000 + 0264 + 7365 + 6372 + 6574 = 2e8e4 -> e8e6,
        // complement 1719.
        let bytes = sample(Body::V2(Auth::Pass(*b"secret\0\0"))).emit(SOURCE, GROUP);
        let expected: [u8; 20] = [
            0x21, 51, 200, 1, 1, 1, 0x17, 0x19, 192, 0, 2, 100, b's', b'e', b'c', b'r', b'e', b't',
            0, 0,
        ];
        assert_eq!(*bytes, expected);
    }

    #[test]
    fn the_two_checksums_of_version_3_differ_by_the_pseudo_header() {
        // By hand: 3133 + c801 + 0064 + c000 + 0264 = 1bbfc -> bbfd, complement 4402.
        let alone = sample(Body::V3(Checksum::MessageOnly)).emit(SOURCE, GROUP);
        assert_eq!(alone[6..8], [0x44, 0x02]);
        // The pseudo-header adds c000 + 0201 + e000 + 0012 + 0070 + 000c = 1a28f -> a290;
        // bbfd + a290 = 15e8d -> 5e8e, complement a171.
        let pseudo = sample(Body::V3(Checksum::PseudoHeader)).emit(SOURCE, GROUP);
        assert_eq!(pseudo[6..8], [0xa1, 0x71]);
    }

    #[test]
    fn each_form_of_the_checksum_refuses_the_other() {
        let bytes = sample(Body::V3(Checksum::MessageOnly)).emit(SOURCE, GROUP);
        let packet = Packet::parse(&bytes).unwrap();
        assert!(packet.checksum_is_valid(Checksum::MessageOnly, SOURCE, GROUP));
        assert!(!packet.checksum_is_valid(Checksum::PseudoHeader, SOURCE, GROUP));
    }

    fn any_repr() -> impl Strategy<Value = Repr> {
        let body = prop_oneof![
            Just(Body::V2(Auth::None)),
            any::<[u8; 8]>().prop_map(|password| Body::V2(Auth::Pass(password))),
            Just(Body::V3(Checksum::PseudoHeader)),
            Just(Body::V3(Checksum::MessageOnly)),
        ];
        (
            1..=255_u8,
            any::<u8>(),
            1..=40_u16,
            body,
            prop::collection::vec(any::<u32>(), 1..=255),
        )
            .prop_map(|(vrid, priority, seconds, body, addresses)| Repr {
                vrid: Vrid::try_from(vrid).unwrap(),
                priority: Priority(priority),
                interval: AdvertInterval::try_from(seconds * 100).unwrap(),
                body,
                addresses: addresses.into_iter().map(Ipv4Addr::from).collect(),
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(repr in any_repr(), source: u32) {
            let source = Ipv4Addr::from(source);
            let bytes = repr.emit(source, GROUP);
            let packet = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(packet.version(), repr.version());
            prop_assert_eq!(packet.vrid(), repr.vrid.get());
            prop_assert_eq!(packet.priority(), repr.priority);
            prop_assert_eq!(packet.interval_centis(), repr.interval.centis());
            prop_assert!(packet.addresses().eq(repr.addresses.iter().copied()));
            match repr.body {
                Body::V2(auth) => prop_assert_eq!(packet.check_auth(&auth), Ok(())),
                Body::V3(form) => prop_assert!(packet.checksum_is_valid(form, source, GROUP)),
            }
        }

        #[test]
        fn one_flipped_bit_never_verifies(repr in any_repr(), at: prop::sample::Index, bit in 0..8_u32) {
            let mut bytes = repr.emit(SOURCE, GROUP).to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            let form = match repr.body {
                Body::V2(_) => Checksum::MessageOnly,
                Body::V3(form) => form,
            };
            let accepted = Packet::parse(&bytes)
                .is_ok_and(|packet| packet.checksum_is_valid(form, SOURCE, GROUP));
            prop_assert!(!accepted);
        }

        #[test]
        fn any_bytes_give_a_view_or_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert_eq!(packet.addresses().len(), packet.count());
                let _: Result<(), Rejection> = packet.check_auth(&Auth::None);
                let _ = packet.checksum_is_valid(Checksum::PseudoHeader, SOURCE, GROUP);
            }
        }
    }
}
