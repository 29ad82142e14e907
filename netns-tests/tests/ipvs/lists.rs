//! Lists, to the byte.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::Test;
use crate::room::{Program, Room};
use crate::saves::SHAPES;

pub(crate) const TESTS: &[Test] = &[
    ("lists::an_empty_table", an_empty_table),
    (
        "lists::every_shape_in_every_list",
        every_shape_in_every_list,
    ),
    (
        "lists::addresses_half_the_world_apart",
        addresses_half_the_world_apart,
    ),
    (
        "lists::connections_and_counters_of_real_traffic",
        real_traffic,
    ),
    (
        "lists::a_link_called_ipvsadm_is_ipvsadm",
        a_link_called_ipvsadm,
    ),
];

/// What is compared, after `-L`.
const LISTS: [&str; 22] = [
    "-L",
    "-l",
    "-Ln",
    "-ln --exact",
    "--list --numeric",
    "-Ln --stats",
    "-Ln --stats --exact",
    "-L --rate",
    "-Ln --rate --exact",
    "-Ln --thresholds",
    "-L --persistent-conn",
    "-Ln --tun-info",
    "-Ln --nosort",
    "-Ln --sort",
    "-Ln --rate --thresholds --persistent-conn --tun-info",
    "-Ln --thresholds --persistent-conn",
    "-Ln --persistent-conn --tun-info",
    "-L --timeout",
    "-L --daemon",
    "-Lnc",
    "-Lc",
    "-Lcn --persistent-conn",
];

fn an_empty_table() -> Result<()> {
    let room = Room::new()?;
    same(&room, &LISTS)?;
    same(&room, &["", "-Sn", "-Ln -t 192.0.2.1:80", "-Ln -f 8 -6"])
}

fn every_shape_in_every_list() -> Result<()> {
    let room = Room::new()?;
    room.restore(Program::Ours, SHAPES)?;
    room.must(
        Program::Ours,
        "-a -t 192.0.2.10:80 -r 10.0.0.99 -x 70000 -y 3",
    )?;
    same(&room, &LISTS)?;
    same(
        &room,
        &[
            "",
            "-Ln -t 192.0.2.10:80",
            "-Ln -t 192.0.2.10:80 --stats",
            "-L -t 192.0.2.10:80 --thresholds --nosort",
            "-L -u 192.0.2.20:5060",
            "-L --sctp-service 192.0.2.10:9999",
            "-Ln -t [2001:db8::10]:80",
            "-L -f 7",
            "-L -f 8 -6 --rate",
            "-L -f 8",
            "-L -t 192.0.2.99:80",
        ],
    )?;
    // One of them as it should be, so that two programs can't be wrong together.
    let list = room.prints(Program::Ours, "-Ln -t 192.0.2.10:80 --tun-info")?;
    for line in [
        "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn",
        "TCP  192.0.2.10:80 wrr",
        "  -> 10.0.0.1:8080                Masq    n/a           3      0          0         ",
        "  -> 10.0.0.5:80                  Tunnel  gue:5556:+c   1      0          0         ",
        "  -> 10.0.0.8:80                  Tunnel  gre:+c        2147483647 0          0         ",
    ] {
        ensure!(
            list.lines().any(|found| found == line),
            "no {line:?} in\n{list}"
        );
    }
    Ok(())
}

/// ipvsadm's comparison of addresses is no order.
fn addresses_half_the_world_apart() -> Result<()> {
    const FOUR: [&str; 9] = [
        "10.0.0.1",
        "192.0.2.1",
        "127.0.0.1",
        "1.0.0.2",
        "172.16.0.1",
        "200.1.1.1",
        "9.0.0.1",
        "128.0.0.1",
        "63.0.0.1",
    ];
    const SIX: [&str; 7] = [
        "2001:db8::1",
        "fd00::1",
        "2001:db8::2:1",
        "2001:db8:8000::",
        "2001:db8:1::",
        "::2",
        "2001:db8::ffff:1",
    ];
    let room = Room::new()?;
    let mut lines = String::new();
    for address in FOUR {
        lines.push_str(&format!(
            "-A -t {address}:80\n-A -t {address}:60000\n-A -u {address}:9\n"
        ));
        lines.push_str(&format!("-a -t 10.0.0.1:80 -r {address}:90 -m\n"));
    }
    // The server of a service that is not there yet is not added; the rest is.
    lines.push_str("-A -f 3000000 -s rr\n-A -f 3 -6 -s rr\n-A -f 3 -s rr\n");
    for address in SIX {
        lines.push_str(&format!(
            "-A -t [{address}]:80\n-a -t 10.0.0.1:80 -r [{address}]:80 -i\n"
        ));
    }
    room.feed(Program::Ours, "-R", &lines)?;
    let table = room.table()?.table()?;
    ensure!(
        table.services.len() == 3 * FOUR.len() + 3 + SIX.len(),
        "{}",
        table.services.len()
    );
    same(&room, &["-Ln", "-Sn", "-Ln --nosort", "-Ln --stats"])
}

/// Connections are exact at once; counters only after the kernel's next estimate.
fn real_traffic() -> Result<()> {
    let room = Room::new()?;
    room.ip("addr add 192.0.2.1/24 dev lo")?;
    room.ip("addr add 2001:db8::10/64 dev lo nodad")?;
    room.restore(
        Program::Ours,
        "-A -t 192.0.2.1:80 -s rr -p 50\n\
         -a -t 192.0.2.1:80 -r 127.0.0.1:8080 -m\n\
         -A -t [2001:db8::10]:80 -s rr\n\
         -a -t [2001:db8::10]:80 -r [::1]:8080 -m\n\
         -A -u 192.0.2.1:53 -s rr\n\
         -a -u 192.0.2.1:53 -r 127.0.0.1:5353 -m\n",
    )?;
    let _open = room.within(traffic)?;
    let mut table = room.table()?;
    let counts: Vec<_> = table
        .services()?
        .iter()
        .map(|report| {
            let reports = table.destinations(&report.service.key)?;
            Ok(reports
                .iter()
                .map(|to| to.active + to.inactive)
                .sum::<u32>())
        })
        .collect::<Result<_>>()?;
    ensure!(counts.iter().sum::<u32>() == 4, "{counts:?}");
    same(&room, &["-Ln", "-Ln --persistent-conn", "-L", "-S"])?;
    // A connection's time runs while they print.
    eventually_same(&room, &["-Lnc", "-Lc", "-Lnc --persistent-conn"])?;

    std::thread::sleep(Duration::from_millis(2500));
    let stats = table.services()?;
    let connections: u64 = stats.iter().map(|report| report.stats.connections).sum();
    ensure!(connections == 4, "{stats:?}");
    let bytes: u64 = stats.iter().map(|report| report.stats.in_bytes).sum();
    ensure!(bytes > 200, "{stats:?}");
    same(&room, &["-Ln --stats", "-Ln --stats --exact"])?;
    eventually_same(&room, &["-Ln --rate", "-Ln --rate --exact"])?;
    room.must(Program::Ours, "-Z")?;
    let zeroed = table.services()?;
    ensure!(
        zeroed.iter().all(|report| report.stats.connections == 0),
        "{zeroed:?}"
    );
    same(&room, &["-Ln --stats"])
}

/// Two connections over IPv4, one over IPv6, and a datagram; all stay open.
fn traffic() -> Result<(Vec<TcpStream>, UdpSocket)> {
    let mut open = Vec::new();
    let servers = [
        TcpListener::bind("127.0.0.1:8080")?,
        TcpListener::bind("[::1]:8080")?,
    ];
    for (at, address) in [
        (0, "192.0.2.1:80"),
        (0, "192.0.2.1:80"),
        (1, "[2001:db8::10]:80"),
    ] {
        let mut client = TcpStream::connect_timeout(&address.parse()?, Duration::from_secs(5))?;
        let (mut server, _) = servers[at].accept()?;
        server.write_all(b"hello")?;
        client.read_exact(&mut [0; 5])?;
        open.extend([client, server]);
    }
    let datagrams = UdpSocket::bind("192.0.2.1:0")?;
    datagrams.send_to(b"hello", "192.0.2.1:53")?;
    Ok((open, datagrams))
}

fn a_link_called_ipvsadm() -> Result<()> {
    let folder = bellwether_netns_tests::scratch()?;
    let link = folder.path().join("ipvsadm");
    std::os::unix::fs::symlink(bellwether_netns_tests::bellwether()?, &link)?;
    let output = std::process::Command::new(&link)
        .arg("--version")
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(
        output.status.success() && text.contains("ipvsadm"),
        "{text}"
    );
    let output = std::process::Command::new(&link)
        .args(["-L", "--timeout"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(text.starts_with("Timeout (tcp tcpfin udp): "), "{text}");
    Ok(())
}

/// Both programs print the same bytes and exit with the same status.
fn same(room: &Room, lines: &[&str]) -> Result<()> {
    for line in lines {
        let (theirs, ours) = both(room, line)?;
        ensure!(
            theirs == ours,
            "{line}: theirs\n{}\nours\n{}",
            theirs.1,
            ours.1
        );
    }
    Ok(())
}

/// The same of what may change between the two.
fn eventually_same(room: &Room, lines: &[&str]) -> Result<()> {
    for line in lines {
        let mut tries = 0;
        loop {
            let (theirs, ours) = both(room, line)?;
            if theirs == ours {
                break;
            }
            tries += 1;
            ensure!(tries < 20, "{line}: theirs\n{}\nours\n{}", theirs.1, ours.1);
        }
    }
    Ok(())
}

type Printed = (i32, String);

fn both(room: &Room, line: &str) -> Result<(Printed, Printed)> {
    let print = |program| {
        let said = room.say(program, line)?;
        anyhow::Ok((said.status, said.out))
    };
    Ok((print(Program::Theirs)?, print(Program::Ours)?))
}
