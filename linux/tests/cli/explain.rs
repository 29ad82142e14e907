//! `bellwether explain`.

use bellwether_config::code;

use crate::common::{Folder, Said};

fn explain(topic: &str) -> Said {
    Folder::new().bellwether(&format!("explain {topic}"))
}

#[test]
fn all_codes_are_listed() {
    let said = explain("");
    assert_eq!(said.code, Some(0));
    for code in code::all() {
        let line = format!("{}  {}", code.code, code.meaning);
        assert!(said.out.lines().any(|one| one == line), "{line}");
    }
}

#[test]
fn a_code_has_a_page_with_two_examples() {
    insta::assert_snapshot!(explain("k0314").out);
}

#[test]
fn a_keyword_has_its_row_for_each_place() {
    let said = explain("priority");
    assert_eq!(said.code, Some(0));
    for part in ["priority", "1 to 255", "vrrp_instance"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let several = explain("weight").out;
    for place in ["in a `vrrp_script`", "after the name of what is tracked"] {
        assert!(several.contains(place), "{place}: {several}");
    }
}

#[test]
fn a_misspelt_topic_is_a_bad_command_line_with_a_hint() {
    let said = explain("priorty");
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("priority"), "{}", said.err);
    assert_eq!(explain("K9999").code, Some(2));
}
