//! What is wrong in a file, where, and what to write instead.

use crate::code;
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

impl Diagnostic {
    pub(crate) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    pub(crate) fn new(
        severity: Severity,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            span,
            hint: None,
            related: Vec::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        self.related.push(Related { span, message });
        self
    }
}

/// Another place that has to do with a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// How many diagnostics are kept; a file with more is no configuration file.
const KEPT: usize = 500;

/// All diagnostics of one configuration, with the text that they point into.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
    /// How many there were beyond [`KEPT`].
    dropped: usize,
    errors: bool,
    /// Values that must not be shown.
    secrets: Vec<Span>,
}

impl Diagnostics {
    pub(crate) const fn new(sources: Sources) -> Self {
        Self {
            sources,
            list: Vec::new(),
            dropped: 0,
            errors: false,
            secrets: Vec::new(),
        }
    }

    /// Whether there is an error.
    #[must_use]
    pub const fn has_errors(&self) -> bool {
        self.errors
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All diagnostics, in the file's order, followed by those that a caller added.
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
            hint,
            ..Diagnostic::error(code, span, message)
        });
    }

    /// All diagnostics as text for people: message, file, line, the line itself with a caret, and
    /// the hint; `color` adds terminal colours. Passwords in the shown lines are masked.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::all(self, color)
    }

    /// Adds a diagnostic; beyond [`KEPT`] it is only counted, except for the first error, so that
    /// a file that fails always shows one.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let first_error = diagnostic.severity == Severity::Error && !self.errors;
        self.errors |= first_error;
        if !self.is_full() || first_error {
            self.list.push(diagnostic);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// Whether further diagnostics are only counted, so that none need effort.
    pub(crate) const fn is_full(&self) -> bool {
        self.list.len() >= KEPT
    }

    /// Declares that the text at `span` must not be shown.
    pub(crate) fn hide(&mut self, span: Span) {
        self.secrets.push(span);
    }

    /// Puts all into the file's order, and says so if not all could be kept.
    pub(crate) fn finish(&mut self) {
        self.list.sort_by_key(|diagnostic| diagnostic.span);
        if let (1.., Some(last)) = (self.dropped, self.list.last()) {
            let message = format!("{} more problems are not listed", self.dropped);
            let note = Diagnostic::new(Severity::Note, code::TOO_MANY, last.span, message);
            self.list.push(note);
            self.dropped = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics(text: &str) -> Diagnostics {
        Diagnostics::new(Sources::single("lb1.conf", text))
    }

    fn span(start: usize, end: usize) -> Span {
        Span {
            start,
            end,
            ..Span::default()
        }
    }

    #[test]
    fn a_caller_can_add_an_error_of_its_own() {
        let mut all = diagnostics("interface eth9\n");
        assert!(!all.has_errors());
        all.error_at(span(10, 14), "L0001", "no such interface", None);
        assert!(all.has_errors());
        let shown = all.render(false);
        assert!(shown.contains("error[L0001]: no such interface"), "{shown}");
        assert!(shown.contains("lb1.conf:1:11"), "{shown}");
    }

    #[test]
    fn a_flood_is_cut_and_an_error_in_it_is_never_lost() {
        let mut all = diagnostics("x\n");
        for _ in 0..KEPT + 5 {
            all.push(Diagnostic::warning(code::UNKNOWN_KEYWORD, span(0, 1), "w"));
        }
        all.push(Diagnostic::error(code::BAD_ADDRESS, span(0, 1), "e"));
        all.push(Diagnostic::error(code::BAD_ADDRESS, span(0, 1), "e"));
        all.finish();
        assert!(all.has_errors());
        assert!(all.iter().any(|d| d.severity == Severity::Error));
        assert_eq!(all.iter().count(), KEPT + 2);
        let last = all.iter().last().map(|d| d.message.as_str());
        assert_eq!(last, Some("6 more problems are not listed"));
    }

    #[test]
    fn spans_of_elsewhere_and_odd_text_do_not_break_rendering() {
        let mut all = diagnostics("\u{4e2d}\u{6587} \u{0}\u{1b}[31m\t{\n");
        for (start, end) in [(0, 0), (1, 2), (0, 900), (900, 901), (5, 3), (7, 16)] {
            all.error_at(span(start, end), "L0001", "odd\u{1b}[31m\nmessage", None);
        }
        assert!(all.render(false).contains("L0001"));
        assert!(all.render(true).contains("L0001"));
    }

    #[test]
    fn secrets_are_masked_in_the_lines_shown() {
        let mut all = diagnostics("auth_pass hunter22 x\n");
        all.hide(span(10, 18));
        all.error_at(span(19, 20), "L0001", "m", None);
        let shown = all.render(false);
        assert!(!shown.contains("hunter22"), "{shown}");
        assert!(shown.contains("auth_pass ******** x"), "{shown}");
    }
}
