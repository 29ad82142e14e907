//! The language as a JSON schema, for editors that complete and check TOML.

use serde_json::{Map, Value, json};

use super::{EXPECT, FAULTS, FILE, Fields, Key, NODE, Takes, What};
use crate::invariant::{INVARIANTS, InvariantId};

/// The JSON schema (draft 2020-12) of scenario files.
#[must_use]
pub fn schema() -> Value {
    let mut file = table(FILE, &["node"]);
    if let Some(file) = file.as_object_mut() {
        file.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        file.insert("title".to_owned(), json!("A Bellwether scenario"));
        file.insert("$defs".to_owned(), definitions());
    }
    file
}

fn definitions() -> Value {
    let ids = INVARIANTS.iter();
    let names = ids.flat_map(|id: &InvariantId| [id.name().to_owned(), id.to_string()]);
    let names: Vec<String> = names.collect();
    json!({
        "time": {
            "type": "string",
            "description": "a time: a number with its unit",
            "pattern": "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)$",
        },
        "share": {
            "type": "string",
            "description": "a share",
            "pattern": "^[0-9]+(\\.[0-9]+)?%$",
        },
        "pattern": { "type": "string", "pattern": "^[ox ]+$" },
        "invariant": { "enum": names },
        "node": table(NODE, &["name"]),
        "fault": fault(),
        "expect": expect(),
    })
}

fn table(keys: &[Key], required: &[&str]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(property).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> (String, Value) {
    let mut value = takes(key.takes);
    if let Some(value) = value.as_object_mut() {
        value.insert("description".to_owned(), json!(key.meaning));
    }
    (key.name.to_owned(), value)
}

fn fault() -> Value {
    let mut properties = Map::new();
    let mut at = takes(Takes::Time);
    if let Some(at) = at.as_object_mut() {
        at.insert("description".to_owned(), json!("when it happens"));
    }
    properties.insert("at".to_owned(), at);
    for row in FAULTS {
        let mut value = fields(row.fields);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".to_owned(), json!(row.meaning));
        }
        properties.insert(row.name.to_owned(), value);
    }
    // A time and exactly one thing that happens.
    json!({
        "type": "object",
        "properties": properties,
        "required": ["at"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": false,
    })
}

fn expect() -> Value {
    let mut table = table(EXPECT, &[]);
    let when = ["at", "within", "always", "throughout", "never"];
    let when: Vec<Value> = when
        .iter()
        .map(|key| json!({ "required": [key] }))
        .collect();
    let what = ["master", "clients-reach"];
    let what: Vec<Value> = what
        .iter()
        .map(|key| json!({ "required": [key] }))
        .collect();
    if let Some(table) = table.as_object_mut() {
        table.insert(
            "allOf".to_owned(),
            json!([{ "oneOf": when }, { "anyOf": what }]),
        );
    }
    table
}

fn fields(fields: Fields) -> Value {
    let way = "^[^<>]+->[^<>]+$";
    let ways = "^[^<>]+<?->[^<>]+$";
    let long = json!({
        "type": "object",
        "properties": { "from": { "type": "string" }, "to": { "type": "string" } },
        "required": ["from", "to"],
        "additionalProperties": false,
    });
    match fields {
        Fields::Node | Fields::Station => json!({ "type": "string" }),
        Fields::Way => json!({ "anyOf": [{ "type": "string", "pattern": way }, long] }),
        Fields::Ways => json!({ "anyOf": [{ "type": "string", "pattern": ways }, long] }),
        Fields::WaysOrAll => json!({
            "anyOf": [{ "type": "string", "pattern": ways }, { "const": "all" }, long],
        }),
        Fields::Pair => json!({
            "type": "array",
            "items": { "type": "string" },
            "minItems": 2,
            "maxItems": 2,
        }),
        Fields::Nothing => json!({ "type": "object", "maxProperties": 0 }),
        Fields::Table(fields) => {
            let properties: Map<String, Value> = fields
                .iter()
                .map(|(name, own, _)| ((*name).to_owned(), takes(*own)))
                .collect();
            let required = fields.iter().filter(|(_, _, required)| *required);
            let required: Vec<&str> = required.map(|(name, _, _)| *name).collect();
            json!({
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            })
        }
    }
}

fn takes(takes: Takes) -> Value {
    let time = || json!({ "$ref": "#/$defs/time" });
    let text = || json!({ "type": "string" });
    match takes {
        Takes::Text | Takes::Node | Takes::Station | Takes::Interface | Takes::Address => text(),
        Takes::Time => time(),
        Takes::Span => json!({
            "type": "array", "items": time(), "minItems": 2, "maxItems": 2,
        }),
        Takes::Share => json!({ "$ref": "#/$defs/share" }),
        Takes::Number(least, most) => json!({
            "type": "integer", "minimum": least, "maximum": most,
        }),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Texts => json!({ "type": "array", "items": text() }),
        Takes::Invariants => json!({
            "type": "array", "items": { "$ref": "#/$defs/invariant" },
        }),
        Takes::Word(words) => json!({ "enum": words }),
        Takes::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Takes::Pattern => json!({ "$ref": "#/$defs/pattern" }),
        Takes::Config => json!({ "type": ["string", "object"] }),
        Takes::TextByName => json!({ "type": "object", "additionalProperties": text() }),
        Takes::TimeByInvariant => json!({
            "type": "object",
            "propertyNames": { "$ref": "#/$defs/invariant" },
            "additionalProperties": time(),
        }),
        Takes::Interfaces => json!({
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "address": text(),
                    "addresses": { "type": "array", "items": text() },
                    "segment": text(),
                },
                "additionalProperties": false,
            },
        }),
        Takes::Network => json!({
            "type": "object",
            "properties": { "delay": time(), "jitter": time() },
            "additionalProperties": false,
        }),
        Takes::Health => health(),
        Takes::TableEvent => json!({
            "anyOf": [
                { "enum": ["cleared", "gone", "back"] },
                {
                    "type": "object",
                    "properties": { "without": text() },
                    "required": ["without"],
                    "additionalProperties": false,
                },
            ],
        }),
        Takes::Tables(what) => {
            let of = match what {
                What::Nodes => "node",
                What::Faults => "fault",
                What::Expectations => "expect",
            };
            json!({ "type": "array", "items": { "$ref": format!("#/$defs/{of}") } })
        }
    }
}

fn health() -> Value {
    json!({
        "anyOf": [
            {
                "enum": [
                    "ok", "refuse", "hang", "half-open", "trickle", "reset", "wrong-body", "garbage",
                ],
            },
            {
                "type": "object",
                "properties": {
                    "slow": { "$ref": "#/$defs/time" },
                    "status": { "type": "integer", "minimum": 100, "maximum": 999 },
                    "exit": { "type": "integer", "minimum": 0, "maximum": 255 },
                    "flap": { "$ref": "#/$defs/pattern" },
                },
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": false,
            },
        ],
    })
}
