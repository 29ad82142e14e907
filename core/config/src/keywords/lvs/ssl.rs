//! `SSL`.

use std::sync::LazyLock;

use bellwether_core::model::lvs::Ssl;

use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::keywords::Table;
use crate::registry::{Grammar, Place};

type Row = crate::keywords::Row<Ssl>;

pub(super) static TABLE: LazyLock<Table<Ssl>> =
    LazyLock::new(|| Table::new(&[Place::Ssl], &[ROWS]));

const ROWS: &[Row] = &[
    Row::new(
        "password",
        Grammar::Word,
        "Password of the key",
        |ssl, cx, statement| {
            ssl.password = text(cx, statement);
            for word in statement.args {
                cx.diagnostics.hide(word.span);
            }
        },
    ),
    Row::new(
        "ca",
        Grammar::Path,
        "File with the authorities",
        |ssl, cx, statement| ssl.ca = text(cx, statement),
    ),
    Row::new(
        "certificate",
        Grammar::Path,
        "File with the own certificate",
        |ssl, cx, statement| ssl.certificate = text(cx, statement),
    ),
    Row::new(
        "key",
        Grammar::Path,
        "File with its key",
        |ssl, cx, statement| ssl.key = text(cx, statement),
    ),
];

/// Reads an `SSL` block.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Ssl {
    let mut ssl = Ssl::default();
    block(cx, &TABLE, statement.nodes(), &mut ssl);
    ssl
}

fn text(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    statement.text(cx).map(|text| text.value)
}
