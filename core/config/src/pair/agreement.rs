//! Where the instances of one virtual router disagree.
//!
//! Each later node is held against the first that has the virtual router. What makes nodes refuse
//! each other's adverts is an error: it means two masters. Passwords are compared and never shown.

use std::net::IpAddr;

use bellwether_core::model::{Auth, InitialState, Instance, Preemption, Transport};
use bellwether_core::unit::Version;

use super::behaviour::{owners, reaches};
use super::election::source;
use super::list;
use super::routers::{Member, Router};
use super::trailers;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};

const BOTH: &str = "each refuses the other's adverts, and both are master";

/// Finds all disagreements about a virtual router, of which there are `nodes` nodes.
pub(super) fn check(router: &Router<'_>, nodes: usize, found: &mut Vec<Diagnostic>) {
    let Some((first, rest)) = router.members.split_first() else {
        return;
    };
    for other in rest {
        let pair = Pair { first, other };
        found.extend(pair.vrid());
        found.extend(pair.version());
        found.extend(pair.authentication());
        found.extend(pair.trailers());
        found.extend(pair.interval());
        found.extend(pair.checksum());
        found.extend(pair.addresses());
        found.extend(pair.transport());
        found.extend(pair.preemption());
    }
    found.extend(peers(router));
    found.extend(two_owners(router));
    found.extend(equal_priorities(router));
    found.extend(two_state_master(router));
    if rest.is_empty() && nodes > 1 {
        found.push(alone(first));
    }
}

/// The first member and another.
struct Pair<'p, 'c> {
    first: &'p Member<'c>,
    other: &'p Member<'c>,
}

impl Pair<'_, '_> {
    fn instances(&self) -> (&Instance, &Instance) {
        (self.first.instance, self.other.instance)
    }

    /// A diagnostic at a keyword of the other, with the same keyword of the first.
    fn say(
        &self,
        severity: Severity,
        code: &'static str,
        keywords: &[&str],
        message: String,
    ) -> Diagnostic {
        let span = self.other.span(keywords);
        let first = format!("on {}", self.first.name);
        Diagnostic::new(severity, code, span, message).related(self.first.span(keywords), first)
    }

    /// `lb2 has `web` with X, lb1 with Y`
    fn has(&self, one: impl std::fmt::Display, other: impl std::fmt::Display) -> String {
        let Self { first, other: node } = self;
        let name = &node.instance.name;
        format!(
            "{} has `{name}` with {other}, {} with {one}",
            node.name, first.name
        )
    }

    fn vrid(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        if one.vrid == other.vrid {
            return None;
        }
        let has = self.has(format!("VRID {}", one.vrid), format!("VRID {}", other.vrid));
        let shared = addresses(one).find(|address| addresses(other).any(|own| own == *address));
        let (severity, comes) = match shared {
            Some(address) => (
                Severity::Error,
                format!("to VRRP these are two virtual routers, and both masters own {address}"),
            ),
            None => (
                Severity::Warning,
                "to VRRP these are two virtual routers, of which each node has one".to_owned(),
            ),
        };
        let keywords = &["virtual_router_id"];
        let said = self.say(
            severity,
            code::VRID_DIFFERS,
            keywords,
            format!("{has}: {comes}"),
        );
        Some(said.hint("write the same `virtual_router_id` on all nodes"))
    }

    fn version(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        if one.version == other.version {
            return None;
        }
        let has = self.has(
            format!("version {}", one.version),
            format!("version {}", other.version),
        );
        let keywords = &["version", "native_ipv6", "vrrp_instance"];
        let message = format!("{has}: {BOTH}");
        let said = self.say(Severity::Error, code::VERSION_DIFFERS, keywords, message);
        Some(said.hint("write the same `version`, or `vrrp_version`, on all nodes"))
    }

    fn authentication(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        let what = match (one.auth, other.auth) {
            (one, other) if one == other => return None,
            (Auth::Pass(_), Auth::Pass(_)) => "passwords",
            (Auth::Ah(_), Auth::Ah(_)) => "keys",
            (Auth::None | Auth::Pass(_) | Auth::Ah(_), _) => "types of authentication",
        };
        let Self { first, other: node } = self;
        let message = format!(
            "the {what} of `{}` on {} and {} differ: {BOTH}",
            node.instance.name, first.name, node.name
        );
        let keywords = &["authentication"];
        let said = self.say(Severity::Error, code::AUTH_DIFFERS, keywords, message);
        Some(said.hint("write the same `authentication` on all nodes"))
    }

    fn trailers(&self) -> Option<Diagnostic> {
        let Self { first, other: node } = self;
        let name = &node.instance.name;
        let keywords = &["auth_hmac"];
        if let Some(misfit) = trailers::misfit(first, node) {
            let comes = if misfit.both {
                BOTH
            } else {
                "that node refuses the other's adverts, and is master beside it"
            };
            let message = format!("the `auth_hmac` of `{name}`: {}: {comes}", misfit.what);
            let said = self.say(Severity::Error, code::AUTH_DIFFERS, keywords, message);
            return Some(said.hint(
                "write the same keys on all nodes; while keys are changed, add the new one on all \
                 before it becomes the `active_key` of one",
            ));
        }
        let ids = trailers::lurking(first.instance, node.instance);
        let ids: Vec<String> = ids.iter().map(|id| format!("key {id}")).collect();
        let names: Vec<&str> = ids.iter().map(String::as_str).collect();
        if names.is_empty() {
            return None;
        }
        let message = format!(
            "in the `auth_hmac` of `{name}` on {} and {}, {} differs: as `active_key` it makes both \
             master",
            first.name,
            node.name,
            list(&names, "and")
        );
        Some(self.say(Severity::Warning, code::AUTH_DIFFERS, keywords, message))
    }

    fn interval(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        if one.advert_interval == other.advert_interval || one.version != other.version {
            return None;
        }
        let said = |instance: &Instance| format!("adverts each {}", instance.advert_interval);
        let has = self.has(said(one), said(other));
        let (severity, comes) = match one.version {
            Version::V2 => (Severity::Error, BOTH),
            Version::V3 => (
                Severity::Note,
                "a backup goes by its master's, so failover is not equally fast both ways",
            ),
        };
        let message = format!("{has}: {comes}");
        let keywords = &["advert_int"];
        let said = self.say(severity, code::INTERVAL_DIFFERS, keywords, message);
        Some(said.hint("write the same `advert_int` on all nodes"))
    }

    fn checksum(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        if one.version != Version::V3
            || other.version != Version::V3
            || one.checksum == other.checksum
        {
            return None;
        }
        let Self { first, other: node } = self;
        let message = format!(
            "only one of {} and {} has `v3_checksum_as_v2`: the checksums of `{}` differ, {BOTH}",
            first.name, node.name, node.instance.name
        );
        let span = self.other.span(&[]);
        let said = Diagnostic::error(code::CHECKSUM_DIFFERS, span, message);
        Some(said.hint("write `v3_checksum_as_v2` on all nodes or on none"))
    }

    /// keepalived logs a differing list and lets it be, so that each master has its own addresses.
    fn addresses(&self) -> Option<Diagnostic> {
        let Self { first, other } = self;
        let lacks = |one: &Member<'_>, of: &Member<'_>| {
            let theirs = addresses(of.instance);
            let missing =
                theirs.filter(|address| addresses(one.instance).all(|own| own != *address));
            let missing: Vec<String> = missing.map(|address| address.to_string()).collect();
            let short: Vec<&str> = missing.iter().take(4).map(String::as_str).collect();
            let more = missing.len().saturating_sub(short.len());
            let rest = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            let of = format!("{} lacks {}{rest}", one.name, short.join(", "));
            (!missing.is_empty()).then_some(of)
        };
        let lacks: Vec<String> = [lacks(other, first), lacks(first, other)]
            .into_iter()
            .flatten()
            .collect();
        let same_router = first.instance.vrid == other.instance.vrid;
        if lacks.is_empty() || !same_router {
            return None;
        }
        let name = &other.instance.name;
        let message = format!(
            "the addresses of `{name}` differ, and move only in part: {}",
            lacks.join("; ")
        );
        let keywords = &["virtual_ipaddress"];
        let said = self.say(Severity::Warning, code::ADDRESSES_DIFFER, keywords, message);
        Some(said.hint("list the same addresses on all nodes"))
    }

    fn transport(&self) -> Option<Diagnostic> {
        let (one, other) = self.instances();
        let message = match (&one.transport, &other.transport) {
            (Transport::Multicast { group, .. }, Transport::Multicast { group: theirs, .. }) => {
                if group == theirs {
                    return None;
                }
                let said = |group: &Option<IpAddr>| match group {
                    Some(group) => format!("adverts to {group}"),
                    None => "adverts to the standard group".to_owned(),
                };
                format!(
                    "{}: neither hears the other, and both are master",
                    self.has(said(group), said(theirs))
                )
            }
            (Transport::Unicast { .. }, Transport::Unicast { .. }) => return None,
            (Transport::Multicast { .. }, Transport::Unicast { .. }) => {
                format!("{}: {BOTH}", self.has("multicast", "unicast"))
            }
            (Transport::Unicast { .. }, Transport::Multicast { .. }) => {
                format!("{}: {BOTH}", self.has("unicast", "multicast"))
            }
        };
        let keywords = &["unicast_peer", "mcast_dst_ip", "vrrp_instance"];
        let said = self.say(Severity::Error, code::TRANSPORT_DIFFERS, keywords, message);
        Some(said.hint("let all nodes use the same, `unicast_peer` or multicast"))
    }

    fn preemption(&self) -> Option<Diagnostic> {
        let never = |one: &Instance| one.preemption == Preemption::Never;
        let (one, other) = self.instances();
        let owned = one.priority.is_owner() || other.priority.is_owner();
        let (with, without) = match (never(one), never(other)) {
            (true, false) if !owned => (self.first, self.other),
            (false, true) if !owned => (self.other, self.first),
            (_, _) => return None,
        };
        let name = &with.instance.name;
        let higher = with.instance.priority > without.instance.priority;
        let comes = if higher {
            format!(
                "once {} has taken over, it stays master until it fails",
                without.name
            )
        } else {
            format!(
                "{} takes back what it lost, and {} ignores a lowered priority of a live master",
                without.name, with.name
            )
        };
        let message = format!("`{name}` has `nopreempt` on {} only: {comes}", with.name);
        let said = Diagnostic::note(code::PREEMPTION_DIFFERS, with.span(&["nopreempt"]), message);
        Some(said.related(without.span(&[]), format!("on {}", without.name)))
    }
}

fn addresses(instance: &Instance) -> impl Iterator<Item = IpAddr> {
    instance.virtual_addresses.iter().map(|own| own.address)
}

/// Unicast peers that do not point at each other, where the source addresses are known.
fn peers(router: &Router<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for one in &router.members {
        for other in &router.members {
            let unicast = |member: &Member<'_>| {
                matches!(member.instance.transport, Transport::Unicast { .. })
            };
            let both = one.node != other.node && unicast(one) && unicast(other);
            if !both || reaches(one.instance, other.instance) {
                continue;
            }
            let Some(address) = source(other.instance) else {
                continue;
            };
            let message = format!(
                "{} does not send the adverts of `{}` to {}, which is {address}: {} does not hear \
                 it, and becomes master too",
                one.name, one.instance.name, other.name, other.name
            );
            let said = Diagnostic::error(code::PEERS_ASTRAY, one.span(&["unicast_peer"]), message)
                .related(
                    other.span(&["unicast_src_ip"]),
                    format!("on {}", other.name),
                );
            found.push(said.hint(format!("add {address} to `unicast_peer` on {}", one.name)));
        }
    }
    found
}

fn two_owners(router: &Router<'_>) -> Option<Diagnostic> {
    let owners: Vec<&Member<'_>> = owners(router).collect();
    let (first, second) = match owners.as_slice() {
        [first, second, ..] => (first, second),
        [] | [_] => return None,
    };
    let names: Vec<&str> = owners.iter().map(|owner| owner.name).collect();
    let message = format!(
        "{} all have priority 255 for `{}`: each takes the addresses whenever it starts",
        list(&names, "and"),
        second.instance.name
    );
    let said = Diagnostic::error(
        code::TWO_OWNERS,
        second.span(&["priority", "state"]),
        message,
    );
    let said = said.related(
        first.span(&["priority", "state"]),
        format!("on {}", first.name),
    );
    Some(said.hint("give each node a priority of its own, from 1 to 254"))
}

/// RFC 9568 6.4.3: of equal priorities the higher source address wins.
fn equal_priorities(router: &Router<'_>) -> Option<Diagnostic> {
    let top = router
        .members
        .iter()
        .map(|one| one.instance.priority)
        .max()?;
    let is_top = |one: &&Member<'_>| one.instance.priority == top;
    let equal: Vec<&Member<'_>> = router.members.iter().filter(is_top).collect();
    let (first, second) = match equal.as_slice() {
        [first, second, ..] if !top.is_owner() => (first, second),
        _ => return None,
    };
    // A common way to say that it does not matter who leads.
    let stays = |one: &&Member<'_>| one.instance.preemption == Preemption::Never;
    let severity = if equal.iter().all(stays) {
        Severity::Note
    } else {
        Severity::Warning
    };
    let names: Vec<&str> = equal.iter().map(|one| one.name).collect();
    let message = format!(
        "{} all have priority {top} for `{}`: of two that start together, the one with the higher \
         address leads",
        list(&names, "and"),
        second.instance.name
    );
    let keywords = &["priority"];
    let said = Diagnostic::new(
        severity,
        code::EQUAL_PRIORITIES,
        second.span(keywords),
        message,
    )
    .related(first.span(keywords), format!("on {}", first.name));
    Some(said.hint("give the node that should lead a higher `priority`"))
}

fn two_state_master(router: &Router<'_>) -> Option<Diagnostic> {
    let says = |one: &&Member<'_>| {
        let instance = one.instance;
        instance.initial_state == InitialState::Master && !instance.priority.is_owner()
    };
    let mut masters = router.members.iter().filter(says);
    let (first, second) = (masters.next()?, masters.next()?);
    let message = format!(
        "`{}` has `state MASTER` on {} and on {}: harmless, for it elects nobody; it only unsets \
         `nopreempt` and `preempt_delay`",
        second.instance.name, first.name, second.name
    );
    let said = Diagnostic::note(code::TWO_STATE_MASTER, second.span(&["state"]), message);
    let said = said.related(first.span(&["state"]), format!("on {}", first.name));
    Some(said.hint("write `state BACKUP` on all nodes; the priority decides"))
}

fn alone(only: &Member<'_>) -> Diagnostic {
    let message = format!(
        "`{}` (VRID {}) is on {} only: nobody takes its addresses over",
        only.instance.name, only.instance.vrid, only.name
    );
    let span = only.span(&["virtual_router_id"]);
    Diagnostic::warning(code::ALONE, span, message).hint("give it to another node too")
}
