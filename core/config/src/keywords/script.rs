//! `vrrp_script`.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::{Command, RunAs, Script};
use bellwether_core::unit::{Name, Weight};

use super::Table;
use super::notify::run_as;
use crate::build::statement::{Statement, block};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Grammar, Place};
use crate::source::Span;

const COUNT: Grammar = Grammar::number(1, 2_147_483_647);
/// keepalived: 1 ms to 4294 s.
const PERIOD: Grammar = Grammar::Seconds {
    min: 1_000,
    max: 4_294_000_000,
};

type Row = super::Row<ScriptDraft>;

pub(super) static TABLE: LazyLock<Table<ScriptDraft>> =
    LazyLock::new(|| Table::new(&[Place::Script], &[ROWS]));

const ROWS: &[Row] = &[
    Row::new(
        "script",
        Grammar::Command,
        "The command; exit status 0 means well",
        |draft, cx, statement| {
            draft.has_command = true;
            draft.command = statement.command(cx).map(|command| command.value);
        },
    ),
    Row::new(
        "interval",
        PERIOD,
        "Time from one start to the next",
        |draft, cx, statement| draft.interval = statement.seconds(cx).map(|time| time.value),
    )
    .default("1"),
    Row::new(
        "timeout",
        PERIOD,
        "How long a run may take before it has failed",
        |draft, cx, statement| draft.timeout = statement.seconds(cx).map(|time| time.value),
    )
    .default("the interval"),
    Row::new(
        "weight",
        Grammar::Weight,
        "What it does to priorities; 0: its failure is a FAULT",
        |draft, cx, statement| {
            if let Some((weight, reverse)) = statement.weight(cx) {
                draft.weight = weight;
                draft.reverse = reverse;
            }
        },
    )
    .default("0"),
    Row::new(
        "rise",
        COUNT,
        "Successes in a row that make it well",
        |draft, cx, statement| draft.rise = statement.integer(cx).map(|n| n.value),
    )
    .default("1"),
    Row::new(
        "fall",
        COUNT,
        "Failures in a row that make it ill",
        |draft, cx, statement| draft.fall = statement.integer(cx).map(|n| n.value),
    )
    .default("1"),
    Row::new(
        "init_fail",
        Grammar::Flag,
        "It counts as failed until it has been well `rise` times",
        |draft, _, _| draft.init_fail = true,
    )
    .default("off"),
    Row::new(
        "user",
        Grammar::User,
        "The user and group that it runs as",
        |draft, cx, statement| draft.user = statement.value().user(cx).map(run_as),
    )
    .default("`script_user`"),
];

/// A script as its block says.
#[derive(Debug, Default)]
pub(crate) struct ScriptDraft {
    /// Its name; none if it is missing, which is reported.
    pub(crate) name: Option<Spanned<Name>>,
    /// Its keyword.
    span: Span,
    command: Option<Command>,
    /// Whether there is a `script` keyword at all, good or bad.
    has_command: bool,
    /// Whether it has no command and lines for other configuration ids.
    left_out: bool,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    rise: Option<u32>,
    fall: Option<u32>,
    init_fail: bool,
    user: Option<RunAs>,
    pub(crate) weight: Weight,
    pub(crate) reverse: bool,
}

/// Reads one `vrrp_script`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> ScriptDraft {
    let mut draft = ScriptDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..ScriptDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    if let (false, Some(body)) = (draft.has_command, statement.body) {
        draft.left_out = cx.diagnostics.has_conditions(body.open);
    }
    draft
}

impl ScriptDraft {
    /// Reports a missing command, as an error where it matters; gives whether it is missing.
    pub(crate) fn without_command(&self, cx: &mut Context<'_>, tracked: bool) -> bool {
        if self.has_command {
            return false;
        }
        let message = "this script has no command";
        cx.push(if self.left_out {
            let warning = Diagnostic::warning(code::NO_COMMAND, self.span, message);
            warning.hint("its `@` lines are for other hosts: give this one's id with `-i ID`")
        } else if tracked {
            let error = Diagnostic::error(code::NO_COMMAND, self.span, message);
            error.hint("add `script \"/path/to/command\"`")
        } else {
            let warning = Diagnostic::warning(code::NO_COMMAND, self.span, message);
            warning.hint("nothing tracks it: remove it, or add `script \"/path/to/command\"`")
        });
        true
    }

    /// The script; none if its name or its command is missing.
    pub(crate) fn script(&self) -> Option<Script> {
        let name = self.name.as_ref()?.value.clone();
        let mut script = Script::new(name, self.command.clone()?);
        script.interval = self.interval.unwrap_or(script.interval);
        script.timeout = self.timeout.unwrap_or(script.interval);
        script.rise = self.rise.unwrap_or(script.rise);
        script.fall = self.fall.unwrap_or(script.fall);
        script.init_fail = self.init_fail;
        script.weight = self.weight;
        script.reverse = self.reverse;
        script.user.clone_from(&self.user);
        Some(script)
    }
}
