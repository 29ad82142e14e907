//! What instances and sync groups track, by name.

use std::collections::BTreeMap;
use std::fmt::Display;

use bellwether_core::model::{Tracked, Trackers};
use bellwether_core::unit::{Name, Priority, Weight};

use super::{Known, Weights};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{TrackDraft, TrackersDraft};
use crate::places::{Item, index};
use crate::source::Span;

/// Makes the trackers; `owner` tells whether the priority never changes, and `item` what the
/// lines of its blocks are.
pub(super) fn make(
    cx: &mut Context<'_>,
    known: &Known,
    draft: &TrackersDraft,
    owner: bool,
    item: &dyn Fn(u32) -> Item,
) -> Trackers {
    let mut scripts = named(cx, "vrrp_script", &known.scripts, &draft.scripts);
    scripts.retain(|(name, _)| !known.without_command.contains(&name.value));
    let files = named(cx, "track_file", &known.files, &draft.files);
    let processes = named(cx, "vrrp_track_process", &known.processes, &draft.processes);
    let bfd = named(cx, "bfd_instance", &known.bfd, &draft.bfd);
    let interfaces = draft.interfaces.iter().copied();
    let mut keep = Keep { cx, owner, item };
    Trackers {
        scripts: keep.those("track_script", scripts.into_iter()),
        interfaces: keep.those("track_interface", interfaces),
        files: keep.those("track_file", files.into_iter()),
        processes: keep.those("track_process", processes.into_iter()),
        bfd: keep.those("track_bfd", bfd.into_iter()),
    }
}

/// The lines whose name is defined, each with what it does.
fn named(
    cx: &mut Context<'_>,
    block: &str,
    known: &Weights,
    lines: &[TrackDraft],
) -> Vec<(Spanned<Name>, (Weight, bool))> {
    let mut named = Vec::new();
    for line in lines {
        let Spanned { value, span } = &line.name;
        match known.get(value) {
            Some(weight) => named.push((line.name.clone(), line.weight.unwrap_or(*weight))),
            None => unknown(cx, block, known, value, *span),
        }
    }
    named
}

struct Keep<'k, 'd> {
    cx: &'k mut Context<'d>,
    owner: bool,
    item: &'k dyn Fn(u32) -> Item,
}

impl Keep<'_, '_> {
    /// Without what is there twice, and without what can't matter.
    fn those<T: Ord + Clone + Display>(
        &mut self,
        keyword: &'static str,
        lines: impl Iterator<Item = (Spanned<T>, (Weight, bool))>,
    ) -> Vec<Tracked<T>> {
        let mut seen = BTreeMap::new();
        let mut kept: Vec<Tracked<T>> = Vec::new();
        for (Spanned { value, span }, (weight, reverse)) in lines {
            if let Some(before) = seen.get(&value) {
                let message = format!("`{value}` is tracked twice; this one is dropped");
                let warning = Diagnostic::warning(code::DUPLICATE_TRACKING, span, message);
                self.cx.push(warning.related(*before, "the first"));
                continue;
            }
            seen.insert(value.clone(), span);
            if self.owner && weight.get() != 0 {
                let owner = Priority::OWNER;
                let message = format!("`{value}` is not tracked: priority {owner} never changes");
                let warning = Diagnostic::warning(code::OWNER_TRACKING, span, message);
                let hint = "a lower priority, or weight 0, which makes a failure a FAULT";
                self.cx.push(warning.hint(hint));
                continue;
            }
            let line = (self.item)(index(kept.len()));
            self.cx.places.record(line, keyword, span);
            kept.push(Tracked {
                target: value,
                weight,
                reverse,
            });
        }
        kept
    }
}

/// An undefined name is an error: its instance would run untracked, which its author plainly did
/// not mean, though keepalived does that.
fn unknown(cx: &mut Context<'_>, block: &str, known: &Weights, name: &Name, span: Span) {
    let message = format!("no `{block}` is called `{name}`: the instance would run untracked");
    let error = Diagnostic::error(code::UNKNOWN_SCRIPT, span, message);
    let names = known.keys().map(Name::as_str);
    cx.push(match cx.nearest_of(names, name.as_str()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("define it, before or after the instance, or remove this line"),
    });
}
