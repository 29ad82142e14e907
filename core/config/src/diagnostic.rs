//! What is wrong in a file, where, and what to write instead.

use crate::source::{Location, Sources, Span};

mod render;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Something is ignored or read otherwise than it looks; the file is usable.
    Warning,
    /// The file can't be used.
    Error,
}

/// One thing that there is to say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What kind of problem it is; stable, for tools and for searching: `K0101`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub hint: Option<String>,
    /// Other places that have to do with it.
    pub related: Vec<Related>,
}

/// Another place that has to do with a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// All diagnostics of one configuration, with the text that they point into.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) const fn new(sources: Sources) -> Self {
        Self {
            sources,
            list: Vec::new(),
        }
    }

    /// Whether there is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All diagnostics, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// The file, line and column at which `span` starts.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location<'_> {
        self.sources.locate(span)
    }

    /// Adds an error that a caller found, at a span that it got from this configuration.
    pub fn error_at(
        &mut self,
        span: Span,
        code: &'static str,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.push(Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            hint,
            related: Vec::new(),
        });
    }

    /// Adds a diagnostic.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// All diagnostics as text for people: message, file, line, the line itself with a caret, and
    /// the hint; `color` adds terminal colours.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::all(&self.sources, &self.list, color)
    }
}
