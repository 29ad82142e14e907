//! A configuration in the other language: keepalived.conf to TOML, TOML to keepalived.conf, or
//! either to itself in one canonical form.
//!
//! What is written is what was read: after includes, definitions and conditions, each statement of
//! a known keyword, whether it does something here or not, in the file's order, but for values,
//! and then lists, which come before the other blocks beside them. Passwords stay as they are.
//!
//! ```
//! use bellwether_config::{Reader, To};
//!
//! let text = "vrrp_instance web {
//!     interface eth0
//!     virtual_router_id 7
//!     virtual_ipaddress { 192.0.2.1/24 }
//! }";
//! let converted = Reader::default().convert("keepalived.conf", text, To::Toml);
//! assert!(converted.outcome.config.is_some());
//! assert!(converted.text.contains("[vrrp_instance.web]"));
//! assert!(converted.text.contains("virtual_router_id = 7"));
//! ```
//!
//! Invariant: what was converted reads as an equal configuration. Deliberately absent: comments and
//! the layout of the file, which the tree does not have. An unknown keyword becomes a comment, and
//! reading warns of it; words that reading ignores with a warning are left out, and of a value that
//! is given twice, the last is written, which counts.

mod canonical;
mod keepalived;
mod toml;

use std::io;
use std::path::Path;

pub(crate) use canonical::join_command;

use crate::code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::registry::Place;
use crate::tree::Node;
use crate::{Language, Outcome, Reader};
use canonical::{Entry, LeftOut};

/// A language of configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// keepalived.conf
    Keepalived,
    /// TOML
    Toml,
}

impl To {
    /// Both, by the names that a command line has for them: `keepalived`, `toml`.
    pub const NAMES: [(&'static str, Self); 2] =
        [("keepalived", Self::Keepalived), ("toml", Self::Toml)];
}

/// What came of a conversion.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The configuration in the other language; not of much use if the outcome has errors.
    pub text: String,
    /// What came of reading it.
    pub outcome: Outcome,
}

impl Reader {
    /// Converts a configuration in `text`; `file_name` is what diagnostics call it, and tells the
    /// language: TOML if it ends in `.toml`.
    ///
    /// Total: never panics, whatever the text.
    #[must_use]
    pub fn convert(&self, file_name: &str, text: impl Into<String>, to: To) -> Converted {
        let mut writer = Writer::default();
        let language = Language::of(file_name);
        let mut add = |node: &Node<'_>, said: &Diagnostics| writer.add(node, said);
        let outcome = self.read_text(file_name, text.into(), language, &mut add);
        writer.finish(outcome, to)
    }

    /// Converts the configuration in the file at `path`.
    ///
    /// # Errors
    ///
    /// As [`Reader::load`].
    pub fn convert_file(&self, path: &Path, to: To) -> io::Result<Converted> {
        let mut writer = Writer::default();
        let outcome = self.read_file(path, &mut |node, said| writer.add(node, said))?;
        Ok(writer.finish(outcome, to))
    }
}

/// Gathers what is to be written.
#[derive(Default)]
struct Writer {
    entries: Vec<Entry>,
}

impl Writer {
    /// Adds an outermost node, about which the diagnostics are there.
    fn add(&mut self, node: &Node<'_>, diagnostics: &Diagnostics) {
        let left_out = LeftOut::new(diagnostics);
        canonical::read(Place::Top, node, &left_out, &mut self.entries);
    }

    fn finish(self, mut outcome: Outcome, to: To) -> Converted {
        let text = match to {
            To::Toml => toml::write(&self.entries),
            To::Keepalived => {
                let mut lost = Vec::new();
                let text = keepalived::write(&self.entries, &mut lost);
                for span in lost {
                    let message = "keepalived.conf can't say this: a value ends with its line";
                    let warning = Diagnostic::warning(code::UNWRITABLE, span, message);
                    let hint = "the line ends in it are written as blanks";
                    outcome.diagnostics.add(warning.hint(hint));
                }
                text
            }
        };
        Converted { text, outcome }
    }
}
