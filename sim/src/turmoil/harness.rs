//! Plays a plan: builds turmoil's world, breaks it on time, collects the log.

use bellwether_core::Instant;
use thiserror::Error;

use super::clock::TicksPerMilli;
use super::express::TurmoilPlan;
use super::stage::Stage;
use crate::fault::{Fault, ScriptRun, TableEvent, TableFault};
use crate::log::Log;
use crate::scenario::Scenario;
use crate::script::DEFAULT_RUN;
use crate::things::Things;

/// When a run heals and when it ends; the event queue's report says both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timetable {
    /// When everything that the scenario heals is healed.
    pub healed_at: Instant,
    /// When the run ends.
    pub until: Instant,
}

/// turmoil's world broke down; there is no log.
#[derive(Debug, Error)]
#[error("turmoil gave up: {0}")]
pub struct PlayError(String);

/// Plays a plan and gives its log.
///
/// # Errors
///
/// [`PlayError`] when a host's software fails, which none does of itself.
pub fn play(
    plan: &TurmoilPlan,
    timetable: Timetable,
    ticks: TicksPerMilli,
) -> Result<Log, PlayError> {
    let mut stage = Stage::build(plan, ticks);
    let mut faults = plan.scenario.faults.iter().peekable();
    let mut healed = false;
    loop {
        let now = ticks.instant(stage.sim.elapsed());
        if now >= timetable.until {
            break;
        }
        stage.start_sleepers(plan.nodes(), now);
        while let Some(timed) = faults.next_if(|timed| timed.at <= now) {
            stage.inflict(timed.at, &timed.fault);
        }
        if !healed && now >= timetable.healed_at {
            healed = true;
            if plan.scenario.healing.backends {
                stage.backends.borrow_mut().heal();
            }
            for fault in healing(&plan.scenario) {
                stage.inflict(timetable.healed_at, &fault);
            }
        }
        stage
            .sim
            .step()
            .map_err(|error| PlayError(error.to_string()))?;
    }
    let stations = plan.nodes().iter().map(|node| node.name.clone()).collect();
    drop(stage.sim);
    let entries = stage.entries.take();
    Ok(Log { stations, entries })
}

/// The faults that mend what the scenario mends at the end of its first phase.
fn healing(scenario: &Scenario) -> Vec<Fault> {
    let mends = scenario.healing;
    let mut faults = Vec::new();
    if mends.links {
        faults.push(Fault::HealAll {});
    }
    for node in &scenario.nodes {
        if !node.config.virtual_servers().is_empty() {
            faults.push(Fault::Table(TableFault {
                node: node.name.clone(),
                is: TableEvent::Back,
            }));
        }
        faults.push(Fault::KernelErrors {
            node: node.name.clone(),
            count: 0,
        });
        if mends.links {
            faults.extend(node.interfaces.keys().map(|interface| Fault::LinkUp {
                node: node.name.clone(),
                interface: *interface,
            }));
        }
        if mends.scripts {
            faults.extend(node.config.scripts().iter().map(|script| {
                Fault::ScriptOk(ScriptRun {
                    node: node.name.clone(),
                    script: script.name.clone(),
                    takes: Some(DEFAULT_RUN),
                })
            }));
            faults.extend(Things::mend(&node.name, &node.config));
        }
        if mends.clocks {
            faults.push(Fault::ClockRate {
                node: node.name.clone(),
                ppm: node.clock_ppm,
            });
        }
        if mends.resume {
            faults.push(Fault::Resume(node.name.clone()));
        }
        if mends.start {
            faults.push(Fault::Start(node.name.clone()));
        }
    }
    faults
}
