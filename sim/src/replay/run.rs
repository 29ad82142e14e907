//! The same steps, told to the same core.

use bellwether_core::id::InstanceKey;
use bellwether_core::model::Config;
use bellwether_core::unit::{IfName, Name};
use bellwether_core::vrrp::{Cause, Instance, State};
use bellwether_core::{Effect, Event, Instant, Node};
use bellwether_runtime::journal::{Head, Input, Line, Origin, Step, effects};
use std::collections::BTreeMap;

use super::source::{JournalError, Source};
use super::what_if::WhatIf;
use crate::log::{Entry, Log, NodeId, Process, What};

/// The recorded node's place in the log.
pub(super) const RECORDED: NodeId = NodeId(0);

/// What came of a journal.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The host that the journal is of.
    pub host: Name,
    /// Who wrote it, with its version.
    pub program: String,
    /// What the wall clock said when it began, in nanoseconds since 1970.
    pub written: Option<u64>,
    /// The configuration that was run last.
    pub config: Config,
    /// How much was told and wanted, and whether the core wants the same now.
    pub outcome: Outcome,
    /// What happened, from the journal's first instant on.
    pub log: Log,
    /// What a reader should know of the journal itself, with the time since its first instant.
    pub remarks: Vec<(Instant, String)>,
    /// The last instant, since the first one.
    pub ended_at: Instant,
    /// What another configuration would have done, if that was asked for.
    pub what_if: Option<WhatIf>,
}

/// How far the recorded effects and those of this program's core are the same.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many times the node was told something.
    pub events: u64,
    /// How many effects it wanted, which were the same.
    pub effects: u64,
    /// The first that was not, after which nothing was compared.
    pub difference: Option<Difference>,
}

/// Where a core decides otherwise than the recorded one.
#[derive(Clone, Debug)]
pub struct Difference {
    /// When, since the journal's first instant.
    pub at: Instant,
    /// Where it stands: the file and the line.
    pub place: String,
    /// What the node was told; none: what differs is the node itself, at the beginning of a file.
    pub input: Option<Input>,
    /// What was recorded, from the first effect that differs on.
    pub expected: Vec<Effect>,
    /// What this program's core wants, from there on.
    pub got: Vec<Effect>,
}

/// Runs a journal again. With another configuration, also says what that would have done.
///
/// # Errors
///
/// [`JournalError`]: the journal can't be read, or lines are missing in the middle of a file.
pub fn replay(sources: Vec<Source>, with: Option<&Config>) -> Result<Replay, JournalError> {
    let mut player = Player::new(with);
    for mut source in sources {
        while let Some(line) = source.next_line()? {
            match line {
                Line::Head(head) => player.begin(*head, &source),
                Line::Step(step) => player.step(step, &source)?,
            }
            if player.outcome.difference.is_some() {
                return player.end();
            }
        }
        if source.is_torn() {
            let name = source.name();
            player.remark(format!("the last line of '{name}' is cut off and left out"));
        }
    }
    player.end()
}

struct Player<'c> {
    with: Option<&'c Config>,
    first: Option<Head>,
    shown: Shown,
    node: Option<Node>,
    /// The step that is due.
    next: u64,
    now: Instant,
    has_stopped: bool,
    links: BTreeMap<IfName, bool>,
    outcome: Outcome,
    entries: Vec<Entry>,
    remarks: Vec<(Instant, String)>,
    what_if: Option<WhatIf>,
}

impl<'c> Player<'c> {
    fn new(with: Option<&'c Config>) -> Self {
        Self {
            with,
            first: None,
            shown: Shown::default(),
            node: None,
            next: 0,
            now: Instant::ZERO,
            has_stopped: false,
            links: BTreeMap::new(),
            outcome: Outcome::default(),
            entries: Vec::new(),
            remarks: Vec::new(),
            what_if: None,
        }
    }

    /// Takes in where a stretch begins.
    fn begin(&mut self, head: Head, source: &Source) {
        let is_first = self.first.is_none();
        let follows = self.node.is_some() && head.step == self.next && head.lost == 0;
        if let (Origin::Life(recorded), true) = (&head.from, follows) {
            self.compare_node(recorded, source);
            return;
        }
        if is_first {
            self.shown.begin(Instant::ZERO, head.at);
            self.first = Some(head.clone());
        }
        match (&head.from, is_first) {
            (Origin::Start(_), true) => {}
            (Origin::Start(_), false) => self.restart(&head),
            (Origin::Life(_), true) => {
                self.now = head.at;
                self.remark(format!(
                    "what was before step {} is missing: the node is as it was recorded there",
                    head.step
                ));
            }
            (Origin::Life(_), false) => {
                let missing = head.step.saturating_sub(self.next);
                self.now = self.now.max(head.at);
                self.remark(format!(
                    "{missing} steps are missing: from here on the node is as it was recorded"
                ));
            }
        }
        self.now = head.at;
        let node = head.from.node(head.at);
        self.note(What::Process(Process::Started));
        self.show_states(&node);
        if let Some(with) = self.with {
            let what_if = self.what_if.get_or_insert_with(|| WhatIf::new(with));
            what_if.begin(&head, &node, self.shown);
        }
        self.next = head.step;
        self.has_stopped = false;
        self.node = Some(node);
    }

    fn restart(&mut self, head: &Head) {
        if !self.has_stopped {
            self.note(What::Process(Process::Killed));
        }
        let killed = if self.has_stopped {
            ""
        } else {
            ", without a stop before"
        };
        self.remark(format!("the daemon was started again{killed}"));
        // Its clock may be that of another boot: then time goes on from here.
        if head.at < self.now {
            self.shown.begin(self.since_first(), head.at);
        }
    }

    /// What is recorded of the node in the middle of its life is to be what it is now.
    fn compare_node(&mut self, recorded: &Node, source: &Source) {
        let Some(node) = &self.node else {
            return;
        };
        let text = |node: &Node| serde_json::to_string(node).unwrap_or_default();
        if text(node) != text(recorded) {
            self.outcome.difference = Some(Difference {
                at: self.since_first(),
                place: place(source),
                input: None,
                expected: Vec::new(),
                got: Vec::new(),
            });
        }
    }

    fn step(&mut self, step: Step, source: &Source) -> Result<(), JournalError> {
        let Some(node) = &mut self.node else {
            let file = source.name().to_owned();
            return Err(JournalError::NoHead { file });
        };
        if step.n != self.next {
            return Err(JournalError::Order {
                file: source.name().to_owned(),
                line: source.line(),
                expected: self.next,
                found: step.n,
            });
        }
        self.next += 1;
        self.now = step.at;
        let due = node.poll_timeout().map(|(at, _)| at);
        step.input.clone().tell(node, step.at);
        let got = effects(node);
        self.outcome.events += 1;
        let same = step.effects.iter().zip(&got);
        let same = same.take_while(|(expected, got)| expected == got).count();
        self.outcome.effects += u64::try_from(same).unwrap_or(u64::MAX);
        if same < step.effects.len() || same < got.len() {
            self.outcome.difference = Some(Difference {
                at: self.since_first(),
                place: place(source),
                input: Some(step.input),
                expected: step.effects.into_iter().skip(same).collect(),
                got: got.into_iter().skip(same).collect(),
            });
            return Ok(());
        }
        self.read(&step);
        if let Some(what_if) = &mut self.what_if {
            what_if.step(&step, due);
        }
        Ok(())
    }

    /// Writes down what a step means to people.
    fn read(&mut self, step: &Step) {
        match &step.input {
            Input::Event(event) => self.read_event(event),
            Input::Start | Input::Timeout(_) => {}
        }
        for effect in &step.effects {
            if let Effect::Notice(notice) = effect {
                self.note(notice.clone().into());
            } else if *effect == Effect::Stopped {
                self.has_stopped = true;
                self.note(What::Process(Process::Exited));
            }
        }
    }

    fn read_event(&mut self, event: &Event) {
        if let Event::Reload(_) = event {
            self.note(What::Process(Process::Reloaded));
        } else if *event == Event::Shutdown {
            self.note(What::Process(Process::Stopping));
        } else if let Event::AddressAdded(address) = event {
            self.note(What::AddressAdded(address.key));
        } else if let Event::AddressRemoved(key) = event {
            self.note(What::AddressRemoved(*key));
        } else if let Event::Link(report) = event {
            let (interface, up) = (report.interface, report.link.is_some_and(|link| link.up));
            if self.links.insert(interface, up) != Some(up) {
                self.note(What::Link { interface, up });
            }
        }
    }

    /// How the instances are, where the journal begins in the middle of their lives.
    fn show_states(&mut self, node: &Node) {
        for instance in node.instances() {
            if instance.state() != State::Init {
                self.note(entered(instance));
            }
        }
    }

    fn since_first(&self) -> Instant {
        self.shown.at(self.now)
    }

    fn note(&mut self, what: What) {
        self.entries.push(Entry {
            at: self.since_first(),
            node: Some(RECORDED),
            what,
        });
    }

    fn remark(&mut self, text: String) {
        self.remarks.push((self.since_first(), text));
    }

    fn end(mut self) -> Result<Replay, JournalError> {
        let ended_at = self.since_first();
        let (Some(head), Some(node)) = (self.first, self.node) else {
            return Err(JournalError::Empty);
        };
        let host = Name::from(head.host.as_str());
        let mut stations = vec![host.clone()];
        if let Some(what_if) = &mut self.what_if {
            what_if.end(self.now);
            stations.push(super::what_if::STATION.into());
            self.entries.extend(what_if.take_entries());
            self.entries.sort_by_key(|entry| entry.at);
        }
        Ok(Replay {
            host,
            program: head.program,
            written: head.written,
            config: node.config().clone(),
            outcome: self.outcome,
            log: Log {
                stations,
                entries: self.entries,
            },
            remarks: self.remarks,
            ended_at,
            what_if: self.what_if,
        })
    }
}

/// The change by which an instance got into its state, as far as that is known.
pub(super) fn entered(instance: &Instance) -> What {
    What::Transition {
        instance: instance.key(),
        name: instance.name().clone(),
        from: State::Init,
        to: instance.state(),
        cause: instance.cause().unwrap_or(Cause::Startup),
        priority: instance.effective_priority(),
    }
}

/// How instants are shown: as time since the journal's first one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    /// What is shown of `from`.
    base: Instant,
    /// The node's own time.
    from: Instant,
}

impl Shown {
    fn begin(&mut self, base: Instant, from: Instant) {
        *self = Self { base, from };
    }

    pub(super) fn at(self, at: Instant) -> Instant {
        self.base + at.since(self.from)
    }
}

fn place(source: &Source) -> String {
    format!("'{}', line {}", source.name(), source.line())
}

/// The transitions of one node, of each instance in their order.
pub(super) fn transitions(log: &[Entry], node: NodeId) -> BTreeMap<InstanceKey, Vec<&Entry>> {
    let mut all: BTreeMap<InstanceKey, Vec<&Entry>> = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.node == Some(node)) {
        if let What::Transition { instance, .. } = &entry.what {
            all.entry(*instance).or_default().push(entry);
        }
    }
    all
}
