//! Words to blocks and statements.
//!
//! A statement is the words of a line, up to a brace; a block is a statement with a body. A brace
//! at the start of a line belongs to the statement before it. Any text gives a tree: what does not
//! fit is reported and left out.
//!
//! Deliberately absent: which keywords exist, except for the names of blocks that only stand
//! outermost, which show where a `}` is missing.

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Brace, Token, Word};
use crate::source::Span;

/// Blocks may be nested this deep; keepalived needs 5 levels.
const MAX_DEPTH: usize = 24;

/// A statement, or a block.
#[derive(Debug)]
pub(crate) struct Node<'s> {
    /// Its words; none only for a block without a keyword.
    pub(crate) words: Vec<Word<'s>>,
    /// Its body, if it is a block.
    pub(crate) body: Option<Body<'s>>,
}

/// What stands between two braces.
#[derive(Debug)]
pub(crate) struct Body<'s> {
    /// The opening brace.
    pub(crate) open: Span,
    /// What it contains.
    pub(crate) nodes: Vec<Node<'s>>,
}

/// Builds the tree of a whole file; `outermost` tells the keywords of blocks that can't stand in
/// another block.
pub(crate) fn build<'s>(
    tokens: &[Token<'s>],
    outermost: &dyn Fn(&str) -> bool,
    found: &mut Vec<Diagnostic>,
) -> Vec<Node<'s>> {
    let mut first_found = Vec::new();
    let first = Builder::new(None, &mut first_found).run(tokens);
    let unclosed = first_found.iter().any(|d| d.code == code::UNCLOSED_BLOCK);
    if unclosed {
        // A second look: an outermost block inside another shows where the brace is missing.
        return Builder::new(Some(outermost), found).run(tokens);
    }
    found.append(&mut first_found);
    first
}

struct Builder<'s, 'd> {
    outermost: Option<&'d dyn Fn(&str) -> bool>,
    found: &'d mut Vec<Diagnostic>,
    /// The words of the current line.
    words: Vec<Word<'s>>,
    /// The open blocks, from the outside in; `nodes` belongs to the innermost.
    open: Vec<Frame<'s>>,
    nodes: Vec<Node<'s>>,
    /// Closing braces that stand further left than the block that they close.
    odd: Vec<Odd>,
    /// How many blocks below the deepest allowed are open.
    too_deep: usize,
}

/// A block that waits for its `}`.
struct Frame<'s> {
    words: Vec<Word<'s>>,
    brace: Brace,
    /// What stood before it in its parent.
    siblings: Vec<Node<'s>>,
}

/// A closing brace that, by its indentation, was not meant for the block that it closes.
struct Odd {
    open: Span,
    close: Span,
    name: String,
}

impl<'s, 'd> Builder<'s, 'd> {
    fn new(outermost: Option<&'d dyn Fn(&str) -> bool>, found: &'d mut Vec<Diagnostic>) -> Self {
        Self {
            outermost,
            found,
            words: Vec::new(),
            open: Vec::new(),
            nodes: Vec::new(),
            odd: Vec::new(),
            too_deep: 0,
        }
    }

    fn run(mut self, tokens: &[Token<'s>]) -> Vec<Node<'s>> {
        for token in tokens {
            match token {
                Token::Open(brace) => self.open(*brace),
                Token::Close(brace) => self.close(*brace),
                Token::Word(_) | Token::LineEnd if self.too_deep > 0 => {}
                Token::Word(word) => self.words.push(word.clone()),
                Token::LineEnd => self.statement(),
            }
        }
        self.statement();
        if let Some(innermost) = self.open.last() {
            let error = self.unclosed(innermost);
            self.found.push(error);
        }
        while self.leave() {}
        self.nodes
    }

    /// Ends the statement of the current line, if there is one.
    fn statement(&mut self) {
        if !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            self.nodes.push(Node { words, body: None });
        }
    }

    fn open(&mut self, brace: Brace) {
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_add(1);
            return;
        }
        if self.words.is_empty() {
            // `{` on a line of its own belongs to the statement before it.
            if let Some(Node { body: None, .. }) = self.nodes.last() {
                self.words = self.nodes.pop().map(|node| node.words).unwrap_or_default();
            }
        }
        self.close_before_outermost();
        if self.open.len() >= MAX_DEPTH {
            let message = format!("blocks are nested more than {MAX_DEPTH} deep");
            let error = Diagnostic::error(code::NESTING, brace.span, message);
            self.found
                .push(error.hint("what is inside of this block is not read"));
            self.words.clear();
            self.too_deep = 1;
            return;
        }
        self.open.push(Frame {
            words: std::mem::take(&mut self.words),
            brace,
            siblings: std::mem::take(&mut self.nodes),
        });
    }

    fn close(&mut self, brace: Brace) {
        if self.too_deep > 0 {
            self.too_deep = self.too_deep.saturating_sub(1);
            return;
        }
        self.statement();
        if let Some(frame) = self.open.last() {
            let odd = brace.leads && brace.indent < frame.brace.indent;
            if odd && self.outermost.is_some() {
                self.odd.push(Odd {
                    open: frame.brace.span,
                    close: brace.span,
                    name: frame.name(),
                });
            }
        }
        if !self.leave() {
            let message = "this `}` closes nothing";
            let warning = Diagnostic::warning(code::STRAY_BRACE, brace.span, message);
            self.found
                .push(warning.hint("it is ignored; is there one too many before it?"));
        }
    }

    /// Closes the innermost block; false if none is open.
    fn leave(&mut self) -> bool {
        let Some(frame) = self.open.pop() else {
            return false;
        };
        let nodes = std::mem::replace(&mut self.nodes, frame.siblings);
        self.nodes.push(Node {
            words: frame.words,
            body: Some(Body {
                open: frame.brace.span,
                nodes,
            }),
        });
        true
    }

    /// In a file that lacks a `}`: closes all blocks when one starts that only stands outermost.
    fn close_before_outermost(&mut self) {
        let (Some(outermost), Some(head)) = (self.outermost, self.words.first()) else {
            return;
        };
        let Some(innermost) = self.open.last() else {
            return;
        };
        if head.quoted || !outermost(&head.text) {
            return;
        }
        let message = format!("`{}` starts here, and can't be inside of it", head.text);
        let error = self.unclosed(innermost).related(head.span, message);
        self.found.push(error);
        let header = std::mem::take(&mut self.words);
        while self.leave() {}
        self.words = header;
    }

    /// The block that lacks its `}`: a block in `frame` that, by its indentation, took that of
    /// another; else `frame` itself.
    fn unclosed(&self, frame: &Frame<'_>) -> Diagnostic {
        let inside = |odd: &&Odd| odd.open.start > frame.brace.span.start;
        if let Some(odd) = self.odd.iter().find(inside) {
            let message = format!("the block of `{}` is not closed", odd.name);
            return Diagnostic::error(code::UNCLOSED_BLOCK, odd.open, message)
                .related(
                    odd.close,
                    "by its indentation, this `}` belongs to another block",
                )
                .hint("add the missing `}`");
        }
        let message = format!("the block of `{}` is never closed", frame.name());
        Diagnostic::error(code::UNCLOSED_BLOCK, frame.brace.span, message)
            .hint("add the missing `}`")
    }
}

impl Frame<'_> {
    /// Its keyword.
    fn name(&self) -> String {
        let head = self.words.first();
        head.map_or_else(String::new, |head| head.text.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer;
    use crate::source::FileId;

    fn tree(text: &str) -> (String, Vec<&'static str>) {
        let mut found = Vec::new();
        let tokens = lexer::tokens(FileId::default(), text, &mut found);
        let nodes = build(&tokens, &|word| word == "top", &mut found);
        (show(&nodes), found.iter().map(|d| d.code).collect())
    }

    fn show(nodes: &[Node<'_>]) -> String {
        let one = |node: &Node<'_>| {
            let words: Vec<&str> = node.words.iter().map(|word| &*word.text).collect();
            match &node.body {
                Some(body) => format!("{}({})", words.join(" "), show(&body.nodes)),
                None => words.join(" "),
            }
        };
        nodes.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    fn clean(text: &str) -> String {
        let (shown, codes) = tree(text);
        assert!(codes.is_empty(), "{text:?}: {codes:?}");
        shown
    }

    #[test]
    fn braces_stand_where_people_put_them() {
        assert_eq!(clean("a {\n b 1\n c\n}\nd\n"), "a(b 1; c); d");
        assert_eq!(clean("a\n{\nb }"), "a(b)");
        assert_eq!(clean("a\n\n # why\n {\n}"), "a()");
        assert_eq!(clean("a x{b 1\nc}d"), "a x(b 1; c); d");
        assert_eq!(clean("a { b { c } d } e"), "a(b(c); d); e");
        assert_eq!(clean("a {} b {}"), "a(); b()");
    }

    #[test]
    fn a_brace_after_a_block_has_no_keyword() {
        assert_eq!(clean("a {}\n{ b }"), "a(); (b)");
    }

    #[test]
    fn a_stray_brace_is_ignored() {
        assert_eq!(
            tree("a }\n b {\n}"),
            ("a; b()".to_owned(), vec![code::STRAY_BRACE])
        );
    }

    #[test]
    fn an_outermost_block_shows_where_the_brace_is_missing() {
        let (shown, codes) = tree("top {\n a {\n b\n}\ntop {\n c\n}\n");
        assert_eq!(shown, "top(a(b)); top(c)");
        assert_eq!(codes, [code::UNCLOSED_BLOCK]);
    }

    #[test]
    fn without_such_a_sign_the_innermost_open_block_is_blamed() {
        let (shown, codes) = tree("top {\n a {\n b\n");
        assert_eq!(shown, "top(a(b))");
        assert_eq!(codes, [code::UNCLOSED_BLOCK]);
    }

    #[test]
    fn indentation_shows_which_block_took_the_brace_of_another() {
        let text = "top {\n  a {\n    b\n  c {\n  }\n}\ntop {\n}\n";
        let mut found = Vec::new();
        let tokens = lexer::tokens(FileId::default(), text, &mut found);
        build(&tokens, &|word| word == "top", &mut found);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span.start, text.find("{\n    b").unwrap());
        assert_eq!(found[0].related[0].span.start, text.find("}\ntop").unwrap());
    }

    #[test]
    fn a_million_braces_are_one_error_and_no_stack_overflow() {
        let (_, codes) = tree(&"a{".repeat(1_000_000));
        assert_eq!(codes, [code::NESTING, code::UNCLOSED_BLOCK]);
        let balanced = format!("{}{}b", "a{".repeat(50), "}".repeat(50));
        let (shown, codes) = tree(&balanced);
        assert!(shown.ends_with("; b"), "{shown}");
        assert_eq!(codes, [code::NESTING]);
    }
}
