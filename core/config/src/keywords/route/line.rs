//! Words that are options of a place, with their values, in any order: lines of routes and rules.
//!
//! Invariant: what is left out with a warning is a word that is no option, with all words up to
//! the next option; converting leaves out the same.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use crate::build::Context;
use crate::build::statement::{Statement, shape};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::Table;
use crate::lexer::Word;
use crate::registry::{self, Grammar, Place, Status};
use crate::tree::Node;

/// How words are read that are options.
pub(in crate::keywords) struct Options<D: 'static> {
    /// What they are options of, with its article: "a route".
    pub(in crate::keywords) what: &'static str,
    pub(in crate::keywords) table: &'static Table<D>,
    /// Takes a word that is no option; false if it can't.
    pub(in crate::keywords) bare: fn(&mut D, &mut Context<'_>, &Word<'_>) -> bool,
}

impl<D> Options<D> {
    /// Reads a line, which has no block.
    pub(in crate::keywords) fn line(&self, cx: &mut Context<'_>, node: &Node<'_>, draft: &mut D) {
        if let Some(body) = &node.body {
            let message = format!("{} takes no block; this one is skipped", self.what);
            cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
        }
        self.words(cx, &node.words, draft);
    }

    /// Reads words.
    pub(in crate::keywords) fn words(
        &self,
        cx: &mut Context<'_>,
        mut words: &[Word<'_>],
        draft: &mut D,
    ) {
        let mut seen: Vec<&'static str> = Vec::new();
        while let [head, rest @ ..] = words {
            let Some(row) = self.table.find(&head.text) else {
                words = rest;
                if !(self.bare)(draft, cx, head) {
                    self.unknown(cx, head);
                    let next = rest
                        .iter()
                        .position(|word| self.table.find(&word.text).is_some());
                    words = rest.get(next.unwrap_or(rest.len())..).unwrap_or_default();
                }
                continue;
            };
            let keyword = &row.keyword;
            let length = takes(keyword.grammar, rest);
            let (args, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            words = next;
            let statement = Statement {
                keyword,
                head,
                args,
                body: None,
            };
            if let Status::Refused { reason } = keyword.status {
                let message = format!("`{}` is refused", keyword.name);
                cx.push(Diagnostic::error(code::REFUSED, head.span, message).hint(reason));
                continue;
            }
            cx.note_not_run(keyword, head.span);
            let again = seen.contains(&keyword.name) && !matches!(keyword.name, "nexthop" | "or");
            if again {
                let message = format!("`{}` is given twice; the last counts", keyword.name);
                cx.warning(code::REPEATED, head.span, message);
            }
            seen.push(keyword.name);
            if shape(cx, &statement) {
                (row.act)(draft, cx, &statement);
            }
        }
    }

    fn unknown(&self, cx: &mut Context<'_>, word: &Word<'_>) {
        let place = self.table.place();
        let message = format!("unknown option `{}` of {}", word.text, self.what);
        let diagnostic = Diagnostic::new(cx.lenient(), code::UNKNOWN_KEYWORD, word.span, message);
        let names: Vec<&str> = registry::names(place).collect();
        // `ip` takes abbreviations, which keepalived does not.
        let longer = |name: &&&str| word.text.len() > 2 && name.starts_with(&*word.text);
        let near = cx.nearest(place, &word.text);
        cx.push(match names.iter().find(longer).copied().or(near) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => {
                let some: Vec<&str> = names.iter().take(8).copied().collect();
                let some = some.join(", ");
                diagnostic.hint(format!("{} takes {some} and others", self.what))
            }
        });
    }
}

/// How many words after an option belong to it; of options in its value, all that follow.
fn takes(grammar: Grammar, words: &[Word<'_>]) -> usize {
    match grammar {
        Grammar::Options(place) => extent(place, words),
        Grammar::Several(parts) => parts.iter().fold(0, |at: usize, part| {
            let rest = words.get(at..).unwrap_or_default();
            let own = match part {
                Grammar::Optional(inner) => inner.fits(rest).unwrap_or(0),
                part => part.takes(rest),
            };
            at.saturating_add(own)
        }),
        grammar => grammar.takes(words),
    }
}

/// How many words are options of a place with their values.
fn extent(place: Place, words: &[Word<'_>]) -> usize {
    let mut at: usize = 0;
    while let Some(word) = words.get(at) {
        let Some(keyword) = registry::lookup(place, &word.text) else {
            break;
        };
        if !keyword.places.contains(&place) {
            break;
        }
        at = at.saturating_add(1);
        let rest = words.get(at..).unwrap_or_default();
        at = at.saturating_add(takes(keyword.grammar, rest));
    }
    at.min(words.len())
}
