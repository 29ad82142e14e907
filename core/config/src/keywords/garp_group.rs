//! `garp_group`.

use std::sync::LazyLock;

use std::time::Duration;

use bellwether_core::model::{GarpGroup, Spacing};
use bellwether_core::unit::IfName;

use super::Table;
use super::global::SPACING;
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::build::value::Value;
use crate::registry::{Grammar, Line, Place};

/// One group as it is written.
#[derive(Debug, Default)]
pub(crate) struct GarpGroupDraft {
    /// The interface that `interface` names, of which the last counts, beside the others.
    single: Option<IfName>,
    interfaces: Vec<IfName>,
    garp: Option<Duration>,
    gna: Option<Duration>,
}

impl GarpGroupDraft {
    /// The group; where it does not say, `spacing` holds.
    pub(crate) fn group(self, spacing: Spacing) -> GarpGroup {
        let mut interfaces = self.interfaces;
        interfaces.extend(self.single);
        // A set: in which order they are written has no meaning.
        interfaces.sort_unstable();
        interfaces.dedup();
        GarpGroup {
            name: None,
            interfaces,
            spacing: Spacing {
                garp: self.garp.unwrap_or(spacing.garp),
                gna: self.gna.unwrap_or(spacing.gna),
            },
        }
    }
}

type Row = super::Row<GarpGroupDraft>;

pub(super) static TABLE: LazyLock<Table<GarpGroupDraft>> =
    LazyLock::new(|| Table::new(&[Place::GarpGroup], &[ROWS]));

const INTERFACE: Line = Line {
    what: "an interface",
    head: Grammar::Interface,
    options: None,
};

const ROWS: &[Row] = &[
    Row::new(
        "garp_interval",
        SPACING,
        "Time between two gratuitous ARPs",
        |draft, cx, statement| {
            draft.garp = statement.seconds(cx).map(|time| time.value);
        },
    )
    .default("`vrrp_garp_interval`"),
    Row::new(
        "gna_interval",
        SPACING,
        "Time between two unsolicited neighbour advertisements",
        |draft, cx, statement| {
            draft.gna = statement.seconds(cx).map(|time| time.value);
        },
    )
    .default("`vrrp_gna_interval`"),
    Row::new(
        "interface",
        Grammar::Interface,
        "An interface",
        |draft, cx, statement| {
            draft.single = statement.interface(cx).map(|interface| interface.value);
        },
    ),
    Row::new(
        "interfaces",
        Grammar::lines(&INTERFACE),
        "Interfaces that share the spacing",
        |draft, cx, statement| {
            for word in statement.nodes().iter().flat_map(|node| &node.words) {
                let interface = Value::of("interfaces", Grammar::Interface, word).interface(cx);
                draft
                    .interfaces
                    .extend(interface.map(|interface| interface.value));
            }
        },
    ),
];

/// Reads one `garp_group`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> GarpGroupDraft {
    let mut draft = GarpGroupDraft::default();
    block(cx, &TABLE, statement.nodes(), &mut draft);
    draft
}
