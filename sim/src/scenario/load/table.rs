//! One TOML table, read by its declared keys; whatever else stands in it is a problem.

use core::ops::Range;
use core::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problems, listed, nearest};
use crate::scenario::units::parse_span;

/// What a time has to look like.
const TIME_FORM: &str =
    "a time is a number and a unit: \"3s\", \"250ms\", \"1.5s\", \"40us\" or \"2m\"";

/// A value with its place in the file.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A table whose keys are all known.
#[derive(Debug)]
pub(super) struct Table<'a, 'i> {
    what: &'a str,
    inner: &'a DeTable<'i>,
    /// Where the table stands, for what is missing from it.
    pub(super) span: Range<usize>,
}

impl<'a, 'i> Table<'a, 'i> {
    /// Reads `inner` as `what`, which has the keys `known` and no others.
    pub(super) fn new(
        what: &'a str,
        inner: &'a DeTable<'i>,
        span: Range<usize>,
        known: &[&str],
        problems: &mut Problems,
    ) -> Self {
        for (key, _) in inner {
            let word = key.get_ref().as_ref();
            if !known.contains(&word) {
                let hint =
                    nearest(word, known).unwrap_or_else(|| format!("it has {}", listed(known)));
                let message = format!("{what} has no key `{word}`");
                problems.add(key.span(), message, "unknown key", Some(hint));
            }
        }
        Self { what, inner, span }
    }

    /// Reads a value that must be a table.
    pub(super) fn of(
        what: &'a str,
        value: &'a Spanned<DeValue<'i>>,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let Some(inner) = value.get_ref().as_table() else {
            wrong_type(value, "a table", problems);
            return None;
        };
        Some(Self::new(what, inner, value.span(), known, problems))
    }

    /// All keys with their values, in the file's order of bytes.
    pub(super) fn entries(&self) -> Vec<(At<&'a str>, &'a Spanned<DeValue<'i>>)> {
        let mut entries: Vec<_> = self
            .inner
            .iter()
            .map(|(key, value)| {
                let key = At {
                    value: key.get_ref().as_ref(),
                    span: key.span(),
                };
                (key, value)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// The raw value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.inner.get(key)
    }

    /// Reports that `key` is missing.
    pub(super) fn missing(&self, key: &str, hint: &str, problems: &mut Problems) {
        let message = format!("{} lacks `{key}`", self.what);
        problems.add(self.span.clone(), message, "here", Some(hint.to_owned()));
    }

    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<At<&'a str>> {
        text(self.get(key)?, problems)
    }

    pub(super) fn flag(&self, key: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            wrong_type(value, "true or false", problems);
        }
        flag
    }

    pub(super) fn time(&self, key: &str, problems: &mut Problems) -> Option<At<Duration>> {
        time(self.get(key)?, problems)
    }

    /// A whole number within a type's range.
    pub(super) fn number<T>(&self, key: &str, problems: &mut Problems) -> Option<T>
    where
        T: TryFrom<i128>,
    {
        number(self.get(key)?, problems)
    }

    /// The tables of an array of tables; none where the key is absent.
    pub(super) fn tables(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Vec<&'a Spanned<DeValue<'i>>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            wrong_type(value, &format!("a list of tables: [[{key}]]"), problems);
            return Vec::new();
        };
        array.iter().collect()
    }

    /// A list of texts; none where the key is absent.
    pub(super) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<At<&'a str>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            return text(value, problems).into_iter().collect();
        };
        array
            .iter()
            .filter_map(|item| text(item, problems))
            .collect()
    }
}

/// A text.
pub(super) fn text<'a>(
    value: &'a Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<At<&'a str>> {
    let Some(text) = value.get_ref().as_str() else {
        wrong_type(value, "a text in quotes", problems);
        return None;
    };
    Some(At {
        value: text,
        span: value.span(),
    })
}

/// A time such as "3s".
pub(super) fn time(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<At<Duration>> {
    let parsed = value
        .get_ref()
        .as_str()
        .and_then(|text| parse_span(text).ok());
    let Some(time) = parsed else {
        let shown = problems.slice(value.span()).to_owned();
        let message = format!("{shown} is not a time");
        problems.add(value.span(), message, "here", Some(TIME_FORM.to_owned()));
        return None;
    };
    Some(At {
        value: time,
        span: value.span(),
    })
}

/// A whole number within a type's range.
pub(super) fn number<T: TryFrom<i128>>(
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<T> {
    let parsed = value
        .get_ref()
        .as_integer()
        .and_then(|raw| i128::from_str_radix(raw.as_str(), raw.radix()).ok());
    let Some(number) = parsed else {
        wrong_type(value, "a whole number", problems);
        return None;
    };
    let fitting = T::try_from(number).ok();
    if fitting.is_none() {
        problems.add(
            value.span(),
            format!("{number} is out of range"),
            "here",
            None,
        );
    }
    fitting
}

/// Reports a value of the wrong kind.
pub(super) fn wrong_type(value: &Spanned<DeValue<'_>>, wanted: &str, problems: &mut Problems) {
    let message = format!(
        "{wanted} is wanted here, not {}",
        match value.get_ref().type_str() {
            "integer" => "a number",
            "array" => "a list",
            "boolean" => "true or false",
            "string" => "a text",
            other => other,
        }
    );
    problems.add(value.span(), message, "here", None);
}
