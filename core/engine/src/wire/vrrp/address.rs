//! The two families of addresses that adverts can list.

use core::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{GROUP_V4, GROUP_V6, PROTOCOL};
use crate::unit::Family;
use crate::wire::checksum;

/// An address of the family that an advert is of.
///
/// An advert lists addresses of the family of the IP header around it (RFC 9568 5.2.9), so that
/// family is a type, and can't be mixed. Only [`Ipv4Addr`] and [`Ipv6Addr`] implement it.
pub trait Address: Copy + Debug + Eq + Ord + Into<IpAddr> + sealed::Sealed {
    /// The family as a value.
    const FAMILY: Family;
    /// The group that adverts of this family are sent to (RFC 9568 5.1.1.2, 5.1.2.2).
    const GROUP: Self;
    /// Bytes of one address.
    const LEN: usize;

    /// The address, if it is of this family.
    #[must_use]
    fn of(address: IpAddr) -> Option<Self>;

    /// The address in these bytes; missing ones are zero, and more than [`Self::LEN`] unread.
    #[doc(hidden)]
    #[must_use]
    fn read(bytes: &[u8]) -> Self;

    /// Appends the address.
    #[doc(hidden)]
    fn write(self, bytes: &mut Vec<u8>);

    /// The sum over the pseudo-header of a message of `len` bytes.
    #[doc(hidden)]
    #[must_use]
    fn pseudo_header_sum(source: Self, destination: Self, len: usize) -> u32;
}

impl Address for Ipv4Addr {
    const FAMILY: Family = Family::V4;
    const GROUP: Self = GROUP_V4;
    const LEN: usize = 4;

    fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        }
    }

    fn read(bytes: &[u8]) -> Self {
        Self::from(octets(bytes))
    }

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.octets());
    }

    /// RFC 2460 8.1's form applied to IPv4, as the field reads RFC 5798 5.2.8.
    fn pseudo_header_sum(source: Self, destination: Self, len: usize) -> u32 {
        checksum::pseudo_header_v4(source, destination, PROTOCOL, len)
    }
}

impl Address for Ipv6Addr {
    const FAMILY: Family = Family::V6;
    const GROUP: Self = GROUP_V6;
    const LEN: usize = 16;

    fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => Some(address),
        }
    }

    fn read(bytes: &[u8]) -> Self {
        Self::from(octets(bytes))
    }

    fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend(self.octets());
    }

    fn pseudo_header_sum(source: Self, destination: Self, len: usize) -> u32 {
        checksum::pseudo_header_v6(source, destination, PROTOCOL, len)
    }
}

fn octets<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut octets = [0; N];
    for (to, from) in octets.iter_mut().zip(bytes) {
        *to = *from;
    }
    octets
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for std::net::Ipv4Addr {}
    impl Sealed for std::net::Ipv6Addr {}
}
