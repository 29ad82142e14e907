//! `notify_master` and its like, of an instance or a sync group.

use bellwether_core::model::{Hook, Notify, RunAs};

use super::Row;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::UserGroup;
use crate::registry::Grammar;

/// A draft of something that tells others of its transitions.
pub(super) trait Notifies: 'static {
    /// What is said so far.
    fn notify(&mut self) -> &mut Notify;

    /// Whether changes of the priority are told; none: nothing is said about it.
    fn priority_changes(&mut self) -> &mut Option<bool>;
}

/// A command and who runs it.
pub(super) fn hook(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Hook> {
    let (command, user) = statement.value().command_as(cx)?;
    Some(Hook::new(command.value, user.map(run_as)))
}

/// A user and a group as the model has them.
pub(super) fn run_as(user: UserGroup) -> RunAs {
    let UserGroup { user, group } = user;
    RunAs { user, group }
}

/// The rows that instances and sync groups share.
pub(super) struct Rows<D>(std::marker::PhantomData<D>);

impl<D: Notifies> Rows<D> {
    pub(super) const BOTH: &'static [Row<D>] = &[
        Row::<D>::new(
            "notify",
            Grammar::CommandAs,
            "A command to run at every change of state; kind, name, state and priority follow",
            |draft, cx, statement| draft.notify().any = hook(cx, statement),
        ),
        Row::<D>::new(
            "notify_master",
            Grammar::CommandAs,
            "A command to run on becoming master",
            |draft, cx, statement| draft.notify().master = hook(cx, statement),
        ),
        Row::<D>::new(
            "notify_backup",
            Grammar::CommandAs,
            "A command to run on becoming backup",
            |draft, cx, statement| draft.notify().backup = hook(cx, statement),
        ),
        Row::<D>::new(
            "notify_fault",
            Grammar::CommandAs,
            "A command to run on entering FAULT",
            |draft, cx, statement| draft.notify().fault = hook(cx, statement),
        ),
        Row::<D>::new(
            "notify_stop",
            Grammar::CommandAs,
            "A command to run at the end",
            |draft, cx, statement| draft.notify().stop = hook(cx, statement),
        ),
        Row::<D>::new(
            "notify_priority_changes",
            Grammar::Bool,
            "Tell changes of the effective priority too",
            |draft, cx, statement| {
                *draft.priority_changes() = statement.boolean(cx);
            },
        )
        .default("off"),
        Row::<D>::new(
            "smtp_alert",
            Grammar::Bool,
            "Mail at every change of state",
            |draft, cx, statement| draft.notify().mail = statement.boolean(cx),
        )
        .default("`smtp_alert_vrrp`"),
    ];
}
