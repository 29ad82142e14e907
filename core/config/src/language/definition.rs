//! `$NAME=VALUE`, and the uses of it.
//!
//! keepalived: names are letters, digits and `_`; a use is `${NAME}`, or `$NAME` where a blank or
//! the line's end follows; what a value holds is looked into when it is used, not when it is
//! defined; what is not defined stays as it stands. A name may be made of uses itself,
//! `${A_${B}}`. A value of several lines is replaced only where
//! the use is all that its line has.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{before_comment, name_length};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Frame, Kind, Lexer};
use crate::source::{Origin, OriginKind, Span};

/// Uses within each other that may give a name: each `$` of a line looks so far ahead.
const NESTED: usize = 4;

/// No name is longer, if uses of other definitions give parts of it.
const NAME: usize = 1_000;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A part of a line.
    Text(Span),
    /// Several lines, each but the last with a `\` at its end.
    Lines(Span),
    /// Text that stands in no file.
    Made(Arc<str>),
}

/// The definitions that hold at one place.
#[derive(Debug, Default)]
pub(crate) struct Definitions<'s> {
    values: BTreeMap<Cow<'s, str>, Value>,
    /// What stood there before each change since the oldest place to which reading may return.
    log: Vec<(Cow<'s, str>, Option<Value>)>,
    /// How many changes there were before those of the log.
    forgotten: usize,
}

impl<'s> Definitions<'s> {
    /// How many changes there were.
    pub(crate) fn changes(&self) -> usize {
        self.forgotten.saturating_add(self.log.len())
    }

    /// Takes back all changes but the first so many.
    pub(crate) fn undo_to(&mut self, changes: usize) {
        while self.changes() > changes {
            let Some((name, value)) = self.log.pop() else {
                return;
            };
            match value {
                Some(value) => self.values.insert(name, value),
                None => self.values.remove(&name),
            };
        }
    }

    /// Reading will not return to before so many changes.
    pub(crate) fn forget_before(&mut self, changes: usize) {
        let count = changes.saturating_sub(self.forgotten).min(self.log.len());
        self.log.drain(..count);
        self.forgotten = self.forgotten.saturating_add(count);
    }

    pub(super) fn set(&mut self, name: Cow<'s, str>, value: Value) {
        let before = self.values.insert(name.clone(), value);
        self.log.push((name, before));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(|name| &**name)
    }
}

/// What a `$` in a text is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// No use of a definition: so many bytes that stand for themselves.
    Literal(usize),
    /// A use; the lexer is in the value now, if it is not empty.
    Entered,
    /// A use of what stands in no file.
    Made(String),
}

/// A use of a name, as written.
pub(super) struct Written<'s> {
    pub(super) name: Cow<'s, str>,
    arguments: &'s str,
    pub(super) length: usize,
    braced: bool,
}

impl<'s> Lexer<'s> {
    /// Reads a `$` and what belongs to it; `quoted` tells whether it is between quotes.
    pub(crate) fn dollar(&mut self, quoted: bool) -> Use {
        let Some(written) = self.written_use() else {
            return Use::Literal(1);
        };
        let start = self.frame.at;
        let span = Span::new(self.frame.file, start..start.saturating_add(written.length));
        match self.definitions.get(&written.name).cloned() {
            Some(Value::Made(value)) => {
                self.skip(written.length);
                Use::Made(value.as_ref().to_owned())
            }
            Some(Value::Text(value)) => self.enter_value(&written, value, span, Kind::Value),
            Some(Value::Lines(_)) => {
                let message = "a definition of several lines is not replaced within a line";
                let warning = Diagnostic::warning(code::LINES_IN_A_LINE, span, message);
                self.found.push(warning.hint("put it on a line of its own"));
                Use::Literal(written.length)
            }
            None => {
                if let Some(value) = self.built_in(&written.name, written.arguments, span) {
                    self.skip(written.length);
                    return Use::Made(value);
                }
                if !quoted && !self.reveals {
                    self.undefined(&written, span);
                }
                Use::Literal(written.length)
            }
        }
    }

    /// Whether the `$` here is the use of a value that stands in a file.
    pub(crate) fn is_text_use(&self) -> bool {
        let written = self.written_use();
        let value = written.and_then(|written| self.definitions.get(&written.name));
        matches!(value, Some(Value::Text(_)))
    }

    /// Reads a use of a definition of several lines, if the line has nothing else.
    pub(super) fn lines(&mut self) -> bool {
        let Some(written) = self.written_use() else {
            return false;
        };
        let Some(Value::Lines(value)) = self.definitions.get(&written.name).cloned() else {
            return false;
        };
        let rest = self.line().get(written.length..).unwrap_or_default();
        let rest = rest.get(..before_comment(rest)).unwrap_or_default().trim();
        if !rest.is_empty() && rest != "\\" {
            return false;
        }
        let start = self.frame.at;
        let span = Span::new(self.frame.file, start..start.saturating_add(written.length));
        match self.enter_value(&written, value, span, Kind::Lines) {
            Use::Entered => {}
            Use::Literal(length) => self.skip(length),
            Use::Made(_) => {}
        }
        true
    }

    /// The use that starts at the `$` here, if it has the form of one.
    pub(super) fn written_use(&self) -> Option<Written<'s>> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix("${") {
            let length = name_length(inner);
            let (name, tail) = inner.split_at_checked(length)?;
            if tail.starts_with("${") {
                let (name, used) = self.made_name(inner, 0)?;
                return Some(Written {
                    name: Cow::Owned(name),
                    arguments: "",
                    length: used.saturating_add(2),
                    braced: true,
                });
            }
            let end = tail.find(['}', '{', '\n', '"'])?;
            let arguments = tail.get(..end)?;
            let blank = arguments.is_empty()
                || name.starts_with('_') && arguments.starts_with(char::is_whitespace);
            let closed = tail.get(end..)?.starts_with('}');
            return (length > 0 && blank && closed).then_some(Written {
                name: Cow::Borrowed(name),
                arguments,
                length: length.saturating_add(end).saturating_add(3),
                braced: true,
            });
        }
        let name = rest.strip_prefix('$')?;
        let length = name_length(name);
        let name = name.get(..length)?;
        let length = length.saturating_add(1);
        (length > 1 && self.ends_at(length)).then_some(Written {
            name: Cow::Borrowed(name),
            arguments: "",
            length,
            braced: false,
        })
    }

    /// The name that `text` starts with, up to its `}`, where uses of other definitions give parts
    /// of it; and how many bytes it and its `}` take. keepalived: the innermost is replaced first.
    fn made_name(&self, text: &str, depth: usize) -> Option<(String, usize)> {
        if depth > NESTED {
            return None;
        }
        let mut name = String::new();
        let mut rest = text;
        loop {
            let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = rest.find(|c| !belongs(c))?;
            let (plain, tail) = rest.split_at_checked(end)?;
            name.push_str(plain);
            if let Some(tail) = tail.strip_prefix('}') {
                let used = text.len().saturating_sub(tail.len());
                return (name_length(&name) == name.len()).then_some((name, used));
            }
            let inner = tail.strip_prefix("${")?;
            let (of_part, used) = self.made_name(inner, depth.saturating_add(1))?;
            match self.definitions.get(&of_part)? {
                Value::Text(span) => name.push_str(self.sources.text(*span)),
                Value::Made(value) => name.push_str(value),
                Value::Lines(_) => return None,
            }
            if name.len() > NAME {
                return None;
            }
            rest = inner.get(used..)?;
        }
    }

    /// Whether a blank, a comment or the end of the line follows in so many bytes.
    fn ends_at(&self, length: usize) -> bool {
        let ends = |rest: &str| {
            let c = rest.chars().next()?;
            Some(c.is_whitespace() || matches!(c, '#' | '!'))
        };
        if let Some(answer) = self.rest().get(length..).and_then(ends) {
            return answer;
        }
        let mut kind = self.frame.kind;
        for outer in self.outer.iter().rev() {
            if kind != Kind::Value {
                return true;
            }
            if let Some(answer) = outer.text.get(outer.at..).and_then(ends) {
                return answer;
            }
            kind = outer.kind;
        }
        true
    }

    fn enter_value(&mut self, written: &Written<'s>, value: Span, span: Span, kind: Kind) -> Use {
        let home = self.sources.home(value);
        let frames = std::iter::once(&self.frame).chain(&self.outer);
        let inside = |frame: &Frame<'_>| {
            let within = matches!(frame.kind, Kind::Value | Kind::Lines);
            let file = self.sources.home(Span::new(frame.file, 0..0)).file;
            within && file == home.file && frame.start == home.range().start
        };
        if frames.into_iter().any(inside) {
            let message = format!("`${}` stands for itself", written.name);
            let error = Diagnostic::error(code::RECURSION, span, message);
            self.found.push(
                error
                    .related(value, "its value leads back to it")
                    .hint("keepalived never ends to replace this"),
            );
            return Use::Literal(written.length);
        }
        let length = value.range().len();
        if length > 0 {
            if !self.afford(length, span) {
                return Use::Literal(written.length);
            }
            let origin = Origin {
                span,
                kind: OriginKind::Expanded,
            };
            let Some(mut frame) = self.instance(value, origin) else {
                return Use::Literal(written.length);
            };
            frame.kind = kind;
            frame.used = self.frame.at;
            frame.continued = kind == Kind::Lines;
            self.skip(written.length);
            self.enter(frame);
        } else {
            self.skip(written.length);
        }
        Use::Entered
    }

    fn undefined(&mut self, written: &Written<'s>, span: Span) {
        let name = &*written.name;
        let message = format!("`{name}` is not defined; this stays as it stands");
        let warning = Diagnostic::warning(code::UNDEFINED, span, message);
        // Not when nobody will see it.
        let seen = self.found.problems.len() < 100;
        let near = self
            .definitions
            .names()
            .filter(|_| seen)
            .map(|other| (strsim::damerau_levenshtein(name, other), other))
            .filter(|(distance, _)| *distance <= 2)
            .min();
        let hint = match near {
            Some((_, near)) => format!("did you mean `${near}`?"),
            None if written.braced => {
                "keepalived takes these braces for those of a block: define it in a line before"
                    .to_owned()
            }
            None => format!("define it in a line before: `${name}=VALUE`"),
        };
        self.found.push(warning.hint(hint));
    }

    /// Reads `$NAME=VALUE` with all its lines.
    pub(super) fn definition(&mut self) -> bool {
        let text = self.rest().get(1..).unwrap_or_default();
        let length = name_length(text);
        let (name, value) = text.split_at_checked(length).unwrap_or_default();
        if length == 0 || !value.starts_with('=') {
            self.warn_of_near_definition(text);
            return false;
        }
        // The `$`, the name, the `=`.
        self.skip(length.saturating_add(2));
        let value = self.value();
        self.definitions.set(Cow::Borrowed(name), value);
        true
    }

    /// Reads the value of a definition, and leaves the lexer at its line end.
    ///
    /// keepalived 2.2.7 ends a definition at a blank line, later versions leave out the blank line;
    /// the example in the manual has some. Here it ends where all blocks in it are closed.
    fn value(&mut self) -> Value {
        let file = self.frame.file;
        let from = self.frame.at;
        let first = self.line();
        if self.frame.continued || !continues(first) {
            self.skip(first.len());
            return Value::Text(self.trimmed(from, self.frame.at));
        }
        // The lines that have something in them.
        let mut lines: Vec<(usize, usize)> = Vec::new();
        let mut depth = 0_i64;
        loop {
            let start = self.frame.at;
            let line = self.line();
            let blank = line.trim().is_empty();
            if blank && depth <= 0 && start > from {
                break;
            }
            self.skip(line.len());
            let content = content(line);
            let lone_bar = lines.is_empty() && content == "|";
            if !content.is_empty() && !lone_bar {
                lines.push((start, self.frame.at));
                depth = depth.saturating_add(opened(content));
            }
            if !(blank || continues(line)) || !self.rest().starts_with('\n') {
                break;
            }
            self.skip(1);
        }
        match lines.as_slice() {
            [] => Value::Text(Span::new(file, from..from)),
            [(start, end)] => Value::Text(self.trimmed(*start, *end)),
            [(start, _), .., (_, end)] => Value::Lines(Span::new(file, *start..*end)),
        }
    }

    /// The part of a line that is neither blank at its ends nor comment nor `\`.
    fn trimmed(&self, from: usize, to: usize) -> Span {
        let line = self.frame.text.get(from..to).unwrap_or_default();
        let content = content(line);
        let blank = line.len().saturating_sub(line.trim_start().len());
        let start = if content.is_empty() {
            from
        } else {
            from.saturating_add(blank)
        };
        Span::new(self.frame.file, start..start.saturating_add(content.len()))
    }

    /// Warns of `$1A=x`, `$A-B=x` and `$A =x`.
    fn warn_of_near_definition(&mut self, text: &str) {
        let end = |c: char| c.is_whitespace() || matches!(c, '=' | '"' | '{' | '}' | '#' | '!');
        let Some((name, tail)) = text
            .find(end)
            .filter(|end| (1..100).contains(end))
            .and_then(|end| text.split_at_checked(end))
        else {
            return;
        };
        if self.reveals || !tail.trim_start_matches([' ', '\t']).starts_with('=') {
            return;
        }
        let start = self.frame.at;
        let end = start.saturating_add(name.len()).saturating_add(1);
        let span = Span::new(self.frame.file, start..end);
        let message = "this looks like a definition and is none";
        let warning = Diagnostic::warning(code::BAD_DEFINITION, span, message);
        self.found.push(warning.hint(
            "write `$NAME=VALUE`: letters, digits and `_`, no digit first, no blank before the `=`",
        ));
    }
}

/// Whether a line of a definition ends in `\`.
fn continues(line: &str) -> bool {
    line.trim_end().ends_with('\\')
}

/// By how much a line of a definition opens more blocks than it closes.
fn opened(line: &str) -> i64 {
    let mut opened = 0_i64;
    let mut quoted = false;
    let mut variables = 0_usize;
    let mut before = ' ';
    for c in line.chars() {
        match c {
            '"' if before != '\\' => quoted = !quoted,
            '{' if before == '$' => variables = variables.saturating_add(1),
            '}' if variables > 0 => variables = variables.saturating_sub(1),
            '{' if !quoted => opened = opened.saturating_add(1),
            '}' if !quoted => opened = opened.saturating_sub(1),
            _ => {}
        }
        before = c;
    }
    opened
}

/// What a line of a definition says: without the `\` at its end, its comment and the blanks around.
fn content(line: &str) -> &str {
    let line = line.trim();
    let line = line.strip_suffix('\\').unwrap_or(line);
    line.get(..before_comment(line)).unwrap_or_default().trim()
}
