//! Which scenarios turmoil can play, and why not the others.

use core::fmt;

use std::net::IpAddr;

use bellwether_core::model::Transport;

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
    let injects = |fault: &Fault| matches!(fault, Fault::Inject(_));
    if scenario.faults.iter().any(|timed| injects(&timed.fault)) {
        return Err(WhyNot(
            "the stranger who injects adverts lives in the event queue only".to_owned(),
        ));
    }
    let goes = |fault: &Fault| {
        matches!(
            fault,
            Fault::InterfaceGone { .. } | Fault::InterfaceBack { .. }
        )
    };
    if scenario.faults.iter().any(|timed| goes(&timed.fault)) {
        return Err(WhyNot(
            "interfaces go and come back in the event queue only".to_owned(),
        ));
    }
    let mut configs = scenario.configs();
    if configs.any(|(_, config)| !config.parts().bfd.is_empty()) {
        return Err(WhyNot(
            "BFD packets travel in the event queue only".to_owned(),
        ));
    }
    if peers_are_virtual(scenario) {
        return Err(WhyNot(
            "unicast to an address that moves between nodes lives in the event queue only"
                .to_owned(),
        ));
    }
    let mut instances = scenario
        .configs()
        .flat_map(|(_, config)| config.instances());
    if instances.any(|own| !own.links().is_empty()) {
        return Err(WhyNot(
            "virtual MACs, and switches that learn them, live in the event queue only".to_owned(),
        ));
    }
    Ok(TurmoilPlan {
        scenario: scenario.clone(),
    })
}

/// Whether some unicast peer is no node's own address, but one that a master is to have.
fn peers_are_virtual(scenario: &Scenario) -> bool {
    let instances = || {
        let configs = scenario.configs();
        configs.flat_map(|(_, config)| config.instances())
    };
    let is_virtual = |address: IpAddr| {
        let all =
            instances().flat_map(|own| own.virtual_addresses.iter().chain(&own.excluded_addresses));
        all.into_iter().any(|own| own.address == address)
    };
    instances().any(|own| match &own.transport {
        Transport::Multicast { .. } => false,
        Transport::Unicast { peers, .. } => peers.iter().any(|peer| is_virtual(peer.address)),
    })
}

impl TurmoilPlan {
    pub(super) fn nodes(&self) -> &[NodeSpec] {
        &self.scenario.nodes
    }
}
