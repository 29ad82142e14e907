//! Path attributes of a route.

use super::Row;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::Value;
use crate::code;
use crate::registry::Grammar;

/// Perhaps `lock`, and a number of 32 bits.
const LOCKABLE: Grammar = Grammar::Several(&[LOCK, NUMBER]);
const LOCK: Grammar = Grammar::Optional(&Grammar::Literal("lock"));
const NUMBER: Grammar = Grammar::number(0, 0xffff_ffff);
/// Perhaps `lock`, and a time.
const TIME: Grammar = Grammar::Several(&[LOCK, Grammar::Word]);
/// 0 or 1.
const BINARY: Grammar = Grammar::number(0, 1);

/// keepalived: shorter times are raised to this.
const SHORTEST: u32 = 200;
/// keepalived: the longest time in milliseconds.
const LONGEST: u64 = 960_000;

pub(super) const ROWS: &[Row] = &[
    Row::new(
        "mtu",
        LOCKABLE,
        "The largest packet in bytes",
        |draft, cx, statement| {
            draft.route.metrics.mtu = lockable(cx, statement);
        },
    ),
    Row::new(
        "hoplimit",
        Grammar::number(0, 255),
        "The hop limit of own packets",
        |draft, cx, statement| draft.route.metrics.hoplimit = number(cx, statement),
    ),
    Row::new(
        "advmss",
        LOCKABLE,
        "The largest TCP segment that peers are told, in bytes",
        |draft, cx, statement| draft.route.metrics.advmss = lockable(cx, statement),
    ),
    Row::new(
        "rtt",
        TIME,
        "The first estimate of the round trip: milliseconds, or seconds with `s`; at least 200 ms",
        |draft, cx, statement| draft.route.metrics.rtt = time(cx, statement),
    ),
    Row::new(
        "rttvar",
        TIME,
        "The first estimate of its variance: milliseconds, or seconds with `s`; at least 200 ms",
        |draft, cx, statement| draft.route.metrics.rttvar = time(cx, statement),
    ),
    Row::new(
        "rto_min",
        TIME,
        "The shortest retransmission timeout: milliseconds, or seconds with `s`; at least 200 ms",
        |draft, cx, statement| draft.route.metrics.rto_min = time(cx, statement),
    ),
    Row::new(
        "reordering",
        LOCKABLE,
        "How much the path reorders packets",
        |draft, cx, statement| draft.route.metrics.reordering = lockable(cx, statement),
    ),
    Row::new(
        "window",
        NUMBER,
        "The largest TCP window that peers are told, in bytes",
        |draft, cx, statement| draft.route.metrics.window = number(cx, statement),
    ),
    Row::new(
        "cwnd",
        LOCKABLE,
        "The clamp of the congestion window, in segments",
        |draft, cx, statement| draft.route.metrics.cwnd = lockable(cx, statement),
    ),
    Row::new(
        "ssthresh",
        LOCKABLE,
        "The slow start threshold, in segments",
        |draft, cx, statement| draft.route.metrics.ssthresh = lockable(cx, statement),
    ),
    Row::new(
        "initcwnd",
        NUMBER,
        "The first congestion window, in segments",
        |draft, cx, statement| draft.route.metrics.initcwnd = number(cx, statement),
    ),
    Row::new(
        "initrwnd",
        NUMBER,
        "The first receive window, in segments",
        |draft, cx, statement| draft.route.metrics.initrwnd = number(cx, statement),
    ),
    Row::new(
        "quickack",
        BINARY,
        "Whether TCP acknowledges at once",
        |draft, cx, statement| draft.route.metrics.quickack = binary(cx, statement),
    ),
    Row::new(
        "features",
        Grammar::Choice(&["ecn"]),
        "Ask for explicit congestion notification",
        |draft, cx, statement| draft.route.metrics.ecn = statement.choice(cx).is_some(),
    ),
    Row::new(
        "fastopen_no_cookie",
        BINARY,
        "Whether TCP fast open works without a cookie",
        |draft, cx, statement| draft.route.metrics.fastopen_no_cookie = binary(cx, statement),
    ),
    Row::new(
        "congctl",
        Grammar::Several(&[LOCK, Grammar::Word]),
        "The congestion control of TCP",
        |draft, cx, statement| {
            let (locked, value) = lock(statement);
            let name = value.and_then(|value| value.text(cx));
            draft.route.metrics.congctl = name.map(|name| (name.value, locked));
        },
    ),
];

fn number<T: TryFrom<i64>>(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<T> {
    statement.integer(cx).map(|number| number.value)
}

fn binary(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<bool> {
    number::<u8>(cx, statement).map(|number| number == 1)
}

/// Whether `lock` is given, and the value behind it.
fn lock<'t, 's>(statement: &Statement<'t, 's>) -> (bool, Option<Value<'t, 's>>) {
    let mut parts = statement.value().parts().into_iter();
    let locked = parts.next().is_some_and(|lock| !lock.words.is_empty());
    (locked, parts.next())
}

fn lockable(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<(u32, bool)> {
    let (locked, value) = lock(statement);
    let number = value?.integer(cx)?;
    Some((number.value, locked))
}

/// A time in milliseconds.
fn time(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<(u32, bool)> {
    let (locked, value) = lock(statement);
    let value = value?;
    let word = value.word(cx)?;
    let millis = millis(&word.text);
    let Some(millis) = millis.filter(|millis| *millis <= LONGEST) else {
        let message = format!("`{}` is not a time for `{}`", word.text, value.name);
        let error = crate::diagnostic::Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(
            error.hint(
                "write milliseconds, as `300` or `300ms`, or seconds, as `0.3s`; at most 960 s",
            ),
        );
        return None;
    };
    let millis = u32::try_from(millis).ok()?;
    if millis < SHORTEST {
        let message = format!("`{}` is at least 200 ms, which is taken", value.name);
        cx.warning(code::CLAMPED, word.span, message);
    }
    Some((millis.max(SHORTEST), locked))
}

/// `300`, `300ms` or `0.3s` in milliseconds.
fn millis(text: &str) -> Option<u64> {
    let whole = |text: &str| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    if let Some(text) = text.strip_suffix("ms") {
        return whole(text);
    }
    let Some(seconds) = text.strip_suffix('s') else {
        return whole(text);
    };
    let micros = crate::grammar::seconds(seconds)?;
    (micros % 1_000 == 0).then_some(micros / 1_000)
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn times_are_milliseconds_unless_they_say_seconds() {
        let good = ["300", "300ms", "0.3s", "3s", "1.234s"];
        assert_eq!(good.map(millis), [300, 300, 300, 3_000, 1_234].map(Some));
        assert_eq!(
            ["3.5", "30us", "30x", "s", "ms", "", "0.0001s"].map(millis),
            [None; 7]
        );
    }
}
