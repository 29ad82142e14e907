//! Whether what a scenario expects is what is seen.
//!
//! An expectation is decided by what the world is like between its steps: "at 5 s" means after
//! everything that happens at that instant.

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use bellwether_core::vrrp::State;

use crate::log::{Entry, NodeId, What};
use crate::run::ExpectationResult;
use crate::scenario::{Expectation, Expected, When};
use crate::world::World;

/// The expectations of a run, and what has come of them.
#[derive(Clone, Debug)]
pub struct Expectations {
    open: Vec<Open>,
    results: Vec<Option<ExpectationResult>>,
    fresh: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Open {
    index: u32,
    expectation: Expectation,
    /// What was seen instead while it was not met, and since when.
    unmet: Option<(Instant, String)>,
}

impl Expectations {
    /// All expectations of a world's scenario, undecided.
    #[must_use]
    pub fn new(world: &World) -> Self {
        let all = &world.scenario().expectations;
        let open = (0..).zip(all).map(|(index, expectation)| Open {
            index,
            expectation: expectation.clone(),
            unmet: None,
        });
        Self {
            open: open.collect(),
            results: vec![None; all.len()],
            fresh: Vec::new(),
        }
    }

    /// The world stays as it is from now until just before `until`.
    pub fn pass(&mut self, world: &World, until: Instant) {
        if self.open.is_empty() || until <= world.now() {
            return;
        }
        let mut open = core::mem::take(&mut self.open);
        open.retain_mut(|own| self.look(world, own, until));
        self.open = open;
    }

    /// Whether anything has been decided since [`Self::take_fresh`].
    #[must_use]
    pub const fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// What has been decided since the last call.
    pub fn take_fresh(&mut self) -> Vec<Entry> {
        core::mem::take(&mut self.fresh)
    }

    /// What came of each; what was never decided was not met.
    #[must_use]
    pub fn results(&self) -> Vec<ExpectationResult> {
        let undecided = || ExpectationResult {
            met: false,
            at: Instant::FAR_FUTURE,
            seen: "the run ended before".to_owned(),
        };
        self.results
            .iter()
            .map(|result| result.clone().unwrap_or_else(undecided))
            .collect()
    }

    /// Returns whether it is still open.
    fn look(&mut self, world: &World, own: &mut Open, until: Instant) -> bool {
        let (begin, end) = (own.expectation.when.begin(), own.expectation.when.end());
        let (from, to) = (world.now(), until);
        if to <= begin {
            return true;
        }
        let seen = match own.expectation.when {
            When::Never { .. } => seen_though(world, &own.expectation),
            When::At(_) | When::Within { .. } | When::Throughout { .. } => {
                seen_instead(world, &own.expectation)
            }
        };
        let at = from.max(begin);
        match (own.expectation.when, seen) {
            (When::At(_), seen) => self.decide(own, at, seen),
            (When::Within { .. }, None) => self.decide(own, at, None),
            (When::Throughout { .. } | When::Never { .. }, Some(seen)) => {
                self.decide(own, at, Some(seen));
            }
            (When::Within { .. }, Some(seen)) => own.unmet = Some((at, seen)),
            (When::Throughout { .. } | When::Never { .. }, None) => own.unmet = None,
        }
        let decided = self.result(own.index).is_some();
        if !decided && to > end {
            let seen = own.unmet.take().map(|(_, seen)| seen);
            self.decide(own, end, seen);
            return false;
        }
        !decided
    }

    fn decide(&mut self, own: &Open, at: Instant, seen: Option<String>) {
        let met = seen.is_none();
        let seen = seen.unwrap_or_default();
        self.fresh.push(Entry {
            at,
            node: None,
            what: What::Expectation {
                index: own.index,
                met,
                seen: seen.clone(),
            },
        });
        let place = usize::try_from(own.index).unwrap_or(usize::MAX);
        if let Some(result) = self.results.get_mut(place) {
            *result = Some(ExpectationResult { met, at, seen });
        }
    }

    fn result(&self, index: u32) -> Option<&ExpectationResult> {
        let place = usize::try_from(index).ok()?;
        self.results.get(place)?.as_ref()
    }
}

/// What is never to be seen, in words; `None` when it is not seen.
fn seen_though(world: &World, expectation: &Expectation) -> Option<String> {
    let is_seen = seen_instead(world, expectation).is_none();
    is_seen.then(|| match &expectation.expected {
        Expected::Master(node) => format!("{node} is master"),
        Expected::Nobody => "nobody is master".to_owned(),
        Expected::Several => "several are masters".to_owned(),
        Expected::ClientsReach(node) => format!("every client sends to {node}"),
    })
}

/// What is seen instead of what is expected; `None` when that is seen.
fn seen_instead(world: &World, expectation: &Expectation) -> Option<String> {
    let group = world.topology().group_named(&expectation.instance)?;
    let masters = masters(world, group);
    let name = |node: NodeId| &world.host(node).name;
    let names = || match masters.as_slice() {
        [] => "nobody is master".to_owned(),
        [one] => format!("{} is master", name(*one)),
        several => {
            let names: Vec<&str> = several.iter().map(|node| name(*node).as_str()).collect();
            format!("{} are masters", names.join(" and "))
        }
    };
    match &expectation.expected {
        Expected::Master(node) => {
            let met = matches!(masters.as_slice(), [one] if name(*one) == node);
            (!met).then(names)
        }
        Expected::Nobody => (!masters.is_empty()).then(names),
        Expected::Several => (masters.len() < 2).then(names),
        Expected::ClientsReach(node) => clients_instead(world, group, node),
    }
}

fn clients_instead(world: &World, group: usize, node: &Name) -> Option<String> {
    for vip in &world.topology().groups[group].vips {
        for client in world.scenario().stations_of_clients() {
            let reached = world.client_reaches(client, *vip);
            let name = reached.map(|node| world.host(node).name.clone());
            if name.as_ref() != Some(node) {
                let client = &world.stations()[client.index()];
                let address = world.topology().vips[*vip].address;
                let whom = name.map_or("nobody".to_owned(), |name| name.to_string());
                return Some(format!("{client} sends to {whom} for {address}"));
            }
        }
    }
    None
}

/// The nodes that play master of a virtual router: running, unpaused, in state MASTER.
pub(crate) fn masters(world: &World, group: usize) -> Vec<NodeId> {
    let topology = world.topology();
    let members = topology.groups[group].members.iter();
    members
        .map(|member| &topology.members[*member])
        .filter(|member| {
            let process = world.host(member.node).process.as_ref();
            process.is_some_and(|process| {
                let mut all = process.node.instances().iter();
                !process.paused
                    && all.any(|own| own.key() == member.key && own.state() == State::Master)
            })
        })
        .map(|member| member.node)
        .collect()
}
