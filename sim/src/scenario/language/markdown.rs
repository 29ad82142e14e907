//! The tables of `docs/scenarios.md`.

use core::fmt::Write as _;

use super::{EXPECT, FAULTS, FILE, Fields, Key, NODE, Takes};
use crate::invariant::INVARIANTS;

/// The page with its tables: in `text`, what stands between `<!-- begin NAME -->` and
/// `<!-- end NAME -->` is made anew.
#[must_use]
pub fn markdown(text: &str) -> String {
    let tables = [
        ("file", keys(FILE)),
        ("node", keys(NODE)),
        ("fault", faults()),
        ("expect", keys(EXPECT)),
        ("invariants", invariants()),
    ];
    let mut text = text.to_owned();
    for (name, table) in tables {
        let (begin, end) = (
            format!("<!-- begin {name} -->"),
            format!("<!-- end {name} -->"),
        );
        let place = text.find(&begin).zip(text.find(&end));
        if let Some((from, to)) = place.filter(|(from, to)| from < to) {
            text.replace_range(from + begin.len()..to, &format!("\n\n{table}\n"));
        }
    }
    text
}

fn keys(keys: &[Key]) -> String {
    let mut out = String::from("| key | takes | without it | meaning |\n|---|---|---|---|\n");
    for key in keys {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            key.name,
            takes(key.takes),
            key.default,
            key.meaning
        );
    }
    out
}

fn faults() -> String {
    let mut out = String::from("| key | takes | what happens |\n|---|---|---|\n");
    for row in FAULTS {
        let takes = match row.fields {
            Fields::Node => "a node".to_owned(),
            Fields::Station => "a node or client".to_owned(),
            Fields::Way => "`\"A -> B\"`".to_owned(),
            Fields::Ways => "`\"A -> B\"`, `\"A <-> B\"`".to_owned(),
            Fields::WaysOrAll => "`\"A -> B\"`, `\"A <-> B\"`, `\"all\"`".to_owned(),
            Fields::Pair => "`[\"A\", \"B\"]`".to_owned(),
            Fields::Nothing => "`{}`".to_owned(),
            Fields::Table(fields) => {
                let fields = fields.iter().map(|(name, own, required)| {
                    let optional = if *required { "" } else { " (optional)" };
                    format!("`{name}` {}{optional}", self::takes(*own))
                });
                fields.collect::<Vec<_>>().join("; ")
            }
        };
        let _ = writeln!(out, "| `{}` | {takes} | {} |", row.name, row.meaning);
    }
    out
}

fn invariants() -> String {
    let mut out = String::from("| | name | what it says |\n|---|---|---|\n");
    for id in INVARIANTS {
        let _ = writeln!(out, "| {id} | `{}` | {} |", id.name(), id.meaning());
    }
    out
}

fn takes(takes: Takes) -> String {
    let listed = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    match takes {
        Takes::Text => "text".to_owned(),
        Takes::Time => "a time: `\"1.5s\"`".to_owned(),
        Takes::Span => "two times: `[\"5s\", \"6s\"]`".to_owned(),
        Takes::Share => "a share: `\"20%\"`".to_owned(),
        Takes::Number(least, most) if (least, most) == (i64::MIN, i64::MAX) => {
            "a whole number".to_owned()
        }
        Takes::Number(least, most) if most >= 4_294_967_295 => {
            format!("a whole number from {least}")
        }
        Takes::Number(least, most) => format!("a number, {least} to {most}"),
        Takes::Flag => "`true` or `false`".to_owned(),
        Takes::Texts => "a list of texts".to_owned(),
        Takes::Invariants => "a list of invariants".to_owned(),
        Takes::Word(words) => format!("one of {}", listed(words)),
        Takes::Words(words) => format!("a list of {}", listed(words)),
        Takes::Node => "a node".to_owned(),
        Takes::Station => "a node or client".to_owned(),
        Takes::Interface => "an interface".to_owned(),
        Takes::Address => "an address".to_owned(),
        Takes::Pattern => "letters: `\"oox\"`".to_owned(),
        Takes::Config => "a keepalived.conf as text".to_owned(),
        Takes::TextByName => "`{ VI_1 = \"lb2\" }`".to_owned(),
        Takes::TimeByInvariant => "a table of invariants and times".to_owned(),
        Takes::Interfaces => "a table of interfaces".to_owned(),
        Takes::Network => "`{ delay = \"100us\", jitter = \"0s\" }`".to_owned(),
        Takes::Health => "`\"ok\"`, `\"refuse\"`, `\"hang\"`, `\"half-open\"`, `\"trickle\"`, \
                          `\"reset\"`, `\"wrong-body\"`, `\"garbage\"`, `{ slow = \"2s\" }`, \
                          `{ status = 503 }`, `{ exit = 1 }` or `{ flap = \"oox\" }`"
            .to_owned(),
        Takes::TableEvent => {
            "`\"cleared\"`, `{ without = \"10.0.0.1\" }`, `\"gone\"` or `\"back\"`".to_owned()
        }
        Takes::Tables(_) => "tables".to_owned(),
    }
}
