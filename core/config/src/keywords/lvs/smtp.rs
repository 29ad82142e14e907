//! `SMTP_CHECK`.

use std::sync::LazyLock;

use bellwether_core::model::lvs::{Check, SmtpCheck};

use super::check::{Base, Draft, Kind, Pending};
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::keywords::{Row, Table};
use crate::registry::{Grammar, Place};

pub(super) static TABLE: LazyLock<Table<Draft<SmtpDraft>>> =
    LazyLock::new(|| Draft::table(&[Place::SmtpCheck], ROWS));

pub(super) static HOST: LazyLock<Table<Draft<()>>> =
    LazyLock::new(|| Draft::table(&[Place::SmtpHost], &[]));

/// What an SMTP_CHECK says, and to whom.
#[derive(Debug, Default)]
pub(super) struct SmtpDraft {
    helo_name: Option<String>,
    hosts: Vec<Base>,
}

const ROWS: &[Row<Draft<SmtpDraft>>] = &[
    Row::<Draft<SmtpDraft>>::new(
        "helo_name",
        Grammar::Word,
        "What it calls itself",
        |draft, cx, statement| {
            draft.own.helo_name = statement.text(cx).map(|name| name.value);
        },
    )
    .default("smtp.keepalived.org"),
    Row::<Draft<SmtpDraft>>::new(
        "host",
        Grammar::block(Place::SmtpHost),
        "A server to check; all must be well. Without any: the real server",
        |draft, cx, statement| {
            let mut host = Draft::default();
            block(cx, &HOST, statement.nodes(), &mut host);
            draft.own.hosts.push(host.base);
        },
    ),
];

/// Reads an `SMTP_CHECK`; times that only a `host` gives are those of the whole check.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::<SmtpDraft>::default();
    block(cx, &TABLE, statement.nodes(), &mut draft);
    for host in &draft.own.hosts {
        draft.base.timing = draft.base.timing.or(host.timing);
    }
    let check = Check::Smtp(Box::new(SmtpCheck {
        helo_name: draft.own.helo_name,
        hosts: Vec::new(),
    }));
    Some(Pending::new(statement, draft.base, Kind::TCP, check).hosts(draft.own.hosts))
}
