//! Every fault once, with what it takes and what it means.

use super::Takes;

/// A fault's key.
#[derive(Clone, Copy, Debug)]
pub struct FaultKey {
    /// What it is called.
    pub name: &'static str,
    /// What it takes.
    pub fields: Fields,
    /// What happens.
    pub meaning: &'static str,
}

/// What a fault takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// A node's name.
    Node,
    /// A station's name.
    Station,
    /// A way: `"lb1 -> lb2"`, or `{ from, to }`.
    Way,
    /// A way or both: `"lb1 -> lb2"`, `"lb1 <-> lb2"`.
    Ways,
    /// The same, or `"all"`.
    WaysOrAll,
    /// Two stations as a list.
    Pair,
    /// `{}`.
    Nothing,
    /// A table with these fields: name, what it takes, and whether it must be there.
    Table(&'static [(&'static str, Takes, bool)]),
}

use Takes::{Address, Interface, Node, Number, Pattern, Share, Station, Text, Time};

const FROM: (&str, Takes, bool) = ("from", Station, true);
const TO: (&str, Takes, bool) = ("to", Station, true);
const ON: (&str, Takes, bool) = ("node", Node, true);
const PERCENT: (&str, Takes, bool) = ("percent", Share, true);
const SCRIPT: Fields = Fields::Table(&[ON, ("script", Text, true), ("takes", Time, false)]);
const SHARE: Fields = Fields::Table(&[FROM, TO, PERCENT]);
const PORT: Fields = Fields::Table(&[ON, ("interface", Interface, true)]);
const COUNT: Takes = Number(0, 4_294_967_295);

const fn row(name: &'static str, fields: Fields, meaning: &'static str) -> FaultKey {
    FaultKey {
        name,
        fields,
        meaning,
    }
}

/// What is wrong with a forged advert.
const FORGERIES: &[&str] = &[
    "malformed",
    "truncated",
    "oversized",
    "wrong-ttl",
    "wrong-auth",
    "foreign-vrid",
    "wrong-version",
    "wrong-type",
    "wrong-checksum",
    "zero-interval",
    "no-address",
    "global-first",
    "wrong-source",
    "replayed",
];

/// Every fault.
pub const FAULTS: &[FaultKey] = &[
    row(
        "crash",
        Fields::Node,
        "the process is killed (SIGKILL); its kernel keeps all addresses",
    ),
    row(
        "power-off",
        Fields::Node,
        "the machine loses its power, and all that its kernel had",
    ),
    row(
        "start",
        Fields::Node,
        "the machine is switched on and its process started",
    ),
    row(
        "stop",
        Fields::Node,
        "the process is told to stop (SIGTERM), and hands over first",
    ),
    row(
        "pause",
        Fields::Node,
        "the process is not scheduled (SIGSTOP, a snapshot); its kernel goes on",
    ),
    row("resume", Fields::Node, "the process is scheduled again"),
    row(
        "reload",
        Fields::Table(&[
            ON,
            ("config", Takes::Config, false),
            ("config-file", Text, false),
        ]),
        "the node is given another configuration",
    ),
    row("cut", Fields::Ways, "nothing passes this way any more"),
    row("cut-both", Fields::Pair, "nothing passes between these two"),
    row(
        "isolate",
        Fields::Station,
        "this station hears nobody and is heard by nobody",
    ),
    row(
        "heal",
        Fields::WaysOrAll,
        "these links are as they were at first",
    ),
    row(
        "heal-both",
        Fields::Pair,
        "the links between these two are as they were at first",
    ),
    row(
        "heal-all",
        Fields::Nothing,
        "all links are as they were at first",
    ),
    row(
        "loss",
        SHARE,
        "this share of frames is lost, each by itself",
    ),
    row(
        "burst-loss",
        Fields::Table(&[FROM, TO, ("enter", Share, true), ("leave", Share, true)]),
        "frames are lost in bursts: the chance that a burst begins, and that it ends, before each \
         frame",
    ),
    row(
        "lose-next",
        Fields::Table(&[FROM, TO, ("count", COUNT, true)]),
        "exactly the next adverts are lost",
    ),
    row(
        "lose-pattern",
        Fields::Table(&[FROM, TO, ("pattern", Pattern, true)]),
        "of the next adverts those are lost whose letter is `x`",
    ),
    row(
        "lose-resignation",
        Fields::Way,
        "the next advert of priority 0 is lost",
    ),
    row(
        "delay",
        Fields::Table(&[FROM, TO, ("base", Time, true), ("jitter", Time, false)]),
        "frames take this long, and up to the jitter longer",
    ),
    row("duplicate", SHARE, "this share of frames arrives twice"),
    row(
        "reorder",
        Fields::Table(&[FROM, TO, PERCENT, ("by", Time, true)]),
        "this share of frames is held back, so that later ones overtake it",
    ),
    row(
        "corrupt",
        SHARE,
        "this share of adverts arrives with one bit flipped",
    ),
    row("link-down", PORT, "the interface loses its carrier"),
    row("link-up", PORT, "the interface has its carrier again"),
    row(
        "script-ok",
        SCRIPT,
        "the script succeeds from its next start on",
    ),
    row(
        "script-fail",
        SCRIPT,
        "the script fails from its next start on",
    ),
    row(
        "script-hang",
        SCRIPT,
        "the script never ends by itself, and runs into its timeout",
    ),
    row(
        "flap",
        Fields::Table(&[ON, ("script", Text, true), ("pattern", Pattern, true)]),
        "the script succeeds (`o`) and fails (`x`) in turn, again and again",
    ),
    row(
        "file",
        Fields::Table(&[ON, ("file", Text, true), ("content", Text, false)]),
        "a tracked file is written; without `content` it is removed",
    ),
    row(
        "processes",
        Fields::Table(&[ON, ("process", Text, true), ("count", COUNT, true)]),
        "this many tracked processes run",
    ),
    row(
        "clock-rate",
        Fields::Table(&[ON, ("ppm", Number(-500_000, 500_000), true)]),
        "the clock runs fast, or slow if negative",
    ),
    row(
        "clock-step",
        Fields::Table(&[ON, ("millis", Number(i64::MIN, i64::MAX), true)]),
        "somebody sets the wall clock; nothing may come of it",
    ),
    row(
        "remove-address",
        Fields::Table(&[ON, ("address", Address, true)]),
        "somebody removes an address by hand",
    ),
    row(
        "remove-routes",
        Fields::Node,
        "somebody removes the routes and rules that nodes have set",
    ),
    row(
        "interface-gone",
        PORT,
        "the interface goes, with its addresses and routes",
    ),
    row(
        "interface-back",
        PORT,
        "the interface is there again, with another index",
    ),
    row(
        "kernel-errors",
        Fields::Table(&[ON, ("count", COUNT, true)]),
        "the kernel refuses the next operations",
    ),
    row(
        "backend",
        Fields::Table(&[("address", Address, true), ("is", Takes::Health, true)]),
        "a real server behaves so from now on, whoever checks it",
    ),
    row(
        "table",
        Fields::Table(&[ON, ("is", Takes::TableEvent, true)]),
        "something happens to a table of services",
    ),
    row(
        "inject",
        Fields::Table(&[
            ("kind", Takes::Word(FORGERIES), true),
            ("toward", Node, true),
            ("vrid", Number(1, 255), false),
            ("priority", Number(0, 255), false),
            ("count", COUNT, false),
            ("every", Time, false),
        ]),
        "a stranger sends adverts that nobody may believe",
    ),
];
