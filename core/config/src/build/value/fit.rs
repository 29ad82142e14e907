//! How many words a grammar takes, without a word about those that do not fit.

use std::net::IpAddr;

use bellwether_core::unit::IfName;

use super::Value;
use crate::grammar;
use crate::lexer::Word;
use crate::registry::{Family, Grammar};

impl Grammar {
    /// How many of the words after an option belong to it, fitting or not.
    pub(crate) fn takes(self, words: &[Word<'_>]) -> usize {
        let (least, most) = self.arity();
        if least == most {
            return least.min(words.len());
        }
        self.fits(words).unwrap_or_else(|| least.min(words.len()))
    }

    /// How many words a value of this grammar has at the start of `words`; none: there is no such
    /// value.
    pub(crate) fn fits(self, words: &[Word<'_>]) -> Option<usize> {
        let one = |fits: &dyn Fn(&str) -> bool| {
            let word = words.first()?;
            fits(&word.text).then_some(1)
        };
        let second =
            |fits: &dyn Fn(&str) -> bool| words.get(1).is_some_and(|word| fits(&word.text));
        match self {
            Self::Flag | Self::Block(..) => Some(0),
            Self::Bool => Some(usize::from(
                one(&|text| grammar::boolean(text).is_some()).is_some(),
            )),
            Self::Integer { min, max, .. } => {
                one(&|text| grammar::integer(text).is_some_and(|n| (min..=max).contains(&n)))
            }
            Self::Radix { min, max } => {
                one(&|text| grammar::radix(text).is_some_and(|n| (min..=max).contains(&n)))
            }
            Self::Seconds { min, max } => {
                one(&|text| grammar::seconds(text).is_some_and(|n| (min..=max).contains(&n)))
            }
            Self::Millis { min, max } => {
                one(&|text| grammar::millis(text).is_some_and(|n| (min..=max).contains(&n)))
            }
            Self::Weight => {
                let reverse = usize::from(second(&|text| {
                    matches!(text, "reverse" | "noreverse" | "no_reverse")
                }));
                one(&|text| grammar::integer(text).is_some()).map(|one| one.saturating_add(reverse))
            }
            Self::Choice(choices) => one(&|text| choices.contains(&text)),
            Self::Literal(literal) => one(&|text| text == literal),
            Self::Word | Self::Name | Self::Path | Self::Host => one(&|_| true),
            Self::Interface => one(&|text| text.parse::<IfName>().is_ok()),
            Self::User => one(&|_| true).map(|_| words.len().min(2)),
            Self::Command | Self::CommandAs => one(&|_| true).map(|_| words.len()),
            Self::Address(family) => one(&|text| text.parse().is_ok_and(|ip| of(family, ip))),
            Self::Prefix(family) => {
                one(&|text| grammar::address(text).is_ok_and(|(ip, _)| of(family, ip)))
            }
            Self::Port => {
                one(&|text| grammar::integer(text).is_some_and(|n| (1..=65_535).contains(&n)))
            }
            Self::Mac => one(&|text| grammar::mac(text).is_some()),
            Self::Broadcast => one(&|text| {
                matches!(text, "+" | "-") || text.parse().is_ok_and(|ip| of(Family::V4, ip))
            }),
            Self::Scope => one(&|text| grammar::scope(text).is_some()),
            Self::Named { max, names } => one(&|text| {
                let number = || grammar::radix(text).is_some_and(|n| n <= u64::from(max));
                names.iter().any(|(name, _)| *name == text) || number()
            }),
            Self::Optional(inner) => Some(inner.fits(words).unwrap_or(0)),
            Self::Many(inner) => {
                let count = words.iter();
                let count =
                    count.take_while(|word| inner.fits(std::slice::from_ref(word)).is_some());
                Some(count.count()).filter(|count| *count > 0)
            }
            Self::Several(parts) => parts.iter().try_fold(0, |at: usize, part| {
                let taken = part.fits(words.get(at..).unwrap_or_default())?;
                Some(at.saturating_add(taken))
            }),
            Self::Either(kinds) => kinds.iter().find_map(|kind| kind.fits(words)),
            Self::Options(_) => Some(words.len()),
            Self::Unread { min, max } => (words.len() >= min).then(|| words.len().min(max)),
        }
    }
}

const fn of(family: Family, address: IpAddr) -> bool {
    match family {
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
        Family::Any => true,
    }
}

impl<'t, 's> Value<'t, 's> {
    /// The parts of a value of several; a part that is perhaps not there may have no words.
    pub(crate) fn parts(&self) -> Vec<Self> {
        let one = [self.grammar];
        let parts: &[Grammar] = if let Grammar::Several(parts) = self.grammar {
            parts
        } else {
            &one
        };
        let mut words = self.words;
        let mut at = self.at;
        let mut values = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let optional = if let Grammar::Optional(inner) = part {
                Some(**inner)
            } else {
                None
            };
            let last = index.saturating_add(1) == parts.len();
            let length = if last {
                words.len()
            } else if optional.is_some() {
                part.fits(words).unwrap_or(0)
            } else {
                part.takes(words)
            };
            let (own, rest) = words.split_at_checked(length).unwrap_or((words, &[]));
            values.push(Self {
                name: self.name,
                grammar: optional.unwrap_or(*part),
                words: own,
                at,
            });
            at = own.last().map_or(at, |word| word.span);
            words = rest;
        }
        values
    }

    /// What an optional value is when it is there.
    pub(crate) fn optional(self) -> Self {
        let grammar = if let Grammar::Optional(inner) = self.grammar {
            *inner
        } else {
            self.grammar
        };
        Self { grammar, ..self }
    }

    /// Itself, unless it has no words.
    pub(crate) fn given(self) -> Option<Self> {
        (!self.words.is_empty()).then_some(self)
    }
}
