//! One host: what it is made of, and the software that it runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use bellwether_core::event::Link;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::Address;
use bellwether_core::model::Config;
use bellwether_core::unit::Mac;
use bellwether_core::{Event, Instant, Node};
use bellwether_runtime::Driver;

use super::clock::{HostTimer, Oscillator, Tick, TicksPerMilli};
use super::gate::Gate;
use super::host::{Host, Interface, Process, ScriptPlay};
use super::lvs::LvsSide;
use super::ports::{HostPorts, HostSource, open_socket};
use super::record::Recorder;
use super::wire::Wires;
use crate::backend::Backends;
use crate::kernel::Routing;
use crate::log::{NodeId, Process as ProcessChange, What};
use crate::scenario::NodeSpec;
use crate::things::Things;

/// A host as the harness holds it.
pub(super) struct Actor {
    pub(super) turmoil_name: String,
    pub(super) host: Rc<RefCell<Host>>,
    pub(super) gate: Rc<Gate>,
    pub(super) config: Rc<RefCell<Config>>,
    pub(super) recorder: Recorder,
    pub(super) awaits_start: bool,
}

impl Actor {
    /// Registers the host with turmoil; its software is a driver around a new node.
    pub(super) fn enter(
        &self,
        sim: &mut turmoil::Sim<'static>,
        wires: Rc<RefCell<Wires>>,
        ticks: TicksPerMilli,
    ) {
        let software = self.software(wires, ticks);
        sim.host(self.turmoil_name.as_str(), move || software.run());
    }

    /// What the host runs.
    pub(super) fn software(&self, wires: Rc<RefCell<Wires>>, ticks: TicksPerMilli) -> Software {
        Software {
            host: self.host.clone(),
            gate: self.gate.clone(),
            config: self.config.clone(),
            recorder: self.recorder.clone(),
            wires,
            ticks,
        }
    }
}

/// What a host runs: a driver around a node, which is a new one each time that it is started.
#[derive(Clone)]
pub(super) struct Software {
    host: Rc<RefCell<Host>>,
    gate: Rc<Gate>,
    config: Rc<RefCell<Config>>,
    recorder: Recorder,
    wires: Rc<RefCell<Wires>>,
    ticks: TicksPerMilli,
}

impl Software {
    /// Runs until the node has stopped, on the turmoil host that polls it.
    pub(super) fn run(&self) -> impl Future<Output = turmoil::Result> + use<> {
        let Self {
            host,
            gate,
            config,
            recorder,
            wires,
            ticks,
        } = self.clone();
        let entrance = gate.entrance();
        let config = config.borrow().clone();
        async move {
            let ports = HostPorts {
                host: host.clone(),
                socket: Rc::new(open_socket().await?),
                wires,
                recorder: recorder.clone(),
                ticks,
            };
            let timer = HostTimer {
                host: host.clone(),
                entrance: entrance.clone(),
                ticks,
            };
            let now = Tick::now(ticks).place(host.borrow().moment);
            host.borrow_mut().moment = now;
            let local_now = host.borrow().oscillator.read(now);
            let mut node = Node::new(config, local_now);
            let unix = Duration::from_secs(1_700_000_000) + now.since(Instant::ZERO);
            node.handle(local_now, Event::WallClock { unix });
            let source = HostSource::new(ports.clone(), entrance);
            Driver::new(node, source, ports, timer).run().await;
            let exited = What::Process(ProcessChange::Exited);
            recorder.write(host.borrow().moment, exited);
            host.borrow_mut().process_died();
            Ok(())
        }
    }
}

/// A host with its interfaces and scripts, before its process first runs.
pub(super) fn furnish(spec: &NodeSpec, node: NodeId, backends: Rc<RefCell<Backends>>) -> Host {
    let mut oscillator = Oscillator::default();
    oscillator.set_rate(Instant::ZERO, spec.clock_ppm);
    let mut interfaces = BTreeMap::new();
    for (place, (name, interface)) in spec.interfaces.iter().enumerate() {
        let index = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(2);
        let [high, low] = node.0.to_be_bytes();
        let port = u8::try_from(index).unwrap_or(u8::MAX);
        let addresses = interface.addresses.iter().map(|cidr| Address {
            key: AddressKey {
                interface: *name,
                address: cidr.address,
                prefix_len: cidr.prefix_len,
            },
            label: None,
            broadcast: None,
            scope: 0,
            options: bellwether_core::kernel::AddressOptions::default(),
            ours: false,
        });
        let addresses: Vec<Address> = addresses.collect();
        let interface = Interface {
            own: addresses.clone(),
            carrier: Vec::new(),
            segment: interface.segment.to_string(),
            link: Link {
                index,
                up: true,
                mac: Mac([2, 0, 0, high, low, port]),
            },
            addresses,
        };
        interfaces.insert(*name, interface);
    }
    let scripts = spec.config.scripts().iter();
    Host {
        oscillator,
        moment: Instant::ZERO,
        interfaces,
        scripts: scripts
            .map(|script| (script.name.clone(), ScriptPlay::default()))
            .collect(),
        things: Things::of([&spec.config].into_iter()),
        keeps_marks: spec.keeps_marks,
        refusals: 0,
        routing: Routing::default(),
        process: Process::default(),
        lvs: LvsSide::new(backends),
        wake: Rc::default(),
        retimed: Rc::default(),
    }
}
