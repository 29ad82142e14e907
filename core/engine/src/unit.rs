//! The units of the field as types, so that seconds, centiseconds, priorities and weights can't
//! be mixed up, and a value out of its range can't exist.

use core::fmt;
use core::num::NonZeroU8;
use core::str::FromStr;
use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A value is outside its unit's range; nothing was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what} must be within {range}")]
pub struct OutOfRange {
    /// What was to be built, in words.
    pub what: &'static str,
    /// The range that it must lie in, in words.
    pub range: &'static str,
}

/// Virtual router id, 1 to 255, without a default (RFC 9568 5.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Vrid(NonZeroU8);

impl Vrid {
    /// The id as it stands in a packet.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

impl TryFrom<u8> for Vrid {
    type Error = OutOfRange;

    fn try_from(raw: u8) -> Result<Self, OutOfRange> {
        NonZeroU8::new(raw).map(Self).ok_or(OutOfRange {
            what: "virtual router id",
            range: "1..=255",
        })
    }
}

impl From<Vrid> for u8 {
    fn from(vrid: Vrid) -> Self {
        vrid.get()
    }
}

impl fmt::Display for Vrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Priority of a VRRP router for one virtual router, as it stands in an advert.
///
/// 0 resigns, 1 to 254 are backups' (default 100), 255 owns the addresses (RFC 9568 5.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub u8);

impl Priority {
    /// "I resign": sent by a master that stops (RFC 9568 5.2.4).
    pub const RESIGN: Self = Self(0);
    /// The default of a backup (RFC 9568 5.2.4).
    pub const DEFAULT: Self = Self(100);
    /// The address owner's (RFC 9568 5.2.4).
    pub const OWNER: Self = Self(255);

    /// Whether this is the address owner's priority.
    #[must_use]
    pub const fn is_owner(self) -> bool {
        self.0 == 255
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a tracked object adds to or takes from a priority; 0 means "fault" (keepalived).
///
/// Range -253 to 253.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i16", into = "i16")]
pub struct Weight(i16);

impl Weight {
    /// The weight that stands for FAULT.
    pub const FAULT: Self = Self(0);

    /// The weight as a number.
    #[must_use]
    pub const fn get(self) -> i16 {
        self.0
    }
}

impl TryFrom<i16> for Weight {
    type Error = OutOfRange;

    fn try_from(raw: i16) -> Result<Self, OutOfRange> {
        if (-253..=253).contains(&raw) {
            Ok(Self(raw))
        } else {
            Err(OutOfRange {
                what: "weight",
                range: "-253..=253",
            })
        }
    }
}

impl From<Weight> for i16 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+}", self.0)
    }
}

/// Protocol version, with what only that version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Version {
    /// RFC 3768, with RFC 2338's PASS authentication.
    V2,
    /// RFC 5798 and RFC 9568.
    V3,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2 => "2",
            Self::V3 => "3",
        })
    }
}

/// Address family of a virtual router. The same VRID in both families is two virtual routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub const fn of(address: std::net::IpAddr) -> Self {
        match address {
            std::net::IpAddr::V4(_) => Self::V4,
            std::net::IpAddr::V6(_) => Self::V6,
        }
    }
}

/// Advertisement interval, held in centiseconds, 1 to 25500.
///
/// Version 3 can say 1 to 4095 cs (erratum 8301), version 2 whole seconds from 1 to 255; the
/// narrower checks are [`Self::fits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct AdvertInterval(u16);

impl AdvertInterval {
    /// One second, the default of both versions.
    pub const DEFAULT: Self = Self(100);

    /// The interval in centiseconds.
    #[must_use]
    pub const fn centis(self) -> u16 {
        self.0
    }

    /// The interval as a duration.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_millis(10).saturating_mul(u32::from(self.0))
    }

    /// Whether `version` can put this interval on the wire.
    #[must_use]
    pub const fn fits(self, version: Version) -> bool {
        match version {
            Version::V2 => self.0.is_multiple_of(100),
            Version::V3 => self.0 <= 4095,
        }
    }
}

impl TryFrom<u16> for AdvertInterval {
    type Error = OutOfRange;

    fn try_from(centis: u16) -> Result<Self, OutOfRange> {
        if (1..=25_500).contains(&centis) {
            Ok(Self(centis))
        } else {
            Err(OutOfRange {
                what: "advertisement interval",
                range: "0.01..=255 seconds",
            })
        }
    }
}

impl From<AdvertInterval> for u16 {
    fn from(interval: AdvertInterval) -> Self {
        interval.0
    }
}

impl fmt::Display for AdvertInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}s", self.0 / 100, self.0 % 100)
    }
}

/// Network interface name, 1 to 15 bytes, as the kernel's `IFNAMSIZ` bounds it.
///
/// Names, not indexes, are identities here: an interface that goes and comes back has another
/// index and the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IfName {
    bytes: [u8; 15],
    len: u8,
}

impl IfName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl FromStr for IfName {
    type Err = OutOfRange;

    fn from_str(text: &str) -> Result<Self, OutOfRange> {
        let bad = OutOfRange {
            what: "interface name",
            range: "1..=15 bytes without blanks or '/'",
        };
        let forbidden = |c: char| c.is_whitespace() || c == '/' || c.is_control();
        if text.is_empty() || text.len() > 15 || text.contains(forbidden) {
            return Err(bad);
        }
        let mut bytes = [0; 15];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self {
            bytes,
            len: u8::try_from(text.len()).map_err(|_| bad)?,
        })
    }
}

impl TryFrom<String> for IfName {
    type Error = OutOfRange;

    fn try_from(text: String) -> Result<Self, OutOfRange> {
        text.parse()
    }
}

impl From<IfName> for String {
    fn from(name: IfName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The name that a configuration gives to an instance or a script. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

/// Ethernet address.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Every station of a segment.
    pub const BROADCAST: Self = Self([0xff; 6]);
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_at_both_ends() {
        assert!(Vrid::try_from(0).is_err());
        assert!(Vrid::try_from(255).is_ok());
        assert!(Weight::try_from(253).is_ok());
        assert!(Weight::try_from(-254).is_err());
        assert!(AdvertInterval::try_from(0).is_err());
        assert!(AdvertInterval::try_from(25_500).is_ok());
        assert!(AdvertInterval::try_from(25_501).is_err());
    }

    #[test]
    fn an_interval_knows_which_version_can_carry_it() {
        let hundred_ms = AdvertInterval::try_from(10).unwrap();
        assert!(hundred_ms.fits(Version::V3) && !hundred_ms.fits(Version::V2));
        let a_minute = AdvertInterval::try_from(6000).unwrap();
        assert!(a_minute.fits(Version::V2) && !a_minute.fits(Version::V3));
    }

    #[test]
    fn interface_names_are_bounded_as_the_kernel_bounds_them() {
        assert_eq!("eth0".parse::<IfName>().unwrap().as_str(), "eth0");
        assert!("sixteen-bytes-xx".parse::<IfName>().is_err());
        assert!("".parse::<IfName>().is_err());
        assert!("a b".parse::<IfName>().is_err());
    }
}
