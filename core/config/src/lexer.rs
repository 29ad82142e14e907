//! Text to words, braces and line ends, one at a time.
//!
//! keepalived: words are separated by blanks, `#` and `!` outside quotes start a comment, even in
//! the middle of a word, `\#` is a `#`, and a brace outside quotes always stands for itself, even
//! glued to a word. A line end matters, so it is a token.
//!
//! Texts are read within each other: files where they are included, values where they are used.
//! What stands at the start of a line and is no word is read by [`crate::language`].
//!
//! Tokens are in order, and the work is linear in the text that is read. Deliberately absent:
//! keywords (but for those that a password follows), and any idea of what may follow what.

mod frame;
mod word;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Options;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::language::{Checks, Definitions, Included, Limits, Repeat, Use};
use crate::source::{FileId, Sources, Span};

pub(crate) use frame::{Frame, Kind};

/// A piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A word, without its quotes.
    Word(Word<'s>),
    /// `{`
    Open(Brace),
    /// `}`
    Close(Brace),
    /// The end of a line.
    LineEnd,
}

/// A brace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Brace {
    /// Where it stands.
    pub(crate) span: Span,
    /// By how many bytes its line is indented.
    pub(crate) indent: usize,
    /// Whether it is the first on its line.
    pub(crate) leads: bool,
}

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word<'s> {
    /// What it says, without quotes and escapes.
    pub(crate) text: Cow<'s, str>,
    /// Where it stands, with its quotes.
    pub(crate) span: Span,
    /// Whether it starts with a quote: such a word never starts a second statement on a line.
    pub(crate) quoted: bool,
    /// Whether a comment starts right behind it, without a blank.
    pub(crate) cut: bool,
}

/// What reading finds beside tokens.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What is wrong; beyond [`Found::KEPT`] only the first error.
    pub(crate) problems: Vec<Diagnostic>,
    /// Words that may be passwords.
    pub(crate) secrets: Vec<Span>,
}

impl Found {
    /// So many problems of one outermost block are kept: all that would be shown.
    const KEPT: usize = 1_000;

    /// Adds a problem.
    pub(crate) fn push(&mut self, problem: Diagnostic) {
        if self.problems.last() == Some(&problem) {
            return;
        }
        let error = |d: &Diagnostic| d.severity == Severity::Error;
        if self.problems.len() < Self::KEPT
            || error(&problem)
                && self.problems.len() < Self::KEPT.saturating_mul(2)
                && !self.problems.iter().any(error)
        {
            self.problems.push(problem);
        }
    }
}

/// The place up to which a lexer has read.
#[derive(Clone, Debug)]
pub(crate) struct Mark<'s> {
    frame: Frame<'s>,
    outer: Vec<Frame<'s>>,
    repeats: Vec<Repeat<'s>>,
    /// How many changes of definitions there were.
    changes: usize,
    random: u64,
    fresh: bool,
    reveals: bool,
    told: Told,
}

/// What is reported only once.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    odd_blank: bool,
    long_line: bool,
    nul: bool,
}

/// Splits a file, and what it includes, into tokens.
#[derive(Debug)]
pub(crate) struct Lexer<'s> {
    pub(crate) sources: &'s Sources,
    pub(crate) options: &'s Options,
    /// The text that is being read.
    pub(crate) frame: Frame<'s>,
    /// Those that wait for its end, from the outside in.
    pub(crate) outer: Vec<Frame<'s>>,
    /// Lines that are read again, from the outside in.
    pub(crate) repeats: Vec<Repeat<'s>>,
    pub(crate) definitions: Definitions<'s>,
    pub(crate) included: Included,
    pub(crate) limits: Limits,
    pub(crate) random: u64,
    /// Whether nothing but blanks was read of the line.
    pub(crate) fresh: bool,
    /// Whether a password may follow.
    pub(crate) reveals: bool,
    /// Whether reading was given up.
    pub(crate) stopped: bool,
    /// Whether a text had bytes that were not UTF-8.
    pub(crate) lossy: bool,
    /// Ids of lines that did not hold because no id was given.
    pub(crate) unmatched_ids: BTreeMap<&'s str, Span>,
    told: Told,
    pub(crate) found: Found,
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        while !self.stopped {
            let token = match self.peek() {
                Some(c) => self.step(c),
                None if self.outer.is_empty() => return None,
                None => self.end_of_text(),
            };
            if let Some(token) = token {
                self.fresh = matches!(token, Token::LineEnd);
                self.note_secret(&token);
                return Some(token);
            }
        }
        None
    }
}

impl<'s> Lexer<'s> {
    /// Starts with the file that `file` names.
    pub(crate) fn new(sources: &'s Sources, file: FileId, options: &'s Options) -> Self {
        let main = sources.file(file);
        let text = main.map_or("", |file| &*file.text);
        let path = options
            .files
            .identity(main.map_or("", |file| &*file.name).as_ref());
        Self {
            sources,
            options,
            frame: Frame {
                checks: Checks::of_options(options),
                ..Frame::file(file, text)
            },
            outer: Vec::new(),
            repeats: Vec::new(),
            definitions: Definitions::default(),
            included: Included::from([(path, file)]),
            limits: Limits::default(),
            random: options.random_seed,
            fresh: true,
            reveals: false,
            stopped: false,
            lossy: false,
            unmatched_ids: BTreeMap::new(),
            told: Told::default(),
            found: Found::default(),
        }
    }

    /// The place of the next token.
    pub(crate) fn mark(&self) -> Mark<'s> {
        Mark {
            frame: self.frame,
            outer: self.outer.clone(),
            repeats: self.repeats.clone(),
            changes: self.definitions.changes(),
            random: self.random,
            fresh: self.fresh,
            reveals: self.reveals,
            told: self.told,
        }
    }

    /// Goes back to a place where it was before.
    pub(crate) fn rewind(&mut self, mark: &Mark<'s>) {
        self.frame = mark.frame;
        self.outer.clone_from(&mark.outer);
        self.repeats.clone_from(&mark.repeats);
        self.definitions.undo_to(mark.changes);
        self.random = mark.random;
        self.fresh = mark.fresh;
        self.reveals = mark.reveals;
        self.told = mark.told;
    }

    /// Will not go back to a place before `mark`.
    pub(crate) fn forget_before(&mut self, mark: &Mark<'s>) {
        self.definitions.forget_before(mark.changes);
    }

    /// At the end of a text that is read within another: goes on behind its use.
    fn end_of_text(&mut self) -> Option<Token<'s>> {
        let fresh = self.fresh;
        let kind = self.frame.kind;
        self.leave_frame();
        match kind {
            Kind::File => {}
            Kind::Repeat => self.repeat(),
            Kind::Value | Kind::Lines => return None,
        }
        self.fresh = true;
        (!fresh).then_some(Token::LineEnd)
    }

    /// Goes back into the text around this one.
    pub(crate) fn leave_frame(&mut self) {
        if let Some(outer) = self.outer.pop() {
            self.frame = outer;
        }
    }

    /// Leaves out what is left of the line, in this text and in those around it.
    pub(crate) fn skip_logical_line(&mut self) {
        loop {
            let rest = self.rest();
            self.skip(rest.find('\n').unwrap_or(rest.len()));
            if self.frame.kind != Kind::Value || !self.rest().is_empty() || self.outer.is_empty() {
                return;
            }
            self.leave_frame();
        }
    }

    /// Notes words that may be a password: those that follow `auth_pass`, or a misspelling of it,
    /// on its line; a password with a blank in it is two. Told by the words alone, so that they
    /// are known wherever they stand.
    fn note_secret(&mut self, token: &Token<'s>) {
        let Token::Word(word) = token else {
            self.reveals = false;
            return;
        };
        if self.reveals {
            self.found.secrets.push(word.span);
        }
        if self.reveals && word.cut {
            // What is behind the `#`, which is to be seen.
            let start = self.frame.at.saturating_add(1);
            let end = self.frame.at.saturating_add(self.line().len());
            self.found
                .secrets
                .push(Span::new(self.frame.file, start..end));
        }
        let prefix = word.text.as_bytes().get(..4);
        let auth = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"auth"));
        let other = matches!(&*word.text, "auth_type" | "authentication");
        self.reveals = (auth || self.reveals) && !other;
    }

    fn peek(&self) -> Option<char> {
        self.frame.text.get(self.frame.at..)?.chars().next()
    }

    fn peek_after(&self, c: char) -> Option<char> {
        let next = self.frame.at.saturating_add(c.len_utf8());
        self.frame.text.get(next..)?.chars().next()
    }

    /// What is left of the text.
    pub(crate) fn rest(&self) -> &'s str {
        self.frame.text.get(self.frame.at..).unwrap_or_default()
    }

    fn bump(&mut self, c: char) {
        self.skip(c.len_utf8());
    }

    pub(crate) fn skip(&mut self, length: usize) {
        self.frame.at = self.frame.at.saturating_add(length);
    }

    /// From `start` to here.
    pub(crate) fn span_from(&self, start: usize) -> Span {
        Span::new(self.frame.file, start..self.frame.at)
    }

    fn brace(&self, start: usize) -> Brace {
        let first = self.frame.first.unwrap_or(start);
        Brace {
            span: self.span_from(start),
            indent: first.saturating_sub(self.frame.line_start),
            leads: first == start,
        }
    }

    /// Reads what starts with `c`: a token, or something that is none.
    fn step(&mut self, c: char) -> Option<Token<'s>> {
        let start = self.frame.at;
        if self.fresh && matches!(c, '@' | '$' | '~' | 'i') && self.directive(c) {
            return None;
        }
        if !c.is_whitespace() {
            self.frame.first.get_or_insert(start);
        }
        match c {
            '\n' => return Some(self.line_end()),
            '{' => {
                self.bump(c);
                return Some(Token::Open(self.brace(start)));
            }
            '}' => {
                self.bump(c);
                return Some(Token::Close(self.brace(start)));
            }
            '#' | '!' => self.skip_line(),
            '\0' => self.nul(),
            '\\' if self.frame.continued && self.at_continuation() => self.bump(c),
            '$' if self.enters() => {}
            _ if c.is_ascii_whitespace() || c == '\u{b}' => self.bump(c),
            _ if c.is_whitespace() => {
                self.bump(c);
                self.report_odd_blank(start);
            }
            _ => return self.word(c).map(Token::Word),
        }
        None
    }

    fn line_end(&mut self) -> Token<'s> {
        let start = self.frame.line_start;
        if self.frame.at.saturating_sub(start) > KEEPALIVED_LINE && !self.told.long_line {
            self.told.long_line = true;
            let span = Span::new(self.frame.file, start..start);
            let message = "this line is longer than the 1,023 bytes that keepalived reads";
            let warning = Diagnostic::warning(code::LONG_LINE, span, message);
            self.found
                .push(warning.hint("it is read whole here; keepalived 2.2.7 reads it as several"));
        }
        self.bump('\n');
        self.frame.line_start = self.frame.at;
        self.frame.first = None;
        Token::LineEnd
    }

    /// Goes on at the end of the line, or of the text.
    fn skip_line(&mut self) {
        let rest = self.rest();
        self.skip(rest.find('\n').unwrap_or(rest.len()));
    }

    fn nul(&mut self) {
        let start = self.frame.at;
        if !std::mem::replace(&mut self.told.nul, true) {
            let span = Span::new(self.frame.file, start..start.saturating_add(1));
            let message = "a NUL byte; the rest of its line is ignored";
            let error = Diagnostic::error(code::NUL_BYTE, span, message);
            self.found
                .push(error.hint("is this a text file, and is it UTF-8?"));
        }
        self.skip_line();
    }

    /// Whether the `\` here is the last of its line but for blanks.
    fn at_continuation(&self) -> bool {
        let tail = self.rest().strip_prefix('\\').unwrap_or_default();
        let blank = |c: char| c.is_whitespace() && c != '\n';
        let tail = tail.trim_start_matches(blank);
        tail.is_empty() || tail.starts_with('\n')
    }

    /// Goes on in the value of the `$NAME` here, if it is one that stands in a file; what it
    /// starts with may be a directive.
    fn enters(&mut self) -> bool {
        self.is_text_use() && self.dollar(false) == Use::Entered
    }

    fn report_odd_blank(&mut self, start: usize) {
        if std::mem::replace(&mut self.told.odd_blank, true) {
            return;
        }
        let span = self.span_from(start);
        let message = "a blank that is not an ASCII blank, as pasted text has them";
        let warning = Diagnostic::warning(code::ODD_BLANK, span, message);
        self.found.push(warning.hint(
            "it is taken as a blank here; keepalived takes it as a part of the word: \
             replace it, and any others",
        ));
    }
}

/// keepalived 2.2.7 reads so many bytes of a line.
const KEEPALIVED_LINE: usize = 1_023;

#[cfg(test)]
mod tests;
