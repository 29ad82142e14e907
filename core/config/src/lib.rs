//! keepalived.conf to one typed [`Config`], with diagnostics.
//!
//! A file goes one way: text, words with spans, a tree of statements and blocks, and, by the one
//! table of keywords, the typed model of the core. All problems of a file are found in one pass,
//! and each says where it is and what to write instead.
//!
//! ```
//! use bellwether_config::{Options, parse};
//!
//! let text = "vrrp_instance web {
//!     interface eth0
//!     virtual_router_id 7
//!     priorty 90
//!     virtual_ipaddress {
//!         192.0.2.1
//!     }
//! }";
//! let outcome = parse("keepalived.conf", text, &Options::default());
//! let warning = outcome.diagnostics.iter().next().expect("one warning");
//! assert!(warning.hint.as_deref().unwrap_or_default().contains("priority"));
//! assert!(outcome.config.is_some(), "an unknown keyword is a warning, unless strict");
//! ```
//!
//! Deliberately absent: the host. Whether an interface or a program exists is not asked here, so
//! that a file can be checked on another machine than its own.

mod build;
pub mod code;
mod diagnostic;
mod grammar;
mod lexer;
pub mod registry;
mod silence;
mod source;
mod tree;

use std::borrow::Cow;
use std::io;
use std::path::Path;

use bellwether_core::model::Config;
use bellwether_core::unit::IfName;

pub use diagnostic::{Counts, Diagnostic, Diagnostics, Levels, Related, Severity, json};
pub use source::{FileId, Location, Span};

use build::Context;
use source::Sources;

/// How a file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether unknown and misplaced keywords are errors; default false: warnings, because most
    /// real files have one and run today.
    pub strict: bool,
}

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The configuration; none exactly when there is an error among the diagnostics.
    pub config: Option<Config>,
    /// All that there is to say about the file, in the file's order.
    pub diagnostics: Diagnostics,
    /// Every interface that the configuration names, with the place that names it: `interface` of
    /// instances and `dev` of addresses, in the file's order.
    ///
    /// For a caller that knows which interfaces the host has, and makes diagnostics of its own
    /// with [`Diagnostics::error_at`].
    pub interfaces: Vec<(IfName, Span)>,
}

/// Reads a configuration from `text`; `file_name` is what diagnostics call it.
///
/// Total: never panics, whatever the text.
#[must_use]
pub fn parse(file_name: &str, text: &str, options: &Options) -> Outcome {
    read(file_name, text, options, false)
}

/// Reads a configuration from the file at `path`.
///
/// Bytes that are not UTF-8 are no obstacle in comments; in a value they are an error.
///
/// # Errors
///
/// Only those of reading the file; what is wrong in it stands in the outcome.
pub fn load(path: &Path, options: &Options) -> io::Result<Outcome> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let lossy = matches!(text, Cow::Owned(_));
    Ok(read(&path.display().to_string(), &text, options, lossy))
}

/// Reads `text`, of which bytes that were not UTF-8 are already replaced if `lossy`.
fn read(file_name: &str, text: &str, options: &Options, lossy: bool) -> Outcome {
    let mut diagnostics = Diagnostics::new(Sources::single(file_name, text));
    let mut found = Vec::new();
    let tokens = lexer::tokens(FileId::default(), text, &mut found);
    let nodes = tree::build(&tokens, &registry::is_outermost_block, &mut found);
    for diagnostic in found {
        diagnostics.push(diagnostic);
    }
    for secret in lexer::secrets(&tokens) {
        diagnostics.hide(secret);
    }
    let mut context = Context::new(&mut diagnostics, options.strict, lossy);
    let config = build::build(&nodes, &mut context);
    let interfaces = context.interfaces;
    diagnostics.finish();
    Outcome {
        config,
        diagnostics,
        interfaces,
    }
}
