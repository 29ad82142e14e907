//! What a person wants of some codes: to be spared, or that they count as errors.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Diagnostics, Severity};
use crate::code;

/// Which codes are silenced and which are errors, as a command line says it. An allowed code is
/// silenced even where it is denied too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Codes of which warnings and notes are left out.
    pub allow: BTreeSet<String>,
    /// Codes of which warnings and notes are errors.
    pub deny: BTreeSet<String>,
    /// Whether every warning is an error.
    pub deny_warnings: bool,
}

impl Levels {
    /// What becomes of a diagnostic; none: it is left out.
    fn of(&self, severity: Severity, code: &str) -> Option<Severity> {
        match severity {
            Severity::Error => Some(Severity::Error),
            Severity::Warning | Severity::Note if self.allow.contains(code) => None,
            Severity::Warning if self.deny_warnings => Some(Severity::Error),
            Severity::Warning | Severity::Note if self.deny.contains(code) => Some(Severity::Error),
            Severity::Warning | Severity::Note => Some(severity),
        }
    }
}

/// How many diagnostics there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// Those of any severity that are not listed, because there are too many.
    pub unlisted: usize,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            errors: self.errors.saturating_add(other.errors),
            warnings: self.warnings.saturating_add(other.warnings),
            notes: self.notes.saturating_add(other.notes),
            unlisted: self.unlisted.saturating_add(other.unlisted),
        }
    }
}

impl Diagnostics {
    /// Leaves out what `levels` allows, and makes errors of what it denies, also among those that
    /// are not listed. With an error the configuration is not to be used.
    pub fn apply(&mut self, levels: &Levels) {
        self.list
            .retain_mut(|one| match levels.of(one.severity, one.code) {
                Some(severity) => {
                    one.severity = severity;
                    true
                }
                None => false,
            });
        let dropped = std::mem::take(&mut self.dropped);
        for ((severity, code), count) in dropped {
            if let Some(severity) = levels.of(severity, code) {
                self.errors |= severity == Severity::Error;
                self.dropped.insert((severity, code), count);
            }
        }
        self.errors |= self.list.iter().any(|one| one.severity == Severity::Error);
        self.list.retain(|one| one.code != code::TOO_MANY);
        self.report_dropped();
    }

    /// How many there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |severity| self.list.iter().filter(|d| d.severity == severity).count();
        Counts {
            errors: of(Severity::Error),
            warnings: of(Severity::Warning),
            notes: of(Severity::Note),
            unlisted: self.dropped.values().sum(),
        }
    }
}
