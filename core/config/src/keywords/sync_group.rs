//! `vrrp_sync_group`.

use std::sync::LazyLock;

use super::Table;
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::registry::{Contents, Grammar, Header, Place};

const LINES: Grammar = Grammar::Block(Header::None, Contents::Unread);

type Row = super::Row<SyncGroupDraft>;

pub(super) static TABLE: LazyLock<Table<SyncGroupDraft>> =
    LazyLock::new(|| Table::new(&[Place::SyncGroup], &[LATER]));

/// A sync group as its block says.
#[derive(Debug, Default)]
pub(crate) struct SyncGroupDraft;

/// Reads one `vrrp_sync_group`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> SyncGroupDraft {
    let mut draft = SyncGroupDraft;
    block(cx, &TABLE, statement.nodes(), &mut draft);
    draft
}

const LATER: &[Row] = &[
    Row::new("group", LINES, "The instances of the group", |_, _, _| {})
        .not_run("let them change apart"),
    Row::new(
        "track_script",
        LINES,
        "Scripts that all its instances track",
        |_, _, _| {},
    )
    .not_run("not track them"),
    Row::ignored(
        "global_tracking",
        Grammar::Flag,
        "Obsolete",
        "keepalived ignores it too",
    ),
    Row::new(
        "sync_group_tracking_weight",
        Grammar::Flag,
        "Let members use weights",
        |_, _, _| {},
    )
    .not_run("let members use weights"),
    Row::new(
        "notify",
        Grammar::Command,
        "A command to run at every change of state",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "notify_master",
        Grammar::Command,
        "A command to run on becoming master",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "notify_backup",
        Grammar::Command,
        "A command to run on becoming backup",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "notify_fault",
        Grammar::Command,
        "A command to run on entering FAULT",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "notify_stop",
        Grammar::Command,
        "A command to run at the end",
        |_, _, _| {},
    )
    .not_run("not run it"),
    Row::new(
        "notify_priority_changes",
        Grammar::Bool,
        "Report changes of priority too",
        |_, _, _| {},
    )
    .not_run("not report them"),
    Row::new(
        "smtp_alert",
        Grammar::Bool,
        "Mail at every change of state",
        |_, _, _| {},
    )
    .not_run("send no mail"),
    Row::new(
        "track_interface",
        LINES,
        "Other interfaces whose link matters",
        |_, _, _| {},
    )
    .not_run("not fail over when one of them goes down"),
    Row::new(
        "track_file",
        LINES,
        "Files whose number changes its priority",
        |_, _, _| {},
    )
    .aliases(&["vrrp_track_file"])
    .not_run("not follow them"),
    Row::new(
        "track_process",
        LINES,
        "Processes whose presence changes its priority",
        |_, _, _| {},
    )
    .not_run("not follow them"),
    Row::new(
        "track_bfd",
        LINES,
        "BFD sessions whose state changes its priority",
        |_, _, _| {},
    )
    .not_run("not follow them"),
];
