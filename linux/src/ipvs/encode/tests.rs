//! Requests to the byte. The expected bytes were put together by hand from the kernel's header:
//! each attribute is its length with its head of four bytes, its kind, its value, and zeros up to a
//! multiple of four.

use std::io::Cursor;

use bellwether_core::model::lvs::Scheduler;

use super::*;

/// The words of a request on a little-endian machine, as hexadecimal digits with blanks.
fn hex(op: &IpvsOp) -> String {
    let body = change(op).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    body.to_bytes(&mut bytes).unwrap();
    let bytes = bytes.into_inner();
    let words = bytes.chunks(4).map(|word| {
        let digits = word.iter().map(|byte| format!("{byte:02x}"));
        digits.collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

const WEB: ServiceKey = ServiceKey::Address {
    protocol: Protocol::Tcp,
    address: IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 10)),
    port: 80,
};

/// AF 2, protocol 6, the address in 16 bytes, port 80 in network order.
const WEB_IDENTITY: &str = "06000100 02000000 06000200 06000000 \
    14000300 c000020a 00000000 00000000 00000000 06000400 00500000";

#[cfg(target_endian = "little")]
#[test]
fn a_service_has_all_that_the_kernel_replaces() {
    use bellwether_core::kernel::ipvs::Persistence;
    let service = Service {
        persistence: Some(Persistence {
            timeout: 360,
            mask: Netmask::prefix(Family::V4, 24),
        }),
        engine: Some("sip".into()),
        scheduler_flags: 2,
        ..Service::new(WEB, Scheduler::Wrr)
    };
    // Command 1 of version 1; one nested attribute of 92 bytes; the name "wrr" and its NUL; flags
    // 0x11 (persistent, SCHED2) of all; 360 seconds; 255.255.255.0; "sip".
    let expected = format!(
        "01010000 5c000180 {WEB_IDENTITY} 08000600 77727200 \
         0c000700 11000000 ffffffff 08000800 68010000 08000900 ffffff00 08000b00 73697000"
    );
    assert_eq!(hex(&IpvsOp::AddService(service)), expected);
    let bare = format!("03010000 30000180 {WEB_IDENTITY}");
    assert_eq!(hex(&IpvsOp::RemoveService(WEB)), bare);
}

#[cfg(target_endian = "little")]
#[test]
fn a_mark_stands_for_address_protocol_and_port() {
    let mark = ServiceKey::Fwmark {
        family: Family::V6,
        mark: 7.try_into().unwrap(),
    };
    let expected = "10010000 14000180 06000100 0a000000 08000500 07000000";
    assert_eq!(hex(&IpvsOp::Zero(Some(mark))), expected);
    // Not persistent: no timeout, and a prefix of all 128 bits.
    let full = "02010000 38000180 06000100 0a000000 08000500 07000000 07000600 6c630000 \
                0c000700 00000000 ffffffff 08000800 00000000 08000900 80000000";
    let service = Service::new(mark, Scheduler::Lc);
    assert_eq!(hex(&IpvsOp::SetService(service)), full);
}

#[cfg(target_endian = "little")]
#[test]
fn a_destination_has_its_limits_and_its_tunnel_in_every_change() {
    let key = DestinationKey {
        address: [10, 0, 0, 1].into(),
        port: 8080,
    };
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Remote,
    };
    let destination = Destination {
        weight: 5,
        uthreshold: 1000,
        lthreshold: 500,
        ..Destination::new(key, Method::Tunnel(gue))
    };
    let identity = "14000100 0a000001 00000000 00000000 00000000 06000200 1f900000 \
                    06000b00 02000000";
    // Method 2, weight, thresholds; kind 1, port 6080 in network order, flag 2.
    let expected = format!(
        "06010000 30000180 {WEB_IDENTITY} 60000280 {identity} \
         08000300 02000000 08000400 05000000 08000500 e8030000 08000600 f4010000 \
         05000d00 01000000 06000e00 17c00000 06000f00 02000000"
    );
    assert_eq!(hex(&IpvsOp::SetDestination(WEB, destination)), expected);
    let bare = format!("07010000 30000180 {WEB_IDENTITY} 28000280 {identity}");
    assert_eq!(hex(&IpvsOp::RemoveDestination(WEB, key)), bare);
}

#[cfg(target_endian = "little")]
#[test]
fn a_daemons_port_is_the_one_in_the_machines_order() {
    let daemon = Daemon {
        port: Some(9999),
        ttl: Some(5),
        group: Some([224, 0, 0, 99].into()),
        max_len: Some(1400),
        ..Daemon::new(Role::Master, "eth9".parse().unwrap(), 255)
    };
    let expected = "09010000 40000380 08000100 01000000 09000200 65746839 00000000 \
                    08000300 ff000000 06000400 78050000 08000500 e0000063 06000700 0f270000 \
                    05000800 05000000";
    assert_eq!(hex(&IpvsOp::StartDaemon(daemon)), expected);
    let stop = hex(&IpvsOp::StopDaemon(Role::Backup));
    assert_eq!(stop, "0a010000 0c000380 08000100 02000000");
    let timeouts = Timeouts {
        tcp: 1000,
        tcp_fin: 0,
        udp: 200,
    };
    let expected = "0c010000 08000400 e8030000 08000500 00000000 08000600 c8000000";
    assert_eq!(hex(&IpvsOp::SetTimeouts(timeouts)), expected);
    assert_eq!(hex(&IpvsOp::Flush), "11010000");
}
