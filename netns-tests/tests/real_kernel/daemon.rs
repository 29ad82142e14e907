//! The process: signals, files that it writes, the background, and where it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Conf, Lab, Peer, Program, VIP, bellwether, eventually};
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "daemon::signals_write_what_keepalived_writes",
        Share::Beside,
        dumps,
    ),
    ("daemon::json_has_keepalived_s_keys", Share::Beside, keys),
    ("daemon::pid_files_come_and_go", Share::Beside, pid_files),
    (
        "daemon::without_n_it_goes_to_the_background",
        Share::Beside,
        background,
    ),
    ("daemon::net_namespace_is_entered", Share::Beside, namespace),
    ("daemon::addresses_stay_if_told_so", Share::Beside, kept),
    (
        "daemon::scripts_of_start_and_end_run_once",
        Share::Beside,
        scripts,
    ),
    (
        "daemon::states_are_written_at_a_reload",
        Share::Beside,
        states,
    ),
    ("daemon::a_reload_at_a_given_time", Share::Beside, timed),
    ("daemon::systemd_is_told", Share::Beside, systemd),
];

const DUMPS: &str = "global_defs {\n state_dump_file {folder}/x.data\n \
    stats_dump_file {folder}/x.stats\n json_dump_file {folder}/x.json\n}\n";

fn dumping(priority: u8) -> String {
    format!("{DUMPS}{}", Conf::v3(priority).text())
}

/// Sends a signal by its number: what `--signum` prints.
fn signal(pid: u32, function: &str) -> Result<()> {
    let output = Command::new(bellwether()?)
        .arg(format!("--signum={function}"))
        .output()?;
    let number = String::from_utf8(output.stdout)?;
    let sent = Command::new("kill")
        .arg(format!("-{}", number.trim()))
        .arg(pid.to_string())
        .status()?;
    ensure!(sent.success(), "kill -{number}");
    Ok(())
}

/// A file that appears.
fn appears(path: &std::path::Path) -> Result<String> {
    eventually(SOON, &format!("{} is there", path.display()), || {
        fs::read_to_string(path).map_err(|error| error.to_string())
    })
}

fn dumps() -> Result<()> {
    let lab = Lab::pair()?;
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &dumping(200))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let file = |name: &str| peer.folder().join(name);
    signal(peer.pid(), "DATA")?;
    let data = appears(&file("x.data"))?;
    for line in [
        " VRRP Instance = VI_1\n",
        "   State = MASTER\n",
        "   Interface = eth0\n",
        "   Virtual Router ID = 51\n",
        "   Effective priority = 200\n",
        "     192.0.2.100/32 dev eth0 scope global set\n",
    ] {
        ensure!(data.contains(line), "{line:?} in\n{data}");
    }
    let mode = fs::metadata(file("x.data"))?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "{mode:o}");
    signal(peer.pid(), "STATS")?;
    let stats = appears(&file("x.stats"))?;
    ensure!(
        stats.contains("  Became master: 1\n  Released master: 0\n"),
        "{stats}"
    );
    signal(peer.pid(), "STATS_CLEAR")?;
    fs::remove_file(file("x.stats"))?;
    signal(peer.pid(), "STATS")?;
    let stats = appears(&file("x.stats"))?;
    ensure!(stats.contains("  Became master: 0\n"), "{stats}");
    peer.signal(Signal::HUP)?;
    peer.wait_for_log("nothing changed", 1, SOON)?;
    signal(peer.pid(), "STOP")?;
    lab.wait_for_owners(VIP, &[], SOON)
}

/// Every key that both have means the same: names, and the kind of the value.
fn keys() -> Result<()> {
    let lab = Lab::pair()?;
    let text = Conf::v2(200).text();
    let ours = Peer::start_with(Program::Bellwether, lab.host(0), &format!("{DUMPS}{text}"))?;
    let theirs = Peer::start_with(Program::Keepalived, lab.host(1), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    theirs.wait_for_log("BACKUP", 1, SOON)?;
    let vrrp = appears(&theirs.folder().join("vrrp.pid"))?;
    let at = std::path::Path::new("/tmp/keepalived.json");
    let _ = fs::remove_file(at);
    signal(vrrp.trim().parse()?, "JSON")?;
    signal(ours.pid(), "JSON")?;
    let read = |path: &std::path::Path| {
        eventually(SOON, "JSON is whole", || {
            let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
            serde_json::from_str::<Value>(&text).map_err(|error| error.to_string())
        })
    };
    let (ours, theirs) = (read(&ours.folder().join("x.json"))?, read(at)?);
    for part in ["data", "stats"] {
        let own = ours[0][part].as_object().context("an object")?;
        let other = theirs[0][part].as_object().context("an object")?;
        for (key, value) in other {
            // A password, or what only keepalived has.
            if key == "auth_data" {
                continue;
            }
            let mine = own
                .get(key)
                .with_context(|| format!("no {key} in {ours}"))?;
            let same = std::mem::discriminant(mine) == std::mem::discriminant(value);
            ensure!(same, "{key}: {mine} and there {value}");
        }
        for key in [
            "iname",
            "vrid",
            "base_priority",
            "adver_int",
            "garp_delay",
            "version",
        ] {
            if part == "data" && key != "base_priority" {
                ensure!(
                    own[key] == other[key],
                    "{key}: {} and there {}",
                    own[key],
                    other[key]
                );
            }
        }
    }
    ensure!(ours[0]["data"]["state"] == 2 && theirs[0]["data"]["state"] == 1);
    Ok(())
}

fn pid_files() -> Result<()> {
    let lab = Lab::pair()?;
    let options = [
        "-p",
        "{folder}/a.pid",
        "-r",
        "{folder}/deep/b.pid",
        "-c",
        "{folder}/c.pid",
    ];
    let text = Conf::v3(200).text();
    let peer = Peer::start_with_options(Program::Bellwether, lab.host(0), &text, &options)?;
    let names = ["a.pid", "deep/b.pid", "c.pid"].map(|name| peer.folder().join(name));
    for name in &names {
        ensure!(appears(name)?.trim() == peer.pid().to_string());
    }
    lab.wait_for_owners(VIP, &[0], SOON)?;
    peer.signal(Signal::TERM)?;
    eventually(SOON, "pid files are gone", || {
        match names.iter().any(|name| name.exists()) {
            true => Err("there"),
            false => Ok(()),
        }
    })
}

/// Called as keepalived is, it returns when it is ready, and goes on by itself.
fn background() -> Result<()> {
    let lab = Lab::pair()?;
    let folder = tempfile::tempdir()?;
    let place = |name: &str| folder.path().join(name);
    fs::write(place("k.conf"), Conf::v3(200).text())?;
    let start = |file: &str| {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", lab.host(0).namespace()]);
        command
            .arg(bellwether()?)
            .args(["-f", file, "-G", "-p"])
            .arg(place("pid"));
        command.arg("--control-socket").arg(place("sock"));
        // Relative to this folder, which the daemon leaves.
        Ok::<_, anyhow::Error>(command.current_dir(folder.path()).output()?)
    };
    fs::write(place("bad.conf"), "vrrp_instance x {\n}\n")?;
    let refused = start("bad.conf")?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(
        refused.status.code() == Some(2) && said.contains("bad.conf"),
        "{said}"
    );

    let started = start("k.conf")?;
    ensure!(started.status.success(), "{started:?}");
    let pid: u32 = fs::read_to_string(place("pid"))?.trim().parse()?;
    let raw = Pid::from_raw(i32::try_from(pid)?).context("a pid")?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let session = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.split_whitespace().nth(3));
    ensure!(
        session != Some(pid.to_string().as_str()),
        "it leads no session"
    );
    ensure!(fs::read_link(format!("/proc/{pid}/cwd"))? == std::path::Path::new("/"));
    for number in 0..3 {
        let link = fs::read_link(format!("/proc/{pid}/fd/{number}"))?;
        ensure!(
            link == std::path::Path::new("/dev/null"),
            "{number}: {}",
            link.display()
        );
    }
    fs::write(place("k.conf"), Conf::v3(200).address("192.0.2.101").text())?;
    rustix::process::kill_process(raw, Signal::HUP)?;
    lab.wait_for_owners("192.0.2.101", &[0], SOON)?;
    rustix::process::kill_process(raw, Signal::TERM)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    eventually(SOON, "the pid file is gone", || {
        match place("pid").exists() {
            true => Err("there"),
            false => Ok(()),
        }
    })
}

/// Started in one namespace, it runs in the one that its file, or its command line, names.
fn namespace() -> Result<()> {
    let lab = Lab::pair()?;
    let name = lab.host(1).namespace();
    let text = format!("net_namespace {name}\n{}", Conf::v3(200).text());
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[1], SOON)?;
    peer.signal(Signal::TERM)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    let text = Conf::v3(200).text();
    let host = lab.host(0);
    let _peer = Peer::start_with_options(Program::Bellwether, host, &text, &["-s", name])?;
    lab.wait_for_owners(VIP, &[1], SOON)?;
    let mut lost =
        Peer::start_with_options(Program::Bellwether, host, &text, &["-s", "bwt-no-such"])?;
    let status = lost.wait_for_exit(SOON)?;
    ensure!(
        !status.success() && lost.log().contains("bwt-no-such"),
        "{}",
        lost.log()
    );
    Ok(())
}

fn kept() -> Result<()> {
    let lab = Lab::pair()?;
    let text = Conf::v3(200).text();
    let mut peer = Peer::start_with_options(Program::Bellwether, lab.host(0), &text, &["-V"])?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    peer.signal(Signal::TERM)?;
    ensure!(peer.wait_for_exit(SOON)?.success());
    ensure!(lab.owners(VIP)? == [0], "--dont-release-vrrp");
    Ok(())
}

fn scripts() -> Result<()> {
    let lab = Lab::pair()?;
    let text = format!(
        "global_defs {{\n script_user root\n startup_script \"/bin/sh {{folder}}/s.sh up\"\n \
         startup_script_timeout 5\n shutdown_script \"/bin/sh {{folder}}/s.sh down\"\n}}\n{}",
        Conf::v3(200).text()
    );
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("s.sh");
    let seen = folder.path().join("seen");
    fs::write(&script, format!("echo $1 >> {}\n", seen.display()))?;
    let text = text.replace("{folder}/s.sh", &script.display().to_string());
    let mut peer = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    ensure!(
        fs::read_to_string(&seen)? == "up\n",
        "before the first election"
    );
    peer.signal(Signal::TERM)?;
    ensure!(peer.wait_for_exit(SOON)?.success());
    ensure!(fs::read_to_string(&seen)? == "up\ndown\n");
    Ok(())
}

fn states() -> Result<()> {
    let text = format!(
        "global_defs {{\n vrrp_notify_fifo {{folder}}/fifo\n \
         fifo_write_vrrp_states_on_reload\n}}\n{}",
        Conf::v3(200).text()
    );
    let lab = Lab::pair()?;
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    peer.wait_for_log("MASTER", 1, SOON)?;
    peer.signal(Signal::HUP)?;
    peer.wait_for_log("nothing changed", 1, SOON)?;
    let fifo = fs::File::open(peer.folder().join("fifo"))?;
    let lines = std::io::BufRead::lines(std::io::BufReader::new(fifo)).take(3);
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    let told = ["BACKUP", "MASTER", "MASTER"];
    let expected = told.map(|state| format!("INSTANCE \"VI_1\" {state} 200"));
    ensure!(lines == expected, "{lines:?}");
    Ok(())
}

fn timed() -> Result<()> {
    let globals = "global_defs {\n reload_time_file {folder}/time\n \
        reload_file {folder}/held\n}\n";
    let lab = Lab::pair()?;
    let text = format!("{globals}{}", Conf::v3(200).text());
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let folder = peer.folder().display().to_string();
    let new = format!("{globals}{}", Conf::v3(200).address("192.0.2.101").text());
    let new = new.replace("{folder}", &folder);
    fs::write(peer.folder().join("keepalived.conf"), new)?;
    let at = Command::new("date")
        .args(["-u", "-d", "+3 seconds", "+%H:%M:%SZ"])
        .output()?;
    fs::write(peer.folder().join("time"), at.stdout)?;
    peer.wait_for_log("reload at", 1, SOON)?;
    ensure!(lab.owners("192.0.2.101")?.is_empty(), "not before its time");
    lab.wait_for_owners("192.0.2.101", &[0], SOON)?;
    ensure!(
        !peer.folder().join("time").exists(),
        "the file goes with the reload"
    );
    ensure!(
        !peer.folder().join("held").exists(),
        "nobody is held up any more"
    );
    Ok(())
}

/// READY, RELOADING, WATCHDOG, STATUS and STOPPING, as systemd hears them.
fn systemd() -> Result<()> {
    let lab = Lab::pair()?;
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&socket)?;
    manager.set_read_timeout(Some(SOON))?;
    let file = folder.path().join("k.conf");
    fs::write(&file, Conf::v3(200).text())?;
    let mut child = Command::new("ip")
        .args(["netns", "exec", lab.host(0).namespace()])
        .arg(bellwether()?)
        .args(["run", "-f"])
        .arg(&file)
        .arg("--control-socket")
        .arg(folder.path().join("sock"))
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "400000")
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut heard = String::new();
    let mut until = |word: &str| -> Result<()> {
        let end = std::time::Instant::now() + SOON;
        while !heard.contains(word) {
            ensure!(std::time::Instant::now() < end, "no {word} in {heard}");
            let mut bytes = [0; 4096];
            let count = match manager.recv(&mut bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                received => received?,
            };
            heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
            heard.push('\n');
        }
        heard.clear();
        Ok(())
    };
    let pid = Pid::from_child(&child);
    let told = (|| {
        until("READY=1")?;
        until("STATUS=VI_1: BACKUP -> MASTER")?;
        until("WATCHDOG=1")?;
        rustix::process::kill_process(pid, Signal::HUP)?;
        until("RELOADING=1\nMONOTONIC_USEC=")?;
        until("READY=1")?;
        rustix::process::kill_process(pid, Signal::TERM)?;
        until("STOPPING=1")
    })();
    if told.is_err() {
        child.kill()?;
    }
    child.wait()?;
    told
}
