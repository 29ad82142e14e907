//! The one table of keywords.
//!
//! What a keyword is called, where it may stand, what value it takes, its default, whether it is
//! supported and what it does is declared once, here. The reader, the suggestions for misspelt
//! words, and any reference that is generated come from this table.
//!
//! Invariant: a place and a name, or an alias, name at most one row; a supported row, and no other,
//! has a key that the reader handles. Deliberately absent: code that acts on a keyword.
//!
//! ```
//! use bellwether_config::registry::{Place, keywords};
//!
//! let priority = keywords()
//!     .find(|keyword| keyword.name == "priority" && keyword.places.contains(&Place::Instance))
//!     .expect("a keyword of every instance");
//! assert_eq!(priority.grammar.expects(), "a whole number from 1 to 255");
//! assert_eq!(priority.default, "100, or 255 with `state MASTER`");
//! ```

mod global;
mod instance;
mod key;
mod lvs;
mod script;
mod top;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(crate) use key::{AddressKey, AuthKey, GlobalKey, InstanceKey, Key, ScriptKey, TopKey};

use crate::diagnostic::Severity;
use crate::grammar::show_seconds;

/// One keyword in the places where it means one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Keyword {
    /// Its name.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// Where it may stand.
    pub places: &'static [Place],
    /// What follows it.
    pub grammar: Grammar,
    /// Its default, in words.
    pub default: &'static str,
    /// Whether it does what it says.
    pub status: Status,
    /// What it does, in one line.
    pub doc: &'static str,
    pub(crate) key: Option<Key>,
}

impl Keyword {
    /// A row; what is not said: no value, no default, supported.
    const fn new(name: &'static str, places: &'static [Place], doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            places,
            grammar: Grammar::Flag,
            default: "",
            status: Status::Supported,
            doc,
            key: None,
        }
    }

    const fn takes(self, grammar: Grammar) -> Self {
        Self { grammar, ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn key(self, key: Key) -> Self {
        Self {
            key: Some(key),
            ..self
        }
    }

    const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    const fn without_effect(self, reason: &'static str) -> Self {
        let status = Status::WithoutEffect { reason };
        Self { status, ..self }
    }

    const fn not_yet(self, without: &'static str) -> Self {
        let status = Status::NotYet {
            severity: Severity::Warning,
            without,
        };
        Self { status, ..self }
    }

    const fn not_yet_and_needed(self, without: &'static str) -> Self {
        let status = Status::NotYet {
            severity: Severity::Error,
            without,
        };
        Self { status, ..self }
    }

    /// Whether it starts a block.
    #[must_use]
    pub const fn is_block(&self) -> bool {
        matches!(self.grammar, Grammar::Block(..))
    }
}

/// A place where keywords stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// Outside of any block.
    Top,
    /// In any block, and outside.
    Anywhere,
    /// `global_defs`
    Global,
    /// `vrrp_script`
    Script,
    /// `vrrp_instance`
    Instance,
    /// `authentication`
    Authentication,
    /// An option of an address in `virtual_ipaddress`.
    AddressOption,
    /// `vrrp_sync_group`
    SyncGroup,
    /// `virtual_server`
    VirtualServer,
    /// `real_server`
    RealServer,
    /// A checker of a `real_server`, as `TCP_CHECK`.
    Checker,
}

impl Place {
    /// The place in words, as they follow "belongs".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Top => "at the top level",
            Self::Anywhere => "anywhere",
            Self::Global => "in `global_defs`",
            Self::Script => "in a `vrrp_script`",
            Self::Instance => "in a `vrrp_instance`",
            Self::Authentication => "in `authentication`",
            Self::AddressOption => "after an address",
            Self::SyncGroup => "in a `vrrp_sync_group`",
            Self::VirtualServer => "in a `virtual_server`",
            Self::RealServer => "in a `real_server`",
            Self::Checker => "in a checker of a `real_server`",
        }
    }
}

/// What follows a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grammar {
    /// Nothing.
    Flag,
    /// Nothing, or `on off true false yes no`; nothing means on.
    Bool,
    /// A whole number in a range.
    Integer {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
        /// Its unit, or nothing.
        unit: &'static str,
    },
    /// Seconds with decimals, in a range of microseconds.
    Seconds {
        /// The smallest, in microseconds.
        min: u64,
        /// The largest, in microseconds.
        max: u64,
    },
    /// A whole number within ±253, and perhaps `reverse`.
    Weight,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A word that may be any.
    Word,
    /// The name of a network interface.
    Interface,
    /// A command with its arguments, quoted as a whole or not.
    Command,
    /// `+`, `-` or an IPv4 address.
    Broadcast,
    /// `global`, `link`, `host`, `site`, `nowhere` or a number to 255.
    Scope,
    /// Words that are not looked at: from so many to so many.
    Unread {
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// A block: the words before its brace, and what is in it.
    Block(Header, Contents),
}

impl Grammar {
    /// What a value must be, in words, as they follow "it takes".
    #[must_use]
    pub fn expects(self) -> String {
        let list = |words: &[&str]| format!("one of: {}", words.join(", "));
        match self {
            Self::Integer { min, max, unit } => {
                let of = if unit == "s" { " of seconds" } else { "" };
                format!("a whole number{of} from {min} to {max}")
            }
            Self::Seconds { min, max } => {
                let (min, max) = (show_seconds(min), show_seconds(max));
                format!("a number of seconds from {min} to {max}")
            }
            Self::Weight => "a whole number from -253 to 253, and perhaps `reverse`".to_owned(),
            Self::Choice(words) => list(words),
            Self::Interface => "the name of an interface".to_owned(),
            Self::Command => "a command".to_owned(),
            Self::Broadcast => "`+`, `-` or an IPv4 address".to_owned(),
            Self::Scope => list(&["global", "site", "link", "host", "nowhere", "0 to 255"]),
            Self::Bool => list(&["on", "off", "true", "false", "yes", "no"]),
            Self::Word => "a word".to_owned(),
            Self::Unread { .. } => "words that are not looked at".to_owned(),
            Self::Flag => "nothing".to_owned(),
            Self::Block(Header::None, _) => "a block".to_owned(),
            Self::Block(Header::Name | Header::Unread, _) => "a name and a block".to_owned(),
        }
    }
}

/// What stands between a block's keyword and its brace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Nothing.
    None,
    /// A name.
    Name,
    /// Words that are not looked at.
    Unread,
}

/// What is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Keywords of a place.
    Keywords(Place),
    /// An address with options on each line.
    Addresses,
    /// A script and perhaps `weight` on each line.
    TrackedScripts,
    /// Lines that are not looked at.
    Unread,
}

/// Whether a keyword does what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// It does.
    Supported,
    /// It is accepted and has no effect, for a reason.
    WithoutEffect {
        /// Why.
        reason: &'static str,
    },
    /// It is not supported yet.
    NotYet {
        /// Whether a file with it can be used all the same: a warning; or whether the daemon
        /// would do something else than the file plainly means: an error.
        severity: Severity,
        /// What running without it would do, after "running without it would".
        without: &'static str,
    },
}

/// All keywords.
pub fn keywords() -> impl Iterator<Item = &'static Keyword> {
    [
        top::KEYWORDS,
        global::KEYWORDS,
        script::KEYWORDS,
        instance::KEYWORDS,
        lvs::KEYWORDS,
    ]
    .into_iter()
    .flatten()
}

static BY_PLACE: LazyLock<BTreeMap<Place, BTreeMap<&'static str, &'static Keyword>>> =
    LazyLock::new(|| {
        let mut index: BTreeMap<Place, BTreeMap<&str, &Keyword>> = BTreeMap::new();
        for keyword in keywords() {
            for place in keyword.places {
                let names = index.entry(*place).or_default();
                names.insert(keyword.name, keyword);
                names.extend(keyword.aliases.iter().map(|alias| (*alias, keyword)));
            }
        }
        index
    });

/// The keyword that `name` is in `place`.
pub(crate) fn lookup(place: Place, name: &str) -> Option<&'static Keyword> {
    let there = |place| BY_PLACE.get(&place)?.get(name).copied();
    there(place).or_else(|| there(Place::Anywhere))
}

/// Whether `name` starts a block that only stands outside of any other.
pub(crate) fn is_outermost_block(name: &str) -> bool {
    let only_there = || places_of(name).eq([Place::Top]);
    lookup(Place::Top, name).is_some_and(Keyword::is_block) && only_there()
}

/// The places where `name` is a keyword.
pub(crate) fn places_of(name: &str) -> impl Iterator<Item = Place> {
    BY_PLACE
        .iter()
        .filter(move |(_, names)| names.contains_key(name))
        .map(|(place, _)| *place)
}

/// The names of all keywords of `place`.
pub(crate) fn names(place: Place) -> impl Iterator<Item = &'static str> {
    BY_PLACE
        .get(&place)
        .into_iter()
        .flatten()
        .map(|(name, _)| *name)
}

/// The name among `names` that `word` is most likely a misspelling of: at most a third of its
/// characters differ.
pub(crate) fn nearest<'n>(names: impl Iterator<Item = &'n str>, word: &str) -> Option<&'n str> {
    let length = word.chars().count();
    if length > 48 {
        return None;
    }
    let folded = word.to_lowercase().replace('-', "_");
    names
        .map(|name| {
            (
                strsim::damerau_levenshtein(&name.to_lowercase(), &folded),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= (length / 3).max(1))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_a_name_are_declared_once() {
        let mut seen = std::collections::BTreeSet::new();
        for keyword in keywords() {
            for place in keyword.places {
                for name in std::iter::once(&keyword.name).chain(keyword.aliases) {
                    assert!(seen.insert((place, name)), "{name} twice in {place:?}");
                }
            }
        }
        assert!(seen.len() > 200, "{}", seen.len());
    }

    #[test]
    fn supported_means_that_the_reader_has_a_key_for_it() {
        for keyword in keywords() {
            let supported = keyword.status == Status::Supported;
            assert_eq!(supported, keyword.key.is_some(), "{}", keyword.name);
        }
    }

    #[test]
    fn every_row_says_what_it_does_and_what_is_lost() {
        for keyword in keywords() {
            assert!(!keyword.doc.is_empty(), "{}", keyword.name);
            assert!(!keyword.doc.ends_with('.'), "{}", keyword.name);
            match keyword.status {
                Status::Supported => {}
                Status::WithoutEffect { reason } => assert!(!reason.is_empty()),
                Status::NotYet { without, .. } => assert!(!without.is_empty()),
            }
        }
    }

    #[test]
    fn misspelt_words_find_their_keyword() {
        assert_eq!(nearest(names(Place::Instance), "priorty"), Some("priority"));
        assert_eq!(
            nearest(names(Place::Instance), "Virtual-Router-ID"),
            Some("virtual_router_id")
        );
        assert_eq!(
            nearest(names(Place::Top), "vrrp_instanc"),
            Some("vrrp_instance")
        );
        assert_eq!(nearest(names(Place::Instance), "zebra"), None);
        assert_eq!(
            nearest(names(Place::Instance), &"x".repeat(1_000_000)),
            None
        );
    }

    #[test]
    fn aliases_are_the_same_row() {
        let alias = lookup(Place::Top, "vrrp_track_file").unwrap();
        assert_eq!(alias.name, "track_file");
    }
}
