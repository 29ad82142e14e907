//! `check` with the files of several nodes.

use crate::common::{Folder, GOOD};

/// Two nodes that agree, of which the first has the higher priority.
fn pair() -> Folder {
    let node = |priority| {
        GOOD.replace(
            "    virtual_ip",
            &format!("    priority {priority}\n    virtual_ip"),
        )
    };
    Folder::new()
        .file("lb1.conf", &node(150))
        .file("lb2.conf", &node(100))
}

#[test]
fn it_is_told_what_happens_when_something_breaks() {
    let said = pair().bellwether("check lb1.conf lb2.conf");
    assert_eq!(said.code, Some(0), "{}", said.out);
    // 3 adverts of 1 s and a skew of 156/256 s (RFC 3768, section 6.1).
    let story = "If lb1 dies, or its lo0123 goes down: lb2 takes over within 3.61 s";
    assert!(said.out.contains(story), "{}", said.out);
}

#[test]
fn one_file_has_nothing_to_be_compared_with_and_tools_want_no_prose() {
    let folder = pair();
    assert!(!folder.bellwether("check lb1.conf").out.contains("dies"));
    for format in ["short", "json"] {
        let said = folder.bellwether(&format!("check --format {format} lb1.conf lb2.conf"));
        assert!(!said.out.contains("dies"), "{}", said.out);
    }
}

#[test]
fn a_node_with_an_error_is_left_out() {
    let bad = GOOD.replace("51", "256");
    let folder = pair().file("lb3.conf", &bad);
    let said = folder.bellwether("check lb1.conf lb3.conf lb2.conf");
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("lb3.conf:3:"), "{}", said.out);
    assert!(said.out.contains("on lb1 and lb2"), "{}", said.out);
}

#[test]
fn a_disagreement_points_into_both_files_and_can_be_silenced() {
    let folder = pair();
    let other = std::fs::read_to_string(folder.path().join("lb2.conf")).unwrap();
    let other = other.replace("    virtual_ip", "    advert_int 2\n    virtual_ip");
    let folder = folder.file("lb2.conf", &other);
    let said = folder.bellwether("check --format json lb1.conf lb2.conf");
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let all = document["diagnostics"].as_array().unwrap();
    let one = all
        .iter()
        .find(|one| one["code"].as_str().unwrap().starts_with("K05"));
    let one = one.unwrap_or_else(|| panic!("{}", said.out));
    let files = [&one["file"], &one["related"][0]["file"]];
    assert!(files.iter().any(|file| **file == "lb1.conf"), "{one}");
    assert!(files.iter().any(|file| **file == "lb2.conf"), "{one}");
    if one["severity"] == "error" {
        assert_eq!(said.code, Some(1));
    } else {
        let code = one["code"].as_str().unwrap();
        let allowed = folder.bellwether(&format!("check --allow {code} lb1.conf lb2.conf"));
        assert!(!allowed.out.contains(code), "{}", allowed.out);
    }
}
