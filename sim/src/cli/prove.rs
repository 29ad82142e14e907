//! `bellwether-sim prove`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::explore::keep;
use super::nodes::{Nodes, NodesArgs};
use super::progress::Progress;
use super::{Status, say};
use crate::explore::Base;
use crate::explore::case::{self, Case};
use crate::explore::crew::work;
use crate::explore::file::{Counterexample, calm_counterexample, counterexamples};
use crate::explore::prove::{Bounds, Scope};
use crate::explore::report::violations;
use crate::present::Palette;

/// How many failing schedules are shrunk.
const KEPT: usize = 10;

/// Arguments of `prove`.
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "bellwether-sim prove [OPTIONS] SCENARIO.toml\n       \
                      bellwether-sim prove [OPTIONS] --node NAME=FILE --node NAME=FILE ...",
    after_help = "Exit status: 0 when nothing within the bounds violates an invariant, 1 when \
                  something does, 2 for bad input."
)]
pub struct ProveArgs {
    /// Whose configurations are walked through
    #[command(flatten)]
    pub nodes: NodesArgs,
    /// How many adverts on each way may be lost or not [default: as many as make 65536 patterns]
    #[arg(long, value_name = "N")]
    pub adverts: Option<u32>,
    /// How many faults of the battery there are at once, at most
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=2))]
    pub faults: u32,
    /// At how many instants each of them is tried
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub instants: u32,
    /// How many threads [default: one for each processor]
    #[arg(long, value_name = "J")]
    pub jobs: Option<usize>,
    /// Where scenario files that reproduce violations are written
    #[arg(long, value_name = "FOLDER", default_value = "bellwether-findings")]
    pub out: PathBuf,
    /// Do not say how far the search is
    #[arg(long)]
    pub quiet: bool,
}

pub(super) fn prove(
    args: &ProveArgs,
    palette: Palette,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Status {
    let proved = match walk(args, err) {
        Ok(proved) => proved,
        Err(message) => {
            say(err, message.trim_end());
            return Status::BadInput;
        }
    };
    for own in &proved.counterexamples {
        if let Err(error) = keep(&args.out, own) {
            let path = args.out.display();
            say(err, &format!("error: can't write to '{path}': {error}"));
            return Status::BadInput;
        }
    }
    // A reader that has gone away wants no more; the verdict stands.
    let _ = proved.print(args, palette, out);
    if proved.counterexamples.is_empty() && proved.violated == 0 {
        Status::Holds
    } else {
        Status::Violated
    }
}

struct Proved {
    scope: Scope,
    violated: u64,
    different: usize,
    simulated_ns: u128,
    counterexamples: Vec<Counterexample>,
}

#[derive(Default)]
struct Walked {
    violated: u64,
    failing: Vec<Case>,
    digests: BTreeSet<u64>,
    simulated_ns: u128,
}

fn walk(args: &ProveArgs, err: &mut dyn Write) -> Result<Proved, String> {
    let Nodes {
        scenario,
        texts,
        warnings,
    } = args.nodes.read()?;
    if !warnings.is_empty() {
        say(err, warnings.trim_end());
    }
    let fitting = Scope::fitting_adverts(scenario.nodes.len());
    let bounds = Bounds {
        adverts: args.adverts.unwrap_or(fitting),
        faults: args.faults,
        instants: args.instants,
    };
    let base = Base::new(&scenario).map_err(|error| format!("error: {error}"))?;
    let scope = Scope::new(base, bounds).map_err(|error| format!("error: {error}"))?;
    let walked = RefCell::new(Walked::default());
    let mut progress = Progress::new(args.quiet);
    let all = scope.cases();
    let words = |walked: &Walked| format!("of {all}, {} violations", walked.violated);
    let done = work(
        0..all,
        super::jobs(args.jobs),
        |number| case::run(scope.base(), &scope.case(number)),
        |number, outcome| {
            // A scope speaks only of what its nodes have.
            let Ok(outcome) = outcome else { return };
            let mut walked = walked.borrow_mut();
            walked.simulated_ns += u128::from(outcome.simulated_ns);
            walked.digests.insert(outcome.digest);
            if !outcome.violated.is_empty() {
                walked.violated += 1;
                if walked.failing.len() < KEPT {
                    walked.failing.push(scope.case(number));
                }
            }
        },
        |done| {
            progress.tell(done, &words(&walked.borrow()), err);
            true
        },
    );
    let walked = walked.into_inner();
    progress.finish(done, &words(&walked), err);
    let wrong = |error| format!("error: {error}");
    let calm = calm_counterexample(scope.base(), &texts).map_err(wrong)?;
    let mut found: Vec<Counterexample> = calm.into_iter().collect();
    found.extend(counterexamples(scope.base(), walked.failing, &texts).map_err(wrong)?);
    Ok(Proved {
        violated: walked.violated,
        different: walked.digests.len(),
        simulated_ns: walked.simulated_ns,
        counterexamples: found,
        scope,
    })
}

impl Proved {
    fn print(&self, args: &ProveArgs, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "Walked through all of, and nothing else:")?;
        write!(out, "{}", self.scope.describe())?;
        writeln!(
            out,
            "  {} schedules, {} of them different in what happened, {} simulated seconds.",
            self.scope.cases(),
            self.different,
            self.simulated_ns / 1_000_000_000
        )?;
        let names = self.scope.base().names();
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        writeln!(
            out,
            "  For {} with seed {}; other delays, jitters, seeds and faults were not tried.\n",
            names.join(", "),
            self.scope.base().scenario.seed
        )?;
        let counts = [self.violated, self.scope.cases()];
        let found = &self.counterexamples;
        write!(
            out,
            "{}",
            violations(self.scope.base(), counts, found, palette)
        )?;
        for own in found {
            let path = args.out.join(&own.file_name);
            writeln!(out, "to see it: bellwether-sim run {}", path.display())?;
        }
        out.flush()
    }
}
