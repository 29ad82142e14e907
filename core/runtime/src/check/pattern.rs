//! Expressions that a body must match: PCRE2, as keepalived has them.
//!
//! Invariant: what one match may cost is bounded; an expression that needs more has failed, and
//! says so.

use bellwether_core::lvs::ProbeFailure;
use bellwether_core::model::lvs::RegexCheck;
use pcre2::bytes::{Regex, RegexBuilder};

/// How often an expression may be tried at one place before it is given up (PCRE2's match limit).
const LIMIT: &str = "(*LIMIT_MATCH=1000000)";

/// An expression, ready to be used.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    negate: bool,
    /// Whether a match must start in the first line (PCRE2: `firstline`).
    first_line: bool,
    min: usize,
    max: usize,
}

impl Pattern {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// When PCRE2 does not take it.
    pub(super) fn new(check: &RegexCheck) -> Result<Self, ProbeFailure> {
        let mut builder = RegexBuilder::new();
        let mut prefix = LIMIT.to_owned();
        for option in &check.options {
            let _ = match option.as_str() {
                "caseless" => builder.caseless(true),
                "dotall" => builder.dotall(true),
                "extended" => builder.extended(true),
                "multiline" => builder.multi_line(true),
                "ucp" => builder.ucp(true),
                "utf" => builder.utf(true),
                _ => &mut builder,
            };
        }
        for (option, letter) in INLINE {
            if check.options.iter().any(|own| own == option) {
                prefix.push_str(letter);
            }
        }
        let pattern = format!("{prefix}{}", check.pattern);
        let regex = builder.build(&pattern);
        let regex = regex.map_err(|error| ProbeFailure::Other(format!("regex: {error}")))?;
        let offset = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(Self {
            regex,
            negate: check.negate,
            first_line: check.options.iter().any(|own| own == "firstline"),
            min: offset(check.min_offset),
            max: check.max_offset.map_or(usize::MAX, offset),
        })
    }

    /// Says whether a body is as it must be.
    pub(super) fn judge(&self, body: &[u8]) -> Result<(), ProbeFailure> {
        let found = if self.min > body.len() {
            None
        } else {
            let found = self.regex.find_at(body, self.min);
            found.map_err(|error| ProbeFailure::Other(format!("regex: {error}")))?
        };
        // The first match is the one that starts first, so others start even later.
        let matches = found.is_some_and(|found| found.start() <= self.last_start(body));
        (matches != self.negate)
            .then_some(())
            .ok_or(ProbeFailure::Body)
    }
}

impl Pattern {
    /// The last byte that a match may start at.
    fn last_start(&self, body: &[u8]) -> usize {
        let first_line = || {
            let rest = body.get(self.min..).unwrap_or_default();
            let end = rest.iter().position(|byte| *byte == b'\n');
            end.map_or(usize::MAX, |end| self.min.saturating_add(end))
        };
        if self.first_line {
            self.max.min(first_line())
        } else {
            self.max
        }
    }
}

/// Options of PCRE2 that an expression can switch on by itself.
const INLINE: &[(&str, &str)] = &[
    ("dupnames", "(?J)"),
    ("no_auto_capture", "(?n)"),
    ("ungreedy", "(?U)"),
];
