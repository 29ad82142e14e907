//! Diagnostics as text for people.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity};
use crate::source::{File, Sources, Span};

/// Renders all of `list`, one after the other, with a blank line between.
pub(super) fn all(sources: &Sources, list: &[Diagnostic], color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut text = String::new();
    for diagnostic in list {
        text.push_str(&renderer.render(&[group(sources, diagnostic)]));
        text.push_str("\n\n");
    }
    text
}

fn group<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .elements(snippet(
            sources,
            diagnostic.span,
            AnnotationKind::Primary,
            "",
        ));
    for related in &diagnostic.related {
        let kind = AnnotationKind::Context;
        group = group.elements(snippet(sources, related.span, kind, &related.message));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    group
}

/// The line that a span starts on, and no other: a snippet's cost must not grow with its file.
fn snippet<'a>(
    sources: &'a Sources,
    span: Span,
    kind: AnnotationKind,
    label: &'a str,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let file: &File = sources.file(span.file)?;
    let line = file.line_of(span.start);
    let range = file.line_range(line);
    let text = file.text.get(range.clone())?;
    let start = span.start.clamp(range.start, range.end) - range.start;
    let end = span.end.clamp(range.start, range.end) - range.start;
    let mut annotation = kind.span(start..end.max(start));
    if !label.is_empty() {
        annotation = annotation.label(label);
    }
    Some(
        Snippet::source(text)
            .line_start(line.saturating_add(1))
            .path(&*file.name)
            .annotation(annotation),
    )
}
