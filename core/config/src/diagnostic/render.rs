//! Diagnostics as text for people.
//!
//! Each shows only the lines that it points at: what one costs does not grow with its file, and
//! very long lines are cut to a window around the place.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::short::calm;
use super::{Diagnostic, Diagnostics, Severity};
use crate::source::Span;

/// So much of a line is shown on either side of a place, in bytes.
const WINDOW: usize = 200;

/// Renders all, one after the other, each followed by a blank line.
pub(super) fn all(diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in diagnostics.iter() {
        text.push_str(&renderer.render(&[group(diagnostics, diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

fn group<'a>(all: &'a Diagnostics, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let mut group = level
        .primary_title(calm(&diagnostic.message))
        .id(diagnostic.code)
        .elements(snippet(all, diagnostic.span, AnnotationKind::Primary, None));
    for (span, message) in all.related(diagnostic) {
        let label = Some(calm(&message));
        let kind = AnnotationKind::Context;
        group = group.elements(snippet(all, span, kind, label));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(calm(hint)));
    }
    group
}

/// The line on which a span starts, or the part of it around the span.
fn snippet(
    all: &Diagnostics,
    span: Span,
    kind: AnnotationKind,
    label: Option<String>,
) -> Option<Snippet<'_, Annotation<'_>>> {
    let file = all.sources.file(span.file)?;
    let Range { start, end } = span.range();
    let line = file.line_of(start);
    let mut shown = file.line_range(line);
    let start = file.text.floor(start.clamp(shown.start, shown.end));
    let end = file.text.floor(end.clamp(start, shown.end));
    shown.start = file
        .text
        .floor(shown.start.max(start.saturating_sub(WINDOW)));
    shown.end = file.text.floor(
        shown
            .end
            .min(end.min(start + WINDOW).saturating_add(WINDOW)),
    );
    let marked = start - shown.start..end.min(shown.end) - shown.start;
    let mut annotation = kind.span(marked);
    if let Some(label) = label {
        annotation = annotation.label(label);
    }
    Some(
        Snippet::source(masked(all, span, &file.text, shown))
            .line_start(line.saturating_add(1))
            .path(&*file.name)
            .annotation(annotation),
    )
}

/// The text at `shown`, with a star for each byte of a secret, and control characters as blanks.
fn masked(all: &Diagnostics, span: Span, text: &str, shown: Range<usize>) -> String {
    let home = all.sources.home(span).file;
    let here = all.secrets.iter().filter(|secret| secret.file == home);
    let shows = |s: &Range<usize>| s.start < shown.end && s.end > shown.start;
    let secrets: Vec<Range<usize>> = here.map(|s| s.range()).filter(shows).collect();
    let mut out = String::with_capacity(shown.len());
    for (at, c) in text.get(shown.clone()).unwrap_or_default().char_indices() {
        let at = shown.start.saturating_add(at);
        let hidden = secrets.iter().any(|secret| secret.contains(&at));
        let replaced = match c {
            _ if hidden => '*',
            '\t' => c,
            _ if c.is_control() => ' ',
            _ => {
                out.push(c);
                continue;
            }
        };
        // As many bytes as before, so that places stay where they are.
        out.extend(std::iter::repeat_n(replaced, c.len_utf8()));
    }
    out
}

trait Floor {
    /// The last character boundary at or before `at`.
    fn floor(&self, at: usize) -> usize;
}

impl Floor for str {
    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.len());
        while !self.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    }
}
