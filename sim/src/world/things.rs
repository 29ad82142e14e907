//! What instances track besides links and scripts: who looks at it, and who changes it.

use bellwether_core::Event;
use bellwether_core::track::{Followed, TrackerKind};
use bellwether_core::unit::Name;

use super::World;
use super::host::Input;
use super::queue::ForProcess;
use crate::fault::{FileFault, ProcessFault};
use crate::kernel::KERNEL_DELAY;
use crate::log::NodeId;
use crate::things::TrackedThing;

impl World {
    /// A process wants to be told of something from now on.
    pub(super) fn follow(&mut self, node: NodeId, followed: &Followed) {
        let thing = TrackedThing::of(followed);
        let host = &mut self.hosts[node.index()];
        host.things.begin(followed);
        if let Some(process) = host.process.as_mut()
            && !process.followed.contains(&thing)
        {
            process.followed.push(thing.clone());
        }
        self.later(node, KERNEL_DELAY, ForProcess::Look(thing));
    }

    /// A process does not want to be told of something any more.
    pub(super) fn unfollow(&mut self, node: NodeId, kind: TrackerKind, name: Name) {
        let thing = TrackedThing { kind, name };
        if let Some(process) = self.hosts[node.index()].process.as_mut() {
            process.followed.retain(|own| *own != thing);
        }
    }

    /// A process is told of something, if it still wants to be.
    pub(super) fn show(&mut self, node: NodeId, thing: &TrackedThing) {
        let host = &self.hosts[node.index()];
        let wanted = host.process.as_ref();
        if wanted.is_none_or(|process| !process.followed.contains(thing)) {
            return;
        }
        if let Some(sighting) = host.things.look(thing.kind, &thing.name) {
            self.input(node, Input::Event(Event::Sighting(sighting)));
        }
    }

    /// Somebody writes a file, or removes it.
    pub(super) fn write_file(&mut self, node: NodeId, fault: &FileFault) {
        let things = &mut self.hosts[node.index()].things;
        if things.write(&fault.file, fault.content.as_deref()) {
            self.changed(node, TrackerKind::File, &fault.file);
        }
    }

    /// Processes start or end.
    pub(super) fn set_processes(&mut self, node: NodeId, fault: &ProcessFault) {
        let things = &mut self.hosts[node.index()].things;
        if things.run(&fault.process, fault.count) {
            self.changed(node, TrackerKind::Process, &fault.process);
        }
    }

    /// Whatever was done to a machine's files and processes is undone.
    pub(super) fn heal_things(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.index()];
        host.things.heal();
        let followed = host
            .process
            .as_ref()
            .map(|process| process.followed.clone());
        for thing in followed.unwrap_or_default() {
            self.later(node, KERNEL_DELAY, ForProcess::Look(thing));
        }
    }

    fn changed(&mut self, node: NodeId, kind: TrackerKind, name: &Name) {
        let name = name.clone();
        let thing = TrackedThing { kind, name };
        self.later(node, KERNEL_DELAY, ForProcess::Look(thing));
    }
}
