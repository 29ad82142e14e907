//! `vrrp_track_process`.

use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::{ParamMatch, TrackProcess};
use bellwether_core::unit::{Name, Weight};

use crate::build::statement::{Statement, block};
use crate::build::value::command_words;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::Table;
use crate::registry::{Grammar, Place};
use crate::source::Span;

type Row = crate::keywords::Row<ProcessDraft>;

pub(in crate::keywords) static TABLE: LazyLock<Table<ProcessDraft>> =
    LazyLock::new(|| Table::new(&[Place::TrackProcess], &[ROWS]));

/// keepalived: at most an hour.
const DELAY: Grammar = Grammar::Seconds {
    min: 1,
    max: 3_600_000_000,
};

const ROWS: &[Row] = &[
    Row::new(
        "process",
        Grammar::Command,
        "The program's name, and parameters that it must have",
        |draft, cx, statement| {
            draft.written = true;
            draft.command = words(cx, statement);
        },
    ),
    Row::new(
        "param_match",
        Grammar::Choice(&["exact", "initial", "partial"]),
        "How its parameters are compared: all, or (`partial`) the first ones, or (`initial`) those as \
         the beginning",
        |draft, cx, statement| {
            draft.compare = statement.choice(cx).map(|word| match word.value {
                "initial" => ParamMatch::Initial,
                "partial" => ParamMatch::Partial,
                _ => ParamMatch::Exact,
            });
        },
    )
    .default("exact"),
    Row::new(
        "full_command",
        Grammar::Flag,
        "Compare the whole command line, not the name of the process",
        |draft, _, _| draft.full_command = true,
    )
    .default("off"),
    Row::new(
        "weight",
        Grammar::Weight,
        "What it does to priorities; 0: its absence is a FAULT",
        |draft, cx, statement| draft.weight = statement.weight(cx).unwrap_or_default(),
    )
    .default("0"),
    Row::new(
        "quorum",
        Grammar::number(1, 65_535),
        "How many must run",
        |draft, cx, statement| draft.quorum = statement.integer(cx),
    )
    .default("1"),
    Row::new(
        "quorum_max",
        Grammar::number(0, 65_535),
        "How many may run",
        |draft, cx, statement| draft.quorum_max = statement.integer(cx),
    )
    .default("any number"),
    Row::new(
        "delay",
        DELAY,
        "Both `fork_delay` and `terminate_delay`",
        |draft, cx, statement| {
            let delay = statement.seconds(cx).map(|delay| delay.value);
            draft.fork_delay = delay;
            draft.terminate_delay = delay;
        },
    ),
    Row::new(
        "fork_delay",
        DELAY,
        "How long a start must last to count",
        |draft, cx, statement| draft.fork_delay = statement.seconds(cx).map(|delay| delay.value),
    )
    .default("0"),
    Row::new(
        "terminate_delay",
        DELAY,
        "How long an end must last to count",
        |draft, cx, statement| {
            draft.terminate_delay = statement.seconds(cx).map(|delay| delay.value);
        },
    )
    .default("0"),
];

/// Tracked processes as their block says.
#[derive(Debug, Default)]
pub(crate) struct ProcessDraft {
    pub(crate) name: Option<Spanned<Name>>,
    pub(crate) span: Span,
    command: Vec<String>,
    /// Whether there is a program at all, good or bad.
    written: bool,
    compare: Option<ParamMatch>,
    full_command: bool,
    pub(crate) weight: (Weight, bool),
    quorum: Option<Spanned<u32>>,
    quorum_max: Option<Spanned<u32>>,
    fork_delay: Option<Duration>,
    terminate_delay: Option<Duration>,
}

/// Reads one `vrrp_track_process`.
pub(in crate::keywords) fn read(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) -> ProcessDraft {
    let mut draft = ProcessDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..ProcessDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    if !draft.written {
        let message = "this vrrp_track_process has no process";
        let error = Diagnostic::error(code::NO_COMMAND, draft.span, message);
        cx.push(error.hint("add `process NAME`"));
    }
    let quorum = draft.quorum.map_or(1, |quorum| quorum.value);
    if let Some(max) = draft.quorum_max
        && max.value != 0
        && max.value < quorum
    {
        let message = "`quorum_max` is less than `quorum`; it is ignored";
        cx.warning(code::CLAMPED, max.span, message);
        draft.quorum_max = None;
    }
    draft
}

/// The words of a command, of which the first may hold several.
fn words(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Vec<String> {
    let Some(first) = statement.word(cx) else {
        return Vec::new();
    };
    let rest = statement.args.get(1..).unwrap_or_default();
    command_words(cx, first, rest).unwrap_or_default()
}

impl ProcessDraft {
    /// The processes; none if the name or the program is missing.
    pub(crate) fn process(&self) -> Option<TrackProcess> {
        let (program, parameters) = self.command.split_first()?;
        let compared = !parameters.is_empty() || self.compare.is_some();
        Some(TrackProcess {
            name: self.name.as_ref()?.value.clone(),
            program: program.clone(),
            parameters: compared.then(|| (parameters.to_vec(), self.compare.unwrap_or_default())),
            full_command: self.full_command,
            weight: self.weight.0,
            reverse: self.weight.1,
            quorum: self.quorum.map_or(1, |quorum| quorum.value),
            quorum_max: self.quorum_max.map(|max| max.value),
            fork_delay: self.fork_delay.unwrap_or_default(),
            terminate_delay: self.terminate_delay.unwrap_or_default(),
        })
    }
}
