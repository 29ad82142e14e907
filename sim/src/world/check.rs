//! Whether a scenario speaks only of what it has. Asked before anything runs.

use bellwether_core::model::Config;
use bellwether_core::unit::Name;

use crate::fault::{Fault, FileFault, ProcessFault, ScriptRun};
use crate::scenario::{Expected, NodeSpec, Scenario, ScenarioError};

/// Checks that a scenario speaks of nothing that it does not have.
pub(super) fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    for (place, node) in scenario.nodes.iter().enumerate() {
        if scenario.nodes[..place]
            .iter()
            .any(|own| own.name == node.name)
        {
            return Err(ScenarioError::DuplicateNode {
                name: node.name.clone(),
            });
        }
    }
    for timed in &scenario.faults {
        check_fault(scenario, &timed.fault)?;
    }
    for expectation in &scenario.expectations {
        if let Expected::Master(node) | Expected::ClientsReach(node) = &expectation.expected {
            find_node(scenario, node)?;
        }
        let configs = scenario.configs();
        let mut instances = configs.flat_map(|(_, config)| config.instances());
        if !instances.any(|own| own.name == expectation.instance) {
            return Err(ScenarioError::UnknownInstance {
                instance: expectation.instance.clone(),
            });
        }
    }
    Ok(())
}

pub(super) fn check_fault(scenario: &Scenario, fault: &Fault) -> Result<(), ScenarioError> {
    let clients = (1..=scenario.clients).map(|number| format!("client{number}"));
    let clients: Vec<String> = clients.collect();
    for name in fault.stations() {
        let is_client = clients.iter().any(|own| own == name.as_str());
        if fault.node().is_some() || !is_client {
            find_node(scenario, name)?;
        }
    }
    if let Fault::LinkDown { node, interface } | Fault::LinkUp { node, interface } = fault {
        let spec = find_node(scenario, node)?;
        if !spec.interfaces.contains_key(interface) {
            return Err(ScenarioError::UnknownInterface {
                node: node.clone(),
                interface: *interface,
            });
        }
    }
    if let Fault::ScriptOk(ScriptRun { node, script, .. })
    | Fault::ScriptFail(ScriptRun { node, script, .. })
    | Fault::ScriptHang(ScriptRun { node, script, .. })
    | Fault::Flap { node, script, .. } = fault
    {
        let spec = find_node(scenario, node)?;
        let mut own = scenario
            .configs()
            .filter(|(name, _)| **name == spec.name)
            .flat_map(|(_, config)| config.scripts());
        if !own.any(|known| known.name == *script) {
            return Err(ScenarioError::UnknownScript {
                node: node.clone(),
                script: script.clone(),
            });
        }
    }
    if let Fault::File(FileFault { node, file, .. }) = fault {
        let known = |config: &Config| config.parts().files.iter().any(|own| own.name == *file);
        check_thing(scenario, node, file, known)?;
    }
    if let Fault::Processes(ProcessFault { node, process, .. }) = fault {
        let known = |config: &Config| {
            let mut all = config.parts().processes.iter();
            all.any(|own| own.name == *process)
        };
        check_thing(scenario, node, process, known)?;
    }
    Ok(())
}

fn check_thing(
    scenario: &Scenario,
    node: &Name,
    name: &Name,
    known: impl Fn(&Config) -> bool,
) -> Result<(), ScenarioError> {
    find_node(scenario, node)?;
    let mut own = scenario.configs().filter(|(of, _)| *of == node);
    if own.any(|(_, config)| known(config)) {
        return Ok(());
    }
    Err(ScenarioError::UnknownThing {
        node: node.clone(),
        name: name.clone(),
    })
}

fn find_node<'a>(scenario: &'a Scenario, name: &Name) -> Result<&'a NodeSpec, ScenarioError> {
    let found = scenario.nodes.iter().find(|own| own.name == *name);
    found.ok_or_else(|| ScenarioError::UnknownStation { name: name.clone() })
}

impl Scenario {
    /// Every configuration that a node has or is ever given, with the node's name.
    pub fn configs(&self) -> impl Iterator<Item = (&Name, &Config)> {
        let first = self.nodes.iter().map(|node| (&node.name, &node.config));
        let later = self.faults.iter().filter_map(|timed| {
            if let Fault::Reload { node, config } = &timed.fault {
                Some((node, &**config))
            } else {
                None
            }
        });
        first.chain(later)
    }
}
