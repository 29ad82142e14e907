//! What decides an election, as keepalived 2.2.7 and 2.4.3 read it; both sides of each threshold.

use std::time::Duration;

use bellwether_config::{Severity, code, json};
use bellwether_core::model::{Auth, InitialState, LosingAdvert, OwnerConflict, Preemption};
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

/// A password with a blank in it and no quotes, or with a `#`: nothing of it is shown.
#[test]
fn no_part_of_a_password_is_shown() {
    for password in [
        "correct horse",
        "correct horse {",
        "correct#horse",
        "correct \"horse",
    ] {
        let text = one(&format!(
            "authentication {{\n auth_type PASS\n auth_pass {password}\n}}"
        ));
        let all = read(&text).diagnostics;
        for shown in [all.render(false), all.short(), json([&all])] {
            assert!(shown.contains("keepalived.conf"), "{shown}");
            assert!(
                !shown.contains("correct") && !shown.contains("horse"),
                "{shown}"
            );
        }
    }
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
}

#[test]
fn with_an_authentication_header_only_an_owner_starts_as_master() {
    let start = |body: &str| {
        let auth = "authentication {\n auth_type AH\n auth_pass x\n}";
        let (instance, warnings) = instance(&format!("{body}\n {auth}"));
        assert_eq!(instance.auth, Auth::Ah(*b"x\0\0\0\0\0\0\0"));
        (instance.initial_state, warnings)
    };
    let told = |body: &str| start(body).1;
    let cleared = (InitialState::Backup, vec![code::AUTH_STATE]);
    assert_eq!(start("state MASTER\n priority 150"), cleared);
    assert_eq!(start("state MASTER\n priority 255").0, InitialState::Master);
    assert_eq!(told("state MASTER\n priority 255"), NONE);
    let quiet = start("state MASTER\n priority 150\n nopreempt");
    assert_eq!(quiet, cleared, "keepalived keeps its nopreempt then");
}

#[test]
fn version_3_has_no_authentication() {
    let body = "version 3\n authentication {\n auth_type PASS\n auth_pass x\n}";
    let (instance, warnings) = instance(body);
    assert_eq!(instance.auth, Auth::None);
    assert_eq!(warnings, [code::AUTH_IGNORED]);
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
    let first = |address: &str| {
        let text = one(&format!(
            "strict_mode on\n virtual_ipaddress {{\n {address}\n}}"
        ));
        codes(
            &read(&text.replace(" 192.0.2.1/24\n", "")),
            Severity::Warning,
        )
    };
    assert!(first("2001:db8::1").contains(&code::STRICT));
    assert!(!first("fe80::1\n 2001:db8::1").contains(&code::STRICT));
    let relaxed = text.replace("state MASTER", "strict_mode off\n state MASTER");
    let relaxed = crate::common::config(&relaxed).instances()[0].clone();
    assert_eq!(relaxed.auth, Auth::Pass(*b"x\0\0\0\0\0\0\0"));
}
