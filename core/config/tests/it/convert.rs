//! There and back again: either language reads as an equal configuration, whatever is in it.

mod generate;

use bellwether_config::registry::{Place, keywords};
use bellwether_config::{Converted, Reader, Severity, To};
use bellwether_core::model::Config;
use proptest::prelude::*;

use crate::common::cases;

use generate::{Random, Statement, base, text};

fn convert(name: &str, text: &str, to: To) -> Converted {
    Reader::default().convert(name, text, to)
}

/// The configuration of what was converted, which has one.
fn good(converted: &Converted, of: &str) -> Config {
    let outcome = &converted.outcome;
    match &outcome.config {
        Some(config) => config.clone(),
        None => panic!("{of}\n{}", outcome.diagnostics.render(false)),
    }
}

/// Takes a good file through both languages, and compares the configurations and all that is
/// written: what has no effect is nowhere else to be seen.
fn there_and_back(conf: &str) -> String {
    let to_toml = convert("a.conf", conf, To::Toml);
    let first = good(&to_toml, conf);
    let toml = to_toml.text;
    let to_conf = convert("b.toml", &toml, To::Keepalived);
    assert_eq!(good(&to_conf, &toml), first, "{conf}\n{toml}");
    let again = convert("c.conf", &to_conf.text, To::Toml);
    assert_eq!(
        good(&again, &to_conf.text),
        first,
        "{conf}\n{}",
        to_conf.text
    );
    assert_eq!(again.text, toml, "{conf}");
    let direct = convert("a.conf", conf, To::Keepalived);
    assert_eq!(
        sorted(&direct.text),
        sorted(&to_conf.text),
        "{conf}\n{toml}"
    );
    toml
}

/// The lines of a text; in TOML, lists of the same keyword stand together.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn lines_that_add_up_are_all_kept() {
    let toml = there_and_back("global_defs {\n lvs_timeouts tcp 900\n lvs_timeouts udp 30\n}\n");
    assert!(toml.contains("900") && toml.contains("30"), "{toml}");
}

#[test]
fn a_whole_file_goes_there_and_back() {
    let toml = there_and_back(include_str!("../data/pair.conf"));
    insta::assert_snapshot!(toml);
    let conf = convert("a.toml", include_str!("../data/pair.toml"), To::Keepalived);
    insta::assert_snapshot!(conf.text);
    there_and_back(&conf.text);
}

#[test]
fn every_keyword_of_every_place_goes_there_and_back() {
    let mut random = Random::new(7);
    let mut refused = Vec::new();
    let mut tried = 0;
    for keyword in keywords() {
        for place in keyword.places {
            if *place == Place::Anywhere {
                continue;
            }
            let mut accepted = 0;
            for _ in 0..24 {
                let Some(document) = generate::with(&mut random, *place, keyword) else {
                    break;
                };
                let conf = text(&document);
                if Reader::default().parse("a.conf", &*conf).config.is_some() {
                    let toml = there_and_back(&conf);
                    assert!(toml.contains(keyword.name), "{conf}\n{toml}");
                    accepted += 1;
                }
            }
            tried += 1;
            if accepted == 0 {
                refused.push((*place, keyword.name));
            }
        }
    }
    assert!(tried > 200, "{tried}");
    assert!(
        refused.len() * 20 < tried,
        "{} of {tried}: {refused:?}",
        refused.len()
    );
}

/// A word as a string of TOML.
fn toml_string(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', r"\\").replace('"', r#"\""#))
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn files_with_anything_in_them_go_there_and_back(seed: u64) {
        let mut random = Random::new(seed);
        let mut document = base();
        for _ in 0..random.below(40) {
            let mut more: Vec<Statement> = document.clone();
            generate::grow(&mut random, Place::Top, &mut more);
            if Reader::default().parse("a.conf", text(&more)).config.is_some() {
                document = more;
            }
        }
        there_and_back(&text(&document));
    }

    #[test]
    fn any_words_can_be_written(words in prop::collection::vec("([a-c\"'\\\\{}!# =,$@\\[\\]]|\\PC){0,9}", 1..5)) {
        let blank = |c: char| c.is_whitespace() && c != ' ';
        prop_assume!(!words.iter().any(|word| word.contains(blank)));
        let list: Vec<String> = words.iter().map(|word| toml_string(word)).collect();
        let array = list.join(", ");
        let toml = format!(
            "[global_defs]\nrouter_id = {}\nnotification_email = [[{array}]]\n\
             [vrrp_script.s]\nscript = [\"/x\", {array}]\n",
            list[0],
        );
        let conf = convert("a.toml", &toml, To::Keepalived);
        let first = good(&conf, &toml);
        let mut command = vec!["/x".to_owned()];
        command.extend(words.iter().cloned());
        prop_assert_eq!(&first.scripts()[0].command.0, &command);
        let back = convert("b.conf", &conf.text, To::Toml);
        prop_assert_eq!(good(&back, &conf.text), first);
        let again = convert("c.toml", &back.text, To::Keepalived);
        prop_assert_eq!(again.text, conf.text);
    }

    #[test]
    fn any_text_is_converted_without_a_panic(text in "([a-z_]{1,9}|[{}\"\\[\\]=.#\n ]|\\PC){0,60}") {
        for name in ["a.conf", "a.toml"] {
            for (_, to) in To::NAMES {
                let _ = convert(name, &text, to);
            }
        }
    }
}

#[test]
fn unknown_keywords_become_comments_and_are_warned_of() {
    let conf = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n priorty 90\n \
                nonsense x {\n a \"b c\"\n }\n no_virtual_ipaddress\n}\n";
    let converted = convert("a.conf", conf, To::Toml);
    assert!(
        converted.text.contains("# priorty 90\n"),
        "{}",
        converted.text
    );
    assert!(
        converted
            .text
            .contains("# nonsense x {\n#     a \"b c\"\n# }\n"),
        "{}",
        converted.text
    );
    let warned = crate::common::codes(&converted.outcome, Severity::Warning);
    assert_eq!(warned, ["K0101", "K0101"]);
    let back = convert("a.toml", &converted.text, To::Keepalived);
    assert_eq!(back.outcome.config, converted.outcome.config);
}

#[test]
fn words_that_are_ignored_with_a_warning_are_left_out() {
    let conf = "vrrp_instance web {\n interface eth0 x y\n virtual_router_id 7\n \
                virtual_ipaddress {\n 192.0.2.1 lable x dev eth1\n }\n}\n";
    let toml = there_and_back(conf);
    assert!(toml.contains("interface = \"eth0\""), "{toml}");
    assert!(toml.contains("[\"192.0.2.1 dev eth1\"]"), "{toml}");
}

#[test]
fn what_is_forgiven_there_is_forgiven_in_toml() {
    let toml = there_and_back("virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_kind dr\n}\n");
    assert!(toml.contains("lb_kind = \"dr\""), "{toml}");
}

#[test]
fn of_values_given_twice_the_last_is_written() {
    let conf = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n priority 90\n \
                priority 91\n no_virtual_ipaddress\n}\n";
    let toml = there_and_back(conf);
    assert!(toml.contains("priority = 91"), "{toml}");
    assert!(!toml.contains("90"), "{toml}");
}

#[test]
fn several_statements_on_a_line_are_several() {
    let conf = "vrrp_instance web {\n interface eth0 virtual_router_id 7\n \
                virtual_ipaddress { 192.0.2.1 192.0.2.2 }\n}\n";
    let toml = there_and_back(conf);
    assert!(toml.contains("virtual_router_id = 7"), "{toml}");
}

#[test]
fn a_line_end_in_a_value_is_lost_with_a_warning() {
    let toml = "[global_defs]\nrouter_id = \"\"\"a\nb\"\"\"\n";
    let converted = convert("a.toml", toml, To::Keepalived);
    assert!(
        converted.text.contains("router_id \"a b\""),
        "{}",
        converted.text
    );
    let warned = crate::common::codes(&converted.outcome, Severity::Warning);
    assert!(warned.contains(&"K0082"), "{warned:?}");
    let kept = convert("a.toml", toml, To::Toml);
    assert_eq!(kept.outcome.config, converted_again(&kept));
}

fn converted_again(converted: &Converted) -> Option<Config> {
    Reader::default().parse("a.toml", &*converted.text).config
}

#[test]
fn passwords_stay_as_they_are() {
    let conf = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n \
                no_virtual_ipaddress\n authentication {\n auth_type PASS\n auth_pass \"a#!\\\"1\"\n \
                }\n}\n";
    let toml = there_and_back(conf);
    assert!(toml.contains(r##"auth_pass = 'a#!"1'"##), "{toml}");
}
