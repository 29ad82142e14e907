//! Where VRRP and the LVS part meet: neither knows of the other.
//!
//! What one has to say to the other goes through here: which addresses are on this node, and which
//! instances are master. So does what both follow: tracked files and BFD sessions.

use std::collections::BTreeMap;

use super::{Life, Node, TimerReason};
use crate::kernel::ipvs::{Daemon, Role};
use crate::lvs::{Lvs, LvsContext};
use crate::model::{Config, SyncDaemon};
use crate::time::Instant;
use crate::track::Verdict;
use crate::vrrp::State;

impl Node {
    /// The LVS part, if there is one.
    #[must_use]
    pub fn lvs(&self) -> Option<&Lvs> {
        self.lvs.as_deref()
    }

    /// Runs the LVS part of the configuration from now on instead of that of `before`.
    pub(super) fn adopt_lvs(&mut self, before: &Config) {
        if self.lvs.is_none() && !Lvs::is_needed(&self.config) {
            return;
        }
        let mut cx = LvsContext {
            now: self.now,
            out: &mut self.out,
        };
        let lvs = self
            .lvs
            .get_or_insert_with(|| Box::new(Lvs::new(&cx, &self.config)));
        lvs.adopt(&mut cx, before, &self.config);
        self.inform_lvs_of_trackers();
    }

    pub(super) fn with_lvs(&mut self, act: impl FnOnce(&mut Lvs, &mut LvsContext<'_>)) {
        let Some(lvs) = self.lvs.as_deref_mut() else {
            return;
        };
        let mut cx = LvsContext {
            now: self.now,
            out: &mut self.out,
        };
        act(lvs, &mut cx);
        // Whoever stops waits for the table.
        self.unsettled |= self.life != Life::Running;
    }

    pub(super) fn lvs_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.lvs.as_ref().and_then(|lvs| lvs.poll_timeout())
    }

    pub(super) fn is_lvs_clean(&self) -> bool {
        self.lvs.as_ref().is_none_or(|lvs| lvs.is_clean())
    }

    /// Asks for whatever the table lacks. Returns whether there was anything.
    pub(super) fn settle_lvs(&mut self) -> bool {
        let Some(lvs) = self
            .lvs
            .as_deref_mut()
            .filter(|_| self.life != Life::Stopped)
        else {
            return false;
        };
        lvs.settle(&mut LvsContext {
            now: self.now,
            out: &mut self.out,
        })
    }

    /// Tells the LVS part what tracked files hold, and which BFD sessions are up.
    pub(super) fn inform_lvs_of_trackers(&mut self) {
        let Some(lvs) = self
            .lvs
            .as_deref_mut()
            .filter(|_| self.life == Life::Running)
        else {
            return;
        };
        let mut cx = LvsContext {
            now: self.now,
            out: &mut self.out,
        };
        for file in &self.tracked.files {
            if let Some(number) = file.number {
                lvs.file_changed(&mut cx, &file.config.name, i64::from(number));
            }
        }
        for session in &self.tracked.bfd {
            let up = session.verdict() == Verdict::Up;
            lvs.session_changed(&mut cx, &session.config.name, up);
        }
    }

    /// Tells the LVS part which addresses are here, and which instances are master.
    pub(super) fn inform_lvs(&mut self) {
        let Some(lvs) = self
            .lvs
            .as_deref_mut()
            .filter(|_| self.life == Life::Running)
        else {
            return;
        };
        let mut cx = LvsContext {
            now: self.now,
            out: &mut self.out,
        };
        let (kernel, present) = (&self.kernel, &self.present);
        lvs.addresses_changed(&mut cx, |address| {
            kernel.carries(address) || present.contains(&address)
        });
        let Some(sync) = &self.config.globals().lvs.sync_daemon else {
            lvs.want_daemons(None);
            return;
        };
        let named = sync.instance.as_ref();
        let mut instances = self.instances.iter();
        let followed = instances.find(|instance| Some(instance.name()) == named);
        let roles: &[Role] = match (named, followed.map(crate::vrrp::Instance::state)) {
            (None, _) => &[Role::Master, Role::Backup],
            (Some(_), Some(State::Master)) => &[Role::Master],
            (Some(_), Some(State::Init | State::Backup | State::Fault) | None) => &[Role::Backup],
        };
        let vrid = followed.map_or(0, |instance| instance.key().vrid.get());
        let daemons = roles.iter().map(|role| (*role, daemon(sync, *role, vrid)));
        lvs.want_daemons(Some(daemons.collect::<BTreeMap<_, _>>()));
    }
}

/// keepalived: a daemon without an id has its instance's VRID.
fn daemon(sync: &SyncDaemon, role: Role, vrid: u8) -> Daemon {
    Daemon {
        max_len: sync.max_len,
        group: sync.group,
        port: sync.port,
        ttl: sync.ttl,
        ..Daemon::new(role, sync.interface, sync.id.unwrap_or(vrid))
    }
}
