//! TOML is another way to write the same: the same configuration, and the same complaints.

use bellwether_config::{Options, Outcome, Reader, Severity, parse};

use crate::common::{codes, config};

/// The example of the documentation, whole.
const EXAMPLE: &str = include_str!("../data/pair.toml");

fn read(text: &str) -> Outcome {
    parse("lb1.toml", text, &Options::default())
}

/// The errors of a text, each with the text that it points at.
fn errors(text: &str) -> Vec<(&'static str, String)> {
    let outcome = read(text);
    let of = outcome.diagnostics.iter();
    of.filter(|d| d.severity == Severity::Error)
        .map(|d| (d.code, text[d.span.range()].to_owned()))
        .collect()
}

/// An instance with a few more lines.
fn one(more: &str) -> String {
    format!(
        "[vrrp_instance.web]\ninterface = \"eth0\"\nvirtual_router_id = 7\n\
         virtual_ipaddress = [\"192.0.2.1/24\"]\n{more}\n"
    )
}

#[test]
fn the_same_configuration_in_both_languages_is_equal() {
    let conf = config(include_str!("../data/pair.conf"));
    let toml = read(EXAMPLE);
    assert_eq!(
        toml.config,
        Some(conf),
        "{}",
        toml.diagnostics.render(false)
    );
}

#[test]
fn a_file_name_tells_the_language_and_so_may_the_caller() {
    let reader = Reader::default();
    assert!(reader.parse("x.toml", one("")).config.is_some());
    assert!(reader.parse_toml("x", one("")).config.is_some());
    assert!(codes(&reader.parse("x.conf", one("")), Severity::Warning).contains(&"K0101"));
}

#[test]
fn a_flag_is_true_and_a_switch_may_be_off() {
    let with = |more: &str| read(&one(more)).config.map(|c| c.instances()[0].clone());
    let plain = with("");
    assert!(plain.is_some());
    assert_ne!(with("nopreempt = true"), plain);
    assert_eq!(with("nopreempt = false"), plain);
    assert_ne!(with("higher_prio_send_advert = false"), plain);
    assert_eq!(with("higher_prio_send_advert = true"), plain, "the default");
}

#[test]
fn lines_are_strings_arrays_or_tables() {
    let lines = |lines: &str| {
        let text = format!(
            "[vrrp_instance.web]\ninterface = \"eth0\"\nvirtual_router_id = 7\n\
             virtual_ipaddress = [{lines}]\n"
        );
        let outcome = read(&text);
        let shown = outcome.diagnostics.render(false);
        outcome.config.unwrap_or_else(|| panic!("{shown}"))
    };
    let text = lines("\"192.0.2.1/24 dev eth1 label eth1:7 scope link\"");
    assert_ne!(text, lines("\"192.0.2.1/24 dev eth1\""));
    let words = r#"["192.0.2.1/24", "dev", "eth1", "label", "eth1:7", "scope", "link"]"#;
    assert_eq!(lines(words), text);
    let table = r#"{ address = "192.0.2.1/24", dev = "eth1", label = "eth1:7", scope = "link" }"#;
    assert_eq!(lines(table), text);
}

#[test]
fn a_command_is_a_string_or_its_words() {
    let command = |script: &str| {
        let text = format!("{}\n[vrrp_script.s]\nscript = {script}\n", one(""));
        let config = read(&text).config.expect("a good script");
        config.scripts()[0].command.clone()
    };
    let text = command(r#""/bin/sh -c 'a b' \"c d\" e""#);
    assert_eq!(text.0, ["/bin/sh", "-c", "a b", "c d", "e"]);
    assert_eq!(command(r#"["/bin/sh", "-c", "a b", "c d", "e"]"#), text);
    let odd = command(r#"["/x", "it's", "\"", "\\", "", "a\\'\"b"]"#);
    assert_eq!(odd.0, ["/x", "it's", "\"", "\\", "", "a\\'\"b"]);
}

#[test]
fn unknown_and_misplaced_keys_are_errors() {
    assert_eq!(
        errors(&one("priorty = 90")),
        [("K0101", "priorty".to_owned())]
    );
    let shown = read(&one("priorty = 90")).diagnostics.render(false);
    assert!(shown.contains("did you mean `priority`?"), "{shown}");
    assert_eq!(
        errors(&format!("router_id = \"x\"\n{}", one(""))),
        [("K0102", "router_id".to_owned())]
    );
    assert_eq!(
        errors(&one(
            "[vrrp_instance.web.authentcation]\nauth_type = \"PASS\""
        )),
        [("K0101", "authentcation".to_owned())]
    );
    assert_eq!(
        errors(&one("include = \"other.toml\"")),
        [("K0081", "include".to_owned())]
    );
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error_at_the_value() {
    for (line, at) in [
        ("priority = true", "true"),
        ("priority = { a = 1 }", "{ a = 1 }"),
        ("priority = 2026-11-21", "2026-11-21"),
        ("authentication = 1", "1"),
        ("track_script = 1979-05-27", "1979-05-27"),
        ("track_script = [{ weight = 1 }]", "{ weight = 1 }"),
        ("notify_master = { user = \"x\" }", "{ user = \"x\" }"),
    ] {
        assert_eq!(errors(&one(line)), [("K0081", at.to_owned())], "{line}");
    }
}

#[test]
fn values_are_held_to_the_same_ranges_on_both_sides() {
    assert_eq!(errors(&one("priority = 255")), []);
    assert_eq!(
        errors(&one("priority = 256")),
        [("K0203", "256".to_owned())]
    );
    assert_eq!(errors(&one("priority = 0x64")), []);
    assert_eq!(
        errors(&one("priority = 0x100")),
        [("K0203", "0x100".to_owned())]
    );
    assert_eq!(errors(&one("priority = 1")), []);
    assert_eq!(errors(&one("priority = 0")), [("K0203", "0".to_owned())]);
    assert_eq!(
        errors(&one("priority = \"ten\"")),
        [("K0202", "\"ten\"".to_owned())]
    );
}

#[test]
fn a_complaint_about_a_part_of_a_string_points_at_that_part() {
    let text = one("").replace("192.0.2.1/24", "192.0.2.1/24 dev eth0 lable x");
    assert_eq!(errors(&text), [("K0101", "lable".to_owned())]);
    let whole = "\"192.0.2.1/24 dev eth0 l\\u0061ble x\"";
    let escaped = one("").replace("\"192.0.2.1/24\"", whole);
    let whole = whole.to_owned();
    assert_eq!(errors(&escaped), [("K0101", whole)], "an escape blurs it");
}

#[test]
fn mistakes_of_writing_have_their_place_and_the_rest_is_read() {
    let text = format!("{}x = \n[vrrp_instance.db]\npriority = 300\n", one(""));
    let outcome = read(&text);
    let found = codes(&outcome, Severity::Error);
    assert!(found.contains(&"K0080"), "{found:?}");
    assert!(found.contains(&"K0203"), "{found:?}");
    let line = outcome.diagnostics.iter().find(|d| d.code == "K0080");
    let place = line.map(|d| outcome.diagnostics.locate(d.span).line);
    assert_eq!(place, Some(6));
}

#[test]
fn a_name_is_shown_in_its_own_header() {
    let text = one("") + "[vrrp_instance.db]\npriority = 90\n";
    let found = errors(&text);
    let names: Vec<&str> = found.iter().map(|(_, at)| at.as_str()).collect();
    assert!(
        names.iter().all(|at| at.contains("vrrp_instance.db")),
        "{names:?}"
    );
}

#[test]
fn passwords_are_not_shown() {
    let text = one(
        "authentication = { auth_type = \"PASS\", auth_pass = \"hunter22\", auth_typ = \"x\" }",
    );
    let shown = read(&text).diagnostics.render(false);
    assert!(shown.contains("auth_typ"), "{shown}");
    assert!(!shown.contains("hunter22"), "{shown}");
}

#[test]
fn any_text_is_read_without_a_panic() {
    let deep = "[".repeat(100_000);
    let keys = "a.".repeat(100_000);
    for text in [
        "",
        "\u{feff}",
        "=",
        "[",
        "[[",
        "a.b.c",
        "vrrp_instance = 1",
        "[vrrp_instance]\nweb = 1",
        "virtual_server = 1",
        "[[virtual_server]]\naddress = []",
        "global_defs = [1]",
        "\u{0}",
        "[[vrrp_instance.web]]\n[[vrrp_instance.web]]",
        &format!("x = {deep}"),
        &format!("{keys}b = 1"),
        "x = \"\u{1b}\"",
    ] {
        let outcome = read(text);
        assert_eq!(outcome.config.is_none(), outcome.diagnostics.has_errors());
        let _ = outcome.diagnostics.render(false);
    }
}

proptest::proptest! {
    #[test]
    fn the_example_with_a_piece_cut_out(from in 0..EXAMPLE.len(), length in 0..60usize) {
        let bytes = EXAMPLE.as_bytes();
        let to = (from + length).min(bytes.len());
        let text = [&bytes[..from], &bytes[to..]].concat();
        let outcome = read(&String::from_utf8_lossy(&text));
        assert_eq!(outcome.config.is_none(), outcome.diagnostics.has_errors());
    }
}
