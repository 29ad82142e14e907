//! `track_script` and its like: what an instance or a sync group tracks, as the lines of a block
//! say.

pub(super) mod file;
pub(super) mod process;

use std::sync::LazyLock;

use bellwether_core::unit::{IfName, Name, Weight};

use super::{Row, Table};
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::build::value::{Value, spanned};
use crate::build::{Context, Spanned};
use crate::registry::{Grammar, Line, Place};

const SCRIPT: Line = Line {
    what: "the name of a script",
    head: Grammar::Name,
    options: Some(Place::TrackOption),
};
const INTERFACE: Line = Line {
    what: "the name of an interface",
    head: Grammar::Interface,
    options: Some(Place::TrackOption),
};
const FILE: Line = Line {
    what: "the name of a tracked file",
    head: Grammar::Name,
    options: Some(Place::TrackOption),
};
const PROCESS: Line = Line {
    what: "the name of a tracked process",
    head: Grammar::Name,
    options: Some(Place::TrackOption),
};
const BFD: Line = Line {
    what: "the name of a BFD session",
    head: Grammar::Name,
    options: Some(Place::TrackOption),
};

pub(super) static OPTIONS: LazyLock<Table<TrackDraft>> =
    LazyLock::new(|| Table::new(&[Place::TrackOption], &[OPTION]));

const OPTION: &[Row<TrackDraft>] = &[Row::<TrackDraft>::new(
    "weight",
    Grammar::Weight,
    "What it does to the priority here; 0: its failure is a FAULT",
    |draft, cx, statement| draft.weight = statement.weight(cx),
)
.default("what its definition says")];

/// Something tracked, as a line says.
#[derive(Debug)]
pub(crate) struct TrackDraft {
    /// What is tracked.
    pub(crate) name: Spanned<Name>,
    /// What it does here; none: what its definition says.
    pub(crate) weight: Option<(Weight, bool)>,
}

/// Everything that an instance or a sync group tracks.
#[derive(Debug, Default)]
pub(crate) struct TrackersDraft {
    pub(crate) scripts: Vec<TrackDraft>,
    pub(crate) interfaces: Vec<(Spanned<IfName>, (Weight, bool))>,
    pub(crate) files: Vec<TrackDraft>,
    pub(crate) processes: Vec<TrackDraft>,
    pub(crate) bfd: Vec<TrackDraft>,
}

/// A draft of something that tracks.
pub(super) trait Tracks: 'static {
    /// What it tracks so far.
    fn trackers(&mut self) -> &mut TrackersDraft;
}

/// The rows that instances and sync groups share.
pub(super) struct Rows<D>(std::marker::PhantomData<D>);

impl<D: Tracks> Rows<D> {
    pub(super) const BOTH: &'static [Row<D>] = &[
        Row::<D>::new(
            "track_script",
            Grammar::lines(&SCRIPT),
            "The scripts that move its priority, or put it in FAULT",
            |draft, cx, statement| {
                let lines = read(cx, statement, &SCRIPT);
                draft.trackers().scripts.extend(lines);
            },
        ),
        Row::<D>::new(
            "track_interface",
            Grammar::lines(&INTERFACE),
            "Other interfaces whose link moves its priority, or puts it in FAULT",
            |draft, cx, statement| {
                for line in read(cx, statement, &INTERFACE) {
                    let interface = interface(cx, &line.name);
                    let weight = line.weight.unwrap_or_default();
                    let interfaces = &mut draft.trackers().interfaces;
                    interfaces.extend(interface.map(|interface| (interface, weight)));
                }
            },
        ),
        Row::<D>::new(
            "track_file",
            Grammar::lines(&FILE),
            "The files whose number moves its priority",
            |draft, cx, statement| {
                let lines = read(cx, statement, &FILE);
                draft.trackers().files.extend(lines);
            },
        )
        .aliases(&["vrrp_track_file"]),
        Row::<D>::new(
            "track_process",
            Grammar::lines(&PROCESS),
            "The processes whose presence moves its priority, or puts it in FAULT",
            |draft, cx, statement| {
                let lines = read(cx, statement, &PROCESS);
                draft.trackers().processes.extend(lines);
            },
        ),
        Row::<D>::new(
            "track_bfd",
            Grammar::lines(&BFD),
            "The BFD sessions whose state moves its priority, or puts it in FAULT",
            |draft, cx, statement| {
                let lines = read(cx, statement, &BFD);
                draft.trackers().bfd.extend(lines);
            },
        ),
    ];
}

/// Reads all lines of a block.
fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>, line: &Line) -> Vec<TrackDraft> {
    let lines = Lines {
        what: line.what,
        options: &OPTIONS,
        head: |_, word| TrackDraft {
            name: spanned(word, Name::from(&*word.text)),
            weight: None,
        },
        starts: |_| true,
    };
    let mut tracked = Vec::new();
    lines.read(cx, statement.nodes(), &mut |_, draft, _| {
        tracked.push(draft)
    });
    tracked
}

/// A name that is to be an interface's.
fn interface(cx: &mut Context<'_>, name: &Spanned<Name>) -> Option<Spanned<IfName>> {
    let Ok(value) = name.value.as_str().parse() else {
        Value::bad_interface(cx, name.value.as_str(), name.span);
        return None;
    };
    let span = name.span;
    cx.interfaces.push((value, span));
    Some(Spanned { value, span })
}
