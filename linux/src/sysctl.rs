//! Kernel parameters that a virtual MAC needs, beyond those of its own interface, and those that the
//! configuration asks for.
//!
//! Invariant: what was changed is put back when the last one that needed it is gone, unless
//! somebody else has changed it meanwhile. What a killed process has changed stays, as nobody
//! knows what was there before.
//!
//! keepalived: the same values; of those of virtual MACs it puts back `rp_filter` only.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use bellwether_core::unit::IfName;

/// Of a virtual MAC's own interface: it answers ARP for its own addresses and no others; packets
/// may come in whatever the way back is, and from ourselves; an address stays when the first one of
/// its network goes.
const OWN: [(&str, &str); 4] = [
    ("arp_ignore", "1"),
    ("accept_local", "1"),
    ("rp_filter", "0"),
    ("promote_secondaries", "1"),
];

/// Of what it stands on: it does not answer ARP for the virtual addresses with its own MAC, and does
/// not claim them by asking in their name. keepalived leaves the last one as it is.
const BASE: [(&str, &str); 3] = [
    ("arp_ignore", "1"),
    ("arp_filter", "1"),
    ("arp_announce", "2"),
];

const REVERSE_PATH: &str = "rp_filter";

/// Whether another address of a network takes the first one's place when that goes.
const PROMOTE: &str = "promote_secondaries";

/// Whether memberships of 224.0.0.0/24 are reported.
const LOCAL_IGMP: &str = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports";

/// A parameter of `net.ipv4.conf`: of which interface, and which.
type Key = (String, &'static str);

/// What was changed, and for whom.
#[derive(Debug, Default)]
pub(crate) struct RouterSysctls {
    /// Virtual MACs that need it, with what they stand on.
    users: BTreeMap<IfName, IfName>,
    /// Interfaces that are to promote secondary addresses.
    promoted: BTreeSet<IfName>,
    /// What was there before reports of local groups were held back, if they are.
    local_igmp: Option<String>,
    /// What was there before, and what was written.
    changed: BTreeMap<Key, (String, String)>,
}

impl RouterSysctls {
    /// Sets what a virtual MAC needs that is about to come up.
    pub(crate) fn prepare(&mut self, base: IfName, name: IfName) {
        self.users.insert(name, base);
        self.relax_reverse_path();
        for (parameter, value) in BASE {
            self.change(base.as_str(), parameter, value);
        }
        for (parameter, value) in OWN {
            // It goes with its interface.
            note(
                name.as_str(),
                parameter,
                write(name.as_str(), parameter, value),
            );
        }
    }

    /// Puts back what no other virtual MAC needs.
    pub(crate) fn restore(&mut self, name: IfName) {
        if self.users.remove(&name).is_none() {
            return;
        }
        let needed: BTreeSet<_> = self.users.values().map(ToString::to_string).collect();
        let nobody = needed.is_empty();
        let is_needed = |(interface, parameter): &Key| match *parameter {
            REVERSE_PATH => !nobody,
            PROMOTE => true,
            _ => needed.contains(interface),
        };
        self.put_back(is_needed);
    }

    /// Has these interfaces, and no others, promote secondary addresses.
    pub(crate) fn promote(&mut self, interfaces: BTreeSet<IfName>) {
        self.promoted = interfaces;
        let wanted: BTreeSet<_> = self.promoted.iter().map(ToString::to_string).collect();
        self.put_back(|(interface, parameter)| *parameter != PROMOTE || wanted.contains(interface));
        for interface in &wanted {
            // One that is not there yet will be told of when it comes.
            if read(interface, PROMOTE).is_ok() {
                self.change(interface, PROMOTE, "1");
            }
        }
    }

    /// An interface came, or came back.
    pub(crate) fn came(&mut self, interface: IfName) {
        if self.promoted.contains(&interface) {
            self.change(interface.as_str(), PROMOTE, "1");
        }
    }

    /// Holds back reports of memberships of the link's own groups, or no longer.
    pub(crate) fn hold_local_igmp(&mut self, hold: bool) {
        if hold == self.local_igmp.is_some() {
            return;
        }
        let outcome = match self.local_igmp.take() {
            Some(before) => std::fs::write(LOCAL_IGMP, before),
            None => std::fs::read_to_string(LOCAL_IGMP).and_then(|before| {
                std::fs::write(LOCAL_IGMP, "0")?;
                self.local_igmp = Some(before);
                Ok(())
            }),
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "can't set net.ipv4.igmp_link_local_mcast_reports");
        }
    }

    /// Puts everything back.
    pub(crate) fn restore_all(&mut self) {
        self.hold_local_igmp(false);
        self.users.clear();
        self.promoted.clear();
        self.put_back(|_| false);
    }

    fn put_back(&mut self, is_needed: impl Fn(&Key) -> bool) {
        let (kept, done) = core::mem::take(&mut self.changed)
            .into_iter()
            .partition(|(key, _)| is_needed(key));
        self.changed = kept;
        let done: BTreeMap<Key, (String, String)> = done;
        for ((interface, parameter), (before, written)) in done {
            if read(&interface, parameter).is_ok_and(|now| now == written) {
                note(&interface, parameter, write(&interface, parameter, &before));
            }
        }
    }

    /// The greater of `all` and an interface's own value counts, so `all` must be 0, and whoever
    /// relied on it gets a value of their own.
    fn relax_reverse_path(&mut self) {
        let Ok(all) = read("all", REVERSE_PATH) else {
            return;
        };
        let strictness = |text: &str| text.parse::<u8>().unwrap_or_default();
        if strictness(&all) == 0 {
            return;
        }
        for interface in interfaces() {
            let ours = self.users.keys().any(|name| name.as_str() == interface);
            let own = read(&interface, REVERSE_PATH).unwrap_or_default();
            if interface != "all" && !ours && strictness(&own) < strictness(&all) {
                self.change(&interface, REVERSE_PATH, &all);
            }
        }
        self.change("all", REVERSE_PATH, "0");
    }

    fn change(&mut self, interface: &str, parameter: &'static str, value: &str) {
        let key = (interface.to_owned(), parameter);
        let before = match read(interface, parameter) {
            Ok(before) if before == value => return,
            Ok(before) => before,
            Err(error) => return note(interface, parameter, Err(error)),
        };
        let outcome = write(interface, parameter, value);
        if outcome.is_ok() {
            let first = self.changed.remove(&key).map(|(first, _)| first);
            let before = first.unwrap_or(before);
            self.changed.insert(key, (before, value.to_owned()));
        }
        note(interface, parameter, outcome);
    }
}

/// All interfaces that have parameters, with `all` and `default`.
fn interfaces() -> Vec<String> {
    let Ok(folder) = std::fs::read_dir("/proc/sys/net/ipv4/conf") else {
        return Vec::new();
    };
    let names = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.collect()
}

fn path(interface: &str, parameter: &str) -> PathBuf {
    PathBuf::from("/proc/sys/net/ipv4/conf")
        .join(interface)
        .join(parameter)
}

fn read(interface: &str, parameter: &str) -> io::Result<String> {
    let text = std::fs::read_to_string(path(interface, parameter))?;
    Ok(text.trim().to_owned())
}

fn write(interface: &str, parameter: &str, value: &str) -> io::Result<()> {
    std::fs::write(path(interface, parameter), value)
}

fn note(interface: &str, parameter: &str, outcome: io::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "can't set net.ipv4.conf.{interface}.{parameter}");
    }
}
