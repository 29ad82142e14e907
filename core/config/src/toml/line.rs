//! Strings that hold several words.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::Reader;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::registry::{Grammar, Line, Place};
use crate::source::Span;

/// The key of the first word of a line that is a table.
pub(crate) fn head_key(line: &Line) -> &'static str {
    if line.options == Some(Place::RouteOption) {
        return "to";
    }
    match line.head {
        Grammar::Address(_) | Grammar::Prefix(_) => "address",
        Grammar::Interface => "interface",
        Grammar::Name => "name",
        _ => "value",
    }
}

impl<'s> Reader<'s> {
    /// The words of a string: blanks separate them, double quotes hold them together.
    pub(super) fn split(&mut self, text: &str, value: &Spanned<DeValue<'s>>) -> Vec<Word<'s>> {
        let whole = self.span(value.span());
        let Some(pieces) = pieces(text) else {
            let message = "a quote in this string is not closed";
            let error = Diagnostic::error(code::UNCLOSED_QUOTE, whole, message);
            let hint = "write an array of words if one has a quote in it";
            self.found.push(error.hint(hint));
            return Vec::new();
        };
        let word = |(piece, said): (&str, String)| Word {
            text: said.into(),
            span: self.part(text, piece, whole),
            quoted: true,
            cut: false,
        };
        pieces.into_iter().map(word).collect()
    }

    /// The words of a line that is a table: what it starts with, and options as keys.
    pub(super) fn line_table(
        &mut self,
        line: &Line,
        table: &DeTable<'s>,
        value: &Spanned<DeValue<'s>>,
    ) -> Vec<Word<'s>> {
        let key = head_key(line);
        let head = table.iter().find(|(name, _)| name.get_ref() == key);
        let mut words = match head {
            Some((_, head)) => self.any_words(key, head),
            None if matches!(line.head, Grammar::Options(_) | Grammar::Flag) => Vec::new(),
            None => {
                let message = format!("this table has no `{key}`: {}", line.what);
                let span = self.span(value.span());
                self.found
                    .push(Diagnostic::error(code::TOML_VALUE, span, message));
                return Vec::new();
            }
        };
        if let Some(place) = line.options {
            words.extend(self.options(place, table, &[key]));
        }
        words
    }

    /// Where `piece`, which is a part of `text`, stands; `whole` is the string that says `text`.
    pub(super) fn part(&self, text: &str, piece: &str, whole: Span) -> Span {
        let literal = self.text.get(whole.range()).unwrap_or_default();
        let quotes = literal.len().saturating_sub(text.len()) / 2;
        let end = literal.len().saturating_sub(quotes);
        if literal.get(quotes..end) != Some(text) {
            return whole;
        }
        let within = piece.as_ptr().addr().checked_sub(text.as_ptr().addr());
        let Some(within) = within.filter(|at| *at <= text.len()) else {
            return whole;
        };
        let start = whole
            .range()
            .start
            .saturating_add(quotes)
            .saturating_add(within);
        Span::new(self.file, start..start.saturating_add(piece.len()))
    }
}

/// The pieces of a text and the words that they say; none if a quote is open.
fn pieces(text: &str) -> Option<Vec<(&str, String)>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let mut said = String::new();
        let mut quoted = false;
        let mut end = rest.len();
        for (at, c) in rest.char_indices() {
            match c {
                '"' => quoted = !quoted,
                _ if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                _ => said.push(c),
            }
        }
        if quoted {
            return None;
        }
        let (piece, after) = rest.split_at_checked(end)?;
        pieces.push((piece, said));
        rest = after.trim_start();
    }
    Some(pieces)
}
