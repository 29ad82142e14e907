//! Named situations, and in how many runs they were seen.
//!
//! A search that never saw two masters meet says nothing about what happens when they do. So each
//! run counts which of these it went through; those that no run saw are named in the report.

use bellwether_core::effect::Mismatch;
use bellwether_core::lvs::LvsNotice;
use bellwether_core::track::Verdict;
use bellwether_core::unit::Priority;
use bellwether_core::vrrp::{Cause, State};
use bellwether_core::wire::bfd;

use crate::log::{Advert, Entry, Loss, NodeId, Process, What};
use crate::world::World;

macro_rules! situations {
    ($($name:ident => $words:literal,)*) => {
        /// Something that a run may go through.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Situation {
            $(#[doc = $words] $name,)*
        }

        /// All situations, in the order in which they are shown.
        pub const SITUATIONS: &[(Situation, &str)] = &[$((Situation::$name, $words),)*];
    };
}

situations! {
    DownTimer => "a backup took over because it heard nobody",
    PriorityZero => "a backup heard priority 0",
    Resigned => "a backup took over from a master that resigned",
    ResignationLost => "a resignation was lost",
    TwoMasters => "two nodes were master of one virtual router",
    MastersMet => "two masters met",
    EqualsMet => "two masters of equal priority met",
    Yielded => "a master stepped down for a higher priority",
    YieldedToAddress => "a master stepped down for a higher address",
    NoMaster => "no node was master, after there had been one",
    MidElection => "a fault happened while nobody was master",
    WhileTwo => "a fault happened while two were master",
    TwoFaultsAtOnce => "two faults happened within a tenth of a second",
    Late => "a timer fired late",
    Woke => "a paused node woke to packets that waited",
    WokeAsMaster => "a master woke and found another one",
    BufferFull => "a paused node's socket buffer overflowed",
    AdvertLost => "an advert was lost",
    AdvertDamaged => "a damaged or forged advert arrived",
    AdvertRefused => "an advert was refused",
    Mismatched => "an advert was accepted that differs in what a person should mend",
    MasterKilled => "a master's process was killed, and its addresses stayed",
    MasterStopped => "a master was told to stop",
    MasterPowerless => "a master lost its power",
    Restarted => "a process started again",
    Reloaded => "a node was given a configuration",
    LinkDown => "an interface lost its carrier",
    Fault => "an instance entered FAULT",
    Recovered => "an instance left FAULT",
    PriorityFell => "a priority fell",
    PriorityRose => "a priority rose",
    TrackerDown => "something tracked went down",
    ScriptTimeout => "a script ran into its timeout",
    AddressLost => "a master's address was removed under it",
    RoutingLost => "a route or rule was removed under its owner",
    KernelFailed => "the kernel refused an operation",
    GroupFollowed => "a sync group followed one of its members",
    ClientMoved => "a client learned another node for an address",
    BfdDown => "a BFD session went down",
    ServerDown => "a real server was found down",
    QuorumLost => "a service lost its quorum",
    TableChanged => "somebody changed the table of services",
}

impl Situation {
    const fn bit(self) -> u64 {
        let mut place = 0;
        while place < SITUATIONS.len() {
            if same(SITUATIONS[place].0, self) {
                return 1 << place;
            }
            place += 1;
        }
        0
    }
}

const fn same(one: Situation, other: Situation) -> bool {
    discriminant(one) == discriminant(other)
}

#[expect(
    clippy::as_conversions,
    reason = "a field-less enum is its place in the list"
)]
const fn discriminant(situation: Situation) -> u8 {
    situation as u8
}

/// A set of situations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Situations(u64);

impl Situations {
    /// Adds one.
    pub const fn add(&mut self, situation: Situation) {
        self.0 |= situation.bit();
    }

    /// Whether it is among them.
    #[must_use]
    pub const fn contains(self, situation: Situation) -> bool {
        self.0 & situation.bit() != 0
    }
}

/// In how many runs each situation was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    seen: Vec<u64>,
}

impl Coverage {
    /// Counts a run.
    pub fn add(&mut self, situations: Situations) {
        self.seen.resize(SITUATIONS.len(), 0);
        for (count, (situation, _)) in self.seen.iter_mut().zip(SITUATIONS) {
            *count += u64::from(situations.contains(*situation));
        }
    }

    /// Each situation in words, and in how many runs it was seen.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let seen = |place| self.seen.get(place).copied().unwrap_or_default();
        let all = SITUATIONS.iter().enumerate();
        all.map(move |(place, (_, words))| (*words, seen(place)))
    }

    /// How many situations were seen at all.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.rows().filter(|(_, count)| *count > 0).count()
    }
}

/// Recognises situations while a run goes on.
#[derive(Clone, Debug, Default)]
pub struct Spotter {
    seen: Situations,
    /// The members that are master, by their places, running or not.
    masters: Vec<usize>,
    /// The virtual routers that had a master once.
    led: Vec<usize>,
    last_fault: Option<bellwether_core::Instant>,
}

impl Spotter {
    /// What was seen until now.
    #[must_use]
    pub const fn seen(&self) -> Situations {
        self.seen
    }

    /// Looks at one thing that happened.
    pub fn look(&mut self, world: &World, entry: &Entry) {
        use Situation as S;
        if let What::AdvertDelivered {
            advert, tampered, ..
        } = &entry.what
        {
            self.advert(world, entry.node, advert, *tampered);
        } else if let What::AdvertLost { advert, why, .. } = &entry.what {
            self.seen.add(S::AdvertLost);
            self.mark(*why == Loss::BufferFull, S::BufferFull);
            self.mark(advert.priority == Priority(0), S::ResignationLost);
        } else if let What::Fault(_) = &entry.what {
            self.fault(world);
        } else if let What::Process(process) = &entry.what {
            self.process(world, entry.node, *process);
        } else if let What::Transition { .. } = &entry.what {
            self.transition(world, entry);
        } else if let What::Priority { from, to, .. } = &entry.what {
            self.mark(to < from, S::PriorityFell);
            self.mark(to > from, S::PriorityRose);
        } else if let What::DualMaster {
            instance, priority, ..
        } = &entry.what
        {
            self.seen.add(S::MastersMet);
            let own = entry.node.and_then(|node| {
                let process = world.host(node).process.as_ref()?;
                let mut all = process.node.instances().iter();
                all.find(|own| own.key() == *instance)
                    .map(bellwether_core::vrrp::Instance::effective_priority)
            });
            self.mark(own == Some(*priority), S::EqualsMet);
        } else {
            self.notice(&entry.what);
        }
    }

    fn notice(&mut self, what: &What) {
        use Situation as S;
        let seen = if let What::AdvertRefused { .. } = what {
            S::AdvertRefused
        } else if let What::Mismatch { what, .. } = what {
            match what {
                Mismatch::Addresses | Mismatch::Interval | Mismatch::SecondOwner => S::Mismatched,
            }
        } else if let What::Link { up: false, .. } = what {
            S::LinkDown
        } else if let What::Late { .. } = what {
            S::Late
        } else if let What::Verdict {
            to: Verdict::Down, ..
        } = what
        {
            S::TrackerDown
        } else if let What::ScriptTimeout { .. } = what {
            S::ScriptTimeout
        } else if let What::AddressLost { .. } = what {
            S::AddressLost
        } else if let What::RoutingLost { .. } = what {
            S::RoutingLost
        } else if let What::KernelFailed { .. } = what {
            S::KernelFailed
        } else if let What::ClientArp { node: Some(_), .. } = what {
            S::ClientMoved
        } else if let What::Bfd {
            state: bfd::State::Down,
            ..
        } = what
        {
            S::BfdDown
        } else if let What::Lvs(notice) = what {
            if let LvsNotice::Server { up: false, .. } = &**notice {
                S::ServerDown
            } else if let LvsNotice::Quorum { up: false, .. } = &**notice {
                S::QuorumLost
            } else if let LvsNotice::TableChanged { .. } = &**notice {
                S::TableChanged
            } else {
                return;
            }
        } else {
            return;
        };
        self.seen.add(seen);
    }

    fn mark(&mut self, holds: bool, situation: Situation) {
        if holds {
            self.seen.add(situation);
        }
    }

    fn advert(&mut self, world: &World, to: Option<NodeId>, advert: &Advert, tampered: bool) {
        self.mark(tampered, Situation::AdvertDamaged);
        if advert.priority != Priority(0) || tampered {
            return;
        }
        let process = to.and_then(|node| world.host(node).process.as_ref());
        let backup = process.is_some_and(|process| {
            let mut all = process.node.instances().iter();
            all.any(|own| {
                own.state() == State::Backup
                    && own.config().interface == advert.interface
                    && own.config().vrid.get() == advert.vrid
            })
        });
        self.mark(backup, Situation::PriorityZero);
    }

    fn fault(&mut self, world: &World) {
        use Situation as S;
        let now = world.now();
        let near = core::time::Duration::from_millis(100);
        let last = self.last_fault.replace(now);
        self.mark(
            last.is_some_and(|last| now.since(last) <= near),
            S::TwoFaultsAtOnce,
        );
        let topology = world.topology();
        for group in 0..topology.groups.len() {
            let count = self.masters_of(world, group);
            self.mark(count >= 2, S::WhileTwo);
            self.mark(count == 0 && self.led.contains(&group), S::MidElection);
        }
    }

    fn process(&mut self, world: &World, node: Option<NodeId>, process: Process) {
        use Situation as S;
        let Some(node) = node else {
            return;
        };
        let member_here = |member: &usize| world.topology().members[*member].node == node;
        let leads = self.masters.iter().any(member_here);
        match process {
            Process::Started => self.mark(world.host(node).incarnation > 1, S::Restarted),
            Process::Stopping => self.mark(leads, S::MasterStopped),
            Process::Killed | Process::Exited | Process::PoweredOff => {
                self.mark(leads && process == Process::Killed, S::MasterKilled);
                self.mark(leads && process == Process::PoweredOff, S::MasterPowerless);
                self.masters.retain(|member| !member_here(member));
                for group in 0..world.topology().groups.len() {
                    self.leaderless(world, group);
                }
            }
            Process::Resumed { waiting } => {
                self.mark(waiting > 0, S::Woke);
                let groups = self.masters.iter().copied().filter(member_here);
                let groups = groups.map(|member| world.topology().members[member].group);
                let mut groups: Vec<usize> = groups.collect();
                groups.retain(|group| self.masters_of(world, *group) > 1);
                self.mark(!groups.is_empty(), S::WokeAsMaster);
            }
            Process::Reloaded => self.seen.add(S::Reloaded),
            Process::Paused | Process::PoweredOn => {}
        }
    }

    fn transition(&mut self, world: &World, entry: &Entry) {
        use Situation as S;
        let What::Transition {
            instance,
            from,
            to,
            cause,
            ..
        } = &entry.what
        else {
            return;
        };
        let topology = world.topology();
        let Some(member) = entry.node.and_then(|node| topology.member(node, instance)) else {
            return;
        };
        let group = topology.members[member].group;
        self.mark(*to == State::Fault, S::Fault);
        self.mark(*from == State::Fault && *to != State::Fault, S::Recovered);
        self.mark(*cause == Cause::SyncGroup, S::GroupFollowed);
        self.mark(
            *to == State::Master && *cause == Cause::DownTimer && self.led.contains(&group),
            S::DownTimer,
        );
        self.mark(
            *to == State::Master && *cause == Cause::Resigned,
            S::Resigned,
        );
        self.mark(*cause == Cause::HigherPriority, S::Yielded);
        self.mark(*cause == Cause::HigherAddress, S::YieldedToAddress);
        self.masters.retain(|known| *known != member);
        if *to == State::Master {
            self.masters.push(member);
            if !self.led.contains(&group) {
                self.led.push(group);
            }
            self.mark(self.masters_of(world, group) >= 2, S::TwoMasters);
        } else {
            self.leaderless(world, group);
        }
    }

    fn leaderless(&mut self, world: &World, group: usize) {
        let none = self.led.contains(&group) && self.masters_of(world, group) == 0;
        self.mark(none, Situation::NoMaster);
    }

    fn masters_of(&self, world: &World, group: usize) -> usize {
        let members = &world.topology().groups[group].members;
        let masters = self.masters.iter();
        masters.filter(|member| members.contains(member)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_situation_has_a_bit_of_its_own() {
        let mut all = Situations::default();
        for (situation, _) in SITUATIONS {
            assert!(!all.contains(*situation), "{situation:?}");
            all.add(*situation);
        }
        let mut coverage = Coverage::default();
        coverage.add(all);
        assert_eq!(coverage.reached(), SITUATIONS.len());
    }
}
