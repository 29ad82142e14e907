//! What may follow a keyword, declared: the reader, the reference, a schema and generated
//! documents all follow from it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

use super::Place;
use crate::grammar::{show_millis, show_seconds};

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
        min: i64,
        /// The largest.
        max: i64,
        /// Its unit, or nothing.
        unit: &'static str,
    },
    /// A whole number in a range, decimal, hexadecimal after `0x` or octal after `0`.
    Radix {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// Seconds with decimals, in a range of microseconds.
    Seconds {
        /// The smallest, in microseconds.
        min: u64,
        /// The largest, in microseconds.
        max: u64,
    },
    /// Milliseconds with up to three decimals, in a range of microseconds.
    Millis {
        /// The smallest, in microseconds.
        min: u64,
        /// The largest, in microseconds.
        max: u64,
    },
    /// A whole number within ±253, and perhaps `reverse`.
    Weight,
    /// One of some words.
    Choice(&'static [&'static str]),
    /// This word and no other.
    Literal(&'static str),
    /// A word that may be any.
    Word,
    /// A name that is defined or used elsewhere.
    Name,
    /// The name of a network interface.
    Interface,
    /// The path of a file.
    Path,
    /// A command with its arguments, quoted as a whole or not.
    Command,
    /// A quoted command with its arguments, and perhaps the user and the group that it runs as.
    CommandAs,
    /// A user, and perhaps a group.
    User,
    /// An IP address.
    Address(Family),
    /// An IP address with the length of its prefix, or without.
    Prefix(Family),
    /// An IP address or the name of a host.
    Host,
    /// A port, by number.
    Port,
    /// Six bytes in hexadecimal with colons: `00:00:5e:00:01:07`.
    Mac,
    /// `+`, `-` or an IPv4 address.
    Broadcast,
    /// `global`, `link`, `host`, `site`, `nowhere` or a number to 255.
    Scope,
    /// A number in a range, or the name of one in `/etc/iproute2`; these names are always known.
    Named {
        /// The largest.
        max: u32,
        /// Names with their numbers.
        names: &'static [(&'static str, u32)],
    },
    /// Perhaps a value.
    Optional(&'static Grammar),
    /// One value or more, each a word.
    Many(&'static Grammar),
    /// Several values, one after the other.
    Several(&'static [Grammar]),
    /// The first of these that fits.
    Either(&'static [Grammar]),
    /// Keywords of a place, with their values, in any order, on the same line.
    Options(Place),
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

/// Which IP addresses are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4
    V4,
    /// IPv6
    V6,
    /// Either.
    Any,
}

impl Family {
    const fn words(self) -> &'static str {
        match self {
            Self::V4 => "an IPv4 address",
            Self::V6 => "an IPv6 address",
            Self::Any => "an IP address",
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
    /// Values.
    Values(&'static Grammar),
    /// Words that are not looked at.
    Unread,
}

/// What is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Keywords of a place.
    Keywords(Place),
    /// On each line a thing of one kind, with options.
    Lines(&'static Line),
    /// Lines that are not looked at.
    Unread,
}

/// A line of a block that is a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What one is called, with its article.
    pub what: &'static str,
    /// What it starts with.
    pub head: Grammar,
    /// Where the keywords of its options are declared; none: it has none.
    pub options: Option<Place>,
}

impl Grammar {
    /// A byte from 1.
    pub(crate) const BYTE: Self = Self::number(1, 255);
    /// keepalived: the longest delay that it can schedule, in whole seconds.
    pub(crate) const DELAY: Self = Self::Integer {
        min: 0,
        max: 4_294,
        unit: "s",
    };
    /// Any words.
    pub(crate) const REST: Self = Self::Unread {
        min: 0,
        max: usize::MAX,
    };

    /// A whole number without a unit.
    pub(crate) const fn number(min: i64, max: i64) -> Self {
        let unit = "";
        Self::Integer { min, max, unit }
    }

    /// A block without a header, with keywords of a place.
    pub(crate) const fn block(place: Place) -> Self {
        Self::Block(Header::None, Contents::Keywords(place))
    }

    /// A block with a name and keywords of a place.
    pub(crate) const fn named_block(place: Place) -> Self {
        Self::Block(Header::Name, Contents::Keywords(place))
    }

    /// A block without a header, with lines.
    pub(crate) const fn lines(line: &'static Line) -> Self {
        Self::Block(Header::None, Contents::Lines(line))
    }

    /// What a value must be, in words, as they follow "it takes".
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of value")]
    pub fn expects(self) -> String {
        let list = |words: &[&str]| format!("one of: {}", words.join(", "));
        match self {
            Self::Integer { min, max, unit } => {
                let of = match unit {
                    "" => String::new(),
                    "s" => " of seconds".to_owned(),
                    "us" => " of microseconds".to_owned(),
                    "ms" => " of milliseconds".to_owned(),
                    unit => format!(" of {unit}"),
                };
                if i32::try_from(max).is_ok_and(|max| max < i32::MAX) {
                    format!("a whole number{of} from {min} to {max}")
                } else {
                    format!("a whole number{of} from {min}")
                }
            }
            Self::Radix { min, max } => {
                format!("a whole number from {min} to {max}, or a hexadecimal one after `0x`")
            }
            Self::Seconds { min, max } => {
                let (min, max) = (show_seconds(min), show_seconds(max));
                format!("a number of seconds from {min} to {max}")
            }
            Self::Millis { min, max } => {
                let (min, max) = (show_millis(min), show_millis(max));
                format!("a number of milliseconds from {min} to {max}")
            }
            Self::Weight => "a whole number from -253 to 253, and perhaps `reverse`".to_owned(),
            Self::Choice(words) => list(words),
            Self::Literal(word) => format!("`{word}`"),
            Self::Interface => "the name of an interface".to_owned(),
            Self::Path => "the path of a file".to_owned(),
            Self::Command => "a command".to_owned(),
            Self::CommandAs => {
                "a command, in quotes if it has arguments, and perhaps a user and a group"
                    .to_owned()
            }
            Self::User => "a user, and perhaps a group".to_owned(),
            Self::Address(family) => family.words().to_owned(),
            Self::Prefix(family) => {
                format!("{} and perhaps `/` and a prefix length", family.words())
            }
            Self::Host => "an IP address or the name of a host".to_owned(),
            Self::Port => "a port from 1 to 65535".to_owned(),
            Self::Mac => "six hexadecimal bytes with colons".to_owned(),
            Self::Broadcast => "`+`, `-` or an IPv4 address".to_owned(),
            Self::Scope => list(&["global", "site", "link", "host", "nowhere", "0 to 255"]),
            Self::Named { max, names } => {
                let mut words: Vec<String> = names.iter().map(|(name, _)| (*name).into()).collect();
                words.push(format!("a number to {max}"));
                format!("one of: {}", words.join(", "))
            }
            Self::Bool => list(&["on", "off", "true", "false", "yes", "no"]),
            Self::Word => "a word".to_owned(),
            Self::Name => "a name".to_owned(),
            Self::Unread { .. } => "words that are not looked at".to_owned(),
            Self::Flag => "nothing".to_owned(),
            Self::Optional(inner) => format!("nothing, or {}", inner.expects()),
            Self::Many(inner) => format!("{}, or several", inner.expects()),
            Self::Several(parts) => {
                let part = |part: &Self| match part {
                    Self::Optional(inner) => format!("perhaps {}", inner.expects()),
                    part => part.expects(),
                };
                parts.iter().map(part).collect::<Vec<_>>().join("; then ")
            }
            Self::Either(kinds) => {
                let kinds: Vec<_> = kinds.iter().map(|kind| kind.expects()).collect();
                kinds.join(", or ")
            }
            Self::Options(place) => {
                let names: Vec<_> = super::names(place).collect();
                format!("any of these, with their values: {}", names.join(", "))
            }
            Self::Block(Header::None, _) => "a block".to_owned(),
            Self::Block(Header::Name | Header::Unread, _) => "a name and a block".to_owned(),
            Self::Block(Header::Values(values), _) => format!("{}; then a block", values.expects()),
        }
    }

    /// The fewest and the most words of a value.
    #[must_use]
    pub fn arity(self) -> (usize, usize) {
        match self {
            Self::Flag | Self::Block(Header::None, _) => (0, 0),
            Self::Bool => (0, 1),
            Self::Weight | Self::User => (1, 2),
            Self::Integer { .. }
            | Self::Radix { .. }
            | Self::Seconds { .. }
            | Self::Millis { .. }
            | Self::Choice(_)
            | Self::Literal(_)
            | Self::Word
            | Self::Name
            | Self::Interface
            | Self::Path
            | Self::Address(_)
            | Self::Prefix(_)
            | Self::Host
            | Self::Port
            | Self::Mac
            | Self::Broadcast
            | Self::Scope
            | Self::Named { .. }
            | Self::Block(Header::Name, _) => (1, 1),
            Self::Command | Self::CommandAs => (1, usize::MAX),
            Self::Options(_) | Self::Block(Header::Unread, _) => (0, usize::MAX),
            Self::Block(Header::Values(values), _) => values.arity(),
            Self::Optional(inner) => (0, inner.arity().1),
            Self::Many(inner) => (inner.arity().0, usize::MAX),
            Self::Several(parts) => parts.iter().fold((0, 0), |(least, most), part| {
                let (fewest, largest) = part.arity();
                (
                    usize::saturating_add(least, fewest),
                    usize::saturating_add(most, largest),
                )
            }),
            Self::Either(kinds) => {
                let arities = || kinds.iter().map(|kind| kind.arity());
                let least = arities().map(|(least, _)| least).min();
                let most = arities().map(|(_, most)| most).max();
                (least.unwrap_or(0), most.unwrap_or(0))
            }
            Self::Unread { min, max } => (min, max),
        }
    }
}
