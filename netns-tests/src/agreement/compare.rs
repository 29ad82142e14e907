//! One file, two opinions.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use bellwether_config::{Options, Severity, load};

use super::differences::{Difference, Shows};
use super::facts::{Disagreement, Facts};
use super::keepalived::{Half, Judge, Verdict};
use super::{ours, theirs};

/// Files at once: most of the time is waiting for keepalived to start.
const AT_ONCE: usize = 4;

/// Something that the two don't agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// keepalived would not run the file, and Bellwether takes it.
    RefusedThere {
        /// keepalived's exit status.
        code: i32,
        /// One of its complaints.
        said: String,
    },
    /// Bellwether refuses a file that keepalived would run.
    RefusedHere {
        /// The code of the error.
        code: String,
        /// Its message.
        said: String,
        /// What keepalived says of the file, if anything.
        there: String,
    },
    /// keepalived complains, and Bellwether has nothing to say.
    Unsaid {
        /// The complaint.
        said: String,
    },
    /// Both would run the file, and understand a value in two ways.
    Value(Disagreement),
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The file.
    pub file: PathBuf,
    /// What `keepalived -t` says.
    pub verdict: Verdict,
    /// What Bellwether says, a line each.
    pub diagnostics: Vec<String>,
    /// What they don't agree on.
    pub findings: Vec<Finding>,
    /// How many facts were compared.
    pub facts: usize,
}

/// Compares what keepalived and Bellwether make of each file.
///
/// # Errors
///
/// When keepalived can't be asked.
pub fn compare(judge: &Judge, files: &[PathBuf]) -> Result<Vec<Comparison>> {
    let verdicts = judge.verdicts(files)?;
    let work: Vec<(&PathBuf, Verdict)> = files.iter().zip(verdicts).collect();
    let share = work.len().div_ceil(AT_ONCE).max(1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = work
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .map(|(file, verdict)| one(judge, file, verdict.clone()))
                        .collect::<Result<Vec<_>>>()
                })
            })
            .collect();
        let mut found = Vec::new();
        for thread in threads {
            found.extend(
                thread
                    .join()
                    .map_err(|_| anyhow!("a comparison panicked"))??,
            );
        }
        Ok(found)
    })
}

fn one(judge: &Judge, file: &Path, verdict: Verdict) -> Result<Comparison> {
    let outcome = load(file, &Options::default()).context("reading a test's own file")?;
    let diagnostics: Vec<String> = outcome
        .diagnostics
        .iter()
        .map(|found| format!("{} {:?}: {}", found.code, found.severity, found.message))
        .collect();
    let mut findings = Vec::new();
    let mut compared = 0;
    let theirs = match verdict.runs() {
        true => understood(judge, file)?,
        false => None,
    };
    match (outcome.config, theirs) {
        (Some(_), None) => findings.push(Finding::RefusedThere {
            code: verdict.code,
            said: verdict.said.last().cloned().unwrap_or_default(),
        }),
        (Some(config), Some(theirs)) => {
            if verdict.code == 5 && diagnostics.is_empty() {
                let said = verdict.said.iter().cloned();
                findings.extend(said.map(|said| Finding::Unsaid { said }));
            }
            let ours = ours::facts(&config);
            compared = ours.len();
            findings.extend(theirs.disagreements(&ours).into_iter().map(Finding::Value));
        }
        (None, Some(_)) => findings.extend(
            outcome
                .diagnostics
                .iter()
                .filter(|found| found.severity == Severity::Error)
                .map(|found| Finding::RefusedHere {
                    code: found.code.to_owned(),
                    said: found.message.clone(),
                    there: verdict.said.join("; "),
                }),
        ),
        (None, None) => {}
    }
    Ok(Comparison {
        file: file.to_owned(),
        verdict,
        diagnostics,
        findings,
        facts: compared,
    })
}

/// What keepalived understood: each half that the file has something for. None where it ends.
fn understood(judge: &Judge, file: &Path) -> Result<Option<Facts>> {
    let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
    let mut dumps = String::new();
    for (word, half) in [("vrrp_", Half::Vrrp), ("virtual_server", Half::Lvs)] {
        if text.contains(word) {
            match judge.dump(file, half)? {
                Some(dump) => dumps.push_str(&dump),
                None => return Ok(None),
            }
        }
    }
    Ok(Some(theirs::facts(&dumps)))
}

impl Finding {
    /// Which of these deliberate differences this is, if it is one of them.
    #[must_use]
    pub fn deliberate<'a>(&self, list: &[&'a Difference]) -> Option<&'a Difference> {
        let is = |difference: &Difference| difference.shows.iter().any(|shows| self.is(shows));
        list.iter().copied().find(|difference| is(difference))
    }

    fn is(&self, shows: &Shows) -> bool {
        match (self, shows) {
            (
                Self::Value(found),
                Shows::Value {
                    keyword,
                    theirs,
                    ours,
                },
            ) => {
                let fits = |wanted: &Option<String>, seen: &Option<String>| {
                    wanted.is_none() || wanted == seen
                };
                *keyword == found.keyword && fits(theirs, &found.theirs) && fits(ours, &found.ours)
            }
            (
                Self::RefusedHere { code, there, .. },
                Shows::Error {
                    code: wanted,
                    complains,
                },
            ) => code == wanted && complains.is_none_or(|complains| complains != there.is_empty()),
            (Self::Unsaid { said } | Self::RefusedThere { said, .. }, Shows::Complaint(part)) => {
                said.contains(part.as_str())
            }
            (
                Self::Value(_)
                | Self::RefusedHere { .. }
                | Self::Unsaid { .. }
                | Self::RefusedThere { .. },
                Shows::Value { .. } | Shows::Error { .. } | Shows::Complaint(_),
            ) => false,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RefusedThere { code, said } => {
                write!(f, "keepalived would not run it (status {code}): {said}")
            }
            Self::RefusedHere { code, said, there } => {
                write!(
                    f,
                    "refused with {code}: {said}; keepalived would run it: {there}"
                )
            }
            Self::Unsaid { said } => write!(f, "nothing is said about: {said}"),
            Self::Value(found) => write!(
                f,
                "{}: {}: keepalived understands {:?}, Bellwether {:?}",
                found.thing, found.keyword, found.theirs, found.ours
            ),
        }
    }
}
