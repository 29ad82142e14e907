//! The rows: what each keyword is called, what it takes, and what is done with it.
//!
//! Each block has a file with its draft (what its statements say, whatever their order), the rows
//! that fill the draft, and what the finished draft becomes. Invariant: a keyword is declared in
//! one row; the public view of all rows is [`registry`](crate::registry).

mod address;
mod authentication;
mod bfd;
mod garp;
mod garp_group;
mod global;
mod hmac;
mod instance;
mod linkbeat;
pub(crate) mod lvs;
mod notify;
mod route;
mod rule;
mod script;
mod statics;
mod sync_group;
mod top;
mod track;
mod vmac;

use std::sync::LazyLock;

pub(crate) use authentication::AuthKind;
pub(crate) use bfd::BfdDraft;
pub(crate) use global::GlobalDraft;
pub(crate) use instance::InstanceDraft;
pub(crate) use script::ScriptDraft;
pub(crate) use statics::{finish as finish_statics, no_track_group};
pub(crate) use sync_group::SyncGroupDraft;
pub(crate) use top::{ANYWHERE, Drafts, TOP};
pub(crate) use track::file::FileDraft;
pub(crate) use track::process::ProcessDraft;
pub(crate) use track::{TrackDraft, TrackersDraft};

use crate::build::Context;
use crate::build::statement::Statement;
use crate::diagnostic::Severity;
use crate::registry::{AnyTable, Grammar, Keyword, Place, Status};

/// What is done with a statement: it changes a draft.
pub(crate) type Act<D> = fn(&mut D, &mut Context<'_>, &Statement<'_, '_>);

/// One keyword, and what is done with its statements.
pub(crate) struct Row<D: 'static> {
    pub(crate) keyword: Keyword,
    pub(crate) act: Act<D>,
}

impl<D> Clone for Row<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Row<D> {}

impl<D> Row<D> {
    /// A supported keyword.
    pub(crate) const fn new(
        name: &'static str,
        takes: Grammar,
        doc: &'static str,
        act: Act<D>,
    ) -> Self {
        let keyword = Keyword::new(name, takes, doc);
        Self { keyword, act }
    }

    /// A keyword that is checked and does nothing, for a reason.
    pub(crate) const fn ignored(
        name: &'static str,
        takes: Grammar,
        doc: &'static str,
        reason: &'static str,
    ) -> Self {
        let keyword = Keyword {
            status: Status::WithoutEffect { reason },
            ..Keyword::new(name, takes, doc)
        };
        let act = |_: &mut D, cx: &mut Context<'_>, statement: &Statement<'_, '_>| {
            statement.value().check(cx);
        };
        Self { keyword, act }
    }

    pub(crate) const fn default(mut self, default: &'static str) -> Self {
        self.keyword.default = default;
        self
    }

    pub(crate) const fn since(mut self, release: &'static str) -> Self {
        self.keyword.since = release;
        self
    }

    /// Each line of it counts.
    pub(crate) const fn repeats(mut self) -> Self {
        self.keyword.repeats = true;
        self
    }

    pub(crate) const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.keyword.aliases = aliases;
        self
    }

    /// It is read into the model and does nothing, for a reason.
    pub(crate) const fn without_effect(mut self, reason: &'static str) -> Self {
        self.keyword.status = Status::WithoutEffect { reason };
        self
    }

    /// The engine does not do it yet; the daemon runs all the same, and warns.
    pub(crate) const fn not_run(self, without: &'static str) -> Self {
        self.not_run_with(Severity::Warning, without)
    }

    /// The engine does not do it yet, and the daemon refuses to run without it.
    pub(crate) const fn not_run_and_needed(self, without: &'static str) -> Self {
        self.not_run_with(Severity::Error, without)
    }

    const fn not_run_with(mut self, severity: Severity, without: &'static str) -> Self {
        self.keyword.status = Status::NotRun { severity, without };
        self
    }
}

/// The keywords of a block.
pub(crate) struct Table<D: 'static> {
    places: &'static [Place],
    rows: Vec<Row<D>>,
    /// Names and aliases in order, each with the index of its row.
    names: Vec<(&'static str, usize)>,
}

impl<D> Table<D> {
    /// Puts lists of rows together, for one kind of block or several.
    pub(crate) fn new(places: &'static [Place], lists: &[&[Row<D>]]) -> Self {
        let mut rows: Vec<Row<D>> = lists.concat();
        for row in &mut rows {
            row.keyword.places = places;
        }
        let numbered = rows.iter().enumerate();
        let mut names: Vec<_> = numbered
            .flat_map(|(index, row)| row.keyword.names().map(move |name| (name, index)))
            .collect();
        names.sort_unstable();
        Self {
            places,
            rows,
            names,
        }
    }

    /// The row of a name or an alias.
    pub(crate) fn find(&'static self, name: &str) -> Option<&'static Row<D>> {
        let at = self
            .names
            .binary_search_by_key(&name, |(name, _)| *name)
            .ok()?;
        let (_, index) = self.names.get(at)?;
        self.rows.get(*index)
    }

    /// The place that diagnostics name: the first.
    pub(crate) fn place(&self) -> Place {
        self.places.first().copied().unwrap_or(Place::Anywhere)
    }
}

impl<D> AnyTable for Table<D> {
    fn places(&self) -> &'static [Place] {
        self.places
    }

    fn keywords(&'static self) -> Box<dyn Iterator<Item = &'static Keyword>> {
        Box::new(self.rows.iter().map(|row| &row.keyword))
    }

    fn keyword(&'static self, name: &str) -> Option<&'static Keyword> {
        self.find(name).map(|row| &row.keyword)
    }

    fn names(&'static self) -> Box<dyn Iterator<Item = &'static str>> {
        Box::new(self.names.iter().map(|(name, _)| *name))
    }
}

/// All tables.
pub(crate) fn tables() -> &'static [&'static dyn AnyTable] {
    static TABLES: LazyLock<Vec<&'static dyn AnyTable>> = LazyLock::new(|| {
        let own: [&'static dyn AnyTable; 21] = [
            &*TOP,
            &*ANYWHERE,
            &*global::TABLE,
            &*script::TABLE,
            &*instance::TABLE,
            &*authentication::TABLE,
            &*address::OPTIONS,
            &*sync_group::TABLE,
            &*track::OPTIONS,
            &*instance::PEER_OPTIONS,
            &*rule::TABLE,
            &*statics::TABLE,
            &*track::file::TABLE,
            &*track::process::TABLE,
            &*bfd::TABLE,
            &*garp_group::TABLE,
            &*linkbeat::OPTIONS,
            &*vmac::OPTIONS,
            &*hmac::TABLE,
            &*global::LVS_TIMEOUTS,
            &*global::SYNC_DAEMON,
        ];
        own.into_iter()
            .chain(route::tables())
            .chain(lvs::tables())
            .collect()
    });
    &TABLES
}
