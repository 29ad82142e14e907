//! Words to blocks and statements.
//!
//! A statement is the words of a line, up to a brace; a block is a statement with a body. A brace
//! at the start of a line belongs to the statement before it. Any text gives a tree: what does not
//! fit is reported and left out.
//!
//! Deliberately absent: which keywords exist, except for the names of blocks that only stand
//! outermost, which show where a `}` is missing.

use std::collections::VecDeque;

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Brace, Found, Lexer, Mark, Token, Word};
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

/// The outermost statements and blocks of a configuration, one at a time: each is built when it
/// is asked for, and can be dropped before the next.
#[derive(Debug)]
pub(crate) struct Nodes<'s> {
    lexer: Lexer<'s>,
    /// Tells the keywords of blocks that can't stand in another block.
    outermost: fn(&str) -> bool,
    /// Whether this is a second look at a file that lacks a `}`.
    second: bool,
    /// Where the outermost statement that is being read starts.
    start: Start<'s>,
    /// The words of the current line.
    words: Vec<Word<'s>>,
    /// The open blocks, from the outside in; `nodes` belongs to the innermost.
    open: Vec<Frame<'s>>,
    nodes: Vec<Node<'s>>,
    /// Outermost nodes that are complete.
    ready: VecDeque<Node<'s>>,
    /// Closing braces that stand further left than the block that they close.
    odd: Vec<Odd>,
    /// How many blocks below the deepest allowed are open.
    too_deep: usize,
}

/// A place to which reading may return, and how many problems were found before it.
#[derive(Debug)]
struct Start<'s> {
    mark: Mark<'s>,
    problems: usize,
}

/// A block that waits for its `}`.
#[derive(Debug)]
struct Frame<'s> {
    words: Vec<Word<'s>>,
    brace: Brace,
    /// What stood before it in its parent.
    siblings: Vec<Node<'s>>,
}

/// A closing brace that, by its indentation, was not meant for the block that it closes.
#[derive(Debug)]
struct Odd {
    open: Span,
    close: Span,
    name: String,
}

impl<'s> Iterator for Nodes<'s> {
    type Item = Node<'s>;

    fn next(&mut self) -> Option<Node<'s>> {
        while self.ready.is_empty() {
            let between = self.open.is_empty() && self.words.is_empty();
            let before = between.then(|| self.lexer.mark());
            let problems = self.lexer.found.problems.len();
            let Some(token) = self.lexer.next() else {
                if !self.finish() {
                    break;
                }
                continue;
            };
            if let Some(mark) = before {
                self.begin(mark, problems, &token);
            }
            self.token(token);
            self.release();
        }
        self.ready.pop_front()
    }
}

impl<'s> Nodes<'s> {
    /// Reads what `lexer` gives.
    pub(crate) fn new(lexer: Lexer<'s>, outermost: fn(&str) -> bool) -> Self {
        let mark = lexer.mark();
        Self {
            lexer,
            outermost,
            second: false,
            start: Start { mark, problems: 0 },
            words: Vec::new(),
            open: Vec::new(),
            nodes: Vec::new(),
            ready: VecDeque::new(),
            odd: Vec::new(),
            too_deep: 0,
        }
    }

    /// Whether a text that was read had bytes that are not UTF-8.
    pub(crate) const fn lossy(&self) -> bool {
        self.lexer.lossy
    }

    /// What was found since the last time, up to the node given last; after the last node, all.
    pub(crate) fn found(&mut self) -> Found {
        let found = &mut self.lexer.found;
        let known = if self.nodes.is_empty() {
            found.problems.len()
        } else {
            self.start.problems.min(found.problems.len())
        };
        self.start.problems = self.start.problems.saturating_sub(known);
        Found {
            problems: found.problems.drain(..known).collect(),
            secrets: std::mem::take(&mut found.secrets),
        }
    }

    /// Remembers where an outermost statement begins, if `token` begins one.
    fn begin(&mut self, mark: Mark<'s>, problems: usize, token: &Token<'s>) {
        let begins = match token {
            Token::Word(_) => true,
            Token::Open(_) => self.nodes.is_empty(),
            Token::Close(_) | Token::LineEnd => false,
        };
        if begins {
            self.ready.extend(self.nodes.drain(..));
            self.lexer.forget_before(&mark);
            self.start = Start { mark, problems };
        }
    }

    fn token(&mut self, token: Token<'s>) {
        match token {
            Token::Open(brace) => self.open(brace),
            Token::Close(brace) => self.close(brace),
            Token::Word(_) | Token::LineEnd if self.too_deep > 0 => {}
            Token::Word(word) => self.words.push(word),
            Token::LineEnd => self.statement(),
        }
    }

    /// Gives away the outermost nodes that are complete: all but a last statement, which may yet
    /// be given a block.
    fn release(&mut self) {
        if !self.open.is_empty() {
            return;
        }
        let waits = matches!(self.nodes.last(), Some(Node { body: None, .. }));
        let complete = self.nodes.len().saturating_sub(usize::from(waits));
        self.ready.extend(self.nodes.drain(..complete));
    }

    /// At the end of the text: ends what is open; false if nothing was.
    fn finish(&mut self) -> bool {
        self.statement();
        if let Some(innermost) = self.open.last() {
            if !self.second && !self.lexer.stopped {
                self.look_again();
                return true;
            }
            if !self.lexer.stopped {
                let error = self.unclosed(innermost);
                self.lexer.found.push(error);
            }
        }
        self.lexer.note_conditions();
        while self.leave() {}
        self.ready.extend(self.nodes.drain(..));
        !self.ready.is_empty()
    }

    /// Starts a second look, from the outermost block that is not closed: another such block
    /// inside of it shows where the brace is missing.
    fn look_again(&mut self) {
        self.lexer.rewind(&self.start.mark);
        self.lexer.found.problems.truncate(self.start.problems);
        self.second = true;
        self.words.clear();
        self.open.clear();
        self.nodes.clear();
        self.too_deep = 0;
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
            self.lexer
                .found
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
            let same = frame.brace.span.file == brace.span.file;
            if !same && !self.lexer.same_file(frame.brace.span, brace.span) {
                let message = "this `}` closes a block of another file";
                let warning = Diagnostic::warning(code::BLOCK_ACROSS_FILES, brace.span, message);
                let open = frame.brace.span;
                self.lexer
                    .found
                    .push(warning.related(open, "the block starts here"));
            }
            let odd = same && brace.leads && brace.indent < frame.brace.indent;
            if odd && self.second {
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
            self.lexer
                .found
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
        let (Some(innermost), Some(head)) = (self.open.last(), self.words.first()) else {
            return;
        };
        if !self.second || head.quoted || !(self.outermost)(&head.text) {
            return;
        }
        let message = format!("`{}` starts here, and can't be inside of it", head.text);
        let error = self.unclosed(innermost).related(head.span, message);
        self.lexer.found.push(error);
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
    use crate::Options;
    use crate::source::{FileId, Sources};

    fn tree(text: &str) -> (String, Vec<&'static str>) {
        let (shown, found) = read(text);
        (shown, found.iter().map(|d| d.code).collect())
    }

    fn read(text: &str) -> (String, Vec<Diagnostic>) {
        let sources = Sources::single("f", text);
        let options = Options::default();
        let lexer = Lexer::new(&sources, FileId::default(), &options);
        let mut nodes = Nodes::new(lexer, |word| word == "top");
        let mut shown = Vec::new();
        let mut found = Vec::new();
        while let Some(node) = nodes.next() {
            shown.push(show(&[node]));
            found.append(&mut nodes.found().problems);
        }
        found.append(&mut nodes.found().problems);
        (shown.join("; "), found)
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
    fn a_second_look_starts_at_the_block_that_is_open() {
        let (shown, codes) = tree("x }\nx\ntop {\n a \"b\n}\ntop {\n c \"d\ntop {\n}\n");
        assert_eq!(shown, "x; x; top(a b); top(c d); top()");
        let quote = code::UNCLOSED_QUOTE;
        assert_eq!(
            codes,
            [code::STRAY_BRACE, quote, quote, code::UNCLOSED_BLOCK]
        );
    }

    #[test]
    fn each_outermost_block_is_there_before_the_next_is_read() {
        let sources = Sources::single("f", "a {\n}\nb\n{\n}\nc\nd }\n");
        let options = Options::default();
        let mut nodes = Nodes::new(Lexer::new(&sources, FileId::default(), &options), |_| false);
        let mut next = || {
            let node = nodes.next().map(|node| show(&[node]));
            (node.unwrap_or_default(), nodes.found().problems.len())
        };
        assert_eq!(next(), ("a()".to_owned(), 0));
        assert_eq!(next(), ("b()".to_owned(), 0));
        assert_eq!(next(), ("c".to_owned(), 0));
        assert_eq!(next(), ("d".to_owned(), 1), "and the stray brace after it");
        assert_eq!(next(), (String::new(), 0));
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
        let (_, found) = read(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].span.range().start, text.find("{\n    b").unwrap());
        let took = found[0].related[0].span.range().start;
        assert_eq!(took, text.find("}\ntop").unwrap());
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
