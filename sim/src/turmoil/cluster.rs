//! Routers in a turmoil simulation of one's own.
//!
//! Owns what a simulation needs beside turmoil's hosts: kernels, wires, and who announced which
//! address last. Invariant: a host that turmoil has crashed has lost its power: its kernel forgets
//! all.
//!
//! Deliberately absent: sockets that follow an address. turmoil gives each host one address for
//! ever, so a client asks [`Cluster::reached`] where its packets would go, and connects there.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use super::actor::{Actor, furnish};
use super::clock::{Tick, TicksPerMilli};
use super::gate::Gate;
use super::host::Conduct;
use super::record::Recorder;
use super::wire::Wires;
use crate::backend::Backends;
use crate::lab::{LabError, read};
use crate::log::{Entry, Log, NodeId, Process, What};
use crate::scenario::connect::connected_nodes;
use crate::scenario::{Scenario, ScenarioError};

/// One millisecond of the simulation is one of turmoil's.
const TICKS: TicksPerMilli = TicksPerMilli(1);

/// Routers in a turmoil simulation of one's own, each a turmoil host that runs the daemon's driver.
///
/// ```
/// use core::time::Duration;
/// use bellwether_sim::turmoil::Cluster;
///
/// # fn main() -> turmoil::Result {
/// let conf = |priority: u8| format!("vrrp_instance web {{
///     interface eth0
///     virtual_router_id 51
///     priority {priority}
///     virtual_ipaddress {{
///         192.0.2.100
///     }}
/// }}");
/// let cluster = Cluster::new([("lb1", conf(150)), ("lb2", conf(100))])?;
/// let mut sim = turmoil::Builder::new().build();
/// cluster.enter(&mut sim);
/// let network = cluster.clone();
/// sim.client("client", async move {
///     tokio::time::sleep(Duration::from_secs(8)).await;
///     assert_eq!(network.reached("192.0.2.100"), Some(turmoil::lookup("lb1")));
///     Ok(())
/// });
/// sim.run()
/// # }
/// ```
///
/// Cheap to clone: all clones are the same routers. Elections of neighbouring priorities need ticks
/// shorter than their skew: with adverts each second turmoil's millisecond does.
#[derive(Clone)]
pub struct Cluster {
    shared: Rc<Shared>,
}

struct Shared {
    routers: Vec<Machine>,
    wires: Rc<RefCell<Wires>>,
    entries: Rc<RefCell<Vec<Entry>>>,
}

struct Machine {
    actor: Actor,
    address: Cell<Option<IpAddr>>,
    running: Cell<bool>,
}

impl Cluster {
    /// Routers of these names and keepalived.confs. Those that share a virtual router share a LAN.
    ///
    /// # Errors
    ///
    /// When a configuration is wrong, or two nodes have one name.
    pub fn new<N: AsRef<str>, T: AsRef<str>>(
        nodes: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, LabError> {
        let mut configs: Vec<(String, _)> = Vec::new();
        for (name, text) in nodes {
            let (name, text) = (name.as_ref(), text.as_ref());
            if configs.iter().any(|(known, _)| known == name) {
                return Err(ScenarioError::DuplicateNode { name: name.into() }.into());
            }
            configs.push((name.to_owned(), read(name, text)?));
        }
        let scenario = Scenario::new("cluster", connected_nodes(configs));
        let mut wires = Wires::new(&scenario);
        let entries = Rc::new(RefCell::new(Vec::new()));
        let backends = Rc::new(RefCell::new(Backends::default()));
        let mut routers = Vec::new();
        for (place, spec) in (0..).map(NodeId).zip(&scenario.nodes) {
            let mut segments: BTreeMap<Name, Vec<IpAddr>> = BTreeMap::new();
            for own in spec.interfaces.values() {
                let there = segments.entry(own.segment.clone()).or_default();
                there.extend(own.addresses.iter().map(|cidr| cidr.address));
            }
            wires.plug(IpAddr::V4(Ipv4Addr::UNSPECIFIED), segments);
            wires.set_power(place, false);
            let actor = Actor {
                turmoil_name: spec.name.to_string(),
                host: Rc::new(RefCell::new(furnish(spec, place, backends.clone()))),
                gate: Rc::new(Gate::new()),
                config: Rc::new(RefCell::new(spec.config.clone())),
                recorder: Recorder {
                    node: place,
                    entries: entries.clone(),
                },
                awaits_start: false,
            };
            routers.push(Machine {
                actor,
                address: Cell::new(None),
                running: Cell::new(false),
            });
        }
        let wires = Rc::new(RefCell::new(wires));
        let shared = Rc::new(Shared {
            routers,
            wires,
            entries,
        });
        Ok(Self { shared })
    }

    /// Registers a turmoil host for each router, of its name, which runs nothing else.
    pub fn enter(&self, sim: &mut turmoil::Sim<'_>) {
        for (place, machine) in self.shared.routers.iter().enumerate() {
            let router = Router {
                shared: self.shared.clone(),
                place,
            };
            let name = machine.actor.turmoil_name.as_str();
            sim.host(name, move || router.clone().run());
        }
    }

    /// A router for a turmoil host that runs something else as well, and has its name.
    ///
    /// # Errors
    ///
    /// When there is no such router.
    pub fn router(&self, name: &str) -> Result<Router, LabError> {
        Ok(Router {
            shared: self.shared.clone(),
            place: self.place(name)?,
        })
    }

    /// The turmoil address of the router that announced this virtual address last: where a client's
    /// ARP cache sends it, whether that router is still there or not.
    #[must_use]
    pub fn reached(&self, address: &str) -> Option<IpAddr> {
        let wanted: IpAddr = address.parse().ok()?;
        let entries = self.shared.entries.borrow();
        let announced = entries
            .iter()
            .rev()
            .find(|entry| matches!(entry.what, What::Garp { address, .. } if address == wanted));
        let machine = self.shared.routers.get(announced?.node?.index())?;
        machine.address.get()
    }

    /// The names of the routers that run and whose kernels carry this virtual address.
    #[must_use]
    pub fn owners(&self, address: &str) -> Vec<String> {
        let Ok(wanted) = address.parse::<IpAddr>() else {
            return Vec::new();
        };
        let owns = |machine: &&Machine| {
            let host = machine.actor.host.borrow();
            let mut held = host.interfaces.values().flat_map(|own| &own.addresses);
            machine.running.get() && held.any(|own| own.key.address == wanted)
        };
        self.names(self.shared.routers.iter().filter(owns))
    }

    /// The names of the routers that run and are master of the instance of this name.
    #[must_use]
    pub fn masters(&self, instance: &str) -> Vec<String> {
        let entries = self.shared.entries.borrow();
        let is_master = |(place, machine): &(NodeId, &Machine)| {
            let own = entries.iter().rev().filter(|own| own.node == Some(*place));
            let last = own.into_iter().find_map(|entry| {
                if let What::Transition { name, to, .. } = &entry.what
                    && name.as_str() == instance
                {
                    Some(*to)
                } else {
                    None
                }
            });
            machine.running.get() && last == Some(State::Master)
        };
        let all = (0..).map(NodeId).zip(&self.shared.routers);
        self.names(all.filter(is_master).map(|(_, machine)| machine))
    }

    /// Freezes a router as SIGSTOP does, or lets it go on.
    ///
    /// # Errors
    ///
    /// When there is no such router.
    pub fn pause(&self, name: &str, paused: bool) -> Result<(), LabError> {
        let machine = self.machine(name)?;
        machine.actor.gate.set_open(!paused);
        Ok(())
    }

    /// Lets a tracked script fail, or succeed, from its next run on.
    ///
    /// # Errors
    ///
    /// When there is no such router, or it has no such script.
    pub fn fail_script(&self, name: &str, script: &str, fails: bool) -> Result<(), LabError> {
        let machine = self.machine(name)?;
        let mut host = machine.actor.host.borrow_mut();
        let play = host.scripts.get_mut(&Name::from(script));
        let play = play.ok_or_else(|| ScenarioError::UnknownScript {
            node: name.into(),
            script: script.into(),
        })?;
        play.conduct = if fails {
            Conduct::Fails
        } else {
            Conduct::Succeeds
        };
        Ok(())
    }

    /// All that has happened to the routers so far, in order, without packets.
    #[must_use]
    pub fn log(&self) -> Log {
        Log {
            stations: { self.shared.routers.iter() }
                .map(|machine| machine.actor.turmoil_name.as_str().into())
                .collect(),
            entries: self.shared.entries.borrow().clone(),
        }
    }

    fn names<'m>(&self, machines: impl Iterator<Item = &'m Machine>) -> Vec<String> {
        machines
            .map(|machine| machine.actor.turmoil_name.clone())
            .collect()
    }

    fn machine(&self, name: &str) -> Result<&Machine, LabError> {
        self.place(name).map(|place| &self.shared.routers[place])
    }

    fn place(&self, name: &str) -> Result<usize, LabError> {
        let mut all = self.shared.routers.iter();
        let found = all.position(|machine| machine.actor.turmoil_name == name);
        found.ok_or_else(|| ScenarioError::UnknownStation { name: name.into() }.into())
    }
}

/// A router that a turmoil host runs: [`Cluster::router`].
#[derive(Clone)]
pub struct Router {
    shared: Rc<Shared>,
    place: usize,
}

impl Router {
    /// Runs until it is told to stop, as part of a turmoil host's software.
    ///
    /// # Errors
    ///
    /// When turmoil gives it no socket.
    pub async fn run(self) -> turmoil::Result {
        let machine = &self.shared.routers[self.place];
        let node = machine.actor.recorder.node;
        let address = turmoil::lookup(machine.actor.turmoil_name.as_str());
        machine.address.set(Some(address));
        machine.running.set(true);
        {
            let mut wires = self.shared.wires.borrow_mut();
            wires.set_address(node, address);
            wires.set_power(node, true);
            machine.actor.host.borrow_mut().moment = Tick::now(TICKS).end;
        }
        let end = End(self.clone());
        let started = What::Process(Process::Started);
        machine.actor.recorder.write(Tick::now(TICKS).end, started);
        let software = machine.actor.software(self.shared.wires.clone(), TICKS);
        let outcome = software.run().await;
        drop(end);
        outcome
    }
}

/// The end of a run, also by a crash of the host, which drops all that it runs.
struct End(Router);

impl Drop for End {
    fn drop(&mut self) {
        let Router { shared, place } = &self.0;
        let Some(machine) = shared.routers.get(*place) else {
            return;
        };
        machine.running.set(false);
        if let Ok(mut host) = machine.actor.host.try_borrow_mut() {
            let now = host.moment;
            host.power_off(now);
        }
        if let Ok(mut wires) = shared.wires.try_borrow_mut() {
            wires.set_power(machine.actor.recorder.node, false);
        }
    }
}
