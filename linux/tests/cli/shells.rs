//! Completions and the manual page.

use crate::common::Folder;

#[test]
fn completions_know_codes_keywords_and_options() {
    for shell in ["bash", "zsh", "fish"] {
        let said = Folder::new().bellwether(&format!("completions {shell}"));
        assert_eq!(said.code, Some(0), "{shell}");
        for word in ["K0101", "virtual_router_id", "--config-test", "config-test"] {
            let known = said.out.contains(word.trim_start_matches('-'));
            assert!(known, "{shell} does not know {word}");
        }
    }
}

#[test]
fn bash_takes_its_completions() {
    let said = Folder::new().bellwether("completions bash");
    let mut bash = std::process::Command::new("bash");
    let Ok(output) = bash.args(["-n", "-c", &said.out]).output() else {
        return;
    };
    assert!(
        output.status.success(),
        "{:?}",
        String::from_utf8(output.stderr)
    );
}

#[test]
fn the_manual_page_has_every_subcommand_and_the_exit_codes() {
    let said = Folder::new().bellwether("man");
    assert_eq!(said.code, Some(0));
    for part in [
        ".TH bellwether",
        "BELLWETHER CHECK",
        "BELLWETHER EXPLAIN",
        "Exit codes",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
}
