//! Everything else that keywords mean, and what is said about those that are not there.

use std::time::Duration;

use bellwether_config::{Options, Severity, code, parse};
use bellwether_core::model::{Checksum, LosingAdvert, OwnerConflict};
use bellwether_core::unit::Priority;

use crate::common::{codes, config, errors, instance, one, read};

const NONE: [&str; 0] = [];

#[test]
fn an_interface_is_needed_and_is_not_the_loopback() {
    let with = |interface: &str, globals: &str| {
        let text = one("").replace("interface eth0", interface);
        let text = format!("{text}global_defs {{\n {globals}\n}}\n");
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(with("", ""), [code::MISSING_INTERFACE]);
    assert_eq!(with("", "default_interface bond0.100"), NONE);
    assert_eq!(with("interface lo", ""), [code::LOOPBACK]);
    assert_eq!(with("interface", ""), [code::MISSING_VALUE]);
    assert_eq!(
        with("interface an-interface-16b", ""),
        [code::BAD_INTERFACE]
    );
}

#[test]
fn gratuitous_arp_is_global_or_the_instance_s() {
    let globals = "global_defs {\n vrrp_garp_master_delay 0\n vrrp_garp_master_repeat 2\n \
                   vrrp_garp_master_refresh 60\n vrrp_garp_master_refresh_repeat 3\n}\n";
    let config = config(&format!("{globals}{}", one("garp_master_delay 10")));
    let garp = config.instances()[0].garp;
    assert_eq!((garp.delay, garp.repeat), (Duration::from_secs(10), 2));
    assert_eq!(
        (garp.refresh, garp.refresh_repeat),
        (Duration::from_secs(60), 3)
    );
    let (zero, warnings) = instance("garp_master_repeat 0");
    assert_eq!((zero.garp.repeat, warnings), (1, vec![code::CLAMPED]));
    assert_eq!(errors("garp_master_delay 4294"), NONE);
    assert_eq!(errors("garp_master_delay 4295"), [code::OUT_OF_RANGE]);
    assert_eq!(
        errors("garp_master_repeat 4294967296"),
        [code::OUT_OF_RANGE]
    );
    let (flood, warnings) = instance("garp_master_repeat 1001");
    assert_eq!((flood.garp.repeat, warnings), (1000, vec![code::CLAMPED]));
    let (plain, _) = instance("");
    assert_eq!(
        (plain.garp.delay, plain.garp.repeat),
        (Duration::from_secs(5), 5)
    );
}

#[test]
fn a_losing_advert_is_answered_as_is_said_for_all_instances() {
    let losing = |globals: &str, own: &str| {
        let config = config(&format!("global_defs {{\n {globals}\n}}\n{}", one(own)));
        let garp = config.instances()[0].garp;
        (garp.losing_delay.as_secs(), garp.losing_repeat)
    };
    let own = "garp_master_delay 13\n garp_master_repeat 9";
    assert_eq!(losing("", own), (5, 5));
    let globals = "vrrp_garp_master_delay 10\n vrrp_garp_master_repeat 3";
    assert_eq!(losing(globals, own), (10, 3));
    let globals = "vrrp_garp_lower_prio_delay 0\n vrrp_garp_lower_prio_repeat 0";
    assert_eq!(losing(globals, own), (0, 0));
    let own = "garp_lower_prio_delay 4\n garp_lower_prio_repeat 2";
    assert_eq!(losing(globals, own), (4, 2));
    assert_eq!(losing("vrrp_strict", own), (0, 0), "strict mode has none");
}

#[test]
fn changes_of_the_priority_are_told_as_the_instance_says_or_else_all() {
    let told = |globals: &str, own: &str| {
        let config = config(&format!("global_defs {{\n {globals}\n}}\n{}", one(own)));
        config.instances()[0].notify.priority_changes
    };
    let all = "vrrp_notify_priority_changes";
    assert!(!told("", "") && told(all, "") && told("", "notify_priority_changes"));
    assert!(!told(all, "notify_priority_changes off"));
}

#[test]
fn strict_mode_answers_for_an_owner_or_where_version_3_says_so() {
    let accepts = |body: &str| {
        let text = format!("global_defs {{\n vrrp_strict\n}}\n{}", one(body));
        let outcome = read(&text);
        let warned = codes(&outcome, Severity::Warning).contains(&code::STRICT);
        (outcome.config.unwrap().instances()[0].accept, warned)
    };
    assert_eq!(accepts(""), (false, false));
    assert_eq!(accepts("accept"), (false, true));
    assert_eq!(accepts("version 3\n accept"), (true, false));
    assert_eq!(accepts("priority 255"), (true, false));
    assert_eq!(accepts("priority 255\n no_accept"), (false, false));
    assert_eq!(accepts("strict_mode off"), (true, false));
    assert_eq!(accepts("strict_mode off\n no_accept"), (false, false));
}

#[test]
fn policies_are_global_or_the_instance_s() {
    let (plain, _) = instance("");
    assert_eq!(plain.losing_advert, LosingAdvert::Answer);
    assert_eq!(plain.owner_conflict, OwnerConflict::Compete);
    assert_eq!(plain.checksum, Checksum::PseudoHeader);
    assert!(plain.farewell_advert);
    let (set, _) =
        instance("lower_prio_no_advert\n owner_ignore_adverts true\n higher_prio_send_advert off");
    assert_eq!(set.losing_advert, LosingAdvert::Discard);
    assert_eq!(set.owner_conflict, OwnerConflict::Ignore);
    assert!(!set.farewell_advert);
    let globals = "global_defs {\n vrrp_lower_prio_no_advert yes\n v3_checksum_as_v2\n \
                   vrrp_higher_prio_send_advert no\n}\n";
    let config = config(&format!("{globals}{}", one("lower_prio_no_advert off")));
    let both = &config.instances()[0];
    assert_eq!(
        both.losing_advert,
        LosingAdvert::Answer,
        "the instance counts"
    );
    assert_eq!(both.checksum, Checksum::MessageOnly);
    assert!(!both.farewell_advert);
    assert_eq!(errors("lower_prio_no_advert maybe"), [code::BAD_WORD]);
}

/// What a daemon must refuse to run, by name.
fn needed(text: &str) -> Vec<&'static str> {
    let outcome = read(text);
    assert!(
        outcome.config.is_some(),
        "{}",
        outcome.diagnostics.render(false)
    );
    let needed = outcome.not_run.iter();
    let needed = needed.filter(|entry| entry.severity == Severity::Error);
    needed.map(|entry| entry.name).collect()
}

#[test]
fn nothing_of_an_instance_waits_for_a_later_version() {
    for body in [
        "use_vmac",
        "use_ipvlan",
        "auth_hmac {\n key 1 0123456789abcdef0123456789abcdef\n}",
        "virtual_routes {\n 198.51.100.0/24 via 192.0.2.9\n}",
        "smtp_alert",
        "down_timer_adverts 5",
        "mcast_dst_ip 224.0.0.99",
    ] {
        assert!(!instance(body).1.contains(&code::NOT_YET), "{body}");
        assert_eq!(needed(&one(body)), NONE, "{body}");
    }
}

#[test]
fn strict_reading_makes_errors_of_unknown_and_misplaced_keywords() {
    for body in [
        "priorty 5",
        "auth_pass x",
        "zebra {\n priority 3\n}",
        "nopreempt now",
    ] {
        let text = one(body);
        let lenient = read(&text);
        assert!(lenient.config.is_some(), "{body}");
        assert!(!codes(&lenient, Severity::Warning).is_empty(), "{body}");
        let strict = parse(
            "f",
            &text,
            &Options {
                strict: true,
                ..Options::default()
            },
        );
        assert!(strict.config.is_none(), "{body}");
        assert!(strict.diagnostics.has_errors(), "{body}");
    }
    let clean = parse(
        "f",
        &one("priority 5"),
        &Options {
            strict: true,
            ..Options::default()
        },
    );
    assert!(clean.config.is_some());
}

#[test]
fn an_unknown_block_changes_nothing_around_it() {
    let (instance, warnings) = instance("zebra {\n priority 33\n more { }\n}\n priority 90");
    assert_eq!(instance.priority, Priority(90));
    assert_eq!(warnings, [code::UNKNOWN_KEYWORD]);
}

#[test]
fn a_repeated_keyword_counts_the_last_time() {
    let (instance, warnings) = instance("priority 10\n priority 20");
    assert_eq!(instance.priority, Priority(20));
    assert_eq!(warnings, [code::REPEATED]);
}

#[test]
fn every_interface_that_is_named_is_listed_with_its_place() {
    let text = one("virtual_ipaddress {\n 192.0.2.2 dev eth9\n}");
    let mut outcome = read(&text);
    let named: Vec<_> = outcome
        .interfaces
        .iter()
        .map(|(name, span)| (name.as_str(), &text[span.range()]))
        .collect();
    assert_eq!(named, [("eth0", "eth0"), ("eth9", "eth9")]);
    let default =
        text.replace("interface eth0", "") + "global_defs {\n default_interface eth5\n}\n";
    let outcome_of_default = read(&default);
    assert_eq!(outcome_of_default.interfaces[1].0.as_str(), "eth5");
    let span = outcome.interfaces[1].1;
    outcome
        .diagnostics
        .error_at(span, "L0001", "there is no eth9", None);
    assert!(outcome.diagnostics.has_errors());
    assert!(
        outcome
            .diagnostics
            .render(false)
            .contains("keepalived.conf:8:16")
    );
}
