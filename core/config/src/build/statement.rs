//! The words of a line to statements of known keywords.
//!
//! keepalived reads one keyword per line and drops what follows its value. Where the next word is
//! itself a keyword of that place, its author plainly meant a statement, and it is read as one,
//! with a warning; never in an unquoted command, whose words may be any.

use super::Context;
use super::value::Value;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{ANYWHERE, Table};
use crate::lexer::Word;
use crate::registry::{self, Grammar, Header, Keyword, Place, Status};
use crate::source::Span;
use crate::tree::{Body, Node};

/// A keyword with what follows it.
pub(crate) struct Statement<'t, 's> {
    pub(crate) keyword: &'static Keyword,
    pub(crate) head: &'t Word<'s>,
    pub(crate) args: &'t [Word<'s>],
    pub(crate) body: Option<&'t Body<'s>>,
}

impl<'t, 's> Statement<'t, 's> {
    /// From the keyword to its last word.
    pub(crate) fn span(&self) -> Span {
        let last = self.args.last().unwrap_or(self.head);
        self.head.span.to(last.span)
    }

    /// What is in its block; nothing when it has none.
    pub(crate) fn nodes(&self) -> &'t [Node<'s>] {
        self.body.map_or(&[], |body| &body.nodes)
    }

    /// Its value: what the keyword's grammar says about the words after it.
    pub(crate) const fn value(&self) -> Value<'t, 's> {
        let grammar = self.keyword.grammar;
        let grammar = if let Grammar::Block(header, _) = grammar {
            match header {
                Header::Name => Grammar::Name,
                Header::Values(values) => *values,
                Header::None => Grammar::Flag,
                Header::Unread => Grammar::REST,
            }
        } else {
            grammar
        };
        Value {
            name: self.keyword.name,
            grammar,
            words: self.args,
            at: self.head.span,
        }
    }
}

/// The keywords of a block so far, with the places of their first statements.
pub(crate) type Seen = Vec<(&'static str, Span)>;

/// Reads all statements of a block into its draft, and reports all others.
pub(crate) fn block<D>(
    cx: &mut Context<'_>,
    table: &'static Table<D>,
    nodes: &[Node<'_>],
    draft: &mut D,
) {
    let mut seen = Seen::new();
    for node in nodes {
        line(cx, table, node, &mut seen, draft);
    }
}

/// Reads the statements of one line.
pub(crate) fn line<D>(
    cx: &mut Context<'_>,
    table: &'static Table<D>,
    node: &Node<'_>,
    seen: &mut Seen,
    draft: &mut D,
) {
    let mut words = &node.words[..];
    if words.is_empty() {
        let open = node.body.as_ref().map(|body| body.open).unwrap_or_default();
        let message = "a block without a keyword is skipped";
        cx.warning(code::NAMELESS_BLOCK, open, message);
    }
    while let [head, rest @ ..] = words {
        let row = table.find(&head.text);
        let any = ANYWHERE.find(&head.text);
        let Some(keyword) = row.map(|row| &row.keyword).or(any.map(|row| &row.keyword)) else {
            unknown(cx, table.place(), head, node.body.as_ref());
            break;
        };
        let is_keyword = |word: &Word<'_>| !word.quoted && table.find(&word.text).is_some();
        let length = args_of(keyword.grammar, rest, is_keyword);
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
        if admit(cx, &statement, seen) {
            match (row, any) {
                (Some(row), _) if matches!(keyword.status, Status::WithoutEffect { .. }) => {
                    cx.softly(|cx| (row.act)(draft, cx, &statement));
                }
                (Some(row), _) => (row.act)(draft, cx, &statement),
                (None, Some(any)) => (any.act)(&mut (), cx, &statement),
                (None, None) => {}
            }
        }
        words = next;
    }
}

/// Looks at a statement's form and the keyword's status; whether its row is to act.
fn admit(cx: &mut Context<'_>, statement: &Statement<'_, '_>, seen: &mut Seen) -> bool {
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
        Status::NotRun { .. } => {
            if !harmless(statement) {
                cx.note_not_run(keyword, statement.head.span);
            }
        }
    }
    if !shape(cx, statement) {
        return false;
    }
    let before = seen.iter().find(|(name, _)| *name == keyword.name);
    match before {
        Some((_, before)) if !keyword.is_block() && !keyword.repeats => {
            let message = format!("`{}` is given twice; the last counts", keyword.name);
            let warning = Diagnostic::warning(code::REPEATED, head.span, message);
            cx.push(warning.related(*before, "the first"));
        }
        Some(_) => {}
        None => seen.push((keyword.name, head.span)),
    }
    if !keyword.places.contains(&Place::Top) {
        cx.place(keyword.name, statement.span());
    }
    true
}

/// Reports what is wrong with a statement's form; false if nothing can be made of it.
pub(crate) fn shape(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> bool {
    let Statement {
        keyword,
        head,
        args,
        body,
    } = *statement;
    let (_, most) = keyword.grammar.arity();
    if let Some([first, .., last]) | Some([first @ last]) = args.get(most..) {
        let span = first.span.to(last.span);
        let message = format!("`{}` takes no more words; these are ignored", keyword.name);
        let severity = cx.of_unknown();
        cx.push(Diagnostic::new(severity, code::EXTRA_WORDS, span, message));
    }
    let replaced = |word: &&Word<'_>| word.text.contains('\u{fffd}');
    if cx.lossy
        && let Some(word) = args.iter().find(replaced)
    {
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
pub(crate) fn args_of(
    grammar: Grammar,
    words: &[Word<'_>],
    is_keyword: impl Fn(&Word<'_>) -> bool,
) -> usize {
    let quoted = words.first().is_some_and(|word| word.quoted);
    let unread = matches!(
        grammar,
        Grammar::Block(Header::Unread, _) | Grammar::Options(_)
    );
    let command = matches!(grammar, Grammar::Command | Grammar::CommandAs);
    if unread || command && !quoted {
        return words.len();
    }
    let (least, _) = grammar.arity();
    let after = words.iter().skip(least).position(is_keyword);
    after.map_or(words.len(), |after| least.saturating_add(after))
}

pub(crate) fn several_on_a_line(cx: &mut Context<'_>, head: &Word<'_>, next: &Word<'_>) {
    let message = format!("`{}` starts a second statement on this line", next.text);
    let warning = Diagnostic::warning(code::SEVERAL_ON_A_LINE, next.span, message);
    cx.push(warning.hint(format!(
        "it is read as one here; keepalived ignores it, as it reads only `{}`: \
         put it on a line of its own",
        head.text
    )));
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
    let severity = cx.of_unknown();
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

/// Whether a statement asks for nothing that running without it would miss: an empty block, `off`,
/// or the default.
fn harmless(statement: &Statement<'_, '_>) -> bool {
    let Statement { keyword, args, .. } = statement;
    if let (Grammar::Block(..), Some(body)) = (keyword.grammar, statement.body) {
        return body.nodes.is_empty();
    }
    match args {
        [word] if keyword.grammar == Grammar::Bool => matches!(&*word.text, "off" | "no" | "false"),
        [word] => word.text == keyword.default,
        _ => false,
    }
}
