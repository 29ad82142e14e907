//! Making, mending and removing virtual links.

use bellwether_core::kernel::{KernelError, VirtualKind, VirtualLink};
use bellwether_core::unit::{IfName, Mac};
use rtnetlink::packet_route::link::LinkMessage;

use super::{Kernel, virtual_link};
use crate::journal;

impl Kernel {
    /// Makes a link that is not there, and sets it up; of one that is there and of this shape only
    /// the latter.
    pub(super) async fn make_link(&mut self, link: &VirtualLink) -> Result<(), KernelError> {
        let base = self.index(link.base).await?;
        let base = base.ok_or(KernelError::NoInterface)?;
        let created = self.wire.add_link(virtual_link::creation(link, base)).await;
        let Some(index) = self.find(link.name).await? else {
            // It is not there, and so could not be made.
            return created.and(Err(KernelError::NoInterface));
        };
        if created.is_err() {
            let there = self.wire.virtual_links(base, link.base).await?;
            let fits = |(_, there): &(u32, VirtualLink)| there.is_shaped_like(link);
            if !there.iter().any(fits) {
                return created;
            }
        }
        self.wire.set_link(virtual_link::marking(index)).await?;
        if answers_arp(link) {
            self.router_sysctls.prepare(link.base, link.name);
        }
        if matches!(link.kind, VirtualKind::Macvlan { .. }) {
            // Before it comes up, and says where it belongs.
            self.filter.hush(link.name, link.base).await;
        }
        self.wire.set_link(virtual_link::raising(index)).await
    }

    /// Removes a link; one that is gone is gone.
    pub(super) async fn remove_link(&mut self, name: IfName) -> Result<(), KernelError> {
        let outcome = match self.find(name).await? {
            Some(index) => self.wire.remove_link(index).await,
            None => Ok(()),
        };
        match outcome {
            Ok(()) | Err(KernelError::NoInterface) => {
                self.router_sysctls.restore(name);
                self.filter.unhush(name).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Reports what stands on an interface that is about to be watched.
    pub(super) async fn report_virtuals(&mut self, base: IfName, index: u32) {
        if self.virtuals.has(index) {
            return;
        }
        match self.wire.virtual_links(index, base).await {
            Ok(found) => {
                for (_, link) in &found {
                    // What a predecessor made is not made again.
                    if link.ours && matches!(link.kind, VirtualKind::Macvlan { .. }) {
                        self.filter.hush(link.name, base).await;
                    }
                }
                for event in self.virtuals.listed(base, found) {
                    self.outbox.event(event);
                }
            }
            Err(error) => {
                let error = journal::describe(&error);
                tracing::warn!(interface = %base, error, "can't list what stands on it");
            }
        }
    }

    /// Takes in a message about any interface.
    pub(super) fn hear_virtual(&mut self, message: &LinkMessage) {
        let base = virtual_link::base_of(message).and_then(|base| self.watched.name(base));
        let Some(link) = base.and_then(|base| virtual_link::parse(message, base)) else {
            return;
        };
        for event in self.virtuals.changed(message.header.index, link) {
            self.outbox.event(event);
        }
    }

    /// Takes in that an interface is gone.
    pub(super) fn lose_virtual(&mut self, message: &LinkMessage) {
        if let Some(event) = self.virtuals.gone(message.header.index) {
            if let bellwether_core::Event::VirtualLink { name, .. } = &event {
                self.filter.lost(*name);
            }
            self.outbox.event(event);
        }
    }

    /// The index that a name has now, whatever it had when it was last heard of.
    async fn find(&mut self, name: IfName) -> Result<Option<u32>, KernelError> {
        Ok(self.wire.link(name).await?.map(|link| link.index))
    }
}

/// Whether it is for IPv4, as far as its hardware address tells.
fn answers_arp(link: &VirtualLink) -> bool {
    match link.kind {
        VirtualKind::Macvlan { mac: Mac(bytes) } => !bytes.starts_with(&[0, 0, 0x5e, 0, 2]),
        VirtualKind::Ipvlan { .. } | VirtualKind::Other => false,
    }
}
