//! Bytes on the wire, as Packet and Repr pairs.
//!
//! A `Packet` is a view over bytes that has been checked to be long enough; a `Repr` is a small
//! value that can only be valid. Parsers are total: any bytes give a value or an error, never a
//! panic, and never an allocation that the bytes can blow up.

pub mod ah;
pub mod arp;
pub mod bfd;
pub mod checksum;
pub mod icmp;
pub mod ipv4;
pub mod ndp;
pub mod trailer;
pub mod vrrp;
