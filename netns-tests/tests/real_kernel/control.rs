//! The control socket: what the running daemon says of itself, and what it does when asked.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Conf, Lab, Peer, Program, VIP, eventually};
use serde_json::Value;

use crate::support::{SOON, Two, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("control::status_in_both_roles", Share::Beside, roles),
    ("control::refused_adverts_are_told", Share::Beside, refused),
    ("control::reload_over_the_socket", Share::Beside, reload),
    ("control::a_plan_is_what_happens", Share::Beside, plan),
    (
        "control::a_second_daemon_is_refused_and_a_dead_one_s_place_taken",
        Share::Beside,
        second,
    ),
    ("control::who_may_do_what", Share::Beside, rights),
];

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code(),
    )
}

fn json(peer: &Peer) -> Result<Value> {
    let (out, err, code) = said(&peer.ask("status --json")?);
    ensure!(code == Some(0), "{err}");
    serde_json::from_str(&out).with_context(|| out)
}

fn roles() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let (text, _, code) = said(&two.first.ask("status --exit-code")?);
    ensure!(code == Some(0), "MASTER of all: {code:?}\n{text}");
    ensure!(
        text.contains("VI_1 (eth0, VRID 51): MASTER since "),
        "{text}"
    );
    ensure!(text.contains("192.0.2.100/32 dev eth0: here\n"), "{text}");
    // It is a backup before it has heard anybody.
    eventually(SOON, "the second has heard the first", || {
        let (text, ..) = said(&two.second.ask("status VI_1").map_err(|e| e.to_string())?);
        if text.contains("BACKUP because") {
            Ok(())
        } else {
            Err(text)
        }
    })?;
    let (text, _, code) = said(&two.second.ask("status --exit-code VI_1")?);
    ensure!(code == Some(10), "BACKUP: {code:?}\n{text}");
    let why = "BACKUP because 192.0.2.1 advertises priority 200 > 100, last heard 0.";
    ensure!(text.contains(why), "{text}");
    ensure!(text.contains("not here, as it should be"), "{text}");

    let status = json(&two.second)?;
    let instance = &status["instances"][0];
    ensure!(instance["state"] == "Backup" && instance["master"]["source"] == "192.0.2.1");
    ensure!(instance["priority"]["effective"] == 100, "{instance}");
    ensure!(instance["heard"][0]["priority"] == 200, "{instance}");
    ensure!(
        instance["heard"][0]["seconds"]
            .as_f64()
            .is_some_and(|s| s < 0.5),
        "{instance}"
    );
    ensure!(instance["addresses"][0]["desired"] == false, "{instance}");
    let (_, err, code) = said(&two.second.ask("status VI_7")?);
    ensure!(code == Some(1) && err.contains("VI_7"), "{err}");
    Ok(())
}

fn refused() -> Result<()> {
    let two = Lab::pair()?;
    let first = Peer::bellwether(two.host(0), &Conf::v2(200))?;
    let second = Peer::bellwether(two.host(1), &Conf::v2(100).password("another"))?;
    eventually(SOON, "the second refuses adverts", || {
        let status = json(&second).map_err(|error| error.to_string())?;
        let refused = &status["instances"][0]["refused"][0];
        let as_expected = refused["source"] == "192.0.2.1"
            && refused["reason"] == "wrong auth_pass"
            && refused["count"].as_u64() >= Some(2);
        if as_expected {
            Ok(())
        } else {
            Err(refused.to_string())
        }
    })?;
    let (text, ..) = said(&second.ask("status")?);
    ensure!(
        text.contains("refused  192.0.2.1: wrong auth_pass, last "),
        "{text}"
    );
    drop(first);
    Ok(())
}

fn reload() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let before = transitions(&two.first);
    let file = two.first.folder().join("keepalived.conf");
    let good = Conf::v3(200).text();
    fs::write(&file, good.replace("priority 200", "priority 999"))?;
    let (out, err, code) = said(&two.first.ask("reload")?);
    ensure!(code == Some(2) && out.is_empty(), "{code:?} {out}");
    ensure!(
        err.contains("^^^") && err.contains("999") && err.contains("stays in force"),
        "{err}"
    );
    ensure!(json(&two.first)?["daemon"]["refused"].is_string());
    let (text, ..) = said(&two.first.ask("status")?);
    ensure!(
        text.contains("The file has errors since a reload"),
        "{text}"
    );

    fs::remove_file(&file)?;
    let (_, err, code) = said(&two.first.ask("reload")?);
    ensure!(code == Some(6), "{code:?} {err}");

    fs::write(&file, &good)?;
    let (out, _, code) = said(&two.first.ask("reload")?);
    ensure!(
        code == Some(0) && out == "Nothing changed.\n",
        "{code:?} {out}"
    );
    ensure!(json(&two.first)?["daemon"]["refused"].is_null());

    fs::write(&file, Conf::v3(200).address("192.0.2.101").text())?;
    let (out, err, code) = said(&two.first.ask("reload")?);
    ensure!(code == Some(0), "{code:?} {err}");
    ensure!(out.contains("+ virtual_ipaddress 192.0.2.101/32"), "{out}");
    ensure!(out.contains("MASTER, and stays MASTER"), "{out}");
    two.lab.wait_for_owners("192.0.2.101", &[0], SOON)?;
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    Ok(())
}

/// What a plan says that would happen is what then happens, in the kernel.
fn plan() -> Result<()> {
    let two = Two::start(&Conf::v3(200).address("192.0.2.101"), &Conf::v3(100))?;
    let file = two.first.folder().join("keepalived.conf");
    let new = two.first.folder().join("new.conf");
    let text = Conf::v3(150).address("192.0.2.102").text();
    fs::write(&new, &text)?;
    let before = two.lab.host(0).addresses()?;
    let (out, err, code) = said(&two.first.ask("plan new.conf --json --detailed-exitcode")?);
    ensure!(code == Some(2), "{code:?} {err}");
    let plan: Value = serde_json::from_str(&out)?;
    ensure!(
        two.lab.host(0).addresses()? == before,
        "a plan changes nothing"
    );

    let mut expected: Vec<String> = before;
    for effect in plan["outlook"]["effects"].as_array().context("effects")? {
        let action = &effect["Kernel"]["action"];
        let key = |key: &Value| key["address"].as_str().unwrap_or_default().to_owned();
        if let Some(added) = action.get("AddAddress") {
            expected.push(key(&added["key"]));
        }
        if let Some(removed) = action.get("RemoveAddress") {
            let gone = key(removed);
            expected.retain(|address| !address.starts_with(&gone));
        }
    }
    let role = &plan["items"][0]["role"];
    ensure!(
        role["now"] == "Master" && role["then"] == "Master",
        "{role}"
    );
    fs::write(&file, &text)?;
    ensure!(two.first.ask("reload")?.status.success());
    two.lab.wait_for_owners("192.0.2.102", &[0], SOON)?;
    let plain = |addresses: &[String]| {
        let bare = addresses
            .iter()
            .map(|one| one.split('/').next().unwrap_or(one).to_owned());
        let mut bare: Vec<String> = bare.filter(|one| one.starts_with("192.0.2.")).collect();
        bare.sort();
        bare
    };
    let after = two.lab.host(0).addresses()?;
    ensure!(
        plain(&after) == plain(&expected),
        "{after:?} and not {expected:?}"
    );
    two.wait_for(&[0])?;

    let (out, _, code) = said(&two.first.ask("plan keepalived.conf --detailed-exitcode")?);
    ensure!(code == Some(0) && out == "No changes.\n", "{code:?} {out}");
    let (_, err, code) = said(&two.first.ask("plan nothing.conf")?);
    ensure!(
        code == Some(1) && err.contains("nothing.conf"),
        "{code:?} {err}"
    );
    Ok(())
}

fn second() -> Result<()> {
    let lab = Lab::pair()?;
    let conf = Conf::v3(200);
    let mut first = Peer::bellwether(lab.host(0), &conf)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let socket = first.folder().join("control.sock").display().to_string();
    let same = ["--control-socket", socket.as_str()];
    let start = |place| {
        let host = lab.host(place);
        Peer::start_with_options(Program::Bellwether, host, &conf.text(), &same)
    };
    let mut second = start(0)?;
    let status = second.wait_for_exit(SOON)?;
    ensure!(status.code() == Some(1), "{status}");
    second.wait_for_log("another bellwether is running (pid ", 1, SOON)?;
    ensure!(
        first.is_running()? && lab.owners(VIP)? == [0],
        "the first was disturbed"
    );

    first.kill()?;
    ensure!(
        std::path::Path::new(&socket).exists(),
        "kill -9 leaves the socket behind"
    );
    let (_, err, code) = said(&first.ask("status")?);
    ensure!(
        code == Some(3) && err.contains("no bellwether is running"),
        "{code:?} {err}"
    );
    let third = start(0)?;
    eventually(SOON, "the third serves the socket", || {
        match third.ask("status").map(|output| output.status.success()) {
            // Its own folder holds another place, which nobody serves.
            Ok(false)
                if first
                    .ask("status")
                    .is_ok_and(|output| output.status.success()) =>
            {
                Ok(())
            }
            Ok(other) => Err(format!("{other}\n{}", third.log())),
            Err(error) => Err(error.to_string()),
        }
    })
}

/// Lines that are no requests, requests that not everybody may make, and clients that don't go.
fn rights() -> Result<()> {
    let lab = Lab::pair()?;
    let options = ["--control-group", "65534"];
    let text = Conf::v3(200).text();
    let peer = Peer::start_with_options(Program::Bellwether, lab.host(0), &text, &options)?;
    let socket = peer.folder().join("control.sock");
    eventually(SOON, "it serves", || {
        json(&peer).map(|_| ()).map_err(|e| e.to_string())
    })?;

    let ask = |line: &str| -> Result<Value> {
        let mut stream = UnixStream::connect(&socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(line.as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    };
    for nonsense in [
        "\n",
        "status\n",
        "{}\n",
        "{\"bellwether\":2,\"request\":\"status\"}\n",
    ] {
        let answer = ask(nonsense)?;
        ensure!(
            answer["answer"] == "refused" && answer["reason"] == "bad-request",
            "{answer}"
        );
    }
    // Who connects and says nothing takes a seat, and no more.
    let idle: Vec<_> = (0..31)
        .filter_map(|_| UnixStream::connect(&socket).ok())
        .collect();
    ensure!(json(&peer).is_ok(), "the last seat");
    let more: Vec<_> = (0..8)
        .filter_map(|_| UnixStream::connect(&socket).ok())
        .collect();
    drop((idle, more));

    let nobody = |request: &str| -> Result<Value> {
        let script = format!(
            "import socket,os,sys\nos.setgid(65534); os.setuid(65534)\n\
             s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n\
             s.sendall(b'{{\"bellwether\":1,\"request\":\"{request}\"}}\\n')\n\
             print(s.makefile().readline())\n"
        );
        let mut folder_open = fs::metadata(peer.folder())?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut folder_open, 0o755);
        fs::set_permissions(peer.folder(), folder_open)?;
        let output = std::process::Command::new("python3")
            .args(["-c", &script])
            .arg(&socket)
            .output()?;
        let (out, err, _) = said(&output);
        serde_json::from_str(&out).with_context(|| format!("{out} {err}"))
    };
    ensure!(nobody("status")?["answer"] == "status");
    for request in ["reload", "stop", "clear-statistics"] {
        let answer = nobody(request)?;
        ensure!(answer["reason"] == "not-permitted", "{request}: {answer}");
    }
    ensure!(ask("{\"bellwether\":1,\"request\":\"stop\"}\n")?["answer"] == "done");
    lab.wait_for_owners(VIP, &[], SOON)
}
