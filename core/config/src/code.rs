//! The codes of diagnostics: what kind of problem each is, and a page about it.
//!
//! A code never changes its meaning and is never given to another problem, so that tools may rely
//! on it and people may search for it. The groups: `K00` how a file is written: its includes,
//! definitions and silencing comments too; `K01` keywords, `K02` values, `K03` what the parts mean
//! together, `K04` lint of one file, `K05` lint of several nodes' files, `L00` what only a host can
//! tell, which this crate does not ask.
//!
//! A new code is one entry in the file of its group:
//!
//! ```text
//! NAME = "K0401", "Its meaning in one sentence." {
//!     why: "What it is, what keepalived does with it, and what comes of that.",
//!     bad: ["a file that is given this code"],
//!     good: ["the file as it should be"],
//! };
//! ```
//!
//! Several files in a list are several nodes. Invariant, held by tests: codes are in order, each
//! has its page, its bad example is given the code and its good one is not, and has no error.

mod cluster;
mod differ;
mod host;
mod keywords;
mod language;
mod lint;
mod meaning;
mod pair;
mod parts;
mod proof;
mod routing;
mod service;
mod silence;
mod toml;
mod values;
mod writing;

pub use cluster::*;
pub use differ::*;
pub use host::*;
pub use keywords::*;
pub use language::*;
pub use lint::*;
pub use meaning::*;
pub use pair::*;
pub use parts::*;
pub use proof::*;
pub use routing::*;
pub use service::*;
pub use silence::*;
pub use toml::*;
pub use values::*;
pub use writing::*;

/// A kind of problem, and what there is to say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its name: `K0101`.
    pub code: &'static str,
    /// Its meaning, in one sentence.
    pub meaning: &'static str,
    /// What it is, what keepalived does with it, and what comes of that: paragraphs of Markdown.
    pub why: &'static str,
    /// Files that are given this code; several are several nodes. None where an example can't be
    /// shown in a few lines.
    pub bad: &'static [&'static str],
    /// The same files as they should be.
    pub good: &'static [&'static str],
}

/// All codes, in order.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        writing::WRITING,
        language::LANGUAGE,
        toml::TOML_CODES,
        silence::SILENCE,
        keywords::KEYWORDS,
        values::VALUES,
        meaning::MEANING,
        parts::PARTS,
        proof::PROOF,
        service::SERVICE,
        routing::ROUTING,
        lint::LINT,
        pair::PAIR,
        cluster::CLUSTER,
        differ::DIFFER,
        host::HOST,
    ]
    .into_iter()
    .flatten()
}

/// The code of a name, in any case: `k0101`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Code> {
    all().find(|code| code.code.eq_ignore_ascii_case(name))
}

macro_rules! codes {
    ($table:ident: $(
        $name:ident = $code:literal, $meaning:literal $({
            why: $why:literal,
            $(bad: [$($bad:literal),* $(,)?],
            good: [$($good:literal),* $(,)?],)?
        })?;
    )*) => {
        $(#[doc = $meaning] pub const $name: &str = $code;)*

        pub(super) const $table: &[Code] = &[$(Code {
            code: $code,
            meaning: $meaning,
            why: concat!($($why)?),
            bad: &[$($($($bad),*)?)?],
            good: &[$($($($good),*)?)?],
        }),*];
    };
}
use codes;

#[cfg(test)]
mod tests {
    use super::{all, find};

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = all().map(|code| code.code).collect();
        assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
    }

    #[test]
    fn a_code_is_found_by_its_name_in_any_case() {
        assert_eq!(find("k0101").map(|code| code.code), Some("K0101"));
        assert_eq!(find("K9999"), None);
    }
}
