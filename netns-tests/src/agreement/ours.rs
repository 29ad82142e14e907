//! Facts from Bellwether's typed configuration, in the words of [`super::theirs`].

use std::time::Duration;

use bellwether_core::model::{
    Auth, Command, Config, Hook, InitialState, Instance, LosingAdvert, Notify, Preemption, Script,
    SyncGroup, TrackFile, TrackProcess, Tracked, Trackers, Transport, VirtualAddress,
};
use bellwether_core::unit::Version;

use super::facts::Facts;
use super::ours_lvs;

/// The facts of a configuration.
#[must_use]
pub(super) fn facts(config: &Config) -> Facts {
    let mut facts = Facts::default();
    let parts = config.parts();
    for found in &parts.instances {
        instance(found, config, &mut facts);
    }
    for found in &parts.scripts {
        script(found, &mut facts);
    }
    for found in &parts.sync_groups {
        sync_group(found, &mut facts);
    }
    for found in &parts.processes {
        process(found, &mut facts);
    }
    for found in &parts.files {
        file(found, &mut facts);
    }
    ours_lvs::add(&parts.lvs, &mut facts);
    facts
}

fn instance(instance: &Instance, config: &Config, facts: &mut Facts) {
    let thing = &format!("vrrp_instance {}", instance.name);
    let interface = instance.interface.as_str();
    let group = config
        .sync_groups()
        .iter()
        .find(|group| group.members.contains(&instance.name));
    facts.some(thing, "vrrp_sync_group", group.map(|group| &group.name));
    facts.add(thing, "interface", interface);
    facts.add(thing, "virtual_router_id", instance.vrid.get());
    facts.add(thing, "priority", instance.priority.0);
    let version = match instance.version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    facts.add(thing, "version", version);
    let interval = u32::from(instance.advert_interval.centis()) * 10;
    facts.add(thing, "advert_int", interval);
    // A group wants what its first member wants, and an owner is always a master.
    if group.is_none() && !instance.priority.is_owner() {
        let state = match instance.initial_state {
            InitialState::Master => "MASTER",
            InitialState::Backup => "BACKUP",
        };
        facts.add(thing, "state", state);
    }
    garp(instance, thing, facts);
    switches(instance, thing, facts);
    let authentication = match instance.auth {
        Auth::None => "none".to_owned(),
        Auth::Pass(password) => format!("PASS {}", unpadded(&password)),
        Auth::Ah(_) => "AH".to_owned(),
    };
    facts.add(thing, "authentication", authentication);
    for (addresses, keyword) in [
        (&instance.virtual_addresses, "virtual_ipaddress"),
        (&instance.excluded_addresses, "virtual_ipaddress_excluded"),
    ] {
        let written: Vec<String> = addresses
            .iter()
            .map(|found| address(found, interface))
            .collect();
        facts.list(thing, keyword, &written);
    }
    transport(&instance.transport, thing, facts);
    trackers(&instance.trackers, thing, facts);
    notify(&instance.notify, thing, facts);
}

fn garp(instance: &Instance, thing: &str, facts: &mut Facts) {
    let garp = &instance.garp;
    for (keyword, value) in [
        ("garp_master_delay", garp.delay.as_secs()),
        ("garp_master_repeat", garp.repeat.into()),
        ("garp_master_refresh", garp.refresh.as_secs()),
        ("garp_master_refresh_repeat", garp.refresh_repeat.into()),
        ("garp_lower_prio_delay", garp.losing_delay.as_secs()),
        ("garp_lower_prio_repeat", garp.losing_repeat.into()),
        ("down_timer_adverts", instance.down_timer_adverts.into()),
    ] {
        facts.add(thing, keyword, value);
    }
}

fn switches(instance: &Instance, thing: &str, facts: &mut Facts) {
    let base = instance.vmac.as_ref().is_some_and(|vmac| vmac.xmit_base);
    for (keyword, on) in [
        ("accept", instance.accept),
        ("preempt", instance.preemption != Preemption::Never),
        ("promote_secondaries", instance.promote_secondaries),
        (
            "lower_prio_no_advert",
            instance.losing_advert == LosingAdvert::Discard,
        ),
        ("higher_prio_send_advert", instance.farewell_advert),
        ("skip_check_adv_addr", instance.skip_check_addresses),
        ("dont_track_primary", !instance.track_primary),
        ("use_vmac", instance.vmac.is_some()),
        ("vmac_xmit_base", base),
    ] {
        facts.switch(thing, keyword, on);
    }
    if let Preemption::Delayed(delay) = instance.preemption {
        facts.add(thing, "preempt_delay", milliseconds(delay));
    }
}

fn transport(transport: &Transport, thing: &str, facts: &mut Facts) {
    match transport {
        Transport::Multicast { group: _, source } => {
            facts.some(thing, "source address", *source);
        }
        Transport::Unicast {
            source,
            peers,
            ttl,
            check_source,
            fault_without_peer: _,
        } => {
            facts.some(thing, "source address", *source);
            let written: Vec<String> = peers
                .iter()
                .map(|peer| match (peer.min_ttl, peer.max_ttl) {
                    (None, None) => peer.address.to_string(),
                    (min, max) => format!(
                        "{} min_ttl {} max_ttl {}",
                        peer.address,
                        min.unwrap_or(0),
                        max.unwrap_or(255)
                    ),
                })
                .collect();
            if !written.is_empty() {
                facts.list(thing, "unicast_peer", &written);
                facts.add(thing, "unicast_ttl", ttl);
                facts.switch(thing, "check_unicast_src", *check_source);
            }
        }
    }
}

fn trackers(trackers: &Trackers, thing: &str, facts: &mut Facts) {
    facts.list(thing, "track_interface", &tracked(&trackers.interfaces));
    facts.list(thing, "track_script", &tracked(&trackers.scripts));
    facts.list(thing, "track_file", &tracked(&trackers.files));
    facts.list(thing, "track_process", &tracked(&trackers.processes));
    facts.list(thing, "track_bfd", &tracked(&trackers.bfd));
}

fn tracked<T: std::fmt::Display>(list: &[Tracked<T>]) -> Vec<String> {
    list.iter()
        .map(|one| {
            let reverse = if one.reverse { " reverse" } else { "" };
            format!("{} weight {}{reverse}", one.target, one.weight.get())
        })
        .collect()
}

fn notify(notify: &Notify, thing: &str, facts: &mut Facts) {
    for (hook, keyword) in [
        (&notify.master, "notify_master"),
        (&notify.backup, "notify_backup"),
        (&notify.fault, "notify_fault"),
        (&notify.stop, "notify_stop"),
        (&notify.deleted, "notify_deleted"),
        (&notify.any, "notify"),
        (&notify.master_rx_lower_pri, "notify_master_rx_lower_pri"),
    ] {
        facts.some(thing, keyword, hook.as_ref().map(told));
    }
    facts.switch(thing, "smtp_alert", notify.mail == Some(true));
}

/// A hook's command as keepalived's dump writes it.
pub(super) fn told(hook: &Hook) -> String {
    command(&hook.command)
}

/// `'/usr/bin/true' 'x'`.
pub(super) fn command(command: &Command) -> String {
    let words: Vec<String> = command.0.iter().map(|word| format!("'{word}'")).collect();
    words.join(" ")
}

fn script(script: &Script, facts: &mut Facts) {
    let thing = &format!("vrrp_script {}", script.name);
    facts.add(thing, "script", command(&script.command));
    facts.add(thing, "interval", milliseconds(script.interval));
    facts.add(thing, "timeout", milliseconds(script.timeout));
    let reverse = if script.reverse { " reverse" } else { "" };
    facts.add(thing, "weight", format!("{}{reverse}", script.weight.get()));
    facts.add(thing, "rise", script.rise);
    facts.add(thing, "fall", script.fall);
    facts.switch(thing, "init_fail", script.init_fail);
}

fn sync_group(group: &SyncGroup, facts: &mut Facts) {
    let thing = &format!("vrrp_sync_group {}", group.name);
    let members: Vec<String> = group.members.iter().map(ToString::to_string).collect();
    facts.list(thing, "group", &members);
    trackers(&group.trackers, thing, facts);
    notify(&group.notify, thing, facts);
}

fn process(process: &TrackProcess, facts: &mut Facts) {
    let thing = &format!("vrrp_track_process {}", process.name);
    facts.add(thing, "process", &process.program);
    if let Some((words, _how)) = &process.parameters {
        facts.add(thing, "parameters", words.join(" "));
    }
    facts.add(thing, "quorum", process.quorum);
    facts.some(thing, "quorum_max", process.quorum_max);
    let reverse = if process.reverse { " reverse" } else { "" };
    facts.add(
        thing,
        "weight",
        format!("{}{reverse}", process.weight.get()),
    );
    facts.add(thing, "fork_delay", milliseconds(process.fork_delay));
    facts.add(
        thing,
        "terminate_delay",
        milliseconds(process.terminate_delay),
    );
}

fn file(file: &TrackFile, facts: &mut Facts) {
    let thing = &format!("track_file {}", file.name);
    let reverse = if file.reverse { " reverse" } else { "" };
    facts.add(thing, "file", &file.path);
    facts.add(thing, "weight", format!("{}{reverse}", file.weight.get()));
}

/// An address in the order of keepalived's dump.
fn address(address: &VirtualAddress, interface: &str) -> String {
    let mut text = format!("{}/{}", address.address, address.prefix_len);
    if let Some(broadcast) = address.broadcast {
        text.push_str(&format!(" brd {broadcast}"));
    }
    let dev = address.dev.as_ref().map_or(interface, |dev| dev.as_str());
    text.push_str(&format!(" dev {dev} scope {}", scope(address.scope)));
    if let Some(label) = &address.label {
        text.push_str(&format!(" label {label}"));
    }
    if let Some(peer) = address.peer {
        text.push_str(&format!(" peer {peer}/{}", address.prefix_len));
    }
    let flags = &address.flags;
    for (name, set) in [
        ("home", flags.home),
        ("-nodad", flags.nodad),
        ("mngtmpaddr", flags.mngtmpaddr),
        ("noprefixroute", flags.noprefixroute),
        ("autojoin", flags.autojoin),
        ("no_track", !address.tracked),
    ] {
        if set {
            text.push(' ');
            text.push_str(name);
        }
    }
    text
}

/// A scope by the name that Debian's rt_scopes has for it.
fn scope(number: u8) -> String {
    match number {
        0 => "global".to_owned(),
        200 => "site".to_owned(),
        253 => "link".to_owned(),
        254 => "host".to_owned(),
        255 => "nowhere".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn milliseconds(span: Duration) -> String {
    span.as_millis().to_string()
}

fn unpadded(password: &[u8; 8]) -> String {
    let length = password.iter().position(|byte| *byte == 0).unwrap_or(8);
    String::from_utf8_lossy(&password[..length]).into_owned()
}
