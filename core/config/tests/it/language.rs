//! The language of keepalived.conf from the outside: files in, a configuration out.
//!
//! Each file of `language/corpus` is a configuration with the files that it includes; those that
//! hang or crash keepalived are among them, and what fuzzing found.

mod driver;

use std::path::Path;

use bellwether_config::{Severity, code};
use proptest::prelude::*;

use crate::common::{cases, codes};

#[test]
fn the_corpus_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/language/corpus");
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        driver::read(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn a_configuration_of_several_files_is_one_configuration() {
    let text = include_str!("language/corpus/a_node");
    let outcome = driver::outcome(text);
    assert_eq!(outcome.diagnostics.render(false), "");
    let config = outcome.config.unwrap();
    let shown: Vec<String> = config
        .instances()
        .iter()
        .map(|instance| {
            let addresses = instance
                .virtual_addresses
                .iter()
                .map(|one| one.address.to_string());
            let addresses = addresses.collect::<Vec<_>>().join(" ");
            format!("{} {} {addresses}", instance.name, instance.vrid)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    web 7 192.0.2.71 192.0.2.72
    mail 8 192.0.2.81 192.0.2.82
    db 9 192.0.2.91 192.0.2.92
    "#);
}

/// What is said about each kind of text that hangs or crashes keepalived 2.2.7.
#[test]
fn what_hangs_keepalived_is_an_error() {
    for (text, expected) in [
        (
            include_str!("language/corpus/self_reference"),
            code::RECURSION,
        ),
        (
            include_str!("language/corpus/mutual_reference"),
            code::RECURSION,
        ),
        (
            include_str!("language/corpus/include_cycle"),
            code::INCLUDE_CYCLE,
        ),
        (
            include_str!("language/corpus/endless_sequence"),
            code::TOO_MUCH_TEXT,
        ),
        (
            include_str!("language/corpus/billion_laughs"),
            code::TOO_MUCH_TEXT,
        ),
    ] {
        let errors = codes(&driver::outcome(text), Severity::Error);
        assert_eq!(errors, [expected], "{text}");
    }
}

#[test]
fn a_problem_in_a_value_is_shown_where_it_is_written_and_where_it_is_used() {
    let outcome = driver::outcome(include_str!("language/corpus/bad_value"));
    insta::assert_snapshot!(outcome.diagnostics.render(false), @r#"
    warning[K0016]: `HOW` is not defined; this stays as it stands
     --> /etc/keepalived.conf:5:16
      |
    5 |     advert_int ${HOW}1 \
      |                ^^^^^^
      |
     ::: /etc/keepalived.conf:9:5
      |
    9 |     $MANY
      |     ----- in what this stands for
      |
      = help: keepalived takes these braces for those of a block: define it in a line before

    error[K0202]: `advert_int` needs a number, not `${HOW}1`
     --> /etc/keepalived.conf:5:16
      |
    5 |     advert_int ${HOW}1 \
      |                ^^^^^^^
      |
     ::: /etc/keepalived.conf:9:5
      |
    9 |     $MANY
      |     ----- in what this stands for
      |
      = help: it takes a number of seconds from 0.01 to 255

    error[K0203]: `priority` is out of range: 300 is not a whole number from 1 to 255
     --> /etc/keepalived.conf:1:11
      |
    1 | $PRIORITY=300
      |           ^^^
      |
     ::: /etc/keepalived.conf:4:14
      |
    4 |     priority $PRIORITY \
      |              --------- in what this stands for
      |
     ::: /etc/keepalived.conf:9:5
      |
    9 |     $MANY
      |     ----- in what this stands for

    error[K0205]: `192.0.2.300` is not an address
      --> /etc/a:2:9
       |
     2 |         192.0.2.300
       |         ^^^^^^^^^^^
       |
      ::: /etc/keepalived.conf:10:13
       |
    10 |     include a
       |             - included from here
       |
       = help: write it as `192.0.2.1/24`
    "#);
}

#[test]
fn a_missing_brace_is_told_through_definitions_and_files() {
    let outcome = driver::outcome(include_str!("language/corpus/missing_brace"));
    insta::assert_snapshot!(outcome.diagnostics.render(false), @r#"
    error[K0001]: the block of `vrrp_instance` is never closed
     --> /etc/keepalived.conf:7:19
      |
    7 | vrrp_instance web {
      |                   ^
      |
     ::: /etc/a:1:1
      |
    1 | vrrp_instance mail {
      | ------------- `vrrp_instance` starts here, and can't be inside of it
      |
      = help: add the missing `}`
    "#);
}

/// What the language is made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "$A=",
        "$B=",
        "$A",
        "${A}",
        "${B}",
        "$B",
        "\\\n",
        "\n",
        " ",
        "{",
        "}",
        "\"",
        "#",
        "!",
        "@lb1 ",
        "@^lb1 ",
        "@lb2 ",
        "~SEQ(A,1,3) ",
        "~SEQx(B, 8, 11)",
        "~LST({A,B},{1,2},{3,4}) ",
        "~LST(A,",
        "include a\n",
        "includea {a,b}\n",
        "include *\n",
        "--- a\n",
        "--- b\n",
        "${_RANDOM 1 2}",
        "${_ENV HOME}",
        "${_PWD}",
        "${_HASH}",
        "vrrp_instance x {\n",
        "interface eth0\n",
        "virtual_router_id 5\n",
        "auth_pass ",
        "virtual_ipaddress {\n",
        "192.0.2.1",
        "|",
        "x",
        "\0",
        "\r\n",
        "\u{feff}",
        "\u{a0}",
        "\\",
        "(",
        ")",
        ",",
        "=",
        "1",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..80)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_pieces(text in soup()) {
        driver::read(text.as_bytes());
        let again = driver::outcome(&text);
        let once = driver::outcome(&text);
        prop_assert_eq!(once.config, again.config);
        prop_assert_eq!(once.diagnostics.render(false), again.diagnostics.render(false));
    }
}
