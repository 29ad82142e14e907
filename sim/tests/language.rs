//! The language of scenario files: what the reader takes, what the schema allows and what the
//! page says are the same.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bellwether_sim::fault::Fault;
use bellwether_sim::scenario::language::{FAULTS, Fields, Takes, markdown, schema};
use bellwether_sim::scenario::load::parse;
use bellwether_sim::scenario::save::to_toml;
use serde_json::{Map, Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_page_and_the_schema_are_current() {
    let path = root().join("docs/scenarios.md");
    let page = std::fs::read_to_string(path).unwrap();
    let again = "cargo run -p bellwether-sim --example language";
    assert!(markdown(&page) == page, "docs/scenarios.md is old: {again}");
    let path = root().join("docs/scenario.schema.json");
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(
        schema() == kept,
        "docs/scenario.schema.json is old: {again}"
    );
}

#[test]
fn every_fault_that_can_be_read_has_a_row() {
    let error = serde_json::from_value::<Fault>(json!({ "nonsense": 1 })).unwrap_err();
    let error = error.to_string();
    let known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
    let rows: BTreeSet<&str> = FAULTS.iter().map(|row| row.name).collect();
    assert_eq!(rows, known, "{error}");
}

#[test]
fn a_fault_needs_the_fields_that_its_row_says_and_no_others() {
    // A reload needs one of two.
    for row in FAULTS.iter().filter(|row| row.name != "reload") {
        let Fields::Table(fields) = row.fields else {
            continue;
        };
        let all: Map<String, Value> = fields
            .iter()
            .map(|(name, takes, _)| ((*name).to_owned(), sample(*takes)))
            .collect();
        let read = |table: &Map<String, Value>| {
            serde_json::from_value::<Fault>(json!({ row.name: table }))
        };
        assert!(read(&all).is_ok(), "{}: {:?}", row.name, read(&all));
        for (name, _, required) in fields {
            let mut fewer = all.clone();
            fewer.remove(*name);
            let failed = read(&fewer).is_err();
            assert_eq!(failed, *required, "{} without {name}", row.name);
        }
    }
}

fn sample(takes: Takes) -> Value {
    match takes {
        Takes::Time => json!("5ms"),
        Takes::Share => json!("5%"),
        Takes::Number(..) => json!(1),
        Takes::Address => json!("192.0.2.1"),
        Takes::Word(words) => json!(words[0]),
        Takes::Health => json!("refuse"),
        Takes::TableEvent => json!("cleared"),
        Takes::Pattern => json!("oxo"),
        Takes::Text
        | Takes::Span
        | Takes::Flag
        | Takes::Texts
        | Takes::Invariants
        | Takes::Words(_)
        | Takes::Node
        | Takes::Station
        | Takes::Interface
        | Takes::Config
        | Takes::TextByName
        | Takes::TimeByInvariant
        | Takes::Interfaces
        | Takes::Network
        | Takes::Tables(_) => json!("eth0"),
    }
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

fn value(text: &str) -> Value {
    serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap()
}

#[test]
fn every_scenario_of_the_house_is_as_the_schema_says() {
    let validator = validator();
    let mut count = 0;
    for folder in ["scenarios", "scenarios/incidents", "scenarios/regressions"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let is_scenario =
                path.extension().is_some_and(|own| own == "toml") && !path.ends_with("Cargo.toml");
            if !is_scenario {
                continue;
            }
            let value = value(&std::fs::read_to_string(&path).unwrap());
            let errors: Vec<_> = validator
                .iter_errors(&value)
                .map(|e| e.to_string())
                .collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            count += 1;
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let node = "[[node]]\nname = \"lb1\"\nconfig = \"\"\n";
    let validator = validator();
    let bad = [
        "[[fault]]\nat = \"1s\"\n",
        "[[fault]]\nat = \"1s\"\ncrush = \"lb1\"\n",
        "[[fault]]\nat = \"1s\"\ncrash = \"lb1\"\nstop = \"lb1\"\n",
        "[[fault]]\nat = 1\ncrash = \"lb1\"\n",
        "[[fault]]\nat = \"1s\"\nflap = { node = \"lb1\", script = \"chk\", pattern = \"yn\" }\n",
        "[[expect]]\nat = \"1s\"\n",
        "[[expect]]\nat = \"1s\"\nnever = [\"1s\", \"2s\"]\nmaster = { VI_1 = \"lb1\" }\n",
        "ignore = [\"everything\"]\n",
    ];
    for text in bad {
        // Keys of the file come before its tables.
        let text = match text.starts_with('[') {
            true => format!("{node}{text}"),
            false => format!("{text}{node}"),
        };
        assert!(!validator.is_valid(&value(&text)), "{text}");
        let read = parse("bad.toml", &text, Path::new(""));
        assert!(read.is_err(), "{text}");
    }
    assert!(validator.is_valid(&value(node)));
}

#[test]
fn patterns_seeds_and_what_is_never_to_be_seen_are_saved_and_read_back() {
    let text = "seeds = 3\n[[node]]\nname = \"lb1\"\nconfig = \"\"\"\nvrrp_instance VI_1 {\n\
                interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.100\n}\n}\n\"\"\"\n\
                [[fault]]\nat = \"4s\"\n\
                lose-pattern = { from = \"client1\", to = \"lb1\", pattern = \"oxx\" }\n\
                [[expect]]\nnever = [\"6s\", \"8s\"]\nmaster = { VI_1 = \"nobody\" }\n\
                [[expect]]\nalways = [\"6s\", \"8s\"]\nmaster = { VI_1 = \"lb1\" }\n";
    let read = |text: &str| match parse("some.toml", text, Path::new("")) {
        Ok(loaded) => loaded.scenario,
        Err(problems) => panic!("{problems}\n{text}"),
    };
    let first = read(text);
    let saved = to_toml(&first).unwrap();
    assert_eq!(read(&saved), first, "{saved}");
    assert_eq!(first.seeds, 3);
}
