//! `vrrp_script` and `track_script`: ranges, defaults, weights, commands.

use std::time::Duration;

use bellwether_config::{Severity, code};

use crate::common::{codes, config, errors, one, read};

#[test]
fn weights_are_within_253() {
    let weight = |text: &str| {
        let tail = format!("vrrp_script s {{\n script /bin/true\n weight {text}\n}}\n");
        let text = format!("{}{tail}", one("track_script {\n s\n}"));
        let tracked = config(&text).instances()[0].trackers.scripts[0].clone();
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
        .trackers
        .scripts
        .iter()
        .map(|tracked| {
            (
                tracked.target.as_str(),
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
    let tracked = &config.instances()[0].trackers.scripts;
    assert_eq!(tracked.len(), 1);
    assert_eq!(tracked[0].target.as_str(), "f");
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
