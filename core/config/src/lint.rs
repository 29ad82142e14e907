//! What is legal in one file and yet seldom meant.
//!
//! Pure functions over the configuration and its places. Invariant: only what is certain from the
//! file alone is said, and nothing of it is said by reading already; a file that an experienced
//! operator would call good gets nothing. A warning means that something will not do what it looks
//! like, a note that it is worth a thought.
//!
//! | file | owns |
//! |---|---|
//! | `scripts` | scripts and what their weights can do |
//! | `addresses` | virtual addresses |
//! | `election` | timers, tracked interfaces, strict mode |
//! | `transport` | unicast peers and sources |
//! | `services` | virtual servers and their checkers |
//!
//! Deliberately absent: other nodes' files, which [`pair`](crate::pair) reads too, and the host.

mod addresses;
mod election;
mod scripts;
mod services;
mod transport;

use bellwether_core::model::Config;

use crate::diagnostic::{Diagnostic, Severity};
use crate::places::{Item, Places, index};
use crate::source::Span;

/// Finds all that there is to say about a configuration that was read without errors.
#[must_use]
pub fn file(config: &Config, places: &Places) -> Vec<Diagnostic> {
    let mut site = Site {
        config,
        places,
        found: Vec::new(),
    };
    scripts::check(&mut site);
    addresses::check(&mut site);
    election::check(&mut site);
    transport::check(&mut site);
    services::check(&mut site);
    site.found
}

/// A configuration, and what is found in it.
struct Site<'c> {
    config: &'c Config,
    places: &'c Places,
    found: Vec<Diagnostic>,
}

impl Site<'_> {
    /// The place of the first of these keywords that the thing has, or its own.
    fn span(&self, item: Item, keywords: &[&str]) -> Span {
        let mut given = keywords.iter();
        let given = given.find_map(|keyword| self.places.span(item, keyword));
        given.unwrap_or_else(|| {
            let all = self.places.of(item).map(|(_, span)| span);
            all.min().unwrap_or_default()
        })
    }

    /// The place of a line of a block of an instance, or of the block.
    fn line(&self, instance: usize, line: usize, block: &str) -> Span {
        let line = Item::InstanceLine(index(instance), index(line));
        let place = self.places.span(line, block);
        place.unwrap_or_else(|| self.span(Item::Instance(index(instance)), &[block]))
    }

    fn warn(&mut self, code: &'static str, span: Span, message: String, hint: &str) {
        let said = Diagnostic::new(Severity::Warning, code, span, message);
        self.found.push(said.hint(hint));
    }

    fn note(&mut self, code: &'static str, span: Span, message: String, hint: &str) {
        let said = Diagnostic::new(Severity::Note, code, span, message);
        self.found.push(said.hint(hint));
    }
}
