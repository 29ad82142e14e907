//! The tree to the typed model.
//!
//! First every block is read into a draft: values, each with its span, whatever the order. Then
//! the drafts are resolved against each other: versions, defaults, scripts, duplicates. So
//! definitions may follow their use, and one pass finds all problems.
//!
//! Invariant: whatever is wrong is reported, and reading goes on with the default.

mod address;
mod global;
mod instance;
mod resolve;
mod script;
mod statement;
mod track;
mod value;

use std::collections::BTreeMap;

use bellwether_core::model::Config;
use bellwether_core::unit::IfName;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::registry::{self, Key, Place, TopKey};
use crate::source::Span;
use crate::tree::Node;
use statement::statements;

/// Reads a tree; the configuration is there exactly when there is no error.
pub(crate) fn build(nodes: &[Node<'_>], cx: &mut Context<'_>) -> Option<Config> {
    let mut globals = global::Globals::default();
    let mut scripts = Vec::new();
    let mut instances = Vec::new();
    statements(cx, Place::Top, nodes, &mut |cx, key, statement| match key {
        Key::Top(TopKey::GlobalDefs) => global::read(cx, statement, &mut globals),
        Key::Top(TopKey::Script) => scripts.push(script::read(cx, statement)),
        Key::Top(TopKey::Instance) => instances.push(instance::read(cx, statement)),
        Key::Global(_) | Key::Script(_) | Key::Instance(_) | Key::Auth(_) | Key::Address(_) => {}
    });
    if instances.is_empty() && !cx.diagnostics.has_errors() {
        let message = "no `vrrp_instance`: with this file there is nothing to do";
        cx.warning(code::NO_INSTANCE, Span::default(), message);
    }
    let parts = resolve::parts(cx, globals, scripts, instances);
    cx.interfaces.sort_by_key(|(_, span)| *span);
    cx.interfaces.dedup();
    cx.report_without_effect();
    if cx.diagnostics.has_errors() {
        return None;
    }
    Config::new(parts)
        .map_err(|error| cx.error(code::MODEL, Span::default(), error.to_string()))
        .ok()
}

/// A value and the place that gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Spanned<T> {
    value: T,
    span: Span,
}

/// What reading needs and gathers.
pub(crate) struct Context<'d> {
    pub(crate) diagnostics: &'d mut Diagnostics,
    /// Whether unknown keywords are errors.
    pub(crate) strict: bool,
    /// Whether the text has replacement characters for bytes that were not UTF-8.
    pub(crate) lossy: bool,
    /// Interfaces as they are named; in the end in the file's order.
    pub(crate) interfaces: Vec<(IfName, Span)>,
    /// Keywords without effect, by the reason.
    without_effect: BTreeMap<&'static str, Vec<(&'static str, Span)>>,
}

impl<'d> Context<'d> {
    pub(crate) const fn new(diagnostics: &'d mut Diagnostics, strict: bool, lossy: bool) -> Self {
        Self {
            diagnostics,
            strict,
            lossy,
            interfaces: Vec::new(),
            without_effect: BTreeMap::new(),
        }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message));
    }

    fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::warning(code, span, message));
    }

    /// The keyword that a word may be a misspelling of.
    fn nearest(&self, place: Place, word: &str) -> Option<&'static str> {
        self.nearest_of(registry::names(place), word)
    }

    /// The name that a word may be a misspelling of; not asked when nobody will see it.
    fn nearest_of<'n>(&self, names: impl Iterator<Item = &'n str>, word: &str) -> Option<&'n str> {
        let seen = !self.diagnostics.is_full();
        seen.then(|| registry::nearest(names, word)).flatten()
    }

    /// Remembers a keyword without effect, for one note per reason.
    fn note_without_effect(&mut self, reason: &'static str, name: &'static str, span: Span) {
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
