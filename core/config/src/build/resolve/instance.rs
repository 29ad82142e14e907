//! One instance, with what others say about it.

use std::time::Duration;

use bellwether_core::model::{Checksum, Instance, LosingAdvert, OwnerConflict, Route, Rule};
use bellwether_core::unit::{Family, IfName, Version};

use super::{Known, addresses, election, trackers, transport};
use crate::build::{Context, Given, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{self, GlobalDraft, InstanceDraft};
use crate::places::{Item, index};
use crate::source::Span;

/// Makes the instance that is the next in the list, at `at`; gives with it the place of its VRID.
pub(super) fn make(
    cx: &mut Context<'_>,
    globals: &GlobalDraft,
    known: &Known,
    draft: &InstanceDraft,
    at: u32,
) -> Option<(Instance, Span)> {
    let interface = interface(cx, globals, draft);
    let vrid = vrid(cx, draft);
    let family = addresses::family(draft);
    let version = version(cx, globals, draft, family);
    let strict = draft.strict.unwrap_or(globals.strict);
    let (priority, initial_state) = election::rank(cx, draft, strict);
    let owner = priority.is_owner();
    let auth = election::auth(cx, draft, version, strict);
    let initial_state = election::start(cx, draft, initial_state, (priority, auth));
    let preemption = election::preemption(cx, draft, initial_state, owner, strict);
    let advert_interval = election::interval(cx, draft, version);
    let virtual_addresses = addresses::listed(cx, draft, family, at);
    let excluded_addresses = addresses::excluded(cx, draft, at);
    let item = |line| Item::InstanceLine(at, line);
    let trackers = trackers::make(cx, known, &draft.trackers, owner, &item);
    let transport = transport::make(cx, globals, draft, family, strict, at);

    let vrid = vrid?;
    let mut instance = Instance::new(draft.name.as_ref()?.value.clone(), interface?, vrid.value);
    instance.family = family;
    instance.version = version;
    instance.priority = priority;
    instance.initial_state = initial_state;
    instance.advert_interval = advert_interval;
    instance.preemption = preemption;
    instance.auth = auth;
    instance.virtual_addresses = virtual_addresses;
    instance.excluded_addresses = excluded_addresses;
    instance.trackers = trackers;
    instance.transport = transport;
    instance.routes = routes(cx, draft, at);
    instance.rules = rules(cx, draft, at);
    instance.accept = accepts(cx, draft, version, strict, owner);
    policies(&mut instance, globals, draft, strict);
    first_address(cx, &instance, draft);
    Some((instance, vrid.span))
}

fn routes(cx: &mut Context<'_>, draft: &InstanceDraft, at: u32) -> Vec<Route> {
    let mut routes = Vec::with_capacity(draft.routes.len());
    for route in &draft.routes {
        let line = Item::InstanceLine(at, index(routes.len()));
        cx.places.record(line, "virtual_routes", route.span);
        let mut made = route.value.clone();
        keywords::no_track_group(cx, &mut made.track_group, route.span);
        routes.push(made);
    }
    routes
}

fn rules(cx: &mut Context<'_>, draft: &InstanceDraft, at: u32) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(draft.rules.len());
    for rule in &draft.rules {
        let line = Item::InstanceLine(at, index(rules.len()));
        cx.places.record(line, "virtual_rules", rule.span);
        let mut made = rule.value.clone();
        keywords::no_track_group(cx, &mut made.track_group, rule.span);
        rules.push(made);
    }
    rules
}

/// What is only copied, or follows `global_defs` and strict mode.
fn policies(instance: &mut Instance, globals: &GlobalDraft, draft: &InstanceDraft, strict: bool) {
    let farewell = draft.higher_prio_send_advert;
    let farewell = farewell.or(globals.higher_prio_send_advert);
    let no_answer = draft.lower_prio_no_advert;
    let no_answer = no_answer.unwrap_or(globals.lower_prio_no_advert);
    let ignore = draft.owner_ignore_adverts;
    let ignore = ignore.unwrap_or(globals.owner_ignore_adverts);
    if globals.checksum_as_v2 {
        instance.checksum = Checksum::MessageOnly;
    }
    if strict || no_answer {
        instance.losing_advert = LosingAdvert::Discard;
    }
    if strict || ignore {
        instance.owner_conflict = OwnerConflict::Ignore;
    }
    instance.farewell_advert = !strict && farewell.unwrap_or(instance.farewell_advert);
    instance.garp = globals.garp(&draft.garp);
    if strict {
        // keepalived: the RFC has no such announcements.
        instance.garp.losing_repeat = 0;
        instance.garp.losing_delay = Duration::ZERO;
    }
    instance.track_source = draft.track_source;
    instance.vrf = draft.vrf;
    instance.track_primary = !draft.dont_track_primary;
    // keepalived: strict mode holds it to the RFC's 3.
    let down = draft.down_timer_adverts.or(globals.down_timer_adverts);
    instance.down_timer_adverts = down.filter(|_| !strict).unwrap_or(3);
    let skip = draft.skip_check_addresses;
    instance.skip_check_addresses = skip.unwrap_or(globals.skip_check_addresses);
    instance.strict = strict;
    instance.hmac.clone_from(&draft.hmac);
    instance.promote_secondaries = draft.promote_secondaries;
    instance.notify = draft.notify.clone();
    let changes = draft.priority_changes;
    instance.notify.priority_changes = changes.unwrap_or(globals.priority_changes);
}

/// keepalived: strict mode wants a link-local address first (RFC 9568 5.2.9), says so, and goes on.
fn first_address(cx: &mut Context<'_>, instance: &Instance, draft: &InstanceDraft) {
    let is_v6 = instance.family == Family::V6;
    if instance.strict && is_v6 && !instance.insists_on_link_local() {
        let message = "in strict mode the first address over IPv6 must be link-local";
        let warning = Diagnostic::warning(code::STRICT, draft.span, message);
        let hint =
            "put an address of fe80::/10 first: routers that keep to RFC 9568 refuse the adverts";
        cx.push(warning.hint(hint));
    }
}

/// Whether a master answers on the addresses.
///
/// keepalived: it does, in strict mode only an owner; `accept` and `no_accept` override both, but
/// `accept` not in version 2 of strict mode (RFC 3768 has no such word).
fn accepts(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    version: Version,
    strict: bool,
    owner: bool,
) -> bool {
    let default = !strict || owner;
    let Some(given) = draft.accept else {
        return default;
    };
    if given.value && !default && version == Version::V2 {
        let message = "`accept` is left out: strict mode has it in version 3 only";
        cx.warning(code::STRICT, given.span, message);
        return default;
    }
    given.value
}

/// keepalived: IPv6 is always version 3.
fn version(
    cx: &mut Context<'_>,
    globals: &GlobalDraft,
    draft: &InstanceDraft,
    family: Family,
) -> Version {
    match (family, draft.version) {
        (Family::V6, Some(Version::V2)) => {
            let message = "IPv6 is in version 3 only, which is used";
            let warning = Diagnostic::warning(code::VERSION_OF_IPV6, draft.span, message);
            cx.push(warning.hint("remove `version 2`"));
            Version::V3
        }
        (Family::V6, Some(Version::V3) | None) => Version::V3,
        (Family::V4, Some(version)) => version,
        (Family::V4, None) => globals.version.unwrap_or(Version::V2),
    }
}

fn interface(cx: &mut Context<'_>, globals: &GlobalDraft, draft: &InstanceDraft) -> Option<IfName> {
    let interface = match (draft.interface, globals.default_interface) {
        (Given::Good(given), _) | (Given::Absent, Some(given)) => given,
        (Given::Absent, None) => {
            let message = "this instance has no interface";
            let error = Diagnostic::error(code::MISSING_INTERFACE, draft.span, message);
            cx.push(error.hint("add `interface NAME`"));
            return None;
        }
        (Given::Wrong, _) => return None,
    };
    cx.interfaces.push((interface.value, interface.span));
    if interface.value.as_str() == "lo" {
        let message = "VRRP can't speak on the loopback interface";
        let error = Diagnostic::error(code::LOOPBACK, interface.span, message);
        cx.push(error.hint("name the interface of the LAN that the nodes share"));
        return None;
    }
    Some(interface.value)
}

fn vrid(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
) -> Option<Spanned<bellwether_core::unit::Vrid>> {
    match draft.vrid {
        Given::Good(vrid) => Some(vrid),
        Given::Wrong => None,
        Given::Absent => {
            let message = "this instance has no virtual router id";
            let error = Diagnostic::error(code::MISSING_VRID, draft.span, message);
            cx.push(error.hint("add `virtual_router_id N`, from 1 to 255, the same on all nodes"));
            None
        }
    }
}
