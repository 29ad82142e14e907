//! Where the nodes disagree outside of their virtual routers: scripts, sync groups, services.
//!
//! Each later node is held against the first that has the thing.

use std::collections::BTreeSet;

use bellwether_core::model::lvs::{Protocol, Service, VirtualServer};
use bellwether_core::model::{Script, SyncGroup};

use super::routers::Node;
use super::seconds;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::places::{Item, index};

/// Finds all disagreements.
pub(super) fn check(nodes: &[Node<'_>], found: &mut Vec<Diagnostic>) {
    let Some((first, rest)) = nodes.split_first() else {
        return;
    };
    for other in rest {
        let pair = Pair { first, other };
        pair.scripts(found);
        pair.groups(found);
        pair.services(found);
    }
}

/// The first node and another.
struct Pair<'p, 'c> {
    first: &'p Node<'c>,
    other: &'p Node<'c>,
}

impl Pair<'_, '_> {
    fn scripts(&self, found: &mut Vec<Diagnostic>) {
        for (at, script) in self.other.config.scripts().iter().enumerate() {
            let mut firsts = self.first.config.scripts().iter().enumerate();
            let Some((first_at, first)) = firsts.find(|(_, one)| one.name == script.name) else {
                continue;
            };
            let differences = script_differences(first, script);
            if differences.is_empty() {
                continue;
            }
            let message = format!(
                "script `{}` differs: {}",
                script.name,
                self.sides(&differences)
            );
            let items = (Item::Script(index(first_at)), Item::Script(index(at)));
            found.push(self.say(Severity::Note, code::SCRIPTS_DIFFER, items, message));
        }
    }

    /// `weight 2 on lb1 and 3 on lb2`
    fn sides(&self, differences: &[Difference]) -> String {
        let side = |difference: &Difference| {
            let Difference { what, one, other } = difference;
            let Self { first, other: node } = self;
            format!(
                "{what} {one} on {} and {other} on {}",
                first.name, node.name
            )
        };
        let sides: Vec<String> = differences.iter().map(side).collect();
        sides.join("; ")
    }

    fn say(
        &self,
        severity: Severity,
        code: &'static str,
        (first, other): (Item, Item),
        message: String,
    ) -> Diagnostic {
        let place = self.first.span(first, &[]);
        Diagnostic::new(severity, code, self.other.span(other, &[]), message)
            .related(place, format!("on {}", self.first.name))
    }

    fn groups(&self, found: &mut Vec<Diagnostic>) {
        let firsts = self.first.config.sync_groups();
        for (at, group) in self.other.config.sync_groups().iter().enumerate() {
            let like = |one: &SyncGroup| {
                one.name == group.name
                    || one.members.iter().any(|name| group.members.contains(name))
            };
            let Some(first_at) = firsts.iter().position(like) else {
                continue;
            };
            let names = |group: &SyncGroup| -> BTreeSet<String> {
                let members = group.members.iter();
                members.map(|name| name.as_str().to_owned()).collect()
            };
            let Some(first) = firsts.get(first_at) else {
                continue;
            };
            let (one, other) = (names(first), names(group));
            let apart: Vec<String> = one
                .symmetric_difference(&other)
                .map(|name| format!("`{name}`"))
                .collect();
            if apart.is_empty() {
                continue;
            }
            let message = format!(
                "sync group `{}` has other members on {} than on {}: {} only on one of them, so \
                 they move together on one node and apart on the other",
                group.name,
                self.other.name,
                self.first.name,
                apart.join(", ")
            );
            let items = (Item::SyncGroup(index(first_at)), Item::SyncGroup(index(at)));
            found.push(self.say(Severity::Warning, code::GROUPS_DIFFER, items, message));
        }
    }

    fn services(&self, found: &mut Vec<Diagnostic>) {
        let (firsts, others) = (
            self.first.config.virtual_servers(),
            self.other.config.virtual_servers(),
        );
        if firsts.is_empty() || others.is_empty() {
            return;
        }
        let mut places: std::collections::BTreeMap<&Service, usize> = firsts
            .iter()
            .enumerate()
            .map(|(at, server)| (&server.service, at))
            .collect();
        for (at, server) in others.iter().enumerate() {
            let item = Item::VirtualServer(index(at));
            let Some((first_at, first)) = places
                .remove(&server.service)
                .and_then(|at| Some((at, firsts.get(at)?)))
            else {
                found.push(lacks(self.other, item, server, self.first));
                continue;
            };
            let differences = server_differences(first, server);
            if differences.is_empty() {
                continue;
            }
            let message = format!(
                "{} differs: {}; after a failover clients are served otherwise",
                service(server),
                self.sides(&differences)
            );
            let items = (Item::VirtualServer(index(first_at)), item);
            found.push(self.say(Severity::Warning, code::SERVICES_DIFFER, items, message));
        }
        for at in places.into_values() {
            if let Some(server) = firsts.get(at) {
                let item = Item::VirtualServer(index(at));
                found.push(lacks(self.first, item, server, self.other));
            }
        }
    }
}

/// One setting that is not the same.
struct Difference {
    what: &'static str,
    one: String,
    other: String,
}

fn difference<T: PartialEq>(
    what: &'static str,
    one: &T,
    other: &T,
    said: impl Fn(&T) -> String,
) -> Option<Difference> {
    (one != other).then(|| Difference {
        what,
        one: said(one),
        other: said(other),
    })
}

fn script_differences(one: &Script, other: &Script) -> Vec<Difference> {
    let command = |script: &Script| script.command.0.join(" ");
    let (first, second) = (command(one), command(other));
    [
        difference("", &first, &second, |text| format!("`{text}`")),
        difference("interval", &one.interval, &other.interval, |span| {
            seconds(*span)
        }),
        difference("timeout", &one.timeout, &other.timeout, |span| {
            seconds(*span)
        }),
        difference("rise", &one.rise, &other.rise, u32::to_string),
        difference("fall", &one.fall, &other.fall, u32::to_string),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn server_differences(one: &VirtualServer, other: &VirtualServer) -> Vec<Difference> {
    let reals = |server: &VirtualServer| -> BTreeSet<(std::net::IpAddr, u16)> {
        let all = server.real_servers.iter();
        all.map(|real| (real.address, real.port)).collect()
    };
    let (first, second) = (reals(one), reals(other));
    let only = |mine: &BTreeSet<(std::net::IpAddr, u16)>, theirs: &BTreeSet<_>| {
        let mut only = mine.difference(theirs);
        let shown: Vec<String> = only.by_ref().take(3).map(endpoint).collect();
        match (shown.is_empty(), only.count()) {
            (true, _) => "no other".to_owned(),
            (false, 0) => shown.join(", "),
            (false, more) => format!("{} and {more} more", shown.join(", ")),
        }
    };
    let servers = (first != second).then(|| Difference {
        what: "real servers that the other lacks:",
        one: only(&first, &second),
        other: only(&second, &first),
    });
    let scheduler = difference("scheduler", &one.scheduler, &other.scheduler, |scheduler| {
        format!("{scheduler:?}").to_lowercase()
    });
    let timeout = |server: &VirtualServer| server.persistence.as_ref().map(|kept| kept.timeout);
    let persistence =
        difference(
            "persistence",
            &timeout(one),
            &timeout(other),
            |timeout| match timeout {
                Some(timeout) => format!("{timeout} s"),
                None => "none".to_owned(),
            },
        );
    let quorum = difference("quorum", &one.quorum, &other.quorum, u32::to_string);
    [servers, scheduler, persistence, quorum]
        .into_iter()
        .flatten()
        .collect()
}

fn endpoint((address, port): &(std::net::IpAddr, u16)) -> String {
    std::net::SocketAddr::new(*address, *port).to_string()
}

fn lacks(has: &Node<'_>, item: Item, server: &VirtualServer, lacks: &Node<'_>) -> Diagnostic {
    let message = format!(
        "{} is on {} and not on {}: after a failover it is not served",
        service(server),
        has.name,
        lacks.name
    );
    Diagnostic::warning(code::SERVICES_DIFFER, has.span(item, &[]), message)
}

fn service(server: &VirtualServer) -> String {
    match &server.service {
        Service::Address {
            address,
            port,
            protocol,
        } => {
            let protocol = match protocol {
                Protocol::Tcp => "TCP",
                Protocol::Udp => "UDP",
                Protocol::Sctp => "SCTP",
            };
            format!("virtual server {address} port {port} {protocol}")
        }
        Service::Fwmark(mark) => format!("virtual server fwmark {mark}"),
        Service::Group { name, .. } => format!("virtual server group {name}"),
    }
}
