//! Silencing and denying, on the command line and in comments.

use crate::common::{Folder, GOOD};

/// [`GOOD`] with a misspelt keyword: one warning, K0101.
fn misspelt() -> String {
    GOOD.replace("    interface", "    priorty 90\n    interface")
}

#[test]
fn an_allowed_warning_is_not_said() {
    let folder = Folder::with(&misspelt());
    let said = folder.bellwether("check --allow K0309,k0101 a.conf");
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "a.conf: 1 VRRP instance\n")
    );
}

#[test]
fn a_denied_warning_is_an_error() {
    let folder = Folder::with(&misspelt());
    for deny in ["warnings", "K0101"] {
        let said = folder.bellwether(&format!("check --deny {deny} a.conf"));
        assert_eq!(said.code, Some(1), "{deny}");
        assert!(said.out.contains("error[K0101]"), "{}", said.out);
    }
    assert_eq!(folder.bellwether("check --deny K0309 a.conf").code, Some(0));
    let both = folder.bellwether("check --deny warnings --allow K0101 a.conf");
    assert_eq!(
        both.code,
        Some(0),
        "what is allowed is not denied with the others"
    );
}

#[test]
fn an_error_can_t_be_allowed() {
    let folder = Folder::with(&GOOD.replace("51", "256"));
    assert_eq!(
        folder.bellwether("check --allow K0203 a.conf").code,
        Some(1)
    );
}

#[test]
fn a_comment_silences_and_one_that_does_not_is_noted() {
    let marked = misspelt().replace("90", "90 # bellwether: allow(K0101)");
    let said = Folder::with(&marked).bellwether("check --deny warnings a.conf");
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "a.conf: 1 VRRP instance\n")
    );
    let late = marked.replace("priorty", "priority");
    let said = Folder::with(&late).bellwether("check a.conf");
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains("note[K0092]"), "{}", said.out);
}

#[test]
fn a_warning_that_is_not_listed_for_lack_of_room_is_denied_too() {
    let flood: String = (0..600).map(|n| format!("    unknown{n}\n")).collect();
    let text = GOOD.replace("    interface", &format!("{flood}    interface"));
    let text = format!("{text}vrrp_instance empty {{\n interface eth1\n virtual_router_id 3\n}}\n");
    let folder = Folder::with(&text);
    assert_eq!(folder.bellwether("check a.conf").code, Some(0));
    assert_eq!(folder.bellwether("check --deny K0314 a.conf").code, Some(1));
}
