//! Diagnostics as a line each, in the form of compilers, for editors and for grep.

use std::fmt::Write;

use super::{Diagnostic, Diagnostics};
use crate::source::{Location, Span};

/// All, one on each line; related places follow as notes of their own.
pub(super) fn all(diagnostics: &Diagnostics) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        line(diagnostics, diagnostic, &mut text);
    }
    text
}

fn line(all: &Diagnostics, diagnostic: &Diagnostic, text: &mut String) {
    let severity = diagnostic.severity.name();
    let (code, message) = (diagnostic.code, calm(&diagnostic.message));
    let place = place(all, diagnostic.span);
    // Writing to a String can't fail.
    let _ = write!(text, "{place}: {severity}[{code}]: {message}");
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(text, "; {}", calm(hint));
    }
    text.push('\n');
}

fn place(all: &Diagnostics, span: Span) -> String {
    let Location { file, line, column } = all.locate(span);
    format!("{}:{line}:{column}", calm(file))
}

/// A text without what would break its line or disturb a terminal.
pub(super) fn calm(text: &str) -> String {
    let calm = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(calm).collect()
}
