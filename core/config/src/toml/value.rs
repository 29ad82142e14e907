//! TOML values to the words of statements, by the grammar of their keyword.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar and of TOML values, each function looks at a few"
)]

use ::toml::Spanned;
use ::toml::de::{DeArray, DeTable, DeValue};

use super::Reader;
use crate::code;
use crate::convert::join_command;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::registry::{self, Grammar, Keyword, Place};

/// The words of one statement.
type Args<'s> = Vec<Word<'s>>;

impl<'s> Reader<'s> {
    /// The statements that a value stands for: none for a flag that is off, several for an array
    /// of values.
    pub(super) fn values(
        &mut self,
        keyword: &'static Keyword,
        grammar: Grammar,
        value: &Spanned<DeValue<'s>>,
    ) -> Vec<Args<'s>> {
        match value.get_ref() {
            DeValue::Table(table) => self.table(keyword, grammar, table, value),
            DeValue::Array(array) if is_command(grammar) => {
                let words = self.words(keyword.name, array);
                let texts: Vec<&str> = words.iter().map(|word| &*word.text).collect();
                let whole = Word {
                    text: join_command(&texts).into(),
                    span: self.span(value.span()),
                    quoted: true,
                    cut: false,
                };
                vec![vec![whole]]
            }
            DeValue::Array(array) => {
                let nested = array.iter().any(|element| element.get_ref().is_array());
                let (_, most) = grammar.arity();
                let tables = array.iter().all(|element| element.get_ref().is_table());
                let each = tables && matches!(grammar, Grammar::Options(_));
                if most > 1 && !nested && !each {
                    return vec![self.words_and_options(keyword, grammar, array)];
                }
                let one = |element: &Spanned<DeValue<'s>>| match element.get_ref() {
                    DeValue::Array(array) => vec![self.words_and_options(keyword, grammar, array)],
                    _ => self.values(keyword, grammar, element),
                };
                array.iter().flat_map(one).collect()
            }
            _ => self.scalar(keyword, grammar, value).into_iter().collect(),
        }
    }

    /// The words of a value that is neither array nor table; none for a flag that is off, and for
    /// a mistake.
    fn scalar(
        &mut self,
        keyword: &'static Keyword,
        grammar: Grammar,
        value: &Spanned<DeValue<'s>>,
    ) -> Option<Args<'s>> {
        let (least, most) = grammar.arity();
        match value.get_ref() {
            DeValue::Boolean(on) => {
                if least > 0 {
                    self.wrong(keyword.name, &grammar.expects(), value);
                    return None;
                }
                let off = Word {
                    text: "off".into(),
                    span: self.span(value.span()),
                    quoted: true,
                    cut: false,
                };
                match (on, has_bool(grammar)) {
                    (true, _) => Some(Vec::new()),
                    (false, true) => Some(vec![off]),
                    (false, false) => None,
                }
            }
            DeValue::String(text) if most > 1 && !is_command(grammar) => {
                let words = self.split(text, value);
                let empty = words.is_empty() && least > 0;
                Some(if empty {
                    self.word(keyword.name, value).into_iter().collect()
                } else {
                    words
                })
            }
            _ => Some(vec![self.word(keyword.name, value)?]),
        }
    }

    /// A value that is a table: a command or a user with its parts, or options.
    fn table(
        &mut self,
        keyword: &'static Keyword,
        grammar: Grammar,
        table: &DeTable<'s>,
        value: &Spanned<DeValue<'s>>,
    ) -> Vec<Args<'s>> {
        let keys: &[&str] = match grammar {
            Grammar::CommandAs | Grammar::Optional(Grammar::CommandAs) => {
                &["command", "user", "group"]
            }
            Grammar::User | Grammar::Optional(Grammar::User) => &["user", "group"],
            _ => &[],
        };
        if let (true, Some(place)) = (keys.is_empty(), options_of(grammar)) {
            return vec![self.options(place, table, &[])];
        }
        let known = |key: &str| keys.contains(&key);
        let odd = table.iter().find(|(key, _)| !known(key.get_ref()));
        if let Some((key, _)) = odd.filter(|_| !keys.is_empty()) {
            let message = format!("`{}` takes no `{}`", keyword.name, key.get_ref());
            let span = self.span(key.span());
            let error = Diagnostic::error(code::TOML_VALUE, span, message);
            let keys = keys.join(", ");
            self.found.push(error.hint(format!("it takes {keys}")));
            return Vec::new();
        }
        let of = |key: &&str| table.iter().find(|(name, _)| name.get_ref() == *key);
        let [first, ..] = keys else {
            self.wrong(keyword.name, &grammar.expects(), value);
            return Vec::new();
        };
        if of(first).is_none() {
            let message = format!("`{}` has no `{first}`", keyword.name);
            let span = self.span(value.span());
            self.found
                .push(Diagnostic::error(code::TOML_VALUE, span, message));
            return Vec::new();
        }
        let mut words = Vec::new();
        for (key, value) in keys.iter().filter_map(of) {
            let of_command = key.get_ref() == "command";
            let grammar = if of_command {
                Grammar::Command
            } else {
                Grammar::Word
            };
            words.extend(self.values(keyword, grammar, value).into_iter().flatten());
        }
        vec![words]
    }

    /// The words of options that a table has as keys, but for the keys in `except`.
    pub(super) fn options(
        &mut self,
        place: Place,
        table: &DeTable<'s>,
        except: &[&str],
    ) -> Args<'s> {
        let mut nodes = self.keywords(place, table, except);
        // What has options of its own takes all that follow for its own.
        nodes.sort_by_key(|node| {
            let head = node.words.first();
            let keyword = head.and_then(|head| registry::lookup(place, &head.text));
            let nested = keyword.filter(|keyword| options_of(keyword.grammar).is_some());
            nested.map(|keyword| keyword.name)
        });
        nodes.into_iter().flat_map(|node| node.words).collect()
    }

    /// One word per element; a table is options.
    fn words_and_options(
        &mut self,
        keyword: &'static Keyword,
        grammar: Grammar,
        array: &DeArray<'s>,
    ) -> Args<'s> {
        let place = options_of(grammar);
        let mut words = Vec::new();
        for element in array.iter() {
            match (element.get_ref(), place) {
                (DeValue::Table(table), Some(place)) => {
                    words.extend(self.options(place, table, &[]));
                }
                _ => words.extend(self.word(keyword.name, element)),
            }
        }
        words
    }

    /// One word per element.
    pub(super) fn words(&mut self, key: &str, array: &DeArray<'s>) -> Args<'s> {
        let word = |element| self.word(key, element);
        array.iter().filter_map(word).collect()
    }

    /// The words of a string, or of the elements of an array, or a number.
    pub(super) fn any_words(&mut self, key: &str, value: &Spanned<DeValue<'s>>) -> Args<'s> {
        match value.get_ref() {
            DeValue::Array(array) => self.words(key, array),
            DeValue::String(text) => self.split(text, value),
            _ => self.word(key, value).into_iter().collect(),
        }
    }

    /// A string or a number as one word.
    pub(super) fn word(&mut self, key: &str, value: &Spanned<DeValue<'s>>) -> Option<Word<'s>> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.clone(),
            DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix())
            {
                Ok(number) => number.to_string().into(),
                Err(_) => number.to_string().into(),
            },
            DeValue::Float(number) => number.as_str().to_owned().into(),
            DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                self.wrong(key, "a string or a number here", value);
                return None;
            }
        };
        Some(Word {
            text,
            span: self.span(value.span()),
            quoted: true,
            cut: false,
        })
    }
}

/// Whether a value is a command line.
pub(crate) const fn is_command(grammar: Grammar) -> bool {
    matches!(
        grammar,
        Grammar::Command
            | Grammar::CommandAs
            | Grammar::Optional(Grammar::Command | Grammar::CommandAs)
    )
}

/// Where the options that end a value are declared.
pub(crate) fn options_of(grammar: Grammar) -> Option<Place> {
    match grammar {
        Grammar::Options(place) => Some(place),
        Grammar::Optional(inner) | Grammar::Many(inner) => options_of(*inner),
        Grammar::Several(parts) | Grammar::Either(parts) => {
            parts.iter().find_map(|part| options_of(*part))
        }
        _ => None,
    }
}

/// Whether `off` is such a value.
fn has_bool(grammar: Grammar) -> bool {
    match grammar {
        Grammar::Bool => true,
        Grammar::Choice(words) => words.contains(&"off"),
        Grammar::Optional(inner) => has_bool(*inner),
        Grammar::Several([first, ..]) => has_bool(*first),
        Grammar::Either(kinds) => kinds.iter().any(|kind| has_bool(*kind)),
        _ => false,
    }
}
