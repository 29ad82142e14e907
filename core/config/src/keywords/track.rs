//! `track_script` and its like: what an instance tracks, as the lines of a block say.

use std::sync::LazyLock;

use bellwether_core::unit::{Name, Weight};

use super::Table;
use crate::build::Context;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::registry::{Grammar, Line, Place};
use crate::source::Span;

/// A line of `track_script`.
pub(super) const SCRIPT: Line = Line {
    what: "the name of a script",
    head: Grammar::Name,
    options: Some(Place::TrackOption),
};

type Row = super::Row<TrackDraft>;

pub(super) static OPTIONS: LazyLock<Table<TrackDraft>> =
    LazyLock::new(|| Table::new(&[Place::TrackOption], &[ROWS]));

const ROWS: &[Row] = &[Row::new(
    "weight",
    Grammar::Weight,
    "What it does to the priority here; 0: its failure is a FAULT",
    |draft, cx, statement| draft.weight = statement.weight(cx),
)
.default("what its definition says")];

/// Something tracked, as a line says.
#[derive(Debug)]
pub(crate) struct TrackDraft {
    /// What is tracked.
    pub(crate) name: Name,
    /// Where it is named.
    pub(crate) span: Span,
    /// What it does here; none: what its definition says.
    pub(crate) weight: Option<(Weight, bool)>,
}

/// Reads all lines of a block, and adds them to `tracked`.
pub(super) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    what: &'static str,
    tracked: &mut Vec<TrackDraft>,
) {
    let lines = Lines {
        what,
        options: &OPTIONS,
        head: |_, word| TrackDraft {
            name: Name::from(&*word.text),
            span: word.span,
            weight: None,
        },
        starts: |_| true,
    };
    lines.read(cx, statement.nodes(), &mut |_, draft, _| {
        tracked.push(draft)
    });
}
