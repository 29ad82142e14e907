//! What an exploration found, as text.
//!
//! Invariant: the same tally gives the same text; nothing here knows how long it took.

use core::fmt::Write as _;

use super::availability::Row;
use super::file::Counterexample;
use super::findings::Surprise;
use super::tally::Noted;
use super::{Base, Plan, Tally};
use crate::present::Palette;
use crate::scenario::units::show_span;

/// Everything: what was tried, availability, findings, coverage, violations.
#[must_use]
pub fn report(
    plan: &Plan,
    tally: &Tally,
    counterexamples: &[Counterexample],
    palette: Palette,
) -> String {
    let mut out = scope(plan, tally);
    out.push('\n');
    out.push_str(&availability(plan.base(), tally));
    out.push('\n');
    out.push_str(&findings(tally, palette));
    out.push_str(&coverage(tally));
    out.push('\n');
    let counts = [tally.violated(), tally.cases];
    out.push_str(&violations(plan.base(), counts, counterexamples, palette));
    out
}

/// What was tried.
fn scope(plan: &Plan, tally: &Tally) -> String {
    let singles = tally.cases.min(plan.singles());
    let pairs = tally.cases.saturating_sub(plan.singles()).min(plan.pairs());
    let random = tally.cases.saturating_sub(plan.battery());
    let names = plan.base().names();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "Explored {} schedules of {}:",
        tally.cases,
        names.join(", ")
    );
    let _ = writeln!(
        out,
        "  {singles} with one fault of the battery ({} faults, {} moments each), {pairs} with two, \
         {random} random;",
        plan.troubles().len(),
        plan.moments(),
    );
    let seconds = tally.simulated_ns / 1_000_000_000;
    let _ = writeln!(out, "  {seconds} simulated seconds.");
    out
}

/// Dark and dual time by kind of fault.
fn availability(base: &Base, tally: &Tally) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Availability of the worst address, in ms from the fault on, which happens to settled nodes and \
         is mended {} later:",
        show_span(base.hold)
    );
    let _ = writeln!(
        out,
        "{:<41} {:>5}  {:^24}  {:^24}",
        "", "", "nobody (dark)", "several (dual)"
    );
    let _ = writeln!(
        out,
        "{:<41} {:>5}  {:>8}{:>8}{:>8}  {:>8}{:>8}{:>8}  survived",
        "fault", "runs", "median", "p99", "worst", "median", "p99", "worst"
    );
    for (kind, row) in tally.rows.iter().filter(|(_, row)| row.dark.total() > 0) {
        out.push_str(&line(kind, row));
        let verdict = match row.lost {
            0 => "yes".to_owned(),
            lost if lost == row.dark.total() => "no".to_owned(),
            lost => format!("not in {lost}"),
        };
        let _ = writeln!(out, "  {verdict}");
    }
    for (kind, row) in [
        ("two faults of the battery", &tally.pairs),
        ("random schedules", &tally.random),
    ] {
        if row.dark.total() > 0 {
            let _ = writeln!(out, "{}", line(kind, row));
        }
    }
    out
}

fn line(kind: &str, row: &Row) -> String {
    let mut out = format!("{kind:<41} {:>5}  ", row.dark.total());
    let (dark, dual) = (&row.dark, &row.dual);
    for (place, spans) in [dark, dual].into_iter().enumerate() {
        let gap = if place == 0 { "" } else { "  " };
        let _ = write!(
            out,
            "{gap}{:>8}{:>8}{:>8}",
            spans.percentile(50),
            spans.percentile(99),
            spans.worst()
        );
    }
    out
}

/// What the configurations do not survive, and what else is legal and may surprise.
fn findings(tally: &Tally, palette: Palette) -> String {
    let mut out = String::new();
    let parts = [
        (true, "Not survived, though legal:"),
        (false, "Legal, and may surprise:"),
    ];
    for (loss, title) in parts {
        let own = tally.findings.iter();
        let own = own.filter(|noted| noted.finding.surprise.is_loss() == loss);
        let own: Vec<&Noted> = own.collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", Palette::paint(palette.warn, title));
        for surprise in in_order(&own) {
            let _ = writeln!(
                out,
                "  {}",
                Palette::paint(palette.heading, surprise.words())
            );
            let _ = writeln!(out, "  (why it is no violation: {})", surprise.legal());
            for noted in own
                .iter()
                .filter(|noted| noted.finding.surprise == surprise)
            {
                let often = if noted.count == noted.of {
                    "always".to_owned()
                } else {
                    format!("{} of {} times", noted.count, noted.of)
                };
                let router = &noted.finding.router;
                let _ = writeln!(out, "    {} ({router}, {often})", noted.trouble);
                let _ = writeln!(out, "      {}", noted.finding.why);
            }
        }
        out.push('\n');
    }
    out
}

fn in_order(noted: &[&Noted]) -> Vec<Surprise> {
    let mut all: Vec<Surprise> = noted.iter().map(|own| own.finding.surprise).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Which named situations were seen in how many runs, and which in none.
fn coverage(tally: &Tally) -> String {
    let mut out = String::new();
    let rows: Vec<_> = tally.coverage.rows().collect();
    let _ = writeln!(
        out,
        "Situations seen, {} of {}, with the number of schedules:",
        tally.coverage.reached(),
        rows.len()
    );
    for (words, count) in rows.iter().filter(|(_, count)| *count > 0) {
        let _ = writeln!(out, "{count:>9}  {words}");
    }
    let never: Vec<&str> = rows
        .iter()
        .filter(|(_, n)| *n == 0)
        .map(|(w, _)| *w)
        .collect();
    if !never.is_empty() {
        let _ = writeln!(out, "    never  {}", never.join("; "));
    }
    out
}

/// What was violated, and by which smallest schedules; `counts` are how many schedules violate
/// something, of how many.
#[must_use]
pub fn violations(
    base: &Base,
    counts: [u64; 2],
    counterexamples: &[Counterexample],
    palette: Palette,
) -> String {
    let mut out = String::new();
    let [violated, cases] = counts;
    if counterexamples.is_empty() && violated == 0 {
        let words = "No invariant was violated.";
        let _ = writeln!(out, "{}", Palette::paint(palette.good, words));
        return out;
    }
    let title = format!(
        "{violated} of {cases} schedules violate an invariant{}. The smallest ones:",
        if base.violated.is_empty() {
            ""
        } else {
            " besides those that are violated though nothing breaks"
        }
    );
    let _ = writeln!(out, "{}", Palette::paint(palette.bad, &title));
    for own in counterexamples {
        for id in &own.violated {
            let head = format!("  {id} {}: {}", id.name(), id.meaning());
            let _ = writeln!(out, "{}", Palette::paint(palette.bad, &head));
        }
        for message in &own.messages {
            let _ = writeln!(out, "    {message}");
        }
        let schedule = own.schedule();
        if schedule.is_empty() {
            let _ = writeln!(out, "    nothing needs to break for it");
        }
        for line in schedule {
            let _ = writeln!(out, "    {line}");
        }
        let _ = writeln!(out, "    seed {}; {}", own.scenario.seed, own.file_name);
    }
    out
}
