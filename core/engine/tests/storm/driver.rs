//! Turns any bytes into a life of a node, and checks what must hold through all of it.
//!
//! Shared by the property test, the replay of the committed corpus and the fuzz target.

// The fuzz target loads this file by its path, so that the place is written out.
#[path = "driver/services.rs"]
mod services;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bellwether_core::bfd::ReceivedBfd;
use bellwether_core::event::{Link, LinkReport, Received, ScriptExit};
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelError};
use bellwether_core::model::{
    Auth, Bfd, Command, Config, Instance, Parts, Preemption, Script, TrackFile, TrackProcess,
    Tracked, VirtualAddress,
};
use bellwether_core::track::{FileContent, Sighting};
use bellwether_core::unit::{AdvertInterval, IfName, Mac, Priority, Version, Weight};
use bellwether_core::vrrp::State;
use bellwether_core::wire::vrrp::{Body, GROUP_V4, Packet, Repr};
use bellwether_core::{Effect, Event, Instant, Node, Notice, OpId, RunId};

const VIP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const NEIGHBOR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 12);
const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);

/// Lives through `bytes`. Panics when something does not hold.
pub(crate) fn live(bytes: &[u8]) {
    let mut input = Input(bytes);
    let node = Node::new(config(input.byte()), Instant::ZERO);
    let mut life = Life {
        node,
        now: Instant::ZERO,
        ops: Vec::new(),
        runs: Vec::new(),
        services: services::Services::default(),
        known_ops: BTreeSet::new(),
        stopped: false,
    };
    life.drain();
    while !input.0.is_empty() {
        life.step(&mut input);
    }
}

struct Life {
    node: Node,
    now: Instant,
    ops: Vec<OpId>,
    runs: Vec<RunId>,
    services: services::Services,
    known_ops: BTreeSet<OpId>,
    stopped: bool,
}

impl Life {
    fn step(&mut self, input: &mut Input<'_>) {
        let event = match input.byte() % 17 {
            0 => {
                self.now = self.now + Duration::from_millis(u64::from(input.byte()) * 40);
                None
            }
            1 | 2 => {
                let due = self.node.poll_timeout().map_or(self.now, |(at, _)| at);
                self.now = self.now.max(due);
                None
            }
            3 => Some(Event::Receive(raw(input))),
            4..=6 => Some(Event::Receive(well_formed(input))),
            7 => Some(link(input)),
            8 => Some(Event::Addresses {
                interface: eth0(),
                addresses: addresses(input),
            }),
            9 => self.answer_kernel(input),
            10 => self.answer_script(input),
            11 => Some(touch_address(input)),
            13..=15 => self.services.answer(input),
            12 => Some(Event::Reload(Box::new(config(input.byte())))),
            _ => match input.byte() {
                0 => Some(Event::Shutdown),
                choice @ 1..=100 => Some(sighting(choice, input)),
                choice @ 101..=180 => Some(bfd(choice, input)),
                181..=255 => None,
            },
        };
        self.services.stopping |= event == Some(Event::Shutdown);
        match event {
            Some(event) => self.node.handle(self.now, event),
            None => {
                self.node.handle_timeout(self.now);
                let next = self.node.poll_timeout().map(|(at, _)| at);
                assert!(next.is_none_or(|at| at > self.now), "a driver would spin");
            }
        }
        self.drain();
    }

    fn answer_kernel(&mut self, input: &mut Input<'_>) -> Option<Event> {
        let choice = input.byte();
        let op = (!self.ops.is_empty()).then(|| self.ops.remove(0))?;
        let outcome = if choice < 40 {
            Err(KernelError::Denied)
        } else {
            Ok(())
        };
        Some(Event::KernelDone { op, outcome })
    }

    fn answer_script(&mut self, input: &mut Input<'_>) -> Option<Event> {
        let exit = match input.byte() {
            255 => ScriptExit::NotStarted,
            254 => ScriptExit::Signal(15),
            status => ScriptExit::Status(i32::from(status % 2)),
        };
        let run = (!self.runs.is_empty()).then(|| self.runs.remove(0))?;
        Some(Event::ScriptExited { run, exit })
    }

    /// Takes all effects, and checks what must hold of each and after all.
    fn drain(&mut self) {
        while let Some(effect) = self.node.poll_effect() {
            assert!(!self.stopped, "after Stopped there is nothing: {effect:?}");
            match effect {
                Effect::Transmit(transmit) => check_advert(&transmit),
                Effect::Kernel { op, .. } => {
                    assert!(self.known_ops.insert(op), "an id is never used twice");
                    self.ops.push(op);
                }
                Effect::StartScript { run, .. } => self.runs.push(run),
                Effect::Notice(Notice::Transition(change)) => {
                    assert!(is_legal(change.from, change.to), "I6: {change:?}");
                }
                Effect::Stopped => self.stopped = true,
                effect @ (Effect::StartProbe { .. }
                | Effect::CancelProbe { .. }
                | Effect::Table { .. }
                | Effect::ObserveTable) => self.services.take(effect),
                Effect::Announce(_)
                | Effect::Join(_)
                | Effect::Leave(_)
                | Effect::Observe { .. }
                | Effect::ObserveRouting { .. }
                | Effect::Watch { .. }
                | Effect::Unwatch { .. }
                | Effect::KillScript { .. }
                | Effect::Follow(_)
                | Effect::Unfollow { .. }
                | Effect::TransmitBfd(_)
                | Effect::Notify(_)
                | Effect::Notice(_) => {}
            }
        }
        services::check(&self.node, &self.services);
        for instance in self.node.instances() {
            let priority = instance.effective_priority();
            let owner = instance.config().priority.is_owner();
            assert_eq!(priority.is_owner(), owner, "I7");
            assert!(priority.0 >= 1, "I7");
        }
    }
}

/// I6: the graph of states.
fn is_legal(from: State, to: State) -> bool {
    match (from, to) {
        (State::Init, State::Backup | State::Master | State::Fault)
        | (State::Backup, State::Master | State::Fault | State::Init)
        | (State::Master, State::Backup | State::Fault | State::Init)
        | (State::Fault, State::Backup | State::Master | State::Init) => true,
        (State::Init, State::Init)
        | (State::Backup, State::Backup)
        | (State::Master, State::Master)
        | (State::Fault, State::Fault) => false,
    }
}

/// T1 to T3, T7, T13, T15: whatever is sent would be accepted.
fn check_advert(transmit: &bellwether_core::effect::Transmit) {
    assert_eq!(
        (transmit.hop_limit, transmit.destination),
        (255, IpAddr::V4(GROUP_V4))
    );
    let packet = Packet::parse(&transmit.payload).expect("what we send parses");
    let IpAddr::V4(source) = transmit.source else {
        panic!("IPv4 only")
    };
    let form = bellwether_core::model::Checksum::PseudoHeader;
    assert!(packet.checksum_is_valid(form, source, GROUP_V4));
}

fn config(choice: u8) -> Config {
    let mut first = Instance::new("VI_1".into(), eth0(), 51.try_into().unwrap());
    first.virtual_addresses = vec![VirtualAddress::host(VIP.into())];
    first.priority = Priority([100, 200, 255, 1][usize::from(choice % 4)]);
    if choice & 4 != 0 {
        first.version = Version::V3;
        first.advert_interval = AdvertInterval::try_from(1).unwrap();
    } else if choice & 8 != 0 {
        first.auth = Auth::Pass(*b"secret\0\0");
    }
    first.preemption = match choice >> 4 & 3 {
        0 => Preemption::Never,
        1 => Preemption::Delayed(Duration::from_secs(5)),
        _ => Preemption::Immediate,
    };
    let weight = [0, -50, 50, -253][usize::from(choice >> 6)];
    first.trackers.scripts = vec![Tracked {
        target: "chk".into(),
        weight: Weight::try_from(weight).unwrap(),
        reverse: choice & 16 != 0,
    }];
    let mut script = Script::new("chk".into(), Command(vec!["/bin/true".into()]));
    script.init_fail = choice & 32 != 0;
    (script.rise, script.fall) = (u32::from(choice & 3), u32::from(choice >> 2 & 3));
    script.timeout = Duration::from_millis(u64::from(choice) * 10);
    first.trackers.files = vec![Tracked::new("file".into(), Weight::try_from(-3).unwrap())];
    first.trackers.processes = vec![Tracked::new("proc".into(), Weight::FAULT)];
    let mut processes = TrackProcess::new("proc".into(), "haproxy");
    processes.quorum_max = Some(u32::from(choice & 7));
    processes.terminate_delay = Duration::from_millis(u64::from(choice));
    first.trackers.bfd = vec![Tracked::new("bfd".into(), Weight::try_from(20).unwrap())];
    let mut session = Bfd::new("bfd".into(), IpAddr::V4(NEIGHBOR));
    session.passive = choice & 64 != 0;
    session.multiplier = 1 + (choice & 3);
    let mut second = Instance {
        name: "VI_2".into(),
        vrid: 52.try_into().unwrap(),
        ..first.clone()
    };
    second.virtual_addresses.clear();
    let instances = if choice & 2 != 0 {
        vec![first, second]
    } else {
        vec![second, first]
    };
    Config::new(Parts {
        scripts: vec![script],
        files: vec![TrackFile::new("file".into(), "/run/file")],
        processes: vec![processes],
        bfd: vec![session],
        instances,
        lvs: services::lvs(choice),
        ..Parts::default()
    })
    .unwrap()
}

fn raw(input: &mut Input<'_>) -> Received {
    let mut received = well_formed(input);
    received.hop_limit = input.byte();
    received.payload = input
        .take(usize::from(input.0.first().copied().unwrap_or(0)))
        .into();
    received
}

fn well_formed(input: &mut Input<'_>) -> Received {
    let source = Ipv4Addr::new(192, 0, 2, input.byte());
    let choice = input.byte();
    let body = match choice & 3 {
        0 => Body::V2(Auth::None),
        1 => Body::V2(Auth::Pass(*b"secret\0\0")),
        _ => Body::V3(bellwether_core::model::Checksum::PseudoHeader),
    };
    let repr = Repr {
        vrid: (51 + (choice >> 2 & 1)).try_into().unwrap(),
        priority: Priority(input.byte()),
        interval: if choice & 8 == 0 {
            AdvertInterval::DEFAULT
        } else {
            1.try_into().unwrap()
        },
        body,
        addresses: if choice & 16 == 0 { vec![VIP] } else { vec![] },
    };
    Received {
        interface: eth0(),
        source: source.into(),
        destination: GROUP_V4.into(),
        hop_limit: 255,
        header: None,
        payload: repr.emit(source, GROUP_V4),
    }
}

fn sighting(choice: u8, input: &mut Input<'_>) -> Event {
    let number = input.byte();
    Event::Sighting(match choice % 3 {
        0 => Sighting::File {
            file: "file".into(),
            content: FileContent::parse(&input.take(usize::from(number % 12))),
        },
        1 => Sighting::File {
            file: "file".into(),
            content: FileContent::Number(i32::from(number) - 128),
        },
        _ => Sighting::Processes {
            processes: "proc".into(),
            count: u32::from(number % 9),
        },
    })
}

/// A packet of the neighbour, with whatever discriminators: at times the right one, since those
/// of sessions are the same in each life.
fn bfd(choice: u8, input: &mut Input<'_>) -> Event {
    let mut payload = vec![0x20, input.byte(), choice, 24, 0, 0, 0, 1];
    let known = input.byte() & 1 != 0;
    let ours = match known {
        true => bellwether_core::node::Node::new(config(input.byte()), Instant::ZERO)
            .status(Instant::ZERO)
            .bfd
            .first()
            .map_or(0, |own| own.discriminator),
        false => 0,
    };
    payload.extend(ours.to_be_bytes());
    payload.extend(input.take(12));
    payload.resize(24, 0);
    Event::ReceiveBfd(ReceivedBfd {
        source: NEIGHBOR.into(),
        port: 3784,
        hop_limit: if choice == 101 { 254 } else { 255 },
        payload: payload.into(),
    })
}

fn link(input: &mut Input<'_>) -> Event {
    let choice = input.byte();
    let up = Link {
        index: u32::from(choice >> 4),
        up: choice & 1 != 0,
        mac: Mac([2; 6]),
    };
    let link = (choice & 14 != 0).then_some(up);
    Event::Link(LinkReport {
        interface: eth0(),
        link,
    })
}

fn addresses(input: &mut Input<'_>) -> Vec<Address> {
    let choice = input.byte();
    let own = (choice & 1 == 0).then(|| address(OWN, 24));
    let left = (choice & 2 != 0).then(|| address(VIP, 32));
    own.into_iter().chain(left).collect()
}

fn touch_address(input: &mut Input<'_>) -> Event {
    let choice = input.byte();
    let touched = if choice & 1 == 0 {
        address(OWN, 24)
    } else {
        address(VIP, 32)
    };
    if choice & 2 == 0 {
        Event::AddressRemoved(touched.key)
    } else {
        Event::AddressAdded(touched)
    }
}

fn address(host: Ipv4Addr, prefix_len: u8) -> Address {
    let key = AddressKey {
        interface: eth0(),
        address: host.into(),
        prefix_len,
    };
    Address {
        key,
        label: None,
        broadcast: None,
        scope: 0,
        options: bellwether_core::kernel::AddressOptions::default(),
        ours: false,
    }
}

fn eth0() -> IfName {
    "eth0".parse().unwrap()
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    /// The next byte, or 0 behind the end.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head.to_vec()
    }
}
