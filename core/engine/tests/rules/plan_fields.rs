//! A plan tells what is tracked and what is balanced field by field.

use std::time::Duration;

use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, Protocol, RealServer, Schedule, Scheduler, Service, VirtualServer,
};
use bellwether_core::model::{Bfd, Config, Parts, TrackFile, TrackProcess};
use bellwether_core::reload::Plan;
use bellwether_core::unit::{Family, Weight};

fn plan(old: Parts, new: Parts) -> String {
    let [old, new] = [old, new].map(|parts| Config::new(parts).unwrap());
    Plan::between(&old, &new).to_string()
}

fn weight(raw: i16) -> Weight {
    Weight::try_from(raw).unwrap()
}

#[test]
fn trackers_are_told_by_field_and_whether_they_start_anew() {
    let of = |file: TrackFile, process: TrackProcess, bfd: Bfd| Parts {
        files: vec![file],
        processes: vec![process],
        bfd: vec![bfd],
        ..Parts::default()
    };
    let file = TrackFile::new("load".into(), "/run/load");
    let process = TrackProcess::new("proxy".into(), "haproxy");
    let bfd = Bfd::new("peer".into(), [192, 0, 2, 2].into());
    let old = of(file.clone(), process.clone(), bfd.clone());
    let new = of(
        TrackFile {
            path: "/run/other".to_owned(),
            weight: weight(2),
            ..file
        },
        TrackProcess {
            quorum: 2,
            terminate_delay: Duration::from_millis(500),
            ..process
        },
        Bfd {
            min_rx: Duration::from_millis(50),
            weight: weight(-20),
            ..bfd
        },
    );
    assert_eq!(
        plan(old, new),
        "\
0 to add, 3 to change, 0 to remove.
  ~ track_file load
      ~ file: /run/load -> /run/other (starts anew; what was known of it is forgotten)
      ~ weight: +1 -> +2
  ~ vrrp_track_process proxy
      ~ quorum: 1 -> 2 (starts anew; what was known of it is forgotten)
      ~ terminate_delay: 0 -> 0.5 (starts anew; what was known of it is forgotten)
  ~ bfd_instance peer
      ~ min_rx: 0.01 -> 0.05 (starts anew; what was known of it is forgotten)
      ~ weight: +0 -> -20
"
    );
}

fn checker(retry: u32) -> Checker {
    Checker {
        schedule: Schedule {
            delay_loop: Duration::from_secs(6),
            warmup: Duration::ZERO,
            retry,
            rise: 1,
            delay_before_retry: Duration::from_secs(1),
            alpha: false,
            log_all_failures: false,
        },
        connect: None,
        timeout: Duration::from_secs(5),
        source: None,
        check: Check::Tcp,
    }
}

fn server(host: u8, weight: u32, retry: u32) -> RealServer {
    RealServer {
        weight,
        checkers: vec![checker(retry)],
        ..RealServer::new([10, 0, 0, host].into(), 80, Forwarding::Nat)
    }
}

#[test]
fn services_are_told_by_field_and_by_server() {
    let service = Service::Address {
        address: [192, 0, 2, 100].into(),
        port: 80,
        protocol: Protocol::Tcp,
    };
    let of = |scheduler, quorum, real_servers| {
        let own = VirtualServer {
            scheduler,
            quorum,
            real_servers,
            ..VirtualServer::new(service.clone(), Family::V4)
        };
        let mut parts = Parts::default();
        parts.lvs.virtual_servers = vec![own];
        parts
    };
    let old = of(Scheduler::Rr, 1, vec![server(1, 1, 1), server(2, 1, 1)]);
    let new = of(Scheduler::Wrr, 2, vec![server(2, 3, 2), server(3, 5, 1)]);
    assert_eq!(
        plan(old.clone(), new),
        "\
0 to add, 1 to change, 0 to remove.
  ~ virtual_server 192.0.2.100 80 (Tcp)
      ~ lb_algo: rr -> wrr
      ~ quorum: 1 -> 2
      - real_server 10.0.0.1 80
      ~ real_server 10.0.0.2 80 weight: 1 -> 3
      ~ real_server 10.0.0.2 80 TCP_CHECK retry: 1 -> 2
      + real_server 10.0.0.3 80 weight 5
"
    );
    assert_eq!(
        plan(Parts::default(), old),
        "\
1 to add, 0 to change, 0 to remove.
  + virtual_server 192.0.2.100 80 (Tcp)
      + real_server 10.0.0.1 80 weight 1
      + real_server 10.0.0.2 80 weight 1
"
    );
}
