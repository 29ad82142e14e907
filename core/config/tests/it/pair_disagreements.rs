//! Which disagreements of two nodes are found, and how grave they are.

use bellwether_config::{Options, Outcome, Reader, Severity, code, pair};
use bellwether_core::model::{Config, Instance, Parts, Peer, SyncGroup, Transport};

use crate::common::one;

const NONE: [&str; 0] = [];

fn outcomes(first: &str, second: &str) -> [Outcome; 2] {
    let reader = Reader::new(Options::default());
    [("lb1.conf", first), ("lb2.conf", second)].map(|(name, text)| reader.parse(name, text))
}

fn found(outcomes: &[Outcome; 2], severity: Severity) -> Vec<&'static str> {
    let [first, second] = outcomes;
    let report = pair::check(&[("lb1", first), ("lb2", second)]);
    let of = report.diagnostics.iter();
    of.filter(|one| one.severity == severity)
        .map(|one| one.code)
        .collect()
}

fn errors(first: &str, second: &str) -> Vec<&'static str> {
    found(&outcomes(&one(first), &one(second)), Severity::Error)
}

fn warnings(first: &str, second: &str) -> Vec<&'static str> {
    found(&outcomes(&one(first), &one(second)), Severity::Warning)
}

fn notes(first: &str, second: &str) -> Vec<&'static str> {
    found(&outcomes(&one(first), &one(second)), Severity::Note)
}

/// The errors of two instances, changed so, that are not written in a file.
fn errors_of(change: impl Fn(&mut Instance, usize)) -> Vec<&'static str> {
    let mut both = outcomes(&one("priority 150"), &one("priority 100"));
    for (node, outcome) in both.iter_mut().enumerate() {
        let mut parts = outcome.config.take().unwrap().into_parts();
        for instance in &mut parts.instances {
            change(instance, node);
        }
        outcome.config = Some(Config::new(parts).unwrap());
    }
    found(&both, Severity::Error)
}

#[test]
fn nodes_that_agree_get_nothing() {
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let both = outcomes(&one("priority 150"), &one("priority 100"));
        assert_eq!(found(&both, severity), NONE);
    }
}

#[test]
fn another_vrid_is_an_error_where_an_address_is_shared() {
    let first = one("priority 150");
    let second = one("priority 100").replace("id 7", "id 8");
    let both = outcomes(&first, &second);
    assert_eq!(found(&both, Severity::Error), [code::VRID_DIFFERS]);
    let elsewhere = second.replace("192.0.2.1/24", "192.0.2.9/24");
    let both = outcomes(&first, &elsewhere);
    assert_eq!(found(&both, Severity::Error), NONE);
    assert_eq!(found(&both, Severity::Warning), [code::VRID_DIFFERS]);
}

#[test]
fn what_nodes_refuse_is_an_error() {
    let pass =
        |word| format!("priority 9\n authentication {{\n auth_type PASS\n auth_pass {word}\n}}");
    assert_eq!(
        errors("priority 9", "version 3"),
        [code::VERSION_DIFFERS],
        "no word of the interval, which means another thing there"
    );
    assert_eq!(
        errors("priority 9", "advert_int 2"),
        [code::INTERVAL_DIFFERS]
    );
    assert_eq!(errors("priority 9", &pass("x")), [code::AUTH_DIFFERS]);
    assert_eq!(errors(&pass("y"), &pass("x")), [code::AUTH_DIFFERS]);
    assert_eq!(errors(&pass("12345678"), &pass("123456789")), NONE, "cut");
    assert_eq!(errors("priority 255", "priority 255"), [code::TWO_OWNERS]);
}

#[test]
fn passwords_are_never_shown() {
    let pass = |word| format!("authentication {{\n auth_type PASS\n auth_pass {word}\n}}");
    let [first, second] = outcomes(&one(&pass("hunter22")), &one(&pass("swordfis")));
    let report = pair::check(&[("lb1", &first), ("lb2", &second)]);
    let said = format!("{report:?}");
    assert!(said.contains("passwords"), "{said}");
    assert!(
        !said.contains("hunter") && !said.contains("swordfis"),
        "{said}"
    );
}

/// The errors, the warnings and all that is said about two `auth_hmac` blocks; no block where empty.
fn trailers(first: &str, second: &str) -> (Vec<&'static str>, Vec<&'static str>, String) {
    let block = |priority: u8, body: &str| {
        let hmac = match body {
            "" => String::new(),
            body => format!("auth_hmac {{\n {body}\n}}"),
        };
        one(&format!("version 3\n priority {priority}\n {hmac}"))
    };
    let both = outcomes(&block(150, first), &block(100, second));
    assert!(both.iter().all(|own| own.config.is_some()), "{both:?}");
    let [one, other] = &both;
    let said = pair::check(&[("lb1", one), ("lb2", other)]);
    let (errors, warnings) = (Severity::Error, Severity::Warning);
    (
        found(&both, errors),
        found(&both, warnings),
        format!("{said:?}"),
    )
}

#[test]
fn keys_of_trailers_have_to_fit_and_are_never_shown() {
    let (a, b) = ("a1b2".repeat(16), "c3d4".repeat(16));
    let (a, b) = (format!("hex:{a}"), format!("hex:{b}"));
    let differ = vec![code::AUTH_DIFFERS];
    let none: Vec<&str> = Vec::new();
    let own = format!("key 1 {a}");
    assert_eq!(trailers(&own, &own).0, none);
    // Another key under the same id; another id; a node that signs beside one that does not.
    for other in [format!("key 1 {b}"), format!("key 2 {a}"), String::new()] {
        let (errors, _, said) = trailers(&own, &other);
        assert_eq!(errors, differ, "{other}");
        assert!(!said.contains("a1b2") && !said.contains("c3d4"), "{said}");
    }
    // While a trailer is introduced: it is sent by one, and not yet asked for by the other.
    let asks_for_none = format!("key 1 {a}\n mode permissive");
    let silent = format!("key 1 {a}\n mode receive-only");
    assert_eq!(trailers(&asks_for_none, &silent).0, none);
    assert_eq!(trailers(&own, &silent).0, differ, "it enforces");
    // While keys are changed: both have both, and sign with different ones.
    let old = format!("key 1 {a}\n key 2 {b}\n active_key 1");
    let new = format!("key 1 {a}\n key 2 {b}\n active_key 2");
    assert_eq!(trailers(&old, &new).0, none);
    // A key that nobody signs with yet.
    let lurking = format!("key 1 {a}\n key 2 {a}\n active_key 1");
    let (errors, warnings, said) = trailers(&old, &lurking);
    assert_eq!((errors, warnings), (none, differ));
    assert!(said.contains("key 2 differs"), "{said}");
}

#[test]
fn version_3_forgives_another_interval() {
    let (first, second) = ("version 3\n priority 9", "version 3\n advert_int 0.5");
    assert_eq!(errors(first, second), NONE);
    assert_eq!(notes(first, second), [code::INTERVAL_DIFFERS]);
}

#[test]
fn other_addresses_are_a_warning_and_their_order_is_nothing() {
    let with = |addresses: &str| format!("priority 9\n virtual_ipaddress {{\n {addresses}\n}}");
    let (one, two) = (with("192.0.2.2\n 192.0.2.3"), with("192.0.2.3\n 192.0.2.2"));
    assert_eq!(warnings(&one, &two), [code::EQUAL_PRIORITIES]);
    let differ = warnings(&one, &with("192.0.2.3"));
    assert_eq!(differ, [code::ADDRESSES_DIFFER, code::EQUAL_PRIORITIES]);
}

#[test]
fn equal_priorities_are_a_note_where_nobody_preempts() {
    assert_eq!(
        warnings("priority 9", "priority 9"),
        [code::EQUAL_PRIORITIES]
    );
    let never = "priority 9\n nopreempt";
    assert_eq!(warnings(never, never), NONE);
    assert_eq!(notes(never, never), [code::EQUAL_PRIORITIES]);
}

#[test]
fn transports_and_their_ends_have_to_fit() {
    let unicast = |source: &str, peer: &str| Transport::Unicast {
        source: Some(source.parse().unwrap()),
        peers: vec![Peer {
            address: peer.parse().unwrap(),
            min_ttl: None,
            max_ttl: None,
        }],
        ttl: 255,
        check_source: false,
        fault_without_peer: false,
    };
    let both = |first: Transport, second: Transport| {
        errors_of(|instance, node| {
            instance.transport = if node == 0 {
                first.clone()
            } else {
                second.clone()
            };
        })
    };
    let (one, two) = (
        unicast("192.0.2.7", "192.0.2.8"),
        unicast("192.0.2.8", "192.0.2.7"),
    );
    assert_eq!(both(one.clone(), two.clone()), NONE);
    assert_eq!(
        both(one.clone(), Transport::default()),
        [code::TRANSPORT_DIFFERS]
    );
    let astray = unicast("192.0.2.8", "192.0.2.9");
    assert_eq!(both(one, astray), [code::PEERS_ASTRAY]);
    let grouped = Transport::Multicast {
        group: Some("224.0.0.99".parse().unwrap()),
        source: None,
    };
    assert_eq!(
        both(grouped, Transport::default()),
        [code::TRANSPORT_DIFFERS]
    );
}

#[test]
fn what_only_one_node_has_is_alone() {
    let second = one("").replace("web", "mail").replace("id 7", "id 8");
    let second = second.replace("192.0.2.1/24", "192.0.2.9/24");
    let first = format!("{}{second}", one("priority 150"));
    let both = outcomes(&first, &one("priority 100"));
    assert_eq!(found(&both, Severity::Warning), [code::ALONE]);
}

#[test]
fn sync_groups_are_compared_and_have_one_leader() {
    let second = one("priority 90")
        .replace("web", "mail")
        .replace("id 7", "id 8");
    let second = second.replace("192.0.2.1/24", "192.0.2.9/24");
    let both = |first_rank: &str, members: [&[&str]; 2]| {
        let first = format!("{}{second}", one("priority 150"));
        let other = format!(
            "{}{}",
            one("priority 100"),
            second.replace("90", first_rank)
        );
        let mut both = outcomes(&first, &other);
        for (outcome, members) in both.iter_mut().zip(members) {
            let parts = outcome.config.take().unwrap().into_parts();
            let members = members.iter().map(|name| (*name).into()).collect();
            let sync_groups = vec![SyncGroup::new("all".into(), members)];
            let parts = Parts {
                sync_groups,
                ..parts
            };
            outcome.config = Some(Config::new(parts).unwrap());
        }
        found(&both, Severity::Warning)
    };
    let all: &[&str] = &["web", "mail"];
    assert_eq!(both("80", [all, all]), NONE);
    assert_eq!(both("95", [all, all]), [code::GROUP_TORN]);
    assert_eq!(both("80", [all, &["web"]]), [code::GROUPS_DIFFER]);
}

#[test]
fn a_weight_is_enough_one_below_and_not_at_the_backup_s_priority() {
    let script = "vrrp_script chk {\n script /bin/chk\n}\n";
    let node = |priority: u8, weight: i16, body: &str| {
        let track = format!("track_script {{\n chk weight {weight}\n}}");
        format!(
            "{script}{}",
            one(&format!("priority {priority}\n {body}\n {track}"))
        )
    };
    let both = |weight, body: &str| {
        let both = outcomes(&node(150, weight, body), &node(100, weight, body));
        found(&both, Severity::Warning)
    };
    assert_eq!(both(-51, ""), NONE);
    assert_eq!(both(-50, ""), [code::NO_FAILOVER]);
    assert_eq!(both(-51, "nopreempt"), [code::WEIGHT_WITH_NOPREEMPT]);
    assert_eq!(both(51, ""), NONE);
    let equal = both(50, "");
    assert_eq!(equal, [code::NO_FAILOVER], "200 falls to 150, the other's");
}
