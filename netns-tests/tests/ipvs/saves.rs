//! Saved tables: ours read by ipvsadm, ipvsadm's read by us, and what only ours keeps.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Result, ensure};
use bellwether_core::kernel::ipvs::{
    Destination, DestinationKey, FLAG_FALLBACK, FLAG_PORT, Method, Netmask, Persistence, Service,
    ServiceKey,
};
use bellwether_core::model::lvs::{Protocol, Scheduler, Tunnel, TunnelChecksum};
use bellwether_core::unit::Family;

use crate::Test;
use crate::room::{BOTH, Program, Room};

pub(crate) const TESTS: &[Test] = &[
    (
        "saves::whoever_writes_and_whoever_reads",
        whoever_writes_and_whoever_reads,
    ),
    (
        "saves::every_shape_is_read_as_it_was_meant",
        every_shape_is_read,
    ),
    (
        "saves::thresholds_and_nameless_flags_survive",
        thresholds_survive,
    ),
    (
        "saves::a_line_that_can_t_be_read_changes_nothing",
        nothing_is_half_done,
    ),
    (
        "saves::a_change_by_ipvsadm_replaces_what_ours_set",
        a_change_replaces,
    ),
];

/// Every form that ipvsadm saves, in the order in which it lists them.
pub(crate) const SHAPES: &str = "\
-A -t 192.0.2.10:80 -s wrr
-a -t 192.0.2.10:80 -r 10.0.0.1:80 -g -w 1
-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 3
-a -t 192.0.2.10:80 -r 10.0.0.2:80 -g -w 0
-a -t 192.0.2.10:80 -r 10.0.0.3:80 -i -w 5 --tun-type ipip
-a -t 192.0.2.10:80 -r 10.0.0.4:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-nocsum
-a -t 192.0.2.10:80 -r 10.0.0.5:80 -i -w 1 --tun-type gue --tun-port 5556 --tun-csum
-a -t 192.0.2.10:80 -r 10.0.0.6:80 -i -w 1 --tun-type gue --tun-port 5557 --tun-remcsum
-a -t 192.0.2.10:80 -r 10.0.0.7:80 -i -w 1 --tun-type gre --tun-nocsum
-a -t 192.0.2.10:80 -r 10.0.0.8:80 -i -w 2147483647 --tun-type gre --tun-csum
-A -t 192.0.2.10:443 -s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port
-A -t 192.0.2.11:443 -s mh -p 360 -b mh-fallback,mh-port
-A -t 192.0.2.12:443 -s rr -b flag-1,flag-2,flag-3
-A -u 192.0.2.10:53 -s rr -o
-A -u 192.0.2.20:5060 -s rr -p 60 --pe sip
-A --sctp-service 192.0.2.10:9999 -s fo
-A -t [2001:db8::10]:80 -s wlc -p 360 -M 64
-a -t [2001:db8::10]:80 -r 10.0.0.9:80 -i -w 1 --tun-type ipip
-a -t [2001:db8::10]:80 -r [2001:db8::9]:8080 -m -w 1
-A -f 7 -s lc -p 300
-a -f 7 -r 10.0.0.1:0 -g -w 1
-A -f 8 -6 -s wlc
-a -f 8 -6 -r [2001:db8::1]:0 -g -w 2
";

fn whoever_writes_and_whoever_reads() -> Result<()> {
    for writer in BOTH {
        let room = Room::new()?;
        room.restore(writer, SHAPES)?;
        for reader in BOTH {
            let saved = room.prints(reader, "-Sn")?;
            ensure!(
                saved == SHAPES,
                "{writer:?} wrote, {reader:?} read:\n{saved}"
            );
            let named = room.prints(reader, "-S")?;
            let theirs = room.prints(Program::Theirs, "-S")?;
            ensure!(named == theirs, "{reader:?} -S:\n{named}\nis not\n{theirs}");
        }
    }
    Ok(())
}

/// The same shapes as values, written down by hand.
fn every_shape_is_read() -> Result<()> {
    let room = Room::new()?;
    room.restore(Program::Theirs, SHAPES)?;
    let table = room.table()?.table()?;
    ensure!(table.services.len() == 10);

    let sticky = &table.services[&address([192, 0, 2, 10], Protocol::Tcp, 443)].service;
    let expected = Service {
        scheduler_flags: FLAG_FALLBACK | FLAG_PORT,
        persistence: Some(Persistence {
            timeout: 600,
            mask: Netmask::V4(Ipv4Addr::new(255, 255, 255, 0)),
        }),
        ..Service::new(sticky.key, Scheduler::Sh(Default::default()))
    };
    ensure!(*sticky == expected, "{sticky:?}");

    let call = &table.services[&address([192, 0, 2, 20], Protocol::Udp, 5060)].service;
    ensure!(
        call.engine == Some("sip".into()) && !call.one_packet,
        "{call:?}"
    );
    let dns = &table.services[&address([192, 0, 2, 10], Protocol::Udp, 53)].service;
    ensure!(dns.one_packet && dns.persistence.is_none(), "{dns:?}");
    let flagged = &table.services[&address([192, 0, 2, 12], Protocol::Tcp, 443)].service;
    ensure!(flagged.scheduler_flags == 7, "{flagged:?}");

    let web = &table.services[&address([192, 0, 2, 10], Protocol::Tcp, 80)];
    let gue = web.destinations[&at([10, 0, 0, 6].into(), 80)];
    let remote = Tunnel::Gue {
        port: 5557,
        checksum: TunnelChecksum::Remote,
    };
    let expected = Destination::new(gue.key, Method::Tunnel(remote));
    ensure!(gue == expected, "{gue:?}");
    let quiet = web.destinations[&at([10, 0, 0, 2].into(), 80)];
    ensure!(
        (quiet.weight, quiet.method) == (0, Method::Direct),
        "{quiet:?}"
    );

    let six: IpAddr = "2001:db8::10".parse()?;
    let key = ServiceKey::Address {
        protocol: Protocol::Tcp,
        address: six,
        port: 80,
    };
    let six = &table.services[&key];
    let kept = six.service.persistence.map(|kept| kept.mask);
    ensure!(kept == Some(Netmask::V6(64)), "{kept:?}");
    ensure!(six.destinations.contains_key(&at([10, 0, 0, 9].into(), 80)));

    let mark = ServiceKey::Fwmark {
        family: Family::V6,
        mark: 8.try_into()?,
    };
    ensure!(table.services[&mark].destinations.len() == 1);
    Ok(())
}

fn thresholds_survive() -> Result<()> {
    let table = "\
-A -t 192.0.2.10:80 -s sh -b sh-port,flag-3
-a -t 192.0.2.10:80 -r 10.0.0.1:80 -g -w 1 -x 1000 -y 500
-a -t 192.0.2.10:80 -r 10.0.0.2:80 -i -w 2 -x 7 --tun-type gre --tun-csum
-A -f 4294967295 -s wlc
";
    let room = Room::new()?;
    room.restore(Program::Ours, table)?;
    ensure!(room.prints(Program::Ours, "-Sn")? == table);
    let lost = room.prints(Program::Theirs, "-Sn")?;
    ensure!(
        !lost.contains("-x") && !lost.contains("flag-3"),
        "ipvsadm has learned: {lost}"
    );
    let thresholds = room.prints(Program::Theirs, "-Ln --thresholds")?;
    ensure!(
        thresholds.contains("10.0.0.1:80                  1000       500 "),
        "{thresholds}"
    );
    // Ours can be read by ipvsadm, as long as the mark is a positive number.
    let other = Room::new()?;
    let readable = table.replace("-A -f 4294967295 -s wlc\n", "");
    other.restore(Program::Theirs, &readable)?;
    ensure!(other.prints(Program::Ours, "-Sn")? == readable);
    // A flag that has no name is saved by ipvsadm as an option without its value.
    let nameless = Room::new()?;
    nameless.must(Program::Theirs, "-A -t 192.0.2.10:80 -s sh -b flag-3")?;
    let saved = nameless.prints(Program::Theirs, "-Sn")?;
    ensure!(saved == "-A -t 192.0.2.10:80 -s sh -b \n", "{saved}");
    nameless.must(Program::Ours, "-C")?;
    nameless.restore(Program::Ours, &saved)?;
    ensure!(nameless.prints(Program::Ours, "-Sn")? == "-A -t 192.0.2.10:80 -s sh -b flag-3\n");
    Ok(())
}

fn nothing_is_half_done() -> Result<()> {
    let room = Room::new()?;
    let said = room.feed(
        Program::Ours,
        "-R",
        "-A -t 192.0.2.1:80\nnonsense\n-A -t 192.0.2.2:80\n",
    )?;
    ensure!(said.status != 0 && said.err.contains("line 2:"), "{said:?}");
    ensure!(room.table()?.services()?.is_empty());
    // What the kernel refuses is told with its line; the others are done, as by ipvsadm, whose exit
    // status is that of the last line.
    let lines = "-A -t 192.0.2.1:80\n\n-A -t 192.0.2.1:80\n-A -t 192.0.2.2:80\n";
    for program in BOTH {
        room.must(program, "-C")?;
        let said = room.feed(program, "-R", lines)?;
        ensure!(said.status == 0, "{program:?}: {said:?}");
        ensure!(
            said.err.contains("Service already exists"),
            "{program:?}: {said:?}"
        );
        ensure!(room.table()?.services()?.len() == 2, "{program:?}");
        room.must(program, "-C")?;
        let said = room.feed(program, "-R", "-A -t 192.0.2.1:80\n-D -t 192.0.2.3:80\n")?;
        ensure!(said.status == 255, "{program:?}: {said:?}");
        ensure!(room.table()?.services()?.len() == 1, "{program:?}");
    }
    Ok(())
}

/// What an edit does not repeat is gone, whoever edits.
fn a_change_replaces() -> Result<()> {
    for program in BOTH {
        let room = Room::new()?;
        room.restore(
            Program::Ours,
            "-A -u 192.0.2.10:53 -s sh -p 100 -M 255.0.0.0 --pe sip -o -b sh-port\n\
             -a -u 192.0.2.10:53 -r 10.0.0.1:53 -m -w 5 -x 1000 -y 500\n",
        )?;
        room.must(program, "-E -u 192.0.2.10:53")?;
        room.must(program, "-e -u 192.0.2.10:53 -r 10.0.0.1 -m -w 0")?;
        let saved = room.prints(Program::Ours, "-Sn")?;
        let expected = "-A -u 192.0.2.10:53 -s wlc\n\
                        -a -u 192.0.2.10:53 -r 10.0.0.1:53 -m -w 0\n";
        ensure!(saved == expected, "{program:?}: {saved}");
    }
    Ok(())
}

fn address(address: [u8; 4], protocol: Protocol, port: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol,
        address: address.into(),
        port,
    }
}

fn at(address: IpAddr, port: u16) -> DestinationKey {
    DestinationKey { address, port }
}
