//! Reloads at a given time (keepalived: `reload_time_file`, `reload_repeat`).
//!
//! The file's first line is a time, `HH:MM:SS`, or a date and a time, `YYYY-MM-DD HH:MM:SS` or with
//! two digits of the year, with a `Z` behind it for UTC. It is looked at each second. When the
//! reload has been made, the file is removed, unless it is to be repeated and has no date.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use bellwether_core::model::ReloadPolicy;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// How often the file is looked at.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// More than any time needs.
const LONGEST: u64 = 64;

/// What is known of the file.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    file: Option<PathBuf>,
    repeat: bool,
    /// The line that was read last, and when it says that a reload is due.
    known: Option<(String, Option<Timestamp>)>,
}

impl Schedule {
    pub(super) fn new(policy: &ReloadPolicy) -> Self {
        let mut schedule = Self::default();
        schedule.configure(policy);
        schedule
    }

    /// Follows what the configuration says now.
    pub(super) fn configure(&mut self, policy: &ReloadPolicy) {
        let file = policy.time_file.as_ref().map(PathBuf::from);
        if file != self.file {
            self.known = None;
        }
        self.file = file;
        self.repeat = policy.repeat;
    }

    /// Whether there is a file to look at.
    pub(super) const fn is_on(&self) -> bool {
        self.file.is_some()
    }

    /// Looks at the file. Returns whether a reload is due now; says so once.
    pub(super) fn is_due(&mut self, now: Timestamp) -> bool {
        let Some(path) = self.file.clone() else {
            return false;
        };
        let Some(line) = first_line(&path) else {
            if self.known.take().is_some() {
                tracing::info!("{}: gone; no reload at that time", path.display());
            }
            return false;
        };
        if self.known.as_ref().is_none_or(|(known, _)| *known != line) {
            let due = when(&line, now);
            match due {
                Some(at) if at <= now => {
                    tracing::warn!("{}: {at} is over; no reload", path.display());
                }
                Some(at) => tracing::info!("{}: reload at {at}", path.display()),
                None => tracing::warn!("{}: `{line}` is no time", path.display()),
            }
            self.known = Some((line.clone(), due.filter(|at| *at > now)));
        }
        let due = self.known.as_ref().and_then(|(_, due)| *due);
        if due.is_none_or(|at| at > now) {
            return false;
        }
        let daily = !line.contains('-');
        if self.repeat && daily {
            self.known = Some((line.clone(), when(&line, now)));
        } else {
            self.known = None;
            if let Err(error) = fs::remove_file(&path) {
                tracing::warn!("{}: {error}; it stays, and is not followed", path.display());
                self.known = Some((line, None));
            }
        }
        true
    }
}

fn first_line(path: &PathBuf) -> Option<String> {
    let meta = fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > LONGEST {
        return Some("a file that is too long, or no file".to_owned());
    }
    let text = fs::read_to_string(path).ok()?;
    Some(text.lines().next().unwrap_or_default().to_owned())
}

/// The time that a line says: without a date, the next time that a clock shows it.
fn when(line: &str, now: Timestamp) -> Option<Timestamp> {
    let (line, zone) = match line.strip_suffix('Z') {
        Some(line) => (line, TimeZone::UTC),
        None => (line, TimeZone::system()),
    };
    let clock = |text: &str| {
        let shape = text.len() == 8 && text.matches(':').count() == 2;
        let parsed: Option<Time> = text.parse().ok();
        parsed.filter(|_| shape)
    };
    let Some((date, time)) = line.split_once(' ') else {
        let today: Zoned = now.to_zoned(zone);
        let at = today.with().time(clock(line)?).build().ok()?;
        let at = if at.timestamp() > now {
            at
        } else {
            at.checked_add(1.day()).ok()?
        };
        return Some(at.timestamp());
    };
    let date = match date.len() {
        8 => format!("20{date}"),
        _ => date.to_owned(),
    };
    let date: Date = Some(date).filter(|date| date.len() == 10)?.parse().ok()?;
    let at = DateTime::from_parts(date, clock(time)?);
    Some(at.to_zoned(zone).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_as_keepalived_reads_them() {
        let now = stamp("2026-11-21T12:00:00Z");
        let table = [
            ("12:00:01Z", Some("2026-11-21T12:00:01Z")),
            ("11:59:59Z", Some("2026-11-22T11:59:59Z")),
            ("2026-12-24 18:00:00Z", Some("2026-12-24T18:00:00Z")),
            ("26-12-24 18:00:00Z", Some("2026-12-24T18:00:00Z")),
            ("2026-01-01 00:00:00Z", Some("2026-01-01T00:00:00Z")),
            ("12:00Z", None),
            (" 12:00:01Z", None),
            ("2026-12-24  18:00:00Z", None),
            ("tomorrow", None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(when(line, now), expected.map(stamp), "{line:?}");
        }
    }

    #[test]
    fn a_time_comes_once_and_its_file_goes_unless_it_is_repeated() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("time");
        let policy = |repeat| ReloadPolicy {
            time_file: Some(path.display().to_string()),
            repeat,
            hold_file: None,
        };
        let mut schedule = Schedule::new(&policy(false));
        let early = stamp("2026-11-21T12:00:00Z");
        let due = stamp("2026-11-21T12:00:05Z");
        assert!(!schedule.is_due(early), "there is no file");
        fs::write(&path, "12:00:05Z\n").unwrap();
        assert!(!schedule.is_due(early));
        assert!(schedule.is_due(due));
        assert!(!path.exists());
        assert!(!schedule.is_due(due));

        fs::write(&path, "12:00:05Z\n").unwrap();
        let mut schedule = Schedule::new(&policy(true));
        assert!(!schedule.is_due(early));
        assert!(schedule.is_due(due) && !schedule.is_due(due));
        assert!(path.exists());
        assert!(
            schedule.is_due(stamp("2026-11-22T12:00:05Z")),
            "and the next day"
        );

        fs::write(&path, "2026-01-01 00:00:00Z\n").unwrap();
        assert!(!schedule.is_due(due), "that is over");
    }
}
