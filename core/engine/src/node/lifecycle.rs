//! Start, reload and stop of a node.

use core::time::Duration;
use std::collections::BTreeSet;

use super::groups::Group;
use super::inputs::scripts_in_use;
use super::{Cause, Context, Life, Node, links, memberships, standing, statics};
use crate::effect::{Effect, Outbox};
use crate::kernel::{Claims, RouteKey, RuleKey};
use crate::lvs::Lvs;
use crate::model::Config;
use crate::mutant::{self, Mutant};
use crate::reload::Changes;
use crate::time::Instant;
use crate::track::TrackedRun;
use crate::unit::IfName;
use crate::vrrp::{Instance, interfaces_of};

/// How long a stopping node goes on trying to remove what the kernel won't let go of.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long it waits for the answer to what it could ask only after that.
const LAST_CHANCE: Duration = Duration::from_secs(1);

impl Node {
    /// Runs this configuration from now on; what it does not change goes on untouched.
    pub(super) fn adopt(&mut self, config: Config) {
        if self.life != Life::Running {
            return;
        }
        let broken = [Mutant::ReloadForgets, Mutant::ReloadRearms];
        if self.config == config && !broken.into_iter().any(mutant::is_active) {
            return;
        }
        let changes = Changes::between(&self.config, &config);
        self.out.pacer().configure(&config);
        self.standing = standing(&config);
        self.rewatch(&config);
        self.replace_scripts(&config);
        self.tracked.adopt(self.now, &config, &mut self.out);
        self.replace_instances(&config, &changes);
        let before = core::mem::replace(&mut self.config, config);
        self.adopt_lvs(&before);
        self.update_instances();
        self.unsettled = true;
        self.settle();
    }

    /// Counts from zero again.
    pub(super) fn clear_statistics(&mut self) {
        self.stray.clear();
        for instance in &mut self.instances {
            instance.clear_statistics();
        }
    }

    /// A3, B2 for every instance, then silence.
    pub(super) fn shut_down(&mut self) {
        if self.life != Life::Running {
            return;
        }
        self.life = Life::Stopping {
            until: self.now + PATIENCE,
            last_chance: false,
        };
        let mut cx = Context {
            now: self.now,
            kernel: &self.kernel,
            out: &mut self.out,
        };
        for instance in &mut self.instances {
            instance.shut_down(&mut cx, Cause::Shutdown);
        }
        for script in &mut self.scripts {
            script.abandon(&mut self.out);
        }
        self.tracked.abandon(self.now, &mut self.out);
        self.kernel.retry_now();
        self.with_lvs(Lvs::shut_down);
        self.unsettled = true;
    }

    /// Leaves once the kernel has done everything, or has had its chances. `asked`: whether it was
    /// asked for something just now.
    pub(super) fn finish_stopping(&mut self, asked: bool) {
        let Life::Stopping { until, last_chance } = self.life else {
            return;
        };
        let clean = self.kernel.is_clean() && self.is_lvs_clean();
        if !clean && self.now < until {
            return;
        }
        if asked && self.now > until && !last_chance {
            // We were paused or starved, and what was due before is tried only now.
            self.life = Life::Stopping {
                until: self.now + LAST_CHANCE,
                last_chance: true,
            };
            return;
        }
        self.life = Life::Stopped;
        for membership in memberships(&self.config) {
            self.out.push(Effect::Leave(membership));
        }
        let leaving = core::mem::take(&mut self.leaving);
        for interface in watched(&self.config).union(&leaving) {
            self.out.push(Effect::Unwatch {
                interface: *interface,
            });
        }
        self.out.push(Effect::Stopped);
    }

    fn rewatch(&mut self, config: &Config) {
        let after = watched(config);
        let mut before = watched(&self.config);
        before.append(&mut self.leaving);
        let (heard, hears) = (memberships(&self.config), memberships(config));
        for membership in heard.difference(&hears) {
            self.out.push(Effect::Leave(*membership));
        }
        for interface in before.difference(&after).copied() {
            // What we put there has to go first, and only its reports tell that it has.
            if self.kernel.holds_ours(interface) {
                self.leaving.insert(interface);
            } else {
                self.out.push(Effect::Unwatch { interface });
            }
        }
        for interface in after.difference(&before) {
            self.out.push(Effect::Watch {
                interface: *interface,
            });
        }
        for membership in hears.difference(&heard) {
            // An interface that was watched before for its addresses alone is not reported anew.
            if self.kernel.link_up(membership.interface).is_some() {
                self.out.push(Effect::Join(*membership));
            }
        }
        // An address that the new file dropped stays ours to remove: it carries our mark.
        let statics = statics::addresses(&config.parts().statics);
        let known: BTreeSet<_> = after.union(&self.leaving).copied().collect();
        self.kernel.configure(&known, claimed(config), statics);
        self.kernel.configure_links(links(config));
        self.follow_routing(config);
    }

    /// Follows no longer what a reload dropped, once nothing of ours is there any more.
    pub(super) fn let_go(&mut self) {
        let kernel = &self.kernel;
        let empty = |interface: &IfName| !kernel.holds_ours(*interface);
        let gone: Vec<_> = self.leaving.iter().copied().filter(empty).collect();
        for interface in gone {
            self.leaving.remove(&interface);
            self.kernel.forget(interface);
            self.out.push(Effect::Unwatch { interface });
        }
    }

    fn replace_scripts(&mut self, config: &Config) {
        let mut kept = Vec::with_capacity(config.scripts().len());
        for script in config.scripts() {
            if !scripts_in_use(config).any(|tracked| tracked.target == script.name) {
                // keepalived: a script that nobody tracks does not run.
                continue;
            }
            let same = |run: &TrackedRun| run.goes_on_as(script);
            kept.push(match self.scripts.iter().position(same) {
                Some(at) => {
                    let mut run = self.scripts.remove(at);
                    run.reconfigure(script.clone());
                    run
                }
                None => TrackedRun::new(script.clone(), self.now),
            });
        }
        for mut gone in core::mem::replace(&mut self.scripts, kept) {
            gone.abandon(&mut self.out);
        }
    }

    fn replace_instances(&mut self, config: &Config, changes: &Changes) {
        let mut old = self.instances.take();
        let mut kept = Vec::with_capacity(config.instances().len());
        for gone in old
            .iter_mut()
            .filter(|old| changes.removed.contains(&old.key()))
        {
            retire(gone, self.now, &self.kernel, &mut self.out);
        }
        for wanted in config.shared_instances() {
            let found = old.iter().position(|old| old.key() == wanted.key());
            let Some(at) = found.filter(|_| !mutant::is_active(Mutant::ReloadForgets)) else {
                kept.push(Instance::new(wanted, self.now));
                continue;
            };
            let mut instance = old.swap_remove(at);
            if changes.changed.contains(&wanted.key()) {
                let mut cx = Context {
                    now: self.now,
                    kernel: &self.kernel,
                    out: &mut self.out,
                };
                instance.reconfigure(&mut cx, wanted);
            } else {
                instance.read_from(wanted);
                if mutant::is_active(Mutant::ReloadRearms) {
                    instance.rearm(self.now);
                }
            }
            kept.push(instance);
        }
        self.instances.replace(kept);
        self.groups = Group::all_of(config, &self.groups);
        for group in &mut self.groups {
            group.find_members(&self.instances);
        }
        for instance in &mut self.instances {
            let grouped = self.groups.iter().any(|group| group.has(instance));
            instance.set_grouped(grouped);
            instance.set_wall_clock(self.wall);
        }
    }
}

fn retire(
    instance: &mut Instance,
    now: Instant,
    kernel: &crate::kernel::KernelState,
    out: &mut Outbox,
) {
    let mut cx = Context { now, kernel, out };
    instance.shut_down(&mut cx, Cause::Removed);
    instance.settle(&mut cx);
}

/// Every interface that an instance or a group depends on.
fn watched(config: &Config) -> BTreeSet<IfName> {
    let groups = config.sync_groups().iter();
    let tracked = groups.flat_map(|group| &group.trackers.interfaces);
    let instances = config.instances().iter().flat_map(interfaces_of);
    instances
        .chain(tracked.map(|tracked| tracked.target))
        .chain(statics::interfaces(&config.parts().statics))
        .collect()
}

/// What the configuration speaks of, but an owner's addresses: those may be the interface's own,
/// set by somebody else; and what is static may have been there before.
fn claimed(config: &Config) -> Claims {
    let of_backups = |instance: &&crate::model::Instance| !instance.priority.is_owner();
    let backups = config.instances().iter().filter(of_backups);
    let routes = backups.clone().flat_map(|own| &own.routes);
    let rules = backups.clone().flat_map(|own| &own.rules);
    let addresses = backups.flat_map(|instance| {
        instance
            .virtual_addresses
            .iter()
            .chain(&instance.excluded_addresses)
            .map(|own| own.on(instance.interface).key)
    });
    Claims {
        addresses: addresses.collect(),
        routes: routes.map(RouteKey::of).collect(),
        rules: rules.map(RuleKey::of).collect(),
    }
}
