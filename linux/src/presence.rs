//! Which addresses this host has, whatever interface they are on: for services whose checks follow
//! their address (keepalived: `ha_suspend`).
//!
//! What happens on interfaces that VRRP uses the loop hears at once; an address that somebody else
//! puts on another one is seen here within `EVERY`. Nothing is looked at where no service asks.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::Event;
use bellwether_core::model::Config;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::inbox::Outbox;
use crate::netlink;

/// How often the host's addresses are listed.
const EVERY: Duration = Duration::from_secs(1);

/// Whether a configuration asks for this.
#[must_use]
pub fn is_needed(config: &Config) -> bool {
    config.virtual_servers().iter().any(|own| own.ha_suspend)
}

/// Tells the loop which addresses there are, now and at each change, while it is needed.
///
/// Runs until nobody can say any more whether it is. Must be called within a tokio runtime that has
/// I/O and time enabled.
pub async fn tell(mut needed: watch::Receiver<bool>, outbox: Outbox) {
    let mut told = None;
    loop {
        if !*needed.borrow_and_update() {
            told = None;
            if needed.changed().await.is_err() {
                return;
            }
            continue;
        }
        match netlink::host_addresses().await {
            Ok(found) => {
                let here: BTreeSet<IpAddr> = found.into_iter().map(|(own, _)| own).collect();
                if told.as_ref() != Some(&here) {
                    outbox.event(Event::Present(here.clone()));
                    told = Some(here);
                }
            }
            Err(error) => tracing::debug!(%error, "can't list the host's addresses"),
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            changed = needed.changed() => if changed.is_err() {
                return;
            },
        }
    }
}
