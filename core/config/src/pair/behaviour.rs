//! What happens to a virtual router when something breaks, for each thing that can break.
//!
//! Invariant: a story starts from the calm state in which all is well and the usual master leads.

use std::net::IpAddr;

use bellwether_core::model::{Instance, Preemption, Transport};
use bellwether_core::unit::{Family, Priority, Version};

use super::election::{Course, Standing, Table, source};
use super::routers::{Member, Router};
use super::tracked::{self, Effect, Object, Tracker};
use super::trailers;

/// Something that breaks, or is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The node dies: crash, power, network.
    Dies,
    /// The daemon is stopped.
    Stops,
    /// A tracked thing fails on this node.
    Fails(Object),
    /// All things of a weight fail on this node.
    AllFail(Vec<Object>),
}

/// What comes of something that breaks on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Where: its place among the members.
    pub member: usize,
    /// What.
    pub trouble: Trouble,
    /// Its effective priority then; none: in FAULT, or gone.
    pub priority: Option<Priority>,
    /// Who takes over, if anybody, and who is master in the end.
    pub course: Course,
    /// The same once it is mended.
    pub recovery: Course,
}

/// What a virtual router does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The members' effective priorities while all is well; none: in FAULT even then.
    pub priorities: Vec<Option<Priority>>,
    /// Who is master while all is well.
    pub calm: Standing,
    /// Who the stories suppose to be master: the one, or the first of those that may be.
    pub master: Option<usize>,
    /// One for each thing that can break on each node.
    pub stories: Vec<Story>,
    /// Who is master while a thing that all nodes track has failed on all of them; not told
    /// where that hangs on who notices it first.
    pub everywhere: Vec<(Object, Standing)>,
}

/// A member with what it tracks.
struct Seat<'c> {
    instance: &'c Instance,
    trackers: Vec<Tracker>,
}

impl Seat<'_> {
    /// The effective priority while these have failed and all others are well; none: FAULT.
    fn priority(&self, failed: &[Object]) -> Option<Priority> {
        let mut sum = 0;
        for tracker in &self.trackers {
            match tracker.effect(!failed.contains(&tracker.object)) {
                Effect::Fault => return None,
                Effect::Adds(weight) => sum += i32::from(weight),
            }
        }
        Some(tracked::effective(self.instance.priority, sum))
    }
}

/// What a virtual router does; none if its members don't all hear each other, or if two of them
/// own the addresses, so that each takes them whenever it starts.
pub(super) fn of(router: &Router<'_>) -> Option<Behaviour> {
    if deaf_pair(router).is_some() || owners(router).nth(1).is_some() {
        return None;
    }
    let seat = |member: &Member<'_>| tracked::of(member.config, member.instance);
    let seats: Vec<Seat<'_>> = router
        .members
        .iter()
        .map(|member| Seat {
            instance: member.instance,
            trackers: seat(member),
        })
        .collect();
    let priorities: Vec<_> = seats.iter().map(|seat| seat.priority(&[])).collect();
    let started = seats.iter().map(|seat| seat.instance);
    let mut table = Table::start(started.zip(priorities.iter().copied()));
    let calm = table.settle().end;
    let master = match &calm {
        Standing::Master(member) => Some(*member),
        Standing::HighestAddress(members) => members.first().copied(),
        Standing::Nobody => None,
    };
    if let (Some(master), Standing::HighestAddress(_)) = (master, &calm) {
        table.suppose(master);
        table.settle();
    }
    let stories = seats.iter().enumerate();
    let stories = stories.flat_map(|(member, seat)| stories_of(&table, member, seat));
    Some(Behaviour {
        stories: stories.collect(),
        everywhere: everywhere(&table, &seats),
        priorities,
        calm,
        master,
    })
}

/// The members of priority 255.
pub(super) fn owners<'r, 'c>(router: &'r Router<'c>) -> impl Iterator<Item = &'r Member<'c>> {
    let owns = |member: &&Member<'_>| member.instance.priority.is_owner();
    router.members.iter().filter(owns)
}

/// The first two members of which one does not hear the other, and why.
pub(super) fn deaf_pair<'r, 'c>(
    router: &'r Router<'c>,
) -> Option<(&'r Member<'c>, &'r Member<'c>, &'static str)> {
    let members = &router.members;
    let pairs = members.iter().enumerate().flat_map(|(at, one)| {
        let others = members.iter().skip(at + 1);
        others.map(move |other| (one, other))
    });
    pairs
        .filter_map(|(one, other)| Some((one, other, refuses(one.instance, other.instance)?)))
        .next()
}

/// Why two instances refuse each other's adverts, if they do, as the files show it: RFC 9568 7.1,
/// RFC 3768 7.1, and keepalived's checks of authentication and transport.
fn refuses(one: &Instance, other: &Instance) -> Option<&'static str> {
    if one.vrid != other.vrid {
        return Some("their virtual router ids differ");
    }
    if one.version != other.version {
        return Some("their versions differ");
    }
    let unproved = trailers::refuses(one, other) || trailers::refuses(other, one);
    if one.auth != other.auth || unproved {
        return Some("their authentication differs");
    }
    match one.version {
        Version::V2 if one.advert_interval != other.advert_interval => {
            return Some("their advert_int differ, which version 2 does not forgive");
        }
        Version::V3 if one.checksum != other.checksum => {
            return Some("their checksums differ");
        }
        Version::V2 | Version::V3 => {}
    }
    transports(one, other)
}

fn transports(one: &Instance, other: &Instance) -> Option<&'static str> {
    match (&one.transport, &other.transport) {
        (Transport::Multicast { group: a, .. }, Transport::Multicast { group: b, .. }) => {
            let standard: IpAddr = match one.family {
                Family::V4 => Transport::GROUP_V4.into(),
                Family::V6 => Transport::GROUP_V6.into(),
            };
            let differ = a.unwrap_or(standard) != b.unwrap_or(standard);
            differ.then_some("their multicast groups differ")
        }
        (Transport::Unicast { .. }, Transport::Unicast { .. }) => {
            let astray = !reaches(one, other) || !reaches(other, one);
            astray.then_some("their unicast peers don't point at each other")
        }
        (Transport::Multicast { .. }, Transport::Unicast { .. })
        | (Transport::Unicast { .. }, Transport::Multicast { .. }) => {
            Some("one uses multicast and the other unicast")
        }
    }
}

/// Whether the unicast adverts of `one` go to `other`, as far as the files tell.
pub(super) fn reaches(one: &Instance, other: &Instance) -> bool {
    let Transport::Unicast { peers, .. } = &one.transport else {
        return true;
    };
    source(other).is_none_or(|address| peers.iter().any(|peer| peer.address == address))
}

fn stories_of(calm: &Table<'_>, member: usize, seat: &Seat<'_>) -> Vec<Story> {
    let Some(well) = calm.priority(member) else {
        return Vec::new();
    };
    let leaves = |trouble: Trouble, resigns: bool| {
        let mut table = calm.clone();
        table.leave(member, resigns);
        finish(table, member, trouble, None, well)
    };
    let mut stories = vec![leaves(Trouble::Dies, false), leaves(Trouble::Stops, true)];
    let mut weighted = Vec::new();
    for tracker in &seat.trackers {
        let object = tracker.object.clone();
        let priority = seat.priority(std::slice::from_ref(&object));
        let resigns = !matches!(object, Object::OwnInterface(_));
        if tracker.weight != 0 {
            weighted.push(object.clone());
        }
        let trouble = Trouble::Fails(object);
        stories.push(match priority {
            None => leaves(trouble, resigns),
            Some(priority) => lowered(calm, member, trouble, priority, well),
        });
    }
    let moves = |story: &Story| {
        !story.course.takeovers.is_empty() && matches!(story.trouble, Trouble::Fails(_))
    };
    let some_alone = stories
        .iter()
        .any(|story| story.priority.is_some() && moves(story));
    if weighted.len() > 1
        && !some_alone
        && let Some(priority) = seat.priority(&weighted)
    {
        let trouble = Trouble::AllFail(weighted);
        stories.push(lowered(calm, member, trouble, priority, well));
    }
    stories
}

fn lowered(
    calm: &Table<'_>,
    member: usize,
    trouble: Trouble,
    priority: Priority,
    well: Priority,
) -> Story {
    let mut table = calm.clone();
    table.set_priority(member, priority);
    finish(table, member, trouble, Some(priority), well)
}

/// Lets the trouble take its course, and then its mending.
fn finish(
    mut table: Table<'_>,
    member: usize,
    trouble: Trouble,
    priority: Option<Priority>,
    well: Priority,
) -> Story {
    let course = table.settle();
    if let Standing::HighestAddress(members) = &course.end
        && let Some(first) = members.first()
    {
        table.suppose(*first);
        table.settle();
    }
    match priority {
        Some(_) => table.set_priority(member, well),
        None => table.join(member, well),
    }
    let recovery = table.settle();
    Story {
        member,
        trouble,
        priority,
        course,
        recovery,
    }
}

/// What happens when something that several members track fails on all of them.
fn everywhere(calm: &Table<'_>, seats: &[Seat<'_>]) -> Vec<(Object, Standing)> {
    let mut shared: Vec<Object> = Vec::new();
    for tracker in seats.iter().flat_map(|seat| &seat.trackers) {
        let tracks = |seat: &&Seat<'_>| {
            let mut trackers = seat.trackers.iter();
            trackers.any(|one| one.object == tracker.object)
        };
        let everyone = seats.iter().filter(tracks).count() == seats.len() && seats.len() > 1;
        let own = matches!(tracker.object, Object::OwnInterface(_));
        if everyone && !own && !shared.contains(&tracker.object) {
            shared.push(tracker.object.clone());
        }
    }
    let standing = |object: Object| {
        let mut table = calm.clone();
        for (member, seat) in seats.iter().enumerate() {
            match seat.priority(std::slice::from_ref(&object)) {
                Some(priority) => table.set_priority(member, priority),
                None => table.leave(member, true),
            }
        }
        (object, table.settle().end)
    };
    let ordered = seats
        .iter()
        .any(|seat| seat.instance.preemption != Preemption::Immediate);
    let all = shared.into_iter().map(standing);
    all.filter(|(_, end)| !ordered || *end == Standing::Nobody)
        .collect()
}
