//! Nodes to entries: statements taken apart, values in their plainest form.

use crate::build::statement::args_of;
use crate::build::value::Value;
use crate::code;
use crate::diagnostic::{Diagnostics, Severity};
use crate::grammar::{self, show_millis, show_seconds};
use crate::lexer::Word;
use crate::registry::{self, Contents, Grammar, Keyword, Place};
use crate::source::Span;
use crate::toml::{Shape, header_grammar, own, shape};
use crate::tree::Node;

/// A statement or a block.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Statement(Statement),
    Block(Block),
    /// What no row knows, as lines of text.
    Unknown(Vec<String>),
}

/// A keyword with its value.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The keyword as it was written: its name or an alias.
    pub(super) key: String,
    pub(super) keyword: &'static Keyword,
    /// Where it was written.
    pub(super) span: Span,
    pub(super) value: Vec<Atom>,
}

/// A keyword with a block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) key: String,
    pub(super) keyword: &'static Keyword,
    pub(super) span: Span,
    /// The words before its brace.
    pub(super) header: Vec<String>,
    pub(super) body: Inside,
}

impl Block {
    /// How it is written in TOML.
    pub(super) fn shape(&self) -> Shape {
        if let Grammar::Block(header, _) = self.keyword.grammar {
            shape(header)
        } else {
            Shape::Plain
        }
    }

    /// Whether it is a list without a name.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.body, Inside::Lines(_)) && self.shape() == Shape::Plain
    }
}

/// What is in a block.
#[derive(Clone, Debug)]
pub(super) enum Inside {
    Keywords(Vec<Entry>),
    Lines(Vec<Vec<String>>),
}

/// A word of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    /// A word as it is.
    Text(String),
    /// A word that is a number in TOML's notation too.
    Number(String),
    /// A command that has a user behind it, or perhaps not.
    Command(String),
}

impl Atom {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Command(text) => text,
        }
    }
}

/// Words that reading left out, with a warning.
#[derive(Debug, Default)]
pub(super) struct LeftOut(Vec<(Span, &'static str)>);

impl LeftOut {
    /// What the diagnostics so far say is ignored.
    pub(super) fn new(diagnostics: &Diagnostics) -> Self {
        let ignored = diagnostics.iter().filter(|one| {
            one.severity != Severity::Error
                && matches!(one.code, code::EXTRA_WORDS | code::UNKNOWN_KEYWORD)
        });
        Self(ignored.map(|one| (one.span, one.code)).collect())
    }

    fn says(&self, word: &Word<'_>, code: &str) -> bool {
        let here = |span: &Span| (span.file, span.start) == (word.span.file, word.span.start);
        self.0.iter().any(|(span, of)| here(span) && *of == code)
    }

    /// The words of a value, up to one that was too many.
    fn value<'t, 's>(&self, words: &'t [Word<'s>]) -> &'t [Word<'s>] {
        let over = |word: &Word<'_>| self.says(word, code::EXTRA_WORDS);
        let end = words.iter().position(over).unwrap_or(words.len());
        words.get(..end).unwrap_or(words)
    }

    /// The words of a line, without options that nobody knows and their values.
    fn line(&self, words: &[Word<'_>], options: Option<Place>) -> Vec<String> {
        let mut kept = Vec::new();
        let mut skips = false;
        for word in self.value(words) {
            let known = options.is_some_and(|place| own(place, &word.text));
            skips = self.says(word, code::UNKNOWN_KEYWORD) || skips && !known;
            if !skips {
                kept.push(word.text.to_string());
            }
        }
        kept
    }
}

/// Adds the statements of a node, which stands in `place`.
pub(super) fn read(place: Place, node: &Node<'_>, left_out: &LeftOut, entries: &mut Vec<Entry>) {
    let mut words = &node.words[..];
    if words.is_empty() {
        entries.push(unknown(node, words));
    }
    while let [head, rest @ ..] = words {
        let Some(keyword) = registry::lookup(place, &head.text) else {
            return entries.push(unknown(node, words));
        };
        if !keyword.places.contains(&place) {
            return entries.push(unknown(node, words));
        }
        let is_keyword = |word: &Word<'_>| !word.quoted && own(place, &word.text);
        let length = args_of(keyword.grammar, rest, is_keyword);
        let (args, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let body = node.body.as_ref().filter(|_| next.is_empty());
        let (_, most) = keyword.grammar.arity();
        let args = left_out.value(args.get(..most).unwrap_or(args));
        let key = head.text.to_string();
        let span = head.span;
        if let Grammar::Block(header, contents) = keyword.grammar {
            let header = atoms(header_grammar(header), args, keyword);
            let nodes = body.map_or(&[][..], |body| &body.nodes);
            entries.push(Entry::Block(Block {
                key,
                keyword,
                span,
                header: header.iter().map(|atom| atom.text().to_owned()).collect(),
                body: inside(contents, nodes, left_out),
            }));
        } else {
            let value = atoms(keyword.grammar, args, keyword);
            match adds_to(keyword, entries) {
                Some(before) => before.extend(value),
                None => entries.push(Entry::Statement(Statement {
                    key,
                    keyword,
                    span,
                    value,
                })),
            }
        }
        words = next;
    }
}

/// The value of an earlier statement that one of this keyword adds to, instead of taking its place
/// (keepalived: `lvs_timeouts`).
fn adds_to<'e>(keyword: &Keyword, entries: &'e mut [Entry]) -> Option<&'e mut Vec<Atom>> {
    if keyword.grammar != Grammar::Options(Place::LvsTimeoutOption) {
        return None;
    }
    entries.iter_mut().find_map(|entry| match entry {
        Entry::Statement(before) if before.keyword == keyword => Some(&mut before.value),
        Entry::Statement(_) | Entry::Block(_) | Entry::Unknown(_) => None,
    })
}

fn inside(contents: Contents, nodes: &[Node<'_>], left_out: &LeftOut) -> Inside {
    let options = match contents {
        Contents::Keywords(place) => {
            let mut entries = Vec::new();
            for node in nodes {
                read(place, node, left_out, &mut entries);
            }
            return Inside::Keywords(entries);
        }
        Contents::Lines(line) => line.options,
        Contents::Unread => None,
    };
    let words = |node: &Node<'_>| left_out.line(&node.words, options);
    Inside::Lines(nodes.iter().map(words).filter(|l| !l.is_empty()).collect())
}

fn texts(words: &[Word<'_>]) -> Vec<String> {
    words.iter().map(|word| word.text.to_string()).collect()
}

/// Words that no row knows, and their block.
fn unknown(node: &Node<'_>, words: &[Word<'_>]) -> Entry {
    let mut lines = Vec::new();
    show(
        &texts(words),
        node.body.as_ref().map(|b| &b.nodes[..]),
        0,
        &mut lines,
    );
    Entry::Unknown(lines)
}

fn show(words: &[String], body: Option<&[Node<'_>]>, depth: usize, lines: &mut Vec<String>) {
    let indent = "    ".repeat(depth);
    let words: Vec<String> = words.iter().map(|w| super::keepalived::word(w)).collect();
    let words = words.join(" ");
    let Some(nodes) = body else {
        return lines.push(format!("{indent}{words}"));
    };
    lines.push(format!("{indent}{words} {{"));
    for node in nodes {
        let body = node.body.as_ref().map(|body| &body.nodes[..]);
        show(&texts(&node.words), body, depth.saturating_add(1), lines);
    }
    lines.push(format!("{indent}}}"));
}

/// The words of a value, in their plainest form.
fn atoms(grammar: Grammar, words: &[Word<'_>], keyword: &'static Keyword) -> Vec<Atom> {
    let Some(first) = words.first() else {
        return Vec::new();
    };
    let number = |text: Option<String>| {
        let first = text.map_or_else(|| Atom::Text(first.text.to_string()), Atom::Number);
        let rest = words.iter().skip(1).map(plain);
        std::iter::once(first).chain(rest).collect()
    };
    match grammar {
        Grammar::Flag => Vec::new(),
        Grammar::Bool => match grammar::boolean(&first.text) {
            Some(true) => Vec::new(),
            Some(false) => vec![Atom::Text("off".to_owned())],
            None => vec![plain(first)],
        },
        Grammar::Integer { .. } | Grammar::Weight | Grammar::Port => {
            let n = grammar::integer(&first.text).filter(|n| n.unsigned_abs() < MOST);
            number(n.map(|n| n.to_string()))
        }
        Grammar::Radix { .. } | Grammar::Named { .. } => {
            let n = grammar::radix(&first.text).filter(|n| *n < MOST);
            number(n.map(|n| n.to_string()))
        }
        Grammar::Seconds { .. } => {
            let micros = grammar::seconds(&first.text).filter(|n| *n < MOST);
            number(micros.map(show_seconds))
        }
        Grammar::Millis { .. } => {
            let micros = grammar::millis(&first.text).filter(|n| *n < MOST);
            number(micros.map(show_millis))
        }
        Grammar::Command => vec![Atom::Text(whole_command(words))],
        Grammar::CommandAs => command_as(words),
        Grammar::Optional(inner) => atoms(*inner, words, keyword),
        Grammar::Many(inner) => {
            let each = words.chunks(1);
            each.flat_map(|word| atoms(*inner, word, keyword)).collect()
        }
        Grammar::Several(_) => several(grammar, words, first.span, keyword),
        Grammar::Either(kinds) => {
            let fits = |kind: &&Grammar| kind.fits(words) == Some(words.len());
            let plainly = || words.iter().map(plain).collect();
            let kind = kinds.iter().find(fits);
            kind.map_or_else(plainly, |kind| atoms(*kind, words, keyword))
        }
        Grammar::Choice(_)
        | Grammar::Literal(_)
        | Grammar::Word
        | Grammar::Name
        | Grammar::Interface
        | Grammar::Path
        | Grammar::User
        | Grammar::Address(_)
        | Grammar::Prefix(_)
        | Grammar::Host
        | Grammar::Mac
        | Grammar::Broadcast => {
            let text = |word: &Word<'_>| Atom::Text(word.text.to_string());
            words.iter().map(text).collect()
        }
        Grammar::Scope | Grammar::Options(_) | Grammar::Unread { .. } | Grammar::Block(..) => {
            words.iter().map(plain).collect()
        }
    }
}

/// The words of several values, one after the other.
fn several(grammar: Grammar, words: &[Word<'_>], at: Span, keyword: &'static Keyword) -> Vec<Atom> {
    let value = Value {
        name: keyword.name,
        grammar,
        words,
        at,
    };
    let parts = value.parts().into_iter();
    parts
        .flat_map(|part| atoms(part.grammar, part.words, keyword))
        .collect()
}

/// Numbers from here on are not in range of anything, and not TOML's.
const MOST: u64 = 1 << 62;

/// A word as it is, which may look like a number.
fn plain(word: &Word<'_>) -> Atom {
    let text = word.text.to_string();
    let number = word
        .text
        .parse::<i64>()
        .is_ok_and(|n| n.to_string() == text);
    if number {
        Atom::Number(text)
    } else {
        Atom::Text(text)
    }
}

/// A command line in one word.
fn whole_command(words: &[Word<'_>]) -> String {
    let (first, rest) = match words {
        [] => return String::new(),
        [one] => return one.text.to_string(),
        [first, rest @ ..] => (first, rest),
    };
    let undone: Result<Vec<_>, _> = rest.iter().map(|w| grammar::argument(&w.text)).collect();
    match undone {
        Ok(undone) if grammar::command(&first.text).is_ok() => {
            let rest: Vec<&str> = undone.iter().map(|word| &**word).collect();
            format!("{} {}", first.text, join_command(&rest))
        }
        // A command that can't be split is an error, and stays one.
        Ok(_) | Err(_) => {
            let rest: Vec<&str> = rest.iter().map(|word| &*word.text).collect();
            format!("{} {}", first.text, rest.join(" "))
        }
    }
}

/// A command and who runs it; or, as the reader has it, a command in many words.
fn command_as(words: &[Word<'_>]) -> Vec<Atom> {
    let account = |word: &Word<'_>| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        !word.text.starts_with('-') && word.text.chars().all(plain)
    };
    let [first, rest @ ..] = words else {
        return Vec::new();
    };
    if rest.is_empty() || rest.len() > 2 || !rest.iter().all(account) {
        return vec![Atom::Command(whole_command(words))];
    }
    let text = |word: &Word<'_>| Atom::Text(word.text.to_string());
    let command = Atom::Command(first.text.to_string());
    std::iter::once(command)
        .chain(rest.iter().map(text))
        .collect()
}

/// Words as a command line that has these words.
pub(crate) fn join_command(words: &[&str]) -> String {
    let quoted = words.iter().map(|word| grammar::quoted(word));
    quoted.collect::<Vec<_>>().join(" ")
}
