//! `authentication` of an instance.

use std::sync::LazyLock;

use super::Table;
use crate::build::statement::{Statement, block};
use crate::build::value::spanned;
use crate::build::{Context, Spanned};
use crate::registry::{Grammar, Place};
use crate::source::Span;

type Row = super::Row<AuthDraft>;

pub(super) static TABLE: LazyLock<Table<AuthDraft>> =
    LazyLock::new(|| Table::new(&[Place::Authentication], &[ROWS]));

const ROWS: &[Row] = &[
    Row::new(
        "auth_type",
        Grammar::Choice(&["PASS", "AH"]),
        "The kind of authentication",
        |draft, cx, statement| draft.kind = kind(cx, statement),
    )
    .default("none"),
    Row::new(
        "auth_pass",
        Grammar::Word,
        "The password; 8 bytes count",
        |draft, cx, statement| draft.password = statement.text(cx),
    ),
];

/// What `authentication` says.
#[derive(Debug)]
pub(crate) struct AuthDraft {
    /// Its keyword.
    pub(crate) span: Span,
    pub(crate) kind: Option<Spanned<AuthKind>>,
    pub(crate) password: Option<Spanned<String>>,
}

/// What `auth_type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthKind {
    Pass,
    Header,
    /// Something else, which is reported.
    Wrong,
}

/// Reads one `authentication`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> AuthDraft {
    let mut draft = AuthDraft {
        span: statement.head.span,
        kind: None,
        password: None,
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    draft
}

fn kind(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<AuthKind>> {
    let word = statement.word(cx)?;
    let kind = match &*word.text {
        "PASS" => AuthKind::Pass,
        "AH" => AuthKind::Header,
        _ => {
            statement.value().bad_word(cx, word, &["PASS", "AH"]);
            AuthKind::Wrong
        }
    };
    Some(spanned(word, kind))
}
