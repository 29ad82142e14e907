//! The words of a line to statements of known keywords.
//!
//! keepalived reads one keyword per line and drops what follows its value. Where the next word is
//! itself a keyword of that place, its author plainly meant a statement, and it is read as one,
//! with a warning; never in an unquoted command, whose words may be any.

use std::collections::BTreeMap;

use super::Context;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lexer::Word;
use crate::registry::{self, Contents, Grammar, Header, Key, Keyword, Place, Status};
use crate::source::Span;
use crate::tree::{Body, Node};

/// A keyword with what follows it.
pub(super) struct Statement<'t, 's> {
    pub(super) keyword: &'static Keyword,
    pub(super) head: &'t Word<'s>,
    pub(super) args: &'t [Word<'s>],
    pub(super) body: Option<&'t Body<'s>>,
}

impl<'t, 's> Statement<'t, 's> {
    /// From the keyword to its last word.
    pub(super) fn span(&self) -> Span {
        let last = self.args.last().unwrap_or(self.head);
        self.head.span.to(last.span)
    }

    /// What is in its block; nothing when it has none.
    pub(super) fn nodes(&self) -> &'t [Node<'s>] {
        self.body.map_or(&[], |body| &body.nodes)
    }
}

/// What is done with each statement of a supported keyword.
pub(super) type Act<'a, 't, 's> = dyn FnMut(&mut Context<'_>, Key, &Statement<'t, 's>) + 'a;

/// Reads all statements of a block, gives those of supported keywords to `act`, and reports all
/// others.
pub(super) fn statements<'t, 's>(
    cx: &mut Context<'_>,
    place: Place,
    nodes: &'t [Node<'s>],
    act: &mut Act<'_, 't, 's>,
) {
    let mut seen = BTreeMap::new();
    for node in nodes {
        if preprocessor(cx, node) {
            continue;
        }
        let mut words = &node.words[..];
        if words.is_empty() {
            let open = node.body.as_ref().map(|body| body.open).unwrap_or_default();
            let message = "a block without a keyword is skipped";
            cx.warning(code::NAMELESS_BLOCK, open, message);
        }
        while let [head, rest @ ..] = words {
            let Some(keyword) = registry::lookup(place, &head.text) else {
                unknown(cx, place, head, node.body.as_ref());
                break;
            };
            let length = args_of(place, keyword.grammar, rest);
            let (args, next) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            if let Some(next) = next.first() {
                several_on_a_line(cx, head, next);
            }
            let statement = Statement {
                keyword,
                head,
                args,
                body: node.body.as_ref().filter(|_| next.is_empty()),
            };
            one(cx, &statement, &mut seen, act);
            words = next;
        }
    }
}

fn one<'t, 's>(
    cx: &mut Context<'_>,
    statement: &Statement<'t, 's>,
    seen: &mut BTreeMap<&'static str, Span>,
    act: &mut Act<'_, 't, 's>,
) {
    let Statement { keyword, head, .. } = statement;
    match (keyword.status, keyword.key) {
        (Status::Supported, Some(key)) => {
            if !shape(cx, statement) {
                return;
            }
            let once = !keyword.is_block();
            if let Some(before) = seen.insert(keyword.name, head.span).filter(|_| once) {
                let message = format!("`{}` is given twice; the last counts", keyword.name);
                let warning = Diagnostic::warning(code::REPEATED, head.span, message);
                cx.push(warning.related(before, "the first"));
            }
            act(cx, key, statement);
        }
        (Status::Supported, None) => {}
        (Status::WithoutEffect { reason }, _) => {
            cx.note_without_effect(reason, keyword.name, head.span);
        }
        (Status::NotYet { severity, without }, _) => match harmless(statement) {
            Some(reason) => {
                let message = format!("`{}` is not yet supported: {reason}", keyword.name);
                cx.warning(code::NOT_YET, head.span, message);
            }
            None => not_yet(cx, statement, severity, without),
        },
    }
}

/// Reports what is wrong with a statement's form; false if nothing can be made of it.
fn shape(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> bool {
    let Statement {
        keyword,
        head,
        args,
        body,
    } = statement;
    let (_, most) = arity(keyword.grammar);
    if let Some([first, .., last]) | Some([first @ last]) = args.get(most..) {
        let span = first.span.to(last.span);
        let message = format!("`{}` takes no more words; these are ignored", keyword.name);
        let severity = lenient(cx);
        cx.push(Diagnostic::new(severity, code::EXTRA_WORDS, span, message));
    }
    let replaced = |word: &&Word<'_>| word.text.contains('\u{fffd}');
    if let Some(word) = args.iter().find(replaced).filter(|_| cx.lossy) {
        let message = "this value has bytes that are not UTF-8";
        cx.error(code::NOT_UTF8, word.span, message);
        return false;
    }
    match (keyword.is_block(), body) {
        (true, None) => {
            let message = format!("`{}` needs a block", keyword.name);
            let error = Diagnostic::error(code::MISSING_BLOCK, head.span, message);
            cx.push(error.hint(format!("write `{} {{ ... }}`", keyword.name)));
            return false;
        }
        (false, Some(body)) => {
            let message = format!("`{}` takes no block; this one is skipped", keyword.name);
            cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
        }
        (true, Some(_)) | (false, None) => {}
    }
    true
}

/// How many of `words` belong to a keyword: all, or those before the next keyword.
fn args_of(place: Place, grammar: Grammar, words: &[Word<'_>]) -> usize {
    let quoted = words.first().is_some_and(|word| word.quoted);
    let command = grammar == Grammar::Command;
    let unread = matches!(grammar, Grammar::Block(Header::Unread, _));
    if unread || command && !quoted {
        return words.len();
    }
    let (least, _) = arity(grammar);
    let keyword = |word: &Word<'_>| !word.quoted && registry::lookup(place, &word.text).is_some();
    let after = words.iter().skip(least).position(keyword);
    after.map_or(words.len(), |after| least.saturating_add(after))
}

/// The fewest and the most words of a value.
pub(super) const fn arity(grammar: Grammar) -> (usize, usize) {
    match grammar {
        Grammar::Flag | Grammar::Block(Header::None, _) => (0, 0),
        Grammar::Bool => (0, 1),
        Grammar::Weight => (1, 2),
        Grammar::Integer { .. }
        | Grammar::Seconds { .. }
        | Grammar::Choice(_)
        | Grammar::Word
        | Grammar::Interface
        | Grammar::Broadcast
        | Grammar::Scope
        | Grammar::Block(Header::Name, _) => (1, 1),
        Grammar::Command => (1, usize::MAX),
        Grammar::Block(Header::Unread, _) => (0, usize::MAX),
        Grammar::Unread { min, max } => (min, max),
    }
}

pub(super) fn several_on_a_line(cx: &mut Context<'_>, head: &Word<'_>, next: &Word<'_>) {
    let message = format!("`{}` starts a second statement on this line", next.text);
    let warning = Diagnostic::warning(code::SEVERAL_ON_A_LINE, next.span, message);
    cx.push(warning.hint(format!(
        "it is read as one here; keepalived ignores it, as it reads only `{}`: \
         put it on a line of its own",
        head.text
    )));
}

/// The severity of what is only strictly wrong.
pub(super) fn lenient(cx: &Context<'_>) -> Severity {
    if cx.strict {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// Reports a word that is no keyword of its place.
fn unknown(cx: &mut Context<'_>, place: Place, head: &Word<'_>, body: Option<&Body<'_>>) {
    let what = if body.is_some() { "block" } else { "keyword" };
    let skipped = if body.is_some() {
        "; it is skipped whole"
    } else {
        ""
    };
    let elsewhere: Vec<&str> = registry::places_of(&head.text).map(Place::words).collect();
    let severity = lenient(cx);
    let diagnostic = if elsewhere.is_empty() {
        let message = format!("unknown {what} `{}` {}{skipped}", head.text, place.words());
        let diagnostic = Diagnostic::new(severity, code::UNKNOWN_KEYWORD, head.span, message);
        match cx.nearest(place, &head.text) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    } else {
        let message = format!(
            "the {what} `{}` does not belong {}{skipped}",
            head.text,
            place.words()
        );
        Diagnostic::new(severity, code::MISPLACED_KEYWORD, head.span, message)
            .hint(format!("it belongs {}", elsewhere.join(", or ")))
    };
    cx.push(diagnostic);
}

/// Reports the directives of keepalived's preprocessor, which is not there yet.
pub(super) fn preprocessor(cx: &mut Context<'_>, node: &Node<'_>) -> bool {
    let is = |word: &Word<'_>| !word.quoted;
    let Some(head) = node.words.first().filter(|head| is(head)) else {
        return false;
    };
    let (span, what) = if head.text.starts_with('@') {
        (head.span, "lines that hold for one host only (`@`)")
    } else if head.text.starts_with('$') && head.text.contains('=') {
        (head.span, "variables (`$NAME=`)")
    } else if let Some(word) = node
        .words
        .iter()
        .find(|word| is(word) && (word.text.contains("~SEQ") || word.text.contains("~LST(")))
    {
        (word.span, "sequences (`~SEQ`, `~LST`)")
    } else {
        return false;
    };
    let message = format!("{what} are not yet supported");
    let error = Diagnostic::error(code::PREPROCESSOR, span, message);
    cx.push(error.hint("write out what they stand for"));
    true
}

pub(super) fn not_yet(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    severity: Severity,
    without: &str,
) {
    let Statement { keyword, head, .. } = statement;
    let name = keyword.name;
    let message = if severity == Severity::Error {
        format!("`{name}` is not yet supported: running without it would {without}")
    } else if keyword.is_block() {
        format!("`{name}` is not yet supported, its block is left out: the daemon will {without}")
    } else {
        format!("`{name}` is not yet supported: the daemon will {without}")
    };
    cx.push(Diagnostic::new(severity, code::NOT_YET, head.span, message));
}

/// Why a block that is needed elsewhere changes nothing as it stands here, if so.
fn harmless(statement: &Statement<'_, '_>) -> Option<&'static str> {
    let nodes = statement.nodes();
    let Grammar::Block(_, contents) = statement.keyword.grammar else {
        return None;
    };
    if contents == Contents::Keywords(Place::SyncGroup) {
        let group = |node: &&Node<'_>| node.words.first().is_some_and(|head| head.text == "group");
        let lists = nodes.iter().filter(group);
        let lines = lists.flat_map(|list| list.body.iter().flat_map(|body| &body.nodes));
        let members: usize = lines.map(|line| line.words.len()).sum();
        return (members < 2).then_some("a `group` of fewer than two instances changes nothing");
    }
    (contents == Contents::Unread && nodes.is_empty()).then_some("an empty block changes nothing")
}
