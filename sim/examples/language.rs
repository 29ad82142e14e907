//! Writes the tables of `docs/scenarios.md` and the JSON schema of scenario files.
//!
//! `cargo run -p bellwether-sim --example language`, from the root of the repository.

use std::fs;

use bellwether_sim::scenario::language::{markdown, schema};

fn main() -> std::io::Result<()> {
    let page = fs::read_to_string("docs/scenarios.md")?;
    fs::write("docs/scenarios.md", markdown(&page))?;
    let schema = serde_json::to_string_pretty(&schema())?;
    fs::write("docs/scenario.schema.json", schema + "\n")
}
