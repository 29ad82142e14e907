//! Addresses, interfaces, routes and rules of the real kernel, by rtnetlink.
//!
//! Owns the netlink sockets. Invariant: a list is handed on before all changes that came after it
//! was made, and (unless changes never cease) after all that came before; so whoever follows lists
//! and changes in the order in which they come knows what is.
//!
//! The only place that sees rtnetlink's types.
//!
//! Deliberately absent: any decision about what should be there; see
//! [`bellwether_core::kernel`].

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod address;
mod filtering;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod link;
mod making;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod route;
mod routing;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod rule;
mod settings;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod virtual_link;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "netlink's enums are not ours, and grow with the kernel"
)]
mod wire;

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::event::LinkReport;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelError, KernelOp};
use bellwether_core::unit::IfName;
use bellwether_core::{Event, OpId};
use tokio::sync::mpsc;

use crate::filter::Filter;
use crate::inbox::Outbox;
use crate::journal;
use crate::sysctl::RouterSysctls;
use address::Ownership;
use link::Watched;
use routing::Followed;
pub use settings::Settings;
pub use virtual_link::LINK_ALIAS;
use virtual_link::Virtuals;
use wire::{Change, Wire};

/// The protocol id of our addresses (`IFA_PROTO`), by which the next start knows them.
///
/// `ip address` shows it as `proto 0x70`: VRRP's IP protocol number, 112. The kernel itself uses 1
/// to 3.
pub const ADDRESS_PROTOCOL: u8 = 112;

/// How often a list is asked for again because something changed meanwhile.
const LIST_TRIES: usize = 8;

/// Time between attempts to get a new netlink socket.
const RECONNECT: Duration = Duration::from_secs(1);

/// What the VRRP loop asks of the kernel, answered by events in its inbox.
#[derive(Clone, Debug)]
pub enum Request {
    /// See [`bellwether_core::port::KernelPort::apply`].
    Apply(OpId, KernelOp),
    /// See [`bellwether_core::port::KernelPort::observe`].
    Observe(IfName),
    /// See [`bellwether_core::port::KernelPort::observe_routing`].
    ObserveRouting(BTreeSet<u8>),
    /// See [`bellwether_core::port::WatchPort::watch`].
    Watch(IfName),
    /// See [`bellwether_core::port::WatchPort::unwatch`].
    Unwatch(IfName),
    /// Set this of the host as a whole from now on.
    Configure(Box<Settings>),
}

/// Names of all interfaces that exist, in the kernel's order.
///
/// # Errors
///
/// When there is no netlink, or it does not answer.
pub async fn interface_names() -> io::Result<Vec<String>> {
    let mut wire = Wire::open(false)?;
    wire.interface_names()
        .await
        .map_err(|error| io::Error::other(journal::describe(&error)))
}

/// All addresses of this host, with the length of their prefixes.
///
/// # Errors
///
/// When there is no netlink, or it does not answer.
pub async fn host_addresses() -> io::Result<Vec<(IpAddr, u8)>> {
    let mut wire = Wire::open(false)?;
    wire.host_addresses()
        .await
        .map_err(|error| io::Error::other(journal::describe(&error)))
}

/// The task that serves requests and hands on changes.
#[derive(Debug)]
pub struct Kernel {
    wire: Wire,
    requests: mpsc::UnboundedReceiver<Request>,
    /// Requests that were looked at before their time, in order.
    ahead: VecDeque<Request>,
    filter: Filter,
    outbox: Outbox,
    watched: Watched,
    virtuals: Virtuals,
    router_sysctls: RouterSysctls,
    ownership: Ownership,
    followed: Followed,
}

impl Kernel {
    /// Opens the netlink socket, and starts to listen to changes.
    ///
    /// Must be called within a tokio runtime that has I/O and time enabled.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn new(requests: mpsc::UnboundedReceiver<Request>, outbox: Outbox) -> io::Result<Self> {
        Ok(Self {
            wire: Wire::open(false)?,
            requests,
            ahead: VecDeque::new(),
            filter: Filter::default(),
            outbox,
            watched: Watched::default(),
            virtuals: Virtuals::default(),
            router_sysctls: RouterSysctls::default(),
            ownership: Ownership::default(),
            followed: Followed::default(),
        })
    }

    /// Runs until nobody can ask for anything any more.
    pub async fn run(mut self) {
        loop {
            tokio::select! {
                change = self.wire.change() => change.into_iter().for_each(|change| self.hear(change)),
                request = next(&mut self.ahead, &mut self.requests) => match request {
                    Some(request) => self.serve(request).await,
                    None => break,
                },
                () = self.filter.meddled() => self.filter.mend().await,
            }
            if self.wire.lost_track() {
                tracing::warn!("netlink lost messages; listing everything again");
                let follows = !self.followed.protocols.is_empty();
                self.resynchronise(follows).await;
            }
            if self.followed.stale {
                self.list_routing().await;
            }
        }
        self.filter.close().await;
        self.router_sysctls.restore_all();
    }

    async fn serve(&mut self, request: Request) {
        match request {
            Request::Apply(op, KernelOp::AddRefusal(own)) => self.refuse(op, own).await,
            Request::Apply(op, KernelOp::RemoveRefusal(own)) => self.accept(op, own).await,
            Request::Configure(settings) => {
                let Settings {
                    table,
                    filters,
                    stays,
                    promoted,
                    no_local_igmp,
                } = *settings;
                self.router_sysctls.promote(promoted);
                self.router_sysctls.hold_local_igmp(no_local_igmp);
                self.filter.configure(table, filters, stays).await;
            }
            request @ (Request::Apply(..)
            | Request::Observe(_)
            | Request::ObserveRouting(_)
            | Request::Watch(_)
            | Request::Unwatch(_)) => self.serve_plain(request).await,
        }
    }

    /// Serves what has nothing to do with nftables.
    async fn serve_plain(&mut self, request: Request) {
        match request {
            Request::Apply(op, action) => {
                let outcome = self.apply(action).await;
                self.outbox.event(Event::KernelDone { op, outcome });
            }
            Request::Observe(interface) => self.observe(interface).await,
            Request::ObserveRouting(protocols) => self.observe_routing(protocols).await,
            Request::Watch(interface) => self.watch(interface).await,
            Request::Unwatch(interface) => self.watched.remove(interface),
            Request::Configure(_) => {}
        }
    }

    async fn apply(&mut self, action: KernelOp) -> Result<(), KernelError> {
        match action {
            KernelOp::AddAddress(address) => self.add(address).await,
            KernelOp::RemoveAddress(key) => self.remove(key).await,
            KernelOp::AddRoute { key, route } => self.add_route(&key, &route).await,
            KernelOp::RemoveRoute(key) => self.remove_route(&key).await,
            KernelOp::AddRule(key) => self.add_rule(&key).await,
            KernelOp::RemoveRule(key) => self.remove_rule(&key).await,
            KernelOp::AddLink(link) => self.make_link(&link).await,
            KernelOp::RemoveLink(name) => self.remove_link(name).await,
            KernelOp::AddRefusal(own) => self.filter.refuse(&[own]).await,
            KernelOp::RemoveRefusal(own) => self.filter.accept(&[own]).await,
        }
    }

    async fn add(&mut self, address: Address) -> Result<(), KernelError> {
        let interface = address.key.interface;
        let index = self
            .index(interface)
            .await?
            .ok_or(KernelError::NoInterface)?;
        let outcome = match self.wire.add_address(index, &address, false).await {
            Err(KernelError::Other { errno, .. }) if errno == libc::EEXIST => {
                self.adopt(index, &address).await
            }
            outcome => outcome,
        };
        if outcome.is_ok() && address.ours {
            self.ownership.added(address.key);
        }
        outcome
    }

    /// Makes an address that is there already ours, if it is otherwise what it should be.
    async fn adopt(&mut self, index: u32, wanted: &Address) -> Result<(), KernelError> {
        let listed = self.wire.addresses(index).await?;
        let there = listed.iter().find_map(|message| {
            address::parse(message, wanted.key.interface, &self.ownership)
                .filter(|there| there.key == wanted.key)
        });
        let same = there.as_ref().is_some_and(|there| {
            there.label == wanted.label
                && there.broadcast == wanted.broadcast
                && there.scope == wanted.scope
                && there.options.peer == wanted.options.peer
                && there.options.flags == wanted.options.flags
        });
        if !same {
            return Err(wire::kernel_error(libc::EEXIST));
        }
        if there.is_some_and(|there| there.ours == wanted.ours) {
            return Ok(());
        }
        self.wire.add_address(index, wanted, true).await
    }

    async fn remove(&mut self, key: AddressKey) -> Result<(), KernelError> {
        let Some(index) = self.index(key.interface).await? else {
            return Ok(());
        };
        let there_is_none = |outcome: &Result<(), KernelError>| {
            let errno = libc::EADDRNOTAVAIL;
            matches!(outcome, Err(KernelError::Other { errno: told, .. }) if *told == errno)
        };
        let mut outcome = self.wire.remove_address(index, &key).await;
        if there_is_none(&outcome) && key.address.is_ipv4() {
            // Of a point-to-point address the kernel wants the far end, or nothing.
            outcome = self.wire.remove_local_address(index, &key).await;
        }
        match outcome {
            Err(KernelError::Other { errno, .. })
                if errno == libc::EADDRNOTAVAIL || errno == libc::ENOENT =>
            {
                Ok(())
            }
            Err(KernelError::NoInterface) => Ok(()),
            outcome => outcome,
        }
    }

    async fn index(&mut self, interface: IfName) -> Result<Option<u32>, KernelError> {
        if let Some(link) = self.watched.link(interface) {
            return Ok(Some(link.index));
        }
        let link = self.wire.link(interface).await?;
        Ok(link.map(|link| link.index))
    }

    async fn observe(&mut self, interface: IfName) {
        let mut addresses = Vec::new();
        for _ in 0..LIST_TRIES {
            self.hear_waiting().await;
            addresses = match self.list(interface).await {
                Ok(addresses) => addresses,
                Err(error) => {
                    tracing::warn!(%interface, error = journal::describe(&error), "can't list addresses");
                    Vec::new()
                }
            };
            if !self.hear_waiting().await {
                break;
            }
        }
        self.outbox.event(Event::Addresses {
            interface,
            addresses,
        });
    }

    async fn list(&mut self, interface: IfName) -> Result<Vec<Address>, KernelError> {
        let Some(index) = self.index(interface).await? else {
            return Ok(Vec::new());
        };
        let messages = self.wire.addresses(index).await?;
        let parse = |message| address::parse(message, interface, &self.ownership);
        Ok(messages.iter().filter_map(parse).collect())
    }

    async fn watch(&mut self, interface: IfName) {
        let mut link = None;
        for _ in 0..LIST_TRIES {
            self.hear_waiting().await;
            link = self.wire.link(interface).await.unwrap_or_else(|error| {
                tracing::warn!(
                    %interface,
                    error = journal::describe(&error),
                    "can't ask for the interface"
                );
                None
            });
            if !self.hear_waiting().await {
                break;
            }
        }
        self.watched.insert(interface, link);
        if let Some(link) = link {
            self.report_virtuals(interface, link.index).await;
        }
        self.outbox
            .event(Event::Link(LinkReport { interface, link }));
    }

    /// Hands on all changes that have been made so far. Tells whether there were any.
    async fn hear_waiting(&mut self) -> bool {
        self.wire.catch_up().await;
        let mut any = false;
        while let Some(change) = self.wire.change_now() {
            self.hear(change);
            any = true;
        }
        any
    }

    fn hear(&mut self, change: Change) {
        match change {
            Change::Link(message) => {
                if let Some((name, link)) = link::parse(&message) {
                    self.followed.names.insert(link.index, name);
                    self.router_sysctls.came(name);
                    if !link.up {
                        self.followed.doubt();
                    }
                }
                self.hear_virtual(&message);
                let reports = link::parse(&message).map(|(name, link)| {
                    let index = message.header.index;
                    self.watched.changed(index, name, link)
                });
                self.report(reports.unwrap_or_default());
            }
            Change::LinkGone(message) => {
                self.followed.doubt();
                self.lose_virtual(&message);
                let reports = self.watched.gone(message.header.index);
                self.report(reports);
            }
            Change::Address(message) => {
                if let Some(interface) = self.watched.name(message.header.index)
                    && let Some(address) = address::parse(&message, interface, &self.ownership)
                {
                    self.outbox.event(Event::AddressAdded(address));
                }
            }
            Change::AddressGone(message) => {
                self.followed.doubt();
                if let Some(interface) = self.watched.name(message.header.index)
                    && let Some(address) = address::parse(&message, interface, &self.ownership)
                {
                    self.ownership.removed(&address.key);
                    self.outbox.event(Event::AddressRemoved(address.key));
                }
            }
            Change::Route { message, replaces } => {
                if replaces {
                    self.followed.doubt();
                }
                let found = self.followed.route(&message);
                found
                    .into_iter()
                    .for_each(|key| self.outbox.event(Event::Found(key)));
            }
            Change::RouteGone(message) => {
                let lost = self.followed.route(&message);
                lost.into_iter()
                    .for_each(|key| self.outbox.event(Event::Lost(key)));
            }
            Change::Rule(message) => {
                let found = self.followed.rule(&message);
                found
                    .into_iter()
                    .for_each(|key| self.outbox.event(Event::Found(key)));
            }
            Change::RuleGone(message) => {
                let lost = self.followed.rule(&message);
                lost.into_iter()
                    .for_each(|key| self.outbox.event(Event::Lost(key)));
            }
        }
    }

    fn report(&self, reports: Vec<LinkReport>) {
        for report in reports {
            self.outbox.event(Event::Link(report));
        }
    }

    /// Asks for everything that is watched, after changes may have been missed.
    async fn resynchronise(&mut self, routing: bool) {
        while let Err(error) = self.wire.reopen(routing) {
            tracing::error!(%error, "can't open a netlink socket; trying again");
            tokio::time::sleep(RECONNECT).await;
        }
        for interface in self.watched.names() {
            self.watch(interface).await;
            self.observe(interface).await;
        }
        self.list_routing().await;
    }
}

/// The next request, those that were looked at already first. Cancel safe.
async fn next(
    ahead: &mut VecDeque<Request>,
    requests: &mut mpsc::UnboundedReceiver<Request>,
) -> Option<Request> {
    match ahead.pop_front() {
        Some(request) => Some(request),
        None => requests.recv().await,
    }
}
