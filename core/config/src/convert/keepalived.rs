//! Entries as keepalived.conf.

use super::canonical::{Block, Entry, Inside, Statement};
use crate::registry::{Contents, Grammar, Place};
use crate::source::Span;
use crate::toml::own;

/// The text of a file; adds the places of values that had to be changed to `lost`.
pub(super) fn write(entries: &[Entry], lost: &mut Vec<Span>) -> String {
    let mut writer = Writer {
        text: String::new(),
        lost,
    };
    writer.entries(Place::Top, entries, 0);
    writer.text
}

struct Writer<'l> {
    text: String,
    lost: &'l mut Vec<Span>,
}

impl Writer<'_> {
    /// Values first, then lists, then other blocks, as in TOML.
    fn entries(&mut self, place: Place, entries: &[Entry], depth: usize) {
        for entry in entries {
            match entry {
                Entry::Statement(statement) => self.statement(place, statement, entries, depth),
                Entry::Unknown(lines) => {
                    for line in lines {
                        self.line(depth, &format!("# {line}"));
                    }
                }
                Entry::Block(_) => {}
            }
        }
        let blocks = || {
            entries.iter().filter_map(|entry| match entry {
                Entry::Block(block) => Some(block),
                Entry::Statement(_) | Entry::Unknown(_) => None,
            })
        };
        let lists = blocks().filter(|block| block.is_list());
        let others = blocks().filter(|block| !block.is_list());
        for block in lists.chain(others) {
            if depth == 0 && !self.text.is_empty() {
                self.text.push('\n');
            }
            self.block(place, block, depth);
        }
    }

    fn statement(&mut self, place: Place, one: &Statement, all: &[Entry], depth: usize) {
        if !is_last(one, all) {
            return;
        }
        let (least, _) = one.keyword.grammar.arity();
        let mut line = one.key.clone();
        for (index, atom) in one.value.iter().enumerate() {
            let text = self.without_line_ends(atom.text(), one.span);
            line.push(' ');
            // A command is one word in quotes, and a keyword would start another statement.
            let command =
                matches!(one.keyword.grammar, Grammar::Command | Grammar::CommandAs) && index == 0;
            if command || index >= least && own(place, &text) {
                line.push_str(&in_quotes(&text));
            } else {
                line.push_str(&word(&text));
            }
        }
        self.line(depth, &line);
    }

    fn block(&mut self, place: Place, block: &Block, depth: usize) {
        let (least, _) = block.keyword.grammar.arity();
        let mut line = block.key.clone();
        for (index, text) in block.header.iter().enumerate() {
            let text = self.without_line_ends(text, block.span);
            line.push(' ');
            if index >= least && own(place, &text) {
                line.push_str(&in_quotes(&text));
            } else {
                line.push_str(&word(&text));
            }
        }
        line.push_str(" {");
        self.line(depth, &line);
        let inner = depth.saturating_add(1);
        match (&block.body, block.keyword.grammar) {
            (Inside::Keywords(entries), Grammar::Block(_, Contents::Keywords(place))) => {
                self.entries(place, entries, inner);
            }
            (Inside::Keywords(_), _) => {}
            (Inside::Lines(lines), _) => {
                for words in lines {
                    let words: Vec<String> = words
                        .iter()
                        .map(|text| word(&self.without_line_ends(text, block.span)))
                        .collect();
                    self.line(inner, &words.join(" "));
                }
            }
        }
        self.line(depth, "}");
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text.push_str(&"    ".repeat(depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A word with blanks for its line ends, which no notation has.
    fn without_line_ends(&mut self, text: &str, span: Span) -> String {
        let ends = ['\n', '\r', '\0'];
        if text.contains(ends) {
            self.lost.push(span);
        }
        text.replace(ends, " ")
    }
}

/// Whether no later statement of the same keyword takes the place of this one.
pub(super) fn is_last<'e>(one: &Statement, all: impl IntoIterator<Item = &'e Entry>) -> bool {
    let same = all.into_iter().filter_map(|entry| match entry {
        Entry::Statement(other) if other.keyword == one.keyword => Some(other),
        Entry::Statement(_) | Entry::Block(_) | Entry::Unknown(_) => None,
    });
    same.last().is_none_or(|last| std::ptr::eq(last, one))
}

/// A word as the lexer reads it back: in quotes if it must be.
pub(super) fn word(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "_./:%+,=@*?~^&()[]<>;|'-".contains(c);
    let directive = text.starts_with('@') || text.contains("~SEQ") || text.contains("~LST");
    if !text.is_empty() && text.chars().all(safe) && !directive {
        text.to_owned()
    } else {
        in_quotes(text)
    }
}

/// A word in quotes. Where a quote or the end follows an odd number of backslashes, no quotes can
/// say it: that part stands outside of them.
fn in_quotes(text: &str) -> String {
    let mut said = String::from("\"");
    let mut backslashes = 0_usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => said.push_str("\\\""),
            '\\' if backslashes.is_multiple_of(2) && matches!(chars.peek(), Some('"') | None) => {
                said.push_str("\"\\");
                if chars.next_if_eq(&'"').is_none() {
                    return said;
                }
                said.push_str("\\\"\"");
            }
            _ => said.push(c),
        }
        backslashes = if c == '\\' {
            backslashes.saturating_add(1)
        } else {
            0
        };
    }
    said.push('"');
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{in_quotes, word};
    use crate::Options;
    use crate::lexer::{Lexer, Token};
    use crate::source::{FileId, Sources};

    fn read(written: &str) -> Vec<String> {
        let (sources, options) = (Sources::single("f", written), Options::default());
        let mut lexer = Lexer::new(&sources, FileId::default(), &options);
        let words: Vec<String> = lexer
            .by_ref()
            .filter_map(|token| match token {
                Token::Word(word) => Some(word.text.to_string()),
                Token::Open(_) | Token::Close(_) | Token::LineEnd => None,
            })
            .collect();
        assert_eq!(lexer.found.problems, [], "{written}");
        words
    }

    #[test]
    fn quotes_are_for_words_that_need_them() {
        assert_eq!(word("192.0.2.1/24"), "192.0.2.1/24");
        assert_eq!(word("+"), "+");
        assert_eq!(word(""), "\"\"");
        assert_eq!(word("a b"), "\"a b\"");
        assert_eq!(word("p#1"), "\"p#1\"");
        assert_eq!(word("@home"), "\"@home\"");
        assert_eq!(word(r#"say "x""#), r#""say \"x\"""#);
    }

    proptest! {
        #[test]
        fn a_word_is_read_back_as_it_is(text in "([a-c\\\\\" {}!#'$]|\\PC){0,12}") {
            prop_assume!(!text.chars().any(|c| c.is_whitespace() && !c.is_ascii()));
            for written in [word(&text), in_quotes(&text)] {
                prop_assert_eq!(read(&format!("k {written} x")), ["k", &text, "x"]);
                prop_assert_eq!(read(&format!("k {written}\nx")), ["k", &text, "x"]);
            }
        }
    }
}
