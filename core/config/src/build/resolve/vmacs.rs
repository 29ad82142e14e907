//! Virtual MAC interfaces: what each is called, and which addresses stand on which.
//!
//! keepalived: an instance's is `vrrp.VRID`, or `vrrp6.VRID` over IPv6; where that is taken,
//! `vrrp1.VRID` and so on. Addresses on another interface, or of the other family, have one only
//! where the file asks for it.

use std::collections::{BTreeMap, BTreeSet};

use bellwether_core::model::{Instance, Transport, VirtualAddress, virtual_mac};
use bellwether_core::unit::{Family, IfName, Mac, Vrid};

use crate::build::Context;
use crate::build::value::Value;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{GlobalDraft, InstanceDraft};
use crate::source::Span;

/// keepalived's.
const PREFIX: &str = "vrrp";

/// Names that are taken, and what each base has with which MAC.
#[derive(Default)]
struct Names {
    taken: BTreeSet<String>,
    by_mac: BTreeMap<(IfName, Mac), IfName>,
}

/// Gives every instance and address its virtual MAC interface; `drafts` and `instances` go
/// together.
pub(super) fn place(
    cx: &mut Context<'_>,
    globals: &GlobalDraft,
    drafts: &[&InstanceDraft],
    instances: &mut [Instance],
) {
    let prefix = globals.vmac_prefix.as_deref().unwrap_or(PREFIX);
    let beside = globals.vmac_addr_prefix.as_deref().unwrap_or(prefix);
    let mut names = Names::default();
    let given = drafts.iter().filter_map(|draft| draft.vmac.name());
    names.taken.extend(given.map(|name| name.to_string()));
    for (draft, instance) in drafts.iter().zip(instances.iter_mut()) {
        own(cx, prefix, draft, instance, &mut names);
    }
    for (draft, instance) in drafts.iter().zip(instances.iter_mut()) {
        of_addresses(cx, beside, draft, instance, &mut names);
    }
}

/// The instance's own.
fn own(
    cx: &mut Context<'_>,
    prefix: &str,
    draft: &InstanceDraft,
    instance: &mut Instance,
    names: &mut Names,
) {
    if !draft.vmac.is_wanted() {
        return;
    }
    let (family, vrid) = (instance.family, instance.vrid);
    let name = draft.vmac.name();
    let Some(name) = name.or_else(|| names.next(cx, prefix, family, vrid, draft.span)) else {
        return;
    };
    names
        .by_mac
        .insert((instance.interface, virtual_mac(family, vrid)), name);
    instance.vmac = draft.vmac.vmac(vrid, name);
    let Some(vmac) = &mut instance.vmac else {
        return;
    };
    if instance.strict && vmac.xmit_base {
        let message = "in strict mode adverts leave by the virtual MAC's interface";
        let warning = Diagnostic::warning(code::STRICT, draft.span, message);
        cx.push(warning.hint("remove `vmac_xmit_base`"));
        vmac.xmit_base = false;
    }
    if matches!(instance.transport, Transport::Unicast { .. }) {
        // keepalived: unicast adverts have the base's source, and leave by the base.
        vmac.xmit_base = true;
    }
}

fn of_addresses(
    cx: &mut Context<'_>,
    prefix: &str,
    draft: &InstanceDraft,
    instance: &mut Instance,
    names: &mut Names,
) {
    let (vrid, family, interface) = (instance.vrid, instance.family, instance.interface);
    let own = instance.vmac.as_ref().map(|vmac| vmac.name);
    let everywhere = draft.vmac.of_addresses();
    let mut place = |address: &mut VirtualAddress| {
        let base = address.dev.unwrap_or(interface);
        let of = Family::of(address.address);
        address.vmac = if own.is_some() && (base, of) == (interface, family) {
            own
        } else if everywhere || address.on_vmac {
            let mac = virtual_mac(of, vrid);
            let known = names.by_mac.get(&(base, mac)).copied();
            let name = known.or_else(|| names.next(cx, prefix, of, vrid, draft.span));
            if let Some(name) = name {
                names.by_mac.insert((base, mac), name);
            }
            name
        } else {
            None
        };
    };
    instance.virtual_addresses.iter_mut().for_each(&mut place);
    instance.excluded_addresses.iter_mut().for_each(&mut place);
}

impl Names {
    /// The next name that is free.
    fn next(
        &mut self,
        cx: &mut Context<'_>,
        prefix: &str,
        family: Family,
        vrid: Vrid,
        span: Span,
    ) -> Option<IfName> {
        let six = match family {
            Family::V4 => "",
            Family::V6 => "6",
        };
        let first = format!("{prefix}{six}.{vrid}");
        let others = (1..=u16::MAX).map(|number| format!("{prefix}{number}.{vrid}"));
        let name = std::iter::once(first)
            .chain(others)
            .find(|name| !self.taken.contains(name))?;
        let parsed = name.parse().ok();
        if parsed.is_none() {
            Value::bad_interface(cx, &name, span);
        }
        self.taken.insert(name);
        parsed
    }
}
