//! Reading: a checked view over an advert's bytes.

use core::marker::PhantomData;
use std::net::Ipv4Addr;

use super::{
    AUTH_AH, AUTH_LEN, AUTH_NONE, AUTH_PASS, Address, HEADER_LEN, Rejection, initial_sum,
    trailer_len,
};
use crate::model::{Auth, Checksum};
use crate::unit::{Family, Priority, Version};
use crate::wire::checksum;

/// An advert whose length, version and type are right. Nothing else has been looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a, A = Ipv4Addr> {
    bytes: &'a [u8],
    /// All that the checksum covers: over IPv6 also a trailer.
    covered: &'a [u8],
    version: Version,
    family: PhantomData<A>,
}

impl<'a> Packet<'a, Ipv4Addr> {
    /// Looks at the bytes behind an IPv4 header.
    ///
    /// # Errors
    ///
    /// The first of R2, R3 and R4 that does not hold.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Rejection> {
        Self::parse_as(bytes)
    }

    /// The VRID of anything that is long enough to have one, be it otherwise well formed or not,
    /// and of either family.
    #[must_use]
    pub fn peek_vrid(bytes: &[u8]) -> Option<u8> {
        bytes.get(1).copied()
    }
}

impl<'a, A: Address> Packet<'a, A> {
    /// Looks at the bytes behind an IP header of this family, and behind the authentication
    /// header if there is one.
    ///
    /// # Errors
    ///
    /// The first of R2, R3 and R4 that does not hold.
    pub fn parse_as(bytes: &'a [u8]) -> Result<Self, Rejection> {
        let [first, ..] = bytes else {
            return Err(Rejection::Truncated);
        };
        let version = match first >> 4 {
            2 => Version::V2,
            3 => Version::V3,
            _ => return Err(Rejection::Version),
        };
        if first & 0x0f != 1 {
            return Err(Rejection::Type);
        }
        if bytes.len() < HEADER_LEN {
            return Err(Rejection::Truncated);
        }
        let family = PhantomData;
        let packet = Self {
            bytes,
            covered: bytes,
            version,
            family,
        };
        let expected = packet.expected();
        match bytes.len().cmp(&expected) {
            core::cmp::Ordering::Less => Err(Rejection::Truncated),
            core::cmp::Ordering::Equal => Ok(packet),
            core::cmp::Ordering::Greater => Err(Rejection::Oversized),
        }
    }

    /// How long the message is that begins these bytes, by its own word; `None` for what begins
    /// none. Of a wrong type or version it is some length.
    #[must_use]
    pub fn length(bytes: &[u8]) -> Option<usize> {
        let version = match bytes.first()? >> 4 {
            2 => Version::V2,
            _ => Version::V3,
        };
        let count = usize::from(*bytes.get(3)?);
        Some(HEADER_LEN + count * A::LEN + trailer_len::<A>(version))
    }

    /// The same message, as the beginning of a payload with a trailer: over IPv6 the checksum
    /// covers that too.
    #[must_use]
    pub fn within(mut self, payload: &'a [u8]) -> Self {
        match A::FAMILY {
            Family::V4 => {}
            Family::V6 => self.covered = payload,
        }
        self
    }

    fn expected(&self) -> usize {
        HEADER_LEN + self.count() * A::LEN + trailer_len::<A>(self.version)
    }

    /// Protocol version.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Virtual router id as it stands; 0 is possible and belongs to nobody.
    #[must_use]
    pub const fn vrid(&self) -> u8 {
        self.bytes[1]
    }

    /// The sender's effective priority.
    #[must_use]
    pub const fn priority(&self) -> Priority {
        Priority(self.bytes[2])
    }

    /// Number of addresses, 0 to 255.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::from(self.bytes[3])
    }

    /// The sender's interval in centiseconds: whole seconds in version 2 (RFC 3768 5.3.7), 12 bits
    /// in version 3 (RFC 9568 5.2.7). The four reserved bits are ignored (5.2.6).
    #[must_use]
    pub fn interval_centis(&self) -> u16 {
        match self.version {
            Version::V2 => u16::from(self.bytes[5]) * 100,
            Version::V3 => u16::from_be_bytes([self.bytes[4] & 0x0f, self.bytes[5]]),
        }
    }

    /// The addresses, in the sender's order.
    pub fn addresses(&self) -> impl ExactSizeIterator<Item = A> + use<'a, A> {
        self.bytes[HEADER_LEN..HEADER_LEN + self.count() * A::LEN]
            .chunks_exact(A::LEN)
            .map(A::read)
    }

    /// R8: compares a version 2 advert's authentication with the configured one.
    ///
    /// Over IPv6 there is no authentication (keepalived: an advert has none, whatever its
    /// configuration says), so only type 0 passes.
    ///
    /// # Errors
    ///
    /// [`Rejection::AuthType`] or [`Rejection::AuthData`]. The data of type 0 is ignored
    /// (RFC 3768 5.3.10), and so is that of type 2 (keepalived): the header around the advert
    /// proves it.
    pub fn check_auth(&self, auth: &Auth) -> Result<(), Rejection> {
        let sent = self.bytes[4];
        match (auth, A::FAMILY) {
            (Auth::None, Family::V4) | (_, Family::V6) if sent == AUTH_NONE => Ok(()),
            (Auth::Pass(password), Family::V4) if sent == AUTH_PASS => {
                let data = &self.bytes[self.bytes.len() - AUTH_LEN..];
                if data == password {
                    Ok(())
                } else {
                    Err(Rejection::AuthData)
                }
            }
            (Auth::Ah(_), Family::V4) if sent == AUTH_AH => Ok(()),
            (Auth::None | Auth::Pass(_) | Auth::Ah(_), Family::V4 | Family::V6) => {
                Err(Rejection::AuthType)
            }
        }
    }

    /// R5: whether the checksum verifies. Only version 3 over IPv4 has a choice of forms.
    #[must_use]
    pub fn checksum_is_valid(&self, form: Checksum, source: A, destination: A) -> bool {
        let len = self.covered.len();
        let initial = initial_sum(self.version, form, source, destination, len);
        checksum::finish(checksum::sum(self.covered, initial)) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An advert laid out by hand from RFC 2338 5.3: version 2, VRID 51, priority 200,
    /// one address 192.0.2.100, interval 1 s, PASS "secret".
    const V2: [u8; 20] = [
        0x21, 0x33, 0xc8, 0x01, 0x01, 0x01, 0x17, 0x19, 0xc0, 0x00, 0x02, 0x64, 0x73, 0x65, 0x63,
        0x72, 0x65, 0x74, 0x00, 0x00,
    ];

    #[test]
    fn reads_a_version_2_advert() {
        let packet = Packet::parse(&V2).unwrap();
        assert_eq!(packet.version(), Version::V2);
        assert_eq!((packet.vrid(), packet.priority()), (51, Priority(200)));
        assert_eq!(packet.interval_centis(), 100);
        assert!(packet.addresses().eq([Ipv4Addr::new(192, 0, 2, 100)]));
        assert_eq!(packet.check_auth(&Auth::Pass(*b"secret\0\0")), Ok(()));
        assert_eq!(
            packet.check_auth(&Auth::Pass(*b"Secret\0\0")),
            Err(Rejection::AuthData)
        );
        assert_eq!(packet.check_auth(&Auth::None), Err(Rejection::AuthType));
        let header = Auth::Ah(*b"secret\0\0");
        assert_eq!(packet.check_auth(&header), Err(Rejection::AuthType));
    }

    #[test]
    fn every_shorter_prefix_is_truncated_and_every_longer_one_oversized() {
        for len in 0..V2.len() {
            assert_eq!(
                Packet::parse(&V2[..len]),
                Err(Rejection::Truncated),
                "{len} bytes"
            );
        }
        let longer = [V2.as_slice(), &[0]].concat();
        assert_eq!(Packet::parse(&longer), Err(Rejection::Oversized));
    }

    #[test]
    fn versions_and_types_that_nobody_speaks_are_named() {
        let with_first = |first: u8| {
            let mut bytes = V2;
            bytes[0] = first;
            Packet::parse(&bytes).map(|_| ())
        };
        assert_eq!(with_first(0x11), Err(Rejection::Version));
        assert_eq!(with_first(0x41), Err(Rejection::Version));
        assert_eq!(with_first(0x22), Err(Rejection::Type));
    }

    #[test]
    fn reserved_bits_of_version_3_are_ignored() {
        let bytes = [0x31, 7, 100, 0, 0xf0, 0x64, 0, 0];
        assert_eq!(Packet::parse(&bytes).unwrap().interval_centis(), 100);
    }
}
