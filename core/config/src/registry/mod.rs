//! The one table of keywords, as others see it.
//!
//! What a keyword is called, where it may stand, what value it takes, its default, whether it is
//! supported and what it does is declared once, in a row of the table of its block. The reader,
//! the suggestions for misspelt words, and any reference that is generated come from these rows.
//!
//! Invariant: a place and a name, or an alias, name at most one row. Deliberately absent: code
//! that acts on a keyword, which stands in the row.
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

mod grammar;
mod place;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use grammar::{Contents, Family, Grammar, Header, Line};
pub use place::Place;

use crate::diagnostic::Severity;
use crate::keywords::tables;

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
    /// Its default, in words; empty: none.
    pub default: &'static str,
    /// `after` a release of keepalived that does not know it, while a newer one does; empty: 2.2.7
    /// knows it.
    pub since: &'static str,
    /// Whether it does what it says.
    pub status: Status,
    /// What it does, in one line.
    pub doc: &'static str,
    /// Whether each line of it counts, and not the last alone.
    pub repeats: bool,
}

impl Keyword {
    /// A row; what is not said: no default, supported.
    pub(crate) const fn new(name: &'static str, grammar: Grammar, doc: &'static str) -> Self {
        Self {
            name,
            aliases: &[],
            places: &[],
            grammar,
            default: "",
            since: "",
            status: Status::Supported,
            doc,
            repeats: false,
        }
    }

    /// Whether it starts a block.
    #[must_use]
    pub const fn is_block(&self) -> bool {
        matches!(self.grammar, Grammar::Block(..))
    }

    /// All its names: the first, and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
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
    /// It is an error, for a reason.
    Refused {
        /// Why.
        reason: &'static str,
    },
    /// It is read into the model and checked, but this version's engine does not do it.
    NotRun {
        /// Whether the daemon runs a file with it all the same, and warns: a warning; or whether
        /// it would do something else than the file plainly means, and refuses: an error.
        severity: Severity,
        /// What running without it does, after "the daemon will".
        without: &'static str,
    },
}

/// All keywords, place by place; one that stands in two kinds of blocks is there twice.
pub fn keywords() -> impl Iterator<Item = &'static Keyword> {
    tables().iter().flat_map(|table| table.keywords())
}

/// A table of rows, whatever they act on.
pub(crate) trait AnyTable: Sync {
    /// Where its keywords stand.
    fn places(&self) -> &'static [Place];
    /// Its keywords, in its order.
    fn keywords(&'static self) -> Box<dyn Iterator<Item = &'static Keyword>>;
    /// The keyword that `name` is.
    fn keyword(&'static self, name: &str) -> Option<&'static Keyword>;
    /// All names, with aliases.
    fn names(&'static self) -> Box<dyn Iterator<Item = &'static str>>;
}

static BY_PLACE: LazyLock<BTreeMap<Place, Vec<&'static dyn AnyTable>>> = LazyLock::new(|| {
    let mut index: BTreeMap<Place, Vec<&'static dyn AnyTable>> = BTreeMap::new();
    for table in tables() {
        for place in table.places() {
            index.entry(*place).or_default().push(*table);
        }
    }
    index
});

fn tables_of(place: Place) -> impl Iterator<Item = &'static dyn AnyTable> {
    BY_PLACE.get(&place).into_iter().flatten().copied()
}

/// The keyword that `name` is in `place`.
#[must_use]
pub fn lookup(place: Place, name: &str) -> Option<&'static Keyword> {
    let there = |place| tables_of(place).find_map(|table| table.keyword(name));
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
        .filter(move |(_, tables)| tables.iter().any(|table| table.keyword(name).is_some()))
        .map(|(place, _)| *place)
}

/// The names of all keywords of `place`.
pub(crate) fn names(place: Place) -> impl Iterator<Item = &'static str> {
    tables_of(place).flat_map(|table| table.names())
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
            assert!(!keyword.places.is_empty(), "{}", keyword.name);
            for place in keyword.places {
                for name in keyword.names() {
                    assert!(seen.insert((place, name)), "{name} twice in {place:?}");
                }
            }
        }
        assert!(seen.len() > 200, "{}", seen.len());
    }

    #[test]
    fn every_row_says_what_it_does_and_what_is_lost() {
        for keyword in keywords() {
            assert!(!keyword.doc.is_empty(), "{}", keyword.name);
            assert!(!keyword.doc.ends_with('.'), "{}", keyword.name);
            match keyword.status {
                Status::Supported => {}
                Status::WithoutEffect { reason } | Status::Refused { reason } => {
                    assert!(!reason.is_empty(), "{}", keyword.name);
                }
                Status::NotRun { without, .. } => {
                    assert!(!without.is_empty(), "{}", keyword.name);
                }
            }
        }
    }

    #[test]
    fn every_place_has_a_table_and_every_block_a_place() {
        for keyword in keywords() {
            let Grammar::Block(_, contents) = keyword.grammar else {
                continue;
            };
            let inside = match contents {
                Contents::Keywords(place) => Some(place),
                Contents::Lines(line) => line.options,
                Contents::Unread => None,
            };
            if let Some(place) = inside {
                assert!(tables_of(place).next().is_some(), "{}", keyword.name);
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
