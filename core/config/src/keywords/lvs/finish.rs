//! Drafts to the model: what a virtual server's block says as a whole.

use std::net::IpAddr;

use bellwether_core::model::lvs::{
    Forwarding, HashFlags, Persistence, Protocol, QuorumNotify, RealServer, Scheduler, Service,
    SorryServer, VirtualServer,
};
use bellwether_core::unit::Family;

use super::LvsDraft;
use super::check::DELAY_LOOP;
use super::real::RealDraft;
use super::server::{Known, ServerDraft, Taken};
use crate::build::Context;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::places::{Item, index};
use crate::source::Span;

impl ServerDraft {
    /// Makes the virtual server and adds it; `places` is where those of its block start.
    pub(super) fn finish(
        mut self,
        cx: &mut Context<'_>,
        known: Known,
        lvs: &mut LvsDraft,
        places: usize,
    ) {
        if self.reals.is_empty() {
            self.without_servers(cx);
            cx.places.renumber(places, |_| None);
            return;
        }
        let family = self.family(cx, &known);
        let service = self.service(cx, known);
        let (reals, kept) = self.real_servers(cx, &service, family, lvs);
        if reals.is_empty() {
            self.without_servers(cx);
            cx.places.renumber(places, |_| None);
            return;
        }
        if let Some(first) = lvs.services.get(&service).copied() {
            self.merge(cx, first, reals, &kept, lvs, places);
            return;
        }
        if kept.iter().any(Option::is_none) {
            cx.places.renumber(places, |item| renumber(item, &kept));
        }
        let server = self.server(cx, service.clone(), family, reals);
        lvs.services.insert(service, self.index);
        lvs.servers.push(server);
        lvs.spans.push(self.span);
    }

    /// keepalived drops it, even if it has a sorry server.
    fn without_servers(&self, cx: &mut Context<'_>) {
        if self.wrong {
            return;
        }
        let message = "this virtual server has no real server: it is left out";
        let warning = Diagnostic::warning(code::NO_REAL_SERVER, self.span, message);
        let hint = if self.sorry.is_some() {
            "a sorry server alone does not keep it: add it as a `real_server`"
        } else {
            "add `real_server ADDRESS PORT { ... }`"
        };
        cx.push(warning.hint(hint));
    }

    /// keepalived: two blocks of one service are one in the kernel's table.
    fn merge(
        &self,
        cx: &mut Context<'_>,
        first: u32,
        reals: Vec<RealServer>,
        kept: &[Option<u32>],
        lvs: &mut LvsDraft,
        places: usize,
    ) {
        let at = usize::try_from(first).ok();
        let Some((server, span)) =
            at.and_then(|at| Some((lvs.servers.get_mut(at)?, lvs.spans.get(at)?)))
        else {
            return;
        };
        let message = "this service has a block already: these real servers are added to that";
        let warning = Diagnostic::warning(code::DUPLICATE_SERVICE, self.span, message);
        cx.push(
            warning
                .related(*span, "the first, whose settings count")
                .hint("write all its real servers into one block"),
        );
        let mut moved: Vec<Option<u32>> = Vec::new();
        for real in reals {
            let same =
                |other: &RealServer| (other.address, other.port) == (real.address, real.port);
            if server.real_servers.iter().any(same) {
                moved.push(None);
                continue;
            }
            moved.push(Some(index(server.real_servers.len())));
            server.real_servers.push(real);
        }
        let to = |real: u32| {
            let kept = kept.get(usize::try_from(real).ok()?).copied().flatten()?;
            moved.get(usize::try_from(kept).ok()?).copied().flatten()
        };
        cx.places.renumber(places, |item| {
            let (_, real, _) = real_of(item)?;
            Some(with_real(item, first, to(real)?))
        });
    }

    fn service(&self, cx: &mut Context<'_>, known: Known) -> Service {
        if let Known::Fwmark(mark) = known {
            if let Some(span) = self.has_protocol {
                let message = "a firewall mark has no protocol: this has no effect";
                cx.warning(code::IGNORED_SETTING, span, message);
            }
            return Service::Fwmark(mark);
        }
        if self.has_protocol.is_none() {
            let message = "this virtual server has no protocol: it is UDP";
            let warning = Diagnostic::warning(code::NO_PROTOCOL, self.span, message);
            cx.push(warning.hint("add `protocol TCP` or `protocol UDP`"));
        }
        let protocol = self.protocol.unwrap_or(Protocol::Udp);
        match known {
            Known::Address(address, port) => Service::Address {
                address,
                port,
                protocol,
            },
            Known::Group(name) => Service::Group { name, protocol },
            Known::Fwmark(mark) => Service::Fwmark(mark),
        }
    }

    /// The family of its address; else of the first real server that is not reached by a tunnel;
    /// else of the first.
    fn family(&self, cx: &mut Context<'_>, known: &Known) -> Family {
        let said = self.family.map(|family| match family.value {
            "inet6" => Family::V6,
            _ => Family::V4,
        });
        if let Known::Address(address, _) = known {
            let family = family_of(*address);
            if let Some(given) = self.family.filter(|_| said != Some(family)) {
                let message = format!("the family of {address} is not `{}`", given.value);
                cx.warning(code::OTHER_FAMILY, given.span, message);
            }
            return family;
        }
        let plain = |real: &&RealDraft| !is_tunnel(self.method_of(real));
        let first = self.reals.iter().find(plain).or(self.reals.first());
        let first = first.map(|real| family_of(real.address));
        said.or(first).unwrap_or(Family::V4)
    }

    fn method_of(&self, real: &RealDraft) -> Forwarding {
        real.method.or(self.method).unwrap_or(Forwarding::Nat)
    }

    /// Makes its real servers; with them, for each in the file, its place among those that are
    /// kept.
    fn real_servers(
        &mut self,
        cx: &mut Context<'_>,
        service: &Service,
        family: Family,
        lvs: &mut LvsDraft,
    ) -> (Vec<RealServer>, Vec<Option<u32>>) {
        let drafts = std::mem::take(&mut self.reals);
        let mut taken = Taken::new();
        let mut made = Vec::with_capacity(drafts.len());
        let mut kept = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let method = self.method_of(&draft);
            let port = table_port(cx, service, draft.port, method, draft.span);
            let new = taken.insert((draft.address, port));
            if !new {
                let message = format!(
                    "{} port {port} is a real server of this virtual server already",
                    draft.address
                );
                let warning = Diagnostic::warning(code::DUPLICATE_REAL_SERVER, draft.span, message);
                cx.push(warning.hint("this one is dropped"));
            }
            if !new || self.is_foreign(cx, draft.address, method, family, draft.span) {
                kept.push(None);
                continue;
            }
            kept.push(Some(index(made.len())));
            made.push(self.real_server(cx, draft, method, port, lvs));
        }
        made.shrink_to_fit();
        (made, kept)
    }

    /// keepalived skips a server of another family, unless it is reached by a tunnel.
    fn is_foreign(
        &self,
        cx: &mut Context<'_>,
        address: IpAddr,
        method: Forwarding,
        family: Family,
        span: Span,
    ) -> bool {
        let foreign = family_of(address) != family && !is_tunnel(method);
        if foreign {
            let message = format!("{address} is dropped: it is not of the virtual server's family");
            let warning = Diagnostic::warning(code::OTHER_FAMILY, span, message);
            cx.push(
                warning
                    .related(self.span, "this virtual server")
                    .hint("only `lb_kind TUN` reaches a server of another family"),
            );
        }
        foreign
    }

    fn real_server(
        &self,
        cx: &mut Context<'_>,
        mut draft: RealDraft,
        method: Forwarding,
        port: u16,
        lvs: &mut LvsDraft,
    ) -> RealServer {
        let outer = draft.timing.or(self.timing);
        let pending = std::mem::take(&mut draft.checkers);
        let mut checkers = Vec::with_capacity(pending.len());
        for mut checker in pending {
            lvs.tracked.extend(checker.refers.take());
            checkers.push(checker.finish(cx, outer, &draft, port));
        }
        let uthreshold = draft.uthreshold.unwrap_or(0);
        if let Some(low) = draft.lthreshold.filter(|low| low.value > uthreshold) {
            let message = format!(
                "the kernel refuses this: {} is above `uthreshold`",
                low.value
            );
            let warning = Diagnostic::warning(code::THRESHOLDS, low.span, message);
            cx.push(warning.hint(format!("`uthreshold` is {uthreshold} here")));
        }
        RealServer {
            weight: draft.weight.or(self.weight).unwrap_or(1),
            uthreshold,
            lthreshold: draft.lthreshold.map_or(0, |low| low.value),
            inhibit_on_failure: draft.inhibit.or(self.inhibit).unwrap_or(false),
            mail: draft.mail,
            extra: draft.extra,
            checkers,
            ..RealServer::new(draft.address, port, method)
        }
    }

    fn server(
        &mut self,
        cx: &mut Context<'_>,
        service: Service,
        family: Family,
        real_servers: Vec<RealServer>,
    ) -> VirtualServer {
        let (quorum, hysteresis) = self.quorum(cx, &real_servers);
        let notify = QuorumNotify {
            up: self.quorum_up.take(),
            down: self.quorum_down.take(),
        };
        let notify = Some(notify).filter(|notify| *notify != QuorumNotify::default());
        VirtualServer {
            scheduler: self.scheduler(cx),
            one_packet: self.one_packet(cx, &service),
            persistence: self.persistence(cx, &service, family),
            quorum,
            hysteresis,
            notify: notify.map(Box::new),
            alpha: self.timing.alpha.unwrap_or(false),
            omega: self.omega,
            ha_suspend: self.ha_suspend,
            mail: self.mail,
            virtualhost: self.virtualhost.take(),
            snmp_name: self.snmp_name.take(),
            delay_loop: self.timing.delay_loop.unwrap_or(DELAY_LOOP),
            sorry: self.sorry_server(cx, &service, family).map(Box::new),
            real_servers,
            ..VirtualServer::new(service, family)
        }
    }

    /// keepalived reduces a quorum above the sum of weights to that sum, and a hysteresis to less
    /// than the quorum.
    fn quorum(&self, cx: &mut Context<'_>, reals: &[RealServer]) -> (u32, u32) {
        let sum: u64 = reals.iter().map(|real| u64::from(real.weight)).sum();
        let given = self.quorum.map_or(1, |quorum| quorum.value);
        let quorum = given.min(u32::try_from(sum).unwrap_or(u32::MAX)).max(1);
        if u64::from(given) > sum {
            let at = self.quorum.map_or(self.span, |quorum| quorum.span);
            let (message, hint) = if sum == 0 {
                let message = "all real servers have weight 0: there is never a quorum".to_owned();
                (message, "give one of them a weight of 1 or more")
            } else {
                let message = format!(
                    "all real servers together have weight {sum}: a quorum of {given} is taken as \
                     {quorum}"
                );
                (message, "without any of them there would be no quorum")
            };
            cx.push(Diagnostic::warning(code::QUORUM, at, message).hint(hint));
        }
        let Some(hysteresis) = self.hysteresis else {
            return (quorum, 0);
        };
        let most = quorum.saturating_sub(1);
        if hysteresis.value > most {
            let message = format!(
                "a hysteresis is below the quorum, which is {quorum}; {} is taken as {most}",
                hysteresis.value
            );
            cx.warning(code::QUORUM, hysteresis.span, message);
        }
        (quorum, hysteresis.value.min(most))
    }

    fn scheduler(&self, cx: &mut Context<'_>) -> Scheduler {
        let flags = HashFlags {
            port: self.hash_port.is_some(),
            fallback: self.hash_fallback.is_some(),
        };
        let name = self.scheduler.unwrap_or("wlc");
        if !matches!(name, "sh" | "mh") {
            for span in [self.hash_port, self.hash_fallback].into_iter().flatten() {
                let message = format!("scheduler {name} has no such flag: this has no effect");
                let warning = Diagnostic::warning(code::IGNORED_SETTING, span, message);
                cx.push(warning.hint("it belongs to schedulers sh and mh"));
            }
        }
        match name {
            "rr" => Scheduler::Rr,
            "wrr" => Scheduler::Wrr,
            "lc" => Scheduler::Lc,
            "lblc" => Scheduler::Lblc,
            "lblcr" => Scheduler::Lblcr,
            "dh" => Scheduler::Dh,
            "sh" => Scheduler::Sh(flags),
            "sed" => Scheduler::Sed,
            "nq" => Scheduler::Nq,
            "fo" => Scheduler::Fo,
            "ovf" => Scheduler::Ovf,
            "mh" => Scheduler::Mh(flags),
            "twos" => Scheduler::Twos,
            _ => Scheduler::Wlc,
        }
    }

    /// keepalived: one-packet scheduling is UDP's, and packets of a mark have no protocol.
    fn one_packet(&self, cx: &mut Context<'_>, service: &Service) -> bool {
        let Some(span) = self.one_packet else {
            return false;
        };
        let udp = match service {
            Service::Address { protocol, .. } | Service::Group { protocol, .. } => {
                *protocol == Protocol::Udp
            }
            Service::Fwmark(_) => false,
        };
        if !udp {
            let message = "`ops` is for UDP: this has no effect";
            cx.warning(code::IGNORED_SETTING, span, message);
        }
        udp
    }

    /// keepalived: all ports of an address need persistence, and get it.
    fn persistence(
        &mut self,
        cx: &mut Context<'_>,
        service: &Service,
        family: Family,
    ) -> Option<Persistence> {
        let all_ports = matches!(service, Service::Address { port: 0, .. });
        if all_ports && self.persistence.is_none() {
            let message = "all ports of an address are only balanced with persistence: 360 s";
            let warning = Diagnostic::warning(code::ALL_PORTS, self.span, message);
            cx.push(warning.hint("add a port, or `persistence_timeout SECONDS`"));
        }
        let timeout = self.persistence.or(all_ports.then_some(360));
        let engine = self.engine.take();
        let longest = if family == Family::V4 { 32 } else { 128 };
        let granularity = self.granularity.filter(|length| length.value <= longest);
        if let Some(length) = self.granularity {
            let message = if length.value > longest {
                format!("a prefix length of this family is at most {longest}: no effect")
            } else if timeout.is_none() {
                "this has no effect without `persistence_timeout`".to_owned()
            } else {
                String::new()
            };
            if !message.is_empty() {
                cx.warning(code::IGNORED_SETTING, length.span, message);
            }
        }
        Some(Persistence {
            timeout: timeout?,
            granularity: granularity.map(|length| length.value),
            engine,
        })
    }

    fn sorry_server(
        &self,
        cx: &mut Context<'_>,
        service: &Service,
        family: Family,
    ) -> Option<SorryServer> {
        let Some(sorry) = self.sorry else {
            let settings = [self.sorry_inhibit, self.has_sorry_method];
            for span in settings.into_iter().flatten() {
                let message = "there is no `sorry_server`, so this has no effect";
                cx.warning(code::IGNORED_SETTING, span, message);
            }
            return None;
        };
        let (address, written) = sorry.value;
        let method = self.sorry_method.or(self.method).unwrap_or(Forwarding::Nat);
        if self.is_foreign(cx, address, method, family, sorry.span) {
            return None;
        }
        Some(SorryServer {
            address,
            port: table_port(cx, service, written, method, sorry.span),
            forwarding: method,
            inhibit: self.sorry_inhibit.is_some(),
        })
    }
}

/// Where the places of a real server go, if some are left out.
fn renumber(item: Item, kept: &[Option<u32>]) -> Option<Item> {
    let Some((server, real, _)) = real_of(item) else {
        return Some(item);
    };
    let to = kept.get(usize::try_from(real).ok()?).copied().flatten()?;
    Some(with_real(item, server, to))
}

/// The virtual server, the real server and perhaps the checker that something is or belongs to.
const fn real_of(item: Item) -> Option<(u32, u32, Option<u32>)> {
    match item {
        Item::RealServer(server, real) => Some((server, real, None)),
        Item::Checker(server, real, checker) => Some((server, real, Some(checker))),
        Item::Global
        | Item::Script(_)
        | Item::TrackFile(_)
        | Item::Process(_)
        | Item::Bfd(_)
        | Item::Instance(_)
        | Item::InstanceLine(..)
        | Item::SyncGroup(_)
        | Item::SyncGroupLine(..)
        | Item::GarpGroup(_)
        | Item::ServerGroup(_)
        | Item::VirtualServer(_) => None,
    }
}

/// The same of another real server.
const fn with_real(item: Item, server: u32, real: u32) -> Item {
    match real_of(item) {
        Some((_, _, Some(checker))) => Item::Checker(server, real, checker),
        Some((_, _, None)) | None => Item::RealServer(server, real),
    }
}

/// The port of a server in the table: without NAT it is the service's.
fn table_port(
    cx: &mut Context<'_>,
    service: &Service,
    written: u16,
    method: Forwarding,
    span: Span,
) -> u16 {
    let service_port = match service {
        Service::Address { port, .. } => Some(*port),
        Service::Fwmark(_) => Some(0),
        Service::Group { .. } => None,
    };
    let (Some(port), Forwarding::Direct | Forwarding::Tunnel(_)) = (service_port, method) else {
        return if written == 0 {
            service_port.unwrap_or(0)
        } else {
            written
        };
    };
    if written != 0 && written != port {
        let message = if port == 0 {
            format!("port {written} is only checked: packets of a mark keep their port")
        } else {
            format!("port {written} is only checked: packets arrive at port {port}")
        };
        let warning = Diagnostic::warning(code::FORCED_PORT, span, message);
        cx.push(warning.hint("only NAT changes ports; DR and TUN pass packets on as they are"));
    }
    port
}

pub(super) const fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}

pub(super) const fn is_tunnel(method: Forwarding) -> bool {
    matches!(method, Forwarding::Tunnel(_))
}
