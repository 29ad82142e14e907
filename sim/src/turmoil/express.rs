//! Which scenarios turmoil can play, and why not the others.

use core::fmt;

use crate::fault::Fault;
use crate::scenario::{NodeSpec, Scenario};

/// A scenario that turmoil can play.
#[derive(Clone, Debug, PartialEq)]
pub struct TurmoilPlan {
    pub(super) scenario: Scenario,
}

/// Why turmoil can't play a scenario, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyNot(String);

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WhyNot {}

/// Makes a plan of a scenario, if turmoil can play all of it.
///
/// What changes no transition (clients, their ARP caches, the wall clock) is left out.
///
/// # Errors
///
/// [`WhyNot`], which names the first thing that turmoil can't express.
pub fn express(scenario: &Scenario) -> Result<TurmoilPlan, WhyNot> {
    if !scenario.links.jitter.is_zero() {
        return Err(random("jitter of the links"));
    }
    for timed in &scenario.faults {
        can_play(&timed.fault)?;
    }
    Ok(TurmoilPlan {
        scenario: scenario.clone(),
    })
}

impl TurmoilPlan {
    pub(super) fn nodes(&self) -> &[NodeSpec] {
        &self.scenario.nodes
    }
}

fn can_play(fault: &Fault) -> Result<(), WhyNot> {
    match fault {
        Fault::Crash(_)
        | Fault::PowerOff(_)
        | Fault::Start(_)
        | Fault::Stop(_)
        | Fault::Pause(_)
        | Fault::Resume(_)
        | Fault::Reload { .. }
        | Fault::Cut(_)
        | Fault::CutBoth(_)
        | Fault::Isolate(_)
        | Fault::Heal(_)
        | Fault::HealBoth(_)
        | Fault::HealAll {}
        | Fault::LoseNext { .. }
        | Fault::LoseResignation(_)
        | Fault::LinkDown { .. }
        | Fault::LinkUp { .. }
        | Fault::ScriptOk(_)
        | Fault::ScriptFail(_)
        | Fault::ScriptHang(_)
        | Fault::Flap { .. }
        | Fault::ClockRate { .. }
        | Fault::ClockStep { .. }
        | Fault::RemoveAddress { .. }
        | Fault::KernelErrors { .. } => Ok(()),
        Fault::Delay { jitter, .. } if jitter.is_zero() => Ok(()),
        Fault::Delay { .. } => Err(random("jitter of a link")),
        Fault::Loss { .. } => Err(random("random loss")),
        Fault::BurstLoss { .. } => Err(random("random bursts of loss")),
        Fault::Duplicate { .. } => Err(random("random duplicates")),
        Fault::Reorder { .. } => Err(random("random reordering")),
        Fault::Corrupt { .. } => Err(random("random bit errors")),
        Fault::Inject(_) => Err(WhyNot(
            "the stranger who injects adverts lives in the event queue only".to_owned(),
        )),
    }
}

fn random(what: &str) -> WhyNot {
    WhyNot(format!(
        "{what}: the event queue draws it from each link's own random stream, and turmoil has \
         no such streams"
    ))
}
