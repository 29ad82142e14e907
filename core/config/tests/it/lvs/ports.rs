//! Which port a real server has, and which one is checked.

use bellwether_config::code;

use super::{bare, first, warnings};

/// The port in the table, what the checker connects to, and the warnings.
fn port(header: &str, method: &str, written: &str) -> (u16, Option<String>, Vec<&'static str>) {
    let body = format!("{method}\nreal_server 192.0.2.2 {written} {{\nTCP_CHECK {{\n}}\n}}");
    let mut text = bare(&body).replace("192.0.2.1 80", header);
    if header.starts_with("fwmark") {
        text = text.replace("protocol TCP\n", "");
    }
    let real = first(&text).real_servers[0].clone();
    let connect = real.checkers[0].connect;
    (real.port, connect.map(|to| to.to_string()), warnings(&text))
}

const ADDRESS: &str = "192.0.2.1 80";

#[test]
fn nat_changes_ports() {
    assert_eq!(port(ADDRESS, "lb_kind NAT", "8080"), (8080, None, vec![]));
    assert_eq!(port(ADDRESS, "", "8080"), (8080, None, vec![]));
}

#[test]
fn without_a_port_it_is_the_service_s() {
    assert_eq!(port(ADDRESS, "", ""), (80, None, vec![]));
    assert_eq!(port(ADDRESS, "lb_kind DR", ""), (80, None, vec![]));
    assert_eq!(port(ADDRESS, "lb_kind DR", "80"), (80, None, vec![]));
}

#[test]
fn direct_routing_and_tunnels_keep_the_service_s_port_and_check_the_written_one() {
    for method in ["lb_kind DR", "lb_kind TUN", "lvs_method TUN type gre"] {
        let checked = Some("192.0.2.2:8080".to_owned());
        let expected = (80, checked, vec![code::FORCED_PORT]);
        assert_eq!(port(ADDRESS, method, "8080"), expected);
    }
}

#[test]
fn packets_of_a_mark_keep_their_port() {
    let checked = Some("192.0.2.2:8080".to_owned());
    let expected = (0, checked, vec![code::FORCED_PORT]);
    assert_eq!(port("fwmark 7", "lb_kind DR", "8080"), expected);
    assert_eq!(port("fwmark 7", "", "8080"), (8080, None, vec![]));
}

#[test]
fn a_checker_needs_some_port() {
    let expected = (0, None, vec![code::NO_CHECK_PORT]);
    assert_eq!(port("fwmark 7", "lb_kind DR", ""), expected);
}

#[test]
fn ports_of_a_group_are_compared_with_those_of_its_real_servers() {
    let text = |entries: &str, method: &str| {
        let group = format!("virtual_server_group web {{\n{entries}\n}}\n");
        let body = format!("lb_kind {method}\nreal_server 192.0.2.2 80 {{\n}}");
        let server = bare(&body).replace(ADDRESS, "group web");
        warnings(&format!("{server}{group}"))
    };
    assert_eq!(text("192.0.2.1 80", "DR"), [""; 0]);
    assert_eq!(text("192.0.2.1 81", "DR"), [code::FORCED_PORT]);
    assert_eq!(
        text("192.0.2.1 80\n192.0.2.1 81", "DR"),
        [code::FORCED_PORT]
    );
    assert_eq!(text("192.0.2.1 81", "NAT"), [""; 0]);
}

#[test]
fn two_ports_of_one_server_are_one_behind_direct_routing() {
    let real = |port: u16| format!("real_server 192.0.2.2 {port} {{\n}}\n");
    let text = bare(&["lb_kind DR\n", &real(80), &real(81)].concat());
    let expected = [code::FORCED_PORT, code::DUPLICATE_REAL_SERVER];
    assert_eq!(warnings(&text), expected);
    assert_eq!(first(&text).real_servers.len(), 1);
}
