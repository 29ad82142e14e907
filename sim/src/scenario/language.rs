//! The language of scenario files: every key once, with what it takes and what it means.
//!
//! The reader's list of known keys, the JSON schema and the tables of `docs/scenarios.md` come from
//! here. Invariant: what a row says is what the reader takes; a test holds the two together.
//! Deliberately absent: reading itself ([`super::load`]).

mod faults;
mod markdown;
mod schema;

pub use faults::{FAULTS, FaultKey, Fields};
pub use markdown::markdown;
pub use schema::schema;

/// A key of a file, of a node or of an expectation.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// What it is called.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What is so without it; empty where it must be there.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    Text,
    /// A time: `"10s"`, `"1.5ms"`.
    Time,
    /// Two times, the earlier one first.
    Span,
    /// A share: `"20%"`.
    Share,
    /// A whole number between these two.
    Number(i64, i64),
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// The names of invariants.
    Invariants,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words.
    Words(&'static [&'static str]),
    /// The name of a node.
    Node,
    /// The name of a node or a client.
    Station,
    /// An interface's name.
    Interface,
    /// An address.
    Address,
    /// The letters `o` and `x`.
    Pattern,
    /// A keepalived.conf as text; in saved files the typed model.
    Config,
    /// A table from names to texts.
    TextByName,
    /// A table from invariants to times.
    TimeByInvariant,
    /// `{ eth0 = { address = "192.0.2.1/24", segment = "lan" } }`
    Interfaces,
    /// `{ delay = "100us", jitter = "0s" }`
    Network,
    /// How a real server behaves.
    Health,
    /// What happens to a table of services.
    TableEvent,
    /// A list of tables, each with these keys.
    Tables(What),
}

/// What a list of tables holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nodes.
    Nodes,
    /// Faults.
    Faults,
    /// Expectations.
    Expectations,
}

const fn key(
    name: &'static str,
    takes: Takes,
    default: &'static str,
    meaning: &'static str,
) -> Key {
    Key {
        name,
        takes,
        default,
        meaning,
    }
}

const MOST: i64 = 4_294_967_295;

/// What is mended when the fault phase ends.
pub const MENDS: &[&str] = &["start", "resume", "links", "scripts", "clocks", "backends"];

/// The keys of a file.
pub const FILE: &[Key] = &[
    key(
        "title",
        Takes::Text,
        "the file's name",
        "what the scenario shows, in one line",
    ),
    key("story", Takes::Text, "none", "what it shows, as prose"),
    key(
        "seed",
        Takes::Number(0, i64::MAX),
        "0",
        "the seed of all random streams; `--seed` takes another one",
    ),
    key(
        "seeds",
        Takes::Number(1, MOST),
        "1",
        "with how many seeds it is run, from that one on; it holds when it holds with all",
    ),
    key(
        "clients",
        Takes::Number(0, 1000),
        "1",
        "how many clients, which talk to the virtual addresses of every segment",
    ),
    key(
        "network",
        Takes::Network,
        "100us, no jitter",
        "what every link is like by default",
    ),
    key(
        "node",
        Takes::Tables(What::Nodes),
        "",
        "a router; at least one",
    ),
    key(
        "fault",
        Takes::Tables(What::Faults),
        "none",
        "what breaks, in time order",
    ),
    key(
        "expect",
        Takes::Tables(What::Expectations),
        "none",
        "what is to be seen",
    ),
    key(
        "expect-violations",
        Takes::Invariants,
        "none",
        "invariants that are to be violated; the scenario fails if one of them holds",
    ),
    key(
        "ignore",
        Takes::Invariants,
        "none",
        "invariants that are not checked",
    ),
    key(
        "bounds",
        Takes::TimeByInvariant,
        "computed from the configurations",
        "how long something may take: `{ one-master = \"2s\" }`",
    ),
    key(
        "heal-at",
        Takes::Time,
        "when the last fault and expectation have settled",
        "when everything is mended, and liveness begins to count",
    ),
    key(
        "mend",
        Takes::Words(MENDS),
        "all of them",
        "what is mended then",
    ),
    key(
        "liveness",
        Takes::Time,
        "computed",
        "how long the run goes on after that",
    ),
];

/// The keys of a node.
pub const NODE: &[Key] = &[
    key(
        "name",
        Takes::Node,
        "",
        "its name, by which faults and expectations speak of it",
    ),
    key(
        "config",
        Takes::Config,
        "",
        "its keepalived.conf, inline; or:",
    ),
    key(
        "config-file",
        Takes::Text,
        "",
        "its keepalived.conf, as a path from the scenario's folder",
    ),
    key(
        "address",
        Takes::Text,
        "made up",
        "the own address of its only interface, with its prefix",
    ),
    key(
        "interfaces",
        Takes::Interfaces,
        "made up; the segment is the interface's name",
        "its interfaces: `{ eth0 = { address = \"192.0.2.1/24\", segment = \"lan\" } }`; those of \
         one segment hear each other",
    ),
    key("starts-at", Takes::Time, "0s", "when its process starts"),
    key(
        "clock-ppm",
        Takes::Number(-500_000, 500_000),
        "0",
        "how much its clock runs fast, in parts per million",
    ),
    key(
        "keeps-marks",
        Takes::Flag,
        "true",
        "whether its kernel remembers who added an address (Linux 5.18 and later)",
    ),
];

/// The keys of an expectation: one of the first five, and one of the last two.
pub const EXPECT: &[Key] = &[
    key(
        "at",
        Takes::Time,
        "",
        "at this instant, after everything that happens at it",
    ),
    key("within", Takes::Span, "", "at some instant of this span"),
    key("always", Takes::Span, "", "at every instant of this span"),
    key("throughout", Takes::Span, "", "the same as `always`"),
    key("never", Takes::Span, "", "at no instant of this span"),
    key(
        "master",
        Takes::TextByName,
        "",
        "who is master of an instance: a node, `\"nobody\"` or `\"several\"`",
    ),
    key(
        "clients-reach",
        Takes::TextByName,
        "",
        "the node to which every client sends",
    ),
];

/// The names of some keys.
#[must_use]
pub fn names(keys: &[Key]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}
