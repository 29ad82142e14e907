//! What a new configuration changes, by stable keys.
//!
//! | file | owns |
//! |---|---|
//! | `mod` | which instances and groups are new, changed or gone: what the node acts on |
//! | `plan` | the same for people, thing by thing and field by field, with what the node would do |
//! | `fields` | the fields of each thing, and how each takes effect |
//! | `render` | a plan as text |
//!
//! Invariant: what is equal in both is not spoken of, so a reload of the same file does nothing.
//! What a plan says that the node would do is what a copy of that node did.

mod fields;
mod plan;
mod render;

use crate::id::InstanceKey;
use crate::model::Config;

pub use plan::{Action, Field, Item, Kind, Outlook, Plan, Role, Takes};

/// What becomes of each instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Instances that are new.
    pub added: Vec<InstanceKey>,
    /// Instances that go on with another configuration.
    pub changed: Vec<InstanceKey>,
    /// Instances that are no more.
    pub removed: Vec<InstanceKey>,
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
        changes
    }
}
