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

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Options;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::language::{Checks, Definitions, Included, Limits, Repeat, Use};
use crate::source::{FileId, Sources, Span};

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
    line_start: usize,
    /// Where its first token starts.
    first: Option<usize>,
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

    /// Reads a word: plain and quoted pieces without a blank between them. None where all that
    /// stood there was a definition without a value.
    fn word(&mut self, first: char) -> Option<Word<'s>> {
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

/// keepalived 2.2.7 reads so many bytes of a line.
const KEEPALIVED_LINE: usize = 1_023;

/// Adds a piece to a word's text, without a copy for the first.
fn append<'s>(text: &mut Cow<'s, str>, piece: &'s str) {
    if text.is_empty() {
        *text = Cow::Borrowed(piece);
    } else if !piece.is_empty() {
        text.to_mut().push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of tokens, and the problems.
    fn lex(text: &str) -> (usize, Vec<Diagnostic>) {
        let sources = Sources::single("f", text);
        let options = Options::default();
        let mut lexer = Lexer::new(&sources, FileId::default(), &options);
        (lexer.by_ref().count(), lexer.found.problems)
    }

    /// Tokens as text: words in brackets, quoted ones in quotes, `;` for line ends.
    fn shape(text: &str) -> String {
        let sources = Sources::single("f", text);
        let options = Options::default();
        let mut lexer = Lexer::new(&sources, FileId::default(), &options);
        let tokens: Vec<Token<'_>> = lexer.by_ref().collect();
        assert_eq!(lexer.found.problems, [], "{text:?}");
        let show = |token: &Token<'_>| match token {
            Token::Word(word) if word.quoted => format!("\"{}\"", word.text),
            Token::Word(word) => format!("[{}]", word.text),
            Token::Open(_) => "{".to_owned(),
            Token::Close(_) => "}".to_owned(),
            Token::LineEnd => ";".to_owned(),
        };
        tokens.iter().map(show).collect::<Vec<_>>().concat()
    }

    #[test]
    fn a_brace_ends_a_word_outside_quotes_only() {
        assert_eq!(shape("server 80{a}b"), "[server][80]{[a]}[b]");
        assert_eq!(shape("x \"a{b}\""), "[x]\"a{b}\"");
        assert_eq!(shape("x ${ IF}"), "[x][$]{[IF]}");
    }

    #[test]
    fn comments_start_anywhere_outside_quotes() {
        assert_eq!(shape("! all\n# of it\na"), ";;[a]");
        assert_eq!(shape("a #b\nc!d"), "[a];[c]");
        assert_eq!(shape("pass \"a#b!c\""), "[pass]\"a#b!c\"");
        assert_eq!(shape("pass a\\#b\\!c"), "[pass][a#b!c]");
    }

    #[test]
    fn a_word_that_a_comment_cuts_says_so() {
        let sources = Sources::single("f", "a#b\nc #d");
        let options = Options::default();
        let cuts: Vec<bool> = Lexer::new(&sources, FileId::default(), &options)
            .filter_map(|token| match token {
                Token::Word(word) => Some(word.cut),
                Token::Open(_) | Token::Close(_) | Token::LineEnd => None,
            })
            .collect();
        assert_eq!(cuts, [true, false]);
    }

    #[test]
    fn quotes_keep_blanks_and_backslashes() {
        assert_eq!(shape("s \"a  b\" c"), "[s]\"a  b\"[c]");
        assert_eq!(shape(r#"s "a \"b\" \n""#), r#"[s]"a "b" \n""#);
        assert_eq!(shape("s \"\""), "[s]\"\"");
        assert_eq!(shape("--x=\"a b\""), "[--x=a b]");
    }

    #[test]
    fn line_ends_may_be_dos_and_the_last_may_be_missing() {
        assert_eq!(shape("a b\r\nc\r\n"), "[a][b];[c];");
        assert_eq!(shape("a\t\u{b}\u{c} b"), "[a][b]");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_word() {
        assert_eq!(shape("\u{feff}a"), "[a]");
    }

    #[test]
    fn an_open_quote_ends_with_its_line() {
        let (count, found) = lex("s \"a b\r\nc");
        assert_eq!(count, 4);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, code::UNCLOSED_QUOTE);
        assert_eq!(found[0].span.range(), 2..6);
    }

    #[test]
    fn blanks_of_web_pages_separate_words_and_are_reported_once() {
        let (count, found) = lex("\u{a0}state\u{3000}MASTER");
        assert_eq!(count, 2);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, code::ODD_BLANK);
    }
}
