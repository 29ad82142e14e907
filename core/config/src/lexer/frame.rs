//! Texts that are read within each other, and how far each has been read.

use crate::language::Checks;
use crate::source::FileId;

/// How a text came to be read, which tells what is at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A file: the line ends with it.
    File,
    /// A value of one line: the line goes on behind its use.
    Value,
    /// A value of several lines, alone on its line.
    Lines,
    /// The rest of a line that is read several times: the line ends with it.
    Repeat,
}

/// A text of which a part is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'s> {
    pub(crate) file: FileId,
    pub(crate) text: &'s str,
    pub(crate) kind: Kind,
    /// Where reading began.
    pub(crate) start: usize,
    pub(crate) at: usize,
    /// Where in the text around it that begins for which this is read.
    pub(crate) used: usize,
    /// Whether a `\` may stand before its line ends.
    pub(crate) continued: bool,
    /// Of a file: what is an error about the files that it includes.
    pub(crate) checks: Checks,
    /// Where the current line starts.
    pub(super) line_start: usize,
    /// Where its first token starts.
    pub(super) first: Option<usize>,
}

impl<'s> Frame<'s> {
    /// A part of a text, from `start` on.
    pub(crate) const fn new(file: FileId, text: &'s str, start: usize) -> Self {
        Self {
            file,
            text,
            kind: Kind::File,
            start,
            at: start,
            used: start,
            continued: false,
            checks: Checks::NONE,
            line_start: start,
            first: None,
        }
    }

    /// A whole file, without its byte order mark.
    pub(crate) fn file(file: FileId, text: &'s str) -> Self {
        let mark = '\u{feff}';
        let start = if text.starts_with(mark) {
            mark.len_utf8()
        } else {
            0
        };
        Self::new(file, text, start)
    }
}
