//! All that a node follows besides links and scripts.

use super::{Followed, Sighting, TrackedFile, TrackedProcess, TrackerKind};
use crate::effect::{Effect, Outbox};
use crate::model::{Config, TrackFile, TrackProcess, Tracked, Trackers};
use crate::node::TimerReason;
use crate::time::Instant;
use crate::unit::Name;

/// All that a node follows besides links and scripts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrackSet {
    pub(crate) files: Vec<TrackedFile>,
    pub(crate) processes: Vec<TrackedProcess>,
}

/// Something that is followed from its block's first reading on.
pub(crate) trait Follows: Sized {
    /// Its block.
    type Config: Clone;
    /// What it is.
    const KIND: TrackerKind;
    /// Nothing is known of it yet.
    fn new(config: Self::Config, now: Instant) -> Self;
    /// What it is called.
    fn name(&self) -> &Name;
    /// Whether it goes on under this block, and if so, does.
    fn goes_on(&mut self, config: &Self::Config) -> bool;
    /// What the world is to look at.
    fn followed(config: Self::Config) -> Followed;
}

impl TrackSet {
    /// Follows what this configuration tracks. keepalived: what nobody tracks is not looked at.
    pub(crate) fn adopt(&mut self, now: Instant, config: &Config, out: &mut Outbox) {
        type List = fn(&Trackers) -> &Vec<Tracked<Name>>;
        let is_tracked = |list: List, name: &Name| {
            trackers_of(config).any(|own| list(own).iter().any(|own| own.target == *name))
        };
        let parts = config.parts();
        let files = parts.files.iter();
        let files = files.filter(|own| is_tracked(|own| &own.files, &own.name));
        replace(&mut self.files, files, now, out);
        let processes = parts.processes.iter();
        let processes = processes.filter(|own| is_tracked(|own| &own.processes, &own.name));
        replace(&mut self.processes, processes, now, out);
    }

    /// Takes in what was seen. Returns whether a number or a verdict changed.
    pub(crate) fn saw(&mut self, now: Instant, sighting: Sighting, out: &mut Outbox) -> bool {
        match sighting {
            Sighting::File { file, content } => {
                let known = self.files.iter_mut().find(|own| own.config.name == file);
                known.is_some_and(|own| own.seen(content, out))
            }
            Sighting::Processes { processes, count } => {
                let mut all = self.processes.iter_mut();
                let known = all.find(|own| own.config.name == processes);
                known.is_some_and(|own| own.counted(now, count, out))
            }
        }
    }

    /// Does whatever is due. Returns whether a verdict changed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let due = self.processes.iter_mut();
        due.fold(false, |any, own| own.handle_timeout(now, out) | any)
    }

    /// When [`Self::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> impl Iterator<Item = (Instant, TimerReason)> + '_ {
        self.processes
            .iter()
            .filter_map(TrackedProcess::poll_timeout)
    }

    /// Looks at nothing any more.
    pub(crate) fn abandon(&self, out: &mut Outbox) {
        unfollow(&self.files, out);
        unfollow(&self.processes, out);
    }
}

/// Goes on with what is the same, ends what is no more, and begins what is new.
fn replace<'c, T: Follows>(
    all: &mut Vec<T>,
    wanted: impl Iterator<Item = &'c T::Config>,
    now: Instant,
    out: &mut Outbox,
) where
    T::Config: 'c,
{
    let mut old = core::mem::take(all);
    let mut begun = Vec::new();
    for config in wanted {
        match old.iter_mut().position(|own| own.goes_on(config)) {
            Some(at) => all.push(old.swap_remove(at)),
            None => {
                all.push(T::new(config.clone(), now));
                begun.push(T::followed(config.clone()));
            }
        }
    }
    unfollow(&old, out);
    for followed in begun {
        out.push(Effect::Follow(Box::new(followed)));
    }
}

fn unfollow<T: Follows>(gone: &[T], out: &mut Outbox) {
    for own in gone {
        out.push(Effect::Unfollow {
            kind: T::KIND,
            name: own.name().clone(),
        });
    }
}

impl Follows for TrackedFile {
    type Config = TrackFile;
    const KIND: TrackerKind = TrackerKind::File;

    fn new(config: TrackFile, _: Instant) -> Self {
        Self::new(config)
    }

    fn name(&self) -> &Name {
        &self.config.name
    }

    fn goes_on(&mut self, config: &TrackFile) -> bool {
        let same = self.config.name == config.name && self.config.path == config.path;
        if same {
            self.config = config.clone();
        }
        same
    }

    fn followed(config: TrackFile) -> Followed {
        Followed::File(config)
    }
}

impl Follows for TrackedProcess {
    type Config = TrackProcess;
    const KIND: TrackerKind = TrackerKind::Process;

    fn new(config: TrackProcess, _: Instant) -> Self {
        Self::new(config)
    }

    fn name(&self) -> &Name {
        &self.config.name
    }

    fn goes_on(&mut self, config: &TrackProcess) -> bool {
        self.config == *config
    }

    fn followed(config: TrackProcess) -> Followed {
        Followed::Processes(config)
    }
}

/// What every instance and every sync group tracks.
pub(crate) fn trackers_of(config: &Config) -> impl Iterator<Item = &Trackers> {
    let instances = config.instances().iter().map(|own| &own.trackers);
    instances.chain(config.sync_groups().iter().map(|own| &own.trackers))
}
