//! The JSON Schema: what reads well is valid, what does not is not.

use bellwether_config::{Options, Reader, To, parse, schema};
use jsonschema::Validator;
use serde_json::Value;

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).expect("a good schema")
}

fn json(toml: &str) -> Value {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{toml}\n{error}"))
}

/// An instance with a few more lines.
fn one(more: &str) -> String {
    format!(
        "[vrrp_instance.web]\ninterface = \"eth0\"\nvirtual_router_id = 7\n\
         virtual_ipaddress = [\"192.0.2.1/24\"]\n{more}\n"
    )
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
}

#[test]
fn examples_are_valid() {
    let validator = validator();
    let converted = Reader::default()
        .convert("a.conf", include_str!("../data/pair.conf"), To::Toml)
        .text;
    for toml in [include_str!("../data/pair.toml"), &converted] {
        let found: Vec<String> = validator
            .iter_errors(&json(toml))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(found, [""; 0], "{toml}");
    }
}

#[test]
fn what_reads_well_is_valid_and_what_does_not_is_not() {
    let validator = validator();
    for (line, good) in [
        ("priority = 1", true),
        ("priority = 255", true),
        ("priority = 0", false),
        ("priority = 256", false),
        ("priority = 1.5", false),
        ("priority = \"high\"", false),
        ("priority = true", false),
        ("priorty = 1", false),
        ("advert_int = 0.01", true),
        ("advert_int = 0.009", false),
        ("state = \"MASTER\"", true),
        ("nopreempt = true", true),
        ("nopreempt = 1", false),
        (
            "authentication = { auth_type = \"PASS\", auth_pass = \"x\" }",
            true,
        ),
        ("authentication = { auth_type = \"MD5\" }", false),
        ("authentication = 1", false),
        ("interface = 7", false),
        (
            "track_script = [\"s weight 10 reverse\", { name = \"s\", weight = -5 }]",
            true,
        ),
        ("track_script = [{ name = \"s\", weight = -254 }]", false),
        ("track_script = [{ weight = 1 }]", false),
        ("track_script = [{ name = \"s\", wait = 1 }]", false),
        ("notify = [\"/bin/x\", \"a\"]", true),
        ("notify = []", false),
    ] {
        let text = one(line);
        // A name given twice is TOML's own business.
        let text = text.replacen(
            "interface = \"eth0\"\n",
            "",
            usize::from(line.contains("face =")),
        );
        assert_eq!(validator.is_valid(&json(&text)), good, "{line}");
    }
}

#[test]
fn what_is_invalid_is_an_error_of_reading_too() {
    let validator = validator();
    let options = Options::default();
    for line in [
        "priority = 0",
        "priorty = 1",
        "advert_int = 0.009",
        "authentication = 1",
    ] {
        let text = one(line);
        assert!(!validator.is_valid(&json(&text)), "{line}");
        assert!(parse("a.toml", &text, &options).config.is_none(), "{line}");
    }
}

#[test]
fn the_committed_schema_is_that_of_the_rows() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/bellwether.schema.json"
    );
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let generated = format!("{:#}\n", schema());
    let same = committed == generated;
    assert!(
        same,
        "docs/bellwether.schema.json is old: write it anew with\n\
         cargo run -p bellwether-config --example reference"
    );
}
