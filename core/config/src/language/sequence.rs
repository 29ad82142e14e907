//! `~SEQ` and `~LST`: the rest of a line, once for each value.
//!
//! keepalived: they stand first on their line, several may follow each other, definitions in them
//! are replaced, and the variables keep their last values after the line. A sequence that would
//! not end, or has no value, leaves out its line.

use std::borrow::Cow;
use std::sync::Arc;

use super::definition::Value;
use super::{Limits, name_length};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Frame, Kind, Lexer};
use crate::source::{Origin, OriginKind, Span};

/// So many definitions are replaced between one pair of parentheses.
const REPLACEMENTS: usize = 10_000;

/// A line that is read several times.
#[derive(Clone, Debug)]
pub(crate) struct Repeat<'s> {
    names: Arc<[String]>,
    values: Values,
    line: Frame<'s>,
    span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Values {
    Sequence {
        next: i64,
        step: i64,
        left: u64,
        hexadecimal: bool,
    },
    List {
        values: Arc<[Vec<String>]>,
        next: usize,
    },
}

impl Values {
    /// Whether reading would end before the last of them: then there is no need to begin.
    fn are_too_many(&self) -> bool {
        match self {
            Self::Sequence { left, .. } => {
                usize::try_from(*left).map_or(true, |left| left > Limits::PIECES)
            }
            Self::List { .. } => false,
        }
    }

    fn next(&mut self) -> Option<Vec<String>> {
        match self {
            Self::Sequence {
                next,
                step,
                left,
                hexadecimal,
            } => {
                *left = left.checked_sub(1)?;
                let value = *next;
                *next = next.saturating_add(*step);
                Some(vec![if *hexadecimal {
                    format!("{value:x}")
                } else {
                    value.to_string()
                }])
            }
            Self::List { values, next } => {
                let value = values.get(*next)?.clone();
                *next = next.saturating_add(1);
                Some(value)
            }
        }
    }
}

impl<'s> Lexer<'s> {
    /// Reads `~SEQ(...)`, `~SEQx(...)` or `~LST(...)`, and starts with the first value.
    pub(super) fn sequence(&mut self) -> bool {
        let line = self.line();
        let Some((kind, rest)) = ["~SEQx", "~SEQ", "~LST"]
            .iter()
            .find_map(|kind| Some((*kind, line.strip_prefix(kind)?)))
        else {
            return false;
        };
        let Some(inner) = rest.trim_start().strip_prefix('(') else {
            return false;
        };
        let Some(close) = inner.find(')') else {
            let message = "its `)` is missing";
            return self.bad_sequence(line.len(), kind, message);
        };
        let length = line
            .len()
            .saturating_sub(inner.len())
            .saturating_add(close)
            .saturating_add(1);
        let inner = inner.get(..close).unwrap_or_default();
        let mut left = REPLACEMENTS;
        let inner = match self.replaced(inner, 0, &mut left) {
            Ok(inner) => inner,
            Err(message) => return self.bad_sequence(length, kind, message),
        };
        let parsed = match kind {
            "~LST" => list(&inner),
            _ => sequence(&inner, kind == "~SEQx"),
        };
        match parsed {
            Ok((_, values)) if values.are_too_many() => {
                let start = self.frame.at;
                self.skip(length);
                self.stop(self.span_from(start));
            }
            Ok((names, values)) => self.start_repeat(names.into(), values, length),
            Err(message) => return self.bad_sequence(length, kind, message),
        }
        true
    }

    fn bad_sequence(&mut self, length: usize, kind: &str, message: &str) -> bool {
        let start = self.frame.at;
        self.skip(length);
        let message = format!("`{kind}`: {message}; the line is left out");
        let error = Diagnostic::error(code::BAD_SEQUENCE, self.span_from(start), message);
        let form = if kind == "~LST" {
            "write `~LST(NAME, VALUE, ...)` or `~LST({NAME, NAME}, {VALUE, VALUE}, ...)`".to_owned()
        } else {
            format!("write `{kind}(NAME, END)`, `(NAME, START, END)` or `(NAME, START, STEP, END)`")
        };
        self.found.push(error.hint(form));
        self.skip_logical_line();
        true
    }

    fn start_repeat(&mut self, names: Arc<[String]>, values: Values, length: usize) {
        let start = self.frame.at;
        self.skip(length);
        let span = self.span_from(start);
        // What a definition gives may end here: then the line goes on after its use.
        while self.frame.kind == Kind::Value && self.rest().trim().is_empty() {
            self.leave_frame();
        }
        let rest = self.line();
        let end = self.frame.at.saturating_add(rest.len());
        let mut line = self.frame;
        let content = rest.trim_end();
        let content = match content.strip_suffix('\\') {
            Some(content) if line.continued => content,
            _ => content,
        };
        let to = line.at.saturating_add(content.len());
        line.text = line.text.get(..to).unwrap_or_default();
        line.kind = Kind::Repeat;
        line.continued = false;
        self.frame.at = end;
        self.repeats.push(Repeat {
            names,
            values,
            line,
            span,
        });
        self.repeat();
    }

    /// Goes on with the next value of the innermost repeated line; without one, it is done.
    pub(crate) fn repeat(&mut self) {
        let Some(repeat) = self.repeats.last_mut() else {
            return;
        };
        let (Some(values), false) = (repeat.values.next(), self.stopped) else {
            self.repeats.pop();
            return;
        };
        let (names, span, mut line) = (Arc::clone(&repeat.names), repeat.span, repeat.line);
        let mut told = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let value = values.get(at).map_or("", String::as_str);
            told.push(format!("{name} = {value}"));
            let value = Value::Made(value.into());
            self.definitions.set(Cow::Owned(name.clone()), value);
        }
        let length = line.text.len().saturating_sub(line.at);
        let origin = Origin {
            span,
            kind: OriginKind::Repeated(told.join(", ").into()),
        };
        let instance = self.sources.again(line.file, origin);
        match instance.filter(|_| self.afford(length, span)) {
            Some(file) => {
                line.file = file;
                self.enter(line);
                self.fresh = true;
            }
            None => {
                self.repeats.pop();
            }
        }
    }

    /// `text` with the definitions that it uses replaced.
    fn replaced<'t>(
        &self,
        text: &'t str,
        depth: usize,
        left: &mut usize,
    ) -> Result<Cow<'t, str>, &'static str> {
        if !text.contains('$') {
            return Ok(Cow::Borrowed(text));
        }
        if depth > Limits::DEPTH {
            return Err("a definition in it stands for itself");
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (braced, inner) = match after.strip_prefix('{') {
                Some(inner) => (true, inner),
                None => (false, after),
            };
            let (name, tail) = inner
                .split_at_checked(name_length(inner))
                .unwrap_or_default();
            let tail = match tail.strip_prefix('}') {
                Some(tail) if braced => tail,
                _ if braced => return Err("its values can't have a `$`"),
                _ => tail,
            };
            let value = match self.definitions.get(name) {
                Some(Value::Made(value)) => Cow::Borrowed(&**value),
                Some(Value::Text(span)) => {
                    *left = left.checked_sub(1).ok_or("it is too long")?;
                    self.replaced(self.sources.text(*span), depth.saturating_add(1), left)?
                }
                Some(Value::Lines(_)) | None => return Err("a name in it is not defined"),
            };
            if out.len().saturating_add(value.len()) > 1 << 16 {
                return Err("it is too long");
            }
            out.push_str(&value);
            rest = tail;
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }
}

type Parsed = Result<(Vec<String>, Values), &'static str>;

fn sequence(inner: &str, hexadecimal: bool) -> Parsed {
    let parts: Vec<&str> = inner.split(',').map(str::trim).collect();
    let (name, numbers) = parts.split_first().ok_or("it has no name")?;
    let name = checked_name(name)?;
    let numbers: Option<Vec<i64>> = numbers.iter().map(|number| integer(number)).collect();
    let numbers = numbers.ok_or("these are no numbers")?;
    let (start, step, end) = match numbers.as_slice() {
        [end] => (if *end > 0 { 1 } else { -1 }, None, *end),
        [start, end] => (*start, None, *end),
        [start, step, end] => (*start, Some(*step), *end),
        _ => return Err("it takes one to three numbers"),
    };
    // keepalived: to 0 without a start is from 1 down.
    let start = if numbers.len() == 1 && end == 0 {
        1
    } else {
        start
    };
    let step = step.unwrap_or(if start <= end { 1 } else { -1 });
    if step == 0 || (start < end && step < 0) || (start > end && step > 0) {
        return Err("its steps never reach the end");
    }
    if hexadecimal && (start < 0 || end < 0) {
        return Err("hexadecimal numbers are not negative");
    }
    let steps = start.abs_diff(end).checked_div(step.unsigned_abs());
    Ok((
        vec![name],
        Values::Sequence {
            next: start,
            step,
            left: steps.unwrap_or(0).saturating_add(1),
            hexadecimal,
        },
    ))
}

fn list(inner: &str) -> Parsed {
    let mut groups = groups(inner)?.into_iter();
    let names = groups.next().ok_or("it has no name")?;
    let names: Result<Vec<String>, _> = names.iter().map(|name| checked_name(name)).collect();
    let names = names?;
    let values: Vec<Vec<String>> = groups.collect();
    if values.is_empty() {
        return Err("it has no value");
    }
    if values.iter().any(|group| group.len() > names.len()) {
        return Err("it has more values than names");
    }
    let values = Values::List {
        values: values.into(),
        next: 0,
    };
    Ok((names, values))
}

/// The parts of a list: single words, or several between braces.
fn groups(inner: &str) -> Result<Vec<Vec<String>>, &'static str> {
    let mut groups = Vec::new();
    let mut rest = inner;
    loop {
        rest = rest.trim_start();
        let (group, tail) = if let Some(open) = rest.strip_prefix('{') {
            let (group, tail) = open.split_once('}').ok_or("its `}` is missing")?;
            (group.split(',').collect(), tail.trim_start())
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (group, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            (vec![group], tail)
        };
        let group: Result<Vec<String>, _> = group.into_iter().map(checked_value).collect();
        groups.push(group?);
        rest = match tail.strip_prefix(',') {
            Some(tail) => tail,
            None if tail.is_empty() => return Ok(groups),
            None => return Err("a `,` is missing after a `}`"),
        };
    }
}

fn checked_name(name: &str) -> Result<String, &'static str> {
    let whole = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    whole.then(|| name.to_owned()).ok_or("this is no name")
}

fn checked_value(value: &str) -> Result<String, &'static str> {
    let value = value.trim();
    if value.contains(char::is_whitespace) {
        return Err("a value has a blank in it");
    }
    Ok(value.to_owned())
}

/// A number as C writes it: decimal, `0x` hexadecimal, `0` octal, with a sign.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let hexadecimal = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    let number = match (hexadecimal, digits.strip_prefix('0')) {
        (Some(digits), _) => i64::from_str_radix(digits, 16),
        (None, Some(digits)) if !digits.is_empty() => i64::from_str_radix(digits, 8),
        (None, _) => digits.parse(),
    };
    let number = number.ok()?;
    Some(if negative {
        number.saturating_neg()
    } else {
        number
    })
}
