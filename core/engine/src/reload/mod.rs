//! What a new configuration changes, by stable keys.
//!
//! Invariant: what is equal in both is not spoken of, so a reload of the same file does nothing.

use std::collections::BTreeSet;

use crate::id::InstanceKey;
use crate::model::Config;
use crate::unit::Name;

/// What becomes of each instance and script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Instances that are new.
    pub added: Vec<InstanceKey>,
    /// Instances that go on with another configuration.
    pub changed: Vec<InstanceKey>,
    /// Instances that are no more.
    pub removed: Vec<InstanceKey>,
    /// Scripts that are no more, or start anew because they are new or another.
    pub scripts: BTreeSet<Name>,
    /// Sync groups that are new, no more, or another.
    pub groups: BTreeSet<Name>,
}

impl Changes {
    /// Compares two configurations.
    #[must_use]
    pub fn between(old: &Config, new: &Config) -> Self {
        let mut changes = Self::default();
        for instance in new.instances() {
            match old
                .instances()
                .iter()
                .find(|before| before.key() == instance.key())
            {
                None => changes.added.push(instance.key()),
                Some(before) if before != instance => changes.changed.push(instance.key()),
                Some(_) => {}
            }
        }
        let gone = |key: &InstanceKey| new.instances().iter().all(|after| after.key() != *key);
        let keys = old.instances().iter().map(crate::model::Instance::key);
        changes.removed = keys.filter(gone).collect();

        let differs = |one: &Config, other: &Config| -> BTreeSet<Name> {
            let lacks = |script: &&crate::model::Script| !other.scripts().contains(script);
            one.scripts()
                .iter()
                .filter(lacks)
                .map(|script| script.name.clone())
                .collect()
        };
        let regroups = |one: &Config, other: &Config| -> BTreeSet<Name> {
            let lacks = |group: &&crate::model::SyncGroup| !other.sync_groups().contains(group);
            let groups = one.sync_groups().iter().filter(lacks);
            groups.map(|group| group.name.clone()).collect()
        };
        changes.groups = regroups(old, new);
        changes.groups.append(&mut regroups(new, old));
        changes.scripts = differs(old, new);
        changes.scripts.append(&mut differs(new, old));
        changes
    }

    /// Whether the two are equal in all that runs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
