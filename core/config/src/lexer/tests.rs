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
