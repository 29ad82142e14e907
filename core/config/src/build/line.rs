//! Blocks that are lists: on each line a thing of one kind, with options behind it.

use super::Context;
use super::statement::{Statement, several_on_a_line, shape};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::Table;
use crate::lexer::Word;
use crate::registry::{self, Keyword, Place, Status};
use crate::tree::Node;

/// How the lines of a list are read.
pub(crate) struct Lines<D: 'static> {
    /// What one is called, with its article: "an address".
    pub(crate) what: &'static str,
    /// The options that may follow.
    pub(crate) options: &'static Table<D>,
    /// Starts a draft from the first word.
    pub(crate) head: fn(&mut Context<'_>, &Word<'_>) -> D,
    /// Whether a word that is no option starts another thing on the same line.
    pub(crate) starts: fn(&Word<'_>) -> bool,
}

impl<D> Lines<D> {
    /// Reads all lines of a block, and gives each draft to `done` with its first word.
    pub(crate) fn read(
        &self,
        cx: &mut Context<'_>,
        nodes: &[Node<'_>],
        done: &mut dyn FnMut(&mut Context<'_>, D, &Word<'_>),
    ) {
        for node in nodes {
            if let Some(body) = &node.body {
                let message = format!("{} takes no block; this one is skipped", self.what);
                cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
            }
            let mut words = &node.words[..];
            while let [head, rest @ ..] = words {
                let mut draft = (self.head)(cx, head);
                words = self.options(cx, head, rest, &mut draft);
                done(cx, draft, head);
            }
        }
    }

    /// Reads the options after `head`; gives the words of the next thing on the line.
    pub(crate) fn options<'t, 's>(
        &self,
        cx: &mut Context<'_>,
        head: &Word<'s>,
        mut words: &'t [Word<'s>],
        draft: &mut D,
    ) -> &'t [Word<'s>] {
        while let [option, rest @ ..] = words {
            let Some(row) = self.options.find(&option.text) else {
                if (self.starts)(option) {
                    several_on_a_line(cx, head, option);
                    return words;
                }
                // A misspelt option has a value as the one that was meant.
                let meant = self.unknown(cx, option);
                let values = meant.map_or(0, |keyword| keyword.grammar.arity().1);
                words = rest.get(values..).unwrap_or_default();
                continue;
            };
            let keyword = &row.keyword;
            let length = keyword.grammar.takes(rest);
            let (args, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            let statement = Statement {
                keyword,
                head: option,
                args,
                body: None,
            };
            if admit(cx, &statement) {
                (row.act)(draft, cx, &statement);
            }
            words = next;
        }
        &[]
    }

    /// Reports a word that is no option; gives the option that was probably meant.
    fn unknown(&self, cx: &mut Context<'_>, word: &Word<'_>) -> Option<&'static Keyword> {
        let place = self.options.place();
        let message = format!("unknown option `{}` of {}", word.text, self.what);
        let diagnostic =
            Diagnostic::new(cx.of_unknown(), code::UNKNOWN_KEYWORD, word.span, message);
        let near = cx.nearest(place, &word.text);
        cx.push(match near {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint(taken(self.what, place)),
        });
        registry::lookup(place, near?)
    }
}

/// The options there are, in words.
fn taken(what: &str, place: Place) -> String {
    let names: Vec<&str> = registry::names(place).collect();
    match &names[..] {
        [] => format!("{what} takes no options"),
        [.., _] if names.len() > 8 => {
            let some: Vec<&str> = names.iter().take(8).copied().collect();
            format!("{what} takes {} and others", some.join(", "))
        }
        [one] => format!("{what} takes {one}"),
        [rest @ .., last] => format!("{what} takes {} and {last}", rest.join(", ")),
    }
}

fn admit(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> bool {
    let Statement { keyword, head, .. } = *statement;
    match keyword.status {
        Status::Supported => {}
        Status::WithoutEffect { reason } => {
            cx.note_without_effect(reason, keyword.name, head.span);
            return cx.softly(|cx| shape(cx, statement));
        }
        Status::Refused { reason } => {
            let message = format!("`{}` is refused", keyword.name);
            cx.push(Diagnostic::error(code::REFUSED, head.span, message).hint(reason));
            return false;
        }
        Status::NotRun { .. } => cx.note_not_run(keyword, head.span),
    }
    shape(cx, statement)
}
