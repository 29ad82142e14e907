//! A bench for one node: time, a wire that can be read, and a kernel that does what it is told.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bellwether_core::effect::{Announce, Transition, Transmit};
use bellwether_core::event::{Link, LinkReport, Received, ScriptExit};
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelOp};
use bellwether_core::model::{
    Auth, Command, Config, Instance, Parts, Script, Tracked, VirtualAddress,
};
use bellwether_core::unit::{AdvertInterval, IfName, Mac, Name, Priority, Version, Weight};
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::vrrp::{Body, GROUP_V4, Packet, Repr};
use bellwether_core::{Effect, Event, Instant, Node, Notice, RunId};

pub(crate) const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);
pub(crate) const LOWER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 3);
pub(crate) const HIGHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 200);
pub(crate) const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
pub(crate) const MAC: Mac = Mac([2, 0, 0, 0, 0, 11]);

/// The instance of most tests: VRID 51 on eth0, version 2, 1 s adverts, one address.
pub(crate) fn instance(priority: u8) -> Instance {
    let mut instance = Instance::new(
        "VI_1".into(),
        "eth0".parse().unwrap(),
        51.try_into().unwrap(),
    );
    instance.priority = Priority(priority);
    instance.virtual_addresses = vec![VirtualAddress::host(VIP.into())];
    instance
}

/// The same in version 3, with an interval in centiseconds.
pub(crate) fn instance_v3(priority: u8, centis: u16) -> Instance {
    Instance {
        version: Version::V3,
        advert_interval: AdvertInterval::try_from(centis).unwrap(),
        ..instance(priority)
    }
}

pub(crate) fn script(name: &str) -> Script {
    Script::new(name.into(), Command(vec!["/usr/bin/check".into()]))
}

pub(crate) fn tracked(name: &str, weight: i16) -> Tracked<Name> {
    Tracked {
        target: name.into(),
        weight: Weight::try_from(weight).unwrap(),
        reverse: false,
    }
}

pub(crate) fn config(instances: Vec<Instance>, scripts: Vec<Script>) -> Config {
    Config::new(Parts {
        scripts,
        instances,
        ..Parts::default()
    })
    .unwrap()
}

pub(crate) fn vip_key() -> AddressKey {
    AddressKey {
        interface: eth0(),
        address: IpAddr::V4(VIP),
        prefix_len: 32,
    }
}

pub(crate) fn eth0() -> IfName {
    "eth0".parse().unwrap()
}

pub(crate) fn foreign(host: Ipv4Addr, prefix_len: u8) -> Address {
    Address {
        key: AddressKey {
            interface: eth0(),
            address: IpAddr::V4(host),
            prefix_len,
        },
        label: None,
        broadcast: None,
        scope: 0,
        options: bellwether_core::kernel::AddressOptions::default(),
        ours: false,
    }
}

pub(crate) struct Bench {
    pub(crate) node: Node,
    pub(crate) now: Instant,
    /// Every effect since the last [`Self::take`].
    pub(crate) seen: Vec<Effect>,
    /// Whether kernel operations are answered with success as they come.
    pub(crate) obliging_kernel: bool,
}

impl Bench {
    /// A node on an interface that is up and has its address.
    pub(crate) fn new(config: Config) -> Self {
        let mut bench = Self::dark(config);
        bench.link(true);
        bench.addresses(vec![foreign(OWN, 24)]);
        bench
    }

    /// A node that has not been told of any interface yet.
    pub(crate) fn dark(config: Config) -> Self {
        let node = Node::new(config, Instant::ZERO);
        let mut bench = Self {
            node,
            now: Instant::ZERO,
            seen: Vec::new(),
            obliging_kernel: true,
        };
        bench.pump();
        bench
    }

    pub(crate) fn single(instance: Instance) -> Self {
        Self::new(config(vec![instance], vec![]))
    }

    /// The same, already master; what happened on the way is forgotten.
    pub(crate) fn master(instance: Instance) -> Self {
        let mut bench = Self::single(instance);
        bench.run_for_millis(30_000);
        assert_eq!(bench.state(), State::Master);
        bench.take();
        bench
    }

    pub(crate) fn link(&mut self, up: bool) {
        let link = Some(Link {
            index: 2,
            up,
            mac: MAC,
        });
        self.event(Event::Link(LinkReport {
            interface: eth0(),
            link,
        }));
    }

    pub(crate) fn addresses(&mut self, addresses: Vec<Address>) {
        self.event(Event::Addresses {
            interface: eth0(),
            addresses,
        });
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.node.handle(self.now, event);
        self.pump();
    }

    /// Lets time pass, firing each timer when it is due.
    pub(crate) fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            self.node.handle_timeout(self.now);
            self.pump();
        }
        self.now = end;
    }

    pub(crate) fn run_for_millis(&mut self, millis: u64) {
        self.run_for(Duration::from_millis(millis));
    }

    /// Lets time pass without the node noticing, and then lets it fire its timers.
    pub(crate) fn sleep_through(&mut self, span: Duration) {
        self.now = self.now + span;
        self.node.handle_timeout(self.now);
        self.pump();
    }

    /// Hears an advert that differs from what the instance itself would send only so much.
    pub(crate) fn hear(&mut self, source: Ipv4Addr, priority: u8) {
        let repr = self.advert(priority);
        self.hear_payload(source, repr.emit(source, GROUP_V4));
    }

    pub(crate) fn advert(&self, priority: u8) -> Repr {
        let instance = self.node.instances()[0].config();
        Repr {
            vrid: instance.vrid,
            priority: Priority(priority),
            interval: instance.advert_interval,
            body: match instance.version {
                Version::V2 => Body::V2(instance.auth),
                Version::V3 => Body::V3(instance.checksum),
            },
            addresses: vec![VIP],
        }
    }

    pub(crate) fn hear_payload(&mut self, source: Ipv4Addr, payload: Arc<[u8]>) {
        self.event(Event::Receive(self.datagram(source, payload)));
    }

    pub(crate) fn datagram(&self, source: Ipv4Addr, payload: Arc<[u8]>) -> Received {
        Received {
            interface: eth0(),
            source: source.into(),
            destination: GROUP_V4.into(),
            hop_limit: 255,
            header: None,
            payload,
        }
    }

    /// Ends the latest run of a script.
    pub(crate) fn script_exits(&mut self, run: RunId, status: i32) {
        self.event(Event::ScriptExited {
            run,
            exit: ScriptExit::Status(status),
        });
    }

    pub(crate) fn state(&self) -> State {
        self.node.instances()[0].state()
    }

    pub(crate) fn priority(&self) -> u8 {
        self.node.instances()[0].effective_priority().0
    }

    /// Forgets and returns what was seen.
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        core::mem::take(&mut self.seen)
    }

    fn pump(&mut self) {
        while let Some(effect) = self.node.poll_effect() {
            let answer = match &effect {
                Effect::Kernel { op, .. } if self.obliging_kernel => Some(*op),
                _ => None,
            };
            self.seen.push(effect);
            if let Some(op) = answer {
                self.node.handle(
                    self.now,
                    Event::KernelDone {
                        op,
                        outcome: Ok(()),
                    },
                );
            }
        }
    }
}

/// Priorities of the adverts among these effects.
pub(crate) fn adverts(effects: &[Effect]) -> Vec<u8> {
    let sent = |effect: &Effect| match effect {
        Effect::Transmit(Transmit { payload, .. }) => {
            Some(Packet::parse(payload).unwrap().priority().0)
        }
        _ => None,
    };
    effects.iter().filter_map(sent).collect()
}

/// Gratuitous ARPs among these effects.
pub(crate) fn announcements(effects: &[Effect]) -> Vec<Announce> {
    let announced = |effect: &Effect| match effect {
        Effect::Announce(announce) => Some(announce.clone()),
        _ => None,
    };
    effects.iter().filter_map(announced).collect()
}

/// Transitions among these effects.
pub(crate) fn transitions(effects: &[Effect]) -> Vec<(State, State, Cause)> {
    let changed = |effect: &Effect| match effect {
        Effect::Notice(Notice::Transition(Transition {
            from, to, cause, ..
        })) => Some((*from, *to, *cause)),
        _ => None,
    };
    effects.iter().filter_map(changed).collect()
}

/// Kernel operations among these effects.
pub(crate) fn kernel_ops(effects: &[Effect]) -> Vec<KernelOp> {
    let asked = |effect: &Effect| match effect {
        Effect::Kernel { action, .. } => Some(action.clone()),
        _ => None,
    };
    effects.iter().filter_map(asked).collect()
}

/// Runs that were started among these effects.
pub(crate) fn started(effects: &[Effect]) -> Vec<RunId> {
    let run = |effect: &Effect| match effect {
        Effect::StartScript { run, .. } => Some(*run),
        _ => None,
    };
    effects.iter().filter_map(run).collect()
}

/// A PASS of version 2.
pub(crate) fn pass(password: &[u8; 8]) -> Auth {
    Auth::Pass(*password)
}

/// What [`adverts`] is equal to when there are none.
pub(crate) const NO_ADVERT: [u8; 0] = [];
