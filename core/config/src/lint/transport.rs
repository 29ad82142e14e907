//! Unicast peers and sources.

use std::net::IpAddr;

use bellwether_core::model::{Instance, Transport};

use super::Site;
use crate::code;
use crate::places::{Item, index};

pub(super) fn check(site: &mut Site<'_>) {
    for (at, instance) in site.config.instances().iter().enumerate() {
        let (source, peers) = match &instance.transport {
            Transport::Multicast { source, .. } => (*source, [].as_slice()),
            Transport::Unicast { source, peers, .. } => (*source, peers.as_slice()),
        };
        if let Some(source) = source.filter(|source| is_virtual(instance, *source)) {
            let message = format!(
                "{source} is a virtual address of `{}`: only a master has it, so a backup has \
                 nothing to send from",
                instance.name
            );
            let item = Item::Instance(index(at));
            let span = site.span(item, &["unicast_src_ip", "mcast_src_ip"]);
            let hint = "give an address that this node always has";
            site.warn(code::VIRTUAL_SOURCE, span, message, hint);
        }
        for (line, peer) in peers.iter().enumerate() {
            let span = site.line(at, line, "unicast_peer");
            if source == Some(peer.address) {
                let message = format!("{} is this node's own address, no peer's", peer.address);
                let hint = "list the other nodes; the own address is `unicast_src_ip`";
                site.warn(code::OWN_PEER, span, message, hint);
            } else if is_virtual(instance, peer.address) {
                let message = format!(
                    "{} is a virtual address of `{}`: adverts to it come back to the master",
                    peer.address, instance.name
                );
                let hint = "list addresses that the other nodes always have";
                site.warn(code::VIRTUAL_SOURCE, span, message, hint);
            }
        }
    }
}

fn is_virtual(instance: &Instance, address: IpAddr) -> bool {
    let own = instance.virtual_addresses.iter();
    own.chain(&instance.excluded_addresses)
        .any(|own| own.address == address)
}
