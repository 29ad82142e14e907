//! `bellwether-sim run`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::progress::Ticker;
use super::{RunArgs, Status, say, standard_scenario};
use crate::capture::Capture;
use crate::present::{Palette, conclusion, lanes, summary, transitions, write_report};
use crate::run::{
    Availability, ExpectationResult, Recording, Report, Verdict, run_captured, run_watched,
    run_with_journals,
};
use crate::scenario::Scenario;
use crate::scenario::load::{LoadError, load, load_config};

pub(super) fn run(
    args: &RunArgs,
    palette: Palette,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Status {
    let (scenario, warnings) = match read(args) {
        Ok(read) => read,
        Err(message) => {
            say(err, message.trim_end());
            return Status::BadInput;
        }
    };
    if !warnings.is_empty() {
        say(err, warnings.trim_end());
    }
    let scenario = Arc::new(scenario);
    let played = play(args, &scenario, err);
    let report = match played.and_then(|played| keep(args, &scenario, played, err)) {
        Ok(report) => report,
        Err(message) => {
            say(err, &message);
            return Status::BadInput;
        }
    };
    if let Err(message) = keep_journals(args, &scenario, report.seed) {
        say(err, &message);
        return Status::BadInput;
    }
    let holds = report.is_success();
    // A reader that has gone away wants no more; the verdict stands.
    let _ = if args.json {
        print_json(&report, out)
    } else {
        print_text(args, &scenario, &report, palette, out)
    };
    if holds {
        Status::Holds
    } else {
        Status::Violated
    }
}

/// Writes the nodes' journals, if they are wanted.
fn keep_journals(args: &RunArgs, scenario: &Scenario, seed: u64) -> Result<(), String> {
    let Some(folder) = &args.journal else {
        return Ok(());
    };
    // The same run again: only now is it known which seed is shown.
    let (_, tape) = run_with_journals(scenario, seed).map_err(|error| format!("error: {error}"))?;
    let written = tape.write(folder);
    written.map_err(|error| format!("error: can't write to '{}': {error}", folder.display()))
}

/// The run of the first seed with which the scenario does not hold, or else of the first; a seed
/// that is asked for is the only one.
fn play(args: &RunArgs, scenario: &Arc<Scenario>, err: &mut dyn Write) -> Result<Played, String> {
    let seed = args.seed.unwrap_or(scenario.seed);
    let first = play_seed(args, scenario, seed, err)?;
    if args.seed.is_some() || !first.0.is_success() {
        return Ok(first);
    }
    match super::sweep::first_failure(scenario, err) {
        Some(seed) => play_seed(args, scenario, seed, err),
        None => Ok(first),
    }
}

/// A run, with its frames where they are wanted.
type Played = (Report, Option<Capture>);

fn play_seed(
    args: &RunArgs,
    scenario: &Arc<Scenario>,
    seed: u64,
    err: &mut dyn Write,
) -> Result<Played, String> {
    let mut ticker = Ticker::new(err);
    let played = if args.pcap.is_some() || args.report.is_some() {
        run_captured(scenario, seed, &mut ticker).map(|(report, capture)| (report, Some(capture)))
    } else {
        run_watched(scenario, seed, Recording::Everything, &mut ticker).map(|report| (report, None))
    };
    ticker.finish();
    played.map_err(|error| format!("error: {error}"))
}

/// Writes the files that are asked for.
fn keep(
    args: &RunArgs,
    scenario: &Scenario,
    (report, capture): Played,
    err: &mut dyn Write,
) -> Result<Report, String> {
    if let (Some(path), Some(capture)) = (&args.pcap, &capture) {
        let comment = format!("{}, seed {}", scenario.name, report.seed);
        write_file(path, |out| capture.write_pcapng(&comment, out))?;
        let frames = capture.frames.len();
        say(err, &format!("wrote {}: {frames} frames", path.display()));
    }
    if let (Some(path), Some(capture)) = (&args.report, &capture) {
        write_file(path, |out| write_report(scenario, &report, capture, out))?;
        say(err, &format!("wrote {}", path.display()));
    }
    Ok(report)
}

fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), String> {
    let all = || {
        let mut out = BufWriter::new(File::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    all().map_err(|error: io::Error| {
        let path = path.display();
        format!("error: can't write to '{path}': {error}")
    })
}

/// The scenario, with warnings, or what is wrong with the input.
fn read(args: &RunArgs) -> Result<(Scenario, String), String> {
    if let Some(path) = &args.scenario {
        let loaded = load(path).map_err(|error| match error {
            LoadError::Wrong(problems) => problems.render(true),
            error @ LoadError::Unreadable { .. } => format!("error: {error}"),
        })?;
        return Ok((loaded.scenario, loaded.warnings));
    }
    let mut warnings = String::new();
    let mut nodes = Vec::new();
    for (name, path) in &args.node {
        if nodes.iter().any(|(other, _)| other == name) {
            return Err(format!("error: two nodes are called `{name}`"));
        }
        let (config, more) = load_config(path)?;
        if config.instances().is_empty() {
            let path = path.display();
            return Err(format!(
                "error: '{path}' has no vrrp_instance, so there is nothing to run"
            ));
        }
        warnings.push_str(&more);
        nodes.push((name.clone(), config));
    }
    Ok((standard_scenario(nodes), warnings))
}

fn print_text(
    args: &RunArgs,
    scenario: &Scenario,
    report: &Report,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", scenario.name)?;
    if let Some(story) = &scenario.story {
        writeln!(out, "\n{}", story.trim())?;
    }
    writeln!(out, "\n{}", legend(scenario))?;
    writeln!(out, "{}", lanes(scenario, report, palette))?;
    for line in transitions(scenario, report).lines() {
        writeln!(out, "{}", palette.paint_transition(line))?;
    }
    writeln!(out)?;
    write!(out, "{}", summary(scenario, report, palette))?;
    let replay = replay(args, report.seed);
    write!(out, "\n{}", conclusion(scenario, report, &replay, palette))?;
    out.flush()
}

fn legend(scenario: &Scenario) -> String {
    let mut text =
        "M master, b backup, F fault, I init, x crashed, z paused, . not running\n".to_owned();
    let several = scenario
        .nodes
        .iter()
        .any(|node| node.config.instances().len() > 1);
    if several {
        for node in &scenario.nodes {
            let names = node.config.instances().iter().map(|i| i.name.as_str());
            let names: Vec<&str> = names.collect();
            text.push_str(&format!(
                "one letter each on {}: {}\n",
                node.name,
                names.join(" ")
            ));
        }
    }
    text
}

/// The command that repeats a run.
fn replay(args: &RunArgs, seed: u64) -> String {
    let quoted = |path: &Path| {
        let text = path.display().to_string();
        if text.contains([' ', '\'', '"', '$', '*']) {
            format!("'{}'", text.replace('\'', "'\\''"))
        } else {
            text
        }
    };
    let mut command = "bellwether-sim run".to_owned();
    for (name, path) in &args.node {
        command.push_str(&format!(" --node {name}={}", quoted(path)));
    }
    if let Some(path) = &args.scenario {
        command.push_str(&format!(" {}", quoted(path)));
    }
    format!("{command} --seed {seed}")
}

/// The last line of the JSON form.
#[derive(Serialize)]
struct Summary<'a> {
    scenario: &'a str,
    seed: u64,
    holds: bool,
    digest: String,
    transitions: u64,
    healed_at_ns: u64,
    ended_at_ns: u64,
    verdicts: &'a [Verdict],
    expectations: &'a [ExpectationResult],
    availability: &'a [Availability],
}

fn print_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Last<'a> {
        summary: Summary<'a>,
    }
    report.log.write_json_lines(out)?;
    let summary = Summary {
        scenario: &report.scenario,
        seed: report.seed,
        holds: report.is_success(),
        digest: format!("{:016x}", report.digest),
        transitions: report.transitions,
        healed_at_ns: report.healed_at.as_nanos(),
        ended_at_ns: report.ended_at.as_nanos(),
        verdicts: &report.verdicts,
        expectations: &report.expectations,
        availability: &report.availability,
    };
    serde_json::to_writer(&mut *out, &Last { summary })?;
    writeln!(out)?;
    out.flush()
}
