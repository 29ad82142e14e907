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
mod convert;
mod diagnostic;
mod grammar;
mod keywords;
mod language;
mod lexer;
pub mod lint;
pub mod pair;
pub mod places;
pub mod reference;
pub mod registry;
mod schema;
mod silence;
mod source;
mod toml;
mod tree;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bellwether_core::model::Config;
use bellwether_core::unit::IfName;

pub use convert::{Converted, To};
pub use diagnostic::{Counts, Diagnostic, Diagnostics, Levels, Related, Severity, json};
pub use language::{Files, HostFiles, MemoryFiles};
pub use schema::schema;
pub use source::{FileId, Location, Sources, Span};

use build::{Builder, Context};
use lexer::Lexer;
use places::Places;
use tree::{Node, Nodes};

/// How files are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether unknown and misplaced keywords are errors; default false: warnings, because most
    /// real files have one and run today.
    pub strict: bool,
    /// Where files come from: default the host's file system.
    pub files: Arc<dyn Files>,
    /// Whether an `include` without a file that can be read is an error; default false.
    /// keepalived: `--all-config`.
    pub all_includes: bool,
    /// The configuration id, which tells the lines that start with `@` which host this is; default
    /// none: then no `@ID` line holds. keepalived: `--config-id`, default there the host's name.
    pub config_id: Option<String>,
    /// What `${_ENV NAME}` stands for; default nothing, so that a file has the same meaning on
    /// every host.
    pub environment: BTreeMap<String, String>,
    /// Where `${_RANDOM}` starts from; default 0. One seed always gives the same numbers.
    pub random_seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strict: false,
            files: Arc::new(HostFiles),
            all_includes: false,
            config_id: None,
            environment: BTreeMap::new(),
            random_seed: 0,
        }
    }
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
    /// Where each part of the configuration was written.
    pub places: Places,
    /// Keywords that this version's engine does not do, each once, with a place that has it. One
    /// whose severity is an error must keep a daemon from running the configuration.
    pub not_run: Vec<NotRun>,
}

impl Outcome {
    /// The same, for one who is about to run the configuration: each keyword that the engine does
    /// not do, and that must not be left out, is an error, and there is no configuration then.
    #[must_use]
    pub fn to_run(mut self) -> Self {
        for entry in &self.not_run {
            let NotRun { name, without, .. } = entry;
            if entry.severity != Severity::Error {
                continue;
            }
            let message =
                format!("this version can't run `{name}`: without it, it would {without}");
            self.diagnostics
                .escalate(entry.span, code::NOT_YET, || message);
            self.config = None;
        }
        self
    }
}

/// Something that is read into the model and that the engine does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotRun {
    /// What it is: a keyword, perhaps with its value.
    pub name: &'static str,
    /// How grave it is to run without it: an error forbids it.
    pub severity: Severity,
    /// What running without it does, after "the daemon will".
    pub without: &'static str,
    /// The first place that asks for it.
    pub span: Span,
}

/// Reads a configuration from `text`; `file_name` is what diagnostics call it.
///
/// Total: never panics, whatever the text.
#[must_use]
pub fn parse(file_name: &str, text: &str, options: &Options) -> Outcome {
    Reader::new(options.clone()).parse(file_name, text)
}

/// Reads a configuration from the file at `path`.
///
/// # Errors
///
/// As [`Reader::load`].
pub fn load(path: &Path, options: &Options) -> io::Result<Outcome> {
    Reader::new(options.clone()).load(path)
}

/// Reads configurations, such as those of several nodes, into one set of sources: a span tells
/// which of them it is in, and the diagnostics of one may point into another.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// All files that were read.
    pub sources: Sources,
    /// How they are read.
    pub options: Options,
}

/// What sees every outermost node of a file when it has been read, and what there is to say so
/// far.
type Each<'e> = &'e mut dyn FnMut(&Node<'_>, &Diagnostics);

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Keepalived,
    Toml,
}

impl Language {
    /// The language of a file, by its name.
    fn of(file_name: &str) -> Self {
        if file_name.ends_with(".toml") {
            Self::Toml
        } else {
            Self::Keepalived
        }
    }
}

impl Reader {
    /// Has read nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            sources: Sources::new(),
            options,
        }
    }

    /// Reads a configuration from `text`; `file_name` is what diagnostics call it, and the files
    /// that it includes are looked for in that name's directory. A name that ends in `.toml` means
    /// TOML.
    ///
    /// Total: never panics, whatever the text.
    #[must_use]
    pub fn parse(&self, file_name: &str, text: impl Into<String>) -> Outcome {
        let language = Language::of(file_name);
        self.read_text(file_name, text.into(), language, &mut |_, _| {})
    }

    /// Reads a configuration in TOML from `text`; `file_name` is what diagnostics call it.
    ///
    /// Total: never panics, whatever the text.
    #[must_use]
    pub fn parse_toml(&self, file_name: &str, text: impl Into<String>) -> Outcome {
        self.read_text(file_name, text.into(), Language::Toml, &mut |_, _| {})
    }

    /// Reads a keepalived.conf from `text`, whatever the file that it stands in is called.
    ///
    /// Total: never panics, whatever the text.
    #[must_use]
    pub fn parse_keepalived(&self, file_name: &str, text: impl Into<String>) -> Outcome {
        self.read_text(file_name, text.into(), Language::Keepalived, &mut |_, _| {})
    }

    /// Reads a configuration from the file at `path`.
    ///
    /// Bytes that are not UTF-8 are no obstacle in comments; in a value they are an error.
    ///
    /// # Errors
    ///
    /// Those of reading the file, which must be a regular file of less than 4 GiB; what is wrong
    /// in it, and in files that it includes, stands in the outcome.
    pub fn load(&self, path: &Path) -> io::Result<Outcome> {
        self.read_file(path, &mut |_, _| {})
    }

    /// As [`Reader::load`]; `each` sees every outermost node.
    fn read_file(&self, path: &Path, each: Each<'_>) -> io::Result<Outcome> {
        let (text, lossy) = language::decode(self.options.files.read(path, usize::MAX)?);
        let name = path.display().to_string();
        self.read(&name, text, lossy, Language::of(&name), each)
    }

    /// As [`Reader::parse`]; `each` sees every outermost node.
    fn read_text(
        &self,
        file_name: &str,
        text: String,
        language: Language,
        each: Each<'_>,
    ) -> Outcome {
        let read = self.read(file_name, text, false, language, each);
        read.unwrap_or_else(|error| Outcome {
            config: None,
            diagnostics: Diagnostics::unreadable(file_name, &error),
            interfaces: Vec::new(),
            places: Places::default(),
            not_run: Vec::new(),
        })
    }

    /// Reads `text`, of which bytes that were not UTF-8 are already replaced if `lossy`.
    fn read(
        &self,
        file_name: &str,
        text: String,
        lossy: bool,
        language: Language,
        each: Each<'_>,
    ) -> io::Result<Outcome> {
        let sources = self.sources.next();
        let Some(file) = sources.add(file_name, text, None) else {
            return Err(io::ErrorKind::FileTooLarge.into());
        };
        let mut diagnostics = Diagnostics::new(sources.clone());
        let mut context = Context::new(&mut diagnostics, &self.options, lossy);
        context.known_only = language == Language::Toml;
        let mut builder = Builder::default();
        match language {
            Language::Toml => {
                let (nodes, found) = toml::read(&sources, file);
                context.diagnostics.take(found);
                for node in nodes {
                    builder.node(&mut context, &node);
                    each(&node, context.diagnostics);
                }
            }
            Language::Keepalived => {
                let lexer = Lexer::new(&sources, file, &self.options);
                let mut nodes = Nodes::new(lexer, registry::is_outermost_block);
                while let Some(node) = nodes.next() {
                    context.diagnostics.take(nodes.found());
                    context.lossy |= nodes.lossy();
                    builder.node(&mut context, &node);
                    each(&node, context.diagnostics);
                }
                context.diagnostics.take(nodes.found());
            }
        }
        let config = builder.finish(&mut context);
        let Context {
            interfaces,
            places,
            not_run,
            ..
        } = context;
        diagnostics.finish();
        Ok(Outcome {
            config,
            diagnostics,
            interfaces,
            places,
            not_run,
        })
    }
}
