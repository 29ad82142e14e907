//! The words between a block's keyword and its brace, as keys of its table.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use std::net::IpAddr;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::{Reader, header_grammar};
use crate::lexer::Word;
use crate::registry::{self, Contents, Grammar, Header, Keyword, Place};

/// The key of lines in a table that has other keys too.
pub(crate) const LINES: &str = "lines";
/// The key of any words.
const HEADER: &str = "header";

/// How blocks of a kind of header are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// There are no words: a table.
    Plain,
    /// There is one word: tables by that name.
    Named,
    /// There may be more: tables with keys for them.
    Headed,
}

/// How blocks of a kind of header are written.
pub(crate) fn shape(header: Header) -> Shape {
    match (header, header_grammar(header).arity()) {
        (Header::None, _) => Shape::Plain,
        (Header::Name, _) | (Header::Values(_), (1, 1)) => Shape::Named,
        (Header::Values(_) | Header::Unread, _) => Shape::Headed,
    }
}

/// Words of a header, as keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// `address = "192.0.2.1:80"`
    Address(String),
    /// `fwmark = 7`
    Fwmark(u32),
    /// `group = "web"`
    Group(String),
    /// `header = ["...", "..."]`
    Words(Vec<String>),
}

/// How the words of a header are best written.
pub(crate) fn given(keyword: &Keyword, words: &[String]) -> Given {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let free = |key: &str| is_header_key(keyword, key);
    match words[..] {
        [ip] if free("address") && ip.parse::<IpAddr>().is_ok() => Given::Address(ip.to_owned()),
        [ip, port] if free("address") && port.parse().is_ok_and(|n: u16| n.to_string() == port) => {
            match ip.parse() {
                Ok(IpAddr::V4(_)) => return Given::Address(format!("{ip}:{port}")),
                Ok(IpAddr::V6(_)) => return Given::Address(format!("[{ip}]:{port}")),
                Err(_) => {}
            }
            Given::Words(vec![ip.to_owned(), port.to_owned()])
        }
        ["fwmark", mark] if free("fwmark") => match mark.parse::<u32>() {
            Ok(number) if number.to_string() == mark => Given::Fwmark(number),
            Ok(_) | Err(_) => Given::Words(vec!["fwmark".to_owned(), mark.to_owned()]),
        },
        ["group", name] if free("group") => Given::Group(name.to_owned()),
        _ => Given::Words(words.into_iter().map(str::to_owned).collect()),
    }
}

/// Whether a key of a block's table is about its header: not if it is a keyword in the block.
pub(crate) fn is_header_key(keyword: &Keyword, key: &str) -> bool {
    let Grammar::Block(header, contents) = keyword.grammar else {
        return false;
    };
    let taken = if let Contents::Keywords(place) = contents {
        own(place, key)
    } else {
        false
    };
    let may = match key {
        "fwmark" | "group" => match header {
            Header::Values(values) => has_literal(*values, key),
            Header::Unread => true,
            Header::None | Header::Name => false,
        },
        "address" | "ip" | "port" | HEADER => true,
        _ => false,
    };
    may && !taken
}

/// Whether `key` is a keyword of `place` itself.
pub(crate) fn own(place: Place, key: &str) -> bool {
    registry::lookup(place, key).is_some_and(|keyword| keyword.places.contains(&place))
}

/// Whether a value may have this very word.
fn has_literal(grammar: Grammar, word: &str) -> bool {
    match grammar {
        Grammar::Literal(literal) => literal == word,
        Grammar::Optional(inner) | Grammar::Many(inner) => has_literal(*inner, word),
        Grammar::Several(parts) | Grammar::Either(parts) => {
            parts.iter().any(|part| has_literal(*part, word))
        }
        _ => false,
    }
}

impl<'s> Reader<'s> {
    /// Adds the words of a header to `words`; gives the keys that it took them from.
    pub(super) fn header(
        &mut self,
        keyword: &'static Keyword,
        table: &DeTable<'s>,
        words: &mut Vec<Word<'s>>,
    ) -> Vec<&'static str> {
        let mut used = Vec::new();
        for key in ["address", "ip", "port", "fwmark", "group", HEADER] {
            let found = table.iter().find(|(name, _)| name.get_ref() == key);
            let Some((name, value)) = found.filter(|_| is_header_key(keyword, key)) else {
                continue;
            };
            used.push(key);
            let mut literal = |text: &'static str| {
                words.push(Word {
                    text: text.into(),
                    span: self.span(name.span()),
                    quoted: true,
                    cut: false,
                });
            };
            match key {
                "address" => words.extend(self.address(value)),
                HEADER => words.extend(self.any_words(keyword.name, value)),
                "fwmark" | "group" => {
                    literal(key);
                    words.extend(self.word(key, value));
                }
                _ => words.extend(self.word(key, value)),
            }
        }
        used
    }

    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`, `[2001:db8::1]`.
    fn address(&mut self, value: &Spanned<DeValue<'s>>) -> Vec<Word<'s>> {
        let Some(whole) = self.word("address", value) else {
            return Vec::new();
        };
        let text = whole.text.clone();
        let (ip, port) = match text.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((ip, rest)) => (ip, rest.strip_prefix(':')),
                None => (&*text, None),
            },
            None if text.matches(':').count() > 1 => (&*text, None),
            None => text
                .split_once(':')
                .map_or((&*text, None), |(ip, port)| (ip, Some(port))),
        };
        let part = |part: &str| Word {
            span: self.part(&text, part, whole.span),
            text: part.to_owned().into(),
            ..whole.clone()
        };
        std::iter::once(ip).chain(port).map(part).collect()
    }
}
