//! Keywords of `vrrp_script`.

use super::Grammar::{self, Command, Integer, Seconds, Unread, Weight};
use super::{Key, Keyword, Place, ScriptKey};

const COUNT: Grammar = Integer {
    min: 1,
    max: 2_147_483_647,
    unit: "",
};
/// keepalived: 1 ms to 4294 s.
const PERIOD: Grammar = Seconds {
    min: 1_000,
    max: 4_294_000_000,
};

const fn row(name: &'static str, key: ScriptKey, takes: Grammar, doc: &'static str) -> Keyword {
    Keyword::new(name, &[Place::Script], doc)
        .takes(takes)
        .key(Key::Script(key))
}

/// The rows.
pub(super) const KEYWORDS: &[Keyword] = &[
    row(
        "script",
        ScriptKey::Command,
        Command,
        "The command; exit status 0 means well",
    ),
    row(
        "interval",
        ScriptKey::Interval,
        PERIOD,
        "Time from one start to the next",
    )
    .default("1"),
    row(
        "timeout",
        ScriptKey::Timeout,
        PERIOD,
        "How long a run may take before it has failed",
    )
    .default("the interval"),
    row(
        "weight",
        ScriptKey::Weight,
        Weight,
        "What it does to priorities; 0: its failure is a FAULT",
    )
    .default("0"),
    row(
        "rise",
        ScriptKey::Rise,
        COUNT,
        "Successes in a row that make it well",
    )
    .default("1"),
    row(
        "fall",
        ScriptKey::Fall,
        COUNT,
        "Failures in a row that make it ill",
    )
    .default("1"),
    row(
        "init_fail",
        ScriptKey::InitFail,
        Grammar::Flag,
        "It counts as failed until it has been well `rise` times",
    )
    .default("off"),
    Keyword::new(
        "user",
        &[Place::Script],
        "The user and group that it runs as",
    )
    .takes(Unread { min: 1, max: 2 })
    .default("`script_user`")
    .not_yet("run it as its own user"),
];
