//! The language of keepalived.conf around its words: includes, definitions, sequences, lines for
//! one host only.
//!
//! keepalived replaces text by text, line by line, before it looks for words. Here the lexer reads
//! the replacing text where it stands, so that each word knows where it was written and what it was
//! read for; what comes out is the same.
//!
//! Invariant: reading ends, whatever the files: the text that is read beyond the main file, the
//! pieces that it is read in and the depth of their nesting have limits ([`Limits`]).
//!
//! Deliberately absent: the host. Files come from [`Files`]; the configuration id, the environment
//! and what is random come from the options.

mod built_in;
mod condition;
mod definition;
mod files;
mod include;
mod sequence;

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Frame, Lexer};
use crate::source::{Origin, Span};

pub(crate) use definition::{Definitions, Use};
pub use files::{Files, HostFiles, MemoryFiles};
pub(crate) use include::{Checks, Included};
pub(crate) use sequence::Repeat;

/// What was read beyond the main file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of includes, of values and of repeated lines.
    bytes: usize,
    /// How many such pieces.
    pieces: usize,
}

impl Limits {
    /// The most bytes.
    pub(crate) const BYTES: usize = 64 << 20;
    /// The most pieces.
    pub(crate) const PIECES: usize = 500_000;
    /// The most pieces within each other.
    pub(crate) const DEPTH: usize = 32;

    /// Adds a piece; false if that is too much.
    fn add(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.pieces = self.pieces.saturating_add(1);
        self.bytes <= Self::BYTES && self.pieces <= Self::PIECES
    }
}

impl<'s> Lexer<'s> {
    /// Reads what stands at the start of a line, if it is a directive and no word; `c` is its first
    /// character. True if something was read.
    pub(crate) fn directive(&mut self, c: char) -> bool {
        match c {
            '@' => self.conditional(),
            '$' => self.definition() || self.lines(),
            '~' => self.sequence(),
            'i' => self.include(),
            _ => false,
        }
    }

    /// Goes on in `frame`, an instance of a text; what is read now goes on after it.
    pub(crate) fn enter(&mut self, frame: Frame<'s>) {
        let outer = std::mem::replace(&mut self.frame, frame);
        self.outer.push(outer);
    }

    /// Counts a piece of so many bytes that is about to be read because of `span`; false, and the
    /// end of reading, if that is too much.
    pub(crate) fn afford(&mut self, bytes: usize, span: Span) -> bool {
        let affordable = self.limits.add(bytes) && self.outer.len() < Limits::DEPTH;
        if !affordable {
            self.stop(span);
        }
        affordable
    }

    /// Ends reading: what `span` stands for is too much.
    fn stop(&mut self, span: Span) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        let message = "what this file stands for is too much text; reading ends here";
        let error = Diagnostic::error(code::TOO_MUCH_TEXT, span, message);
        self.found.push(error.hint(format!(
            "includes, definitions and sequences may give {} MiB in {} pieces, {} deep",
            Limits::BYTES >> 20,
            Limits::PIECES,
            Limits::DEPTH
        )));
    }

    /// A frame for the bytes of `span`, read because of `origin`.
    fn instance(&mut self, span: Span, origin: Origin) -> Option<Frame<'s>> {
        let file = self.sources.again(span.file, origin)?;
        let range = span.range();
        let text = self.sources.file(file)?.text.get(..range.end)?;
        Some(Frame::new(file, text, range.start))
    }

    /// What is left of the current line, without its line end.
    pub(crate) fn line(&self) -> &'s str {
        let rest = self.rest();
        rest.get(..rest.find('\n').unwrap_or(rest.len()))
            .unwrap_or_default()
    }
}

/// The text of a file, and whether bytes that are not UTF-8 had to be replaced.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, bool) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    }
}

/// How many bytes of a line come before its comment.
fn before_comment(line: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '#' | '!' if !quoted && !escaped => return at,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    line.len()
}

/// The length of the name that `text` starts with: letters, digits and `_`, no digit first.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first().is_none_or(u8::is_ascii_digit) {
        return 0;
    }
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    bytes.iter().take_while(belongs).count()
}

#[cfg(test)]
mod tests;
