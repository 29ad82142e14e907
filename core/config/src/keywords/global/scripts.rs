//! `global_defs`: who runs scripts, and pipes that events are written to.

use std::time::Duration;

use bellwether_core::model::{Fifo, Hook, RunAs, TimedHook};

use super::{GlobalDraft, Row};
use crate::build::Context;
use crate::build::statement::Statement;
use crate::keywords::notify::{hook, run_as};
use crate::registry::Grammar;

const PIPE: Grammar = Grammar::Several(&[Grammar::Path, Grammar::Optional(&Grammar::User)]);
const PIPE_DOC: &str = "A command that reads the pipe, whose path is its last argument";
/// keepalived: 1 to 1000 s.
const TIMEOUT: Grammar = Grammar::Integer {
    min: 1,
    max: 1_000,
    unit: "s",
};

/// What is said about a pipe, in any order.
#[derive(Debug, Default)]
pub(super) struct FifoDraft {
    pipe: Option<(String, Option<RunAs>)>,
    script: Option<Hook>,
}

impl FifoDraft {
    /// The pipe; a command without one has nothing to read.
    pub(super) fn fifo(&self) -> Option<Fifo> {
        let (path, owner) = self.pipe.clone()?;
        let script = self.script.clone();
        Some(Fifo {
            path,
            owner,
            script,
        })
    }
}

/// A command that is run once, in the making.
#[derive(Debug, Default)]
pub(super) struct OnceDraft {
    hook: Option<Hook>,
    timeout: Option<Duration>,
}

impl OnceDraft {
    /// The command, if there is one.
    pub(super) fn hook(&self) -> Option<TimedHook> {
        Some(TimedHook {
            hook: self.hook.clone()?,
            timeout: self.timeout.unwrap_or(Duration::from_secs(10)),
        })
    }
}

fn pipe(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<(String, Option<RunAs>)> {
    let path = statement.text(cx)?.value;
    let parts = statement.value().parts();
    let owner = parts.get(1).and_then(|part| part.given());
    Some((path, owner.and_then(|owner| owner.user(cx)).map(run_as)))
}

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "script_user",
        Grammar::User,
        "The user and group that scripts run as",
        |draft, cx, statement| {
            draft.model.scripts.user = statement.value().user(cx).map(run_as);
        },
    )
    .default("`keepalived_script` if there is such a user, else the daemon's own"),
    Row::new(
        "enable_script_security",
        Grammar::Bool,
        "Refuse scripts that run as root and that others could change",
        |draft, cx, statement| {
            draft.model.scripts.security = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "use_symlink_paths",
        Grammar::Bool,
        "Run scripts by the path that is written",
        |draft, cx, statement| {
            draft.model.scripts.symlink_paths = statement.boolean(cx).unwrap_or_default();
        },
    )
    .without_effect("scripts are always run by the path that is written"),
    Row::new(
        "set_supplementary_groups",
        Grammar::Flag,
        "Give scripts the user's other groups",
        |draft, _, _| draft.model.scripts.supplementary_groups = true,
    )
    .default("off"),
    Row::new(
        "startup_script",
        Grammar::CommandAs,
        "A command to run at the start",
        |draft, cx, statement| draft.startup.hook = hook(cx, statement),
    ),
    Row::new(
        "startup_script_timeout",
        TIMEOUT,
        "How long it may take",
        |draft, cx, statement| draft.startup.timeout = statement.whole_seconds(cx),
    )
    .default("10"),
    Row::new(
        "shutdown_script",
        Grammar::CommandAs,
        "A command to run at the end",
        |draft, cx, statement| draft.shutdown.hook = hook(cx, statement),
    ),
    Row::new(
        "shutdown_script_timeout",
        TIMEOUT,
        "How long it may take",
        |draft, cx, statement| draft.shutdown.timeout = statement.whole_seconds(cx),
    )
    .default("10"),
    Row::new(
        "notify_fifo",
        PIPE,
        "A named pipe for all changes, and its owner",
        |draft, cx, statement| draft.fifo.pipe = pipe(cx, statement),
    ),
    Row::new(
        "notify_fifo_script",
        Grammar::CommandAs,
        PIPE_DOC,
        |draft, cx, statement| draft.fifo.script = hook(cx, statement),
    ),
    Row::new(
        "vrrp_notify_fifo",
        PIPE,
        "A named pipe for changes of state, and its owner",
        |draft, cx, statement| draft.vrrp_fifo.pipe = pipe(cx, statement),
    ),
    Row::new(
        "vrrp_notify_fifo_script",
        Grammar::CommandAs,
        PIPE_DOC,
        |draft, cx, statement| draft.vrrp_fifo.script = hook(cx, statement),
    ),
    Row::new(
        "lvs_notify_fifo",
        PIPE,
        "A named pipe for changes of servers, and its owner",
        |draft, cx, statement| draft.lvs_fifo.pipe = pipe(cx, statement),
    ),
    Row::new(
        "lvs_notify_fifo_script",
        Grammar::CommandAs,
        PIPE_DOC,
        |draft, cx, statement| draft.lvs_fifo.script = hook(cx, statement),
    ),
    Row::new(
        "fifo_write_vrrp_states_on_reload",
        Grammar::Flag,
        "A reload writes the states to the pipes again",
        |draft, _, _| draft.model.fifos.states_on_reload = true,
    ),
];

impl GlobalDraft {
    /// Puts what was said in several statements into the model.
    pub(super) fn finish_scripts(&mut self) {
        self.model.fifos.all = self.fifo.fifo();
        self.model.fifos.vrrp = self.vrrp_fifo.fifo();
        self.model.fifos.lvs = self.lvs_fifo.fifo();
        self.model.scripts.startup = self.startup.hook();
        self.model.scripts.shutdown = self.shutdown.hook();
    }
}
