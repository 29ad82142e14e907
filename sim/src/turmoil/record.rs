//! A host's hand in the one event log.

use std::cell::RefCell;
use std::rc::Rc;

use bellwether_core::Instant;
use bellwether_core::effect::{Announce, Notice};
use bellwether_core::kernel::KernelOp;

use crate::log::{Entry, NodeId, What};

/// Writes one host's entries.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub(super) node: NodeId,
    pub(super) entries: Rc<RefCell<Vec<Entry>>>,
}

impl Recorder {
    pub(super) fn write(&self, at: Instant, what: What) {
        self.entries.borrow_mut().push(Entry {
            at,
            node: Some(self.node),
            what,
        });
    }

    pub(super) fn announced(&self, at: Instant, announce: &Announce) {
        let what = What::Garp {
            interface: announce.interface,
            address: announce.address,
        };
        self.write(at, what);
    }

    pub(super) fn changed(&self, at: Instant, action: &KernelOp) {
        let what = match action {
            KernelOp::AddAddress(address) => What::AddressAdded(address.key),
            KernelOp::RemoveAddress(key) => What::AddressRemoved(*key),
        };
        self.write(at, what);
    }

    pub(super) fn noticed(&self, at: Instant, notice: Notice) {
        let what = match notice {
            Notice::Transition(transition) => What::Transition {
                instance: transition.instance,
                name: transition.name,
                from: transition.from,
                to: transition.to,
                cause: transition.cause,
                priority: transition.priority,
            },
            Notice::Priority { instance, from, to } => What::Priority { instance, from, to },
            Notice::Verdict { script, from, to } => What::Verdict { script, from, to },
            Notice::ScriptTimeout { script } => What::ScriptTimeout { script },
            Notice::Rejected {
                interface,
                instance,
                source,
                reason,
                suppressed,
            } => What::AdvertRefused {
                interface,
                instance,
                source,
                reason,
                suppressed,
            },
            Notice::Mismatch {
                instance,
                source,
                what,
            } => What::Mismatch {
                instance,
                source,
                what,
            },
            Notice::DualMaster {
                instance,
                peer,
                priority,
            } => What::DualMaster {
                instance,
                peer,
                priority,
            },
            Notice::KernelFailed { action, error } => What::KernelFailed { action, error },
            Notice::Late { instance, by } => What::Late { instance, by },
        };
        self.write(at, what);
    }
}
