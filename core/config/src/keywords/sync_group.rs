//! `vrrp_sync_group`.

use std::sync::LazyLock;

use bellwether_core::model::Notify;
use bellwether_core::unit::Name;

use super::Table;
use super::notify::{self, Notifies};
use super::track::{self, TrackersDraft, Tracks};
use crate::build::statement::{Seen, Statement, line};
use crate::build::value::spanned;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::registry::{Grammar, Line, Place};
use crate::source::Span;
use crate::tree::Node;

type Row = super::Row<SyncGroupDraft>;

/// A line of `group`.
const MEMBER: Line = Line {
    what: "the name of an instance",
    head: Grammar::Name,
    options: None,
};

pub(super) static TABLE: LazyLock<Table<SyncGroupDraft>> = LazyLock::new(|| {
    let lists = [ROWS, track::Rows::BOTH, notify::Rows::BOTH];
    Table::new(&[Place::SyncGroup], &lists)
});

const ROWS: &[Row] = &[
    Row::new(
        "group",
        Grammar::lines(&MEMBER),
        "The instances that change their state together",
        |draft, _, statement| {
            let words = statement.nodes().iter().flat_map(|node| &node.words);
            draft.members.extend(words.map(member));
        },
    ),
    Row::ignored(
        "global_tracking",
        Grammar::Flag,
        "Obsolete",
        "the group's own trackers hold for all its instances in any case",
    ),
    Row::new(
        "sync_group_tracking_weight",
        Grammar::Flag,
        "Let the instances' trackers have weights; else each of them means FAULT",
        |draft, _, _| draft.tracking_weight = true,
    )
    .default("off"),
];

/// A sync group as its block says.
#[derive(Debug, Default)]
pub(crate) struct SyncGroupDraft {
    pub(crate) name: Option<Spanned<Name>>,
    /// Its keyword and name.
    pub(crate) span: Span,
    pub(crate) members: Vec<Spanned<Name>>,
    pub(crate) trackers: TrackersDraft,
    pub(crate) tracking_weight: bool,
    pub(crate) notify: Notify,
    pub(crate) priority_changes: Option<bool>,
}

impl Notifies for SyncGroupDraft {
    fn notify(&mut self) -> &mut Notify {
        &mut self.notify
    }

    fn priority_changes(&mut self) -> &mut Option<bool> {
        &mut self.priority_changes
    }
}

impl Tracks for SyncGroupDraft {
    fn trackers(&mut self) -> &mut TrackersDraft {
        &mut self.trackers
    }
}

/// Reads one `vrrp_sync_group`.
///
/// keepalived of old: the names stand in the block itself. Nothing else there is one word that is
/// no keyword, and such a block has no `group`, which tells it from a misspelt keyword.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> SyncGroupDraft {
    let mut draft = SyncGroupDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..SyncGroupDraft::default()
    };
    let starts = |node: &Node<'_>, name: &str| node.words.first().is_some_and(|w| w.text == name);
    let legacy = !statement.nodes().iter().any(|node| starts(node, "group"));
    let mut seen = Seen::new();
    for node in statement.nodes() {
        match &node.words[..] {
            [word] if legacy && node.body.is_none() && TABLE.find(&word.text).is_none() => {
                let message = format!("`{}` is read as an instance of this group", word.text);
                let warning = Diagnostic::warning(code::LEGACY, word.span, message);
                let hint = format!("write `group {{ {} }}`", word.text);
                cx.push(warning.hint(hint + "; keepalived 2 does not know this old form"));
                draft.members.push(member(word));
            }
            _ => line(cx, &TABLE, node, &mut seen, &mut draft),
        }
    }
    draft
}

fn member(word: &Word<'_>) -> Spanned<Name> {
    spanned(word, Name::from(&*word.text))
}
