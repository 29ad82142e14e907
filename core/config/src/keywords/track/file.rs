//! `track_file` of the top level.

use std::sync::LazyLock;

use bellwether_core::model::{InitFile, TrackFile};
use bellwether_core::unit::{Name, Weight};

use crate::build::statement::{Statement, block};
use crate::build::value::Value;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::Table;
use crate::registry::{Grammar, Place};
use crate::source::Span;

type Row = crate::keywords::Row<FileDraft>;

pub(in crate::keywords) static TABLE: LazyLock<Table<FileDraft>> =
    LazyLock::new(|| Table::new(&[Place::TrackFile], &[ROWS]));

const NUMBER: Grammar = Grammar::number(-2_147_483_648, 2_147_483_647);

const ROWS: &[Row] = &[
    Row::new(
        "file",
        Grammar::Path,
        "The file; its first number counts, and no file is 0",
        |draft, cx, statement| {
            draft.written = true;
            draft.path = statement.text(cx).map(|path| path.value);
        },
    ),
    Row::new(
        "weight",
        Grammar::Weight,
        "What its number is multiplied by; 0: any number but 0 is a FAULT",
        |draft, cx, statement| draft.weight = statement.weight(cx),
    )
    .default("1"),
    Row::new(
        "init_file",
        Grammar::Several(&[
            Grammar::Optional(&NUMBER),
            Grammar::Optional(&Grammar::Literal("overwrite")),
        ]),
        "The number that is written to the file at the start, if there is none",
        |draft, cx, statement| draft.init = init(cx, statement),
    )
    .default("the file is left alone; without a number 0"),
];

/// A tracked file as its block says.
#[derive(Debug, Default)]
pub(crate) struct FileDraft {
    pub(crate) name: Option<Spanned<Name>>,
    pub(crate) span: Span,
    path: Option<String>,
    /// Whether there is a path at all, good or bad.
    written: bool,
    weight: Option<(Weight, bool)>,
    init: Option<InitFile>,
}

/// Reads one `track_file`.
pub(in crate::keywords) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> FileDraft {
    let mut draft = FileDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..FileDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    if !draft.written {
        let message = "this track_file has no file";
        let error = Diagnostic::error(code::NO_COMMAND, draft.span, message);
        cx.push(error.hint("add `file /path/to/file`"));
    }
    draft
}

/// keepalived: the number and `overwrite` in any order.
fn init(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<InitFile> {
    let mut init = InitFile {
        value: 0,
        overwrite: false,
    };
    for word in statement.args {
        if word.text == "overwrite" {
            init.overwrite = true;
            continue;
        }
        init.value = Value::of("init_file", NUMBER, word).integer(cx)?.value;
    }
    Some(init)
}

impl FileDraft {
    /// What it does to priorities, unless the one who tracks it says otherwise.
    pub(crate) fn weight(&self) -> (Weight, bool) {
        let one = Weight::try_from(1_i16).unwrap_or_default();
        self.weight.unwrap_or((one, false))
    }

    /// The file; none if its name or its path is missing.
    pub(crate) fn file(&self) -> Option<TrackFile> {
        let (weight, reverse) = self.weight();
        Some(TrackFile {
            name: self.name.as_ref()?.value.clone(),
            path: self.path.clone()?,
            weight,
            reverse,
            init: self.init,
        })
    }
}
