//! Values of the command line that come from tables: codes and keywords.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use bellwether_config::code;
use bellwether_config::registry::{self, Keyword};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, Command};

/// A code, or one of some other words; in capitals where it is a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes {
    also: &'static [&'static str],
}

impl Codes {
    pub(super) const fn new(also: &'static [&'static str]) -> Self {
        Self { also }
    }

    fn values(self) -> impl Iterator<Item = PossibleValue> {
        let also = self.also.iter().map(PossibleValue::new);
        also.chain(codes())
    }
}

impl TypedValueParser for Codes {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        let known = PossibleValuesParser::new(self.values());
        let word = known.parse_ref(command, arg, value)?;
        Ok(code::find(&word).map_or(word, |code| code.code.to_owned()))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.values()))
    }
}

/// A code or a keyword.
#[derive(Clone, Copy, Debug)]
pub struct Topics;

impl TypedValueParser for Topics {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        let known = PossibleValuesParser::new(topics());
        known.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(topics()))
    }
}

fn codes() -> impl Iterator<Item = PossibleValue> {
    code::all().map(|code| PossibleValue::new(code.code).help(code.meaning))
}

fn topics() -> impl Iterator<Item = PossibleValue> {
    let names: BTreeSet<&str> = registry::keywords().flat_map(Keyword::names).collect();
    codes().chain(names.into_iter().map(PossibleValue::new))
}
