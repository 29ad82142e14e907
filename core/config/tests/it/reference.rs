//! The committed reference is what the rows say.

use std::path::Path;

use bellwether_config::reference;

fn same(file: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "docs/{file} is not what the rows say: run \
         `cargo run -p bellwether-config --example reference`"
    );
}

#[test]
fn the_reference_is_what_the_rows_say() {
    same("reference.md", &reference::markdown());
}

#[test]
fn the_compatibility_table_is_what_the_rows_say() {
    same("compatibility.md", &reference::compatibility());
}
