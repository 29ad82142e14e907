//! Sync groups.

use std::collections::BTreeMap;

use bellwether_core::model::SyncGroup;
use bellwether_core::unit::Name;

use super::{Known, trackers};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::SyncGroupDraft;
use crate::places::{Item, index};

/// Makes the sync groups that have an instance.
pub(super) fn make(
    cx: &mut Context<'_>,
    known: &Known,
    instances: &[&Spanned<Name>],
    drafts: &[SyncGroupDraft],
) -> Vec<SyncGroup> {
    let names: Vec<_> = drafts
        .iter()
        .filter_map(|draft| draft.name.as_ref())
        .collect();
    super::unique(cx, "sync group", names.into_iter());
    let mut grouped = BTreeMap::new();
    let mut groups: Vec<SyncGroup> = Vec::new();
    for draft in drafts {
        let mut members = Vec::new();
        for member in &draft.members {
            if !is_instance(cx, instances, member) {
                continue;
            }
            if let Some(first) = grouped.insert(member.value.clone(), member.span) {
                let message = format!("`{}` is in a sync group already", member.value);
                let error = Diagnostic::error(code::TWO_GROUPS, member.span, message);
                let error = error.related(first, "here");
                cx.push(error.hint("an instance has one sync group"));
                continue;
            }
            members.push(member.value.clone());
        }
        let at = index(groups.len());
        let item = |line| Item::SyncGroupLine(at, line);
        let trackers = trackers::make(cx, known, &draft.trackers, false, &item);
        let Some(name) = &draft.name else { continue };
        if draft.members.is_empty() {
            let message = format!("the sync group `{}` has no instance", name.value);
            let warning = Diagnostic::warning(code::EMPTY_GROUP, draft.span, message);
            cx.push(warning.hint("add `group { NAME NAME }`; as it stands, it is left out"));
            continue;
        }
        cx.places
            .record(Item::SyncGroup(at), "vrrp_sync_group", draft.span);
        let mut group = SyncGroup::new(name.value.clone(), members);
        group.trackers = trackers;
        group.tracking_weight = draft.tracking_weight;
        group.notify = draft.notify.clone();
        group.notify.priority_changes = draft.priority_changes.unwrap_or_default();
        groups.push(group);
    }
    groups
}

/// A name of nobody is an error: the instance that was meant would change its state alone.
fn is_instance(cx: &mut Context<'_>, instances: &[&Spanned<Name>], member: &Spanned<Name>) -> bool {
    let mut names = instances.iter().map(|name| name.value.as_str());
    if names.any(|name| name == member.value.as_str()) {
        return true;
    }
    let message = format!("no `vrrp_instance` is called `{}`", member.value);
    let error = Diagnostic::error(code::UNKNOWN_INSTANCE, member.span, message);
    let names = instances.iter().map(|name| name.value.as_str());
    cx.push(match cx.nearest_of(names, member.value.as_str()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("define it, or remove it from this group"),
    });
    false
}
