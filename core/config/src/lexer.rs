//! Text to words, braces and line ends.
//!
//! keepalived: words are separated by blanks, `#` and `!` outside quotes start a comment, even in
//! the middle of a word, `\#` is a `#`, and a brace outside quotes always stands for itself, even
//! glued to a word. A line end matters, so it is a token.
//!
//! Every byte of the text is in at most one token, tokens are in order, and the work is linear in
//! the text. Deliberately absent: keywords, and any idea of what may follow what.

use std::borrow::Cow;

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

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

/// Splits `text` into tokens; problems go to `found`.
pub(crate) fn tokens<'s>(
    file: FileId,
    text: &'s str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Token<'s>> {
    let mut lexer = Lexer {
        text,
        file,
        at: 0,
        line_start: 0,
        first: None,
        tokens: Vec::new(),
        odd_blank: None,
        found,
    };
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
        lexer.line_start = lexer.at;
    }
    while let Some(c) = lexer.peek() {
        lexer.step(c);
    }
    lexer.report_odd_blank();
    lexer.tokens
}

/// The words that may be passwords: those that follow `auth_pass`, or a misspelling of it. Told by
/// the words alone, so that they are known wherever they stand.
pub(crate) fn secrets(tokens: &[Token<'_>]) -> Vec<Span> {
    let pairs = tokens.windows(2).filter_map(|pair| match pair {
        [Token::Word(keyword), Token::Word(value)] => Some((keyword, value)),
        _ => None,
    });
    let reveals = |keyword: &Word<'_>| {
        let known = matches!(&*keyword.text, "auth_type" | "authentication");
        keyword.text.to_ascii_lowercase().starts_with("auth") && !known
    };
    pairs
        .filter(|(keyword, _)| reveals(keyword))
        .map(|(_, value)| value.span)
        .collect()
}

struct Lexer<'s, 'd> {
    text: &'s str,
    file: FileId,
    at: usize,
    /// Where the current line starts.
    line_start: usize,
    /// Where its first token starts.
    first: Option<usize>,
    tokens: Vec<Token<'s>>,
    odd_blank: Option<Span>,
    found: &'d mut Vec<Diagnostic>,
}

impl<'s> Lexer<'s, '_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn peek_after(&self, c: char) -> Option<char> {
        let next = self.at.saturating_add(c.len_utf8());
        self.text.get(next..)?.chars().next()
    }

    fn bump(&mut self, c: char) {
        self.at = self.at.saturating_add(c.len_utf8());
    }

    fn span_from(&self, start: usize) -> Span {
        Span {
            file: self.file,
            start,
            end: self.at,
        }
    }

    fn brace(&self, start: usize) -> Brace {
        let first = self.first.unwrap_or(start);
        Brace {
            span: self.span_from(start),
            indent: first.saturating_sub(self.line_start),
            leads: first == start,
        }
    }

    fn step(&mut self, c: char) {
        let start = self.at;
        if !c.is_whitespace() {
            self.first.get_or_insert(start);
        }
        match c {
            '\n' => {
                self.bump(c);
                self.tokens.push(Token::LineEnd);
                self.line_start = self.at;
                self.first = None;
            }
            '{' => {
                self.bump(c);
                let brace = self.brace(start);
                self.tokens.push(Token::Open(brace));
            }
            '}' => {
                self.bump(c);
                let brace = self.brace(start);
                self.tokens.push(Token::Close(brace));
            }
            '#' | '!' => self.comment(),
            _ if c.is_ascii_whitespace() || c == '\u{b}' => self.bump(c),
            _ if c.is_whitespace() => {
                self.bump(c);
                let span = self.span_from(start);
                self.odd_blank.get_or_insert(span);
            }
            _ => self.word(c),
        }
    }

    fn comment(&mut self) {
        if let Some(Token::Word(word)) = self.tokens.last_mut() {
            word.cut |= word.span.end == self.at;
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len());
        self.at = self.at.saturating_add(length);
    }

    /// Reads a word: plain and quoted pieces without a blank between them.
    fn word(&mut self, first: char) {
        let start = self.at;
        let mut text: Cow<'s, str> = Cow::Borrowed("");
        while let Some(c) = self.peek() {
            match c {
                '"' => self.quoted(&mut text),
                '{' | '}' | '#' | '!' => break,
                '$' if self.peek_after(c) == Some('{') => self.variable(&mut text),
                '\\' => self.escape(&mut text),
                _ if c.is_whitespace() => break,
                _ => self.plain(&mut text),
            }
        }
        self.tokens.push(Token::Word(Word {
            text,
            span: self.span_from(start),
            quoted: first == '"',
            cut: false,
        }));
    }

    /// Takes all up to the next character that may mean something.
    fn plain(&mut self, text: &mut Cow<'s, str>) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let stop =
            |c: char| c.is_whitespace() || matches!(c, '"' | '{' | '}' | '#' | '!' | '\\' | '$');
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let tail = rest.get(first..).unwrap_or_default();
        let length = first.saturating_add(tail.find(stop).unwrap_or(tail.len()));
        self.take(length, text);
    }

    /// Takes `${NAME}`, whose braces are no block's.
    fn variable(&mut self, text: &mut Cow<'s, str>) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let name = rest.get(2..).unwrap_or_default();
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
        let start = self.at;
        self.bump('"');
        let rest = self.text.get(self.at..).unwrap_or_default();
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
                    self.at = self.at.saturating_add(at).saturating_add(1);
                    return;
                }
                '\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        append(text, rest.get(piece_start..length).unwrap_or_default());
        self.at = self.at.saturating_add(length);
        let message = "this quote is not closed on its line";
        let error = Diagnostic::error(code::UNCLOSED_QUOTE, self.span_from(start), message);
        self.found
            .push(error.hint("add a `\"` where the value ends"));
    }

    fn take(&mut self, length: usize, text: &mut Cow<'s, str>) {
        let end = self.at.saturating_add(length);
        append(text, self.text.get(self.at..end).unwrap_or_default());
        self.at = end;
    }

    fn report_odd_blank(&mut self) {
        let Some(span) = self.odd_blank else { return };
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

    /// Tokens as text: words in brackets, quoted ones in quotes, `;` for line ends.
    fn shape(text: &str) -> String {
        let mut found = Vec::new();
        let tokens = tokens(FileId::default(), text, &mut found);
        assert_eq!(found, [], "{text:?}");
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
        let mut found = Vec::new();
        let tokens = tokens(FileId::default(), "a#b\nc #d", &mut found);
        let cuts: Vec<bool> = tokens
            .iter()
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
        let mut found = Vec::new();
        let tokens = tokens(FileId::default(), "s \"a b\r\nc", &mut found);
        assert_eq!(tokens.len(), 4);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, code::UNCLOSED_QUOTE);
        assert_eq!(found[0].span.range(), 2..6);
    }

    #[test]
    fn blanks_of_web_pages_separate_words_and_are_reported_once() {
        let mut found = Vec::new();
        let tokens = tokens(FileId::default(), "\u{a0}state\u{3000}MASTER", &mut found);
        assert_eq!(tokens.len(), 2);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].code, code::ODD_BLANK);
    }
}
