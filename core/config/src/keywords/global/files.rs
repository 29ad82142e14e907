//! `global_defs`: reloads, files and dumps.

use super::Row;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::registry::Grammar;

/// Numbers, or names of bits; between them may stand `|`.
const MASK: Grammar = Grammar::Either(&[
    Grammar::Radix { min: 0, max: 0o777 },
    Grammar::Many(&Grammar::Choice(&[
        "IRUSR", "IWUSR", "IXUSR", "IRGRP", "IWGRP", "IXGRP", "IROTH", "IWOTH", "IXOTH",
    ])),
]);

fn path(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    statement.text(cx).map(|path| path.value)
}

/// A number, or the names of bits with `|` between them: `IWGRP | IWOTH`.
fn umask(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u32> {
    let first = statement.word(cx)?;
    if let Some(number) = grammar::radix(&first.text) {
        let mask = u32::try_from(number).ok().filter(|mask| *mask <= 0o777);
        if mask.is_none() {
            let message = format!("`umask` is out of range: {} is more than 0777", first.text);
            cx.error(code::OUT_OF_RANGE, first.span, message);
        }
        return mask;
    }
    let mut mask = 0;
    for word in statement.args {
        for name in word.text.split(['|', ' ']).filter(|name| !name.is_empty()) {
            let Some(bit) = bit(name) else {
                let message = format!("`{name}` is no bit of a file mode");
                let error = Diagnostic::error(code::BAD_WORD, word.span, message);
                cx.push(error.hint("write `IWGRP | IWOTH`, or a number such as 022"));
                return None;
            };
            mask |= bit;
        }
    }
    Some(mask)
}

/// POSIX: R is 4, W is 2, X is 1; USR, GRP and OTH are octal digits from the left.
fn bit(name: &str) -> Option<u32> {
    let name = name.strip_prefix("S_").unwrap_or(name).strip_prefix('I')?;
    if let Some(class) = name.strip_prefix("RWX") {
        return Some(7 << shift(class)?);
    }
    let (kind, class) = name.split_at_checked(1)?;
    let bit = match kind {
        "R" => 4,
        "W" => 2,
        "X" => 1,
        _ => return None,
    };
    Some(bit << shift(class)?)
}

fn shift(class: &str) -> Option<u32> {
    match class {
        "USR" | "U" => Some(6),
        "GRP" | "G" => Some(3),
        "OTH" | "O" => Some(0),
        _ => None,
    }
}

/// What `include_check` takes.
const INCLUDE_CHECK: Grammar = Grammar::Choice(&[
    "readable",
    "match",
    "wildcard_match",
    "brace_match",
    "+readable",
    "+match",
    "+wildcard_match",
    "+brace_match",
    "-readable",
    "-match",
    "-wildcard_match",
    "-brace_match",
]);

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "umask",
        MASK,
        "Permissions that new files do not get",
        |draft, cx, statement| draft.model.umask = umask(cx, statement),
    )
    .default("`IWGRP | IWOTH`"),
    Row::ignored(
        "random_seed",
        Grammar::number(0, 4_294_967_295),
        "Seed of random numbers",
        "none are drawn",
    ),
    Row::ignored(
        "reload_check_config",
        Grammar::Optional(&Grammar::Path),
        "Check a file before it is loaded",
        "a file is always checked before it is loaded",
    ),
    Row::new(
        "reload_time_file",
        Grammar::Path,
        "A file with the time of the next reload",
        |draft, cx, statement| draft.model.reload.time_file = path(cx, statement),
    ),
    Row::new(
        "reload_repeat",
        Grammar::Flag,
        "Reload at that time every day",
        |draft, _, _| draft.model.reload.repeat = true,
    ),
    Row::new(
        "reload_file",
        Grammar::Optional(&Grammar::Path),
        "A file that is there while a configuration is read",
        |draft, cx, statement| {
            let given = statement.value().given();
            let path = given
                .and_then(|value| value.text(cx))
                .map(|path| path.value);
            let usual = || "/run/bellwether/keepalived.reload".to_owned();
            draft.model.reload.hold_file = Some(path.unwrap_or_else(usual));
        },
    ),
    Row::new(
        "include_check",
        Grammar::Optional(&Grammar::Many(&INCLUDE_CHECK)),
        "What is an error about the `include`s that follow in this file and in what it includes; \
         `+` adds, `-` takes away",
        // The reader of includes has taken it in.
        |_, cx, statement| statement.value().check(cx),
    )
    .default("none; all of them, if nothing follows"),
    Row::ignored(
        "tmp_config_directory",
        Grammar::Path,
        "Where a copy of the configuration is kept while it is read",
        "no copy is made",
    ),
    Row::ignored(
        "config_save_dir",
        Grammar::Path,
        "Where configurations are saved at reloads",
        "nothing is saved",
    ),
    Row::new(
        "state_dump_file",
        Grammar::Path,
        "Where to dump the state",
        |draft, cx, statement| draft.model.dumps.state = path(cx, statement),
    )
    .since("after 2.2.7"),
    Row::new(
        "stats_dump_file",
        Grammar::Path,
        "Where to dump the counters",
        |draft, cx, statement| draft.model.dumps.stats = path(cx, statement),
    )
    .since("after 2.2.7"),
    Row::new(
        "json_dump_file",
        Grammar::Path,
        "Where to dump JSON",
        |draft, cx, statement| draft.model.dumps.json = path(cx, statement),
    )
    .since("after 2.2.7"),
    Row::new(
        "json_version",
        Grammar::number(1, 2),
        "The form of JSON dumps",
        |draft, cx, statement| {
            draft.model.dumps.json_version = statement.integer(cx).map(|n| n.value);
        },
    )
    .default("1")
    .since("after 2.2.7"),
    Row::new(
        "data_use_instance",
        Grammar::Bool,
        "Names of dumps carry the name of the daemon",
        |draft, cx, statement| {
            draft.model.dumps.use_instance = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::ignored(
        "iproute_usr_dir",
        Grammar::Path,
        "Where the names of routing tables are defined",
        "the usual directories are read",
    )
    .since("after 2.2.7"),
    Row::ignored(
        "iproute_etc_dir",
        Grammar::Path,
        "Where the names of routing tables are defined",
        "the usual directories are read",
    )
    .since("after 2.2.7"),
];
