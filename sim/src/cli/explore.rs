//! `bellwether-sim explore`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::nodes::{Nodes, NodesArgs};
use super::progress::Progress;
use super::{Status, say};
use crate::explore::case::{self, Case};
use crate::explore::crew::work;
use crate::explore::file::{Brief, Counterexample, calm_counterexample, counterexamples};
use crate::explore::report::report;
use crate::explore::tally::Noted;
use crate::explore::{Base, Plan, Tally};
use crate::present::Palette;

/// Arguments of `explore`.
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "bellwether-sim explore [OPTIONS] SCENARIO.toml\n       \
                      bellwether-sim explore [OPTIONS] --node NAME=FILE --node NAME=FILE ...",
    after_help = "Exit status: 0 when no invariant was violated, 1 when one was (or, with \
                  --strict, when a fault of the battery is not survived), 2 for bad input.\n\n\
                  What is found depends on the files, --seed, --seeds and --no-pairs, and not on \
                  --jobs."
)]
pub struct ExploreArgs {
    /// Whose configurations are explored
    #[command(flatten)]
    pub nodes: NodesArgs,
    /// How many random schedules follow the battery
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10_000,
        conflicts_with = "minutes"
    )]
    pub seeds: u64,
    /// Go on with random schedules for this long
    #[arg(long, value_name = "M")]
    pub minutes: Option<u64>,
    /// How many threads [default: one for each processor]
    #[arg(long, value_name = "J")]
    pub jobs: Option<usize>,
    /// The seed of the first random schedule
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Leave the pairs of faults out
    #[arg(long)]
    pub no_pairs: bool,
    /// Where scenario files that reproduce violations are written
    #[arg(long, value_name = "FOLDER", default_value = "bellwether-findings")]
    pub out: PathBuf,
    /// Fail also when a fault of the battery is not survived
    #[arg(long)]
    pub strict: bool,
    /// Print what was found as one JSON object
    #[arg(long)]
    pub json: bool,
    /// Do not say how far the search is
    #[arg(long)]
    pub quiet: bool,
}

pub(super) fn explore(
    args: &ExploreArgs,
    palette: Palette,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Status {
    match found(args, err) {
        Ok(found) => {
            for own in &found.counterexamples {
                if let Err(error) = keep(&args.out, own) {
                    let path = args.out.display();
                    say(err, &format!("error: can't write to '{path}': {error}"));
                    return Status::BadInput;
                }
            }
            // A reader that has gone away wants no more; the verdict stands.
            let _ = if args.json {
                found.print_json(out)
            } else {
                found.print(args, palette, out)
            };
            found.status(args.strict)
        }
        Err(message) => {
            say(err, message.trim_end());
            Status::BadInput
        }
    }
}

/// What an exploration found.
struct Found {
    plan: Plan,
    tally: Tally,
    counterexamples: Vec<Counterexample>,
}

fn found(args: &ExploreArgs, err: &mut dyn Write) -> Result<Found, String> {
    let Nodes {
        scenario,
        texts,
        warnings,
    } = args.nodes.read()?;
    if !warnings.is_empty() {
        say(err, warnings.trim_end());
    }
    let base = Base::new(&scenario).map_err(|error| format!("error: {error}"))?;
    let plan = Plan::new(base, !args.no_pairs, args.seed);
    let tally = search(args, &plan, err);
    let wrong = |error| format!("error: {error}");
    let mut all: Vec<Counterexample> = calm_counterexample(plan.base(), &texts)
        .map_err(wrong)?
        .into_iter()
        .collect();
    let failures = tally.failures.values();
    let failing = failures.flat_map(|own| own.first.iter().map(|number| plan.case(*number)));
    let failing: Vec<Case> = failing.collect();
    all.extend(counterexamples(plan.base(), failing, &texts).map_err(wrong)?);
    Ok(Found {
        plan,
        tally,
        counterexamples: all,
    })
}

fn search(args: &ExploreArgs, plan: &Plan, err: &mut dyn Write) -> Tally {
    let jobs = super::jobs(args.jobs);
    let last = match args.minutes {
        Some(_) => u64::MAX,
        None => plan.battery().saturating_add(args.seeds),
    };
    let limit = args
        .minutes
        .map(|minutes| Duration::from_secs(minutes * 60));
    let mut progress = Progress::new(args.quiet);
    let tally = std::cell::RefCell::new(Tally::new(plan));
    let words = |tally: &Tally| {
        format!(
            "{} of {} situations, {} violations",
            tally.coverage.reached(),
            tally.coverage.rows().count(),
            tally.violated()
        )
    };
    let done = work(
        0..last,
        jobs,
        |number| {
            let case = plan.case(number);
            let outcome = case::run(plan.base(), &case);
            (case, outcome)
        },
        |number, (case, outcome)| {
            // A plan speaks only of what its nodes have.
            if let Ok(outcome) = outcome {
                tally.borrow_mut().add(plan, number, &case, outcome);
            }
        },
        |done| {
            progress.tell(done, &words(&tally.borrow()), err);
            limit.is_none_or(|limit| progress.elapsed() < limit)
        },
    );
    let tally = tally.into_inner();
    progress.finish(done, &words(&tally), err);
    tally
}

pub(super) fn keep(folder: &Path, counterexample: &Counterexample) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(&counterexample.file_name), &counterexample.text)
}

impl Found {
    fn status(&self, strict: bool) -> Status {
        let lost = strict && self.tally.has_losses();
        if lost || !self.counterexamples.is_empty() || self.tally.violated() > 0 {
            Status::Violated
        } else {
            Status::Holds
        }
    }

    fn print(&self, args: &ExploreArgs, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
        let text = report(&self.plan, &self.tally, &self.counterexamples, palette);
        write!(out, "{text}")?;
        for own in &self.counterexamples {
            let path = args.out.join(&own.file_name);
            writeln!(out, "to see it: bellwether-sim run {}", path.display())?;
        }
        if !self.counterexamples.is_empty() {
            writeln!(out, "with --report OUT.html it is a page to look at")?;
        }
        out.flush()
    }

    fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Line<'a> {
            kind: &'a str,
            runs: u64,
            lost: u64,
            dark_ms: [u64; 3],
            dual_ms: [u64; 3],
        }
        #[derive(Serialize)]
        struct Whole<'a> {
            schedules: u64,
            violated: u64,
            counterexamples: Vec<Brief<'a>>,
            findings: &'a [Noted],
            availability: Vec<Line<'a>>,
            situations: Vec<(&'static str, u64)>,
        }
        let tally = &self.tally;
        let battery = tally.rows.iter().map(|(kind, row)| (kind.as_str(), row));
        let rest = [("two faults", &tally.pairs), ("random", &tally.random)];
        let lines = battery.chain(rest).map(|(kind, row)| {
            let three = |own: &crate::explore::availability::Spans| {
                [own.percentile(50), own.percentile(99), own.worst()]
            };
            Line {
                kind,
                runs: row.dark.total(),
                lost: row.lost,
                dark_ms: three(&row.dark),
                dual_ms: three(&row.dual),
            }
        });
        let whole = Whole {
            schedules: tally.cases,
            violated: tally.violated(),
            counterexamples: self
                .counterexamples
                .iter()
                .map(Counterexample::brief)
                .collect(),
            findings: &tally.findings,
            availability: lines.collect(),
            situations: tally.coverage.rows().collect(),
        };
        serde_json::to_writer(&mut *out, &whole)?;
        writeln!(out)?;
        out.flush()
    }
}
