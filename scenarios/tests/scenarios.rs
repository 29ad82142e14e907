//! One test for each scenario file.
//!
//! Each runs in the event queue twice, once more in another process, and, where turmoil can
//! express it, there too. All must agree, and the snapshot must be what a person has reviewed.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use bellwether_sim::present::{
    availability, describe_expectation, remarks, transitions, verdicts_in_brief,
};
use bellwether_sim::run::{Report, run};
use bellwether_sim::scenario::Scenario;
use bellwether_sim::scenario::load::load;
use bellwether_sim::turmoil::{TicksPerMilli, Timetable, express, play, same_transitions};
use libtest_mimic::{Arguments, Failed, Trial};

/// Where a child process finds the scenario whose digest it is to print.
const DIGEST_OF: &str = "BELLWETHER_DIGEST_OF";

/// How fine turmoil's time is.
const TICKS: TicksPerMilli = TicksPerMilli(2);

/// How far apart the two engines may see one transition: timers and frames wait for the next tick
/// in turmoil, and one transition may follow from two of each.
const TOLERANCE: Duration = Duration::from_micros(2_500);

/// How much of the second phase is played in turmoil.
const HEALED_PART: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    if let Some(path) = std::env::var_os(DIGEST_OF) {
        return print_digest(Path::new(&path));
    }
    let args = Arguments::from_args();
    let files = match bellwether_scenarios::files() {
        Ok(files) => files,
        Err(error) => {
            eprintln!("the scenarios' folder can't be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    let tests = files
        .into_iter()
        .map(|path| Trial::test(name(&path), move || check(&path)));
    let mut trials: Vec<Trial> = tests.collect();
    trials.push(Trial::test("there_are_at_least_fifteen_scenarios", || {
        let count = bellwether_scenarios::files()?.len();
        if count < 15 {
            return Err(format!("there are only {count}").into());
        }
        Ok(())
    }));
    libtest_mimic::run(&args, trials).exit_code()
}

fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// What the child process does for its parent.
fn print_digest(path: &Path) -> ExitCode {
    match simulate(path) {
        Ok((_, report)) => {
            println!("{:016x}", report.digest);
            ExitCode::SUCCESS
        }
        Err(failed) => {
            eprintln!("{}", failed.message().unwrap_or("no reason given"));
            ExitCode::FAILURE
        }
    }
}

fn simulate(path: &Path) -> Result<(Scenario, Report), Failed> {
    let loaded = load(path)?;
    if !loaded.warnings.is_empty() {
        return Err(loaded.warnings.into());
    }
    sweep(&loaded.scenario)?;
    let report = run(&loaded.scenario, loaded.scenario.seed)?;
    Ok((loaded.scenario, report))
}

/// Runs the other seeds that a scenario asks for.
fn sweep(scenario: &Scenario) -> Result<(), Failed> {
    for more in 1..scenario.seeds {
        let seed = scenario.seed + u64::from(more);
        if !run(scenario, seed)?.is_success() {
            return Err(format!("the scenario does not hold with seed {seed}").into());
        }
    }
    Ok(())
}

fn check(path: &Path) -> Result<(), Failed> {
    let (scenario, report) = simulate(path)?;
    let (_, again) = simulate(path)?;
    if report != again {
        return Err("the second run in this process differs from the first".into());
    }
    let elsewhere = digest_elsewhere(path)?;
    let here = format!("{:016x}", report.digest);
    if elsewhere != here {
        let message = format!("digest {here} in this process, {elsewhere} in another");
        return Err(message.into());
    }
    let in_turmoil = in_turmoil(&scenario, &report)?;
    let text = show(&scenario, &report, &in_turmoil);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(bellwether_scenarios::folder().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name(path), text));
    if report.is_success() {
        Ok(())
    } else {
        Err(format!("the scenario does not hold:\n{text}").into())
    }
}

fn digest_elsewhere(path: &Path) -> Result<String, Failed> {
    let child = Command::new(std::env::current_exe()?)
        .env(DIGEST_OF, path)
        .output()?;
    let printed = String::from_utf8_lossy(&child.stdout).trim().to_owned();
    if child.status.success() {
        Ok(printed)
    } else {
        Err(String::from_utf8_lossy(&child.stderr).into_owned().into())
    }
}

/// Plays the scenario in turmoil too, and says in words what came of it.
fn in_turmoil(scenario: &Scenario, report: &Report) -> Result<String, Failed> {
    let plan = match express(scenario) {
        Ok(plan) => plan,
        Err(why_not) => return Ok(format!("not there: {why_not}")),
    };
    // Of the long quiet second phase a part is enough: turmoil wades through every tick of it.
    let until = report.ended_at.min(report.healed_at + HEALED_PART);
    let timetable = Timetable {
        healed_at: report.healed_at,
        until,
    };
    let log = play(&plan, timetable, TICKS)?;
    let count = same_transitions(&report.log.entries, &log.entries, until, TOLERANCE)?;
    if count == 0 {
        return Err("no transition was compared".into());
    }
    Ok(format!("the same {count} transitions"))
}

fn show(scenario: &Scenario, report: &Report, in_turmoil: &str) -> String {
    let mut text = format!("{}\n\n", scenario.name);
    text.push_str(&transitions(scenario, report));
    text.push('\n');
    text.push_str(&availability(report));
    let expectations = report.expectations.iter().zip(&scenario.expectations);
    for (result, expectation) in expectations {
        let verdict = if result.met { "met" } else { "NOT MET" };
        let _ = writeln!(text, "{verdict}: {}", describe_expectation(expectation));
    }
    text.push_str(&remarks(scenario, report));
    text.push_str(&verdicts_in_brief(report));
    let _ = writeln!(text, "in turmoil: {in_turmoil}");
    text
}
