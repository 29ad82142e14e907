//! Diagnostics as one JSON document, for tools.
//!
//! ```json
//! {
//!   "version": 1,
//!   "diagnostics": [
//!     {
//!       "code": "K0101",
//!       "severity": "warning",
//!       "message": "unknown keyword `priorty`",
//!       "file": "lb1.conf",
//!       "line": 4,
//!       "column": 5,
//!       "end_line": 4,
//!       "end_column": 12,
//!       "hint": "did you mean `priority`?",
//!       "meaning": "A word that is no keyword.",
//!       "related": []
//!     }
//!   ],
//!   "summary": {"errors": 0, "warnings": 1, "notes": 0, "unlisted": 0}
//! }
//! ```
//!
//! Lines and columns count from 1, columns in characters; the end is the place after the last
//! character. `severity` is `error`, `warning` or `note`. `hint` and `meaning` may be null. An entry
//! of `related` has `message` and the six fields of a place. `unlisted` counts what came after the
//! first 500. Names and meanings of fields stay as they are while `version` is 1; new fields may
//! come.

use std::borrow::Cow;

use serde::Serialize;

use super::{Counts, Diagnostic, Diagnostics};
use crate::code;
use crate::source::Span;

/// The diagnostics of several files, as one JSON document with a line end.
#[must_use]
pub fn json<'d>(all: impl IntoIterator<Item = &'d Diagnostics>) -> String {
    let mut document = Document::default();
    for diagnostics in all {
        document.summary = document.summary.and(diagnostics.counts());
        let entries = diagnostics.iter().map(|one| Entry::new(diagnostics, one));
        document.diagnostics.extend(entries);
    }
    // Plain strings and numbers always have a JSON form.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'d> {
    version: u32,
    diagnostics: Vec<Entry<'d>>,
    summary: Counts,
}

impl Default for Document<'_> {
    fn default() -> Self {
        Self {
            version: 1,
            diagnostics: Vec::new(),
            summary: Counts::default(),
        }
    }
}

#[derive(Serialize)]
struct Entry<'d> {
    code: &'static str,
    severity: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: Place<'d>,
    hint: Option<&'d str>,
    meaning: Option<&'static str>,
    related: Vec<RelatedEntry<'d>>,
}

impl<'d> Entry<'d> {
    fn new(all: &'d Diagnostics, diagnostic: &'d Diagnostic) -> Self {
        let related = all.related(diagnostic).map(|(span, message)| RelatedEntry {
            message,
            place: Place::new(all, span),
        });
        Self {
            code: diagnostic.code,
            severity: diagnostic.severity.name(),
            message: &diagnostic.message,
            place: Place::new(all, diagnostic.span),
            hint: diagnostic.hint.as_deref(),
            meaning: code::find(diagnostic.code).map(|code| code.meaning),
            related: related.collect(),
        }
    }
}

#[derive(Serialize)]
struct RelatedEntry<'d> {
    message: Cow<'d, str>,
    #[serde(flatten)]
    place: Place<'d>,
}

#[derive(Serialize)]
struct Place<'d> {
    file: &'d str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl<'d> Place<'d> {
    fn new(all: &'d Diagnostics, span: Span) -> Self {
        let start = all.locate(span);
        let end = all.locate(Span {
            start: span.end,
            ..span
        });
        Self {
            file: start.file,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
