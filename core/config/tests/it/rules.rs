//! What keywords mean, as keepalived 2.2.7 and 2.4.3 read them; both sides of each threshold.

use std::net::Ipv4Addr;
use std::time::Duration;

use bellwether_config::{Options, Severity, code, parse};
use bellwether_core::model::{
    Auth, Checksum, InitialState, LosingAdvert, OwnerConflict, Preemption,
};
use bellwether_core::unit::{Priority, Version};

use crate::common::{codes, config, errors, instance, one, read};

const NONE: [&str; 0] = [];

#[test]
fn priority_is_1_to_255_and_100_by_default() {
    assert_eq!(instance("").0.priority, Priority(100));
    assert_eq!(instance("priority 1").0.priority, Priority(1));
    assert_eq!(instance("priority 255").0.priority, Priority(255));
    assert_eq!(errors("priority 0"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("priority 256"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("priority -1"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("priority 100.5"), [code::NOT_A_NUMBER]);
    assert_eq!(errors("priority"), [code::MISSING_VALUE]);
}

#[test]
fn master_without_a_priority_is_the_owner() {
    let (owner, warnings) = instance("state MASTER");
    assert_eq!(owner.priority, Priority(255));
    assert_eq!(warnings, [code::IMPLIED_OWNER]);
    let (master, warnings) = instance("state MASTER\n priority 100");
    assert_eq!(master.priority, Priority(100));
    assert_eq!(master.initial_state, InitialState::Master);
    assert_eq!(warnings, NONE);
}

#[test]
fn priority_255_implies_master() {
    let (owner, warnings) = instance("state BACKUP\n priority 255");
    assert_eq!(owner.initial_state, InitialState::Master);
    assert_eq!(warnings, NONE);
}

#[test]
fn any_other_state_is_backup() {
    for word in ["SLAVE", "master", "Backup"] {
        let (backup, warnings) = instance(&format!("state {word}"));
        assert_eq!(backup.initial_state, InitialState::Backup, "{word}");
        assert_eq!(backup.priority, Priority(100), "{word}");
        assert_eq!(warnings, [code::UNKNOWN_STATE], "{word}");
    }
}

#[test]
fn vrid_is_1_to_255_and_mandatory() {
    let with = |vrid: &str| {
        let text = one("").replace("virtual_router_id 7", vrid);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(with("virtual_router_id 1"), NONE);
    assert_eq!(with("virtual_router_id 255"), NONE);
    assert_eq!(with("virtual_router_id 0"), [code::OUT_OF_RANGE]);
    assert_eq!(with("virtual_router_id 256"), [code::OUT_OF_RANGE]);
    assert_eq!(with(""), [code::MISSING_VRID]);
}

#[test]
fn version_2_advertises_in_whole_seconds() {
    let rounded = |text: &str| {
        let (instance, warnings) = instance(&format!("advert_int {text}"));
        (instance.advert_interval.centis(), warnings)
    };
    assert_eq!(rounded("1"), (100, vec![]));
    assert_eq!(rounded("255"), (25_500, vec![]));
    assert_eq!(rounded("1.4"), (100, vec![code::ROUNDED]));
    assert_eq!(rounded("1.5"), (200, vec![code::ROUNDED]));
    assert_eq!(rounded("0.01"), (100, vec![code::ROUNDED]), "at least one");
    assert_eq!(errors("advert_int 0.009"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("advert_int 255.01"), [code::OUT_OF_RANGE]);
}

#[test]
fn version_3_advertises_in_steps_of_10_ms_up_to_40_95_s() {
    let rounded = |text: &str| {
        let (instance, warnings) = instance(&format!("version 3\n advert_int {text}"));
        (instance.advert_interval.centis(), warnings)
    };
    assert_eq!(rounded("0.01"), (1, vec![]));
    assert_eq!(rounded("0.1"), (10, vec![]));
    assert_eq!(rounded("40.95"), (4095, vec![]));
    assert_eq!(rounded("0.015"), (2, vec![code::ROUNDED]));
    assert_eq!(errors("version 3\n advert_int 40.96"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("version 3\n advert_int 255"), [code::OUT_OF_RANGE]);
}

#[test]
fn the_global_version_may_come_after_the_instances() {
    let text = format!(
        "{}global_defs {{\n vrrp_version 3\n}}\n",
        one("advert_int 0.5")
    );
    let instance = config(&text).instances()[0].clone();
    assert_eq!(instance.version, Version::V3);
    assert_eq!(instance.advert_interval.centis(), 50);
    let text = format!("{}global_defs {{\n vrrp_version 3\n}}\n", one("version 2"));
    assert_eq!(config(&text).instances()[0].version, Version::V2);
    assert_eq!(errors("version 4"), [code::OUT_OF_RANGE]);
}

#[test]
fn preemption_is_on_unless_told_otherwise() {
    assert_eq!(instance("").0.preemption, Preemption::Immediate);
    assert_eq!(instance("nopreempt").0.preemption, Preemption::Never);
    let (delayed, warnings) = instance("preempt_delay 2.5");
    assert_eq!(
        delayed.preemption,
        Preemption::Delayed(Duration::from_millis(2500))
    );
    assert_eq!(warnings, NONE);
    assert_eq!(
        instance("preempt_delay 0").0.preemption,
        Preemption::Immediate
    );
    assert_eq!(errors("preempt_delay 1000"), NONE);
    assert_eq!(errors("preempt_delay 1000.1"), [code::OUT_OF_RANGE]);
}

#[test]
fn master_and_the_owner_always_preempt() {
    for eager in ["state MASTER\n priority 100", "priority 255"] {
        let (master, warnings) = instance(&format!("{eager}\n nopreempt"));
        assert_eq!(master.preemption, Preemption::Immediate, "{eager}");
        assert_eq!(warnings, [code::PREEMPTION], "{eager}");
        let (master, warnings) = instance(&format!("{eager}\n preempt_delay 5"));
        assert_eq!(master.preemption, Preemption::Immediate, "{eager}");
        assert_eq!(warnings, [code::PREEMPTION], "{eager}");
    }
}

#[test]
fn nopreempt_clears_the_delay_and_of_two_orders_the_last_counts() {
    let (never, warnings) = instance("preempt_delay 5\n nopreempt");
    assert_eq!(never.preemption, Preemption::Never);
    assert_eq!(warnings, [code::PREEMPTION]);
    let (yes, warnings) = instance("nopreempt\n preempt");
    assert_eq!(yes.preemption, Preemption::Immediate);
    assert_eq!(warnings, [code::PREEMPTION]);
    assert_eq!(
        instance("preempt\n nopreempt").0.preemption,
        Preemption::Never
    );
}

#[test]
fn a_password_has_8_bytes() {
    let pass = |text: &str| {
        let body = format!("authentication {{\n auth_type PASS\n auth_pass {text}\n}}");
        let (instance, warnings) = instance(&body);
        (instance.auth, warnings)
    };
    assert_eq!(pass("1111"), (Auth::Pass(*b"1111\0\0\0\0"), vec![]));
    assert_eq!(pass("12345678"), (Auth::Pass(*b"12345678"), vec![]));
    assert_eq!(
        pass("123456789"),
        (Auth::Pass(*b"12345678"), vec![code::PASSWORD_CUT])
    );
    assert_eq!(pass("\"a #b\""), (Auth::Pass(*b"a #b\0\0\0\0"), vec![]));
    assert_eq!(
        pass("ab#cd"),
        (Auth::Pass(*b"ab\0\0\0\0\0\0"), vec![code::GLUED_COMMENT])
    );
}

#[test]
fn authentication_needs_both_halves_in_any_order() {
    let auth = |body: &str| {
        let (instance, warnings) = instance(&format!("authentication {{\n {body}\n}}"));
        (instance.auth, warnings)
    };
    let pass = Auth::Pass(*b"x\0\0\0\0\0\0\0");
    assert_eq!(auth("auth_pass x\n auth_type PASS"), (pass, vec![]));
    assert_eq!(auth("auth_pass x"), (Auth::None, vec![code::AUTH_IGNORED]));
    assert_eq!(
        auth("auth_type PASS"),
        (Auth::None, vec![code::AUTH_IGNORED])
    );
    let wrong = |kind: &str| errors(&format!("authentication {{\n auth_type {kind}\n}}"));
    assert_eq!(wrong("pass"), [code::BAD_WORD]);
    assert_eq!(wrong("AH"), [code::NOT_YET]);
}

#[test]
fn version_3_has_no_authentication() {
    let body = "version 3\n authentication {\n auth_type PASS\n auth_pass x\n}";
    let (instance, warnings) = instance(body);
    assert_eq!(instance.auth, Auth::None);
    assert_eq!(warnings, [code::AUTH_IGNORED]);
}

#[test]
fn addresses_have_options_in_any_order() {
    let text = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n \
                virtual_ipaddress {\n \
                192.0.2.1\n \
                192.0.2.2/24 label eth0:web dev eth1 scope link brd +\n \
                192.0.2.3/255.255.255.0 brd - scope 200\n \
                192.0.2.4/24 brd 192.0.2.99\n }\n}\n";
    let config = config(text);
    let addresses = &config.instances()[0].virtual_addresses;
    let of = |at: usize| {
        let address = &addresses[at];
        let dev = address.dev.map(|dev| dev.as_str().to_owned());
        (
            address.prefix_len,
            dev,
            address.label.clone(),
            address.scope,
        )
    };
    assert_eq!(of(0), (32, None, None, 0));
    assert_eq!(
        of(1),
        (24, Some("eth1".into()), Some("eth0:web".into()), 253)
    );
    assert_eq!(of(2), (24, None, None, 200));
    let broadcasts: Vec<_> = addresses.iter().map(|address| address.broadcast).collect();
    let last = |last| Some(Ipv4Addr::new(192, 0, 2, last));
    assert_eq!(broadcasts, [None, last(255), last(0), last(99)]);
}

#[test]
fn the_broadcast_address_follows_the_prefix_wherever_it_stands() {
    let broadcast = |line: &str| {
        let text = one("").replace("192.0.2.1/24", line);
        let config = config(&text);
        let address = &config.instances()[0].virtual_addresses[0];
        (
            address.broadcast,
            codes(&read(&text), Severity::Warning).len(),
        )
    };
    let some = |text: &str| text.parse::<Ipv4Addr>().ok();
    assert_eq!(broadcast("10.1.2.3/8 brd +"), (some("10.255.255.255"), 0));
    assert_eq!(broadcast("10.1.2.3/30 brd -"), (some("10.1.2.0"), 0));
    assert_eq!(broadcast("10.1.2.3/0 brd +"), (some("255.255.255.255"), 0));
    assert_eq!(broadcast("10.1.2.3/31 brd +"), (None, 1));
    assert_eq!(broadcast("10.1.2.3 brd +"), (None, 1));
}

#[test]
fn addresses_that_do_not_parse_are_errors() {
    let errors = |line: &str| {
        let text = one("").replace("192.0.2.1/24", line);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(errors("192.0.2.300"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1/33"), [code::OUT_OF_RANGE]);
    assert_eq!(errors("192.0.2.1/255.0.255.0"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1 label fifteen_bytes_x"), NONE);
    assert_eq!(
        errors("192.0.2.1 label sixteen_bytes_xx"),
        [code::LONG_LABEL]
    );
    assert_eq!(
        errors("192.0.2.1 dev sixteen_bytes_xx"),
        [code::BAD_INTERFACE]
    );
    assert_eq!(errors("192.0.2.1 scope lan"), [code::BAD_WORD]);
    assert_eq!(errors("192.0.2.1 brd x"), [code::BAD_ADDRESS]);
    assert_eq!(errors("192.0.2.1 dev"), [code::MISSING_VALUE]);
    assert_eq!(errors("192.0.2.1 peer 192.0.2.2"), [code::NOT_YET]);
    assert_eq!(errors("2001:db8::1"), [code::NOT_YET]);
}

#[test]
fn an_advert_lists_255_addresses() {
    let with = |count: u16| {
        let lines: String = (1..=count)
            .map(|n| format!("198.51.{}.{}\n", n / 256, n % 256))
            .collect();
        let text = one("").replace("192.0.2.1/24", &lines);
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(with(255), NONE);
    assert_eq!(with(256), [code::TOO_MANY_ADDRESSES]);
    assert_eq!(with(300), [code::TOO_MANY_ADDRESSES], "said once");
}

#[test]
fn the_second_of_two_equal_addresses_is_dropped() {
    let (instance, warnings) = instance("virtual_ipaddress {\n 192.0.2.1/24\n 192.0.2.9\n}");
    assert_eq!(instance.virtual_addresses.len(), 2);
    assert_eq!(warnings, [code::DUPLICATE_ADDRESS]);
}

#[test]
fn an_address_of_the_other_family_is_dropped() {
    let (instance, warnings) = instance("virtual_ipaddress {\n 2001:db8::1/64\n}");
    assert_eq!(instance.virtual_addresses.len(), 1);
    assert_eq!(warnings, [code::MIXED_FAMILIES]);
}

#[test]
fn an_instance_may_have_no_address() {
    let bare = "vrrp_instance v {\n interface eth0\n virtual_router_id 7\n";
    let warnings = |rest: &str| codes(&read(&format!("{bare}{rest}}}\n")), Severity::Warning);
    assert_eq!(warnings(""), [code::NO_ADDRESS]);
    assert_eq!(warnings("virtual_ipaddress {\n}\n"), [code::NO_ADDRESS]);
    assert_eq!(warnings("no_virtual_ipaddress\n"), NONE);
}

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
fn one_vrid_is_one_virtual_router_per_interface() {
    let second = |interface: &str, vrid: u8| {
        let text = format!(
            "{}vrrp_instance other {{\n interface {interface}\n virtual_router_id {vrid}\n \
             no_virtual_ipaddress\n}}\n",
            one("")
        );
        codes(&read(&text), Severity::Error)
    };
    assert_eq!(second("eth0", 8), NONE);
    assert_eq!(second("eth1", 7), NONE);
    assert_eq!(second("eth0", 7), [code::DUPLICATE_VRID]);
}

#[test]
fn weights_are_within_253() {
    let weight = |text: &str| {
        let tail = format!("vrrp_script s {{\n script /bin/true\n weight {text}\n}}\n");
        let text = format!("{}{tail}", one("track_script {\n s\n}"));
        let tracked = config(&text).instances()[0].track_scripts[0].clone();
        let warnings = codes(&read(&text), Severity::Warning);
        (tracked.weight.get(), tracked.reverse, warnings)
    };
    assert_eq!(weight("253"), (253, false, vec![]));
    assert_eq!(weight("-253"), (-253, false, vec![]));
    assert_eq!(weight("254"), (253, false, vec![code::CLAMPED]));
    assert_eq!(weight("-254"), (-253, false, vec![code::CLAMPED]));
    assert_eq!(weight("-20 reverse"), (-20, true, vec![]));
}

#[test]
fn an_instance_may_weigh_a_script_otherwise_than_the_script_says() {
    let text = format!(
        "{}vrrp_script a {{\n script x\n weight 5 reverse\n}}\nvrrp_script b {{\n script x\n}}\n",
        one("track_script {\n a\n b weight -7 reverse\n a weight 9\n}")
    );
    let config = config(&text);
    let tracked: Vec<_> = config.instances()[0]
        .track_scripts
        .iter()
        .map(|tracked| {
            (
                tracked.script.as_str(),
                tracked.weight.get(),
                tracked.reverse,
            )
        })
        .collect();
    assert_eq!(tracked, [("a", 5, true), ("b", -7, true)]);
    assert_eq!(
        codes(&read(&text), Severity::Warning),
        [code::DUPLICATE_TRACKING]
    );
}

#[test]
fn an_owner_tracks_only_what_makes_it_fail() {
    let scripts = "vrrp_script w {\n script x\n weight 5\n}\nvrrp_script f {\n script x\n}\n";
    let text = format!(
        "{scripts}{}",
        one("priority 255\n track_script {\n w\n f\n}")
    );
    let config = config(&text);
    let tracked = &config.instances()[0].track_scripts;
    assert_eq!(tracked.len(), 1);
    assert_eq!(tracked[0].script.as_str(), "f");
    assert_eq!(
        codes(&read(&text), Severity::Warning),
        [code::OWNER_TRACKING]
    );
}

#[test]
fn a_script_that_is_not_defined_is_an_error() {
    assert_eq!(errors("track_script {\n nobody\n}"), [code::UNKNOWN_SCRIPT]);
}

#[test]
fn scripts_have_keepalived_s_defaults_and_ranges() {
    let script = |body: &str| {
        let text = format!("vrrp_script s {{\n script /bin/true\n {body}\n}}\n");
        let outcome = read(&text);
        let errors = codes(&outcome, Severity::Error);
        outcome.config.map(|c| c.scripts()[0].clone()).ok_or(errors)
    };
    let plain = script("").unwrap();
    let seconds = Duration::from_secs;
    assert_eq!((plain.interval, plain.timeout), (seconds(1), seconds(1)));
    assert_eq!((plain.rise, plain.fall, plain.init_fail), (1, 1, false));
    assert_eq!((plain.weight.get(), plain.reverse), (0, false));
    let slow = script("interval 5").unwrap();
    assert_eq!(slow.timeout, seconds(5), "the timeout follows the interval");
    let full = script("interval 0.5\n timeout 2\n rise 3\n fall 4\n init_fail").unwrap();
    assert_eq!(full.interval, Duration::from_millis(500));
    assert_eq!(full.timeout, seconds(2));
    assert_eq!((full.rise, full.fall, full.init_fail), (3, 4, true));
    assert!(script("interval 0.001").is_ok());
    assert_eq!(script("interval 0"), Err(vec![code::OUT_OF_RANGE]));
    assert_eq!(script("rise 0"), Err(vec![code::OUT_OF_RANGE]));
    assert_eq!(script("weight x"), Err(vec![code::NOT_A_NUMBER]));
}

#[test]
fn commands_are_quoted_or_not() {
    let words = |line: &str| {
        let config = config(&format!("vrrp_script s {{\n {line}\n}}\n"));
        config.scripts()[0].command.0.clone()
    };
    assert_eq!(
        words("script \"killall -0 haproxy\""),
        ["killall", "-0", "haproxy"]
    );
    assert_eq!(
        words("script /bin/check interval 2"),
        ["/bin/check", "interval", "2"]
    );
    assert_eq!(words("script \"sh -c 'exit 1'\""), ["sh", "-c", "exit 1"]);
    assert_eq!(words("script \"/a b\" c"), ["/a", "b", "c"]);
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
    let (plain, _) = instance("");
    assert_eq!(
        (plain.garp.delay, plain.garp.repeat),
        (Duration::from_secs(5), 5)
    );
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

#[test]
fn strict_mode_decides_as_keepalived_does() {
    let body = "state MASTER\n priority 100\n preempt_delay 5\n authentication {\n \
                auth_type PASS\n auth_pass x\n}";
    let text = format!("global_defs {{\n vrrp_strict\n}}\n{}", one(body));
    let config = config(&text);
    let strict = &config.instances()[0];
    assert_eq!(strict.initial_state, InitialState::Backup);
    assert_eq!(strict.preemption, Preemption::Immediate);
    assert_eq!(strict.auth, Auth::None);
    assert_eq!(strict.losing_advert, LosingAdvert::Discard);
    assert_eq!(strict.owner_conflict, OwnerConflict::Ignore);
    assert!(!strict.farewell_advert);
    let relaxed = text.replace("state MASTER", "strict_mode off\n state MASTER");
    let relaxed = crate::common::config(&relaxed).instances()[0].clone();
    assert_eq!(relaxed.auth, Auth::Pass(*b"x\0\0\0\0\0\0\0"));
}

#[test]
fn what_would_be_plainly_different_on_the_wire_is_an_error() {
    for body in [
        "unicast_peer {\n 192.0.2.2\n}",
        "use_vmac",
        "native_ipv6",
        "virtual_ipaddress_excluded {\n 192.0.2.9\n}",
        "down_timer_adverts 5",
    ] {
        assert_eq!(errors(body), [code::NOT_YET], "{body}");
    }
    let group = |members: &str| {
        let block = format!(
            "vrrp_sync_group g {{\n group {{\n {members}\n }}\n}}\n{}",
            one("")
        );
        codes(&read(&block), Severity::Error)
    };
    assert_eq!(group("web\n other"), [code::NOT_YET]);
    assert_eq!(group("web"), NONE, "one instance needs no group");
}

#[test]
fn what_only_lacks_a_feature_is_a_warning() {
    for body in [
        "track_interface {\n eth1\n}",
        "notify_master /bin/true root",
        "virtual_routes {\n 198.51.100.0/24 via 192.0.2.9\n}",
        "unicast_peer {\n}",
        "dont_track_primary",
    ] {
        assert_eq!(instance(body).1, [code::NOT_YET], "{body}");
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
        let strict = parse("f", &text, &Options { strict: true });
        assert!(strict.config.is_none(), "{body}");
        assert!(strict.diagnostics.has_errors(), "{body}");
    }
    let clean = parse("f", &one("priority 5"), &Options { strict: true });
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
