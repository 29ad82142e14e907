//! The fields of what is tracked: files, processes, BFD sessions; of groups that share something.

use super::{Differences, entries, seconds};
use crate::model::{Bfd, GarpGroup, InitFile, ParamMatch, TrackFile, TrackGroup, TrackProcess};
use crate::reload::plan::{Field, Takes};
use crate::unit::{IfName, Name};

/// Fields of a tracked file. Another path is another number.
pub(in crate::reload) fn file(old: &TrackFile, new: &TrackFile) -> Vec<Field> {
    let TrackFile {
        name: _,
        path,
        weight,
        reverse,
        init,
    } = new;
    let mut found = Differences::new(Takes::Restart);
    found.plain("file", (&old.path, path));
    found.takes = Takes::InPlace;
    found.plain("weight", (&old.weight, weight));
    found.flag("reverse", (&old.reverse, reverse));
    found.takes = Takes::NextStart;
    found.optional("init_file", (&old.init, init), |one| {
        let InitFile { value, overwrite } = one;
        format!("{value}{}", if *overwrite { " overwrite" } else { "" })
    });
    found.fields
}

/// Fields of processes that are counted: whatever changes, they are counted anew.
pub(in crate::reload) fn process(old: &TrackProcess, new: &TrackProcess) -> Vec<Field> {
    let TrackProcess {
        name: _,
        program,
        parameters,
        full_command,
        weight,
        reverse,
        quorum,
        quorum_max,
        fork_delay,
        terminate_delay,
    } = new;
    let mut found = Differences::new(Takes::Restart);
    found.plain("process", (&old.program, program));
    let pair = (&old.parameters, parameters);
    found.optional("param_match", pair, |(words, how)| {
        let how = match how {
            ParamMatch::Exact => "exact",
            ParamMatch::Initial => "initial",
            ParamMatch::Partial => "partial",
        };
        format!("{how} {}", words.join(" "))
    });
    found.flag("full_command", (&old.full_command, full_command));
    found.plain("weight", (&old.weight, weight));
    found.flag("reverse", (&old.reverse, reverse));
    found.plain("quorum", (&old.quorum, quorum));
    found.optional("quorum_max", (&old.quorum_max, quorum_max), u32::to_string);
    found.of("fork_delay", (&old.fork_delay, fork_delay), seconds);
    let pair = (&old.terminate_delay, terminate_delay);
    found.of("terminate_delay", pair, seconds);
    found.fields
}

/// Fields of a BFD session. What the other end sees of it makes another session.
pub(in crate::reload) fn bfd(old: &Bfd, new: &Bfd) -> Vec<Field> {
    let Bfd {
        name: _,
        neighbor,
        source,
        min_rx,
        min_tx,
        idle_tx,
        multiplier,
        passive,
        ttl,
        max_hops,
        multihop,
        weight,
        reverse,
        for_vrrp,
        for_checkers,
    } = new;
    let mut found = Differences::new(Takes::Restart);
    found.plain("neighbor_ip", (&old.neighbor, neighbor));
    found.optional("source_ip", (&old.source, source), ToString::to_string);
    found.of("min_rx", (&old.min_rx, min_rx), seconds);
    found.of("min_tx", (&old.min_tx, min_tx), seconds);
    found.of("idle_tx", (&old.idle_tx, idle_tx), seconds);
    found.plain("multiplier", (&old.multiplier, multiplier));
    found.flag("passive", (&old.passive, passive));
    found.optional("ttl", (&old.ttl, ttl), u8::to_string);
    found.plain("max_hops", (&old.max_hops, max_hops));
    found.flag("multihop", (&old.multihop, multihop));
    found.takes = Takes::InPlace;
    found.plain("weight", (&old.weight, weight));
    found.flag("reverse", (&old.reverse, reverse));
    found.flag("vrrp", (&old.for_vrrp, for_vrrp));
    found.flag("checker", (&old.for_checkers, for_checkers));
    found.fields
}

/// Fields of interfaces that share a spacing.
pub(in crate::reload) fn garp_group(old: &GarpGroup, new: &GarpGroup) -> Vec<Field> {
    let GarpGroup {
        name: _,
        interfaces,
        spacing,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    let pair = (&old.interfaces[..], &interfaces[..]);
    found.list("interfaces", pair, IfName::to_string);
    found.of("garp_interval", (&old.spacing.garp, &spacing.garp), seconds);
    found.of("gna_interval", (&old.spacing.gna, &spacing.gna), seconds);
    found.fields
}

/// Members of ties of static things to instances.
pub(in crate::reload) fn track_group(old: &TrackGroup, new: &TrackGroup) -> Vec<Field> {
    let TrackGroup { name: _, members } = new;
    entries("group", &old.members, members, Name::to_string)
}
