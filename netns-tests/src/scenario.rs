//! A scenario file on a real kernel: the same nodes, the same faults at the same times.
//!
//! Owns the way from a scenario's data to processes and cables, and the comparison of what the
//! daemons logged with what the simulator said. Deliberately absent: invariants; here only the
//! transitions are compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use bellwether_sim::fault::Fault;
use bellwether_sim::log::What;
use bellwether_sim::run::{Report, run};
use bellwether_sim::scenario::Scenario;
use bellwether_sim::scenario::load::load;
use rustix::process::Signal;

use crate::peer::{Peer, Program, bellwether};
use crate::topology::{INTERFACE, Lab};

/// How long a run goes on after the last thing that is to happen.
const AFTERWARDS: Duration = Duration::from_millis(1500);

/// One transition of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, since the start.
    pub at: Duration,
    /// On which node.
    pub node: String,
    /// `VI_1: BACKUP -> MASTER (down-timer), priority 100`.
    pub what: String,
}

/// A scenario that was run in both worlds.
#[derive(Clone, Debug)]
pub struct Played {
    /// The simulator's transitions, until everything is healed.
    pub simulated: Vec<Change>,
    /// The daemons' transitions.
    pub real: Vec<Change>,
}

impl Played {
    /// In what the two worlds differ; empty when each node went through the same transitions, in
    /// the same order, each within `tolerance` of its simulated time.
    #[must_use]
    pub fn differences(&self, tolerance: Duration) -> Vec<String> {
        let (simulated, real) = (by_node(&self.simulated), by_node(&self.real));
        let mut differences = Vec::new();
        for node in simulated.keys().chain(real.keys()) {
            let none = Vec::new();
            let expected = simulated.get(node).unwrap_or(&none);
            let seen = real.get(node).unwrap_or(&none);
            for place in 0..expected.len().max(seen.len()) {
                let pair = (expected.get(place), seen.get(place));
                if !pair
                    .0
                    .zip(pair.1)
                    .is_some_and(|(a, b)| is_same(a, b, tolerance))
                {
                    differences.push(format!("{node}: simulated {:?}, real {:?}", pair.0, pair.1));
                }
            }
        }
        differences.sort();
        differences.dedup();
        differences
    }
}

/// Runs a scenario file in the simulator and on a real kernel, with our daemon on each node.
///
/// # Errors
///
/// When the file is wrong, or holds what can't be done on a real kernel here.
pub fn play(file: &Path) -> Result<Played> {
    let scenario = load(file)
        .with_context(|| format!("{}", file.display()))?
        .scenario;
    let report = run(&scenario, scenario.seed)?;
    let simulated = simulated(&report);
    let configs = configs(file)?;
    ensure!(
        configs.len() == scenario.nodes.len(),
        "each node needs a `config` of its own here"
    );
    let mut stage = Stage::build(&scenario, configs)?;
    let last = simulated.last().map_or(Duration::ZERO, |change| change.at);
    stage.perform(&scenario, last)?;
    Ok(Played {
        simulated,
        real: stage.transitions()?,
    })
}

/// The transitions of a simulated run before everything is healed.
fn simulated(report: &Report) -> Vec<Change> {
    let mut changes = Vec::new();
    for entry in &report.log.entries {
        let (
            Some(node),
            What::Transition {
                name,
                from,
                to,
                cause,
                priority,
                ..
            },
        ) = (entry.node, &entry.what)
        else {
            continue;
        };
        if entry.at < report.healed_at {
            changes.push(Change {
                at: Duration::from_nanos(entry.at.as_nanos()),
                node: report.log.name(node).to_owned(),
                what: format!("{name}: {from} -> {to} ({cause}), priority {priority}"),
            });
        }
    }
    changes
}

/// The text of each node's configuration.
fn configs(file: &Path) -> Result<Vec<String>> {
    let document: toml::Table = fs::read_to_string(file)?.parse()?;
    let nodes = document.get("node").and_then(toml::Value::as_array);
    let texts = nodes.context("a scenario has nodes")?.iter();
    Ok(texts
        .filter_map(|node| node.get("config")?.as_str())
        .map(str::to_owned)
        .collect())
}

/// The hosts of a scenario.
struct Stage {
    /// In the scenario's order: its name, its configuration, and every daemon it ever ran.
    nodes: Vec<(String, String, Vec<Peer>)>,
    /// Since the epoch.
    started: Duration,
    // Last, because it ends what still runs.
    lab: Lab,
}

impl Stage {
    fn build(scenario: &Scenario, configs: Vec<String>) -> Result<Self> {
        let count = u8::try_from(scenario.nodes.len()).context("too many nodes")?;
        let lab = Lab::switched(count)?;
        let mut nodes = Vec::new();
        for (place, (node, config)) in scenario.nodes.iter().zip(configs).enumerate() {
            let own = format!("{}/24", lab.host(place).address());
            let as_here = node.interfaces.iter().all(|(name, interface)| {
                let addresses: Vec<_> = interface
                    .addresses
                    .iter()
                    .map(|own| format!("{}/{}", own.address, own.prefix_len))
                    .collect();
                name.as_str() == INTERFACE && addresses == [own.as_str()]
            });
            ensure!(
                as_here,
                "{} needs other interfaces than {INTERFACE} with {own}",
                node.name
            );
            nodes.push((node.name.to_string(), config, Vec::new()));
        }
        Ok(Self {
            nodes,
            started: Duration::ZERO,
            lab,
        })
    }

    /// Lets everything happen at its time.
    fn perform(&mut self, scenario: &Scenario, last: Duration) -> Result<()> {
        let late_starts = scenario
            .nodes
            .iter()
            .filter(|node| node.starts_at.as_nanos() > 0);
        let mut todo: Vec<(u64, Fault)> = late_starts
            .map(|node| (node.starts_at.as_nanos(), Fault::Start(node.name.clone())))
            .chain(
                scenario
                    .faults
                    .iter()
                    .map(|timed| (timed.at.as_nanos(), timed.fault.clone())),
            )
            .collect();
        todo.sort_by_key(|(at, _)| *at);
        bellwether()?;
        let start = Instant::now();
        self.started = SystemTime::now().duration_since(UNIX_EPOCH)?;
        for place in 0..self.nodes.len() {
            if scenario.nodes[place].starts_at.as_nanos() == 0 {
                self.start(place)?;
                // One after the other: the simulator starts them at once, and the order in which
                // timers of 39 ms apart run out must not be that in which processes were slow.
                let (_, _, daemons) = &self.nodes[place];
                let daemon = daemons.last().context("it was just started")?;
                daemon.wait_for_log("INIT -> ", 1, Duration::from_secs(10))?;
            }
        }
        let mut end = last;
        for (at, fault) in todo {
            let at = Duration::from_nanos(at);
            sleep(at.saturating_sub(start.elapsed()));
            self.happen(&fault)?;
            end = end.max(at);
        }
        sleep((end + AFTERWARDS).saturating_sub(start.elapsed()));
        Ok(())
    }

    fn happen(&mut self, fault: &Fault) -> Result<()> {
        match fault {
            Fault::Crash(node) => self.daemon(node)?.kill(),
            Fault::Stop(node) => self.daemon(node)?.signal(Signal::TERM),
            Fault::Pause(node) => self.daemon(node)?.signal(Signal::STOP),
            Fault::Resume(node) => self.daemon(node)?.signal(Signal::CONT),
            Fault::PowerOff(node) => {
                self.daemon(node)?.kill()?;
                let host = self.lab.host(self.place(node)?);
                host.set_cable(false)?;
                host.ip(&format!("addr flush dev {INTERFACE}")).map(drop)
            }
            Fault::Start(node) => {
                let place = self.place(node)?;
                let host = self.lab.host(place);
                host.set_cable(true)?;
                if !host.has(host.address())? {
                    host.ip(&format!("addr add {}/24 dev {INTERFACE}", host.address()))?;
                }
                self.start(place)
            }
            Fault::LinkDown { node, .. } => self.lab.host(self.place(node)?).set_cable(false),
            Fault::LinkUp { node, .. } => self.lab.host(self.place(node)?).set_cable(true),
            Fault::Cut(way) => self.cut(&way.from, &way.to),
            Fault::Heal(way) => self.lab.host(self.place(&way.to)?).hear_all(),
            Fault::CutBoth([one, other]) => {
                self.cut(one, other)?;
                self.cut(other, one)
            }
            Fault::HealBoth(ends) => ends
                .iter()
                .try_for_each(|node| self.lab.host(self.place(node)?).hear_all()),
            Fault::Reload { .. }
            | Fault::Isolate(_)
            | Fault::HealAll { .. }
            | Fault::Loss { .. }
            | Fault::BurstLoss { .. }
            | Fault::LoseNext { .. }
            | Fault::LosePattern { .. }
            | Fault::LoseResignation(_)
            | Fault::Delay { .. }
            | Fault::Duplicate { .. }
            | Fault::Reorder { .. }
            | Fault::Corrupt { .. }
            | Fault::ScriptOk(_)
            | Fault::ScriptFail(_)
            | Fault::ScriptHang(_)
            | Fault::Flap { .. }
            | Fault::File(_)
            | Fault::Processes(_)
            | Fault::ClockRate { .. }
            | Fault::ClockStep { .. }
            | Fault::RemoveAddress { .. }
            | Fault::RemoveRoutes(_)
            | Fault::InterfaceGone { .. }
            | Fault::InterfaceBack { .. }
            | Fault::KernelErrors { .. }
            | Fault::Backend(_)
            | Fault::Table(_)
            | Fault::Inject(_) => bail!("can't be done on a real kernel here: {fault:?}"),
        }
    }

    fn cut(&self, from: &impl ToString, to: &impl ToString) -> Result<()> {
        let sender = self.lab.host(self.place(from)?).address();
        let receiver = self.lab.host(self.place(to)?);
        receiver.drop_incoming(&format!("ip saddr {sender}"))
    }

    fn start(&mut self, place: usize) -> Result<()> {
        let (_, config, daemons) = &mut self.nodes[place];
        let daemon = Peer::start_with(Program::Bellwether, self.lab.host(place), config)?;
        daemons.push(daemon);
        Ok(())
    }

    fn place(&self, name: &impl ToString) -> Result<usize> {
        let name = name.to_string();
        self.nodes
            .iter()
            .position(|node| node.0 == name)
            .with_context(|| format!("no node {name}"))
    }

    fn daemon(&mut self, name: &impl ToString) -> Result<&mut Peer> {
        let place = self.place(name)?;
        self.nodes[place].2.last_mut().context("it never ran")
    }

    fn transitions(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        for (name, _, daemons) in &self.nodes {
            for line in daemons
                .iter()
                .flat_map(|daemon| daemon.log().lines().map(str::to_owned).collect::<Vec<_>>())
            {
                if let Some((time, what)) = transition(&line) {
                    changes.push(Change {
                        at: since(self.started, time)?,
                        node: name.clone(),
                        what: what.to_owned(),
                    });
                }
            }
        }
        Ok(changes)
    }
}

/// Time and sentence of a line of the daemon's log, if it tells of a transition.
fn transition(line: &str) -> Option<(&str, &str)> {
    let (time, rest) = line.split_once(' ')?;
    let sentence = rest.trim_start().split_once(' ')?.1.trim_start();
    (sentence.contains(" -> ") && sentence.contains("), priority ")).then_some((time, sentence))
}

/// The time from `started`, since the epoch, to `2026-11-21T12:05:12.578937Z`, less than a day
/// later.
fn since(started: Duration, time: &str) -> Result<Duration> {
    const DAY: Duration = Duration::from_secs(86_400);
    let clock = time
        .split_once('T')
        .and_then(|(_, clock)| clock.strip_suffix('Z'))
        .with_context(|| format!("{time:?} is no time"))?;
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let seconds = whole.split(':').try_fold(0_u64, |sum, part| {
        part.parse::<u64>().map(|part| sum * 60 + part)
    })?;
    let nanos = format!("{fraction:0<9}").parse::<u32>()?;
    let at = Duration::new(seconds, nanos);
    let begin = Duration::new(started.as_secs() % DAY.as_secs(), started.subsec_nanos());
    Ok(at
        .checked_sub(begin)
        .unwrap_or_else(|| (at + DAY).saturating_sub(begin)))
}

fn by_node(changes: &[Change]) -> BTreeMap<&str, Vec<&Change>> {
    let mut nodes: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in changes {
        nodes.entry(&change.node).or_default().push(change);
    }
    nodes
}

fn is_same(one: &Change, other: &Change, tolerance: Duration) -> bool {
    one.what == other.what && one.at.abs_diff(other.at) <= tolerance
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "2026-11-21T00:00:01.500000Z  INFO VI_1: BACKUP -> MASTER (down-timer), priority 100";

    fn change(millis: u64, what: &str) -> Change {
        Change {
            at: Duration::from_millis(millis),
            node: "lb1".to_owned(),
            what: what.to_owned(),
        }
    }

    #[test]
    fn a_transition_is_found_in_the_log_across_midnight() {
        let (time, what) = transition(LINE).expect("a transition");
        assert_eq!(what, "VI_1: BACKUP -> MASTER (down-timer), priority 100");
        let before_midnight = Duration::from_secs(86_400 * 20_000 - 2);
        let at = since(before_midnight, time).expect("a time");
        assert_eq!(at, Duration::from_millis(3500));
        assert_eq!(
            transition("2026-11-21T00:00:01.5Z  INFO script x: up -> down"),
            None
        );
    }

    #[test]
    fn another_order_a_missing_one_and_a_late_one_are_differences() {
        let simulated = vec![change(0, "a"), change(1000, "b")];
        let differ = |real: Vec<Change>| {
            let played = Played {
                simulated: simulated.clone(),
                real,
            };
            played.differences(Duration::from_millis(100)).len()
        };
        assert_eq!(differ(vec![change(30, "a"), change(1090, "b")]), 0);
        assert_eq!(differ(vec![change(0, "b"), change(1000, "a")]), 2);
        assert_eq!(differ(vec![change(0, "a")]), 1);
        assert_eq!(differ(vec![change(0, "a"), change(1200, "b")]), 1);
        assert_eq!(
            differ(vec![change(0, "a"), change(1000, "b"), change(1001, "c")]),
            1
        );
    }
}
