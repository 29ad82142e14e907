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
            KernelOp::AddRoute { .. } | KernelOp::AddRule(_) | KernelOp::AddRefusal(_) => {
                let object = action.key();
                What::Routing {
                    object,
                    there: true,
                }
            }
            KernelOp::RemoveRoute(_) | KernelOp::RemoveRule(_) | KernelOp::RemoveRefusal(_) => {
                let object = action.key();
                What::Routing {
                    object,
                    there: false,
                }
            }
            KernelOp::AddLink(_) | KernelOp::RemoveLink(_) => return,
        };
        self.write(at, what);
    }

    pub(super) fn noticed(&self, at: Instant, notice: Notice) {
        self.write(at, notice.into());
    }
}
