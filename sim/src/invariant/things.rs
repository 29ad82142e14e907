//! I13 for files and processes: what a node makes of what it has been told of them.
//!
//! Bound: none for files; for processes their delay, and [`super::bounds::KERNEL_SETTLES`] for
//! saying so.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;
use bellwether_core::model::{Bfd, Config, TrackFile, TrackProcess};
use bellwether_core::track::{FileContent, Sighting, Verdict};
use bellwether_core::unit::Name;

use super::bounds::{self, KERNEL_SETTLES, nanos};
use super::needs::Effect;
use super::shadow::Shadows;
use super::{Findings, InvariantId};
use crate::log::NodeId;
use crate::world::World;

/// What a node has been told of its files and processes.
#[derive(Clone, Debug, Default)]
pub(super) struct ThingShadows {
    files: Vec<FileShadow>,
    processes: Vec<ProcessShadow>,
    /// BFD sessions that the node says are up.
    up: Vec<Name>,
    /// When it last heard a BFD packet of each address, by its clock.
    heard: Vec<(IpAddr, Instant)>,
}

#[derive(Clone, Debug)]
struct FileShadow {
    config: TrackFile,
    number: i32,
}

#[derive(Clone, Debug)]
struct ProcessShadow {
    config: TrackProcess,
    count: u32,
    /// What the node says of them.
    verdict: Verdict,
    /// When the count begins to count, by the node's clock, if it says otherwise.
    due: Option<Instant>,
}

impl ThingShadows {
    /// Its process is new: it has been told nothing.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Its process runs another configuration: what is another thing there is to be looked at anew.
    pub(super) fn reconfigure(&mut self, config: &Config) {
        let parts = config.parts();
        self.files.retain(|own| {
            let same =
                |new: &&TrackFile| (&new.name, &new.path) == (&own.config.name, &own.config.path);
            parts.files.iter().any(|new| same(&new)) && is_tracked(config, &own.config.name)
        });
        // A session that is another one begins anew, and says nothing of it.
        self.up.retain(|own| {
            let mut sessions = parts.bfd.iter();
            sessions.any(|new| new.name == *own)
        });
        self.processes.retain(|own| {
            parts.processes.contains(&own.config) && is_tracked(config, &own.config.name)
        });
    }

    /// What a file does to an instance now. keepalived: its number times the weight, within -254
    /// to 253; -254 is a FAULT, and so is any number but 0 with weight 0.
    pub(super) fn file_effect(&self, name: &Name, weight: i16, reverse: bool) -> Effect {
        let mut files = self.files.iter();
        let Some(file) = files.find(|own| own.config.name == *name) else {
            return if weight == 0 {
                Effect::Wait
            } else {
                Effect::Add(0)
            };
        };
        if weight == 0 {
            let ill = (file.number != 0) != reverse;
            return if ill { Effect::Fault } else { Effect::Add(0) };
        }
        let product = i64::from(file.number) * i64::from(weight);
        let product = if reverse { -product } else { product };
        if product < -253 {
            return Effect::Fault;
        }
        Effect::Add(i16::try_from(product.min(253)).unwrap_or(253))
    }

    /// What the node says of a BFD session, which begins down.
    pub(super) fn session(&self, name: &Name) -> Verdict {
        if self.up.contains(name) {
            Verdict::Up
        } else {
            Verdict::Down
        }
    }

    /// What the node says of processes.
    pub(super) fn verdict(&self, name: &Name) -> Verdict {
        let mut processes = self.processes.iter();
        let known = processes.find(|own| own.config.name == *name);
        known.map_or(Verdict::Unknown, |own| own.verdict)
    }
}

impl ProcessShadow {
    fn says(&self) -> Verdict {
        let least = match self.config.quorum_max {
            Some(0) => 0,
            Some(_) | None => self.config.quorum,
        };
        let most = self.config.quorum_max.unwrap_or(u32::MAX);
        match (least..=most).contains(&self.count) {
            true => Verdict::Up,
            false => Verdict::Down,
        }
    }
}

fn is_tracked(config: &Config, name: &Name) -> bool {
    let instances = config.instances().iter().map(|own| &own.trackers);
    let groups = config.sync_groups().iter().map(|own| &own.trackers);
    let mut all = instances.chain(groups);
    all.any(|own| {
        let mut tracked = own.files.iter().chain(&own.processes);
        tracked.any(|own| own.target == *name)
    })
}

/// A node was told something. Returns when it must have made something of it, if not at once, and
/// of which of its processes.
pub(super) fn told(
    world: &World,
    shadows: &mut Shadows,
    node: NodeId,
    sighting: &Sighting,
) -> Option<(usize, Instant)> {
    let parts = world.config(node).parts();
    let local = world.local(node);
    let things = &mut shadows.nodes[node.index()].things;
    match sighting {
        Sighting::File { file, content } => {
            let config = parts.files.iter().find(|own| own.name == *file)?;
            let place = match things.files.iter().position(|own| own.config.name == *file) {
                Some(place) => place,
                None => {
                    things.files.push(FileShadow {
                        config: config.clone(),
                        number: 0,
                    });
                    things.files.len() - 1
                }
            };
            match content {
                FileContent::Number(number) => things.files[place].number = *number,
                FileContent::Missing | FileContent::Unreadable | FileContent::NoNumber => {
                    things.files[place].number = 0;
                }
                FileContent::OutOfRange => {}
            }
            None
        }
        Sighting::Processes { processes, count } => {
            let mut all = parts.processes.iter();
            let place = all.position(|own| own.name == *processes)?;
            let config = &parts.processes[place];
            let mut known = things.processes.iter_mut();
            let Some(own) = known.find(|own| own.config.name == *processes) else {
                things.processes.push(ProcessShadow {
                    config: config.clone(),
                    count: *count,
                    verdict: Verdict::Unknown,
                    due: Some(local),
                });
                return Some((place, world.now() + KERNEL_SETTLES));
            };
            let delay = match *count > own.count {
                true => own.config.fork_delay,
                false => own.config.terminate_delay,
            };
            own.count = *count;
            if own.says() == own.verdict {
                own.due = None;
                return None;
            }
            let due = *own.due.get_or_insert(local + delay);
            let real = world.host(node).clock.real(due);
            Some((place, bounds::later(real, nanos(KERNEL_SETTLES))))
        }
    }
}

/// A node said that it thinks otherwise of processes.
pub(super) fn changed(
    world: &World,
    shadows: &mut Shadows,
    findings: &mut Findings,
    node: NodeId,
    name: &Name,
    to: Verdict,
) {
    let local = world.local(node);
    let things = &mut shadows.nodes[node.index()].things;
    let mut known = things.processes.iter_mut();
    let Some(own) = known.find(|own| own.config.name == *name) else {
        return;
    };
    let due = own.due.is_some_and(|due| due <= local + bounds::TOLERANCE);
    let allowed = due && to == own.says() && to != own.verdict;
    let count = own.count;
    own.verdict = to;
    own.due = None;
    findings.check(InvariantId::I13, allowed, world.now(), &[node], || {
        let node = &world.host(node).name;
        format!("{node} calls processes {name} {to}, of which {count} run")
    });
}

/// A node heard a BFD packet. Returns the session that it may be of, and when that must be down
/// unless another one comes.
pub(super) fn heard(
    world: &World,
    shadows: &mut Shadows,
    node: NodeId,
    source: IpAddr,
) -> Option<(usize, Instant)> {
    let local = world.local(node);
    let things = &mut shadows.nodes[node.index()].things;
    match things.heard.iter_mut().find(|(own, _)| *own == source) {
        Some((_, at)) => *at = local,
        None => things.heard.push((source, local)),
    }
    let sessions = &world.config(node).parts().bfd;
    let place = sessions.iter().position(|own| own.neighbor == source)?;
    let due = local + patience(world, sessions.get(place)?);
    let real = world.host(node).clock.real(due);
    Some((place, bounds::later(real, nanos(KERNEL_SETTLES))))
}

/// The longest silence that a session may bear: the other end's multiplier times the slower of
/// what it sends and what is taken here (RFC 5880 6.8.4). Whatever it sends is at most as slow as
/// while it is down.
fn patience(world: &World, session: &Bfd) -> Duration {
    let all = world.scenario().configs();
    let others = all.flat_map(|(_, config)| &config.parts().bfd);
    let slowest = |other: &Bfd| {
        let interval = other.idle_tx.max(other.min_tx).max(session.min_rx);
        interval * u32::from(other.multiplier)
    };
    others.map(slowest).max().unwrap_or_default()
}

/// A node said that a BFD session is up, or down.
pub(super) fn session_changed(
    world: &World,
    shadows: &mut Shadows,
    findings: &mut Findings,
    node: NodeId,
    name: &Name,
    to: Verdict,
) {
    let sessions = &world.config(node).parts().bfd;
    let local = world.local(node);
    let things = &mut shadows.nodes[node.index()].things;
    things.up.retain(|own| own != name);
    if to != Verdict::Up {
        return;
    }
    things.up.push(name.clone());
    let session = sessions.iter().find(|own| own.name == *name);
    let heard = session.is_some_and(|session| {
        let mut all = things.heard.iter();
        all.any(|(source, at)| *source == session.neighbor && *at == local)
    });
    findings.check(InvariantId::I13, heard, world.now(), &[node], || {
        let node = &world.host(node).name;
        format!("{node} calls BFD session {name} up without having heard of it")
    });
}

/// A BFD session must be down by now unless something was heard meanwhile.
pub(super) fn silent(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    node: NodeId,
    place: usize,
    at: Instant,
) {
    let Some(process) = world.host(node).process.as_ref() else {
        return;
    };
    let Some(session) = world.config(node).parts().bfd.get(place) else {
        return;
    };
    let things = &shadows.nodes[node.index()].things;
    let up = things.session(&session.name) == Verdict::Up;
    let holds = process.paused || process.stopping || !up;
    findings.check(InvariantId::I13, holds, at, &[node], || {
        let node = &world.host(node).name;
        format!(
            "{node} still calls BFD session {} up, though nothing was heard of it",
            session.name
        )
    });
}

/// A node must have made something of a count by now.
pub(super) fn overdue(
    world: &World,
    shadows: &Shadows,
    findings: &mut Findings,
    node: NodeId,
    place: usize,
    at: Instant,
) {
    let Some(process) = world.host(node).process.as_ref() else {
        return;
    };
    let Some(config) = world.config(node).parts().processes.get(place) else {
        return;
    };
    let things = &shadows.nodes[node.index()].things;
    let mut known = things.processes.iter();
    let Some(own) = known.find(|own| own.config.name == config.name) else {
        return;
    };
    let late = own.due.is_some_and(|due| {
        let passed = world.host(node).clock.local(at);
        due + KERNEL_SETTLES / 2 <= passed
    });
    let holds = process.paused || process.stopping || !late;
    findings.check(InvariantId::I13, holds, at, &[node], || {
        format!(
            "{} still calls processes {} {}, of which {} run",
            world.host(node).name,
            config.name,
            own.verdict,
            own.count
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_effect_is_keepalived_s() {
        let of = |number, weight, reverse| {
            let config = TrackFile::new("f".into(), "/f");
            let things = ThingShadows {
                files: vec![FileShadow { config, number }],
                ..ThingShadows::default()
            };
            things.file_effect(&"f".into(), weight, reverse)
        };
        assert_eq!(of(7, -3, false), Effect::Add(-21));
        assert_eq!(of(-126, 2, false), Effect::Add(-252));
        assert_eq!(of(-127, 2, false), Effect::Fault);
        assert_eq!(of(1000, 2, false), Effect::Add(253));
        assert_eq!(of(1000, 2, true), Effect::Fault);
        assert_eq!(of(1, 0, false), Effect::Fault);
        assert_eq!(of(0, 0, true), Effect::Fault);
        assert_eq!(of(1, 0, true), Effect::Add(0));
    }
}
