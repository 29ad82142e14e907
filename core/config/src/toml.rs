//! The TOML form of a configuration: another way to write the same tree.
//!
//! Keys are keepalived's keywords, so that everything said about a keyword holds for both forms.
//! What a key may be given follows from its row's grammar:
//!
//! ```toml
//! # A block without a name is a table, a block with a name a table by that name.
//! [global_defs]
//! router_id = "lb1"
//! vrrp_version = 3
//!
//! [vrrp_script.haproxy]
//! script = "/usr/bin/killall -0 haproxy" # or an array: ["/usr/bin/killall", "-0", "haproxy"]
//! interval = 0.5
//! weight = [10, "reverse"] # several words are an array; one word is itself
//!
//! [vrrp_instance.web]
//! interface = "eth0"
//! virtual_router_id = 7
//! nopreempt = true # a flag; `false` is as good as nothing
//! notify_master = { command = "/usr/local/bin/up", user = "nobody" }
//! # The lines of a list are strings as in keepalived.conf, arrays of words, or tables.
//! virtual_ipaddress = [
//!     "192.0.2.1/24 dev eth0",
//!     ["192.0.2.2/24", "label", "eth0:1"],
//!     { address = "192.0.2.3/24", scope = "link" },
//! ]
//! track_script = ["haproxy weight -20"]
//!
//! # Other blocks with something before their brace are arrays of tables with keys for it:
//! # `address`, or `ip` and `port`, `fwmark`, `group`; and `header` for any words.
//! [[virtual_server]]
//! address = "192.0.2.1:80"
//! lb_algo = "rr"
//!
//! [[virtual_server.real_server]]
//! ip = "198.51.100.1"
//! port = 80
//! weight = 1
//!
//! # Any block may be an array of tables, which is the block several times.
//! [[virtual_server.real_server.TCP_CHECK]]
//! connect_timeout = 3
//! ```
//!
//! So a keyword is read by the same row, and complained about in the same words, in both forms.
//! Unknown keywords are errors here. Invariant: nodes are in the order of the text, and each word's
//! span is where the value, or the part of a string that it comes from, stands. Deliberately
//! absent: includes, definitions and conditions; TOML has none, and words are what they say.

mod header;
mod line;
mod value;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

pub(crate) use header::{Given, Shape, given, is_header_key, own, shape};
pub(crate) use line::head_key;
pub(crate) use value::{is_command, options_of};

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Found, Word};
use crate::registry::{self, Contents, Grammar, Header, Keyword, Place};
use crate::source::{FileId, Sources, Span};
use crate::tree::{Body, Node};

/// So many mistakes in the writing of TOML are reported.
const SYNTAX_ERRORS: usize = 20;

/// The tree of a TOML file, whatever its bytes, and what is wrong in it.
pub(crate) fn read(sources: &Sources, file: FileId) -> (Vec<Node<'_>>, Found) {
    let text = sources.file(file).map_or("", |file| &*file.text);
    let bytes = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader {
        file,
        text,
        offset: bytes,
        found: Found::default(),
    };
    let (table, errors) = DeTable::parse_recoverable(text.get(bytes..).unwrap_or_default());
    for error in errors.iter().take(SYNTAX_ERRORS) {
        let span = error.span().unwrap_or_default();
        let span = Span::new(file, span.start + bytes..span.end + bytes);
        let error = Diagnostic::error(code::TOML, span, error.message());
        reader.found.push(error);
    }
    let nodes = reader.keywords(Place::Top, table.get_ref(), &[]);
    (nodes, reader.found)
}

/// Turns the values of a file into nodes.
struct Reader<'s> {
    file: FileId,
    text: &'s str,
    /// Where the TOML starts in the text: after a byte order mark.
    offset: usize,
    found: Found,
}

impl<'s> Reader<'s> {
    /// The statements of a table, but for its keys in `except`, in the order of the text.
    fn keywords(&mut self, place: Place, table: &DeTable<'s>, except: &[&str]) -> Vec<Node<'s>> {
        let mut nodes = Vec::new();
        for (key, value) in table.iter() {
            let recovered = value.span().is_empty();
            if except.contains(&&**key.get_ref()) || recovered {
                continue;
            }
            let key = Word {
                text: key.get_ref().clone(),
                span: self.span(key.span()),
                quoted: false,
                cut: false,
            };
            self.keyword(place, &key, value, &mut nodes);
        }
        nodes.sort_by_key(|node| node.words.first().map(|word| word.span));
        nodes
    }

    /// The statements of one key.
    fn keyword(
        &mut self,
        place: Place,
        key: &Word<'s>,
        value: &Spanned<DeValue<'s>>,
        nodes: &mut Vec<Node<'s>>,
    ) {
        let Some(keyword) = registry::lookup(place, &key.text) else {
            return nodes.extend(self.unknown(key, value));
        };
        if keyword.places.contains(&Place::Anywhere) {
            let message = format!("there is no `{}` in TOML", key.text);
            let error = Diagnostic::error(code::TOML_VALUE, key.span, message);
            let hint = "put the other file's tables in its place";
            return self.found.push(error.hint(hint));
        }
        let Grammar::Block(header, contents) = keyword.grammar else {
            let statements = self.values(keyword, keyword.grammar, value);
            if key.text.starts_with("auth_pass") || (place, &*key.text) == (Place::HmacKey, "key") {
                self.found.secrets.push(self.span(value.span()));
            }
            nodes.extend(statements.into_iter().map(|args| Node {
                words: std::iter::once(key.clone()).chain(args).collect(),
                body: None,
            }));
            return;
        };
        match shape(header) {
            Shape::Plain => self.plain(keyword, contents, std::slice::from_ref(key), value, nodes),
            Shape::Named => {
                let DeValue::Table(table) = value.get_ref() else {
                    let takes = format!("a table by name: `[{}.NAME]`", keyword.name);
                    return self.wrong(&key.text, &takes, value);
                };
                for (name, value) in table.iter() {
                    let name = Word {
                        text: name.get_ref().clone(),
                        span: self.span(name.span()),
                        quoted: true,
                        cut: false,
                    };
                    let span = self.in_header(key, name.span).unwrap_or(name.span);
                    let key = Word {
                        text: keyword.name.into(),
                        span,
                        ..name.clone()
                    };
                    self.plain(keyword, contents, &[key, name], value, nodes);
                }
            }
            Shape::Headed => self.headed(keyword, contents, key, value, nodes),
        }
    }

    /// Blocks of the words before their brace, and what is in them.
    fn plain(
        &mut self,
        keyword: &'static Keyword,
        contents: Contents,
        words: &[Word<'s>],
        value: &Spanned<DeValue<'s>>,
        nodes: &mut Vec<Node<'s>>,
    ) {
        let mut block = |reader: &Self, at: &Spanned<DeValue<'s>>, inside: Vec<Node<'s>>| {
            let mut words = words.to_vec();
            let open = reader.span(at.span());
            if let [head] = &mut words[..]
                && let Some(span) = reader.in_header(head, open)
            {
                head.span = span;
            }
            let nodes_of_block = Some(Body {
                open,
                nodes: inside,
            });
            nodes.push(Node {
                words,
                body: nodes_of_block,
            });
        };
        match (contents, value.get_ref()) {
            (Contents::Keywords(place), DeValue::Table(table)) => {
                let inside = self.keywords(place, table, &[]);
                block(self, value, inside);
            }
            (Contents::Keywords(place), DeValue::Array(array)) => {
                for element in array.iter() {
                    let DeValue::Table(table) = element.get_ref() else {
                        self.wrong(keyword.name, "tables", element);
                        continue;
                    };
                    let inside = self.keywords(place, table, &[]);
                    block(self, element, inside);
                }
            }
            (Contents::Keywords(_), _) => self.wrong(keyword.name, "a table", value),
            (Contents::Unread, DeValue::Table(table)) => {
                let inside = self.unread(keyword, table);
                block(self, value, inside);
            }
            (Contents::Unread, DeValue::Array(array))
                if array.iter().any(|element| element.get_ref().is_table()) =>
            {
                for element in array.iter() {
                    if let DeValue::Table(table) = element.get_ref() {
                        let inside = self.unread(keyword, table);
                        block(self, element, inside);
                    }
                }
            }
            (Contents::Lines(_) | Contents::Unread, _) => {
                let inside = self.lines(keyword, contents, value);
                block(self, value, inside);
            }
        }
    }

    /// Blocks whose tables have keys for the words before the brace.
    fn headed(
        &mut self,
        keyword: &'static Keyword,
        contents: Contents,
        key: &Word<'s>,
        value: &Spanned<DeValue<'s>>,
        nodes: &mut Vec<Node<'s>>,
    ) {
        let elements: Vec<&Spanned<DeValue<'s>>> = match value.get_ref().as_array() {
            Some(array) => array.iter().collect(),
            None => vec![value],
        };
        for element in elements {
            let DeValue::Table(table) = element.get_ref() else {
                let takes = format!("tables: `[[{}]]`", keyword.name);
                self.wrong(keyword.name, &takes, element);
                continue;
            };
            let open = self.span(element.span());
            let span = self.in_header(key, open).unwrap_or(key.span);
            let mut words = vec![Word {
                span,
                ..key.clone()
            }];
            let used = self.header(keyword, table, &mut words);
            let inside = match contents {
                Contents::Keywords(place) => self.keywords(place, table, &used),
                Contents::Lines(_) | Contents::Unread => {
                    let lines = table.iter().find(|(key, _)| key.get_ref() == header::LINES);
                    let other = table
                        .iter()
                        .find(|(key, _)| !used.contains(&&**key.get_ref()));
                    if let Some((other, _)) =
                        other.filter(|(key, _)| *key.get_ref() != header::LINES)
                    {
                        let message = format!("`{}` takes no `{}`", keyword.name, other.get_ref());
                        let span = self.span(other.span());
                        let error = Diagnostic::error(code::TOML_VALUE, span, message);
                        self.found
                            .push(error.hint("its lines are an array: `lines = [...]`"));
                    }
                    lines.map_or_else(Vec::new, |(_, lines)| self.lines(keyword, contents, lines))
                }
            };
            let body = Some(Body {
                open,
                nodes: inside,
            });
            nodes.push(Node { words, body });
        }
    }

    /// The lines of a list.
    fn lines(
        &mut self,
        keyword: &'static Keyword,
        contents: Contents,
        value: &Spanned<DeValue<'s>>,
    ) -> Vec<Node<'s>> {
        let mut nodes: Vec<Node<'s>> = Vec::new();
        let elements: Vec<&Spanned<DeValue<'s>>> = match value.get_ref() {
            DeValue::Array(array) => array.iter().collect(),
            DeValue::Table(table) if table.is_empty() => Vec::new(),
            DeValue::Table(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => vec![value],
        };
        for element in elements {
            let words = match (element.get_ref(), contents) {
                (DeValue::String(text), _) => self.split(text, element),
                (DeValue::Integer(_) | DeValue::Float(_), _) => {
                    self.word(keyword.name, element).into_iter().collect()
                }
                (DeValue::Array(array), _) => self.words(keyword.name, array),
                (DeValue::Table(table), Contents::Lines(line)) => {
                    self.line_table(line, table, element)
                }
                _ => {
                    self.wrong(keyword.name, "lines: `[\"...\", \"...\"]`", element);
                    continue;
                }
            };
            if !words.is_empty() {
                nodes.push(Node { words, body: None });
            }
        }
        nodes
    }

    /// The keys of a table that no row looks into, as lines.
    fn unread(&mut self, keyword: &'static Keyword, table: &DeTable<'s>) -> Vec<Node<'s>> {
        let mut nodes = Vec::new();
        for (key, value) in table.iter() {
            let mut words = vec![Word {
                text: key.get_ref().clone(),
                span: self.span(key.span()),
                quoted: true,
                cut: false,
            }];
            if value.get_ref().as_bool() != Some(true) {
                words.extend(self.any_words(keyword.name, value));
            }
            nodes.push(Node { words, body: None });
        }
        nodes.sort_by_key(|node| node.words.first().map(|word| word.span));
        nodes
    }

    /// A key that is no keyword, as its row would have it: the reader says that it is unknown.
    fn unknown(&self, key: &Word<'s>, value: &Spanned<DeValue<'s>>) -> Option<Node<'s>> {
        let tables = |value: &Spanned<DeValue<'s>>| value.get_ref().is_table();
        let array = value.get_ref().as_array();
        let block = tables(value) || array.is_some_and(|array| array.iter().any(tables));
        let open = self.span(value.span());
        let span = self.in_header(key, open).unwrap_or(key.span);
        let nodes = Vec::new();
        Some(Node {
            words: vec![Word {
                span,
                ..key.clone()
            }],
            body: block.then_some(Body { open, nodes }),
        })
    }

    /// Reports a value of a kind that its key does not take.
    fn wrong(&mut self, key: &str, takes: &str, value: &Spanned<DeValue<'s>>) {
        let is = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or a time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let message = format!("`{key}` can't be {is}");
        let error = Diagnostic::error(code::TOML_VALUE, self.span(value.span()), message);
        self.found.push(error.hint(format!("it takes {takes}")));
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let of = |at: usize| at.saturating_add(self.offset);
        Span::new(self.file, of(range.start)..of(range.end))
    }

    /// Where `key` stands in the header of the table at `open`, or before the name there; none if
    /// the table has no header of its own.
    fn in_header(&self, key: &Word<'s>, open: Span) -> Option<Span> {
        let range = open.range();
        let line = self.text.get(..range.start)?;
        let start = line.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = self.text.get(start..range.end)?;
        if !line.trim_start().starts_with('[') {
            return None;
        }
        let at = start.saturating_add(line.rfind(&*key.text)?);
        Some(Span::new(self.file, at..at.saturating_add(key.text.len())))
    }
}

/// The grammar of what stands between a block's keyword and its brace.
pub(crate) const fn header_grammar(header: Header) -> Grammar {
    match header {
        Header::None => Grammar::Flag,
        Header::Name => Grammar::Name,
        Header::Values(values) => *values,
        Header::Unread => Grammar::REST,
    }
}
