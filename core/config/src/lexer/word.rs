//! Words: plain and quoted pieces, escapes, and the values of definitions among them.

use std::borrow::Cow;

use super::{Frame, Kind, Lexer, Word};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::language::Use;
use crate::source::Span;

impl<'s> Lexer<'s> {
    /// Reads a word: plain and quoted pieces without a blank between them. None where all that
    /// stood there was a definition without a value.
    pub(super) fn word(&mut self, first: char) -> Option<Word<'s>> {
        let mut place = self.place();
        let mut text: Cow<'s, str> = Cow::Borrowed("");
        let mut cut = false;
        let mut some = first != '$';
        while let Some(c) = self.peek_word(&mut place) {
            match c {
                '"' => {
                    self.quoted(&mut text, &mut place);
                    some = true;
                }
                '#' | '!' => {
                    cut = true;
                    break;
                }
                '{' | '}' | '\0' => break,
                '$' => self.variable(&mut text, false),
                '\\' if self.frame.continued && self.at_continuation() => break,
                '\\' => self.escape(&mut text),
                _ if c.is_whitespace() => break,
                _ => self.plain(&mut text),
            }
        }
        some |= !text.is_empty();
        some.then(|| Word {
            text,
            span: self.span_of(place),
            quoted: first == '"',
            cut,
        })
    }

    /// The next character of a word, which goes on behind the value that it started in.
    fn peek_word(&mut self, place: &mut Place) -> Option<char> {
        while !self.stopped {
            let next = self.peek();
            if next.is_some() || self.frame.kind != Kind::Value || self.outer.is_empty() {
                return next;
            }
            if place.depth >= self.outer.len() {
                self.leave_start(place);
            } else {
                self.leave_frame();
            }
        }
        None
    }

    /// Goes on behind the value that a word started in.
    fn leave_start(&mut self, place: &mut Place) {
        let inner = self.frame;
        if self.reveals {
            let value = inner.start..inner.text.len();
            self.found.secrets.push(Span::new(inner.file, value));
        }
        let whole = place.whole_at(&inner);
        self.leave_frame();
        *place = Place {
            depth: self.outer.len(),
            start: inner.used,
            whole: Some((whole, self.frame.at)),
        };
    }

    const fn place(&self) -> Place {
        Place {
            depth: self.outer.len(),
            start: self.frame.at,
            whole: None,
        }
    }

    /// From the start of a word to here, in the innermost text that has all of it.
    fn span_of(&self, place: Place) -> Span {
        let frame = self.outer.get(place.depth).unwrap_or(&self.frame);
        place.whole_at(frame)
    }

    /// Takes all up to the next character that may mean something.
    fn plain(&mut self, text: &mut Cow<'s, str>) {
        let rest = self.rest();
        let stop = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '{' | '}' | '#' | '!' | '\\' | '$' | '\0')
        };
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or_default();
        let length = first.saturating_add(tail.find(stop).unwrap_or(tail.len()));
        self.take(length, text);
    }

    /// Reads a `$` within a word: the value that it stands for, or itself.
    fn variable(&mut self, text: &mut Cow<'s, str>, quoted: bool) {
        match self.dollar(quoted) {
            Use::Literal(length) => self.take(length, text),
            Use::Made(value) => text.to_mut().push_str(&value),
            Use::Entered if self.reveals && self.frame.kind == Kind::Value => {
                let value = self.frame.start..self.frame.text.len();
                self.found.secrets.push(Span::new(self.frame.file, value));
            }
            Use::Entered => {}
        }
    }

    fn escape(&mut self, text: &mut Cow<'s, str>) {
        match self.peek_after('\\') {
            Some(c @ ('#' | '!' | '"')) => {
                self.bump('\\');
                self.bump(c);
                text.to_mut().push(c);
            }
            Some(_) | None => self.take(1, text),
        }
    }

    fn quoted(&mut self, text: &mut Cow<'s, str>, place: &mut Place) {
        let mut start = self.place();
        self.bump('"');
        while let Some(c) = self.peek_word(&mut start) {
            match c {
                '"' => {
                    self.bump(c);
                    place.reach(start);
                    return;
                }
                '\n' | '\0' => break,
                '\r' if matches!(self.peek_after(c), Some('\n') | None) => break,
                '$' => self.variable(text, true),
                '\\' if self.peek_after(c) == Some('"') => {
                    self.bump(c);
                    self.take(1, text);
                }
                '\\' => self.take_escaped(text),
                _ => self.plain_quoted(text),
            }
        }
        place.reach(start);
        let message = "this quote is not closed on its line";
        let span = self.span_of(start);
        let error = Diagnostic::error(code::UNCLOSED_QUOTE, span, message);
        self.found
            .push(error.hint("add a `\"` where the value ends"));
    }

    /// Takes a `\` and a `\` that it escapes.
    fn take_escaped(&mut self, text: &mut Cow<'s, str>) {
        let both = self.peek_after('\\') == Some('\\');
        self.take(if both { 2 } else { 1 }, text);
    }

    fn plain_quoted(&mut self, text: &mut Cow<'s, str>) {
        let rest = self.rest();
        let stop = |c: char| matches!(c, '"' | '\n' | '\r' | '\0' | '$' | '\\');
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or_default();
        let length = first.saturating_add(tail.find(stop).unwrap_or(tail.len()));
        self.take(length, text);
    }

    fn take(&mut self, length: usize, text: &mut Cow<'s, str>) {
        let piece = self.rest().get(..length).unwrap_or_default();
        append(text, piece);
        self.skip(length);
    }
}

/// Where a word starts: in which of the texts around, and where in it.
#[derive(Clone, Copy, Debug)]
struct Place {
    depth: usize,
    start: usize,
    /// All of the word, if it ends with the value that it started in; and where the text around
    /// goes on.
    whole: Option<(Span, usize)>,
}

impl Place {
    /// Takes in `other`, which goes out of the text that it started in.
    fn reach(&mut self, other: Self) {
        if other.depth < self.depth {
            *self = Self {
                whole: None,
                ..other
            };
        }
    }

    /// From the start to where the reading of `frame`, in which it is, has come.
    fn whole_at(&self, frame: &Frame<'_>) -> Span {
        match self.whole {
            Some((whole, at)) if at == frame.at => whole,
            Some(_) | None => Span::new(frame.file, self.start..frame.at.max(self.start)),
        }
    }
}

/// Adds a piece to a word's text, without a copy for the first.
fn append<'s>(text: &mut Cow<'s, str>, piece: &'s str) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        text.to_mut().push_str(piece);
    }
}
