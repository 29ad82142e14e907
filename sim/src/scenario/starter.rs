//! A scenario file to start from: the user's own nodes, one fault, what is to be seen, and comments
//! that say what else there is.
//!
//! Invariant: what it expects is what the simulator shows for these nodes, so that the file holds
//! until somebody changes it or the configurations.

use core::fmt::Write as _;
use std::collections::BTreeMap;

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use super::ScenarioError;
use super::units::show_span;
use crate::explore::Base;
use crate::fault::{Fault, TimedFault};
use crate::log::{Process, What};
use crate::run::{Report, run};

/// The text of a scenario of a base's nodes, whose files are `files`: their names and paths.
///
/// # Errors
///
/// When the nodes can't be run.
pub fn starter(base: &Base, files: &[(String, String)]) -> Result<String, ScenarioError> {
    let broken = base
        .masters
        .first()
        .or(base.scenario.nodes.first().map(|node| &node.name));
    let Some(broken) = broken.cloned() else {
        return Ok(String::new());
    };
    let at = base.steady;
    let crash = TimedFault {
        at,
        fault: Fault::PowerOff(broken.clone()),
    };
    let scenario = base.with(vec![crash], at + base.hold, 0);
    let report = run(&scenario, 0)?;
    let before = masters(&report, at);
    let after = masters(&report, at + base.hold);
    let mut out = head(base, &broken);
    // Writing to a string does not fail.
    for (place, (name, path)) in files.iter().enumerate() {
        let _ = writeln!(out, "[[node]]\nname = {name:?}\nconfig-file = {path:?}");
        let node = &base.scenario.nodes[place];
        let interfaces = node.interfaces.iter().map(|(name, spec)| {
            let addresses = spec.addresses.iter();
            let addresses: Vec<String> = addresses
                .map(|own| format!("\"{}/{}\"", own.address, own.prefix_len))
                .collect();
            format!(
                "{name} = {{ segment = \"{}\", addresses = [{}] }}",
                spec.segment,
                addresses.join(", ")
            )
        });
        let interfaces: Vec<String> = interfaces.collect();
        let _ = writeln!(out, "# Interfaces of one segment hear each other.");
        let _ = writeln!(out, "interfaces = {{ {} }}\n", interfaces.join(", "));
    }
    let _ = writeln!(out, "# By now the first elections are over.");
    expect(
        &mut out,
        &show(at.before(core::time::Duration::from_millis(1))),
        &before,
    );
    let _ = writeln!(
        out,
        "[[fault]]\nat = {:?}\npower-off = {:?}\n",
        show(at),
        broken.as_str()
    );
    let _ = writeln!(
        out,
        "# And by now somebody else has taken over, if anybody can."
    );
    expect(&mut out, &show(at + base.hold), &after);
    out.push_str(&names(base));
    Ok(out)
}

fn head(base: &Base, broken: &Name) -> String {
    let names = base.names();
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    format!(
        "title = \"{broken} loses its power\"\n\
         story = \"\"\"\n\
         Say here what this scenario shows, and why.\n\
         \"\"\"\n\
         # All random numbers come from this seed; --seed N takes another one.\n\
         seed = 0\n\
         # Run with this many seeds, from that one on.\n\
         seeds = 10\n\
         # Clients on each segment, which talk to the virtual addresses.\n\
         clients = {}\n\
         # What every link is like while nothing is wrong with it.\n\
         network = {{ delay = \"{}\", jitter = \"{}\" }}\n\
         # Invariants that are not checked, or that are to be violated; bounds other than the\n\
         # computed ones. `bellwether-sim run` prints all invariants with their verdicts.\n\
         # ignore = [\"arp-coherence\"]\n\
         # expect-violations = [\"one-master\"]\n\
         # bounds = {{ one-master = \"2s\" }}\n\n\
         # The routers are {}.\n\n",
        base.scenario.clients,
        show_span(base.scenario.links.delay),
        show_span(base.scenario.links.jitter),
        names.join(", ")
    )
}

fn expect(out: &mut String, at: &str, masters: &BTreeMap<Name, Vec<String>>) {
    let pairs = masters.iter().map(|(instance, nodes)| {
        let who = match &nodes[..] {
            [] => "nobody",
            [one] => one,
            _ => "several",
        };
        format!("{:?} = {who:?}", instance.as_str())
    });
    let pairs: Vec<String> = pairs.collect();
    if !pairs.is_empty() {
        let masters = pairs.join(", ");
        let _ = writeln!(out, "[[expect]]\nat = {at:?}\nmaster = {{ {masters} }}\n");
    }
}

/// What faults and expectations can speak of.
fn names(base: &Base) -> String {
    let mut out = String::from(
        "# More faults, each with its `at`, in time order; docs/scenarios.md has all of them:\n\
         #   crash, stop, pause, resume, start = \"NODE\"      cut, heal = \"A -> B\" or \"A <-> B\"\n\
         #   loss = { from = \"A\", to = \"B\", percent = \"30%\" }   heal = \"all\"\n\
         # More times for expectations: within, always, never = [\"5s\", \"20s\"].\n\
         #\n",
    );
    for node in &base.scenario.nodes {
        let config = &node.config;
        let mut lists: Vec<(&str, Vec<String>)> = vec![(
            "interfaces",
            node.interfaces.keys().map(ToString::to_string).collect(),
        )];
        let instances = config.instances().iter();
        lists.push((
            "instances",
            instances.map(|own| own.name.to_string()).collect(),
        ));
        let scripts = config.scripts().iter();
        lists.push(("scripts", scripts.map(|own| own.name.to_string()).collect()));
        let files = config.parts().files.iter();
        lists.push(("files", files.map(|own| own.name.to_string()).collect()));
        let processes = config.parts().processes.iter();
        lists.push((
            "processes",
            processes.map(|own| own.name.to_string()).collect(),
        ));
        let words = lists.into_iter().filter(|(_, names)| !names.is_empty());
        let words: Vec<String> = words
            .map(|(what, names)| format!("{what} {}", names.join(", ")))
            .collect();
        let _ = writeln!(out, "# {}: {}", node.name, words.join("; "));
    }
    let clients = base.scenario.clients;
    if clients > 0 {
        let _ = writeln!(out, "# Clients are called client1 to client{clients}.");
    }
    out
}

/// Who is master of what just before `at`, by the instances' names.
fn masters(report: &Report, at: Instant) -> BTreeMap<Name, Vec<String>> {
    let mut masters: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    let entries = report.log.entries.iter();
    for entry in entries.take_while(|entry| entry.at < at) {
        let Some(node) = entry.node.map(|node| report.log.name(node).to_owned()) else {
            continue;
        };
        if let What::Transition { name, to, .. } = &entry.what {
            let own = masters.entry(name.clone()).or_default();
            own.retain(|known| *known != node);
            if *to == State::Master {
                own.push(node);
            }
        } else if let What::Process(Process::Killed | Process::PoweredOff | Process::Exited) =
            &entry.what
        {
            for own in masters.values_mut() {
                own.retain(|known| *known != node);
            }
        }
    }
    masters
}

fn show(at: Instant) -> String {
    show_span(at.since(Instant::ZERO))
}
