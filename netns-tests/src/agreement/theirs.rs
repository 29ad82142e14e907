//! Facts from keepalived's dump: the VRRP half.

use super::dump::{Line, sections};
use super::facts::Facts;
use super::theirs_lvs;

/// The facts in a dump.
#[must_use]
pub(super) fn facts(dump: &str) -> Facts {
    let mut facts = Facts::default();
    for (section, lines) in sections(dump) {
        match section.as_str() {
            "VRRP Topology" => lines.iter().for_each(|line| instance(line, &mut facts)),
            "VRRP Scripts" => lines.iter().for_each(|line| script(line, &mut facts)),
            "VRRP Sync groups" => lines.iter().for_each(|line| sync_group(line, &mut facts)),
            "VRRP Track processes" => lines.iter().for_each(|line| process(line, &mut facts)),
            "VRRP Track files" | "Checker track files" => {
                lines.iter().for_each(|line| file(line, &mut facts));
            }
            "LVS Topology" => theirs_lvs::topology(&lines, &mut facts),
            "Health checkers" => theirs_lvs::checkers(&lines, &mut facts),
            _ => {}
        }
    }
    facts
}

/// A value of the dump and the keyword that it is of.
type Same = (&'static str, &'static str);

/// Values of an instance that are written as in the file.
const INSTANCE: [Same; 11] = [
    ("VRRP Version", "version"),
    ("Virtual Router ID", "virtual_router_id"),
    ("Priority", "priority"),
    ("Gratuitous ARP delay", "garp_master_delay"),
    ("Gratuitous ARP repeat", "garp_master_repeat"),
    ("Gratuitous ARP refresh", "garp_master_refresh"),
    (
        "Gratuitous ARP refresh repeat",
        "garp_master_refresh_repeat",
    ),
    (
        "Gratuitous ARP lower priority delay",
        "garp_lower_prio_delay",
    ),
    (
        "Gratuitous ARP lower priority repeat",
        "garp_lower_prio_repeat",
    ),
    ("Down timer adverts", "down_timer_adverts"),
    ("Sync group", "vrrp_sync_group"),
];

/// Scripts that are told of something: how a dump calls them, and their keywords.
pub(super) const NOTIFY: [Same; 7] = [
    ("Backup state transition", "notify_backup"),
    ("Master state transition", "notify_master"),
    ("Fault state transition", "notify_fault"),
    ("Stop state transition", "notify_stop"),
    ("Deleted state transition", "notify_deleted"),
    ("Generic state transition", "notify"),
    (
        "Master rx lower pri state transition",
        "notify_master_rx_lower_pri",
    ),
];

fn instance(line: &Line, facts: &mut Facts) {
    let Some(name) = line.value_of("VRRP Instance") else {
        return;
    };
    let thing = &format!("vrrp_instance {name}");
    for (theirs, keyword) in INSTANCE {
        facts.some(thing, keyword, line.value(theirs));
    }
    let interface = line.value("Interface").unwrap_or_default();
    let real = interface
        .split_once(" on ")
        .map_or(interface, |(_, base)| base);
    facts.add(thing, "interface", word(real));
    facts.switch(thing, "use_vmac", line.says("Use VMAC"));
    facts.switch(thing, "vmac_xmit_base", interface.contains("xmit base"));
    let source = line
        .value("Using src_ip")
        .and_then(|source| source.strip_suffix(" (from configuration)"));
    facts.some(thing, "source address", source);
    facts.some(
        thing,
        "advert_int",
        line.value("Advert interval").map(milliseconds),
    );
    switches(line, thing, facts);
    let kind = match line.value("Authentication type") {
        Some("SIMPLE_PASSWORD") => line
            .value("Password")
            .map_or_else(|| "PASS".to_owned(), |password| format!("PASS {password}")),
        Some("IPSEC_AH") => "AH".to_owned(),
        _ => "none".to_owned(),
    };
    facts.add(thing, "authentication", kind);
    for (list, keyword) in [
        ("Virtual IP (", "virtual_ipaddress"),
        ("Virtual IP Excluded", "virtual_ipaddress_excluded"),
    ] {
        let addresses: Vec<String> = line.list(list).into_iter().map(address).collect();
        facts.list(thing, keyword, &addresses);
    }
    unicast(line, thing, facts);
    trackers(line, thing, facts);
    notify(line, thing, facts);
}

fn switches(line: &Line, thing: &str, facts: &mut Facts) {
    let enabled = |name| line.value(name) == Some("enabled");
    let answers = line.value("Send advert after receive lower priority advert") == Some("true");
    let farewell = line.value("Send advert after receive higher priority advert") == Some("true");
    facts.switch(thing, "accept", enabled("Accept"));
    facts.switch(thing, "preempt", enabled("Preempt"));
    facts.switch(thing, "promote_secondaries", enabled("Promote_secondaries"));
    facts.switch(thing, "lower_prio_no_advert", !answers);
    facts.switch(thing, "higher_prio_send_advert", farewell);
    facts.switch(
        thing,
        "skip_check_adv_addr",
        line.says("Skip checking advert IP"),
    );
    let untracked = line.says("VRRP interface tracking disabled");
    facts.switch(thing, "dont_track_primary", untracked);
    facts.some(
        thing,
        "preempt_delay",
        line.value("Preempt delay").map(milliseconds),
    );
    // A group wants what its first member wants, and an owner is always a master.
    if line.value("Sync group").is_none() && line.value("Priority") != Some("255") {
        facts.some(thing, "state", line.value("Wantstate"));
    }
}

fn unicast(line: &Line, thing: &str, facts: &mut Facts) {
    let peers: Vec<String> = line
        .list("Unicast Peer")
        .into_iter()
        .map(|peer| peer.replace(" min_ttl 0 max_ttl 255", ""))
        .collect();
    if !peers.is_empty() {
        facts.list(thing, "unicast_peer", &peers);
        facts.add(
            thing,
            "unicast_ttl",
            line.value("Unicast TTL").unwrap_or("255"),
        );
        let checked = line
            .find("Check unicast src")
            .map(|line| line.text.ends_with("yes"));
        facts.switch(thing, "check_unicast_src", checked.unwrap_or_default());
    }
}

/// What is tracked, with its weight.
fn trackers(line: &Line, thing: &str, facts: &mut Facts) {
    for (list, keyword) in [
        ("Tracked interfaces", "track_interface"),
        ("Tracked scripts", "track_script"),
        ("Tracked files", "track_file"),
        ("Tracked processes", "track_process"),
        ("Tracked BFDs", "track_bfd"),
    ] {
        let tracked: Vec<String> = line
            .list(list)
            .into_iter()
            .map(|tracked| tracked.replace(',', ""))
            .collect();
        facts.list(thing, keyword, &tracked);
    }
}

fn notify(line: &Line, thing: &str, facts: &mut Facts) {
    for (theirs, keyword) in NOTIFY {
        let told = line.value(&format!("{theirs} script")).map(command);
        facts.some(thing, keyword, told);
    }
    let mail = line.value("Using smtp notification");
    facts.switch(thing, "smtp_alert", mail == Some("yes"));
}

fn script(line: &Line, facts: &mut Facts) {
    let Some(name) = line.value_of("VRRP Script") else {
        return;
    };
    let thing = &format!("vrrp_script {name}");
    let interval = line.value("Interval").map(milliseconds).unwrap_or_default();
    let timeout = line.value("Timeout").map(milliseconds).unwrap_or_default();
    facts.some(thing, "script", line.value("Command").map(command));
    facts.add(thing, "interval", &interval);
    // 0: the interval.
    facts.add(
        thing,
        "timeout",
        if timeout == "0" { interval } else { timeout },
    );
    facts.some(thing, "weight", line.value("Weight"));
    facts.some(thing, "rise", line.value("Rise"));
    facts.some(thing, "fall", line.value("Fall"));
    let fails = line
        .value("Init state")
        .is_some_and(|state| state.starts_with("FAIL"));
    facts.switch(thing, "init_fail", fails);
}

fn sync_group(line: &Line, facts: &mut Facts) {
    let Some(name) = line.value_of("VRRP Sync Group") else {
        return;
    };
    let name = name.rsplit_once(',').map_or(name, |(name, _state)| name);
    let thing = &format!("vrrp_sync_group {name}");
    let members: Vec<String> = line
        .list("VRRP member instances")
        .into_iter()
        .map(str::to_owned)
        .collect();
    facts.list(thing, "group", &members);
    trackers(line, thing, facts);
    notify(line, thing, facts);
}

fn process(line: &Line, facts: &mut Facts) {
    let Some(name) = line.value_of("VRRP Track process") else {
        return;
    };
    let thing = &format!("vrrp_track_process {name}");
    facts.some(thing, "process", line.value("Process"));
    facts.some(thing, "parameters", line.value("Parameters"));
    facts.some(thing, "quorum", line.value("Min processes"));
    let most = line
        .value("Max processes")
        .filter(|most| *most != "4294967295");
    facts.some(thing, "quorum_max", most);
    facts.some(thing, "weight", line.value("Weight"));
    for (theirs, keyword) in [
        ("Fork delay", "fork_delay"),
        ("Terminate delay", "terminate_delay"),
    ] {
        facts.some(thing, keyword, line.value(theirs).map(milliseconds));
    }
}

fn file(line: &Line, facts: &mut Facts) {
    // One is followed by either half, or by both.
    let Some(name) = line.value_of("Track file") else {
        return;
    };
    let thing = &format!("track_file {name}");
    facts.some(thing, "file", line.value("File"));
    facts.some(thing, "weight", line.value("Weight"));
}

/// An address as both write it: with its prefix, and the real interface behind a virtual one.
fn address(text: &str) -> String {
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let mut written = match first.contains('/') {
        true => first.to_owned(),
        false if first.contains(':') => format!("{first}/128"),
        false => format!("{first}/32"),
    };
    // How long an address is preferred is decided by its prefix there, and isn't in each dump.
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) || word == "deprecated" {
            continue;
        }
        if word == "preferred_lft" {
            skip = true;
            continue;
        }
        let word = word.split_once('@').map_or(word, |(_, base)| base);
        written.push(' ');
        written.push_str(word);
    }
    written
}

/// `'/bin/true' 'x', uid:gid 0:0` without the user.
pub(super) fn command(text: &str) -> String {
    text.rsplit_once(", uid:gid")
        .map_or(text, |(command, _)| command)
        .to_owned()
}

/// `2 sec`, `250 milli-sec`, `7.5 secs`, `0.500000s` or `6.500000` as milliseconds.
pub(super) fn milliseconds(text: &str) -> String {
    let number: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    if text.contains("milli") {
        return number;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let fraction: String = fraction.chars().chain("000".chars()).take(3).collect();
    let digits = format!("{whole}{fraction}");
    match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

/// The first word.
fn word(text: &str) -> &str {
    text.split([' ', ',']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_milliseconds() {
        for (text, expected) in [
            ("2 sec", "2000"),
            ("250 milli-sec", "250"),
            ("7.5 secs", "7500"),
            ("0.050000s", "50"),
            ("6.500000", "6500"),
            ("0", "0"),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_written_with_prefix_and_real_interface() {
        assert_eq!(
            address("192.0.2.110 dev vrrp.3@eth0 scope global"),
            "192.0.2.110/32 dev eth0 scope global"
        );
        assert_eq!(
            address("2001:db8::5/64 dev eth0 scope global preferred_lft forever"),
            "2001:db8::5/64 dev eth0 scope global"
        );
    }
}
