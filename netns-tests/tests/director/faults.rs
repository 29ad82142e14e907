//! What others do to the table, and how little a reload asks of the kernel.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Host, Peer, Program, Signal, eventually, run, scratch, throughout};

use crate::Test;
use crate::site::{SOON, Site};

pub(crate) const TESTS: &[Test] = &[
    ("faults::what_others_change_is_put_right", others),
    ("faults::a_reload_of_one_server_asks_for_one_change", reload),
    ("faults::the_table_can_stay_at_the_end", kept),
    ("faults::hooks_pipes_and_words_of_a_server", told),
    ("faults::the_table_is_in_a_namespace_of_its_own", namespace),
];

fn config(more: &str, servers: &[(u8, u32)]) -> String {
    let servers: String = servers
        .iter()
        .map(|(last, weight)| {
            format!(
                "real_server 192.0.2.{last} 80 {{\n weight {weight}\n \
                 notify_up \"{{place}}/told UP {last}\" root\n \
                 notify_down \"{{place}}/told DOWN {last}\" root\n \
                 TCP_CHECK {{\n connect_timeout 2\n }}\n}}\n"
            )
        })
        .collect();
    format!(
        "{more}virtual_server 192.0.2.100 80 {{\n delay_loop 1\n lb_algo wrr\n lb_kind DR\n \
         protocol TCP\n quorum_up \"{{place}}/told QUORUM up\" root\n \
         quorum_down \"{{place}}/told QUORUM down\" root\n {servers}\n}}\n"
    )
}

const SERVICE: &str = "-A -t 192.0.2.100:80 -s wrr";

fn row(last: u8, weight: u32) -> String {
    format!("-a -t 192.0.2.100:80 -r 192.0.2.{last}:80 -g -w {weight}")
}

fn ipvsadm(host: &Host, words: &str) -> Result<()> {
    let mut all = vec!["netns", "exec", host.namespace(), "ipvsadm"];
    all.extend(words.split_whitespace());
    run("ip", &all).map(drop)
}

/// ip_vs tells nobody of changes, so the table is looked at each minute; and at once when a change
/// of ours meets something unexpected.
fn others() -> Result<()> {
    let mut site = Site::new(2)?;
    let text = config("", &[(4, 1), (5, 2)]);
    let peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &[])?;
    site.wait_for_table(1, &[SERVICE, &row(4, 1), &row(5, 2)])?;
    ipvsadm(site.director(1), "-C")?;
    // A verdict meets a service that is not there.
    site.backend(1).down()?;
    site.wait_for_table(1, &[SERVICE, &row(5, 2)])?;
    site.backend(1).up()?;
    site.wait_for_table(1, &[SERVICE, &row(4, 1), &row(5, 2)])?;
    ipvsadm(site.director(1), "-d -t 192.0.2.100:80 -r 192.0.2.5:80")?;
    ipvsadm(site.director(1), "-A -u 192.0.2.7:53 -s rr")?;
    let minute = Duration::from_secs(75);
    eventually(minute, "the table is put right", || {
        let table = site.table(1).map_err(|error| format!("{error:#}"))?;
        let expected = [SERVICE, "-A -u 192.0.2.7:53 -s rr", &row(4, 1), &row(5, 2)];
        if table == expected {
            Ok(())
        } else {
            Err(format!("{table:?}"))
        }
    })?;
    let log = peer.log();
    ensure!(log.contains("IPVS: somebody else changed"), "{log}");
    Ok(())
}

/// Twenty servers, of which a reload changes one: the kernel is asked for one change.
fn reload() -> Result<()> {
    let site = Site::new(1)?;
    let servers = |weight| {
        let ports = (1..=20).map(|port| {
            let weight = if port == 7 { weight } else { 1 };
            format!("real_server 192.0.2.4 {port} {{\n weight {weight}\n}}\n")
        });
        let servers: String = ports.collect();
        format!("virtual_server 192.0.2.100 80 {{\n lb_kind NAT\n protocol TCP\n {servers}\n}}\n")
    };
    let options = ["-D"];
    let text = servers(1);
    let peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &options)?;
    let has = |row: &str, count| {
        eventually(SOON, row, || match site.table(1) {
            Ok(table) if table.len() == count && table.iter().any(|own| own == row) => Ok(()),
            Ok(table) => Err(format!("{table:?}")),
            Err(error) => Err(format!("{error:#}")),
        })
    };
    has("-a -t 192.0.2.100:80 -r 192.0.2.4:7 -m -w 1", 21)?;
    let asked = || peer.log().matches("IPVS: asked for ").count();
    let before = asked();
    ensure!(
        before == 21,
        "{before} changes for 1 service and 20 servers"
    );
    peer.reload(&servers(3))?;
    has("-a -t 192.0.2.100:80 -r 192.0.2.4:7 -m -w 3", 21)?;
    ensure!(asked() - before == 1, "{}", peer.log());
    Ok(())
}

/// keepalived: `--dont-release-ipvs`.
fn kept() -> Result<()> {
    let site = Site::new(2)?;
    let text = config("", &[(4, 1), (5, 2)]);
    let options = ["--dont-release-ipvs"];
    let mut peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &options)?;
    let whole = [SERVICE.to_owned(), row(4, 1), row(5, 2)];
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    site.wait_for_table(1, &whole)?;
    peer.signal(Signal::TERM)?;
    let status = peer.wait_for_exit(SOON)?;
    ensure!(status.success(), "{status}");
    ensure!(site.table(1)? == whole, "{:?}", site.table(1)?);
    // The next one takes it over as it is, and leaves nothing.
    let mut peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &[])?;
    peer.wait_for_log("has its quorum", 1, SOON)?;
    site.wait_for_table(1, &whole)?;
    peer.signal(Signal::TERM)?;
    peer.wait_for_exit(SOON)?;
    ensure!(site.table(1)?.is_empty(), "{:?}", site.table(1)?);
    Ok(())
}

/// keepalived: `net_namespace_ipvs`. The table is there, and the checks are made from there.
fn namespace() -> Result<()> {
    let site = Site::new(1)?;
    let place = site.director(2).namespace();
    let text = config(&format!("net_namespace_ipvs {place}\n"), &[(4, 1)]);
    let _peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &[])?;
    site.wait_for_table(2, &[SERVICE, &row(4, 1)])?;
    site.director(1).set_cable(false)?;
    // Three checks.
    throughout(Duration::from_secs(3), "the server stays", || {
        match (site.table(1), site.table(2)) {
            (Ok(here), Ok(there)) if here.is_empty() && there == [SERVICE, &row(4, 1)] => Ok(()),
            tables => Err(format!("{tables:?}")),
        }
    })?;
    site.director(2).set_cable(false)?;
    site.wait_for_table(2, &[SERVICE])
}

fn told() -> Result<()> {
    let mut site = Site::new(2)?;
    let place = scratch()?;
    let path = place.path().join("told");
    fs::write(&path, "#!/bin/sh\necho $* >>`dirname $0`/words\n")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    let more = "global_defs {\n script_user root\n lvs_notify_fifo {place}/fifo\n}\n";
    let text = config(more, &[(4, 1), (5, 2)]);
    let text = text.replace("{place}", &place.path().display().to_string());
    let _peer = Peer::start_whole(Program::Bellwether, site.director(1), &text, &[])?;
    let mut heard = 0;
    // Commands of different subjects run beside each other.
    let mut words = |expected: &[&str]| {
        eventually(SOON, &format!("{expected:?}"), || {
            let text = fs::read_to_string(place.path().join("words")).unwrap_or_default();
            let mut lines: Vec<&str> = text.lines().skip(heard).collect();
            lines.sort_unstable();
            if lines == expected {
                Ok(())
            } else {
                Err(text.clone())
            }
        })?;
        heard += expected.len();
        anyhow::Ok(())
    };
    words(&["QUORUM up"])?;
    site.backend(1).down()?;
    words(&["DOWN 4"])?;
    site.backend(2).down()?;
    words(&["DOWN 5", "QUORUM down"])?;
    site.backend(1).up()?;
    words(&["QUORUM up", "UP 4"])?;
    let fifo = fs::File::open(place.path().join("fifo"))?;
    let lines = std::io::BufRead::lines(std::io::BufReader::new(fifo)).take(6);
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    let rs =
        |last: u8, word: &str| format!("RS [192.0.2.{last}]:tcp:80 [192.0.2.100]:tcp:80 {word}");
    let expected = [
        "VS [192.0.2.100]:tcp:80 UP".to_owned(),
        rs(4, "DOWN"),
        rs(5, "DOWN"),
        "VS [192.0.2.100]:tcp:80 DOWN".to_owned(),
        rs(4, "UP"),
        "VS [192.0.2.100]:tcp:80 UP".to_owned(),
    ];
    ensure!(lines == expected, "{lines:?}");
    Ok(())
}
