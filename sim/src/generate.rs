//! Random scenarios from seeds.
//!
//! Swarm testing: which kinds of faults there are, and how many, is itself drawn from the seed, so
//! that some runs have nothing but pauses and others a bit of everything; a bug that one kind of
//! fault hides from another has a chance. Invariant: the same seed and shape give the same
//! scenario for ever, since a saved seed is worth no more than that.

pub(crate) mod features;
mod services;

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::Instant;
use bellwether_core::model::{
    Auth, Checksum, Command, Config, Instance, Parts, Preemption, Script, Tracked, Transport,
    VirtualAddress,
};
use bellwether_core::unit::{AdvertInterval, IfName, Name, Priority, Version, Vrid, Weight};

use features::Features;

pub use services::balancers;

use crate::fault::{BAD_ADVERTS, BadAdvert, Fault, Injection, ScriptRun, TimedFault, Way};
use crate::invariant::bounds::{self, Longest};
use crate::random::Stream;
use crate::scenario::units::Share;
use crate::scenario::{LinkSpec, NodeSpec, Scenario};

/// What generated scenarios have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many nodes there are.
    pub nodes: u8,
    /// How long a run is, healing and stability included; the fault phase is what is left of it,
    /// and at least [`SHORTEST_FAULT_PHASE`].
    pub length: Duration,
    /// Whether every advertisement interval is one second.
    pub whole_seconds: bool,
    /// Whether IPv6, unicast, sync groups, tracked interfaces and the like are drawn too; without
    /// them there are plain virtual routers only.
    pub features: bool,
}

/// The shortest time that things break for.
pub const SHORTEST_FAULT_PHASE: Duration = Duration::from_secs(8);

impl Default for Shape {
    /// Three nodes and a minute.
    fn default() -> Self {
        Self {
            nodes: 3,
            length: Duration::from_secs(60),
            whole_seconds: false,
            features: true,
        }
    }
}

/// The scenario of a seed.
#[must_use]
pub fn scenario(seed: u64, shape: Shape) -> Scenario {
    let mut stream = Stream::new(seed, &["generate"]);
    let plan = Plan::draw(&mut stream, seed, shape);
    let nodes = (0..shape.nodes).map(|place| plan.node(&mut stream, place));
    let mut scenario = Scenario::new(&format!("generated-{seed}"), nodes.collect());
    scenario.seed = seed;
    scenario.links = LinkSpec {
        delay: Duration::from_micros(50) + stream.span(Duration::from_micros(450)),
        jitter: if stream.happens(Share::percent(30)) {
            stream.span(Duration::from_micros(300))
        } else {
            Duration::ZERO
        },
    };
    // The margin for what faults may add to the settling time: slow clocks, longer delays.
    let longest = Longest::of(&scenario);
    let calm = longest.settling() + Duration::from_nanos(10 * longest.master_down);
    let faults_until = shape
        .length
        .saturating_sub(calm + calm / 100)
        .max(SHORTEST_FAULT_PHASE);
    let end = Instant::ZERO + faults_until;
    scenario.fault_phase_end = Some(end);
    scenario.faults = faults(&mut stream, &scenario, end);
    let mut more = plan.features.faults(seed, &scenario.nodes, end);
    more.extend(features::thing_faults(seed, &scenario, end));
    if !more.is_empty() {
        scenario.faults.extend(more);
        scenario.faults.sort_by_key(|timed| timed.at);
    }
    scenario
}

/// What the nodes of one scenario have in common.
struct Plan {
    version: Version,
    interval: AdvertInterval,
    checksum: Checksum,
    auth: Auth,
    preemption: Preemption,
    script: Option<Script>,
    weight: Weight,
    equal: bool,
    instances: u8,
    /// How many addresses each instance has.
    addresses: u32,
    features: Features,
}

impl Plan {
    fn draw(stream: &mut Stream, seed: u64, shape: Shape) -> Self {
        let version = one_of(stream, &[Version::V2, Version::V3], Version::V2);
        let intervals: &[u16] = match version {
            _ if shape.whole_seconds => &[100],
            Version::V2 => &[100, 100, 200],
            Version::V3 => &[100, 50, 20, 10],
        };
        let centis = one_of(stream, intervals, 100);
        let preemption = match stream.below(10) {
            0 | 1 => Preemption::Never,
            2 => Preemption::Delayed(Duration::from_secs(1 + u64::from(stream.below(3)))),
            _ => Preemption::Immediate,
        };
        let weights: &[i16] = &[0, 0, -60, -30, 20, 60];
        let weight = one_of(stream, weights, 0);
        Self {
            version,
            interval: AdvertInterval::try_from(centis).unwrap_or(AdvertInterval::DEFAULT),
            checksum: one_of(
                stream,
                &[Checksum::PseudoHeader, Checksum::MessageOnly],
                Checksum::PseudoHeader,
            ),
            auth: match version {
                Version::V2 => one_of(
                    stream,
                    &[Auth::None, Auth::Pass(*b"secret\0\0")],
                    Auth::None,
                ),
                Version::V3 => Auth::None,
            },
            preemption,
            script: stream.happens(Share::percent(60)).then(|| script(stream)),
            weight: Weight::try_from(weight).unwrap_or_default(),
            equal: stream.happens(Share::percent(15)),
            instances: if stream.happens(Share::percent(15)) {
                2
            } else {
                1
            },
            addresses: 1 + stream.below(2),
            features: Features::draw(seed, shape),
        }
    }

    fn node(&self, stream: &mut Stream, place: u8) -> NodeSpec {
        let mut parts = Parts::default();
        parts.scripts.extend(self.script.clone());
        for number in 0..self.instances {
            parts.instances.extend(self.instance(stream, place, number));
        }
        self.features.add_to(&mut parts, place);
        let config = Config::new(parts).unwrap_or_default();
        let name = format!("lb{}", place + 1);
        let mut node = NodeSpec::new(&name, config, usize::from(place));
        node.keeps_marks = stream.happens(Share::percent(50));
        if stream.happens(Share::percent(30)) {
            node.clock_ppm = drift(stream, 200);
        }
        if stream.happens(Share::percent(20)) {
            node.starts_at = Instant::ZERO + stream.span(Duration::from_secs(4));
        }
        node
    }

    fn instance(&self, stream: &mut Stream, place: u8, number: u8) -> Option<Instance> {
        let interface: IfName = "eth0".parse().ok()?;
        let vrid = Vrid::try_from(51 + number).ok()?;
        let name = format!("VI_{}", number + 1);
        let mut instance = Instance::new(Name::from(&*name), interface, vrid);
        instance.version = self.version;
        instance.advert_interval = self.interval;
        instance.checksum = self.checksum;
        instance.auth = self.auth;
        instance.preemption = self.preemption;
        instance.priority = match (self.equal, place, stream.below(20)) {
            (true, ..) => Priority(100),
            (false, 0, 0) => Priority::OWNER,
            (false, place, _) => {
                let spread = u8::try_from(stream.below(40)).unwrap_or_default();
                Priority(60 + place * 50 + spread)
            }
        };
        for address in 0..self.addresses {
            let host = 100 + 10 * u32::from(number) + address;
            let last = u8::try_from(host).unwrap_or(100);
            let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
            instance
                .virtual_addresses
                .push(VirtualAddress::host(address));
        }
        instance.trackers.scripts = self
            .script
            .iter()
            .map(|script| Tracked {
                target: script.name.clone(),
                weight: self.weight,
                reverse: false,
            })
            .collect();
        Some(instance)
    }
}

fn script(stream: &mut Stream) -> Script {
    let command = Command(vec!["/usr/bin/chk".to_owned()]);
    let mut script = Script::new("chk".into(), command);
    let millis = one_of(stream, &[500, 1000, 1000, 2000], 1000);
    script.interval = Duration::from_millis(millis);
    script.timeout = one_of(
        stream,
        &[script.interval, Duration::from_millis(400)],
        script.interval,
    );
    script.rise = 1 + stream.below(2);
    script.fall = 1 + stream.below(3);
    script.init_fail = stream.happens(Share::percent(20));
    script
}

/// The kinds of faults that a swarm is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Crash,
    PowerOff,
    Stop,
    Pause,
    Reload,
    Cut,
    CutBoth,
    Isolate,
    Loss,
    BurstLoss,
    LoseNext,
    LoseResignation,
    Delay,
    Duplicate,
    Reorder,
    Corrupt,
    Link,
    Script,
    Flap,
    Clock,
    RemoveAddress,
    KernelErrors,
    Inject,
}

const KINDS: [Kind; 23] = [
    Kind::Crash,
    Kind::PowerOff,
    Kind::Stop,
    Kind::Pause,
    Kind::Reload,
    Kind::Cut,
    Kind::CutBoth,
    Kind::Isolate,
    Kind::Loss,
    Kind::BurstLoss,
    Kind::LoseNext,
    Kind::LoseResignation,
    Kind::Delay,
    Kind::Duplicate,
    Kind::Reorder,
    Kind::Corrupt,
    Kind::Link,
    Kind::Script,
    Kind::Flap,
    Kind::Clock,
    Kind::RemoveAddress,
    Kind::KernelErrors,
    Kind::Inject,
];

pub(crate) fn faults(stream: &mut Stream, scenario: &Scenario, end: Instant) -> Vec<TimedFault> {
    let chance = Share::percent(10 + stream.below(50));
    let mut kinds: Vec<Kind> = KINDS
        .into_iter()
        .filter(|_| stream.happens(chance))
        .collect();
    if kinds.is_empty() {
        kinds.push(one_of(stream, &KINDS, Kind::Crash));
    }
    let mut faults = Vec::new();
    for _ in 0..1 + stream.below(7) {
        let kind = one_of(stream, &kinds, Kind::Crash);
        let at = stream.instant(Instant::ZERO, end);
        let until = stream.instant(at, end);
        let Some((fault, mend)) = draw(stream, scenario, kind) else {
            continue;
        };
        faults.push(TimedFault { at, fault });
        if let Some(fault) = mend.filter(|_| stream.happens(Share::percent(70))) {
            faults.push(TimedFault { at: until, fault });
        }
    }
    faults.sort_by_key(|timed| timed.at);
    faults
}

/// A fault of a kind, and what mends it, if anything does.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of fault")]
fn draw(stream: &mut Stream, scenario: &Scenario, kind: Kind) -> Option<(Fault, Option<Fault>)> {
    let spec = stream.pick(&scenario.nodes)?;
    let node = spec.name.clone();
    let start = Some(Fault::Start(node.clone()));
    let drawn = match kind {
        Kind::Crash => (Fault::Crash(node), start),
        Kind::PowerOff => (Fault::PowerOff(node), start),
        Kind::Stop => (Fault::Stop(node), start),
        Kind::Pause => (Fault::Pause(node.clone()), Some(Fault::Resume(node))),
        Kind::Reload => (reload(stream, spec)?, None),
        Kind::Link => {
            let interfaces: Vec<IfName> = spec.interfaces.keys().copied().collect();
            let interface = match interfaces[..] {
                [only] => only,
                _ => *stream.pick(&interfaces)?,
            };
            let down = Fault::LinkDown {
                node: node.clone(),
                interface,
            };
            (down, Some(Fault::LinkUp { node, interface }))
        }
        Kind::Script | Kind::Flap => return script_fault(stream, spec, kind),
        Kind::Clock => {
            let ppm = drift(stream, 200);
            let rate = Fault::ClockRate {
                node: node.clone(),
                ppm,
            };
            let millis = i64::from(drift(stream, 100_000_000));
            (rate, Some(Fault::ClockStep { node, millis }))
        }
        Kind::RemoveAddress => {
            let instance = spec.config.instances().first()?;
            let address = instance.virtual_addresses.first()?.address;
            (Fault::RemoveAddress { node, address }, None)
        }
        Kind::KernelErrors => {
            let count = 1 + stream.below(3);
            (Fault::KernelErrors { node, count }, None)
        }
        Kind::Inject => {
            let unicast = |own: &Instance| matches!(own.transport, Transport::Unicast { .. });
            // These two are wrong by unicast only, and behind a header only.
            let special = [BadAdvert::WrongSource, BadAdvert::Replayed];
            let (plain, last) = BAD_ADVERTS.split_at(BAD_ADVERTS.len() - special.len());
            let (last, replayed) = last.split_at(1);
            let by_header = |own: &Instance| own.header_key().is_some();
            let by_unicast = spec.config.instances().iter().any(unicast);
            let proved = spec.config.instances().iter().any(by_header);
            let kinds = if proved && stream.happens(Share::percent(60)) {
                replayed
            } else if by_unicast && stream.happens(Share::percent(50)) {
                last
            } else {
                plain
            };
            let kind = one_of(stream, kinds, BAD_ADVERTS[0]);
            let mut injection = Injection::one(kind, node);
            injection.count = 1 + stream.below(20);
            (Fault::Inject(injection), None)
        }
        Kind::Cut
        | Kind::CutBoth
        | Kind::Isolate
        | Kind::Loss
        | Kind::BurstLoss
        | Kind::LoseNext
        | Kind::LoseResignation
        | Kind::Delay
        | Kind::Duplicate
        | Kind::Reorder
        | Kind::Corrupt => return link_fault(stream, scenario, kind),
    };
    Some(drawn)
}

fn link_fault(
    stream: &mut Stream,
    scenario: &Scenario,
    kind: Kind,
) -> Option<(Fault, Option<Fault>)> {
    let mut stations: Vec<Name> = scenario.nodes.iter().map(|own| own.name.clone()).collect();
    let from = stream.pick(&stations)?.clone();
    stations.push("client1".into());
    stations.retain(|own| *own != from);
    let to = stream.pick(&stations)?.clone();
    let way = Way {
        from: from.clone(),
        to: to.clone(),
    };
    let percent = Share::percent(5 + stream.below(50));
    let fault = match kind {
        Kind::CutBoth => {
            let pair = [from, to];
            return Some((Fault::CutBoth(pair.clone()), Some(Fault::HealBoth(pair))));
        }
        Kind::Isolate => return Some((Fault::Isolate(from), Some(Fault::HealAll {}))),
        Kind::Loss => Fault::Loss { from, to, percent },
        Kind::BurstLoss => Fault::BurstLoss {
            from,
            to,
            enter: Share::percent(2 + stream.below(20)),
            leave: Share::percent(10 + stream.below(60)),
        },
        Kind::LoseNext => {
            let count = 1 + stream.below(4);
            Fault::LoseNext { from, to, count }
        }
        Kind::LoseResignation => Fault::LoseResignation(way.clone()),
        Kind::Delay => Fault::Delay {
            from,
            to,
            base: Duration::from_micros(100) + stream.span(Duration::from_millis(3)),
            jitter: stream.span(Duration::from_millis(2)),
        },
        Kind::Duplicate => Fault::Duplicate { from, to, percent },
        Kind::Reorder => Fault::Reorder {
            from,
            to,
            percent,
            by: stream.span(Duration::from_millis(5)),
        },
        Kind::Corrupt => Fault::Corrupt { from, to, percent },
        Kind::Crash
        | Kind::PowerOff
        | Kind::Stop
        | Kind::Pause
        | Kind::Reload
        | Kind::Cut
        | Kind::Link
        | Kind::Script
        | Kind::Flap
        | Kind::Clock
        | Kind::RemoveAddress
        | Kind::KernelErrors
        | Kind::Inject => Fault::Cut(way.clone()),
    };
    Some((fault, Some(Fault::Heal(way))))
}

fn script_fault(
    stream: &mut Stream,
    spec: &NodeSpec,
    kind: Kind,
) -> Option<(Fault, Option<Fault>)> {
    let script = spec.config.scripts().first()?.name.clone();
    let run = ScriptRun {
        node: spec.name.clone(),
        script: script.clone(),
        takes: stream
            .happens(Share::percent(30))
            .then(|| Duration::from_millis(1) + stream.span(Duration::from_millis(700))),
    };
    let well = Fault::ScriptOk(ScriptRun {
        takes: Some(crate::script::DEFAULT_RUN),
        ..run.clone()
    });
    let ill = match (kind, stream.below(3)) {
        (Kind::Flap, _) => {
            let letters = (0..2 + stream.below(6)).map(|_| one_of(stream, &['o', 'x'], 'o'));
            let pattern = letters.collect();
            Fault::Flap {
                node: spec.name.clone(),
                script,
                pattern,
            }
        }
        (_, 0) => Fault::ScriptHang(run),
        (_, _) => Fault::ScriptFail(run),
    };
    Some((ill, Some(well)))
}

/// The same configuration, or one of another priority.
fn reload(stream: &mut Stream, spec: &NodeSpec) -> Option<Fault> {
    let mut parts = spec.config.clone().into_parts();
    if stream.happens(Share::percent(60)) {
        for instance in &mut parts.instances {
            if !instance.priority.is_owner() {
                let priority = u8::try_from(50 + stream.below(150)).ok()?;
                instance.priority = Priority(priority);
            }
        }
        // Members of a sync group have one priority, or no node could have all of them.
        let first = parts.instances.first().map(|own| own.priority);
        if let (Some(first), [_, ..]) = (first, &parts.sync_groups[..]) {
            for instance in &mut parts.instances {
                instance.priority = first;
            }
        }
    }
    let config = Box::new(Config::new(parts).ok()?);
    Some(Fault::Reload {
        node: spec.name.clone(),
        config,
    })
}

fn drift(stream: &mut Stream, most: u32) -> i32 {
    let wide = i64::from(stream.below(2 * most + 1)) - i64::from(most);
    i32::try_from(wide).unwrap_or_default()
}

pub(crate) fn one_of<T: Copy>(stream: &mut Stream, of: &[T], otherwise: T) -> T {
    stream.pick(of).copied().unwrap_or(otherwise)
}

/// How long a run of a scenario is.
#[must_use]
pub fn length(scenario: &Scenario) -> Duration {
    bounds::phases(scenario).end_at.since(Instant::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_one_scenario() {
        let shape = Shape::default();
        assert_eq!(scenario(7, shape), scenario(7, shape));
        assert_ne!(scenario(7, shape).faults, scenario(8, shape).faults);
    }

    #[test]
    fn a_minute_is_a_minute() {
        let shape = Shape {
            whole_seconds: true,
            features: false,
            ..Shape::default()
        };
        for seed in 0..50 {
            let length = length(&scenario(seed, shape));
            let minute = Duration::from_secs(59)..Duration::from_secs(75);
            assert!(minute.contains(&length), "{seed}: {length:?}");
        }
    }
}
