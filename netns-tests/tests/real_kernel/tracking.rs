//! Tracked scripts move the address.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Capture, Conf, scratch};
use tempfile::TempDir;

use crate::support::{FIRST, SOON, Two, rest, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("tracking::a_failed_script_is_a_fault", Share::Beside, fault),
    (
        "tracking::a_weight_moves_the_priority",
        Share::Beside,
        weight,
    ),
    (
        "tracking::a_script_that_hangs_has_failed",
        Share::Beside,
        hangs,
    ),
];

/// A script that does what the test says.
struct Script {
    folder: TempDir,
}

impl Script {
    fn new() -> Result<Self> {
        let script = Self { folder: scratch()? };
        script.set("exit 0")?;
        let text = format!("#!/bin/sh\n. {}\n", script.body().display());
        let path = script.folder.path().join("check");
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(script)
    }

    fn path(&self) -> String {
        self.folder.path().join("check").display().to_string()
    }

    fn body(&self) -> PathBuf {
        self.folder.path().join("body")
    }

    /// Replaces what it does, at once: a run sees the old or the new, never half of it.
    fn set(&self, body: &str) -> Result<()> {
        let new = self.folder.path().join("new");
        fs::write(&new, format!("{body}\n"))?;
        fs::rename(&new, self.body())?;
        Ok(())
    }
}

fn fault() -> Result<()> {
    let script = Script::new()?;
    let two = Two::start(&Conf::v3(200).script(&script.path(), 0), &Conf::v3(100))?;
    script.set("exit 1")?;
    two.first
        .wait_for_log("MASTER -> FAULT (script-failed)", 1, SOON)?;
    two.wait_for(&[1])?;
    script.set("exit 0")?;
    two.wait_for(&[0])?;
    let seen = transitions(&two.first);
    ensure!(
        seen.contains(&"FAULT -> BACKUP (recovered)".to_owned()),
        "{seen:?}"
    );
    Ok(())
}

fn weight() -> Result<()> {
    let script = Script::new()?;
    let two = Two::start(&Conf::v3(200).script(&script.path(), -150), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    script.set("exit 1")?;
    two.wait_for(&[1])?;
    script.set("exit 0")?;
    two.wait_for(&[0])?;
    rest();
    let recording = capture.finish()?;
    let mut priorities: Vec<u8> = recording
        .adverts_of(FIRST)
        .iter()
        .map(|(_, advert)| advert.priority)
        .collect();
    priorities.dedup();
    // 200 - 150 = 50, and back again.
    ensure!(priorities == [200, 50, 200], "{priorities:?}");
    Ok(())
}

fn hangs() -> Result<()> {
    let script = Script::new()?;
    let two = Two::start(&Conf::v3(200).script(&script.path(), 0), &Conf::v3(100))?;
    // `timeout 1`; the sleeping child belongs to the script's process group and goes with it.
    script.set("sleep 1717")?;
    two.wait_for(&[1])?;
    script.set("exit 0")?;
    two.wait_for(&[0])?;
    let sleepers = bellwether_netns_tests::run("ps", &["-eo", "args"])?
        .lines()
        .filter(|line| *line == "sleep 1717")
        .count();
    ensure!(
        sleepers == 0,
        "{sleepers} processes of the script outlived it"
    );
    Ok(())
}
