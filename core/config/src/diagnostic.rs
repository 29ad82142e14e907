//! What is wrong in a file, where, and what to write instead.
//!
//! Invariant: a warning or a note that a comment of the file silences is not among the diagnostics;
//! an error always is.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::code;
use crate::lexer::Found;
use crate::silence::{self, Mark};
use crate::source::{Location, Sources, Span};

mod json;
mod levels;
mod render;
mod short;

pub use json::json;
pub use levels::{Counts, Levels};

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

impl Severity {
    /// Its name in all outputs: `note`, `warning`, `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
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

    pub(crate) fn note(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, span, message)
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
///
/// Those beyond are counted only, without a look at whether a comment silences them: a comment may
/// stand in a file that is read later.
const KEPT: usize = 500;

/// All diagnostics of one configuration, with the text that they point into.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
    /// What there was beyond [`KEPT`].
    dropped: BTreeMap<(Severity, &'static str), usize>,
    /// Whether [`KEPT`] are there that nothing silences.
    full: bool,
    errors: bool,
    /// Values that must not be shown.
    secrets: Vec<Span>,
    /// The comments that silence, once the files have been read.
    marks: Vec<Mark>,
    /// Those of them that did.
    used: BTreeSet<Span>,
}

impl Diagnostics {
    pub(crate) const fn new(sources: Sources) -> Self {
        Self {
            sources,
            list: Vec::new(),
            dropped: BTreeMap::new(),
            full: false,
            errors: false,
            secrets: Vec::new(),
            marks: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    /// The diagnostics of a file that can't even be read: one error.
    #[must_use]
    pub fn unreadable(file_name: &str, error: &std::io::Error) -> Self {
        let mut all = Self::new(Sources::single(file_name, ""));
        let message = format!("{file_name} can't be read: {error}");
        all.push(Diagnostic::error(
            code::UNREADABLE,
            Span::default(),
            message,
        ));
        all
    }

    /// What there is to say about several configurations that were read by one
    /// [`Reader`](crate::Reader), without what comments in their files silence; passwords of all
    /// of them are masked.
    #[must_use]
    pub fn together(nodes: &[&Self], list: Vec<Diagnostic>) -> Self {
        let sources = nodes.first().map(|node| node.sources.clone());
        let mut all = Self::new(sources.unwrap_or_default());
        for node in nodes {
            all.secrets.extend(&node.secrets);
            all.marks.extend(node.marks.iter().cloned());
        }
        for diagnostic in list {
            all.add(diagnostic);
        }
        all.list.sort_by_key(|diagnostic| diagnostic.span);
        all.report_dropped();
        all
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

    /// Adds a diagnostic that a caller found, at a span that it got from this configuration,
    /// unless a comment there silences it.
    pub fn add(&mut self, diagnostic: Diagnostic) {
        if !self.is_silenced(&diagnostic) {
            self.push(diagnostic);
        }
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

    /// Makes errors of the diagnostics of a code at a span; if there is none, because it is
    /// silenced or not listed, adds one that says `message`.
    pub fn escalate(&mut self, span: Span, code: &'static str, message: impl FnOnce() -> String) {
        let mut there = false;
        for one in &mut self.list {
            if one.code == code && one.span == span {
                one.severity = Severity::Error;
                there = true;
            }
        }
        self.errors |= there;
        if !there {
            self.error_at(span, code, message(), None);
        }
    }

    /// All diagnostics as text for people: message, file, line, the line itself with a caret, and
    /// the hint; `color` adds terminal colours. Passwords in the shown lines are masked.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        render::all(self, color)
    }

    /// All diagnostics as a line each, such as editors jump to: `file:line:column: error[K0101]:
    /// message`.
    #[must_use]
    pub fn short(&self) -> String {
        short::all(self)
    }

    /// Adds a diagnostic; beyond [`KEPT`] it is only counted, except for the first error, so that
    /// a file that fails always shows one.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let first_error = diagnostic.severity == Severity::Error && !self.errors;
        self.errors |= first_error;
        if !self.full && self.list.len() >= KEPT {
            self.silence_list();
            // Only a good part that went away is worth another such effort.
            self.full = self.list.len() > KEPT / 8 * 7;
        }
        if !self.full || first_error {
            self.list.push(diagnostic);
        } else {
            let of = (diagnostic.severity, diagnostic.code);
            let count = self.dropped.entry(of).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Whether further diagnostics are only counted, so that none need effort.
    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }

    /// Whether the block that a brace opens has lines that are for some hosts only.
    pub(crate) fn has_conditions(&self, open: Span) -> bool {
        let file = self.sources.file(open.file);
        let text = file.and_then(|file| file.text.get(open.range().end..));
        let lines = text.unwrap_or_default().lines().map(str::trim_start);
        let mut inside = lines.take_while(|line| !line.starts_with('}'));
        inside.any(|line| line.starts_with('@'))
    }

    /// Declares that the text at `span` must not be shown.
    pub(crate) fn hide(&mut self, span: Span) {
        self.secrets.push(self.sources.home(span));
    }

    /// Adds what reading found.
    pub(crate) fn take(&mut self, found: Found) {
        for problem in found.problems {
            self.push(problem);
        }
        for secret in found.secrets {
            self.hide(secret);
        }
    }

    /// Leaves out what comments silence, puts the rest into the file's order, and says so if not
    /// all could be kept, or if a comment silenced nothing.
    pub(crate) fn finish(&mut self) {
        self.silence_list();
        self.report_useless_marks();
        self.list.sort_by_key(|diagnostic| diagnostic.span);
        self.report_dropped();
    }

    /// The other places of a diagnostic, with the way by which its file came to be read.
    fn related<'d>(
        &'d self,
        diagnostic: &'d Diagnostic,
    ) -> impl Iterator<Item = (Span, Cow<'d, str>)> + 'd {
        let related = diagnostic.related.iter();
        let related = related.map(|related| (related.span, Cow::Borrowed(&*related.message)));
        related.chain(self.sources.origins(diagnostic.span))
    }

    fn report_dropped(&mut self) {
        let dropped: usize = self.dropped.values().sum();
        if let (1.., Some(last)) = (dropped, self.list.last()) {
            let message = format!("{dropped} more problems are not listed");
            let note = Diagnostic::note(code::TOO_MANY, last.span, message);
            self.list.push(note);
        }
    }

    fn silence_list(&mut self) {
        let mut found = Vec::new();
        self.marks = self
            .sources
            .files()
            .flat_map(|(id, file)| silence::marks(id, file, &mut found))
            .collect();
        let list = std::mem::take(&mut self.list);
        self.list = list.into_iter().filter(|d| !self.is_silenced(d)).collect();
        for diagnostic in found {
            if !self.list.contains(&diagnostic) {
                self.list.push(diagnostic);
            }
        }
    }

    fn is_silenced(&mut self, diagnostic: &Diagnostic) -> bool {
        if diagnostic.severity == Severity::Error || self.marks.is_empty() {
            return false;
        }
        // Where it is, and what it was read for: a comment at an `include` speaks of the file.
        let way = self.sources.origins(diagnostic.span);
        let mut spans = vec![self.sources.home(diagnostic.span)];
        spans.extend(way.iter().map(|(span, _)| self.sources.home(*span)));
        let covers = |mark: &Mark| spans.iter().any(|span| mark.covers(diagnostic.code, *span));
        let covering = self.marks.iter().filter(|mark| covers(mark));
        let covering: Vec<Span> = covering.map(|mark| mark.span).collect();
        self.used.extend(&covering);
        !covering.is_empty()
    }

    /// Notes the comments that silence nothing; not those for codes that other nodes' files or the
    /// host decide, which are perhaps not asked today.
    fn report_useless_marks(&mut self) {
        let marks = std::mem::take(&mut self.marks);
        for mark in &marks {
            let here = !mark.code.starts_with("K05")
                && !mark.code.starts_with("K04")
                && mark.code.starts_with('K');
            if here && !self.used.contains(&mark.span) && !self.full {
                let covered = |d: &&Diagnostic| mark.covers(d.code, self.sources.home(d.span));
                let error = self.list.iter().find(covered);
                let error = error.map(|d| d.span);
                self.push(silence::useless(mark, error));
            }
        }
        self.marks = marks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics(text: &str) -> Diagnostics {
        Diagnostics::new(Sources::single("lb1.conf", text))
    }

    fn span(start: u32, end: u32) -> Span {
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
