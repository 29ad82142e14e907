//! Drafts to the parts of the model: what depends on something else in the file.

mod addresses;
mod election;
mod groups;
mod instance;
mod trackers;
mod transport;

use std::collections::BTreeMap;

use bellwether_core::model::Parts;
use bellwether_core::unit::Name;

use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{self, Drafts, ScriptDraft};
use crate::places::{Item, index};
use crate::source::Span;

/// Scripts by their name.
type Scripts<'d> = BTreeMap<Name, &'d ScriptDraft>;

/// Makes the parts; what can't be made is reported and left out.
pub(super) fn parts(cx: &mut Context<'_>, drafts: Drafts) -> Parts {
    let Drafts {
        globals,
        scripts,
        instances,
        sync_groups,
        statics,
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
        let at = index(made.len());
        let Some((instance, vrid)) = instance::make(cx, &globals, &by_name, draft, at) else {
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
        cx.places
            .record(Item::Instance(at), "vrrp_instance", draft.span);
        made.push(instance);
    }
    let names: Vec<_> = instances
        .iter()
        .filter_map(|draft| draft.name.as_ref())
        .collect();
    let sync_groups = groups::make(cx, &by_name, &names, &sync_groups);
    let statics = keywords::finish_statics(cx, statics, &instances);
    let mut parts = Parts {
        statics,
        globals: bellwether_core::model::Globals {
            router_id: globals.router_id,
            ..Default::default()
        },
        scripts: scripts.iter().filter_map(ScriptDraft::script).collect(),
        instances: made,
        sync_groups,
        ..Parts::default()
    };
    let defined = keywords::lvs::Defined {
        files: parts.files.iter().map(|file| &file.name).collect(),
        bfd: parts.bfd.iter().map(|session| &session.name).collect(),
    };
    parts.lvs = keywords::lvs::finish(cx, lvs, &defined);
    parts
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
