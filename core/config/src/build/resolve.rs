//! Drafts to the parts of the model: what depends on something else in the file.

mod addresses;
mod election;
mod groups;
mod instance;
mod trackers;
mod transport;
mod vmacs;

use std::collections::{BTreeMap, BTreeSet};

use bellwether_core::model::{Instance, Parts};
use bellwether_core::unit::{Name, Weight};

use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{
    self, BfdDraft, Drafts, FileDraft, InstanceDraft, ProcessDraft, ScriptDraft, SyncGroupDraft,
};
use crate::places::{Item, index};
use crate::source::Span;

/// What can be tracked, by name, with what it does to priorities.
#[derive(Default)]
struct Known {
    /// Scripts without a command, which is reported; whoever tracks them goes without.
    without_command: BTreeSet<Name>,
    scripts: Weights,
    files: Weights,
    processes: Weights,
    bfd: Weights,
}

type Weights = BTreeMap<Name, (Weight, bool)>;

/// Makes the parts; what can't be made is reported and left out.
#[expect(
    clippy::too_many_lines,
    reason = "one step after the other, in the order of what needs what"
)]
pub(super) fn parts(cx: &mut Context<'_>, drafts: Drafts) -> Parts {
    let Drafts {
        globals,
        scripts,
        instances,
        sync_groups,
        statics,
        files,
        processes,
        bfd,
        garp_groups,
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
    let by_name = known(
        cx,
        (&scripts, &files, &processes, &bfd),
        (&instances, &sync_groups),
    );
    let mut routers = BTreeMap::new();
    let mut made = Vec::new();
    let mut drafts_of = Vec::new();
    for draft in &instances {
        let at = index(made.len());
        let Some((instance, vrid)) = instance::make(cx, &globals, &by_name, draft, at) else {
            continue;
        };
        if let Some(first) = routers.insert(instance.key(), vrid) {
            same_router(cx, &instance, vrid, first);
        }
        cx.places
            .record(Item::Instance(at), "vrrp_instance", draft.span);
        made.push(instance);
        drafts_of.push(draft);
    }
    vmacs::place(cx, &globals, &drafts_of, &mut made);
    let names: Vec<_> = instances
        .iter()
        .filter_map(|draft| draft.name.as_ref())
        .collect();
    let sync_groups = groups::make(cx, &by_name, &names, &sync_groups);
    let spacing = globals.spacing();
    let garp_groups = garp_groups.into_iter();
    let default_interface = globals.default_interface.map(|given| given.value);
    let statics = keywords::finish_statics(cx, statics, default_interface, &instances);
    let mut parts = Parts {
        statics,
        globals: globals.into_model(),
        scripts: scripts.iter().filter_map(ScriptDraft::script).collect(),
        files: files.iter().filter_map(FileDraft::file).collect(),
        processes: processes.iter().filter_map(ProcessDraft::process).collect(),
        bfd: bfd.iter().filter_map(BfdDraft::session).collect(),
        garp_groups: garp_groups.map(|draft| draft.group(spacing)).collect(),
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

/// What can be tracked, whose names are unique; scripts without a command are reported.
fn known(
    cx: &mut Context<'_>,
    (scripts, files, processes, bfd): (&[ScriptDraft], &[FileDraft], &[ProcessDraft], &[BfdDraft]),
    (instances, sync_groups): (&[InstanceDraft], &[SyncGroupDraft]),
) -> Known {
    unique(
        cx,
        "track_file",
        files.iter().filter_map(|f| f.name.as_ref()),
    );
    unique(
        cx,
        "track process",
        processes.iter().filter_map(|p| p.name.as_ref()),
    );
    unique(
        cx,
        "BFD session",
        bfd.iter().filter_map(|b| b.name.as_ref()),
    );
    let named = |name: &Option<Spanned<Name>>, weight| Some((name.as_ref()?.value.clone(), weight));
    let mut by_name = Known {
        without_command: BTreeSet::new(),
        scripts: scripts
            .iter()
            .filter_map(|s| named(&s.name, (s.weight, s.reverse)))
            .collect(),
        files: files
            .iter()
            .filter_map(|f| named(&f.name, f.weight()))
            .collect(),
        processes: processes
            .iter()
            .filter_map(|p| named(&p.name, p.weight))
            .collect(),
        bfd: bfd
            .iter()
            .filter_map(|b| named(&b.name, b.weight))
            .collect(),
    };
    let trackers = instances.iter().map(|instance| &instance.trackers);
    let trackers = trackers.chain(sync_groups.iter().map(|group| &group.trackers));
    let tracked: BTreeSet<&Name> = trackers
        .flat_map(|trackers| trackers.scripts.iter().map(|line| &line.name.value))
        .collect();
    for script in scripts {
        let name = script.name.as_ref().map(|name| &name.value);
        if script.without_command(cx, name.is_some_and(|name| tracked.contains(name))) {
            by_name.without_command.extend(name.cloned());
        }
    }
    by_name
}

/// Two virtual routers that nobody can tell apart are an error.
fn same_router(cx: &mut Context<'_>, instance: &Instance, vrid: Span, first: Span) {
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
