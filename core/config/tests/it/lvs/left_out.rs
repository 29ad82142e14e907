//! What is left out, as keepalived leaves it out, and what is one though it is written twice.

use bellwether_config::code;
use bellwether_core::model::lvs::Scheduler;

use super::{bare, errors, first, service, warnings};
use crate::common::config;

fn real(address: &str) -> String {
    format!("real_server {address} {{\n}}\n")
}

fn addresses(text: &str) -> Vec<String> {
    let server = first(text);
    let real_servers = server.real_servers.iter();
    real_servers
        .map(|real| format!("{} {}", real.address, real.port))
        .collect()
}

#[test]
fn a_virtual_server_without_real_servers() {
    for body in ["", "sorry_server 192.0.2.9 80"] {
        let text = format!("{}{}", bare(body), service("").replace("0.2.1", "0.2.7"));
        assert_eq!(warnings(&text), [code::NO_REAL_SERVER]);
        assert_eq!(config(&text).virtual_servers().len(), 1);
    }
}

#[test]
fn a_virtual_server_whose_real_servers_are_wrong_is_only_told_that() {
    let text = bare(&real("nowhere 80"));
    assert_eq!(errors(&text), [code::BAD_ADDRESS]);
    assert_eq!(warnings(&text), [""; 0]);
}

#[test]
fn a_real_server_of_another_family() {
    let text = bare(&[real("192.0.2.2 80"), real("2001:db8::2 80")].concat());
    assert_eq!(warnings(&text), [code::OTHER_FAMILY]);
    assert_eq!(addresses(&text), ["192.0.2.2 80"]);
    let tunnel = text.replace("TCP", "TCP\nlb_kind TUN");
    assert_eq!(warnings(&tunnel), [""; 0]);
    assert_eq!(addresses(&tunnel), ["192.0.2.2 80", "2001:db8::2 80"]);
    let all = bare(&real("2001:db8::2 80"));
    assert_eq!(warnings(&all), [code::NO_REAL_SERVER, code::OTHER_FAMILY]);
}

#[test]
fn a_real_server_given_twice() {
    let twice = [real("192.0.2.2 80"), real("192.0.2.2 80")].concat();
    assert_eq!(warnings(&bare(&twice)), [code::DUPLICATE_REAL_SERVER]);
    assert_eq!(addresses(&bare(&twice)), ["192.0.2.2 80"]);
    let ports = twice.replacen("80", "81", 1);
    assert_eq!(warnings(&bare(&ports)), [""; 0]);
    assert_eq!(addresses(&bare(&ports)), ["192.0.2.2 81", "192.0.2.2 80"]);
}

#[test]
fn a_sorry_server_of_another_family() {
    let text = service("sorry_server 2001:db8::9 80");
    assert_eq!(warnings(&text), [code::OTHER_FAMILY]);
    assert_eq!(first(&text).sorry, None);
}

#[test]
fn settings_of_a_sorry_server_without_one() {
    for setting in ["sorry_server_inhibit", "sorry_server_lvs_method DR"] {
        assert_eq!(warnings(&service(setting)), [code::IGNORED_SETTING]);
        let both = format!("{setting}\nsorry_server 192.0.2.9 80");
        assert_eq!(warnings(&service(&both)), [""; 0], "whatever the order");
    }
}

#[test]
fn two_blocks_of_one_service_are_one() {
    let block = |scheduler: &str, reals: &[&str]| {
        let reals: String = reals.iter().map(|address| real(address)).collect();
        bare(&format!("lb_algo {scheduler}\n{reals}"))
    };
    let text = [
        block("rr", &["192.0.2.2 80"]),
        block("lc", &["192.0.2.2 80", "192.0.2.3 80"]),
    ]
    .concat();
    assert_eq!(warnings(&text), [code::DUPLICATE_SERVICE]);
    assert_eq!(config(&text).virtual_servers().len(), 1);
    assert_eq!(first(&text).scheduler, Scheduler::Rr);
    assert_eq!(addresses(&text), ["192.0.2.2 80", "192.0.2.3 80"]);
    let udp = format!("{}{}", service(""), service("").replace("TCP", "UDP"));
    assert_eq!(warnings(&udp), [""; 0]);
    assert_eq!(config(&udp).virtual_servers().len(), 2);
}
