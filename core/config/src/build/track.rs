//! The lines of `track_script`.

use bellwether_core::unit::{Name, Weight};

use super::Context;
use super::statement::{preprocessor, several_on_a_line};
use super::value::weight;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::source::Span;
use crate::tree::Node;

/// A script that an instance tracks, as the line says.
#[derive(Debug)]
pub(super) struct TrackDraft {
    /// The script.
    pub(super) script: Name,
    /// Where it is named.
    pub(super) span: Span,
    /// What it does here; none: what the script says.
    pub(super) weight: Option<(Weight, bool)>,
}

/// Reads all lines of a block, and adds them to `tracked`.
pub(super) fn read(cx: &mut Context<'_>, nodes: &[Node<'_>], tracked: &mut Vec<TrackDraft>) {
    for node in nodes {
        if preprocessor(cx, node) {
            continue;
        }
        if let Some(body) = &node.body {
            let message = "the name of a script takes no block; this one is skipped";
            cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
        }
        let mut words = &node.words[..];
        while let [head, rest @ ..] = words {
            let length = options(rest);
            let (options, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            tracked.push(TrackDraft {
                script: Name::from(&*head.text),
                span: head.span,
                weight: read_weight(cx, options),
            });
            if let Some(next) = next.first() {
                several_on_a_line(cx, head, next);
            }
            words = next;
        }
    }
}

/// How many of the words after a name belong to it: those of `weight N reverse`.
fn options(words: &[Word<'_>]) -> usize {
    match words {
        [weight, _, reverse, ..] if weight.text == "weight" && reverse.text == "reverse" => 3,
        [weight, _, ..] if weight.text == "weight" => 2,
        [weight] if weight.text == "weight" => 1,
        _ => 0,
    }
}

fn read_weight(cx: &mut Context<'_>, options: &[Word<'_>]) -> Option<(Weight, bool)> {
    let (keyword, args) = options.split_first()?;
    if args.is_empty() {
        let message = "`weight` needs a value";
        let error = Diagnostic::error(code::MISSING_VALUE, keyword.span, message);
        cx.push(error.hint("it takes a whole number from -253 to 253"));
        return None;
    }
    weight(cx, args)
}
