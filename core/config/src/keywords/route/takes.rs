//! What options of routes and rules take: numbers with the names that every iproute2 knows.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use crate::build::Context;
use crate::build::statement::Statement;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::registry::{Family, Grammar};

/// The protocols that iproute2 names.
pub(in crate::keywords) const PROTOCOL: Grammar = Grammar::Named {
    max: 255,
    names: &[
        ("unspec", 0),
        ("redirect", 1),
        ("kernel", 2),
        ("boot", 3),
        ("static", 4),
        ("gated", 8),
        ("ra", 9),
        ("mrt", 10),
        ("zebra", 11),
        ("bird", 12),
        ("dnrouted", 13),
        ("xorp", 14),
        ("ntk", 15),
        ("dhcp", 16),
        ("keepalived", 18),
        ("babel", 42),
        ("openr", 99),
        ("bgp", 186),
        ("isis", 187),
        ("ospf", 188),
        ("rip", 189),
        ("eigrp", 192),
    ],
};

/// The tables that every kernel has.
pub(in crate::keywords) const TABLE_ID: Grammar = Grammar::Named {
    max: u32::MAX,
    names: &[("main", 254), ("local", 255), ("default", 253)],
};

/// The types of service that iproute2 names.
pub(in crate::keywords) const TOS: Grammar = Grammar::Named {
    max: 255,
    names: &[
        ("default", 0),
        ("AF11", 0x28),
        ("AF12", 0x30),
        ("AF13", 0x38),
        ("AF21", 0x48),
        ("AF22", 0x50),
        ("AF23", 0x58),
        ("AF31", 0x68),
        ("AF32", 0x70),
        ("AF33", 0x78),
        ("AF41", 0x88),
        ("AF42", 0x90),
        ("AF43", 0x98),
        ("CS1", 0x20),
        ("CS2", 0x40),
        ("CS3", 0x60),
        ("CS4", 0x80),
        ("CS5", 0xa0),
        ("CS6", 0xc0),
        ("CS7", 0xe0),
        ("EF", 0xb8),
    ],
};

pub(in crate::keywords) const NUMBER: Grammar = Grammar::number(0, 0xffff_ffff);
pub(in crate::keywords) const REALMS: Grammar = Grammar::Word;
pub(in crate::keywords) const VIA: Grammar = Grammar::Several(&[
    Grammar::Optional(&Grammar::Choice(&["inet", "inet6"])),
    Grammar::Address(Family::Any),
]);

/// A number, or a name of one; `dropped` becomes true for a name that only a host may know.
pub(in crate::keywords) fn named<T: TryFrom<u32>>(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    dropped: &mut bool,
) -> Option<T> {
    let word = statement.word(cx)?;
    let names = match statement.keyword.grammar {
        Grammar::Named { names, .. } => names,
        _ => &[],
    };
    let known = names.iter().any(|(name, _)| *name == word.text);
    let names = names.iter().map(|(name, _)| *name);
    if !known && is_name(&word.text) && cx.nearest_of(names, &word.text).is_none() {
        host_name(cx, word);
        *dropped = true;
        return None;
    }
    T::try_from(statement.value().named(cx)?.value).ok()
}

/// Whether a word may be a name in a file of a host.
pub(in crate::keywords) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Says that a line is left out for a name that only a host may know.
pub(in crate::keywords) fn host_name(cx: &mut Context<'_>, word: &Word<'_>) {
    let message = format!(
        "only a host can know `{}`; this line is left out",
        word.text
    );
    let warning = Diagnostic::warning(code::HOST_NAME, word.span, message);
    cx.push(warning.hint("write the number that /etc/iproute2 gives it"));
}
