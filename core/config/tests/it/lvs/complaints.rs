//! What people read about virtual servers: one snapshot for each kind of mistake.

use super::{bare, behind, service};
use crate::common::read;

/// What is printed for a text.
fn told(text: &str) -> String {
    read(text).diagnostics.render(false)
}

macro_rules! snapshots {
    ($($name:ident: $text:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(told(&$text));
        })*
    };
}

const GROUP: &str = "virtual_server_group web {\n    192.0.2.1 80\n}\n";

snapshots! {
    no_real_server: bare("sorry_server 192.0.2.9 80");
    service_twice: format!("{}{}", service(""), service("").replace("2.2", "2.3"));
    real_server_twice: service("real_server 192.0.2.2 80 {\n}");
    no_protocol: service("").replace("protocol TCP\n", "");
    unknown_scheduler: service("lb_algo wr");
    method_in_small_letters: service("lb_kind dr");
    forced_port: behind("lvs_method DR").replace("2.2 80", "2.2 8080");
    quorum_too_large: service("quorum 3\nhysteresis 9");
    no_weight: behind("weight 0");
    all_ports: service("").replace("2.1 80", "2.1");
    unknown_group: format!("{GROUP}{}", service("").replace("192.0.2.1 80", "group wbe"));
    empty_group: "virtual_server_group web {\n}\n";
    bad_entries: GROUP.replace("192.0.2.1 80", "192.0.2.9-5 80\nfwmark 7 ipv6\n2001:db8::/64");
    other_family: service("real_server 2001:db8::2 80 {\n}");
    address_with_brackets: service("").replace("192.0.2.1 80", "[2001:db8::1]:80");
    check_without_page: behind("HTTP_GET {\nurl {\n}\n}");
    unknown_session: behind("BFD_CHECK {\n    name peer\n}");
    impossible_check: behind("UDP_CHECK {\n    min_reply_length 300\n}");
    ignored_settings: service("ops\nsh-port\nsorry_server_inhibit");
    no_port_to_check: behind("TCP_CHECK {\n}").replace("192.0.2.1 80", "fwmark 7")
        .replace("192.0.2.2 80", "192.0.2.2").replace("protocol TCP\n", "");
    persistence_zero: service("persistence_timeout 0");
    thresholds: behind("uthreshold 10\n    lthreshold 20");
    old_group: format!("group web {{\n{}}}\n", service(""));
    bad_status: behind("HTTP_GET {\nurl {\npath /\nstatus_code 200, 2xx\n}\n}");
    bad_tunnel: service("lb_kind TUN type gue");
    regex_option_that_is_not_followed: behind("HTTP_GET {\nurl {\npath /\nregex x$\nregex_options caseless dollar_endonly\n}\n}");
    unknown_regex_option: behind("HTTP_GET {\nurl {\npath /\nregex x\nregex_options casless\n}\n}");
    misspelt_keyword: service("delay_lop 3");
    keyword_of_another_checker: behind("TCP_CHECK {\n    misc_path /bin/true\n}");
    bad_payload: behind("UDP_CHECK {\n    payload 0a zz\n}");
}
