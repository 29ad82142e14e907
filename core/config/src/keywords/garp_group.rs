//! `garp_group`.

use std::sync::LazyLock;

use bellwether_core::model::GarpGroup;
use bellwether_core::unit::IfName;

use super::Table;
use super::global::SPACING;
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::build::value::Value;
use crate::registry::{Grammar, Line, Place};

/// The interface that `interface` names, of which the last counts, beside those of `interfaces`.
pub(super) struct Draft {
    single: Option<IfName>,
    group: GarpGroup,
}

type Row = super::Row<Draft>;

pub(super) static TABLE: LazyLock<Table<Draft>> =
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
            let time = statement.seconds(cx).map(|time| time.value);
            draft.group.garp_interval = time.unwrap_or_default();
        },
    )
    .default("`vrrp_garp_interval`"),
    Row::new(
        "gna_interval",
        SPACING,
        "Time between two unsolicited neighbour advertisements",
        |draft, cx, statement| {
            let time = statement.seconds(cx).map(|time| time.value);
            draft.group.gna_interval = time.unwrap_or_default();
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
                    .group
                    .interfaces
                    .extend(interface.map(|interface| interface.value));
            }
        },
    ),
];

/// Reads one `garp_group`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> GarpGroup {
    let mut draft = Draft {
        single: None,
        group: GarpGroup {
            name: None,
            interfaces: Vec::new(),
            garp_interval: std::time::Duration::ZERO,
            gna_interval: std::time::Duration::ZERO,
        },
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    let Draft { single, mut group } = draft;
    group.interfaces.extend(single);
    // A set: in which order they are written has no meaning.
    group.interfaces.sort_unstable();
    group.interfaces.dedup();
    group
}
