//! What is said of several nodes' files together.

use bellwether_config::{Options, Outcome, Reader, pair};

/// Two nodes or more, each with a name.
pub(crate) fn report(texts: &[&str]) -> (Vec<Outcome>, pair::PairReport) {
    let reader = Reader::new(Options::default());
    let names: Vec<String> = (1..=texts.len())
        .map(|number| format!("lb{number}"))
        .collect();
    let outcomes: Vec<Outcome> = names
        .iter()
        .zip(texts)
        .map(|(name, text)| reader.parse(&format!("{name}.conf"), *text))
        .collect();
    let nodes: Vec<(&str, &Outcome)> = names.iter().map(String::as_str).zip(&outcomes).collect();
    let report = pair::check(&nodes);
    (outcomes, report)
}

/// The file of one node.
fn node(priority: u8, body: &str, tracked: &str) -> String {
    format!(
        "vrrp_script chk_haproxy {{\n script /usr/bin/chk\n interval 2\n fall 2\n}}\n\
         vrrp_script chk_dns {{\n script /usr/bin/dns\n}}\n\
         vrrp_instance web {{\n interface eth0\n virtual_router_id 51\n priority {priority}\n \
         virtual_ipaddress {{\n 192.0.2.100/24\n }}\n {body}\n \
         track_script {{\n {tracked}\n }}\n}}\n"
    )
}

fn prose(nodes: &[String]) -> String {
    let texts: Vec<&str> = nodes.iter().map(String::as_str).collect();
    report(&texts).1.prose
}

macro_rules! told {
    ($($name:ident: [$($node:expr),+ $(,)?];)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(prose(&[$($node),+]));
        })*
    };
}

told! {
    a_weight_moves_the_master: [
        node(150, "", "chk_haproxy weight -60"),
        node(100, "", "chk_haproxy weight -60"),
    ];
    a_weight_too_small: [
        node(150, "", "chk_haproxy weight -20"),
        node(100, "", "chk_haproxy weight -20"),
    ];
    a_weight_that_only_equals: [
        node(150, "", "chk_haproxy weight -50"),
        node(100, "", "chk_haproxy weight -50"),
    ];
    two_weights_together: [
        node(150, "", "chk_haproxy weight -30\n chk_dns weight -30"),
        node(100, "", "chk_haproxy weight -30\n chk_dns weight -30"),
    ];
    a_fault: [
        node(150, "", "chk_haproxy"),
        node(100, "", "chk_haproxy"),
    ];
    nopreempt_and_a_fault: [
        node(150, "nopreempt", "chk_haproxy"),
        node(100, "nopreempt", "chk_haproxy"),
    ];
    nopreempt_and_a_weight: [
        node(150, "nopreempt", "chk_haproxy weight -60"),
        node(100, "nopreempt", "chk_haproxy weight -60"),
    ];
    a_preempt_delay: [
        node(150, "preempt_delay 30", "chk_haproxy weight -60"),
        node(100, "preempt_delay 30", "chk_haproxy weight -60"),
    ];
    equal_priorities: [
        node(100, "", "chk_haproxy weight -60"),
        node(100, "", "chk_haproxy weight -60"),
    ];
    bonus_on_the_backup: [
        node(100, "", ""),
        node(90, "", "chk_haproxy weight 20"),
    ];
    an_owner: [
        node(255, "", "chk_haproxy"),
        node(100, "", "chk_haproxy"),
    ];
    fast_version_3: [
        node(150, "version 3\n advert_int 0.1", "chk_haproxy weight -60"),
        node(100, "version 3\n advert_int 0.1", "chk_haproxy weight -60"),
    ];
    three_nodes: [
        node(150, "", "chk_haproxy weight -60"),
        node(120, "", "chk_haproxy weight -60"),
        node(100, "", "chk_haproxy weight -60"),
    ];
    different_intervals: [
        node(150, "", ""),
        node(100, "advert_int 2", ""),
    ];
}
