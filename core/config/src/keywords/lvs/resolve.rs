//! What virtual servers say of other blocks: groups, and the names that checkers refer to.

use std::collections::BTreeMap;

use bellwether_core::model::Lvs;
use bellwether_core::model::lvs::{
    Forwarding, Persistence, RealServer, Service, ServiceEntry, VirtualServer,
};
use bellwether_core::unit::{Family, Name};

use super::finish::{family_of, is_tunnel};
use super::group::GroupDraft;
use super::{LvsDraft, Reference, Referred};
use crate::build::Context;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Names that checkers may refer to.
pub(crate) struct Defined<'n> {
    /// Of tracked files.
    pub(crate) files: Vec<&'n Name>,
    /// Of BFD sessions.
    pub(crate) bfd: Vec<&'n Name>,
}

/// Looks up names, and makes the part of the model.
pub(crate) fn finish(cx: &mut Context<'_>, draft: LvsDraft, defined: &Defined<'_>) -> Lvs {
    let LvsDraft {
        mut groups,
        mut servers,
        spans,
        services,
        tracked,
        ssl,
        written: _,
    } = draft;
    drop(services);
    servers.shrink_to_fit();
    for reference in &tracked {
        look_up(cx, reference, defined);
    }
    let mut by_name: BTreeMap<Name, usize> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let name = &group.group.name;
        if let Some(first) = by_name.insert(name.clone(), at) {
            let message = format!("there are two virtual server groups of the name `{name}`");
            let error = Diagnostic::error(code::DUPLICATE_NAME, group.span, message);
            let first = groups.get(first).map_or(group.span, |first| first.span);
            cx.push(error.related(first, "the first"));
        }
    }
    for (server, span) in servers.iter_mut().zip(&spans) {
        let Service::Group { name, .. } = &server.service else {
            continue;
        };
        let found = by_name.get(name).and_then(|at| groups.get_mut(*at));
        match found {
            Some(group) => of_group(cx, server, *span, group),
            None => {
                let message = format!("no `virtual_server_group` is called `{name}`");
                let error = Diagnostic::error(code::UNKNOWN_SERVICE_GROUP, *span, message);
                let near = cx.nearest_of(by_name.keys().map(Name::as_str), name.as_str());
                cx.push(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("define it, before or after the virtual server"),
                });
            }
        }
    }
    Lvs {
        groups: groups.into_iter().map(|group| group.group).collect(),
        virtual_servers: servers,
        ssl,
    }
}

/// An undefined name is an error: the server would be checked less than its author plainly meant,
/// though keepalived does that.
fn look_up(cx: &mut Context<'_>, reference: &Reference, defined: &Defined<'_>) {
    let (names, what) = match reference.kind {
        Referred::File => (&defined.files, "track_file"),
        Referred::Bfd => (&defined.bfd, "bfd_instance"),
    };
    let name = &reference.name.value;
    if names.contains(&name) {
        return;
    }
    let message = format!("no `{what}` is called `{name}`: nothing would be checked");
    let error = Diagnostic::error(code::UNKNOWN_TRACKED, reference.name.span, message);
    let near = cx.nearest_of(names.iter().map(|name| name.as_str()), name.as_str());
    cx.push(match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("define it, before or after the virtual server"),
    });
}

/// What a virtual server's group says about it, and it about the group's marks.
fn of_group(cx: &mut Context<'_>, server: &mut VirtualServer, span: Span, group: &mut GroupDraft) {
    for at in std::mem::take(&mut group.unsaid) {
        if let Some(ServiceEntry::Fwmark { family, .. }) = group.group.entries.get_mut(at) {
            *family = server.family;
        }
    }
    let (mut first, mut last) = (u16::MAX, 0);
    for entry in &group.group.entries {
        if let ServiceEntry::Range { ports, .. } = entry {
            first = first.min(ports.0);
            last = last.max(ports.1);
        }
    }
    let entries = &group.group.entries;
    let families: Vec<Family> = entries.iter().map(entry_family).collect();
    let tunnels = |real: &RealServer| is_tunnel(real.forwarding);
    let all_tunnels = server.real_servers.iter().all(tunnels);
    if all_tunnels && let Some(family) = families.first() {
        server.family = *family;
    }
    if !all_tunnels && families.iter().any(|family| *family != server.family) {
        let message = "an entry of the group is not of the family of these real servers";
        let warning = Diagnostic::warning(code::OTHER_FAMILY, span, message);
        cx.push(
            warning
                .related(group.span, "the group")
                .hint("only `lb_kind TUN` reaches a server of another family"),
        );
    }
    if first == 0 && server.persistence.is_none() {
        let message = "all ports of an address are only balanced with persistence: 360 s";
        let warning = Diagnostic::warning(code::ALL_PORTS, span, message);
        cx.push(
            warning
                .related(group.span, "an address of this group has no port")
                .hint("add a port there, or `persistence_timeout SECONDS` here"),
        );
        server.persistence = Some(Persistence {
            timeout: 360,
            granularity: None,
            engine: None,
        });
    }
    let differs = |real: &&RealServer| {
        real.forwarding != Forwarding::Nat
            && real.port != 0
            && first <= last
            && (first != real.port || last != real.port)
    };
    if let Some(real) = server.real_servers.iter().find(differs) {
        let message = format!(
            "port {} of {} is only checked: packets arrive at the ports of the group",
            real.port, real.address
        );
        let warning = Diagnostic::warning(code::FORCED_PORT, span, message);
        cx.push(
            warning
                .related(group.span, "the group")
                .hint("only NAT changes ports; DR and TUN pass packets on as they are"),
        );
    }
}

const fn entry_family(entry: &ServiceEntry) -> Family {
    match entry {
        ServiceEntry::Range { first, .. } => family_of(*first),
        ServiceEntry::Fwmark { family, .. } => *family,
    }
}
