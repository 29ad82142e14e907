//! `auth_hmac` of an instance.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::{AntiReplay, HmacAuth, HmacKey, HmacMode};

use super::Table;
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Grammar, Place};
use crate::source::Span;

/// More than any key takes.
const LONGEST_FILE: usize = 4096;

type Row = super::Row<HmacDraft>;

pub(super) static TABLE: LazyLock<Table<HmacDraft>> =
    LazyLock::new(|| Table::new(&[Place::Hmac], &[ROWS]));

const ROWS: &[Row] = &[
    Row::new(
        "key",
        Grammar::Several(&[Grammar::BYTE, Grammar::Word]),
        "A key: its number on the wire, and its 32 to 64 bytes, as they are, or as `hex:...`, or in \
         `file:PATH`; each has a line",
        |draft, cx, statement| {
            for word in statement.args.iter().skip(1) {
                cx.diagnostics.hide(word.span);
            }
            let key = key(cx, statement);
            draft.keys.extend(key);
        },
    )
    .repeats()
    .since("after 2.2.7"),
    Row::new(
        "active_key",
        Grammar::BYTE,
        "The number of the key that is used for sending",
        |draft, cx, statement| draft.active = statement.integer(cx).map(|n| n.value),
    )
    .default("the first")
    .since("after 2.2.7"),
    Row::new(
        "time_window",
        Grammar::Seconds {
            min: 1_000_000,
            max: 300_000_000,
        },
        "With `anti_replay time`: how far a sender's clock may be off",
        |draft, cx, statement| draft.window = statement.seconds(cx).map(|time| time.value),
    )
    .default("the larger of 3 adverts and 5 s")
    .since("after 2.2.7"),
    Row::new(
        "anti_replay",
        Grammar::Choice(&["time", "monotonic"]),
        "How repeated packets are told: by the clock, or only by their order",
        |draft, cx, statement| {
            draft.anti_replay = match statement.choice(cx).map(|word| word.value) {
                Some("monotonic") => AntiReplay::Monotonic,
                Some(_) | None => AntiReplay::Time,
            };
        },
    )
    .default("time")
    .since("after 2.2.7"),
    Row::new(
        "mode",
        Grammar::Choice(&["enforce", "permissive", "receive-only"]),
        "What happens to packets without a good trailer",
        |draft, cx, statement| {
            draft.mode = match statement.choice(cx).map(|word| word.value) {
                Some("permissive") => HmacMode::Permissive,
                Some("receive-only") => HmacMode::ReceiveOnly,
                Some(_) | None => HmacMode::Enforce,
            };
        },
    )
    .default("enforce")
    .since("after 2.2.7"),
];

/// What `auth_hmac` says.
#[derive(Debug, Default)]
pub(super) struct HmacDraft {
    keys: Vec<HmacKey>,
    active: Option<u8>,
    window: Option<Duration>,
    anti_replay: AntiReplay,
    mode: HmacMode,
}

/// Reads one `auth_hmac`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<HmacAuth> {
    let mut draft = HmacDraft::default();
    block(cx, &TABLE, statement.nodes(), &mut draft);
    let span: Span = statement.span();
    let Some(first) = draft.keys.first() else {
        let message = "this auth_hmac has no key; it is ignored";
        let warning = Diagnostic::warning(code::AUTH_IGNORED, span, message);
        cx.push(warning.hint("add `key 1 SECRET`, with 32 to 64 bytes"));
        return None;
    };
    let active_key = draft.active.unwrap_or(first.id);
    if !draft.keys.iter().any(|key| key.id == active_key) {
        let message = format!("there is no key {active_key}; this auth_hmac is ignored");
        cx.warning(code::AUTH_IGNORED, span, message);
        return None;
    }
    Some(HmacAuth {
        keys: draft.keys,
        active_key,
        time_window: draft.window,
        anti_replay: draft.anti_replay,
        mode: draft.mode,
    })
}

fn key(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<HmacKey> {
    let parts = statement.value().parts();
    let id = parts.first()?.integer(cx)?.value;
    let secret = parts.get(1)?.text(cx)?;
    let span = secret.span;
    let bytes = match bytes(cx, secret.value) {
        Ok(bytes) => bytes,
        Err(reason) => {
            let message = format!("this key can't be read: {reason}; it is left out");
            cx.warning(code::OUT_OF_RANGE, span, message);
            return None;
        }
    };
    if !(32..=64).contains(&bytes.len()) {
        let length = bytes.len();
        let message = format!("a key has 32 to 64 bytes; this one, of {length}, is left out");
        cx.warning(code::OUT_OF_RANGE, span, message);
        return None;
    }
    Some(HmacKey { id, secret: bytes })
}

/// The bytes that a word, or the file that it names, stands for. The reason of a failure names no
/// part of a key.
fn bytes(cx: &Context<'_>, word: String) -> Result<Vec<u8>, String> {
    let text = match word.strip_prefix("file:") {
        None => word,
        Some(path) => {
            let read = cx.files.read(Path::new(path), LONGEST_FILE);
            let read = read.map_err(|error| format!("{path}: {error}"))?;
            let text = String::from_utf8(read).map_err(|_| format!("{path}: it is not text"))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    let Some(digits) = text.strip_prefix("hex:") else {
        return Ok(text.into_bytes());
    };
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        let digits = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        digits.then(|| u8::from_str_radix(pair, 16).ok())?
    };
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes.ok_or_else(|| "`hex:` wants pairs of hexadecimal digits".to_owned())
}
