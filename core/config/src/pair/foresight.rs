//! What is wrong with what will happen.

use bellwether_core::model::Preemption;
use bellwether_core::unit::{Name, Priority};

use super::behaviour::{Behaviour, Story, Trouble};
use super::election::Standing;
use super::list;
use super::routers::{Member, Node, Router};
use super::tracked::Object;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::places::{Item, index};

/// Finds what can never work in a virtual router whose members hear each other.
pub(super) fn check(router: &Router<'_>, behaviour: &Behaviour, found: &mut Vec<Diagnostic>) {
    let sight = Sight { router, behaviour };
    found.extend(sight.upside_down());
    let together = |story: &&Story| matches!(story.trouble, Trouble::AllFail(_));
    let enough = behaviour
        .stories
        .iter()
        .filter(together)
        .any(|story| !story.course.takeovers.is_empty());
    for story in &behaviour.stories {
        // A weight that is too small alone may be meant to count with others.
        if !enough {
            found.extend(sight.useless(story));
        }
    }
}

struct Sight<'s, 'c> {
    router: &'s Router<'c>,
    behaviour: &'s Behaviour,
}

impl Sight<'_, '_> {
    /// The node of the highest priority is not master though all is well.
    fn upside_down(&self) -> Option<Diagnostic> {
        let Standing::Master(leader) = self.behaviour.calm else {
            return None;
        };
        let leader = self.router.members.get(leader)?;
        let members = self.router.members.iter();
        let first = members.max_by_key(|one| one.instance.priority)?;
        let (base, of) = (first.instance.priority, leader.instance.priority);
        if base <= of {
            return None;
        }
        let (rank, theirs) = (self.rank(first), self.rank(leader));
        let name = &first.instance.name;
        let message = match (rank, theirs) {
            (Some(rank), Some(theirs)) if rank < theirs => format!(
                "{} leads `{name}` while all is well, though {} has the higher priority, {base}: \
                 with the weights it is {theirs} against {rank}",
                leader.name, first.name
            ),
            (None, _) => format!(
                "{} is in FAULT of `{name}` while all is well, because of a reversed tracker",
                first.name
            ),
            (Some(_), _) => return None,
        };
        let said = Diagnostic::warning(code::UPSIDE_DOWN, first.span(&["priority"]), message);
        let said = said.related(leader.span(&["priority"]), format!("on {}", leader.name));
        Some(said.hint("track the same things with the same weights on all nodes"))
    }

    fn rank(&self, of: &Member<'_>) -> Option<Priority> {
        let mut members = self.router.members.iter();
        let at = members.position(|one| one.node == of.node)?;
        self.behaviour.priorities.get(at).copied().flatten()
    }

    /// A weighted thing of the usual master whose failure moves nothing.
    fn useless(&self, story: &Story) -> Option<Diagnostic> {
        let Trouble::Fails(object) = &story.trouble else {
            return None;
        };
        let master = self.behaviour.master?;
        let now = story.priority?;
        if story.member != master || !story.course.takeovers.is_empty() {
            return None;
        }
        let well = self.behaviour.priorities.get(master).copied().flatten()?;
        let leader = self.router.members.get(master)?;
        let rivals = self.router.members.iter().zip(&self.behaviour.priorities);
        let rivals = rivals.filter(|(member, _)| member.node != leader.node);
        let rivals = rivals.filter_map(|(member, rank)| Some((member, (*rank)?)));
        let (rival, rank) = rivals.max_by_key(|(_, rank)| *rank)?;
        let span = leader.span(&[keyword(object)]);
        let (name, failure) = (&leader.instance.name, object.failure());
        let when = format!(
            "if {object} {failure} on {}, {well} becomes {now}",
            leader.name
        );
        if rank > now {
            if rival.instance.preemption != Preemption::Never {
                return None;
            }
            let message = format!(
                "a weight that never moves `{name}`: {when}, but {} has `nopreempt` and leaves a \
                 live master alone",
                rival.name
            );
            let said = Diagnostic::warning(code::WEIGHT_WITH_NOPREEMPT, span, message);
            let said = said.related(
                rival.span(&["nopreempt"]),
                format!("{} accepts any live master", rival.name),
            );
            return Some(said.hint(format!(
                "track {object} without a weight: its failure is then a FAULT, and {} resigns",
                leader.name
            )));
        }
        let relation = if rank == now {
            "which is not below"
        } else {
            "still above"
        };
        let message = format!(
            "a weight that never moves `{name}`: {when}, {relation} {rank} of {}",
            rival.name
        );
        let needed = i32::from(well.0) - i32::from(rank.0) + 1;
        let said = Diagnostic::warning(code::NO_FAILOVER, span, message);
        let said = said.related(rival.span(&["priority"]), format!("on {}", rival.name));
        Some(said.hint(format!(
            "a weight of -{needed} or more would do, or none, which means FAULT"
        )))
    }
}

const fn keyword(object: &Object) -> &'static str {
    match object {
        Object::OwnInterface(_) => "interface",
        Object::Interface(_) => "track_interface",
        Object::Script(_) => "track_script",
        Object::File(_) => "track_file",
        Object::Process(_) => "track_process",
        Object::Bfd(_) => "track_bfd",
    }
}

/// Finds sync groups whose members are led by different nodes: keepalived makes a member master
/// only when all of them want to be.
pub(super) fn groups(
    nodes: &[Node<'_>],
    told: &[(Router<'_>, Option<Behaviour>)],
    found: &mut Vec<Diagnostic>,
) {
    let leader = |node: usize, instance: &Name| {
        let has = |one: &&Member<'_>| one.node == node && one.instance.name == *instance;
        told.iter().find_map(|(router, behaviour)| {
            router.members.iter().find(has)?;
            match behaviour.as_ref()?.calm {
                Standing::Master(member) => Some(router.members.get(member)?.name),
                Standing::HighestAddress(_) | Standing::Nobody => None,
            }
        })
    };
    for (place, node) in nodes.iter().enumerate().take(1) {
        for (at, group) in node.config.sync_groups().iter().enumerate() {
            let members = group.members.iter();
            let led: Vec<(&Name, &str)> = members
                .filter_map(|member| Some((member, leader(place, member)?)))
                .collect();
            let differ = led.windows(2).any(|two| match two {
                [one, other] => one.1 != other.1,
                _ => false,
            });
            if !differ {
                continue;
            }
            let said: Vec<String> = led
                .iter()
                .map(|(name, by)| format!("`{name}` {by}"))
                .collect();
            let said: Vec<&str> = said.iter().map(String::as_str).collect();
            let message = format!(
                "the members of sync group `{}` want different masters: {}; they can only be \
                 master together",
                group.name,
                list(&said, "and")
            );
            let span = node.span(Item::SyncGroup(index(at)), &["group"]);
            let warning = Diagnostic::warning(code::GROUP_TORN, span, message);
            found.push(warning.hint("give one node the higher priority in all of them"));
        }
    }
}
