//! The deliberate differences from keepalived that a file can show, and how each is recognised.
//!
//! What they are and why stands in `bellwether_config::reference::DIFFERENCES`, from which the
//! table for people is made; here each is only joined to what it looks like.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use bellwether_config::reference::{DIFFERENCES, Stage};
use toml::{Table, Value};

/// How they are recognised: `differences.toml` of this package.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/differences.toml");

/// One deliberate difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What fixtures name it by.
    pub id: String,
    /// How it is recognised.
    pub shows: Vec<Shows>,
}

/// How a difference shows itself. A text that is not given matches any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// A value is understood in two ways.
    Value {
        /// The keyword.
        keyword: String,
        /// What keepalived understands.
        theirs: Option<String>,
        /// What Bellwether understands.
        ours: Option<String>,
    },
    /// An error in a file that keepalived would run.
    Error {
        /// Its code.
        code: String,
        /// Whether keepalived complains too; none: either way.
        complains: Option<bool>,
    },
    /// A complaint of keepalived that holds this text, in a file that Bellwether takes.
    Complaint(String),
}

/// Reads the list.
///
/// # Errors
///
/// When it lacks something that each difference must have, or does not say of each that shows in
/// reading, and of no other, how it is recognised.
pub fn differences() -> Result<Vec<Difference>> {
    let text = std::fs::read_to_string(Path::new(LIST)).context(LIST)?;
    let table: Table = text.parse()?;
    let list = table
        .get("difference")
        .and_then(Value::as_array)
        .context("no [[difference]]")?;
    let list = list
        .iter()
        .map(difference)
        .collect::<Result<Vec<Difference>>>()?;
    let recognised: BTreeSet<&str> = list.iter().map(|one| one.id.as_str()).collect();
    let of_reading = DIFFERENCES.iter().filter(|one| one.stage == Stage::Reading);
    let explained: BTreeSet<&str> = of_reading.map(|one| one.id).collect();
    ensure!(
        recognised == explained,
        "recognised: {recognised:?}; explained: {explained:?}"
    );
    Ok(list)
}

fn difference(value: &Value) -> Result<Difference> {
    let text = |name: &str| {
        let found = value.get(name).and_then(Value::as_str);
        found.map(str::to_owned)
    };
    let needed = |name: &str| text(name).with_context(|| format!("{value}: no `{name}`"));
    let texts = |name: &str| {
        let found = value.get(name).and_then(Value::as_array);
        let texts = found.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut shows = Vec::new();
    shows.extend(texts("keywords").into_iter().map(|keyword| Shows::Value {
        keyword,
        theirs: text("theirs"),
        ours: text("ours"),
    }));
    let complains = value.get("complains").and_then(Value::as_bool);
    shows.extend(
        texts("errors")
            .into_iter()
            .map(|code| Shows::Error { code, complains }),
    );
    shows.extend(texts("complaints").into_iter().map(Shows::Complaint));
    let difference = Difference {
        id: needed("id")?,
        shows,
    };
    ensure!(
        !difference.shows.is_empty(),
        "{} can't be recognised",
        difference.id
    );
    Ok(difference)
}
