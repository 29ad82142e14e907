//! `linkbeat_interfaces` and `interface_up_down_delays`.

use std::sync::LazyLock;

use bellwether_core::model::{InterfaceDelay, Linkbeat, LinkbeatMethod};
use bellwether_core::unit::IfName;

use super::{Row, Table};
use crate::build::Context;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::build::value::Value;
use crate::registry::{Grammar, Line, Place};

/// keepalived: at most 255 s.
const DELAY: Grammar = Grammar::Seconds {
    min: 0,
    max: 255_000_000,
};
const DELAYS: Grammar = Grammar::Several(&[Grammar::Interface, DELAY, Grammar::Optional(&DELAY)]);

/// A line of `linkbeat_interfaces`.
pub(super) const INTERFACE: Line = Line {
    what: "an interface",
    head: Grammar::Interface,
    options: Some(Place::LinkbeatOption),
};
/// A line of `interface_up_down_delays`.
pub(super) const DELAYED: Line = Line {
    what: "an interface with its delays",
    head: DELAYS,
    options: None,
};

/// An interface as a line says.
pub(super) struct LinkbeatDraft {
    interface: Option<IfName>,
    method: Option<LinkbeatMethod>,
}

pub(super) static OPTIONS: LazyLock<Table<LinkbeatDraft>> =
    LazyLock::new(|| Table::new(&[Place::LinkbeatOption], &[ROWS]));

const ROWS: &[Row<LinkbeatDraft>] = &[
    Row::<LinkbeatDraft>::new(
        "MII",
        Grammar::Flag,
        "By the registers of its transceiver",
        |draft, _, _| draft.method = Some(LinkbeatMethod::Mii),
    ),
    Row::<LinkbeatDraft>::new(
        "ETHTOOL",
        Grammar::Flag,
        "By what its driver says",
        |draft, _, _| draft.method = Some(LinkbeatMethod::Ethtool),
    ),
    Row::<LinkbeatDraft>::new("IOCTL", Grammar::Flag, "By its flags", |draft, _, _| {
        draft.method = Some(LinkbeatMethod::Ioctl)
    }),
];

/// Reads `linkbeat_interfaces`.
pub(super) fn interfaces(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Vec<Linkbeat> {
    let lines = Lines {
        what: INTERFACE.what,
        options: &OPTIONS,
        head: |cx, word| LinkbeatDraft {
            interface: Value::of("linkbeat_interfaces", Grammar::Interface, word)
                .interface(cx)
                .map(|interface| interface.value),
            method: None,
        },
        starts: |_| false,
    };
    let mut all = Vec::new();
    lines.read(cx, statement.nodes(), &mut |_, draft, _| {
        let method = draft.method;
        all.extend(
            draft
                .interface
                .map(|interface| Linkbeat { interface, method }),
        );
    });
    all
}

/// Reads `interface_up_down_delays`. keepalived: without the second time it is 0.
pub(super) fn delays(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Vec<InterfaceDelay> {
    let mut all = Vec::new();
    for node in statement.nodes() {
        let Some(first) = node.words.first() else {
            continue;
        };
        let value = Value {
            name: "interface_up_down_delays",
            grammar: DELAYS,
            words: &node.words,
            at: first.span,
        };
        let [interface, down, up] = &value.parts()[..] else {
            continue;
        };
        let (Some(interface), Some(down)) = (interface.interface(cx), down.seconds(cx)) else {
            continue;
        };
        let up = up.given().and_then(|up| up.seconds(cx));
        all.push(InterfaceDelay {
            interface: interface.value,
            down: down.value,
            up: up.map(|up| up.value).unwrap_or_default(),
        });
    }
    all
}
