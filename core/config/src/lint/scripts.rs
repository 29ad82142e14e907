//! Scripts and what their weights can do.

use std::collections::BTreeSet;

use bellwether_core::model::{Instance, SyncGroup};
use bellwether_core::unit::Name;

use super::Site;
use crate::code;
use crate::places::{Item, index};

pub(super) fn check(site: &mut Site<'_>) {
    timeouts(site);
    unused(site);
    for (at, instance) in site.config.instances().iter().enumerate() {
        clamped(site, at, instance);
        grouped(site, at, instance);
    }
}

/// A run that hangs is given its whole timeout, and no other is started beside it. Timeouts of up
/// to the interval, which is the default, delay nothing.
fn timeouts(site: &mut Site<'_>) {
    for (at, script) in site.config.scripts().iter().enumerate() {
        if script.timeout <= script.interval {
            continue;
        }
        let message = format!(
            "a run of `{}` may take {} s, longer than its interval: while one hangs none is \
             started, and its failure is noticed late",
            script.name,
            script.timeout.as_secs_f64()
        );
        let span = site.span(Item::Script(index(at)), &["timeout"]);
        let hint = "write a `timeout` of at most `interval`";
        site.warn(code::LONG_TIMEOUT, span, message, hint);
    }
}

fn unused(site: &mut Site<'_>) {
    let parts = site.config.parts();
    // A file of scripts only is perhaps a part of another.
    if parts.instances.is_empty() {
        return;
    }
    let instances = parts.instances.iter().map(|one| &one.trackers);
    let groups = parts.sync_groups.iter().map(|one| &one.trackers);
    let used: BTreeSet<&Name> = instances
        .chain(groups)
        .flat_map(|trackers| &trackers.scripts)
        .map(|tracked| &tracked.target)
        .collect();
    for (at, script) in site.config.scripts().iter().enumerate() {
        if !used.contains(&script.name) {
            let message = format!(
                "script `{}` is never tracked, so it never runs",
                script.name
            );
            let span = site.span(Item::Script(index(at)), &[]);
            let hint = "name it in a `track_script` block, or leave it out";
            site.note(code::UNUSED_SCRIPT, span, message, hint);
        }
    }
}

/// keepalived clamps the effective priority to 1..=254: at an end, a weight that pushes further
/// changes nothing, if no other weight leads away from that end.
fn clamped(site: &mut Site<'_>, at: usize, instance: &Instance) {
    let trackers = &instance.trackers;
    let named = [&trackers.scripts, &trackers.processes, &trackers.bfd];
    let named = named.into_iter().flatten().map(|one| one.weight.get());
    let interfaces = trackers.interfaces.iter().map(|one| one.weight.get());
    let weights: Vec<i16> = named.chain(interfaces).collect();
    // A file's number can lead anywhere.
    if trackers.files.iter().any(|file| file.weight.get() != 0) {
        return;
    }
    let (end, way) = match instance.priority.0 {
        254 if weights.iter().all(|weight| *weight >= 0) => (254, "above"),
        1 if weights.iter().all(|weight| *weight <= 0) => (1, "below"),
        _ => return,
    };
    for (line, tracked) in trackers.scripts.iter().enumerate() {
        if tracked.weight.get() != 0 {
            let message = format!(
                "this weight of `{}` never changes anything: the priority is {end}, and a \
                 backup's is never {way} that",
                tracked.target
            );
            let span = site.line(at, line, "track_script");
            let hint = "choose a `priority` that leaves the weights room, such as 100";
            site.warn(code::CLAMPED_WEIGHT, span, message, hint);
        }
    }
}

/// keepalived: in a sync group without `sync_group_tracking_weight`, a member's weighted scripts
/// are left out.
fn grouped(site: &mut Site<'_>, at: usize, instance: &Instance) {
    let is_in = |group: &&SyncGroup| group.members.contains(&instance.name);
    let groups = site.config.sync_groups().iter();
    let Some(group) = groups.filter(|group| !group.tracking_weight).find(is_in) else {
        return;
    };
    for (line, tracked) in instance.trackers.scripts.iter().enumerate() {
        if tracked.weight.get() != 0 {
            let message = format!(
                "`{}` is not tracked with this weight: `{}` is in sync group `{}`, whose members \
                 keep their priorities",
                tracked.target, instance.name, group.name
            );
            let span = site.line(at, line, "track_script");
            let hint = "track it without a weight, so that its failure is a FAULT of the group, \
                        or add `sync_group_tracking_weight` to the group";
            site.warn(code::GROUPED_WEIGHT, span, message, hint);
        }
    }
}
