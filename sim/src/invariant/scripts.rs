//! I13: verdicts follow rise and fall, a timeout is a failure, and a failed script or interface of
//! weight 0 means FAULT, as long as it is failed and no longer.
//!
//! Bound: none for verdicts, which are due in the instant of the result;
//! [`super::bounds::KERNEL_SETTLES`] for leaving FAULT.

use bellwether_core::Instant;
use bellwether_core::id::RunId;
use bellwether_core::model::Script;
use bellwether_core::track::Verdict;
use bellwether_core::vrrp::State;

use super::bounds::{self, KERNEL_RETRIES, KERNEL_SETTLES, nanos};
use super::needs::{Effect, Sight, hold};
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// A script, followed from outside.
#[derive(Clone, Debug)]
pub(super) struct ScriptShadow {
    /// What it is.
    pub(super) config: Script,
    /// What the node says of it.
    pub(super) verdict: Verdict,
    /// At least, and at most, this many successes in a row.
    successes: (u32, u32),
    /// At least, and at most, this many failures in a row.
    failures: (u32, u32),
    run: Option<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    id: RunId,
    since: Instant,
    counted: bool,
}

impl ScriptShadow {
    /// A script that has not run.
    #[must_use]
    pub(super) fn new(config: &Script) -> Self {
        Self {
            config: config.clone(),
            verdict: if config.init_fail {
                Verdict::Down
            } else {
                Verdict::Unknown
            },
            successes: (0, 0),
            failures: (0, 0),
            run: None,
        }
    }

    /// A run began.
    pub(super) const fn start(&mut self, id: RunId, now: Instant) {
        self.run = Some(Run {
            id,
            since: now,
            counted: false,
        });
    }

    /// A run ended, at this instant of the node's clock.
    pub(super) fn exit(&mut self, config: &Script, id: RunId, success: bool, now: Instant) {
        let Some(run) = self.run.take().filter(|run| run.id == id) else {
            return;
        };
        if run.counted {
            return;
        }
        // A node that was paused hears the exit of a run that should have timed out meanwhile.
        let overdue = now.since(run.since) >= config.timeout;
        match (success, overdue) {
            (true, false) => self.succeed(),
            (false, _) => self.fail(),
            (true, true) => {
                self.successes.1 = self.successes.1.saturating_add(1);
                self.failures.1 = self.failures.1.saturating_add(1);
                (self.successes.0, self.failures.0) = (0, 0);
            }
        }
    }

    /// A run was given up. Returns whether its time was over.
    pub(super) fn time_out(&mut self, config: &Script, now: Instant) -> bool {
        let Some(run) = self.run.as_mut() else {
            return false;
        };
        let over = now.since(run.since) + bounds::TOLERANCE >= config.timeout;
        run.counted = true;
        self.fail();
        over
    }

    /// Whether a new verdict can follow from the results.
    #[must_use]
    pub(super) fn allows(&self, config: &Script, to: Verdict) -> bool {
        match to {
            Verdict::Up => self.successes.1 >= config.rise.max(1),
            Verdict::Down => self.failures.1 >= config.fall.max(1),
            Verdict::Unknown => false,
        }
    }

    /// The verdict that must follow from the results, if one must.
    #[must_use]
    pub(super) fn demands(&self, config: &Script) -> Option<Verdict> {
        if self.successes.0 >= config.rise.max(1) {
            Some(Verdict::Up)
        } else if self.failures.0 >= config.fall.max(1) {
            Some(Verdict::Down)
        } else {
            None
        }
    }

    fn succeed(&mut self) {
        let more = |count: u32| count.saturating_add(1);
        self.successes = (more(self.successes.0), more(self.successes.1));
        self.failures = (0, 0);
    }

    fn fail(&mut self) {
        let more = |count: u32| count.saturating_add(1);
        self.failures = (more(self.failures.0), more(self.failures.1));
        self.successes = (0, 0);
    }
}

/// A node said that a script's verdict changed.
pub(super) fn changed(
    world: &World,
    shadows: &mut Shadows,
    findings: &mut Findings,
    node: NodeId,
    script: &str,
    to: Verdict,
) {
    let Some(place) = place_of(world, node, script) else {
        return;
    };
    let config = &world.config(node).scripts()[place];
    let Some(shadow) = shadows.nodes[node.index()].scripts.get_mut(place) else {
        return;
    };
    let allowed = shadow.allows(config, to) && shadow.verdict != to;
    findings.check(InvariantId::I13, allowed, world.now(), &[node], || {
        format!(
            "{} calls script {script} {to} after {} failures and {} successes in a row (fall {}, \
             rise {})",
            world.host(node).name,
            shadow.failures.1,
            shadow.successes.1,
            config.fall,
            config.rise
        )
    });
    shadow.verdict = to;
}

/// Looks at a node after a step that concerned its scripts.
pub(super) fn look(world: &World, shadows: &Shadows, findings: &mut Findings, node: NodeId) {
    let now = world.now();
    let of = &shadows.nodes[node.index()];
    let host = world.host(node);
    let name = &host.name;
    // Who stops has given up its scripts: that they die of it says nothing of what they test.
    let stops = host.process.as_ref().is_none_or(|process| process.stopping);
    for (config, shadow) in world.config(node).scripts().iter().zip(&of.scripts) {
        let demanded = shadow.demands(config).filter(|_| !stops);
        let holds = demanded.is_none_or(|verdict| verdict == shadow.verdict);
        findings.check(InvariantId::I13, holds, now, &[node], || {
            format!(
                "{name} still calls script {} {} after {} failures and {} successes in a row",
                config.name, shadow.verdict, shadow.failures.0, shadow.successes.0
            )
        });
    }
    for member in &of.members {
        let shadow = &shadows.members[*member];
        let works = matches!(shadow.state, Some(State::Backup | State::Master));
        let failed = works && hold(world, shadows, *member, Sight::Told) == Some(Effect::Fault);
        let tracks = shadow
            .config(world)
            .is_some_and(|own| own.trackers != Default::default());
        if !failed && !tracks {
            continue;
        }
        findings.check(InvariantId::I13, !failed, now, &[node], || {
            let state = shadow.state.unwrap_or(State::Init);
            format!("{name} is {state} although something that it can't do without has failed")
        });
    }
}

/// When an instance that is held back by nothing must have started: in FAULT or INIT although
/// nothing is wrong.
#[must_use]
pub(super) fn start_is_due(world: &World, shadows: &Shadows, member: usize) -> Option<Instant> {
    let shadow = &shadows.members[member];
    let held = matches!(shadow.state, Some(State::Fault | State::Init));
    let stopping = |node| {
        let process = world.host(node).process.as_ref();
        process.is_none_or(|process| process.stopping)
    };
    if !held || !shadows.is_awake(world, member) || stopping(shadow.node) {
        return None;
    }
    let free = hold(world, shadows, member, Sight::Truth).is_none();
    free.then(|| patience(world, shadows, shadow.node))
}

/// Until when a node that is held back by nothing may wait: a link that came back must last for its
/// delay (keepalived: `interface_up_down_delays`), and what the kernel refused is tried again.
fn patience(world: &World, shadows: &Shadows, node: NodeId) -> Instant {
    let delays = world.config(node).globals().interface_delays.iter();
    let up = delays.map(|own| own.up).max().unwrap_or_default();
    let lasts = world.host(node).clock.real(world.local(node) + up) + KERNEL_SETTLES;
    let refused = shadows.nodes[node.index()].refused_at;
    refused.map_or(lasts, |at| lasts.max(at + KERNEL_RETRIES))
}

/// What a node says of a script.
#[must_use]
pub(super) fn verdict_of(world: &World, shadows: &Shadows, node: NodeId, script: &str) -> Verdict {
    place_of(world, node, script)
        .and_then(|place| shadows.nodes[node.index()].scripts.get(place))
        .map_or(Verdict::Unknown, |shadow| shadow.verdict)
}

/// A script's place in its node's configuration.
#[must_use]
pub(super) fn place_of(world: &World, node: NodeId, script: &str) -> Option<usize> {
    let all = world.config(node).scripts();
    all.iter().position(|own| own.name.as_str() == script)
}

/// When a run of this script that began now must have been given up, in the world's time.
#[must_use]
pub(super) fn timeout_is_due(world: &World, node: NodeId, config: &Script) -> Instant {
    let due = world.local(node) + config.timeout;
    let real = world.host(node).clock.real(due);
    bounds::later(real, nanos(KERNEL_SETTLES))
}

/// An instance in INIT or FAULT that nothing has held there for a while.
pub(super) fn overdue_start(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    member: usize,
    at: Instant,
) {
    let held = start_is_due(world, shadows, member).is_none();
    let shadow = &shadows.members[member];
    let refused = shadows.nodes[shadow.node.index()].refused_at;
    let held = held || refused.is_some_and(|refused| at < refused + KERNEL_RETRIES);
    findings.check(InvariantId::I13, held, at, &[shadow.node], || {
        format!(
            "{} stays in {} though nothing is wrong with it",
            shadows.name(world, member),
            shadow.state.unwrap_or(State::Init)
        )
    });
}

/// A script's run that should have been given up.
pub(super) fn overdue_run(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    node: NodeId,
    place: usize,
    at: Instant,
) {
    let process = world.host(node).process.as_ref();
    let shadow = shadows.nodes[node.index()].scripts.get(place);
    let (Some(process), Some(shadow)) = (process, shadow) else {
        return;
    };
    let runs = !process.paused && !process.stopping;
    let since = shadow.run.filter(|run| !run.counted).map(|run| run.since);
    let overdue = since
        .is_some_and(|since| world.host(node).clock.local(at).since(since) > shadow.config.timeout);
    findings.check(InvariantId::I13, !(runs && overdue), at, &[node], || {
        format!(
            "{} lets script {} run longer than its timeout",
            world.host(node).name,
            shadow.config.name
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_core::model::Command;

    #[test]
    fn one_failure_of_three_demands_and_allows_nothing() {
        let mut config = Script::new("chk".into(), Command(vec!["true".into()]));
        config.fall = 3;
        let mut shadow = ScriptShadow::new(&config);
        for run in 0..3 {
            assert!(!shadow.allows(&config, Verdict::Down));
            shadow.start(RunId(run), Instant::ZERO);
            shadow.exit(&config, RunId(run), false, Instant::from_millis(1));
        }
        assert_eq!(shadow.demands(&config), Some(Verdict::Down));
    }
}
