//! Command lines: escapes, quotes, words.
//!
//! keepalived 2.2.7 reads one twice. First each escape is undone, between quotes or not: `\t` is a
//! tab, `\x41` an `A`, `\"` a `"`. Then blanks separate what is left, quotes of both kinds hold
//! words together, and what looks like an escape is undone once more.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

/// The words of a command line.
///
/// # Errors
///
/// Why there are none.
pub(crate) fn command(text: &str) -> Result<Vec<String>, &'static str> {
    let text = undone(text)?;
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (_, '\\') => escaped(&mut chars, word.get_or_insert_default()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            (_, _) => push(word.get_or_insert_default(), c),
        }
    }
    if quote.is_some() {
        return Err("a quote inside of this command is not closed");
    }
    words.extend(word);
    words.into_iter().map(text_of).collect()
}

/// One more word of a command line, which was written as a word of its own.
///
/// # Errors
///
/// Why it is none.
pub(crate) fn argument(text: &str) -> Result<Cow<'_, str>, &'static str> {
    Ok(match undone(text)? {
        Cow::Borrowed(text) => undone(text)?,
        Cow::Owned(text) => Cow::Owned(undone(&text)?.into_owned()),
    })
}

/// A word so that [`command`] finds it again in a command line.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // Each of the two readings undoes one escape.
    let inner = word.replace('\\', r"\\\\").replace('\'', r"\\'");
    format!("'{inner}'")
}

/// The first word of a command that only a shell would understand.
pub(crate) fn shell_word(words: &[String]) -> Option<&str> {
    let shell = |word: &&str| {
        let redirects = word
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '&')
            .starts_with(['<', '>']);
        redirects || matches!(*word, "|" | "||" | "&&" | "&" | ";") || word.ends_with(';')
    };
    words.iter().map(String::as_str).find(shell)
}

/// `text` with each escape as the character that it stands for.
fn undone(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            escaped(&mut chars, &mut bytes);
        } else {
            push(&mut bytes, c);
        }
    }
    text_of(bytes).map(Cow::Owned)
}

/// Reads what follows a `\`; at the end of the text it stands for itself.
///
/// keepalived: `\a \b \E \f \n \r \t \v`, `\N` with up to three octal digits, `\xN` with any number
/// of hexadecimal ones, `\cC` for the control character; another character is taken as it is.
fn escaped(chars: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) {
    let Some(c) = chars.next() else {
        bytes.push(b'\\');
        return;
    };
    match c {
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'E' => bytes.push(27),
        'f' => bytes.push(12),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(11),
        '0'..='7' => bytes.push(number(c.to_digit(8), chars, 8, 2)),
        'x' if chars.peek().is_some_and(char::is_ascii_hexdigit) => {
            bytes.push(number(Some(0), chars, 16, usize::MAX));
        }
        'c' => match chars.next_if(char::is_ascii) {
            Some(control) => {
                let code = u8::try_from(control).unwrap_or_default();
                bytes.push(code & 0x1f);
            }
            None => bytes.push(b'c'),
        },
        _ => push(bytes, c),
    }
}

/// The lowest eight bits of a number that goes on for at most so many digits.
fn number(first: Option<u32>, chars: &mut Peekable<Chars<'_>>, radix: u32, most: usize) -> u8 {
    let mut number = first.unwrap_or_default();
    let mut left = most;
    while left > 0
        && let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix))
    {
        chars.next();
        left = left.saturating_sub(1);
        number = number.wrapping_mul(radix).wrapping_add(digit) & 0xff;
    }
    u8::try_from(number & 0xff).unwrap_or_default()
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn text_of(bytes: Vec<u8>) -> Result<String, &'static str> {
    if bytes.contains(&0) {
        return Err("an escape in this command is a NUL byte, which no argument can have");
    }
    String::from_utf8(bytes).map_err(|_| "the escapes in this command give no UTF-8 text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        command(text).unwrap()
    }

    #[test]
    fn commands_are_split_at_blanks_outside_quotes() {
        assert_eq!(words("killall -0  haproxy"), ["killall", "-0", "haproxy"]);
        assert_eq!(words("sh -c 'exit 1'"), ["sh", "-c", "exit 1"]);
        assert_eq!(words("a e'f g'h '' i"), ["a", "ef gh", "", "i"]);
        assert_eq!(words(""), [""; 0]);
        let open = "a quote inside of this command is not closed";
        assert_eq!(command("sh -c 'exit"), Err(open));
        assert_eq!(command(r"a 'c\\'d e"), Err(open), "an escaped quote");
    }

    /// As keepalived 2.2.7 shows the same commands in its dump.
    #[test]
    fn escapes_are_undone_twice() {
        assert_eq!(words(r"p a\\\\b c"), ["p", r"a\b", "c"]);
        assert_eq!(words(r"p a\\ b c"), ["p", "a b", "c"]);
        assert_eq!(words(r"p a\tb c"), ["p", "a", "b", "c"]);
        assert_eq!(words(r"p 'a\tb' c"), ["p", "a\tb", "c"]);
        assert_eq!(words(r"p \x20x\x20y 'q\x20r'"), ["p", "x", "y", "q r"]);
        assert_eq!(words(r#"p \\"a\\" i"#), ["p", "\"a\"", "i"]);
        assert_eq!(words(r"p \'a b\' i"), ["p", "a b", "i"]);
        let codes = ["p", "Ag", "\u{1}", "x", "8", "\u{1}8", "A1"];
        assert_eq!(words(r"p \x41g \x1 \x \8 \18 \1011"), codes);
        assert_eq!(words(r"p \x41b"), ["p", "\u{1b}"], "all hexadecimal digits");
        assert_eq!(
            words(r"p \cA \c[ \E \e \a"),
            ["p", "\u{1}", "\u{1b}", "\u{1b}", "e", "\u{7}"]
        );
        assert_eq!(words(r"p \$A \~ \- \ x"), ["p", "$A", "~", "-", "x"]);
        assert_eq!(words(r"p 'a\\\\b' 'c\\td'"), ["p", r"a\b", "c\td"]);
        assert_eq!(words(r"p 'a\\'b' 'it'\\''s'"), ["p", "a'b", "it's"]);
        assert_eq!(words(r"p 'a\\x41' a\\x41"), ["p", "aA", "aA"]);
        assert_eq!(words(r#"p "a\\b""#), ["p", "a\u{8}"]);
        assert_eq!(words(r"p \xzz \x4 \xé é"), ["p", "xzz", "\u{4}", "xé", "é"]);
    }

    #[test]
    fn what_is_no_text_is_said() {
        assert!(command(r"p \0 z").is_err_and(|why| why.contains("NUL")));
        assert!(command(r"p \xff").is_err_and(|why| why.contains("UTF-8")));
        assert_eq!(words(r"p \xc3\xa9"), ["p", "é"]);
    }

    #[test]
    fn a_quoted_word_is_found_again() {
        for word in [
            "a",
            "",
            "a b",
            r"a\tb",
            "it's",
            r#"say "it's" \\ "#,
            "'",
            r"\",
            "a\tb",
        ] {
            assert_eq!(
                words(&format!("x {} y", quoted(word))),
                ["x", word, "y"],
                "{word}"
            );
        }
    }

    #[test]
    fn an_argument_of_its_own_is_one_word() {
        assert_eq!(argument("a b").as_deref(), Ok("a b"));
        assert_eq!(argument(r"a\x41b\\\\").as_deref(), Ok("a\u{1b}\\"));
    }

    #[test]
    fn shell_syntax_is_recognised() {
        let finds = |text: &str| shell_word(&words(text)).map(str::to_owned);
        assert_eq!(finds("ping -c 1 192.0.2.9 1>&2").as_deref(), Some("1>&2"));
        assert_eq!(finds("pidof a | grep b").as_deref(), Some("|"));
        assert_eq!(
            finds("</dev/tcp/127.0.0.1/80").as_deref(),
            Some("</dev/tcp/127.0.0.1/80")
        );
        assert_eq!(finds("sh -c 'a | b'"), None);
        assert_eq!(finds("curl http://192.0.2.1/?a=b&c=d"), None);
    }
}
