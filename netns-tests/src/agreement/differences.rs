//! The committed list of deliberate differences from keepalived.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use toml::{Table, Value};

/// The list: `differences.toml` of this package.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/differences.toml");

/// One deliberate difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What fixtures name it by.
    pub id: String,
    /// What it is about.
    pub what: String,
    /// What keepalived does.
    pub keepalived: String,
    /// What Bellwether does.
    pub bellwether: String,
    /// Why.
    pub reason: String,
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
    /// An error, with this code, in a file that keepalived would run.
    Error(String),
    /// A complaint of keepalived that holds this text, in a file that Bellwether takes.
    Complaint(String),
}

/// Reads the list.
///
/// # Errors
///
/// When it lacks something that each difference must have.
pub fn differences() -> Result<Vec<Difference>> {
    let table = table()?;
    let list = table
        .get("difference")
        .and_then(Value::as_array)
        .context("no [[difference]]")?;
    list.iter().map(difference).collect()
}

/// Names of files with keywords that are not read yet.
///
/// # Errors
///
/// When the list can't be read.
pub fn pending() -> Result<Vec<String>> {
    let table = table()?;
    let names = table.get("pending").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    Ok(names.map(str::to_owned).collect())
}

fn table() -> Result<Table> {
    let text = std::fs::read_to_string(Path::new(LIST)).context(LIST)?;
    Ok(text.parse()?)
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
    shows.extend(texts("errors").into_iter().map(Shows::Error));
    shows.extend(texts("complaints").into_iter().map(Shows::Complaint));
    let difference = Difference {
        id: needed("id")?,
        what: needed("what")?,
        keepalived: needed("keepalived")?,
        bellwether: needed("bellwether")?,
        reason: needed("reason")?,
        shows,
    };
    ensure!(
        !difference.shows.is_empty(),
        "{} can't be recognised",
        difference.id
    );
    Ok(difference)
}
