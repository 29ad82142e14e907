//! Answers that are made here: whole, of older kernels, and ones that make no sense.

use bellwether_core::kernel::ipvs::IpvsOp;
use bellwether_core::kernel::ipvs::law::story;
use neli::genl::{AttrTypeBuilder, NlattrBuilder};
use neli::{Size, ToBytes};

use super::*;
use crate::ipvs::encode;

/// What the kernel is told is what it would tell, but for what it adds.
#[test]
fn every_value_of_the_story_survives_the_way() {
    let mut seen = 0;
    for step in story() {
        let body = encode::change(&step.op).unwrap();
        match &step.op {
            IpvsOp::AddService(service) | IpvsOp::SetService(service) => {
                let attributes = nested(body.attrs(), top::SERVICE).unwrap();
                assert_eq!(service_values(&attributes), Ok(service.clone()));
            }
            IpvsOp::AddDestination(key, wanted) | IpvsOp::SetDestination(key, wanted) => {
                let attributes = nested(body.attrs(), top::DEST).unwrap();
                assert_eq!(destination_values(&attributes, key.family()), Ok(*wanted));
            }
            IpvsOp::SetTimeouts(wanted) => assert_eq!(timeouts(body.attrs()), Ok(*wanted)),
            IpvsOp::RemoveService(_)
            | IpvsOp::RemoveDestination(..)
            | IpvsOp::Flush
            | IpvsOp::Zero(_)
            | IpvsOp::StartDaemon(_)
            | IpvsOp::StopDaemon(_) => continue,
        }
        seen += 1;
    }
    assert!(seen > 20, "only {seen}");
}

/// A later kernel adds attributes, an older one has no family of a destination, no kinds of tunnels
/// and counters of 32 bits; the kernel's own flag 2 means nothing.
#[test]
fn older_and_later_kernels_are_read() {
    let counters: Attributes = (1..=10)
        .map(|kind| match kind {
            4 | 5 => attribute(kind, u64::from(kind)),
            kind => attribute(kind, u32::from(kind)),
        })
        .collect();
    let destination: Attributes = [
        attribute(
            dest::ADDR,
            [10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        attribute(dest::PORT, 80_u16.to_be_bytes()),
        // Flags of connections stand above the method.
        attribute(dest::FWD_METHOD, 0x42_u32),
        attribute(dest::WEIGHT, 1_u32),
        attribute(dest::U_THRESH, 0_u32),
        attribute(dest::L_THRESH, 0_u32),
        attribute(dest::ACTIVE_CONNS, 7_u32),
        attribute(dest::INACT_CONNS, 8_u32),
        attribute(dest::PERSIST_CONNS, 9_u32),
        attribute(dest::STATS, counters),
        attribute(999, 1_u8),
    ]
    .into_iter()
    .collect();
    let message: Attributes = [attribute(top::DEST, destination)].into_iter().collect();
    let report = super::destination(&message, Family::V4).unwrap();
    assert_eq!(report.destination.method, Method::Tunnel(Tunnel::IpIp));
    assert_eq!(report.destination.key.address, IpAddr::from([10, 0, 0, 1]));
    assert_eq!(
        (report.active, report.inactive, report.persistent),
        (7, 8, 9)
    );
    assert_eq!((report.stats.connections, report.stats.in_bytes), (1, 4));
    assert_eq!(report.stats.out_byte_rate, 10);
}

#[test]
fn what_makes_no_sense_is_an_error_that_names_it() {
    let none = Attributes::default();
    let missing = service(&none).unwrap_err();
    assert_eq!(missing, "attribute 1 is missing");
    let short: Attributes = [attribute(top::TIMEOUT_TCP, 1_u8)].into_iter().collect();
    assert!(timeouts(&short).unwrap_err().contains("attribute 4"));
    let strange: Attributes = [attribute(service::AF, 99_u16)].into_iter().collect();
    let error = service_values(&strange).unwrap_err();
    assert_eq!(error, "an address family of 99");
}

fn attribute<P: Size + ToBytes>(kind: u16, payload: P) -> Nlattr<u16, Buffer> {
    let kind = AttrTypeBuilder::default().nla_type(kind).build().unwrap();
    NlattrBuilder::default()
        .nla_type(kind)
        .nla_payload(payload)
        .build()
        .unwrap()
}
