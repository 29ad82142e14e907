//! Routes, routing rules and what the node always has; values as keepalived 2.2.7 shows them.

use bellwether_config::{Severity, code};
use bellwether_core::model::{
    Config, Encap, Insertion, Prefix, Route, RouteKind, RouterPreference, Rule, RuleAction,
};
use bellwether_core::unit::Family;

use crate::common::{codes, config, instance, read};

const NONE: [&str; 0] = [];

fn with(block: &str, line: &str) -> String {
    format!("static_{block} {{\n {line}\n}}\n")
}

/// The one route of a line, which has no errors.
fn route(line: &str) -> Route {
    config(&with("routes", line)).parts().statics.routes[0].clone()
}

fn rule(line: &str) -> Rule {
    config(&with("rules", line)).parts().statics.rules[0].clone()
}

/// The codes of the errors of a line of a block.
fn errors(block: &str, line: &str) -> Vec<&'static str> {
    codes(&read(&with(block, line)), Severity::Error)
}

/// The codes of the warnings of a line, but for that it is not done yet.
fn warnings(block: &str, line: &str) -> Vec<&'static str> {
    let mut all = codes(&read(&with(block, line)), Severity::Warning);
    all.retain(|one| ![code::NOT_YET, code::NO_INSTANCE].contains(one));
    all
}

fn prefix(text: &str, len: u8) -> Option<Prefix> {
    let address = text.parse().unwrap();
    Some(Prefix { address, len })
}

#[test]
fn a_route_has_keepalived_defaults() {
    let route = route("192.0.2.0/24 via 198.51.100.1 dev eth0");
    let mut expected = Route::new(Family::V4, prefix("192.0.2.0", 24));
    expected.via = "198.51.100.1".parse().ok();
    expected.dev = "eth0".parse().ok();
    assert_eq!(route, expected);
    assert_eq!(route.kind, RouteKind::Unicast);
    assert_eq!(route.insertion, Insertion::Prepend);
    assert!(route.tracked && route.table.is_none() && route.protocol.is_none());
}

#[test]
fn a_destination_stands_anywhere_and_may_be_all() {
    for line in [
        "default dev lo",
        "to default dev lo",
        "all dev lo",
        "dev lo any",
    ] {
        let route = route(line);
        assert_eq!(
            (route.family, route.destination),
            (Family::V4, None),
            "{line}"
        );
    }
    assert_eq!(
        route("dev lo to 192.0.2.0/24").destination,
        prefix("192.0.2.0", 24)
    );
    let of_old = route("src 198.51.100.1 192.0.2.0/24 via 198.51.100.2 dev eth0");
    assert_eq!(of_old.source, "198.51.100.1".parse().ok());
    assert_eq!(of_old.destination, prefix("192.0.2.0", 24));
    assert_eq!(route("default via 2001:db8::ff dev lo").family, Family::V6);
    assert_eq!(route("default inet6 dev lo").family, Family::V6);
    assert_eq!(errors("routes", "via 198.51.100.1"), [code::BAD_ROUTE]);
    assert_eq!(
        errors("routes", "192.0.2.0/33 dev lo"),
        [code::OUT_OF_RANGE]
    );
    assert_eq!(errors("routes", "192.0.2./24 dev lo"), [code::BAD_ADDRESS]);
}

#[test]
fn options_of_a_route_are_read() {
    let route = route(
        "192.0.2.0/24 dev eth0 table 6909 tos CS3 protocol bird no_track scope host metric 12 \
         mtu lock 1000 hoplimit 100 advmss 101 rtt 30 rttvar 0.3s rto_min lock 3s reordering 104 \
         window 105 cwnd 106 ssthresh lock 107 realms 3/0x14 initcwnd 109 initrwnd 110 \
         vrf blue features ecn append quickack 1 fastopen_no_cookie 0 congctl lock reno \
         ttl-propagate disabled onlink",
    );
    assert_eq!(
        (route.table, route.tos, route.metric),
        (Some(6909), Some(0x60), Some(12))
    );
    assert_eq!((route.protocol, route.tracked), (Some(12), false));
    assert_eq!((route.scope, route.realms), (Some(254), Some(0x3_0014)));
    assert_eq!(route.insertion, Insertion::Append);
    assert_eq!(route.vrf, "blue".parse().ok());
    assert_eq!((route.ttl_propagate, route.onlink), (Some(false), true));
    let metrics = &route.metrics;
    assert_eq!(metrics.mtu, Some((1000, true)));
    assert_eq!(metrics.hoplimit, Some(100));
    assert_eq!(metrics.advmss, Some((101, false)));
    // keepalived: never below 200 ms.
    assert_eq!(metrics.rtt, Some((200, false)));
    assert_eq!(metrics.rttvar, Some((300, false)));
    assert_eq!(metrics.rto_min, Some((3000, true)));
    assert_eq!(metrics.reordering, Some((104, false)));
    assert_eq!(
        (metrics.window, metrics.cwnd),
        (Some(105), Some((106, false)))
    );
    assert_eq!(metrics.ssthresh, Some((107, true)));
    assert_eq!((metrics.initcwnd, metrics.initrwnd), (Some(109), Some(110)));
    assert_eq!(
        (metrics.quickack, metrics.fastopen_no_cookie),
        (Some(true), Some(false))
    );
    assert_eq!(metrics.congctl, Some(("reno".to_owned(), true)));
    assert!(metrics.ecn);
}

#[test]
fn tables_protocols_and_scopes_have_names() {
    let table = |name: &str| route(&format!("default dev lo table {name}")).table;
    let named = ["main", "local", "default", "0x10", "4294967295"].map(table);
    assert_eq!(named, [254, 255, 253, 16, u32::MAX].map(Some));
    let protocol = |name: &str| route(&format!("default dev lo no_track protocol {name}")).protocol;
    assert_eq!(
        ["static", "boot", "255"].map(protocol),
        [4, 3, 255].map(Some)
    );
    for wrong in [
        "table mian",
        "protocol statik",
        "scope lan",
        "features nosuch",
        "ttl-propagate 1",
        "realms 3/65536",
        "realms -",
        "rtt 30us",
        "congctl",
    ] {
        assert_eq!(
            errors("routes", &format!("default dev lo {wrong}")).len(),
            1,
            "{wrong}"
        );
    }
}

#[test]
fn names_that_only_a_host_knows_leave_a_line_out() {
    for (block, line) in [
        ("routes", "default dev lo table customers"),
        ("routes", "default dev lo protocol ours no_track"),
        ("routes", "default dev lo realms PQA/0x14"),
        ("routes", "default nexthop dev lo realms PQA"),
        ("routes", "default dev lo tos bulk"),
        ("rules", "from all table customers priority 4"),
        ("rules", "from all table 5 realms PQA priority 4"),
        (
            "rules",
            "from all table 5 suppress_ifgroup uplinks priority 4",
        ),
    ] {
        assert_eq!(errors(block, line), NONE, "{line}");
        assert_eq!(warnings(block, line), [code::HOST_NAME], "{line}");
        let statics = config(&with(block, line)).into_parts().statics;
        assert!(
            statics.routes.is_empty() && statics.rules.is_empty(),
            "{line}"
        );
    }
}

#[test]
fn numbers_of_a_route_have_both_ends() {
    for (option, least, most) in [
        ("metric", "0", "4294967295"),
        ("tos", "0", "255"),
        ("scope", "0", "255"),
        ("hoplimit", "0", "255"),
        ("mtu", "0", "4294967295"),
        ("quickack", "0", "1"),
        ("fastopen_no_cookie", "0", "1"),
        ("rtt", "0", "960000"),
        ("nexthop weight", "1", "256"),
    ] {
        for good in [least, most] {
            let line = format!("default dev lo {option} {good}");
            assert_eq!(errors("routes", &line), NONE, "{line}");
        }
        let beyond = most.parse::<u64>().unwrap() + 1;
        let line = format!("default dev lo {option} {beyond}");
        assert_eq!(errors("routes", &line).len(), 1, "{line}");
    }
    assert_eq!(
        errors("routes", "default nexthop weight 0"),
        [code::OUT_OF_RANGE]
    );
    assert_eq!(
        errors("routes", "default dev lo metric 0x10"),
        [code::NOT_A_NUMBER]
    );
}

#[test]
fn kinds_of_routes_stand_before_the_destination() {
    for (word, kind) in [
        ("unicast", RouteKind::Unicast),
        ("local", RouteKind::Local),
        ("broadcast", RouteKind::Broadcast),
        ("anycast", RouteKind::Anycast),
        ("multicast", RouteKind::Multicast),
        ("blackhole", RouteKind::Blackhole),
        ("unreachable", RouteKind::Unreachable),
        ("prohibit", RouteKind::Prohibit),
        ("throw", RouteKind::Throw),
    ] {
        let route = route(&format!("{word} 203.0.113.128/26"));
        assert_eq!(
            (route.kind, route.destination),
            (kind, prefix("203.0.113.128", 26))
        );
        assert!(!route.tracked, "without an interface");
    }
    assert_eq!(errors("routes", "nat 192.0.2.0/24"), [code::REFUSED]);
}

#[test]
fn several_ways_are_next_hops() {
    let route = route(
        "192.0.2.0/24 table 6909 nexthop via 198.51.100.1 dev eth0 onlink weight 1 \
         nexthop via inet6 fe80::1 dev eth1 weight 256 realms 5 encap mpls 7",
    );
    let [first, second] = &route.nexthops[..] else {
        panic!("{route:?}");
    };
    assert_eq!(first.via, "198.51.100.1".parse().ok());
    assert_eq!((first.weight, first.onlink), (1, true));
    assert_eq!(second.via, "fe80::1".parse().ok());
    assert_eq!((second.weight, second.realms), (256, Some(5)));
    assert_eq!(second.encap, Some(Encap::Mpls(vec![7])));
    assert_eq!(
        errors("routes", "2001:db8::/32 nexthop via 198.51.100.1"),
        [code::BAD_ROUTE]
    );
}

#[test]
fn old_forms_are_read_as_the_new_ones() {
    let line = "192.0.2.0/24 via 198.51.100.1 or 198.51.100.2 dev eth0";
    let vias: Vec<_> = route(line).nexthops.iter().map(|way| way.via).collect();
    let address = |text: &str| text.parse().ok();
    assert_eq!(vias, [address("198.51.100.1"), address("198.51.100.2")]);
    assert_eq!(warnings("routes", line), [code::LEGACY]);
    let line = "0.0.0.0/0 gw 198.51.100.1 table 100";
    let route = route(line);
    assert_eq!(
        (route.via, route.table),
        (address("198.51.100.1"), Some(100))
    );
    assert_eq!(warnings("routes", line), [code::LEGACY]);
}

#[test]
fn packets_are_wrapped() {
    let encap = |text: &str| {
        route(&format!("192.0.2.0/24 dev eth0 encap {text}"))
            .encap
            .unwrap()
    };
    assert_eq!(encap("mpls 100/1048575"), Encap::Mpls(vec![100, 0xf_ffff]));
    assert_eq!(encap("ila 1:2:3:ffff"), Encap::Ila(0x0001_0002_0003_ffff));
    let Encap::Ip {
        family,
        id,
        destination,
        ttl,
        ..
    } = encap("ip id 5 dst 198.51.100.9 ttl 3 tos 4")
    else {
        panic!();
    };
    assert_eq!((family, id, ttl), (Family::V4, Some(5), Some(3)));
    assert_eq!(destination, "198.51.100.9".parse().ok());
    // What is no option of a tunnel is one of the route again.
    let route = route("192.0.2.0/24 encap ip6 dst fe80::1 hoplimit 5 tos 6 table 7 dev eth0");
    assert_eq!((route.tos, route.table), (Some(6), Some(7)));
    for wrong in [
        "mpls 1048576",
        "mpls 1/2/3",
        "ip",
        "ip dst fe80::1",
        "ip dst 198.51.100.9 ttl 256",
        "ip dst 198.51.100.9 flags 65536",
        "ila 12345",
        "",
    ] {
        let line = format!("192.0.2.0/24 dev eth0 encap {wrong}");
        assert_eq!(errors("routes", &line).len(), 1, "{line}");
    }
}

#[test]
fn families_of_a_route_agree() {
    for mixed in [
        "192.0.2.0/24 via fe80::1 dev lo",
        "192.0.2.0/24 src fe80::1 dev lo",
        "192.0.2.0/24 inet6 dev lo",
        "192.0.2.0/24 dev lo pref high",
        "192.0.2.0/24 dev lo expires 100",
    ] {
        assert_eq!(errors("routes", mixed), [code::BAD_ROUTE], "{mixed}");
    }
    let via = "192.0.2.0/24 via inet6 198.51.100.1 dev lo";
    assert_eq!(errors("routes", via), [code::BAD_ADDRESS]);
    let other = route("192.0.2.0/24 via inet6 fe80::1 dev lo");
    assert_eq!(
        (other.family, other.via),
        (Family::V4, "fe80::1".parse().ok())
    );
    let v6 = route("2001:db8::/32 from 2001:db8::/48 dev lo pref high expires 100");
    assert_eq!(v6.pref, Some(RouterPreference::High));
    assert_eq!(v6.expires.map(|t| t.as_secs()), Some(100));
    assert_eq!(v6.from, prefix("2001:db8::", 48));
}

#[test]
fn what_is_tracked_has_keepalived_protocol_and_an_interface() {
    let line = "192.0.2.0/24 dev eth0 protocol static";
    assert_eq!(route(line).protocol, None);
    assert_eq!(warnings("routes", line), [code::PROTOCOL_RESET]);
    let line = "192.0.2.0/24 dev eth0 protocol static no_track";
    assert_eq!(route(line).protocol, Some(4));
    assert_eq!(warnings("routes", line), NONE);
    let line = "192.0.2.0/24 via 198.51.100.1";
    assert!(!route(line).tracked);
    let notes = |line| codes(&read(&with("routes", line)), Severity::Note);
    assert_eq!(notes(line), [code::UNTRACKED]);
    assert_eq!(notes("192.0.2.0/24 via 198.51.100.1 no_track"), NONE);
    let line = "from 192.0.2.0/24 table 5 priority 4 protocol 5";
    assert_eq!(
        (rule(line).protocol, warnings("rules", line)),
        (None, vec![code::PROTOCOL_RESET])
    );
}

#[test]
fn unknown_options_are_left_out_with_the_nearest_keyword() {
    let outcome = read(&with("routes", "192.0.2.0/24 dev eth0 proto 4 table 5"));
    let unknown = outcome
        .diagnostics
        .iter()
        .find(|one| one.code == code::UNKNOWN_KEYWORD)
        .unwrap();
    let hint = unknown.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("`protocol`"), "{hint}");
    let routes = outcome.config.unwrap().into_parts().statics.routes;
    assert_eq!((routes[0].table, routes[0].protocol), (Some(5), None));
    assert_eq!(
        warnings("rules", "form 192.0.2.0/24 table 5 priority 1"),
        [code::UNKNOWN_KEYWORD]
    );
}

#[test]
fn options_of_a_rule_are_read() {
    let rule = rule(
        "not from 192.0.2.0/24 to 198.51.100.0/26 table 5 iif eth0 oif eth1 tos 22 fwmark 24/0x12 \
         preference 39 realms 30/20 suppress_prefixlength 0 suppress_ifgroup default \
         uidrange 10000-19999 ipproto udp sport 10-20 dport 20-30 tun_id 9 no_track protocol 12",
    );
    let mut expected = Rule::new(Family::V4, RuleAction::Lookup(5));
    expected.not = true;
    expected.from = prefix("192.0.2.0", 24);
    expected.to = prefix("198.51.100.0", 26);
    expected.iif = "eth0".parse().ok();
    expected.oif = "eth1".parse().ok();
    expected.tos = Some(22);
    expected.fwmark = Some((24, 0x12));
    expected.priority = Some(39);
    expected.realms = Some((30 << 16) | 20);
    expected.suppress_prefixlength = Some(0);
    expected.suppress_ifgroup = Some(0);
    expected.uid_range = Some((10_000, 19_999));
    expected.ip_protocol = Some(17);
    expected.source_ports = Some((10, 20));
    expected.destination_ports = Some((20, 30));
    expected.tun_id = Some(9);
    expected.tracked = false;
    expected.protocol = Some(12);
    assert_eq!(rule, expected);
}

#[test]
fn a_rule_does_one_thing() {
    let action = |line: &str| rule(&format!("from all {line} priority 4")).action;
    assert_eq!(action("lookup main"), RuleAction::Lookup(254));
    assert_eq!(action("goto 5"), RuleAction::Goto(5));
    assert_eq!(action("nop"), RuleAction::Nop);
    assert_eq!(action("type blackhole"), RuleAction::Blackhole);
    assert_eq!(action("prohibit"), RuleAction::Prohibit);
    assert_eq!(action("unreachable"), RuleAction::Unreachable);
    assert_eq!(action("l3mdev"), RuleAction::L3Mdev);
    for wrong in [
        "from 192.0.2.0/24 priority 4",
        "from 192.0.2.0/24 goto 4 priority 4",
        "from 192.0.2.0/24 goto 40 table 3 priority 4",
        "from 192.0.2.0/24 table 3 l3mdev priority 4",
        "from 192.0.2.0/24 table 0 priority 4",
        "from 192.0.2.0/24 goto 40 suppress_prefixlength 0 priority 4",
        "from 192.0.2.0/24 to 2001:db8::/32 table 5 priority 4",
    ] {
        assert_eq!(errors("rules", wrong), [code::BAD_RULE], "{wrong}");
    }
    for wrong in [
        "uidrange 5",
        "uidrange 5-3",
        "sport 5",
        "sport 1-65536",
        "fwmark x",
        "ipproto 256",
    ] {
        let line = format!("table 5 priority 4 {wrong}");
        assert_eq!(errors("rules", &line).len(), 1, "{line}");
    }
}

#[test]
fn a_rule_without_a_priority_is_warned_of() {
    assert_eq!(
        warnings("rules", "from 192.0.2.0/24 table 5"),
        [code::NO_PREFERENCE]
    );
    assert_eq!(
        warnings("rules", "from 192.0.2.0/24 table 5 priority 0"),
        NONE
    );
}

#[test]
fn a_network_that_lacks_a_number_leaves_its_rule_out() {
    let text = with(
        "rules",
        "from 192.0.2.0/24 table 1 priority 1\n to 192.0.2./24 table 1",
    );
    let outcome = read(&text);
    assert_eq!(codes(&outcome, Severity::Error), NONE);
    assert!(codes(&outcome, Severity::Warning).contains(&code::BAD_NETWORK));
    assert_eq!(outcome.config.unwrap().parts().statics.rules.len(), 1);
    assert_eq!(
        errors("rules", "to 192.0.2/24 table 1 priority 1"),
        [code::BAD_ADDRESS]
    );
}

#[test]
fn an_instance_has_routes_and_rules() {
    let (instance, warnings) = instance(
        "virtual_routes {\n 2001:db8::/64 dev eth1 src 2001:db8::15 scope link table 1\n \
         default via 198.51.100.1 dev eth1 onlink table 1\n }\n \
         virtual_rules {\n from 2001:db8::15/128 table 1 priority 100 track_group LAN\n }",
    );
    let families: Vec<_> = instance.routes.iter().map(|route| route.family).collect();
    assert_eq!(families, [Family::V6, Family::V4]);
    assert!(instance.routes[1].onlink);
    assert_eq!(instance.rules[0].from, prefix("2001:db8::15", 128));
    assert_eq!(instance.rules[0].track_group, None);
    assert!(!warnings.contains(&code::NOT_YET));
    assert!(warnings.contains(&code::UNKNOWN_TRACK_GROUP));
}

fn statics(more: &str) -> Config {
    config(&crate::common::one("").replace("vrrp_instance", &format!("{more}\nvrrp_instance")))
}

#[test]
fn static_things_are_tied_to_instances() {
    let config = statics(
        "static_ipaddress {\n 192.0.2.9/24 dev eth1 track_group LAN\n}\n\
         static_routes {\n default dev eth1 track_group LAN\n default dev eth1 track_group WAN\n}\n\
         track_group LAN {\n group {\n web\n web nosuch\n }\n}\n",
    );
    let statics = &config.parts().statics;
    let name = |group: &Option<bellwether_core::unit::Name>| {
        group.as_ref().map(std::string::ToString::to_string)
    };
    assert_eq!(
        name(&statics.addresses[0].track_group).as_deref(),
        Some("LAN")
    );
    assert_eq!(name(&statics.routes[0].track_group).as_deref(), Some("LAN"));
    assert_eq!(
        name(&statics.routes[1].track_group),
        None,
        "there is no WAN"
    );
    let members: Vec<_> = statics.track_groups[0]
        .members
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(members, ["web"]);
}

#[test]
fn routes_are_tables_in_toml() {
    let toml = "static_routes = [\n\
        { nexthop = [{ via = \"198.51.100.1\", weight = 3 }, { dev = \"eth1\" }], \
          to = \"192.0.2.0/24\", table = 5, metric = 7 },\n\
        { encap = { ip = { dst = \"198.51.100.9\", id = 5 } }, to = \"default\", dev = \"eth0\", \
          src = \"198.51.100.2\", mtu = [\"lock\", 1400] },\n\
        \"blackhole 203.0.113.0/24\",\n]\n\
        static_rules = [{ from = \"192.0.2.0/24\", table = 5, priority = 9 }]\n";
    let outcome = bellwether_config::Reader::default().parse("a.toml", toml);
    let Some(config) = &outcome.config else {
        panic!("{}", outcome.diagnostics.render(false));
    };
    let text = "static_routes {\n \
        192.0.2.0/24 table 5 metric 7 nexthop via 198.51.100.1 weight 3 nexthop dev eth1\n \
        default dev eth0 src 198.51.100.2 mtu lock 1400 encap ip dst 198.51.100.9 id 5\n \
        blackhole 203.0.113.0/24\n}\n\
        static_rules {\n from 192.0.2.0/24 table 5 priority 9\n}\n";
    assert_eq!(*config, self::config(text));
}
