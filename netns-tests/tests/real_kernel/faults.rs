//! Fault scripts: the same faults at the same times for two keepalived, one of each, and two of
//! ours. What each node told its notification pipe must be the same, or the difference is in the
//! list here and explained in docs/compatibility.md.
//!
//! `cargo test -p bellwether-netns-tests --test real_kernel faults` prints the table.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Lab, Peer, Program, Signal, VIP, eventually, scratch};
use tempfile::TempDir;

/// Who plays a script.
const PAIRS: [[Program; 2]; 3] = [
    [Keepalived, Keepalived],
    [Bellwether, Keepalived],
    [Bellwether, Bellwether],
];

/// Longer than anything waits, with adverts each 200 ms: a node's pipe that is silent for so long
/// has nothing more to say.
const QUIET: Duration = Duration::from_millis(1800);

/// The same with adverts each second, and with a preemption delay of 3 s.
const LONG_QUIET: Duration = Duration::from_millis(4500);

/// Nothing goes on for longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is done to a host; 0 has the higher priority.
#[derive(Clone, Copy, Debug)]
enum Step {
    Start(usize),
    Kill(usize),
    Terminate(usize),
    Pause(usize),
    Resume(usize),
    Unplug(usize),
    Plug(usize),
    /// The virtual address is removed by hand.
    RemoveAddress(usize),
    /// What the tracked script looks for goes, or comes.
    Fail(usize),
    Mend(usize),
    /// It hears no adverts any more, or again.
    Deafen(usize),
    Hear(usize),
    /// Its priority becomes 220 by a reload.
    Promote(usize),
    /// Until nothing more is told.
    Wait,
    /// A second and a half: one run of a script, or more.
    Moment,
}

use Step::{
    Deafen, Fail, Hear, Kill, Mend, Moment, Pause, Plug, Promote, RemoveAddress, Resume, Start,
    Terminate, Unplug, Wait,
};

/// A script: its name, what its instances have, what happens, and why ours differs, if it does.
pub(crate) struct Script {
    name: &'static str,
    setting: Setting,
    steps: &'static [Step],
    differs: Option<&'static str>,
}

/// What is special about both nodes' files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    Plain,
    NoPreempt,
    PreemptDelay,
    /// The tracked script has weight 0.
    ScriptFault,
    /// It has a weight of -150.
    ScriptWeight,
    /// Three failures in a row are one, and a moment has two runs at most.
    ScriptDamped,
    SyncGroup,
    Unicast,
    /// Version 2, and each has another password.
    Passwords,
    EqualPriorities,
    BothStartAsMaster,
    Owner,
}

const PAIR: [Step; 4] = [Start(0), Wait, Start(1), Wait];

macro_rules! script {
    ($name:literal, $setting:ident, [$($step:expr),*]) => {
        script!($name, $setting, [$($step),*], None)
    };
    ($name:literal, $setting:ident, [$($step:expr),*], $differs:expr) => {
        Script { name: $name, setting: Setting::$setting, steps: &[$($step),*], differs: $differs }
    };
}

const SCRIPTS: &[Script] = &[
    script!(
        "the_better_one_comes_second",
        Plain,
        [Start(1), Wait, Start(0), Wait]
    ),
    script!("master_killed", Plain, [Kill(0), Wait, Start(0), Wait]),
    script!(
        "master_stopped",
        Plain,
        [Terminate(0), Wait, Start(0), Wait]
    ),
    script!("backup_killed", Plain, [Kill(1), Wait, Start(1), Wait]),
    script!(
        "backup_stopped",
        Plain,
        [Terminate(1), Wait, Start(1), Wait]
    ),
    script!("master_paused", Plain, [Pause(0), Wait, Resume(0), Wait]),
    script!("backup_paused", Plain, [Pause(1), Wait, Resume(1), Wait]),
    script!("master_unplugged", Plain, [Unplug(0), Wait, Plug(0), Wait]),
    script!("backup_unplugged", Plain, [Unplug(1), Wait, Plug(1), Wait]),
    script!(
        "address_removed",
        Plain,
        [RemoveAddress(0), Wait],
        Some("there a master resigns whose address is removed; here it sets it again")
    ),
    script!(
        "script_fails",
        ScriptFault,
        [Fail(0), Moment, Wait, Mend(0), Moment, Wait]
    ),
    script!(
        "script_fails_with_weight",
        ScriptWeight,
        [Fail(0), Moment, Wait, Mend(0), Moment, Wait]
    ),
    script!(
        "script_fails_on_the_backup",
        ScriptFault,
        [Fail(1), Moment, Wait, Mend(1), Moment, Wait]
    ),
    script!(
        "script_fails_once",
        ScriptDamped,
        [Fail(0), Moment, Mend(0), Wait, Wait]
    ),
    script!("reload_promotes_the_backup", Plain, [Promote(1), Wait]),
    script!(
        "nopreempt",
        NoPreempt,
        [Kill(0), Wait, Start(0), Wait, Kill(1), Wait]
    ),
    script!(
        "preempt_delay",
        PreemptDelay,
        [Kill(0), Wait, Start(0), Wait, Wait, Wait]
    ),
    script!(
        "sync_group_unplugged",
        SyncGroup,
        [Unplug(0), Wait, Plug(0), Wait]
    ),
    script!(
        "sync_group_killed",
        SyncGroup,
        [Kill(0), Wait, Start(0), Wait]
    ),
    script!(
        "unicast_cut",
        Unicast,
        [Deafen(0), Deafen(1), Wait, Hear(0), Hear(1), Wait]
    ),
    script!("backup_deaf", Plain, [Deafen(1), Wait, Hear(1), Wait]),
    script!("master_deaf", Plain, [Deafen(0), Wait, Hear(0), Wait]),
    script!("passwords_differ", Passwords, [Wait, Wait]),
    script!(
        "equal_priorities",
        EqualPriorities,
        [Kill(1), Wait, Start(1), Wait]
    ),
    script!(
        "both_start_as_master",
        BothStartAsMaster,
        [Kill(0), Wait, Start(0), Wait]
    ),
    script!(
        "owner_leaves_and_returns",
        Owner,
        [Terminate(0), Wait, Start(0), Wait]
    ),
];

/// All scripts, as tests.
pub(crate) fn scripts() -> &'static [Script] {
    SCRIPTS
}

impl Script {
    /// Its name as a test.
    pub(crate) fn name(&self) -> String {
        format!("faults::{}", self.name)
    }

    /// Plays it three times at once, and compares.
    pub(crate) fn play(&self) -> Result<()> {
        let played: Vec<Result<[Vec<String>; 2]>> = thread::scope(|scope| {
            let all = PAIRS.map(|pair| scope.spawn(move || self.play_as(pair)));
            let joined = all.into_iter().map(|one| {
                let panicked = |_| Err(anyhow!("a player panicked"));
                one.join().unwrap_or_else(panicked)
            });
            joined.collect()
        });
        let told = played.into_iter().collect::<Result<Vec<_>>>()?;
        let names = ["keepalived, keepalived", "ours, keepalived", "ours, ours"];
        let mut table = format!("{}\n", self.name);
        for (pair, [first, second]) in names.iter().zip(&told) {
            let (first, second) = (first.join(" "), second.join(" "));
            table.push_str(&format!(
                "  {pair:24} first: {first}\n  {:24} second: {second}\n",
                ""
            ));
        }
        println!("{table}");
        let same = told.windows(2).all(|two| two[0] == two[1]);
        match self.differs {
            None => ensure!(same, "they differ:\n{table}"),
            Some(why) => ensure!(!same, "they no longer differ ({why}):\n{table}"),
        }
        Ok(())
    }

    fn play_as(&self, programs: [Program; 2]) -> Result<[Vec<String>; 2]> {
        let mut stage = Stage {
            lab: Lab::switched(2)?,
            folders: [scratch()?, scratch()?],
            peers: [None, None],
            programs,
            setting: self.setting,
        };
        for place in 0..2 {
            stage.perform(Mend(place))?;
        }
        let begins = matches!(self.steps.first(), Some(Start(_)));
        for step in PAIR.iter().filter(|_| !begins).chain(self.steps) {
            stage
                .perform(*step)
                .with_context(|| format!("{programs:?} at {step:?}"))?;
        }
        Ok([0, 1].map(|place| stage.told(place)))
    }
}

/// Two hosts with what runs on them.
struct Stage {
    peers: [Option<Peer>; 2],
    programs: [Program; 2],
    setting: Setting,
    folders: [TempDir; 2],
    lab: Lab,
}

impl Stage {
    fn perform(&mut self, step: Step) -> Result<()> {
        match step {
            Start(place) => {
                let file = self.file(place, None)?;
                let before = self.told(place).len();
                let peer = Peer::start_with(self.programs[place], self.lab.host(place), &file)?;
                eventually(PATIENCE, "it tells of its start", || {
                    if self.told(place).len() > before {
                        Ok(())
                    } else {
                        Err(peer.log())
                    }
                })?;
                self.peers[place] = Some(peer);
            }
            Kill(place) => self.peer(place)?.kill()?,
            Terminate(place) => {
                self.peer(place)?.signal(Signal::TERM)?;
                self.peer(place)?.wait_for_exit(crate::support::SOON)?;
            }
            Pause(place) => self.peer(place)?.signal(Signal::STOP)?,
            Resume(place) => self.peer(place)?.signal(Signal::CONT)?,
            Unplug(place) => self.lab.host(place).set_cable(false)?,
            Plug(place) => self.lab.host(place).set_cable(true)?,
            RemoveAddress(place) => {
                self.lab
                    .host(place)
                    .ip(&format!("address del {VIP}/32 dev eth0"))?;
            }
            Fail(place) => fs::remove_file(self.folders[place].path().join("well"))?,
            Mend(place) => fs::write(self.folders[place].path().join("well"), "")?,
            Deafen(place) => self.lab.host(place).drop_incoming("ip protocol 112")?,
            Hear(place) => self.lab.host(place).hear_all()?,
            Promote(place) => {
                let file = self.file(place, Some(220))?;
                self.peer(place)?.reload(&file)?;
            }
            Wait => self.wait(),
            Moment => thread::sleep(Duration::from_millis(1500)),
        }
        Ok(())
    }

    /// Waits until both have been silent for a while.
    fn wait(&self) {
        let quiet = match self.setting {
            Setting::Passwords | Setting::PreemptDelay => LONG_QUIET,
            _ => QUIET,
        };
        let (start, mut since) = (Instant::now(), Instant::now());
        let mut known = [0, 1].map(|place| self.told(place));
        while since.elapsed() < quiet && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
            let now = [0, 1].map(|place| self.told(place));
            if now != known {
                (known, since) = (now, Instant::now());
            }
        }
    }

    fn peer(&mut self, place: usize) -> Result<&mut Peer> {
        self.peers[place].as_mut().context("it was not started")
    }

    /// What a node's pipe was told, by subject, but for the priorities.
    ///
    /// Left out: losing adverts, of which there are more or fewer by chance; and STOP, which
    /// keepalived's reader never gets, because it is ended first.
    fn told(&self, place: usize) -> Vec<String> {
        let text = fs::read_to_string(self.folders[place].path().join("told"));
        let text = text.unwrap_or_default();
        let mut told: Vec<(&str, &str)> = Vec::new();
        for line in text.lines() {
            let mut words = line.split_whitespace().skip(1);
            let (Some(name), Some(state)) = (words.next(), words.next()) else {
                continue;
            };
            if !["MASTER_RX_LOWER_PRI", "STOP"].contains(&state) {
                told.push((name.trim_matches('"'), state));
            }
        }
        // keepalived tells of a group before or after its members, and of these in any order.
        told.sort_by_key(|(name, _)| *name);
        let named = |(name, state): (&str, &str)| match self.setting {
            Setting::SyncGroup => format!("{name}:{state}"),
            _ => state.to_owned(),
        };
        told.into_iter().map(named).collect()
    }

    fn file(&self, place: usize, priority: Option<u8>) -> Result<String> {
        let folder = self.folders[place].path();
        let (globals, scripts) = (self.globals(folder)?, self.scripts(folder));
        let usual = match (self.setting, place) {
            (Setting::Owner, 0) => 255,
            (Setting::EqualPriorities, _) => 150,
            (_, 0) => 200,
            (_, _) => 150,
        };
        let instance = |name: &str, vrid: u8, vip: &str| {
            format!(
                "vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n \
                 priority {}\n{} virtual_ipaddress {{\n  {vip}\n }}\n}}\n",
                priority.unwrap_or(usual),
                self.lines(place)
            )
        };
        let mut text = format!("{globals}{scripts}{}", instance("VI_1", 51, VIP));
        if self.setting == Setting::SyncGroup {
            text.push_str(&instance("VI_2", 52, "192.0.2.101"));
            text.push_str("vrrp_sync_group G1 {\n group {\n  VI_1\n  VI_2\n }\n}\n");
        }
        Ok(text)
    }

    fn globals(&self, folder: &Path) -> Result<String> {
        let reader = folder.join("reader");
        let told = folder.join("told");
        fs::write(
            &reader,
            format!("#!/bin/sh\nexec cat \"$1\" >> {}\n", told.display()),
        )?;
        fs::set_permissions(&reader, fs::Permissions::from_mode(0o755))?;
        let version = match self.setting {
            Setting::Passwords => 2,
            _ => 3,
        };
        Ok(format!(
            "global_defs {{\n vrrp_version {version}\n script_user root\n vrrp_notify_fifo {}\n \
             vrrp_notify_fifo_script {}\n}}\n",
            folder.join("fifo").display(),
            reader.display()
        ))
    }

    fn scripts(&self, folder: &Path) -> String {
        let options = match self.setting {
            Setting::ScriptFault => "",
            Setting::ScriptWeight => " weight -150\n",
            Setting::ScriptDamped => " fall 3\n",
            _ => return String::new(),
        };
        let well = folder.join("well");
        format!(
            "vrrp_script well {{\n script \"/usr/bin/test -e {}\"\n interval 1\n{options}}}\n",
            well.display()
        )
    }

    fn lines(&self, place: usize) -> String {
        let own = |place: usize| format!("192.0.2.{}", place + 1);
        let state = match self.setting {
            Setting::BothStartAsMaster | Setting::Owner => "",
            _ => " state BACKUP\n",
        };
        let advert = match self.setting {
            Setting::Passwords => " advert_int 1\n",
            _ => " advert_int 0.2\n",
        };
        let special = match self.setting {
            Setting::Plain | Setting::SyncGroup | Setting::EqualPriorities | Setting::Owner => {
                String::new()
            }
            Setting::NoPreempt => " nopreempt\n".to_owned(),
            Setting::PreemptDelay => " preempt_delay 3\n".to_owned(),
            Setting::ScriptFault | Setting::ScriptWeight | Setting::ScriptDamped => {
                " track_script {\n  well\n }\n".to_owned()
            }
            Setting::Unicast => format!(
                " unicast_src_ip {}\n unicast_peer {{\n  {}\n }}\n",
                own(place),
                own(1 - place)
            ),
            Setting::Passwords => {
                format!(" authentication {{\n  auth_type PASS\n  auth_pass secret{place}\n }}\n")
            }
            Setting::BothStartAsMaster => " state MASTER\n".to_owned(),
        };
        format!("{state}{advert}{special}")
    }
}
