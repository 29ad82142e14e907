//! What the nodes of a generated scenario have beyond a plain virtual router: IPv6, unicast, sync
//! groups, tracked interfaces, excluded addresses, other patience, virtual MACs, spaced
//! announcements.
//!
//! Drawn from a stream of its own, so that a seed without any of it means what it always has.

use core::time::Duration;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bellwether_core::Instant;
use bellwether_core::model::{
    Auth, Bfd, Checksum, InitFile, Instance, Parts, Peer, Prefix, Route, RouteKind, Rule,
    RuleAction, Spacing, Statics, SyncGroup, TrackFile, TrackProcess, Tracked, Trackers, Transport,
    VirtualAddress, Vmac, VmacKind,
};
use bellwether_core::unit::{Family, IfName, Name, Version, Vrid, Weight};

use super::{Shape, one_of};
use crate::fault::{Fault, FileFault, ProcessFault, TimedFault};
use crate::random::Stream;
use crate::scenario::units::Share;
use crate::scenario::{NodeSpec, Scenario};

/// What all nodes of one scenario have.
#[derive(Clone, Debug)]
pub(super) struct Features {
    nodes: u8,
    families: Families,
    excluded: bool,
    unicast: Option<Unicast>,
    group: Option<Group>,
    tracked: Option<Tracked<IfName>>,
    things: Option<Things>,
    /// A BFD session between the first two nodes.
    bfd: Option<(Bfd, i16)>,
    down_timer_adverts: u8,
    track_primary: bool,
    /// Whether version 2 over IPv4 has an authentication header.
    authenticated: bool,
    routed: bool,
    statics: bool,
    /// Whether somebody removes routes, and an interface goes and comes again.
    meddling: bool,
    vanishing: bool,
    /// Whether instances have a virtual MAC, and if so whether adverts leave by the base.
    vmac: Option<bool>,
    spacing: Duration,
    /// Whether masters refuse what is for their addresses.
    refusing: bool,
}

/// Files and processes that are tracked, and with what weight.
#[derive(Clone, Debug)]
struct Things {
    file: Option<(TrackFile, i16, bool)>,
    processes: Option<(TrackProcess, i16, bool)>,
}

/// Which families instances are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Families {
    Four,
    Six,
    /// Each IPv4 instance has a twin of the same VRID over IPv6.
    Both,
}

#[derive(Clone, Copy, Debug)]
struct Unicast {
    ttl: u8,
    min_ttl: Option<u8>,
    check_source: bool,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    members: u8,
    /// Whether the group tracks what its members would.
    tracks: bool,
    tracking_weight: bool,
}

impl Features {
    #[expect(clippy::too_many_lines, reason = "one draw for each feature")]
    pub(super) fn draw(seed: u64, shape: Shape) -> Self {
        let mut features = Self {
            nodes: shape.nodes,
            families: Families::Four,
            excluded: false,
            unicast: None,
            group: None,
            tracked: None,
            things: None,
            bfd: None,
            down_timer_adverts: 3,
            track_primary: true,
            authenticated: false,
            routed: false,
            statics: false,
            meddling: false,
            vanishing: false,
            vmac: None,
            spacing: Duration::ZERO,
            refusing: false,
        };
        if !shape.features {
            return features;
        }
        let mut stream = Stream::new(seed, &["features"]);
        let mut chance = |percent| stream.happens(Share::percent(percent));
        let (six, both, unicast, group) = (chance(20), chance(10), chance(25), chance(30));
        let (tracks, patience, careless) = (chance(30), chance(20), chance(10));
        features.excluded = chance(20);
        features.track_primary = !careless;
        features.families = match (six, both) {
            (true, _) => Families::Six,
            (false, true) => Families::Both,
            (false, false) => Families::Four,
        };
        if unicast {
            let ttl = one_of(&mut stream, &[255, 64], 255);
            features.unicast = Some(Unicast {
                ttl,
                min_ttl: stream.happens(Share::percent(50)).then_some(ttl),
                check_source: stream.happens(Share::percent(60)),
            });
        }
        if group {
            features.group = Some(Group {
                members: one_of(&mut stream, &[2, 2, 3], 2),
                tracks: stream.happens(Share::percent(50)),
                tracking_weight: stream.happens(Share::percent(50)),
            });
        }
        if tracks {
            features.tracked = tracked(&mut stream);
        }
        let mut more = Stream::new(seed, &["things"]);
        features.things = more.happens(Share::percent(30)).then(|| things(&mut more));
        let mut more = Stream::new(seed, &["bfd"]);
        if shape.nodes > 1 && more.happens(Share::percent(20)) {
            features.bfd = Some(session(&mut more));
        }
        if patience {
            features.down_timer_adverts = one_of(&mut stream, &[1, 2, 4], 2);
        }
        let mut stream = Stream::new(seed, &["features", "authentication"]);
        features.authenticated = stream.happens(Share::percent(15));
        let mut stream = Stream::new(seed, &["routing"]);
        let mut chance = |percent| stream.happens(Share::percent(percent));
        (features.routed, features.statics) = (chance(25), chance(15));
        (features.meddling, features.vanishing) = (chance(60), chance(10));
        let mut stream = Stream::new(seed, &["features", "vmac"]);
        if stream.happens(Share::percent(20)) {
            features.vmac = Some(stream.happens(Share::percent(25)));
        }
        if stream.happens(Share::percent(15)) {
            features.spacing = Duration::from_millis(one_of(&mut stream, &[1, 7, 40], 1));
        }
        features.refusing = Stream::new(seed, &["no_accept"]).happens(Share::percent(20));
        features
    }

    /// Gives a plain node's configuration all of this.
    pub(super) fn add_to(&self, parts: &mut Parts, place: u8) {
        if let Some(group) = self.group {
            gather(parts, group);
        }
        match self.families {
            Families::Four => {}
            Families::Six => parts.instances.iter_mut().for_each(to_ipv6),
            Families::Both => {
                let twins: Vec<Instance> = parts.instances.iter().map(twin).collect();
                let names = twins.iter().map(|own| own.name.clone());
                for group in &mut parts.sync_groups {
                    group.members.extend(names.clone());
                }
                parts.instances.extend(twins);
            }
        }
        for (number, instance) in (0_u8..).zip(&mut parts.instances) {
            instance.down_timer_adverts = self.down_timer_adverts;
            instance.track_primary = self.track_primary;
            instance.accept = !self.refusing;
            if self.authenticated
                && (instance.version, instance.family) == (Version::V2, Family::V4)
            {
                instance.auth = Auth::Ah(*b"sesame\0\0");
            }
            if self.excluded {
                let other = excluded(instance, number);
                instance
                    .excluded_addresses
                    .push(VirtualAddress::host(other));
            }
            if let Some(unicast) = self.unicast {
                instance.transport = self.peers(instance, unicast, place);
            }
        }
        self.track(parts);
        if self.routed {
            parts.instances.iter_mut().for_each(routed);
        }
        if self.statics {
            parts.statics = statics();
        }
        self.watch_the_other(parts, place);
        parts.globals.spacing = Spacing {
            garp: self.spacing,
            gna: self.spacing,
        };
        if let Some(xmit_base) = self.vmac {
            for instance in &mut parts.instances {
                give_vmac(instance, xmit_base);
            }
        }
    }

    /// Things that happen to routes and interfaces besides all else.
    pub(super) fn faults(&self, seed: u64, nodes: &[NodeSpec], end: Instant) -> Vec<TimedFault> {
        let mut stream = Stream::new(seed, &["routing", "faults"]);
        let mut faults = Vec::new();
        if self.meddling && (self.routed || self.statics) {
            for _ in 0..1 + stream.below(2) {
                let at = stream.instant(Instant::ZERO, end);
                let node = stream.pick(nodes).map(|spec| spec.name.clone());
                let fault = node.map(Fault::RemoveRoutes);
                faults.extend(fault.map(|fault| TimedFault { at, fault }));
            }
        }
        if let (true, Some(spec)) = (self.vanishing, stream.pick(nodes)) {
            let interfaces: Vec<IfName> = spec.interfaces.keys().copied().collect();
            let Some(interface) = stream.pick(&interfaces).copied() else {
                return faults;
            };
            let at = stream.instant(Instant::ZERO, end);
            let node = spec.name.clone();
            let fault = Fault::InterfaceGone { node, interface };
            faults.push(TimedFault { at, fault });
            let node = spec.name.clone();
            let at = stream.instant(at, end);
            let fault = Fault::InterfaceBack { node, interface };
            faults.push(TimedFault { at, fault });
        }
        faults
    }

    fn watch_the_other(&self, parts: &mut Parts, place: u8) {
        let Some((session, weight)) = self.bfd.as_ref().filter(|_| place < 2) else {
            return;
        };
        let mut session = session.clone();
        session.neighbor = Ipv4Addr::new(192, 0, 2, 2 - place).into();
        for instance in &mut parts.instances {
            instance.trackers.bfd.push(Tracked::new(
                session.name.clone(),
                Weight::try_from(*weight).unwrap_or_default(),
            ));
        }
        parts.bfd.push(session);
    }

    fn track(&self, parts: &mut Parts) {
        let mut trackers = Trackers::default();
        trackers.interfaces.extend(self.tracked.clone());
        if let Some(things) = &self.things {
            let tracked = |name: &Name, weight: i16, reverse| Tracked {
                target: name.clone(),
                weight: Weight::try_from(weight).unwrap_or_default(),
                reverse,
            };
            if let Some((file, weight, reverse)) = &things.file {
                parts.files.push(file.clone());
                trackers.files = vec![tracked(&file.name, *weight, *reverse)];
            }
            if let Some((processes, weight, reverse)) = &things.processes {
                parts.processes.push(processes.clone());
                trackers.processes = vec![tracked(&processes.name, *weight, *reverse)];
            }
        }
        let all: Vec<&mut Trackers> = match parts.sync_groups.first_mut() {
            Some(group) if self.group.is_some_and(|own| own.tracks) => vec![&mut group.trackers],
            Some(_) | None => {
                let instances = parts.instances.iter_mut();
                instances.map(|own| &mut own.trackers).collect()
            }
        };
        for own in all {
            own.interfaces.extend(trackers.interfaces.clone());
            own.files.extend(trackers.files.clone());
            own.processes.extend(trackers.processes.clone());
        }
    }

    /// Every other node, at the address that its interface is given.
    fn peers(&self, instance: &Instance, unicast: Unicast, place: u8) -> Transport {
        let inside = instance.interface.as_str() == "eth1";
        let others = (0..self.nodes).filter(|other| *other != place);
        let address = |other: u8| match (instance.family, inside) {
            (Family::V4, false) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, other + 1)),
            (Family::V4, true) => IpAddr::V4(Ipv4Addr::new(10, 0, 0, other + 1)),
            (Family::V6, _) => IpAddr::V6(Ipv6Addr::new(
                0xfe80,
                0,
                0,
                0,
                0,
                0,
                0,
                u16::from(other) + 1,
            )),
        };
        Transport::Unicast {
            source: None,
            peers: others
                .map(|other| Peer {
                    address: address(other),
                    min_ttl: unicast.min_ttl,
                    max_ttl: None,
                })
                .collect(),
            ttl: unicast.ttl,
            check_source: unicast.check_source,
            fault_without_peer: false,
        }
    }
}

/// A file, processes, or both. With `reverse`, weight 0 would be a fault while all is well.
fn things(stream: &mut Stream) -> Things {
    let (file, processes) = (stream.below(3) > 0, stream.below(3) > 0);
    let weighted = |stream: &mut Stream, weights: &[i16]| {
        let weight = one_of(stream, weights, 0);
        let reverse = weight != 0 && stream.happens(Share::percent(20));
        (weight, reverse)
    };
    let file = file.then(|| {
        let mut file = TrackFile::new("load".into(), "/run/load");
        file.init = stream.happens(Share::percent(30)).then(|| InitFile {
            value: i64::from(stream.below(3)),
            overwrite: stream.happens(Share::percent(50)),
        });
        let (weight, reverse) = weighted(stream, &[0, 1, 2, -3, 20]);
        if weight == 0 {
            file.init = None;
        }
        (file, weight, reverse)
    });
    let processes = processes.then(|| {
        let mut processes = TrackProcess::new("proxy".into(), "proxy");
        processes.quorum = 1 + stream.below(3);
        let room = stream.below(3);
        processes.quorum_max = stream
            .happens(Share::percent(30))
            .then_some(processes.quorum + room);
        if stream.happens(Share::percent(40)) {
            processes.fork_delay = Duration::from_millis(100) + stream.span(SECOND);
            processes.terminate_delay = Duration::from_millis(100) + stream.span(SECOND);
        }
        let (weight, reverse) = weighted(stream, &[0, 0, -60, -30, 20, 60]);
        (processes, weight, reverse)
    });
    Things { file, processes }
}

/// What becomes of files and processes: drawn apart, so that it changes no other fault of a seed.
pub(crate) fn thing_faults(seed: u64, scenario: &Scenario, end: Instant) -> Vec<TimedFault> {
    let mut stream = Stream::new(seed, &["thing faults"]);
    let mut faults = Vec::new();
    for spec in &scenario.nodes {
        let node = &spec.name;
        for file in &spec.config.parts().files {
            for _ in 0..stream.below(4) {
                let content = match stream.below(8) {
                    0 => None,
                    1 => Some("none of your business".to_owned()),
                    2 => Some("-99999999999".to_owned()),
                    3 => Some("-300".to_owned()),
                    _ => Some((i64::from(stream.below(60)) - 30).to_string()),
                };
                let fault = Fault::File(FileFault {
                    node: node.clone(),
                    file: file.name.clone(),
                    content,
                });
                let at = stream.instant(Instant::ZERO, end);
                faults.push(TimedFault { at, fault });
            }
        }
        for processes in &spec.config.parts().processes {
            for _ in 0..stream.below(5) {
                let fault = Fault::Processes(ProcessFault {
                    node: node.clone(),
                    process: processes.name.clone(),
                    count: stream.below(6),
                });
                let at = stream.instant(Instant::ZERO, end);
                faults.push(TimedFault { at, fault });
            }
        }
    }
    faults
}

/// A session that moves a priority: without a weight, neither node could be master alone.
fn session(stream: &mut Stream) -> (Bfd, i16) {
    let unset = Ipv4Addr::UNSPECIFIED.into();
    let mut session = Bfd::new("other".into(), unset);
    let millis = |stream: &mut Stream| {
        let millis = one_of(stream, &[100, 200, 300], 100);
        Duration::from_millis(millis)
    };
    session.min_tx = millis(stream);
    session.min_rx = millis(stream);
    session.multiplier = one_of(stream, &[2, 3, 5], 3);
    (session, one_of(stream, &[-40, -20, 20, 60], -20))
}

const SECOND: Duration = Duration::from_secs(1);

/// An interface that nobody speaks on.
fn tracked(stream: &mut Stream) -> Option<Tracked<IfName>> {
    let weight = one_of(stream, &[0_i16, -60, -30, 20, 60], 0);
    Some(Tracked {
        target: "eth2".parse().ok()?,
        weight: Weight::try_from(weight).ok()?,
        reverse: weight != 0 && stream.happens(Share::percent(20)),
    })
}

/// Makes a sync group of the first instance and of others like it, on the same segment and on
/// another. All of one node have one priority: else no node could have all of them.
fn gather(parts: &mut Parts, group: Group) {
    parts.instances.truncate(1);
    let Some(first) = parts.instances.first().cloned() else {
        return;
    };
    for (number, interface) in (1..group.members).zip(["eth1", "eth0"]) {
        let mut member = first.clone();
        member.name = Name::from(&*format!("VI_{}", number + 1));
        member.interface = interface.parse().unwrap_or(first.interface);
        member.vrid = Vrid::try_from(51 + number).unwrap_or(first.vrid);
        let net = match interface {
            "eth1" => [10, 0, 0],
            _ => [192, 0, 2],
        };
        for (place, own) in (0_u8..).zip(&mut member.virtual_addresses) {
            let last = 100 + 10 * number + place;
            own.address = Ipv4Addr::new(net[0], net[1], net[2], last).into();
        }
        parts.instances.push(member);
    }
    let names = parts.instances.iter().map(|own| own.name.clone());
    let mut made = SyncGroup::new("VG_1".into(), names.collect());
    made.tracking_weight = group.tracking_weight;
    if group.tracks {
        made.trackers = first.trackers;
        for instance in &mut parts.instances {
            instance.trackers = Default::default();
        }
    }
    parts.sync_groups = vec![made];
}

/// The same over IPv6, which has version 3 only.
fn to_ipv6(instance: &mut Instance) {
    instance.family = Family::V6;
    instance.version = Version::V3;
    instance.auth = Auth::None;
    instance.checksum = Checksum::PseudoHeader;
    for (place, own) in (0_u16..).zip(&mut instance.virtual_addresses) {
        let last = 0x100 + 0x10 * u16::from(instance.vrid.get()) + place;
        let address = match place {
            0 => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last),
            _ => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last),
        };
        *own = VirtualAddress::host(address.into());
    }
}

/// Gives an instance a route of each kind, and a rule.
fn routed(instance: &mut Instance) {
    let [third, fourth] = [instance.vrid.get(), u8::from(instance.family == Family::V6)];
    let network = |second| Prefix {
        address: Ipv4Addr::new(10, second, third, 16 * fourth).into(),
        len: 28,
    };
    let mut through = Route::new(Family::V4, Some(network(1)));
    through.dev = Some(instance.interface);
    let mut nowhere = Route::new(Family::V4, Some(network(2)));
    nowhere.kind = RouteKind::Blackhole;
    instance.routes = vec![through, nowhere];
    let mut rule = Rule::new(Family::V4, RuleAction::Lookup(100));
    rule.from = Some(network(3));
    rule.priority = Some(1000 + u32::from(third));
    instance.rules = vec![rule];
}

/// An address, a route and a rule on the interface that nobody speaks on.
fn statics() -> Statics {
    let dev = "eth2".parse().ok();
    let network = |second| Prefix {
        address: Ipv4Addr::new(10, second, 0, 0).into(),
        len: 24,
    };
    let mut address = VirtualAddress::host(Ipv4Addr::new(10, 90, 0, 1).into());
    address.dev = dev;
    let mut route = Route::new(Family::V4, Some(network(91)));
    route.dev = dev;
    Statics {
        addresses: vec![address],
        routes: vec![route],
        rules: vec![Rule {
            to: Some(network(92)),
            priority: Some(900),
            ..Rule::new(Family::V4, RuleAction::Blackhole)
        }],
        track_groups: Vec::new(),
    }
}

fn twin(instance: &Instance) -> Instance {
    let mut twin = instance.clone();
    to_ipv6(&mut twin);
    twin.name = Name::from(&*format!("{}_6", instance.name));
    twin
}

/// What the file's `use_vmac` makes of an instance.
fn give_vmac(instance: &mut Instance, xmit_base: bool) {
    let six = match instance.family {
        Family::V4 => "",
        Family::V6 => "6",
    };
    let Ok(name) = format!("vrrp{six}.{}", instance.vrid).parse() else {
        return;
    };
    for own in &mut instance.virtual_addresses {
        own.vmac = Some(name);
    }
    instance.vmac = Some(Vmac {
        name,
        kind: VmacKind::Macvlan { mac: None },
        xmit_base,
        group: 0,
    });
}

/// An address of the other family, which adverts can't list.
fn excluded(instance: &Instance, number: u8) -> IpAddr {
    match instance.family {
        Family::V4 => {
            let last = 0x900 + u16::from(number);
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last).into()
        }
        Family::V6 => Ipv4Addr::new(198, 51, 100, 200 + number).into(),
    }
}
