//! The tree to the typed model.
//!
//! Every block is read into a draft as soon as it is known: values, each with its span, whatever
//! the order; its tree is not needed any more. When all is read, the drafts are resolved against
//! each other: versions, defaults, scripts, duplicates. So definitions may follow their use, and
//! one pass finds all problems.
//!
//! Invariant: whatever is wrong is reported, and reading goes on with the default.

pub(crate) mod line;
pub(crate) mod resolve;
pub(crate) mod statement;
pub(crate) mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use bellwether_core::model::Config;
use bellwether_core::unit::IfName;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::keywords::{Drafts, TOP};
use crate::places::{Item, Places};
use crate::registry::{self, Keyword, Place, Status};
use crate::source::Span;
use crate::tree::Node;
use crate::{Files, NotRun, Options};
use statement::Seen;

/// A configuration that is being read, statement by statement.
#[derive(Default)]
pub(crate) struct Builder {
    drafts: Drafts,
    seen: Seen,
}

impl Builder {
    /// Reads one statement or block of the top level.
    pub(crate) fn node(&mut self, cx: &mut Context<'_>, node: &Node<'_>) {
        statement::line(cx, &TOP, node, &mut self.seen, &mut self.drafts);
    }

    /// Ends reading; the configuration is there exactly when there is no error.
    pub(crate) fn finish(self, cx: &mut Context<'_>) -> Option<Config> {
        let parts = resolve::parts(cx, self.drafts);
        cx.interfaces.sort_by_key(|(_, span)| *span);
        cx.interfaces.dedup();
        cx.places.finish();
        cx.report_without_effect();
        if cx.diagnostics.has_errors() {
            return None;
        }
        Config::new(parts)
            .map_err(|error| cx.error(code::MODEL, Span::default(), error.to_string()))
            .ok()
    }
}

/// A value and the place that gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T> Spanned<T> {
    /// Another value of the same place, if there is one.
    pub(crate) fn convert<U>(self, to: impl FnOnce(T) -> Option<U>) -> Option<Spanned<U>> {
        let value = to(self.value)?;
        let span = self.span;
        Some(Spanned { value, span })
    }
}

/// A mandatory or important value: absent, given and wrong, which is reported, or given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Given<T> {
    #[default]
    Absent,
    Wrong,
    Good(Spanned<T>),
}

impl<T> From<Option<Spanned<T>>> for Given<T> {
    fn from(read: Option<Spanned<T>>) -> Self {
        read.map_or(Self::Wrong, Self::Good)
    }
}

/// What reading needs and gathers.
pub(crate) struct Context<'d> {
    pub(crate) diagnostics: &'d mut Diagnostics,
    /// Where files are that values stand in.
    pub(crate) files: Arc<dyn Files>,
    /// Whether what is only strictly wrong is an error.
    pub(crate) strict: bool,
    /// Whether unknown keywords, and words too many, are errors even so.
    pub(crate) known_only: bool,
    /// Whether the text has replacement characters for bytes that were not UTF-8.
    pub(crate) lossy: bool,
    /// Interfaces as they are named; in the end in the file's order.
    pub(crate) interfaces: Vec<(IfName, Span)>,
    /// How many rules of IPv4, and of IPv6, have had no priority so far.
    pub(crate) rules_without_priority: [u32; 2],
    /// Where everything is written.
    pub(crate) places: Places,
    /// What is read and not done, once for each keyword.
    pub(crate) not_run: Vec<NotRun>,
    /// What the statements that are being read belong to.
    item: Item,
    /// Whether errors are only warnings, because what they are about has no effect.
    soft: bool,
    /// Keywords without effect, by the reason.
    without_effect: BTreeMap<&'static str, Vec<(&'static str, Span)>>,
}

impl<'d> Context<'d> {
    pub(crate) fn new(diagnostics: &'d mut Diagnostics, options: &Options, lossy: bool) -> Self {
        Self {
            diagnostics,
            files: Arc::clone(&options.files),
            strict: options.strict,
            known_only: false,
            lossy,
            interfaces: Vec::new(),
            rules_without_priority: [0; 2],
            places: Places::default(),
            not_run: Vec::new(),
            item: Item::Global,
            soft: false,
            without_effect: BTreeMap::new(),
        }
    }

    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        if self.soft {
            diagnostic.severity = diagnostic.severity.min(Severity::Warning);
        }
        self.diagnostics.push(diagnostic);
    }

    pub(crate) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message));
    }

    pub(crate) fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::warning(code, span, message));
    }

    /// The severity of what no row knows: in TOML, which nobody wrote for keepalived, an error.
    pub(crate) const fn of_unknown(&self) -> Severity {
        if self.known_only {
            Severity::Error
        } else {
            self.lenient()
        }
    }

    /// The severity of what is only strictly wrong.
    pub(crate) const fn lenient(&self) -> Severity {
        if self.strict {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// Reads what belongs to `item`.
    pub(crate) fn within<T>(&mut self, item: Item, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.item, item);
        let result = read(self);
        self.item = outer;
        result
    }

    /// Reads what has no effect, so that a mistake in it is only a warning.
    pub(crate) fn softly<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.soft, true);
        let result = read(self);
        self.soft = outer;
        result
    }

    /// Remembers where a keyword of the present item stands.
    pub(crate) fn place(&mut self, keyword: &'static str, span: Span) {
        self.places.record(self.item, keyword, span);
    }

    /// The keyword that a word may be a misspelling of.
    pub(crate) fn nearest(&self, place: Place, word: &str) -> Option<&'static str> {
        self.nearest_of(registry::names(place), word)
    }

    /// The name that a word may be a misspelling of; not asked when nobody will see it.
    pub(crate) fn nearest_of<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        word: &str,
    ) -> Option<&'n str> {
        let seen = !self.diagnostics.is_full();
        seen.then(|| registry::nearest(names, word)).flatten()
    }

    /// Says, the first time, that a keyword is read and not done.
    pub(crate) fn note_not_run(&mut self, keyword: &'static Keyword, span: Span) {
        let Status::NotRun { severity, without } = keyword.status else {
            return;
        };
        self.say_not_run(NotRun {
            name: keyword.name,
            severity,
            without,
            span,
        });
    }

    /// Says, the first time, that something is read and not done.
    pub(crate) fn say_not_run(&mut self, entry: NotRun) {
        if self.not_run.iter().any(|before| before.name == entry.name) {
            return;
        }
        self.not_run.push(entry);
        let NotRun {
            name,
            severity,
            without,
            span,
        } = entry;
        let (message, hint) = match severity {
            Severity::Error => (
                format!("`{name}` is not yet supported: running without it would {without}"),
                Some("the file is checked; `run` and the simulator refuse it"),
            ),
            Severity::Warning | Severity::Note => (
                format!("`{name}` is not yet supported: the daemon will {without}"),
                None,
            ),
        };
        let warning = Diagnostic::warning(code::NOT_YET, span, message);
        self.push(match hint {
            Some(hint) => warning.hint(hint),
            None => warning,
        });
    }

    /// Remembers a keyword without effect, for one note per reason.
    pub(crate) fn note_without_effect(
        &mut self,
        reason: &'static str,
        name: &'static str,
        span: Span,
    ) {
        let names = self.without_effect.entry(reason).or_default();
        names.push((name, span));
    }

    fn report_without_effect(&mut self) {
        for (reason, mut names) in std::mem::take(&mut self.without_effect) {
            let Some(&(_, first)) = names.first() else {
                continue;
            };
            names.sort_unstable();
            names.dedup_by_key(|(name, _)| *name);
            let list: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("accepted, without effect: {}", list.join(", "));
            let note = Diagnostic::new(Severity::Note, code::WITHOUT_EFFECT, first, message);
            self.push(note.hint(reason));
        }
    }
}
