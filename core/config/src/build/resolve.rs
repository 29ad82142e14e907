//! Drafts to the parts of the model: what depends on something else in the file.

mod election;

use std::collections::BTreeMap;

use bellwether_core::model::{
    Checksum, Instance, LosingAdvert, OwnerConflict, Parts, Tracked, VirtualAddress,
};
use bellwether_core::unit::{Family, IfName, Name, Priority, Version};

use super::{Context, Given, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{self, Drafts, GlobalDraft, InstanceDraft, ScriptDraft};
use crate::source::Span;

/// Scripts by their name.
type Scripts<'d> = BTreeMap<Name, &'d ScriptDraft>;

/// Makes the parts; what can't be made is reported and left out.
pub(super) fn parts(cx: &mut Context<'_>, drafts: Drafts) -> Parts {
    let Drafts {
        globals,
        scripts,
        instances,
        sync_groups: _,
        lvs,
    } = drafts;
    if instances.is_empty() && lvs.is_empty() && !cx.diagnostics.has_errors() {
        let message = "no `vrrp_instance`: with this file there is nothing to do";
        cx.warning(code::NO_INSTANCE, Span::default(), message);
    }
    unique(
        cx,
        "script",
        scripts.iter().filter_map(|script| script.name.as_ref()),
    );
    unique(
        cx,
        "instance",
        instances
            .iter()
            .filter_map(|instance| instance.name.as_ref()),
    );
    let by_name: Scripts<'_> = scripts
        .iter()
        .filter_map(|script| Some((script.name.as_ref()?.value.clone(), script)))
        .collect();
    let mut routers = BTreeMap::new();
    let mut made = Vec::new();
    for draft in &instances {
        let Some((instance, vrid)) = instance(cx, &globals, &by_name, draft) else {
            continue;
        };
        if let Some(first) = routers.insert(instance.key(), vrid) {
            let message = format!(
                "virtual_router_id {} is used twice on interface {}",
                instance.vrid, instance.interface
            );
            let error = Diagnostic::error(code::DUPLICATE_VRID, vrid, message);
            cx.push(
                error
                    .related(first, "the first")
                    .hint("two virtual routers on one LAN need different numbers"),
            );
        }
        made.push(instance);
    }
    // Tracked files and BFD sessions are not read yet.
    let defined = keywords::lvs::Defined {
        files: Vec::new(),
        bfd: Vec::new(),
    };
    let lvs = keywords::lvs::finish(cx, lvs, &defined);
    Parts {
        lvs,
        globals: bellwether_core::model::Globals {
            router_id: globals.router_id,
            ..Default::default()
        },
        scripts: scripts.iter().filter_map(ScriptDraft::script).collect(),
        instances: made,
        ..Parts::default()
    }
}

/// Reports names that are given twice.
fn unique<'n>(cx: &mut Context<'_>, what: &str, names: impl Iterator<Item = &'n Spanned<Name>>) {
    let mut seen = BTreeMap::new();
    for Spanned { value, span } in names {
        if let Some(first) = seen.insert(value, *span) {
            let message = format!("there are two {what}s of the name `{value}`");
            let error = Diagnostic::error(code::DUPLICATE_NAME, *span, message);
            cx.push(error.related(first, "the first"));
        }
    }
}

/// Makes one instance; gives with it the place of its VRID.
fn instance(
    cx: &mut Context<'_>,
    globals: &GlobalDraft,
    scripts: &Scripts<'_>,
    draft: &InstanceDraft,
) -> Option<(Instance, Span)> {
    let interface = interface(cx, globals, draft);
    let vrid = vrid(cx, draft);
    let version = draft.version.or(globals.version).unwrap_or(Version::V2);
    let strict = draft.strict.unwrap_or(globals.strict);
    let (priority, initial_state) = election::rank(cx, draft, strict);
    let owner = priority.is_owner();
    let preemption = election::preemption(cx, draft, initial_state, owner, strict);
    let advert_interval = election::interval(cx, draft, version);
    let auth = election::auth(cx, draft, version, strict);
    let (family, virtual_addresses) = addresses(cx, draft);
    let track_scripts = tracked(cx, draft, scripts, owner);
    let farewell = draft
        .higher_prio_send_advert
        .or(globals.higher_prio_send_advert);
    let no_answer = draft
        .lower_prio_no_advert
        .unwrap_or(globals.lower_prio_no_advert);
    let ignore = draft
        .owner_ignore_adverts
        .unwrap_or(globals.owner_ignore_adverts);

    let vrid = vrid?;
    let mut instance = Instance::new(draft.name.as_ref()?.value.clone(), interface?, vrid.value);
    instance.family = family;
    instance.version = version;
    instance.priority = priority;
    instance.initial_state = initial_state;
    instance.advert_interval = advert_interval;
    instance.preemption = preemption;
    instance.auth = auth;
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
    instance.garp = draft.garp.over(globals.garp());
    instance.virtual_addresses = virtual_addresses;
    instance.trackers.scripts = track_scripts;
    Some((instance, vrid.span))
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

/// The family is that of the first address; keepalived drops those of the other.
fn addresses(cx: &mut Context<'_>, draft: &InstanceDraft) -> (Family, Vec<VirtualAddress>) {
    let Some(first) = draft.addresses.first() else {
        if !draft.has_addresses {
            let message = "this instance has no virtual address: it is elected and moves nothing";
            let warning = Diagnostic::warning(code::NO_ADDRESS, draft.span, message);
            cx.push(warning.hint("add `virtual_ipaddress { ... }`"));
        }
        return (Family::V4, Vec::new());
    };
    if first.value.address.is_ipv6() {
        let message = "IPv6 addresses are not yet supported: running without it would mean to \
                       leave this virtual router out";
        cx.error(code::NOT_YET, first.span, message);
        return (Family::V6, Vec::new());
    }
    let mut seen = BTreeMap::new();
    let mut kept: Vec<VirtualAddress> = Vec::new();
    for Spanned { value, span } in &draft.addresses {
        if value.address.is_ipv6() {
            let message = format!("{} is dropped: the instance speaks IPv4", value.address);
            let warning = Diagnostic::warning(code::MIXED_FAMILIES, *span, message);
            cx.push(
                warning
                    .related(first.span, "because its first address is an IPv4 address")
                    .hint("keepalived drops it too: an instance has one family"),
            );
            continue;
        }
        let key = (value.address, value.prefix_len, value.dev);
        if let Some(before) = seen.get(&key) {
            let message = format!("{} is given twice; this one is dropped", value.address);
            let warning = Diagnostic::warning(code::DUPLICATE_ADDRESS, *span, message);
            cx.push(warning.related(*before, "the first"));
            continue;
        }
        seen.insert(key, *span);
        kept.push(value.clone());
        if kept.len() == 256 {
            let message = "an advert lists at most 255 addresses; this is the 256th";
            let error = Diagnostic::error(code::TOO_MANY_ADDRESSES, *span, message);
            cx.push(error.hint("share them out to several instances"));
        }
    }
    (Family::V4, kept)
}

/// An undefined script is an error: its instance would run untracked, which its author plainly
/// did not mean, though keepalived does that.
fn tracked(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    scripts: &Scripts<'_>,
    owner: bool,
) -> Vec<Tracked<Name>> {
    let mut seen = BTreeMap::new();
    let mut kept = Vec::new();
    for line in &draft.tracked {
        let name = &line.name;
        let Some(script) = scripts.get(name) else {
            unknown_script(cx, scripts, name, line.span);
            continue;
        };
        if let Some(before) = seen.get(name) {
            let message = format!("`{name}` is tracked twice; this one is dropped");
            let warning = Diagnostic::warning(code::DUPLICATE_TRACKING, line.span, message);
            cx.push(warning.related(*before, "the first"));
            continue;
        }
        seen.insert(name, line.span);
        let (weight, reverse) = line.weight.unwrap_or((script.weight, script.reverse));
        if owner && weight.get() != 0 {
            let owner = Priority::OWNER;
            let message = format!("`{name}` is not tracked: priority {owner} never changes");
            let warning = Diagnostic::warning(code::OWNER_TRACKING, line.span, message);
            cx.push(warning.hint("a lower priority, or weight 0, which makes a failure a FAULT"));
            continue;
        }
        kept.push(Tracked {
            target: name.clone(),
            weight,
            reverse,
        });
    }
    kept
}

fn unknown_script(cx: &mut Context<'_>, scripts: &Scripts<'_>, name: &Name, span: Span) {
    let message = format!("no `vrrp_script` is called `{name}`: the instance would run untracked");
    let error = Diagnostic::error(code::UNKNOWN_SCRIPT, span, message);
    let names = scripts.keys().map(Name::as_str);
    cx.push(match cx.nearest_of(names, name.as_str()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("define it, before or after the instance, or remove this line"),
    });
}
