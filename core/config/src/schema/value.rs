//! Grammars of values as schemas.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use serde_json::{Value, json};

use super::Schema;
use crate::grammar::{show_millis, show_seconds};
use crate::registry::{Family, Grammar};

/// A word of an array of words.
pub(super) fn word() -> Value {
    json!({ "type": ["string", "number"] })
}

/// A whole number in a range.
pub(super) fn integer(min: i64, max: i64) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn strings() -> Value {
    json!({ "type": "array", "items": string(), "minItems": 1 })
}

fn any_of(kinds: &[Value]) -> Value {
    match kinds {
        [one] => one.clone(),
        _ => json!({ "anyOf": kinds }),
    }
}

impl Schema {
    /// What a keyword is given.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of value")]
    pub(super) fn value(&mut self, grammar: Grammar) -> Value {
        match grammar {
            Grammar::Flag | Grammar::Bool => json!({ "type": "boolean" }),
            Grammar::Integer { min, max, .. } => integer(min, max),
            Grammar::Radix { min, max } => any_of(&[
                json!({ "type": "integer", "minimum": min, "maximum": max }),
                json!({ "type": "string", "pattern": "^0[xX]?[0-9a-fA-F]+$" }),
            ]),
            Grammar::Seconds { min, max } => {
                let number = |micros| serde_json::from_str(&show_seconds(micros)).ok();
                let (min, max): (Option<Value>, Option<Value>) = (number(min), number(max));
                json!({ "type": "number", "minimum": min, "maximum": max })
            }
            Grammar::Millis { min, max } => {
                let number = |micros| serde_json::from_str(&show_millis(micros)).ok();
                let (min, max): (Option<Value>, Option<Value>) = (number(min), number(max));
                json!({ "type": "number", "minimum": min, "maximum": max })
            }
            Grammar::Weight => any_of(&[
                integer(-253, 253),
                json!({
                    "type": "array",
                    "prefixItems": [integer(-253, 253), { "const": "reverse" }],
                    "items": false,
                    "minItems": 1,
                }),
                json!({ "type": "string", "pattern": "^[-+]?[0-9]+( +reverse)?$" }),
            ]),
            Grammar::Choice(words) => json!({ "enum": words }),
            Grammar::Literal(word) => json!({ "const": word }),
            Grammar::Word | Grammar::Name | Grammar::Path | Grammar::Host => string(),
            Grammar::Broadcast | Grammar::Prefix(_) => string(),
            Grammar::Interface => json!({ "type": "string", "minLength": 1, "maxLength": 15 }),
            Grammar::Address(Family::V4) => json!({ "type": "string", "format": "ipv4" }),
            Grammar::Address(Family::V6) => json!({ "type": "string", "format": "ipv6" }),
            Grammar::Address(Family::Any) => string(),
            Grammar::Port => integer(1, 65_535),
            Grammar::Mac => {
                json!({ "type": "string", "pattern": "^([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}$" })
            }
            Grammar::Command => any_of(&[string(), strings()]),
            Grammar::CommandAs => any_of(&[
                string(),
                strings(),
                json!({
                    "type": "object",
                    "properties": {
                        "command": any_of(&[string(), strings()]),
                        "user": string(),
                        "group": string(),
                    },
                    "required": ["command"],
                    "additionalProperties": false,
                }),
            ]),
            Grammar::User => any_of(&[
                string(),
                json!({ "type": "array", "items": string(), "minItems": 1, "maxItems": 2 }),
                json!({
                    "type": "object",
                    "properties": { "user": string(), "group": string() },
                    "required": ["user"],
                    "additionalProperties": false,
                }),
            ]),
            Grammar::Scope => any_of(&[
                json!({ "enum": ["global", "site", "link", "host", "nowhere"] }),
                integer(0, 255),
            ]),
            Grammar::Named { max, names } => {
                let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                any_of(&[json!({ "enum": names }), integer(0, max.into())])
            }
            Grammar::Optional(_)
            | Grammar::Many(_)
            | Grammar::Several(_)
            | Grammar::Either(_)
            | Grammar::Options(_)
            | Grammar::Unread { .. } => self.words(grammar),
            Grammar::Block(..) => json!(false),
        }
    }

    /// Values of several words, or of none.
    fn words(&mut self, grammar: Grammar) -> Value {
        let (least, most) = grammar.arity();
        let mut kinds = Vec::new();
        if least == 0 {
            kinds.push(json!({ "type": "boolean" }));
        }
        match grammar {
            Grammar::Optional(inner) | Grammar::Many(inner) => kinds.push(self.value(*inner)),
            Grammar::Either(inner) => kinds.extend(inner.iter().map(|one| self.value(*one))),
            Grammar::Several([first, ..]) if least <= 1 => kinds.push(self.value(*first)),
            Grammar::Options(place) => kinds.push(self.place(place)),
            _ if least <= 1 => kinds.push(word()),
            _ => {}
        }
        if most > 1 {
            let mut word = vec![word()];
            word.extend(crate::toml::options_of(grammar).map(|place| self.place(place)));
            let mut array = json!({ "type": "array", "items": any_of(&word), "minItems": least });
            if let (Value::Object(array), true) = (&mut array, most < usize::MAX) {
                array.insert("maxItems".to_owned(), most.into());
            }
            kinds.push(string());
            kinds.push(array);
        }
        kinds.dedup();
        any_of(&kinds)
    }
}
