//! Files such as cloud controllers and tutorials write.

use std::time::Duration;

use bellwether_config::{Options, Severity, parse};
use bellwether_core::model::lvs::{Check, Forwarding, Scheduler, StatusRange};

use super::{first, warnings};
use crate::common::{codes, config};

/// As a controller writes it: a group of one address, pages that are given twice, and targets that
/// are the real servers themselves.
const CONTROLLER: &str = "\
virtual_server_group front-group {
    192.0.2.1 80
}

virtual_server group front-group {
    lb_algo wrr
    lb_kind NAT
    protocol UDP
    delay_loop 30
    delay_before_retry 30
    retry 3

    real_server 192.0.2.99 82 {
        weight 13
        uthreshold 98
        HTTP_GET {
            url {
              path /index.html
              status_code 200
            }
            url {
              path /index.html
              status_code 201
            }
            connect_ip 192.0.2.99
            connect_port 82
            connect_timeout 31
        }
    }

    real_server 192.0.2.98 82 {
        weight 13
        uthreshold 98
        MISC_CHECK {
            misc_path \"/usr/libexec/check-udp 192.0.2.98 82\"
            misc_timeout 31
        }
    }
}
";

#[test]
fn a_controller_s_file() {
    assert_eq!(warnings(CONTROLLER), [""; 0]);
    let server = first(CONTROLLER);
    assert_eq!(server.scheduler, Scheduler::Wrr);
    let [http, misc] = &server.real_servers[..] else {
        panic!("{server:?}");
    };
    assert_eq!((http.weight, http.uthreshold, http.port), (13, 98, 82));
    let checker = &http.checkers[0];
    assert_eq!(checker.connect, None, "it is the real server itself");
    assert_eq!(checker.timeout, Duration::from_secs(31));
    assert_eq!(checker.schedule.retry, 3);
    let Check::Http(pages) = &checker.check else {
        panic!("{checker:?}");
    };
    let codes = pages.urls.iter().map(|url| &url.status[..]);
    let only = |code| {
        [StatusRange {
            first: code,
            last: code,
        }]
    };
    assert!(codes.eq([&only(200)[..], &only(201)[..]]));
    assert_eq!(
        misc.checkers[0].schedule.retry, 3,
        "not the default of commands"
    );
}

#[test]
fn a_controller_s_file_without_members() {
    let text = CONTROLLER
        .split("    real_server")
        .next()
        .unwrap_or_default();
    let text = format!("{text}}}\n");
    assert_eq!(warnings(&text), ["K0350"]);
    assert!(config(&text).virtual_servers().is_empty());
}

/// As found in files that run today: each of these is a warning, and an error when strict.
const OLD: &str = "\
virtual_server 192.0.2.100 11521 {
    delay_loop 6
    lb_algo loadbalance
    lb_kind dr
    nat_mask 255.255.255.0
    persistence_timeout 0
    quorum 0
    protocol TCP

    sorry_server 192.0.2.130 1521

    real_server 192.0.2.244 1522 {
        weight 1
        TCP_CHECK {
          connect_port 1522
          connect_timeout 3
        }
    }
}
";

#[test]
fn an_old_file_means_what_its_author_meant() {
    let expected = ["K0354", "K0355", "K0367", "K0208", "K0356", "K0356"];
    assert_eq!(warnings(OLD), expected);
    let server = first(OLD);
    let real = &server.real_servers[0];
    assert_eq!(real.forwarding, Forwarding::Direct);
    assert_eq!((real.port, server.quorum), (11_521, 1));
    assert_eq!(server.persistence, None);
    let sorry = server.sorry.as_deref().expect("a sorry server");
    assert_eq!(sorry.port, 11_521);
    let strict = Options {
        strict: true,
        ..Options::default()
    };
    let outcome = parse("lb1.conf", OLD, &strict);
    let errors = codes(&outcome, Severity::Error);
    assert_eq!(errors, ["K0354", "K0355", "K0367"]);
}
