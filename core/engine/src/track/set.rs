//! All that a node follows besides links and scripts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Followed, Sighting, TrackedFile, TrackedProcess, TrackerKind};
use crate::bfd::{ReceivedBfd, Session};
use crate::effect::{Effect, Outbox};
use crate::model::lvs::Check;
use crate::model::{Bfd, Config, TrackFile, TrackProcess, Tracked, Trackers};
use crate::node::TimerReason;
use crate::time::Instant;
use crate::unit::Name;
use crate::wire::bfd::{Packet, Rejection};

/// All that a node follows besides links and scripts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TrackSet {
    pub(crate) files: Vec<TrackedFile>,
    pub(crate) processes: Vec<TrackedProcess>,
    pub(crate) bfd: Vec<Session>,
    /// BFD packets that changed nothing, by reason.
    pub(crate) refused: BTreeMap<Rejection, u64>,
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
    /// It goes on no longer.
    fn end(&self, now: Instant, out: &mut Outbox);
    /// What the world is to look at.
    fn followed(config: Self::Config) -> Followed;
}

impl TrackSet {
    /// Follows what this configuration tracks, and what its FILE_CHECKs read. keepalived: what nobody
    /// tracks is not looked at.
    pub(crate) fn adopt(&mut self, now: Instant, config: &Config, out: &mut Outbox) {
        type List = fn(&Trackers) -> &Vec<Tracked<Name>>;
        let is_tracked = |list: List, name: &Name| {
            trackers_of(config).any(|own| list(own).iter().any(|own| own.target == *name))
        };
        let parts = config.parts();
        let files = parts.files.iter();
        let checked = files_of_checkers(config);
        let files = files
            .filter(|own| checked.contains(&own.name) || is_tracked(|own| &own.files, &own.name));
        replace(&mut self.files, files, now, out);
        let processes = parts.processes.iter();
        let processes = processes.filter(|own| is_tracked(|own| &own.processes, &own.name));
        replace(&mut self.processes, processes, now, out);
        // keepalived: every session runs, whether somebody follows it or not: the other end may.
        replace(&mut self.bfd, parts.bfd.iter(), now, out);
        self.tell_apart();
    }

    /// Gives each BFD session a discriminator of its own (RFC 5880 6.8.1).
    fn tell_apart(&mut self) {
        for place in 1..self.bfd.len() {
            let (before, rest) = self.bfd.split_at_mut(place);
            let Some(own) = rest.first_mut() else {
                continue;
            };
            while before
                .iter()
                .any(|other| other.discriminator == own.discriminator)
            {
                own.rename();
            }
        }
    }

    /// Takes in a datagram of a BFD port: RFC 5880 6.8.6. Returns whether a verdict changed.
    pub(crate) fn receive_bfd(
        &mut self,
        now: Instant,
        received: &ReceivedBfd,
        out: &mut Outbox,
    ) -> bool {
        match self.session_of(received) {
            Ok((packet, place)) => {
                let session = self.bfd.get_mut(place);
                session.is_some_and(|session| session.receive(now, &packet, out))
            }
            Err(reason) => {
                *self.refused.entry(reason).or_default() += 1;
                false
            }
        }
    }

    /// The session that a datagram is for: by our discriminator, or by addresses where the other
    /// end does not know it yet.
    fn session_of<'p>(&self, received: &'p ReceivedBfd) -> Result<(Packet<'p>, usize), Rejection> {
        let packet = Packet::parse(&received.payload)?;
        let meant = |own: &Session| match packet.your_discriminator() {
            Some(ours) => own.discriminator == ours && own.port() == received.port,
            None => own.config.neighbor == received.source && own.port() == received.port,
        };
        let place = self.bfd.iter().position(meant);
        let place = place.ok_or(Rejection::UnknownSession)?;
        let near = self
            .bfd
            .get(place)
            .is_some_and(|own| own.is_near(received.hop_limit));
        match near {
            true => Ok((packet, place)),
            false => Err(Rejection::HopLimit),
        }
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
        let changed = due.fold(false, |any, own| own.handle_timeout(now, out) | any);
        let due = self.bfd.iter_mut();
        due.fold(changed, |any, own| own.handle_timeout(now, out) | any)
    }

    /// When [`Self::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> impl Iterator<Item = (Instant, TimerReason)> + '_ {
        let processes = self.processes.iter();
        let sessions = self.bfd.iter().filter_map(Session::poll_timeout);
        processes
            .filter_map(TrackedProcess::poll_timeout)
            .chain(sessions)
    }

    /// Looks at nothing any more.
    pub(crate) fn abandon(&self, now: Instant, out: &mut Outbox) {
        unfollow(&self.files, now, out);
        unfollow(&self.processes, now, out);
        unfollow(&self.bfd, now, out);
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
    unfollow(&old, now, out);
    for followed in begun {
        out.push(Effect::Follow(Box::new(followed)));
    }
}

fn unfollow<T: Follows>(gone: &[T], now: Instant, out: &mut Outbox) {
    for own in gone {
        own.end(now, out);
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

    fn end(&self, _: Instant, _: &mut Outbox) {}

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

    fn end(&self, _: Instant, _: &mut Outbox) {}

    fn followed(config: TrackProcess) -> Followed {
        Followed::Processes(config)
    }
}

impl Follows for Session {
    type Config = Bfd;
    const KIND: TrackerKind = TrackerKind::Bfd;

    fn new(config: Bfd, now: Instant) -> Self {
        Self::new(config, now)
    }

    fn name(&self) -> &Name {
        &self.config.name
    }

    fn goes_on(&mut self, config: &Bfd) -> bool {
        let same = Bfd {
            weight: config.weight,
            reverse: config.reverse,
            for_vrrp: config.for_vrrp,
            for_checkers: config.for_checkers,
            ..self.config.clone()
        };
        if same == *config {
            self.config = config.clone();
        }
        same == *config
    }

    fn end(&self, now: Instant, out: &mut Outbox) {
        self.close(now, out);
    }

    fn followed(config: Bfd) -> Followed {
        Followed::Bfd(config)
    }
}

/// The files that FILE_CHECKs read.
fn files_of_checkers(config: &Config) -> BTreeSet<&Name> {
    let services = config.virtual_servers().iter();
    let servers = services.flat_map(|own| &own.real_servers);
    let checkers = servers.flat_map(|own| &own.checkers);
    checkers
        .filter_map(|own| match &own.check {
            Check::File(file) => Some(&file.file),
            Check::Tcp
            | Check::Http(_)
            | Check::Smtp(_)
            | Check::Dns(_)
            | Check::Misc(_)
            | Check::Udp(_)
            | Check::Ping
            | Check::Bfd(_) => None,
        })
        .collect()
}

/// What every instance and every sync group tracks.
pub(crate) fn trackers_of(config: &Config) -> impl Iterator<Item = &Trackers> {
    let instances = config.instances().iter().map(|own| &own.trackers);
    instances.chain(config.sync_groups().iter().map(|own| &own.trackers))
}
