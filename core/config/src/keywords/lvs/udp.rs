//! `UDP_CHECK`.

use std::sync::LazyLock;

use bellwether_core::model::lvs::{Check, ReplyByte, UdpCheck};

use super::check::{Draft, Kind, Pending};
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{Row, Table};
use crate::registry::{Grammar, Place};
use crate::source::Span;

const LENGTH: Grammar = Grammar::number(0, 65_535);

pub(super) static TABLE: LazyLock<Table<Draft<UdpDraft>>> =
    LazyLock::new(|| Draft::table(&[Place::UdpCheck], ROWS));

/// What a UDP_CHECK sends and expects.
#[derive(Debug, Default)]
pub(super) struct UdpDraft {
    payload: Option<Vec<u8>>,
    require_reply: bool,
    reply: Vec<ReplyByte>,
    min: Option<u16>,
    max: Option<u16>,
}

const ROWS: &[Row<Draft<UdpDraft>>] = &[
    Row::<Draft<UdpDraft>>::new(
        "payload",
        Grammar::Many(&Grammar::Word),
        "What is sent, in hexadecimal; a digit by itself is a byte",
        |draft, cx, statement| {
            let bytes = hexadecimal(cx, statement, false);
            draft.own.payload = bytes.map(|bytes| bytes.iter().map(|byte| byte.value).collect());
        },
    ),
    Row::<Draft<UdpDraft>>::new(
        "require_reply",
        Grammar::Optional(&Grammar::Many(&Grammar::Word)),
        "There must be an answer, which starts as this says; a digit `x` may be any",
        |draft, cx, statement| {
            draft.own.require_reply = true;
            if !statement.args.is_empty() {
                draft.own.reply = hexadecimal(cx, statement, true).unwrap_or_default();
            }
        },
    )
    .default("no answer is well too"),
    Row::<Draft<UdpDraft>>::new(
        "min_reply_length",
        LENGTH,
        "The least length of an answer, in bytes",
        |draft, cx, statement| draft.own.min = statement.integer(cx).map(|n| n.value),
    )
    .default("0"),
    Row::<Draft<UdpDraft>>::new(
        "max_reply_length",
        LENGTH,
        "The greatest length of an answer, in bytes",
        |draft, cx, statement| draft.own.max = statement.integer(cx).map(|n| n.value),
    )
    .default("255"),
];

/// Reads a `UDP_CHECK`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    let mut draft = Draft::<UdpDraft>::default();
    block(cx, &TABLE, statement.nodes(), &mut draft);
    let own = draft.own;
    let check = UdpCheck {
        payload: own.payload,
        require_reply: own.require_reply,
        reply: own.reply,
        min_reply_len: own.min.unwrap_or(0),
        max_reply_len: own.max.unwrap_or(255),
    };
    if check.min_reply_len > check.max_reply_len {
        let message = format!(
            "no answer is as long as this: at least {} and at most {} bytes",
            check.min_reply_len, check.max_reply_len
        );
        let warning = Diagnostic::warning(code::IMPOSSIBLE_CHECK, statement.head.span, message);
        cx.push(warning.hint("raise `max_reply_length`"));
    }
    let check = Check::Udp(Box::new(check));
    Some(Pending::new(statement, draft.base, Kind::TCP, check))
}

/// Bytes in hexadecimal: pairs of digits; the last digit of a word of an odd number is a byte by
/// itself. With `any`, a digit may be `x`.
fn hexadecimal(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    any: bool,
) -> Option<Vec<ReplyByte>> {
    statement.word(cx)?;
    let mut bytes = Vec::new();
    for word in statement.args {
        for digits in word.text.split_whitespace() {
            let Some(read) = digits_of(digits, any) else {
                not_hexadecimal(cx, word.span, digits);
                return None;
            };
            bytes.extend(read);
        }
    }
    Some(bytes)
}

fn not_hexadecimal(cx: &mut Context<'_>, span: Span, digits: &str) {
    let message = format!("`{digits}` is not hexadecimal");
    let error = Diagnostic::error(code::BAD_WORD, span, message);
    cx.push(error.hint("write bytes as `0a1b2c`, with blanks wherever you like"));
}

fn digits_of(text: &str, any: bool) -> Option<Vec<ReplyByte>> {
    let digit = |c: &u8| match char::from(*c) {
        'x' | 'X' if any => Some((0, 0)),
        c => Some((u8::try_from(c.to_digit(16)?).ok()?, 0x0f)),
    };
    let byte = |pair: &[u8]| {
        let (high, low) = match pair {
            [high, low] => (digit(high)?, digit(low)?),
            [low] => ((0, 0x0f), digit(low)?),
            _ => return None,
        };
        Some(ReplyByte {
            value: high.0 << 4 | low.0,
            mask: high.1 << 4 | low.1,
        })
    };
    text.as_bytes().chunks(2).map(byte).collect()
}
