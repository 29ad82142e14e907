//! A JSON Schema of the TOML form, for editors: types, ranges, choices, defaults and documentation
//! of every keyword that has a row and is not refused.
//!
//! It admits what reads without a complaint about a value's form; what several values mean together
//! only reading tells. Invariant: what [`Reader::convert`](crate::Reader::convert) writes of a file
//! without warnings is valid. Deliberately absent: several values for a keyword that takes one
//! word, of which only the last would count.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

mod value;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::registry::{self, Contents, Grammar, Keyword, Line, Place, Status};
use crate::toml::{Shape, head_key, is_header_key, shape};

/// The schema, in draft 2020-12.
///
/// ```
/// let schema = bellwether_config::schema();
/// let priority = &schema["$defs"]["Instance"]["properties"]["priority"];
/// assert_eq!(priority["type"], "integer");
/// assert_eq!(priority["maximum"], 255);
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut schema = Schema::default();
    let properties = schema.properties(Place::Top);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Bellwether configuration",
        "description": "The keywords of keepalived.conf, as TOML",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "$defs": schema.definitions,
    })
}

/// What is being made.
#[derive(Default)]
struct Schema {
    /// Objects that are referred to, by name.
    definitions: BTreeMap<String, Value>,
}

impl Schema {
    /// A reference to the object with the keywords of a place.
    fn place(&mut self, place: Place) -> Value {
        self.object(format!("{place:?}"), place, Map::new(), &[])
    }

    /// A reference to an object with the keywords of a place and other properties.
    fn object(
        &mut self,
        name: String,
        place: Place,
        more: Map<String, Value>,
        required: &[&str],
    ) -> Value {
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if !self.definitions.contains_key(&name) {
            // It is there before its parts are, which may refer to it.
            self.definitions.insert(name.clone(), Value::Null);
            let mut properties = self.properties(place);
            properties.extend(more);
            let object = object(properties, required);
            self.definitions.insert(name, object);
        }
        reference
    }

    /// The keywords of a place, by all their names.
    fn properties(&mut self, place: Place) -> Map<String, Value> {
        let here = registry::keywords().filter(|keyword| keyword.places.contains(&place));
        let mut properties = Map::new();
        for keyword in here {
            if matches!(keyword.status, Status::Refused { .. }) {
                continue;
            }
            for name in keyword.names() {
                let mut schema = match keyword.grammar {
                    Grammar::Block(..) => self.block(keyword),
                    grammar => self.value(grammar),
                };
                if let Value::Object(schema) = &mut schema {
                    schema.insert("description".to_owned(), description(keyword).into());
                    let default = default(keyword);
                    schema.extend(default.map(|default| ("default".to_owned(), default)));
                }
                properties.insert(name.to_owned(), schema);
            }
        }
        properties
    }

    /// What a block is given.
    fn block(&mut self, keyword: &'static Keyword) -> Value {
        let Grammar::Block(header, contents) = keyword.grammar else {
            return json!(true);
        };
        match shape(header) {
            Shape::Plain => self.contents(contents),
            Shape::Named => {
                let contents = self.contents(contents);
                json!({ "type": "object", "additionalProperties": contents })
            }
            Shape::Headed => {
                let headers = headers(keyword);
                let table = match contents {
                    Contents::Keywords(place) => {
                        self.object(keyword.name.to_owned(), place, headers, &[])
                    }
                    Contents::Lines(_) | Contents::Unread => {
                        let mut properties = headers;
                        properties.insert("lines".to_owned(), self.contents(contents));
                        object(properties, &[])
                    }
                };
                several(&table)
            }
        }
    }

    /// What is in a block.
    fn contents(&mut self, contents: Contents) -> Value {
        match contents {
            Contents::Keywords(place) => several(&self.place(place)),
            Contents::Lines(line) => {
                let line = self.line(line);
                json!({ "anyOf": [{ "type": "array", "items": line }, { "type": "string" }] })
            }
            Contents::Unread => json!({ "type": ["array", "object", "string"] }),
        }
    }

    /// A line of a list.
    fn line(&mut self, line: &'static Line) -> Value {
        let head = head_key(line);
        let own = self.value(line.head);
        let own = json!({ "anyOf": [own, { "type": "array", "items": value::word() }] });
        let properties = Map::from_iter([(head.to_owned(), own)]);
        let table = match line.options {
            Some(place) => {
                let name = format!("{place:?}Line");
                self.object(name, place, properties, &[head])
            }
            None => object(properties, &[head]),
        };
        json!({ "anyOf": [
            { "type": ["string", "number"] },
            { "type": "array", "items": value::word(), "minItems": 1 },
            table,
        ] })
    }
}

/// The keys of what stands before a block's brace.
fn headers(keyword: &Keyword) -> Map<String, Value> {
    let keys = [
        (
            "address",
            "The address and the port: `192.0.2.1:80`",
            json!({ "type": "string" }),
        ),
        ("ip", "The address", json!({ "type": "string" })),
        ("port", "The port", value::integer(0, 65_535)),
        (
            "fwmark",
            "The mark of the packets",
            value::integer(0, u32::MAX.into()),
        ),
        (
            "group",
            "The name of the group",
            json!({ "type": "string" }),
        ),
        (
            "header",
            "Any words before the brace",
            json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": value::word() }] }),
        ),
    ];
    let mut headers = Map::new();
    for (key, doc, mut schema) in keys {
        if is_header_key(keyword, key) {
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".to_owned(), doc.into());
            }
            headers.insert(key.to_owned(), schema);
        }
    }
    headers
}

fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    let mut object = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Value::Object(object), [_, ..]) = (&mut object, required) {
        object.insert("required".to_owned(), json!(required));
    }
    object
}

/// A table, or several.
fn several(table: &Value) -> Value {
    json!({ "anyOf": [table, { "type": "array", "items": table }] })
}

/// What there is to say about a keyword.
fn description(keyword: &Keyword) -> String {
    let mut text = keyword.doc.to_owned();
    if let Grammar::Integer { unit, .. } = keyword.grammar
        && !unit.is_empty()
    {
        text.push_str(&format!(", in {unit}"));
    }
    if let Grammar::Seconds { .. } = keyword.grammar {
        text.push_str(", in s");
    }
    if let Grammar::Millis { .. } = keyword.grammar {
        text.push_str(", in ms");
    }
    if !keyword.default.is_empty() {
        text.push_str(&format!(". Default: {}", keyword.default));
    }
    match keyword.status {
        Status::Supported | Status::Refused { .. } => {}
        Status::WithoutEffect { reason } => {
            text.push_str(&format!(". Accepted without effect: {reason}"));
        }
        Status::NotRun { without, .. } => {
            text.push_str(&format!(". Not yet done: the daemon will {without}"));
        }
    }
    text
}

/// A default that is a value, not words about one.
fn default(keyword: &Keyword) -> Option<Value> {
    let text = keyword.default;
    match keyword.grammar {
        Grammar::Flag | Grammar::Bool => match text {
            "on" => Some(true.into()),
            "off" => Some(false.into()),
            _ => None,
        },
        Grammar::Integer { .. }
        | Grammar::Seconds { .. }
        | Grammar::Millis { .. }
        | Grammar::Weight
        | Grammar::Port => serde_json::from_str(text).ok().filter(Value::is_number),
        Grammar::Choice(words) => words.contains(&text).then(|| text.into()),
        _ => None,
    }
}
