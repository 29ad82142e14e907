//! What it came to: availability, verdicts, expectations, and what to do about a failure.

use core::fmt::Write as _;

use super::describe::describe_expectation;
use super::lanes::lanes_around;
use super::palette::Palette;
use super::remarks::remarks;
use super::{millis, seconds};
use crate::run::{Availability, Outcome, Report, Verdict};
use crate::scenario::Scenario;

/// Transitions, availability of each virtual address, expectations, and each invariant's verdict.
#[must_use]
pub fn summary(scenario: &Scenario, report: &Report, palette: Palette) -> String {
    let mut out = availability(report);
    if !report.expectations.is_empty() {
        let met = report
            .expectations
            .iter()
            .filter(|result| result.met)
            .count();
        let all = report.expectations.len();
        let style = if met == all {
            palette.good
        } else {
            palette.bad
        };
        let words = format!("{met} of {all} met");
        let _ = writeln!(out, "expectations  {}", Palette::paint(style, &words));
        for (result, expectation) in report.expectations.iter().zip(&scenario.expectations) {
            if !result.met {
                let expected = describe_expectation(expectation);
                let _ = writeln!(out, "  not met: {expected}; {}", result.seen);
            }
        }
    }
    for remark in remarks(scenario, report).lines() {
        let _ = writeln!(out, "{}", Palette::paint(palette.warn, remark));
    }
    for verdict in &report.verdicts {
        let _ = writeln!(out, "{}", verdict_line(verdict, palette));
        if verdict.outcome != Outcome::Held {
            for violation in verdict.violations.iter().take(3) {
                let at = seconds(violation.at);
                let _ = writeln!(out, "      at {at}s: {}", violation.message);
            }
            if verdict.count > 3 {
                let _ = writeln!(out, "      and {} more", verdict.count - 3);
            }
        }
    }
    out
}

/// Transitions, and how long each virtual address had no owner, and more than one.
#[must_use]
pub fn availability(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(out, "transitions   {}", report.transitions);
    for address in &report.availability {
        let dual = millis(address.dual_ns);
        let names: Vec<&str> = address.instances.iter().map(|name| name.as_str()).collect();
        let same = |own: &&Availability| own.address == address.address;
        let on = match report.availability.iter().filter(same).count() {
            0 | 1 => String::new(),
            _ => format!(" on {}", address.segment),
        };
        let _ = writeln!(
            out,
            "{:<13} dark {} ms, dual {dual} ms  ({}{on})",
            address.address.to_string(),
            millis(address.dark_ns),
            names.join(", ")
        );
    }
    out
}

/// The verdicts in one line for each kind of outcome, with every violation in full: what a
/// snapshot holds.
#[must_use]
pub fn verdicts_in_brief(report: &Report) -> String {
    let mut out = String::new();
    let kinds = [
        "hold",
        "not tested",
        "not checked",
        "violated, as expected",
        "VIOLATED",
        "HOLD, UNEXPECTEDLY",
    ];
    let kind_of = |verdict: &&Verdict| match verdict.outcome {
        Outcome::Held if verdict.checks > 0 => 0,
        Outcome::Held => 1,
        Outcome::Disabled => 2,
        Outcome::ViolatedAsExpected => 3,
        Outcome::Violated => 4,
        Outcome::HeldUnexpectedly => 5,
    };
    for (kind, word) in kinds.into_iter().enumerate() {
        let of_kind = report.verdicts.iter().filter(|v| kind_of(v) == kind);
        let names: Vec<String> = of_kind.map(|v| v.invariant.to_string()).collect();
        if !names.is_empty() {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{word}: {}", names.join(" "));
        }
    }
    for violation in report.violations() {
        let at = seconds(violation.at);
        let _ = writeln!(
            out,
            "  {} at {at}s: {}",
            violation.invariant, violation.message
        );
    }
    out
}

fn verdict_line(verdict: &Verdict, palette: Palette) -> String {
    let (style, word) = match verdict.outcome {
        Outcome::Held if verdict.checks == 0 => (palette.faint, "not tested"),
        Outcome::Held => (palette.good, "holds"),
        Outcome::Violated => (palette.bad, "VIOLATED"),
        Outcome::ViolatedAsExpected => (palette.warn, "violated, as expected"),
        Outcome::HeldUnexpectedly => (palette.bad, "HOLDS, UNEXPECTEDLY"),
        Outcome::Disabled => (palette.faint, "not checked"),
    };
    let id = verdict.invariant;
    let word = Palette::paint(style, word);
    format!("{id:<4}{:<24} {word}: {}", id.name(), id.meaning())
}

/// How it ended: that everything holds, or what does not, with which seed, the timeline around it,
/// and the command that repeats it, which is `replay`.
#[must_use]
pub fn conclusion(scenario: &Scenario, report: &Report, replay: &str, palette: Palette) -> String {
    if report.is_success() {
        let words = match report.violations().len() {
            0 => "Everything holds.",
            _ => "Everything is as the scenario says.",
        };
        return format!("{}\n", Palette::paint(palette.good, words));
    }
    failure(scenario, report, replay, palette)
}

fn failure(scenario: &Scenario, report: &Report, replay: &str, palette: Palette) -> String {
    let mut out = String::new();
    let failed = report
        .verdicts
        .iter()
        .filter(|verdict| match verdict.outcome {
            Outcome::Violated | Outcome::HeldUnexpectedly => true,
            Outcome::Held | Outcome::ViolatedAsExpected | Outcome::Disabled => false,
        });
    let mut first = None;
    for verdict in failed {
        let id = verdict.invariant;
        let head = format!("{id} {}: {}", id.name(), id.meaning());
        let _ = writeln!(out, "{}", Palette::paint(palette.bad, &head));
        match verdict.violations.first() {
            Some(violation) => {
                let at = seconds(violation.at);
                let _ = writeln!(out, "  at {at}s: {}", violation.message);
                first = Some(first.map_or(violation.at, |f: bellwether_core::Instant| {
                    f.min(violation.at)
                }));
            }
            None => {
                let _ = writeln!(
                    out,
                    "  the scenario says that it is violated, and it was not"
                );
            }
        }
    }
    let results = report.expectations.iter().zip(&scenario.expectations);
    for (result, expectation) in results.filter(|(result, _)| !result.met) {
        let expected = describe_expectation(expectation);
        let head = format!("expected that {expected}");
        let _ = writeln!(out, "{}", Palette::paint(palette.bad, &head));
        let _ = writeln!(out, "  {}", result.seen);
        first = Some(first.map_or(result.at, |f: bellwether_core::Instant| f.min(result.at)));
    }
    if let Some(at) = first {
        let _ = writeln!(out, "\naround it:");
        out.push_str(&lanes_around(scenario, report, at, palette));
    }
    let _ = writeln!(out, "\nseed {}; to see it again:\n  {replay}", report.seed);
    out
}
