//! Start, reload and stop.
//!
//! Invariant: what a new configuration does not change keeps its verdicts, its checks and its place
//! in the table, and costs no effect. A service is known by its address, mark or group; a real
//! server within it by address and port (keepalived).

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::ids::{ServerId, ServiceId};
use super::service::{ServiceState, entries};
use super::{Lvs, LvsContext, LvsNotice};
use crate::effect::Notice;
use crate::kernel::ipvs::Timeouts;
use crate::model::lvs::{RealServer, Service, VirtualServer};
use crate::model::{Config, FlushOnStop};

type Servers<'c> = BTreeMap<(IpAddr, u16), &'c RealServer>;

impl Lvs {
    /// An LVS part that has nothing yet; [`Self::adopt`] gives it a configuration.
    pub(crate) fn new(cx: &LvsContext<'_>, config: &Config) -> Self {
        let mut lvs = Self::default();
        if config.globals().lvs.flush {
            lvs.ledger.flush_first();
        }
        lvs.ledger.look_soon(cx.now);
        lvs
    }

    /// Runs this configuration from now on instead of that one.
    pub(crate) fn adopt(&mut self, cx: &mut LvsContext<'_>, before: &Config, after: &Config) {
        let globals = after.globals().lvs.clone();
        let timeouts = &globals.timeouts;
        let said = [timeouts.tcp, timeouts.tcp_fin, timeouts.udp];
        self.ledger
            .want_timeouts(said.iter().any(Option::is_some).then(|| Timeouts {
                tcp: timeouts.tcp.unwrap_or(0),
                tcp_fin: timeouts.tcp_fin.unwrap_or(0),
                udp: timeouts.udp.unwrap_or(0),
            }));
        self.globals = globals;

        let own = after.virtual_servers().iter().map(|own| &own.service);
        let own: std::collections::BTreeSet<_> = own.collect();
        let known = self.by_service.keys().filter(|known| !own.contains(known));
        for gone in known.cloned().collect::<Vec<_>>() {
            self.remove_service(cx, &gone);
        }
        let old: BTreeMap<_, _> = before
            .virtual_servers()
            .iter()
            .map(|own| (&own.service, own))
            .collect();
        let groups_changed = before.parts().lvs.groups != after.parts().lvs.groups;
        self.order.clear();
        for wanted in after.virtual_servers() {
            let known = self.by_service.get(&wanted.service).copied();
            let id = match (known, old.get(&wanted.service)) {
                (Some(id), Some(old)) if *old == wanted && !groups_changed => id,
                (Some(id), old) => {
                    self.change_service(cx, id, old.copied(), wanted, after);
                    id
                }
                (None, _) => self.add_service(cx, wanted, after),
            };
            self.order.push(id);
        }
    }

    /// Stops all checks, tells what `omega` says is to be told, and wants nothing any more.
    pub(crate) fn shut_down(&mut self, cx: &mut LvsContext<'_>) {
        self.stopping = true;
        let checkers: Vec<_> = self.checkers.keys().copied().collect();
        for id in checkers {
            self.stop_checker(cx, id);
        }
        for id in self.order.clone() {
            self.tell_the_end(cx, id);
        }
        for id in self.order.clone() {
            self.unwant(id);
        }
        if self.globals.sync_daemon.is_some() {
            self.ledger.want_daemons(Some(BTreeMap::new()));
        }
        match self.globals.flush_on_stop {
            FlushOnStop::All => self.ledger.flush_all(),
            // To the kernel it is the same: a service takes its destinations along.
            FlushOnStop::OneByOne | FlushOnStop::Services => {}
        }
        self.ledger.retry_now();
    }

    fn add_service(
        &mut self,
        cx: &mut LvsContext<'_>,
        wanted: &VirtualServer,
        config: &Config,
    ) -> ServiceId {
        let id = ServiceId(self.fresh());
        let mut service = ServiceState {
            id,
            config: bare(wanted),
            entries: entries(wanted, &config.parts().lvs.groups),
            servers: Vec::with_capacity(wanted.real_servers.len()),
            live: 0,
            quorum: false,
            since: cx.now,
            present: true,
        };
        service.present = !(wanted.ha_suspend && service.has_addresses());
        self.services.insert(id, service);
        self.by_service.insert(wanted.service.clone(), id);
        for real in &wanted.real_servers {
            self.add_server(cx, id, real, config);
        }
        self.recount(id);
        self.begin_quorum(cx, id);
        self.want_service(id);
        id
    }

    /// keepalived: a service starts without a quorum, and has it at once if its servers, which are
    /// assumed to be up unless `alpha`, have enough weight; either is told.
    fn begin_quorum(&mut self, cx: &mut LvsContext<'_>, id: ServiceId) {
        self.weigh(cx, id);
        let Some(service) = self.services.get(&id).filter(|own| !own.quorum) else {
            return;
        };
        let notice = LvsNotice::Quorum {
            service: service.config.service.clone(),
            up: false,
            weight: service.live,
        };
        cx.out.notice(Notice::Lvs(notice));
        self.tell_quorum(cx, id);
    }

    fn change_service(
        &mut self,
        cx: &mut LvsContext<'_>,
        id: ServiceId,
        old: Option<&VirtualServer>,
        wanted: &VirtualServer,
        config: &Config,
    ) {
        let entries = entries(wanted, &config.parts().lvs.groups);
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        let gone = service.entries.iter().filter(|own| !entries.contains(own));
        for entry in gone.copied().collect::<Vec<_>>() {
            self.unwant_entry(entry);
        }
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        let old_sorry = service.config.sorry.clone();
        let same_host = service.config.virtualhost == wanted.virtualhost;
        service.config = bare(wanted);
        service.entries = entries;
        self.change_servers(cx, id, old.filter(|_| same_host), wanted, config);
        if !wanted.ha_suspend {
            self.set_present(cx, id, true);
        }
        if old_sorry != wanted.sorry {
            self.forget_sorry(id, old_sorry.as_deref());
        }
        self.recount(id);
        self.weigh(cx, id);
        self.want_service(id);
    }

    fn change_servers(
        &mut self,
        cx: &mut LvsContext<'_>,
        id: ServiceId,
        old: Option<&VirtualServer>,
        wanted: &VirtualServer,
        config: &Config,
    ) {
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        let known = core::mem::take(&mut service.servers);
        let mut known: BTreeMap<_, _> = known
            .into_iter()
            .filter_map(|server| {
                let own = self.servers.get(&server)?;
                Some(((own.key.address, own.key.port), server))
            })
            .collect();
        let old = old.map(by_key).unwrap_or_default();
        for real in &wanted.real_servers {
            let key = (real.address, real.port);
            let Some(server) = known.remove(&key) else {
                self.add_server(cx, id, real, config);
                continue;
            };
            if let Some(service) = self.services.get_mut(&id) {
                service.servers.push(server);
            }
            if old.get(&key) != Some(&real) {
                self.change_server(cx, server, real, config);
            }
        }
        for gone in known.into_values() {
            self.remove_server(cx, id, gone);
        }
    }

    /// keepalived: a server that was up is told as down.
    fn remove_server(&mut self, cx: &mut LvsContext<'_>, service: ServiceId, id: ServerId) {
        if self.servers.get(&id).is_some_and(|own| own.up) {
            self.tell_server(cx, id, false);
        }
        let Some(gone) = self.servers.remove(&id) else {
            return;
        };
        for checker in gone.checkers.clone() {
            self.remove_checker(cx, checker);
        }
        let Some(service) = self.services.get(&service) else {
            return;
        };
        for entry in &service.entries {
            let key = gone.destination(super::service::port_of(*entry), 0).key;
            self.ledger.want(*entry, key, None);
        }
    }

    fn remove_service(&mut self, cx: &mut LvsContext<'_>, service: &Service) {
        let Some(id) = self.by_service.remove(service) else {
            return;
        };
        self.tell_the_end(cx, id);
        self.unwant(id);
        let Some(gone) = self.services.remove(&id) else {
            return;
        };
        for server in gone.servers {
            let checkers = self.servers.remove(&server).map(|own| own.checkers);
            for checker in checkers.unwrap_or_default() {
                self.remove_checker(cx, checker);
            }
        }
    }

    fn unwant(&mut self, id: ServiceId) {
        let entries = self.services.get(&id).map(|own| own.entries.clone());
        for entry in entries.unwrap_or_default() {
            self.unwant_entry(entry);
        }
    }

    fn unwant_entry(&mut self, entry: crate::kernel::ipvs::ServiceKey) {
        for key in self.ledger.wanted(entry) {
            self.ledger.want(entry, key, None);
        }
        self.ledger.want_service(entry, None);
    }

    fn forget_sorry(&mut self, id: ServiceId, old: Option<&crate::model::lvs::SorryServer>) {
        let (Some(service), Some(old)) = (self.services.get(&id), old) else {
            return;
        };
        for entry in &service.entries {
            let key = super::service::sorry_key(old, *entry);
            self.ledger.want(*entry, key, None);
        }
    }
}

fn by_key(service: &VirtualServer) -> Servers<'_> {
    let servers = service.real_servers.iter();
    servers.map(|own| ((own.address, own.port), own)).collect()
}

/// A service's configuration without its real servers, which are kept elsewhere.
fn bare(config: &VirtualServer) -> VirtualServer {
    VirtualServer {
        service: config.service.clone(),
        family: config.family,
        scheduler: config.scheduler,
        one_packet: config.one_packet,
        persistence: config.persistence.clone(),
        quorum: config.quorum,
        hysteresis: config.hysteresis,
        notify: config.notify.clone(),
        alpha: config.alpha,
        omega: config.omega,
        ha_suspend: config.ha_suspend,
        mail: config.mail,
        virtualhost: config.virtualhost.clone(),
        snmp_name: config.snmp_name.clone(),
        delay_loop: config.delay_loop,
        sorry: config.sorry.clone(),
        real_servers: Vec::new(),
    }
}
