//! Text to words, braces and line ends, one at a time.
//!
//! keepalived: words are separated by blanks, `#` and `!` outside quotes start a comment, even in
//! the middle of a word, `\#` is a `#`, and a brace outside quotes always stands for itself, even
//! glued to a word. A line end matters, so it is a token.
//!
//! Every byte of the text is in at most one token, tokens are in order, and the work is linear in
//! the text. Deliberately absent: keywords (but for those that a password follows), and any idea
//! of what may follow what.

use std::borrow::Cow;

use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
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
    reveals: bool,
    odd_blank: bool,
}

/// A text of which a part is read.
#[derive(Clone, Copy, Debug)]
struct Frame<'s> {
    file: FileId,
    text: &'s str,
    at: usize,
    /// Where the current line starts.
    line_start: usize,
    /// Where its first token starts.
    first: Option<usize>,
}

/// Splits a file into tokens.
#[derive(Debug)]
pub(crate) struct Lexer<'s> {
    frame: Frame<'s>,
    /// Whether a password may follow.
    reveals: bool,
    /// Whether a blank that is not ASCII was reported.
    odd_blank: bool,
    pub(crate) found: Found,
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        while let Some(c) = self.peek() {
            if let Some(token) = self.step(c) {
                self.note_secret(&token);
                return Some(token);
            }
        }
        None
    }
}

impl<'s> Lexer<'s> {
    /// Starts with the file that `file` names.
    pub(crate) fn new(sources: &'s Sources, file: FileId) -> Self {
        let text = sources.file(file).map_or("", |file| &*file.text);
        let start = if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        };
        Self {
            frame: Frame {
                file,
                text,
                at: start,
                line_start: start,
                first: None,
            },
            reveals: false,
            odd_blank: false,
            found: Found::default(),
        }
    }

    /// The place of the next token.
    pub(crate) fn mark(&self) -> Mark<'s> {
        Mark {
            frame: self.frame,
            reveals: self.reveals,
            odd_blank: self.odd_blank,
        }
    }

    /// Goes back to a place where it was before.
    pub(crate) fn rewind(&mut self, mark: &Mark<'s>) {
        self.frame = mark.frame;
        self.reveals = mark.reveals;
        self.odd_blank = mark.odd_blank;
    }

    /// Notes a word that may be a password: one that follows `auth_pass`, or a misspelling of it.
    /// Told by the words alone, so that they are known wherever they stand.
    fn note_secret(&mut self, token: &Token<'s>) {
        let Token::Word(word) = token else {
            self.reveals = false;
            return;
        };
        if self.reveals {
            self.found.secrets.push(word.span);
        }
        let prefix = word.text.as_bytes().get(..4);
        let auth = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"auth"));
        self.reveals = auth && !matches!(&*word.text, "auth_type" | "authentication");
    }

    fn peek(&self) -> Option<char> {
        self.frame.text.get(self.frame.at..)?.chars().next()
    }

    fn peek_after(&self, c: char) -> Option<char> {
        let next = self.frame.at.saturating_add(c.len_utf8());
        self.frame.text.get(next..)?.chars().next()
    }

    fn rest(&self) -> &'s str {
        self.frame.text.get(self.frame.at..).unwrap_or_default()
    }

    fn bump(&mut self, c: char) {
        self.skip(c.len_utf8());
    }

    fn skip(&mut self, length: usize) {
        self.frame.at = self.frame.at.saturating_add(length);
    }

    fn span_from(&self, start: usize) -> Span {
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
        if !c.is_whitespace() {
            self.frame.first.get_or_insert(start);
        }
        match c {
            '\n' => {
                self.bump(c);
                self.frame.line_start = self.frame.at;
                self.frame.first = None;
                return Some(Token::LineEnd);
            }
            '{' => {
                self.bump(c);
                return Some(Token::Open(self.brace(start)));
            }
            '}' => {
                self.bump(c);
                return Some(Token::Close(self.brace(start)));
            }
            '#' | '!' => {
                let rest = self.rest();
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            }
            _ if c.is_ascii_whitespace() || c == '\u{b}' => self.bump(c),
            _ if c.is_whitespace() => {
                self.bump(c);
                self.report_odd_blank(start);
            }
            _ => return Some(Token::Word(self.word(c))),
        }
        None
    }

    /// Reads a word: plain and quoted pieces without a blank between them.
    fn word(&mut self, first: char) -> Word<'s> {
        let start = self.frame.at;
        let mut text: Cow<'s, str> = Cow::Borrowed("");
        let mut cut = false;
        while let Some(c) = self.peek() {
            match c {
                '"' => self.quoted(&mut text),
                '#' | '!' => {
                    cut = true;
                    break;
                }
                '{' | '}' => break,
                '$' if self.peek_after(c) == Some('{') => self.variable(&mut text),
                '\\' => self.escape(&mut text),
                _ if c.is_whitespace() => break,
                _ => self.plain(&mut text),
            }
        }
        Word {
            text,
            span: self.span_from(start),
            quoted: first == '"',
            cut,
        }
    }

    /// Takes all up to the next character that may mean something.
    fn plain(&mut self, text: &mut Cow<'s, str>) {
        let rest = self.rest();
        let stop =
            |c: char| c.is_whitespace() || matches!(c, '"' | '{' | '}' | '#' | '!' | '\\' | '$');
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or_default();
        let length = first.saturating_add(tail.find(stop).unwrap_or(tail.len()));
        self.take(length, text);
    }

    /// Takes `${NAME}`, whose braces are no block's.
    fn variable(&mut self, text: &mut Cow<'s, str>) {
        let name = self.rest().get(2..).unwrap_or_default();
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '_');
        let closed = |end: &usize| name.get(*end..).is_some_and(|tail| tail.starts_with('}'));
        // `${`, the name, and `}`; or the `$` alone.
        let length = end.filter(closed).map_or(1, |end| end.saturating_add(3));
        self.take(length, text);
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

    fn quoted(&mut self, text: &mut Cow<'s, str>) {
        let start = self.frame.at;
        self.bump('"');
        let rest = self.rest();
        let mut piece_start = 0;
        let mut escaped = false;
        for (at, c) in rest.char_indices() {
            match c {
                '\n' => break,
                '"' if escaped => {
                    let piece = rest.get(piece_start..at.saturating_sub(1));
                    append(text, piece.unwrap_or_default());
                    piece_start = at;
                    escaped = false;
                }
                '"' => {
                    append(text, rest.get(piece_start..at).unwrap_or_default());
                    self.skip(at.saturating_add(1));
                    return;
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        append(text, rest.get(piece_start..length).unwrap_or_default());
        self.skip(length);
        let message = "this quote is not closed on its line";
        let error = Diagnostic::error(code::UNCLOSED_QUOTE, self.span_from(start), message);
        self.found
            .push(error.hint("add a `\"` where the value ends"));
    }

    fn take(&mut self, length: usize, text: &mut Cow<'s, str>) {
        let piece = self.rest().get(..length).unwrap_or_default();
        append(text, piece);
        self.skip(length);
    }

    fn report_odd_blank(&mut self, start: usize) {
        if std::mem::replace(&mut self.odd_blank, true) {
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
        let mut lexer = Lexer::new(&sources, FileId::default());
        (lexer.by_ref().count(), lexer.found.problems)
    }

    /// Tokens as text: words in brackets, quoted ones in quotes, `;` for line ends.
    fn shape(text: &str) -> String {
        let sources = Sources::single("f", text);
        let mut lexer = Lexer::new(&sources, FileId::default());
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
        assert_eq!(shape("x ${IF}.5 {"), "[x][${IF}.5]{");
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
        let cuts: Vec<bool> = Lexer::new(&sources, FileId::default())
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
