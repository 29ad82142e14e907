//! What is to be looked at although nothing happens, and when.

use bellwether_core::Instant;
use bellwether_core::unit::IfName;

use crate::log::NodeId;

/// One thing to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// A backup that should have taken over: a member.
    TakeOver(usize),
    /// Two masters of one virtual router: a group.
    Masters(usize),
    /// A kernel that carries other addresses than it should.
    Addresses(NodeId),
    /// Clients that send to the wrong node: a virtual address.
    Arp(usize),
    /// Addresses that were not announced: a member.
    Announce(usize),
    /// A second batch of announcements after a losing advert: a member.
    SecondBatch(usize),
    /// An instance in INIT or FAULT that nothing holds there: a member.
    Start(usize),
    /// A script's run that should have been given up: a node, and the script's place.
    Script(NodeId, usize),
    /// Processes whose count a node must have believed: a node, and the processes' place.
    Processes(NodeId, usize),
    /// A BFD session that must have been given up: a node, and the session's place.
    Session(NodeId, usize),
    /// A link that must have kept its state: a node, and the interface.
    Link(NodeId, IfName),
}

/// At most one time for each task.
///
/// A list: there are a few tasks for each node, and looking through them is cheaper than a tree.
#[derive(Clone, Debug)]
pub(super) struct Agenda {
    tasks: Vec<(Instant, Task)>,
    /// Not after the first of them; may be before it.
    next: Instant,
}

impl Default for Agenda {
    fn default() -> Self {
        Self {
            tasks: Vec::new(),
            next: Instant::FAR_FUTURE,
        }
    }
}

impl Agenda {
    /// Sets or moves a task's time.
    pub(super) fn put(&mut self, task: Task, at: Instant) {
        self.next = self.next.min(at);
        match self.tasks.iter_mut().find(|(_, own)| *own == task) {
            Some(entry) => entry.0 = at,
            None => self.tasks.push((at, task)),
        }
    }

    /// Forgets a task.
    pub(super) fn drop(&mut self, task: Task) {
        if let Some(place) = self.tasks.iter().position(|(_, own)| *own == task) {
            self.tasks.swap_remove(place);
        }
    }

    /// Forgets the runs of a node's scripts, and its counts of processes.
    pub(super) fn drop_scripts(&mut self, node: NodeId) {
        self.tasks
            .retain(|(_, task)| !matches!(task, Task::Script(of, _) | Task::Processes(of, _) | Task::Session(of, _) if *of == node));
    }

    /// Whether a task has a time.
    pub(super) fn has(&self, task: Task) -> bool {
        self.tasks.iter().any(|(_, own)| *own == task)
    }

    /// When to call [`Self::take_due`] next; perhaps too early.
    pub(super) fn next(&self) -> Option<Instant> {
        (self.next < Instant::FAR_FUTURE).then_some(self.next)
    }

    /// Takes out a task that is due.
    pub(super) fn take_due(&mut self, at: Instant) -> Option<Task> {
        let due = self.tasks.iter().position(|(when, _)| *when <= at);
        let task = due.map(|place| self.tasks.swap_remove(place).1);
        if task.is_none() {
            let first = self.tasks.iter().map(|(when, _)| *when).min();
            self.next = first.unwrap_or(Instant::FAR_FUTURE);
        }
        task
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_one_time() {
        let mut agenda = Agenda::default();
        agenda.put(Task::Arp(0), Instant::from_millis(5));
        agenda.put(Task::Arp(0), Instant::from_millis(9));
        assert_eq!(agenda.take_due(Instant::from_millis(5)), None);
        assert_eq!(agenda.next(), Some(Instant::from_millis(9)));
        assert_eq!(agenda.take_due(Instant::from_millis(9)), Some(Task::Arp(0)));
        assert_eq!(agenda.take_due(Instant::from_millis(9)), None);
        assert_eq!(agenda.next(), None);
    }
}
