//! Tracked files and processes move the address.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Conf, Lab, Peer, Program, VIP, scratch};
use tempfile::TempDir;

use crate::support::{SOON, Two, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "followed::a_number_in_a_file_moves_the_master",
        Share::Beside,
        number,
    ),
    (
        "followed::a_file_is_found_again_whatever_is_done_to_it_or_its_folder",
        Share::Beside,
        replaced,
    ),
    (
        "followed::keepalived_makes_the_same_of_a_file",
        Share::Beside,
        keepalived,
    ),
    (
        "followed::processes_that_end_are_a_fault_and_start_again",
        Share::Beside,
        processes,
    ),
];

/// A file that is tracked.
struct File {
    folder: TempDir,
}

impl File {
    fn new() -> Result<Self> {
        Ok(Self { folder: scratch()? })
    }

    fn folder(&self) -> PathBuf {
        self.folder.path().join("folder")
    }

    fn path(&self) -> PathBuf {
        self.folder().join("number")
    }

    /// The block, and the lines of an instance that tracks it.
    fn conf(&self, priority: u8, options: &str) -> String {
        let path = self.path();
        let block = format!(
            "track_file load {{\n    file {}\n    {options}\n}}\n\n",
            path.display()
        );
        let conf = Conf::v3(priority).line("track_file {\n        load\n    }");
        block + &conf.text()
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    Ok(fs::write(path, format!("{text}\n"))?)
}

/// Two routers on a pair, the first of which is master and runs this text.
fn two(first: &str) -> Result<Two> {
    let lab = Lab::pair()?;
    let first = Peer::start_with(Program::Bellwether, lab.host(0), first)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let second = Peer::start(Program::Bellwether, lab.host(1), &Conf::v3(100))?;
    let two = Two { first, second, lab };
    two.second.wait_for_log("BACKUP", 1, SOON)?;
    two.wait_for(&[0])?;
    Ok(two)
}

fn number() -> Result<()> {
    let file = File::new()?;
    fs::create_dir(file.folder())?;
    let two = two(&file.conf(150, "weight -3\n    init_file 1"))?;
    // What `init_file` says stands there.
    ensure!(fs::read_to_string(file.path())? == "1\n");
    two.first
        .wait_for_log("effective priority 150 -> 147", 1, SOON)?;
    write(&file.path(), "20")?;
    two.wait_for(&[1])?;
    write(&file.path(), "0")?;
    two.wait_for(&[0])?;
    // 85 x -3 is below -253.
    write(&file.path(), "85")?;
    two.first
        .wait_for_log("MASTER -> FAULT (file-failed)", 1, SOON)?;
    two.wait_for(&[1])?;
    write(&file.path(), "no number")?;
    two.wait_for(&[0])
}

fn replaced() -> Result<()> {
    let file = File::new()?;
    // Not even its folder is there yet.
    let two = two(&file.conf(150, "weight 1"))?;
    let now = |number: &str, times: usize| {
        let line = format!("file load: {number}");
        two.first.wait_for_log(&line, times, SOON)
    };
    fs::create_dir(file.folder())?;
    write(&file.path(), "1")?;
    now("1", 1)?;
    let other = file.folder().join("new");
    write(&other, "2")?;
    fs::rename(&other, file.path())?;
    now("2", 1)?;
    fs::remove_file(file.path())?;
    now("not there", 2)?;
    write(&file.path(), "3")?;
    now("3", 1)?;
    // Its folder goes, and another one comes in its place.
    let away = file.folder.path().join("away");
    fs::rename(file.folder(), &away)?;
    now("not there", 3)?;
    write(&away.join("number"), "4")?;
    fs::rename(&away, file.folder())?;
    now("4", 1)?;
    // It is a link, and what it leads to is changed.
    let target = file.folder.path().join("target");
    write(&target, "5")?;
    fs::remove_file(file.path())?;
    std::os::unix::fs::symlink(&target, file.path())?;
    now("5", 1)?;
    write(&target, "-60")?;
    now("-60", 1)?;
    two.wait_for(&[1])
}

/// keepalived, from the same file: the same numbers give the same priorities.
fn keepalived() -> Result<()> {
    let file = File::new()?;
    fs::create_dir(file.folder())?;
    write(&file.path(), "0")?;
    let text = file.conf(100, "weight 2");
    let theirs = Lab::pair()?;
    let ours = Lab::pair()?;
    let keepalived = Peer::start_with(Program::Keepalived, theirs.host(0), &text)?;
    let bellwether = Peer::start_with(Program::Bellwether, ours.host(0), &text)?;
    theirs.wait_for_owners(VIP, &[0], SOON)?;
    ours.wait_for_owners(VIP, &[0], SOON)?;
    let mut before = 100;
    for (number, priority) in [
        ("3", 106),
        ("-5", 90),
        ("0x10", 132),
        ("010", 116),
        ("12 and more", 124),
        ("99999999999", 124),
        ("none", 100),
        ("-49", 2),
        ("200", 254),
    ] {
        write(&file.path(), number)?;
        if priority == before {
            std::thread::sleep(std::time::Duration::from_millis(300));
            continue;
        }
        let what = format!("effective priority from {before} to {priority}");
        keepalived.wait_for_log(&what, 1, SOON)?;
        let what = format!("effective priority {before} -> {priority}");
        bellwether.wait_for_log(&what, 1, SOON)?;
        before = priority;
    }
    write(&file.path(), "-127")?;
    keepalived.wait_for_log("tracked file load now FAULT state", 1, SOON)?;
    bellwether.wait_for_log("MASTER -> FAULT (file-failed)", 1, SOON)
}

/// A process of a name that nobody else has.
struct Sleeper {
    child: Child,
}

impl Sleeper {
    fn start(program: &Path) -> Result<Self> {
        let child = Command::new(program)
            .arg("1717")
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self { child })
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a network namespace the kernel's process connector can't be heard, so processes are polled
/// here; the connector is tested with the adapters.
fn processes() -> Result<()> {
    let folder = scratch()?;
    let program = folder.path().join(format!("bwt-{}", std::process::id()));
    fs::copy("/bin/sleep", &program)?;
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let block = format!("vrrp_track_process proxy {{\n    process {name}\n    quorum 2\n}}\n\n");
    let conf = Conf::v3(200).line("track_process {\n        proxy\n    }");
    let one = Sleeper::start(&program)?;
    let other = Sleeper::start(&program)?;
    let two = two(&(block + &conf.text()))?;
    drop(other);
    two.first
        .wait_for_log("MASTER -> FAULT (process-failed)", 1, SOON)?;
    two.wait_for(&[1])?;
    let other = Sleeper::start(&program)?;
    two.wait_for(&[0])?;
    let seen = transitions(&two.first);
    ensure!(
        seen.contains(&"FAULT -> BACKUP (recovered)".to_owned()),
        "{seen:?}"
    );
    drop((one, other));
    Ok(())
}
