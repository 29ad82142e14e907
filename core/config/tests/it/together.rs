//! What stands together or speaks to others: sync groups, trackers, unicast, IPv6, notifications.

use std::net::IpAddr;

use bellwether_config::places::Item;
use bellwether_config::{Severity, code};
use bellwether_core::model::{Peer, RunAs, Transport};
use bellwether_core::unit::{Family, Version};

use crate::common::{codes, config, errors, instance, one, read};

const NONE: [&str; 0] = [];

fn two() -> String {
    let second = one("").replace("web", "mail").replace("id 7", "id 8");
    format!("{}{second}", one(""))
}

#[test]
fn a_sync_group_has_its_instances_in_the_file_s_order() {
    let groups = [
        "vrrp_sync_group g {\n group {\n mail\n web\n }\n}\n",
        "vrrp_sync_group g {\n group { mail web }\n}\n",
    ];
    for group in groups {
        let config = config(&format!("{group}{}", two()));
        let group = &config.sync_groups()[0];
        let members: Vec<&str> = group.members.iter().map(|name| name.as_str()).collect();
        assert_eq!(
            (group.name.as_str(), &members[..]),
            ("g", &["mail", "web"][..])
        );
        assert!(!group.tracking_weight);
    }
}

#[test]
fn a_sync_group_of_the_old_form_is_understood() {
    let text = format!("vrrp_sync_group g {{\n web\n mail\n}}\n{}", two());
    assert_eq!(config(&text).sync_groups()[0].members.len(), 2);
    assert_eq!(codes(&read(&text), Severity::Warning), [code::LEGACY; 2]);
    let misspelt = text.replace("mail\n}", "grop {\n mail\n }\n}");
    let warnings = codes(&read(&misspelt), Severity::Warning);
    assert_eq!(warnings, [code::LEGACY, code::UNKNOWN_KEYWORD]);
}

#[test]
fn a_group_names_instances_that_there_are_and_that_have_no_other() {
    let group = |body: &str| codes(&read(&format!("{body}{}", two())), Severity::Error);
    let of = |name: &str, member: &str| {
        format!("vrrp_sync_group {name} {{\n group {{\n {member}\n }}\n}}\n")
    };
    assert_eq!(group(&of("g", "web")), NONE);
    assert_eq!(group(&of("g", "wbe")), [code::UNKNOWN_INSTANCE]);
    assert_eq!(
        group(&(of("g", "web") + &of("h", "web"))),
        [code::TWO_GROUPS]
    );
    assert_eq!(
        group(&(of("g", "web") + &of("g", "mail"))),
        [code::DUPLICATE_NAME]
    );
}

#[test]
fn interfaces_are_tracked_with_a_weight_or_without() {
    let (instance, warnings) =
        instance("track_interface {\n eth1\n eth2 weight -30\n eth3 weight 5 reverse\n}");
    let tracked: Vec<_> = instance
        .trackers
        .interfaces
        .iter()
        .map(|line| (line.target.as_str(), line.weight.get(), line.reverse))
        .collect();
    assert_eq!(
        tracked,
        [("eth1", 0, false), ("eth2", -30, false), ("eth3", 5, true)]
    );
    assert_eq!(warnings, NONE);
    let bad = "track_interface {\n a_name_that_is_too_long\n}";
    assert_eq!(errors(bad), [code::BAD_INTERFACE]);
}

#[test]
fn peers_make_an_instance_unicast() {
    let (plain, warnings) = instance("unicast_src_ip 192.0.2.8\n unicast_peer {\n 192.0.2.9\n}");
    let peer = |last, min_ttl| Peer {
        address: IpAddr::from([192, 0, 2, last]),
        min_ttl,
        max_ttl: None,
    };
    let expected = |peers: Vec<Peer>, check_source, ttl| Transport::Unicast {
        source: Some(IpAddr::from([192, 0, 2, 8])),
        peers,
        ttl,
        check_source,
        fault_without_peer: false,
    };
    assert_eq!(plain.transport, expected(vec![peer(9, None)], false, 255));
    assert_eq!(warnings, NONE);
    let (full, _) = instance(
        "unicast_src_ip 192.0.2.8\n unicast_ttl 9\n \
         unicast_peer {\n 192.0.2.9 min_ttl 250\n 192.0.2.10\n}",
    );
    let peers = vec![peer(9, Some(250)), peer(10, None)];
    assert_eq!(
        full.transport,
        expected(peers, true, 9),
        "a limit checks the source"
    );
}

#[test]
fn without_a_peer_unicast_is_multicast() {
    let (multicast, warnings) = instance("unicast_src_ip 192.0.2.8");
    let source = Some(IpAddr::from([192, 0, 2, 8]));
    assert_eq!(
        multicast.transport,
        Transport::Multicast {
            group: None,
            source
        }
    );
    assert_eq!(warnings, [code::NO_PEER]);
    assert_eq!(
        errors("unicast_peer {\n 2001:db8::9\n}"),
        [code::BAD_ADDRESS]
    );
    assert_eq!(errors("unicast_peer {\n somewhere\n}"), [code::BAD_ADDRESS]);
    let (strict, warnings) = instance("strict_mode\n unicast_peer {\n 192.0.2.9\n}");
    assert_eq!(strict.transport, Transport::default());
    assert_eq!(warnings, [code::STRICT]);
}

#[test]
fn the_first_address_tells_the_family_and_ipv6_is_version_3() {
    let text = one("virtual_ipaddress_excluded {\n 192.0.2.9\n}")
        .replace("192.0.2.1/24", "fe80::1/64\n 2001:db8::1/64\n 192.0.2.7");
    let config = config(&text);
    let instance = &config.instances()[0];
    assert_eq!(
        (instance.family, instance.version),
        (Family::V6, Version::V3)
    );
    assert_eq!(instance.virtual_addresses.len(), 2);
    assert_eq!(instance.excluded_addresses.len(), 1);
    let warnings = codes(&read(&text), Severity::Warning);
    assert_eq!(warnings, [code::MIXED_FAMILIES]);
}

#[test]
fn an_advert_lists_89_addresses_of_ipv6() {
    let with = |count: u16| {
        let lines: String = (1..=count).map(|n| format!("2001:db8::{n:x}\n")).collect();
        let text = one("").replace("192.0.2.1/24", &lines);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(with(89), NONE);
    assert_eq!(with(90), [code::TOO_MANY_ADDRESSES]);
}

#[test]
fn commands_that_tell_of_changes_have_a_user_or_arguments() {
    let (instance, warnings) = instance(
        "notify_master \"/bin/tell me\" nobody nogroup\n notify_backup /bin/tell\n \
         notify /bin/tell a b c",
    );
    let notify = instance.notify;
    let master = notify.master.unwrap();
    assert_eq!(master.command.0, ["/bin/tell", "me"]);
    let user = RunAs {
        user: "nobody".to_owned(),
        group: Some("nogroup".to_owned()),
    };
    assert_eq!(master.user, Some(user));
    assert_eq!(notify.backup.unwrap().user, None);
    assert_eq!(notify.any.unwrap().command.0, ["/bin/tell", "a", "b", "c"]);
    assert_eq!(warnings, [code::UNQUOTED_COMMAND]);
}

#[test]
fn each_line_of_a_list_has_its_place() {
    let text = one("unicast_peer {\n 192.0.2.8\n 192.0.2.9\n}");
    let outcome = read(&text);
    let at = |line| {
        outcome
            .places
            .span(Item::InstanceLine(0, line), "unicast_peer")
    };
    let shown = at(1).map(|span| &text[span.range()]);
    assert_eq!(shown, Some("192.0.2.9"));
    assert_eq!(at(2), None);
    let priority = outcome.places.span(Item::Instance(0), "virtual_router_id");
    assert_eq!(
        priority.map(|span| &text[span.range()]),
        Some("virtual_router_id 7")
    );
}
