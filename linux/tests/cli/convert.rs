//! `bellwether convert` and `bellwether schema`.

use crate::common::{Folder, GOOD};

#[test]
fn there_and_back_gives_a_usable_file() {
    let folder = Folder::with(GOOD);
    let toml = folder.bellwether("convert a.conf --to toml");
    assert_eq!((toml.code, toml.err.as_str()), (Some(0), ""));
    assert!(toml.out.contains("virtual_router_id = 51"), "{}", toml.out);
    let folder = folder.file("b.toml", &toml.out);
    let back = folder.bellwether("convert b.toml --to keepalived");
    assert_eq!(back.code, Some(0), "{}", back.err);
    assert!(back.out.contains("virtual_router_id 51"), "{}", back.out);
    let folder = folder.file("c.conf", &back.out);
    assert_eq!(folder.bellwether("check b.toml").code, Some(0));
    assert_eq!(folder.bellwether("check c.conf").code, Some(0));
}

#[test]
fn a_file_with_an_error_is_not_converted() {
    let said = Folder::with(&GOOD.replace("51", "256")).bellwether("convert a.conf --to toml");
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("a.conf:3:"), "{}", said.err);
    assert_eq!(
        Folder::new().bellwether("convert no --to toml").code,
        Some(1)
    );
    assert_eq!(
        Folder::with(GOOD).bellwether("convert a.conf").code,
        Some(2)
    );
}

#[test]
fn the_schema_is_json_and_knows_ranges() {
    let said = Folder::new().bellwether("schema");
    let schema: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        schema["$defs"]["Instance"]["properties"]["priority"]["maximum"],
        255
    );
}
