//! Options with an effect on the wire or on timing: the same file for Bellwether and for keepalived,
//! and the same facts of what each puts on the wire.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Capture, Lab, Peer, Program, Recording, VIP, throughout};

use crate::support::{FIRST, SECOND, SLACK, SOON, within};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("options::garp_batches_and_refreshes", Share::Beside, || {
        both(garp)
    }),
    ("options::garp_interval", Share::Beside, spacing),
    ("options::garp_lower_prio", Share::Beside, || {
        both(losing_batches)
    }),
    ("options::higher_prio_send_advert", Share::Beside, || {
        both(farewell)
    }),
    ("options::down_timer_adverts", Share::Beside, || {
        both(patience)
    }),
    ("options::vrrp_startup_delay", Share::Beside, || {
        both(startup)
    }),
    ("options::group_and_source", Share::Beside, group),
    ("options::check_unicast_src", Share::Beside, || {
        both(strangers)
    }),
    ("options::unicast_ttl_limits", Share::Beside, || {
        both(ttl_limits)
    }),
    ("options::unicast_fault_no_peer", Share::Beside, no_peer),
];

/// 100 ms, as [`file`] has it.
const INTERVAL: Duration = Duration::from_millis(100);

/// One instance of version 3 with adverts each 100 ms.
fn file(priority: u8, globals: &str, lines: &str) -> String {
    format!(
        "global_defs {{\n vrrp_version 3\n {globals}\n}}\nvrrp_instance VI_1 {{\n interface eth0\n \
         virtual_router_id 51\n priority {priority}\n advert_int 0.1\n {lines}\n \
         virtual_ipaddress {{\n  {VIP}\n }}\n}}\n"
    )
}

/// Plays a test with each program.
fn both(test: fn(Program) -> Result<()>) -> Result<()> {
    for program in [Keepalived, Bellwether] {
        test(program).with_context(|| format!("with {program:?}"))?;
    }
    Ok(())
}

fn span(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A lone router: what it has sent so long after it became master.
fn alone(program: Program, file: &str, after: Duration) -> Result<Recording> {
    let lab = Lab::pair()?;
    let capture = Capture::start(lab.host(1))?;
    let _peer = Peer::start_with(program, lab.host(0), file)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    std::thread::sleep(after);
    capture.finish()
}

/// Times of the gratuitous ARPs since the first.
fn announced(recording: &Recording) -> Vec<Duration> {
    let times = recording.gratuitous(VIP);
    let first = times.first().map(|(at, _)| *at).unwrap_or_default();
    times
        .iter()
        .map(|(at, _)| at.saturating_sub(first))
        .collect()
}

/// How many of these times lie within a quarter of a second after one.
fn at(times: &[Duration], when: Duration) -> usize {
    // The clock of keepalived's timers may be a little early.
    let window = when.saturating_sub(span(20))..when + SLACK;
    times.iter().filter(|time| window.contains(time)).count()
}

/// Two at once, two a second later, and one each two seconds.
fn garp(program: Program) -> Result<()> {
    let lines = "garp_master_repeat 2\n garp_master_delay 1\n garp_master_refresh 2\n \
                 garp_master_refresh_repeat 1";
    let recording = alone(program, &file(100, "", lines), span(4700))?;
    let times = announced(&recording);
    let seen = [0, 1000, 2000, 4000].map(|when| at(&times, span(when)));
    ensure!(seen == [2, 2, 1, 1], "{seen:?} in\n{}", recording.summary());
    ensure!(times.len() == 6, "{}", recording.summary());
    Ok(())
}

/// Five of one address, each 200 ms after the one before. keepalived 2.2.7 sends two of the five.
fn spacing() -> Result<()> {
    let text = file(100, "vrrp_garp_interval 0.2", "garp_master_delay 0");
    let recording = alone(Bellwether, &text, span(1800))?;
    let times = announced(&recording);
    ensure!(times.len() == 5, "{}", recording.summary());
    for pair in times.windows(2) {
        let apart = pair[1].saturating_sub(pair[0]);
        ensure!(apart >= span(195), "{apart:?} in\n{}", recording.summary());
    }
    Ok(())
}

/// Two masters that don't hear each other, until the first, of greater priority, hears the second.
fn one_hears(program: Program, lines: &str, after: Duration) -> Result<Recording> {
    let lab = Lab::pair()?;
    let _first = Peer::start_with(program, lab.host(0), &file(200, "", lines))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    for place in 0..2 {
        lab.host(place).drop_incoming("ip protocol 112")?;
    }
    let _second = Peer::start_with(program, lab.host(1), &file(100, "", lines))?;
    lab.wait_for_owners(VIP, &[0, 1], SOON)?;
    // The second's own batch is over.
    std::thread::sleep(span(300));
    let capture = Capture::start(lab.host(0))?;
    std::thread::sleep(span(300));
    lab.host(0).hear_all()?;
    std::thread::sleep(after);
    capture.finish()
}

/// Clients are told of a losing advert as often as the file says, whether it is answered or not.
fn losing_batches(program: Program) -> Result<()> {
    let count = |lines: &str| {
        let recording = one_hears(program, lines, span(1000))?;
        let heard = recording.adverts_of(SECOND).len();
        let told = recording.gratuitous(VIP).len();
        Ok::<_, anyhow::Error>((heard, told))
    };
    let common = "garp_master_delay 0\n garp_lower_prio_delay 0";
    for answer in ["", "lower_prio_no_advert on"] {
        let (heard, told) = count(&format!("{common}\n {answer}\n garp_lower_prio_repeat 2"))?;
        // Those that came before it was to hear are not among them.
        let least = heard.saturating_sub(6) * 2;
        ensure!(
            (least..=heard * 2).contains(&told),
            "{told} for {heard}, {answer}"
        );
        let (_, told) = count(&format!("{common}\n {answer}\n garp_lower_prio_repeat 0"))?;
        ensure!(told == 0, "{told}, {answer}");
    }
    Ok(())
}

/// The loser of a healed partition speaks once more, or does not.
fn farewell(program: Program) -> Result<()> {
    for (word, expected) in [("on", 1), ("off", 0)] {
        let lines = format!("lower_prio_no_advert on\n higher_prio_send_advert {word}");
        let lab = Lab::pair()?;
        let _second = Peer::start_with(program, lab.host(1), &file(100, "", &lines))?;
        lab.wait_for_owners(VIP, &[1], SOON)?;
        let capture = Capture::start(lab.host(1))?;
        // It preempts without having been heard before.
        let _first = Peer::start_with(program, lab.host(0), &file(200, "", &lines))?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        std::thread::sleep(span(300));
        let recording = capture.finish()?;
        let winner = recording.adverts_of(FIRST);
        let won = winner.first().context("no advert of the winner")?.0;
        let after = recording.adverts_of(SECOND);
        let after = after.iter().filter(|(at, _)| *at > won).count();
        ensure!(
            after == expected,
            "{word}: {after}\n{}",
            recording.summary()
        );
    }
    Ok(())
}

/// Six silent intervals and the skew time.
fn patience(program: Program) -> Result<()> {
    let lab = Lab::pair()?;
    let lines = "down_timer_adverts 6";
    let mut first = Peer::start_with(program, lab.host(0), &file(200, "", lines))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let second = Peer::start_with(program, lab.host(1), &file(100, "", lines))?;
    second.wait_for_log("BACKUP", 1, SOON)?;
    let capture = Capture::start(lab.host(1))?;
    std::thread::sleep(span(500));
    first.kill()?;
    lab.wait_for_owners(VIP, &[0, 1], SOON)?;
    let recording = capture.finish()?;
    // RFC 9568 6.1 with 6 for 3: 600 ms and 156/256 of 100 ms.
    let bound = INTERVAL * 6 + INTERVAL * 156 / 256;
    within(recording.gap(FIRST, SECOND)?, bound, "the gap")
}

/// Nobody starts before the delay is over.
fn startup(program: Program) -> Result<()> {
    let lab = Lab::pair()?;
    let text = file(255, "vrrp_startup_delay 1.5", "");
    let _owner = Peer::start_with(program, lab.host(0), &text)?;
    throughout(span(1200), "nobody is master", || match lab.owners(VIP) {
        Ok(owners) if owners.is_empty() => Ok(()),
        Ok(owners) => Err(format!("{owners:?}")),
        Err(error) => Err(error.to_string()),
    })?;
    lab.wait_for_owners(VIP, &[0], SOON)
}

/// Ours and keepalived by another group, from other addresses: each takes over from the other.
fn group() -> Result<()> {
    for programs in [[Bellwether, Keepalived], [Keepalived, Bellwether]] {
        let lab = Lab::pair()?;
        let sources = ["192.0.2.21", "192.0.2.22"];
        for (place, source) in sources.iter().enumerate() {
            lab.host(place)
                .ip(&format!("addr add {source}/24 dev eth0"))?;
        }
        let text = |place: usize| {
            let globals = "vrrp_mcast_group4 224.0.0.118";
            let priority = [200, 100][place];
            file(
                priority,
                globals,
                &format!("mcast_src_ip {}", sources[place]),
            )
        };
        let capture = Capture::start_filtered(lab.host(1), "ip proto 112")?;
        let mut first = Peer::start_with(programs[0], lab.host(0), &text(0))?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        let second = Peer::start_with(programs[1], lab.host(1), &text(1))?;
        second.wait_for_log("BACKUP", 1, SOON)?;
        throughout(span(600), "the second listens", || match lab.owners(VIP) {
            Ok(owners) if owners == [0] => Ok(()),
            Ok(owners) => Err(format!("{owners:?}")),
            Err(error) => Err(error.to_string()),
        })?;
        first.kill()?;
        lab.wait_for_owners(VIP, &[0, 1], SOON)?;
        first = Peer::start_with(programs[0], lab.host(0), &text(0))?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        drop(first);
        let packets = capture.columns(["ip.src", "ip.dst", "ip.ttl", "vrrp.checksum.status"])?;
        for source in sources {
            let own: Vec<_> = packets
                .iter()
                .filter(|packet| packet[0] == source)
                .collect();
            ensure!(!own.is_empty(), "{source} was silent: {packets:?}");
            for [_, destination, ttl, sum] in own {
                let said = [destination, ttl, sum].map(String::as_str);
                ensure!(said == ["224.0.0.118", "255", "1"], "{packets:?}");
            }
        }
    }
    Ok(())
}

/// A third host speaks by unicast, with a greater priority, to one that does not know it.
fn strangers(program: Program) -> Result<()> {
    for (check, expected) in [("", vec![2]), ("check_unicast_src", vec![0, 2])] {
        let lab = Lab::switched(3)?;
        let lines = format!("{check}\n unicast_peer {{\n  192.0.2.2\n }}");
        let _own = Peer::start_with(program, lab.host(0), &file(100, "", &lines))?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        let lines = "unicast_peer {\n  192.0.2.1\n }";
        let _stranger = Peer::start_with(Keepalived, lab.host(2), &file(200, "", lines))?;
        lab.wait_for_owners(VIP, &[2], SOON)
            .or_else(|_| lab.wait_for_owners(VIP, &[0, 2], SOON))?;
        throughout(span(500), "it believes who it is to", || {
            match lab.owners(VIP) {
                Ok(owners) if owners == expected => Ok(()),
                Ok(owners) => Err(format!("{check}: {owners:?}")),
                Err(error) => Err(error.to_string()),
            }
        })?;
    }
    Ok(())
}

/// A peer of greater priority whose adverts arrive with a TTL of 100.
fn ttl_limits(program: Program) -> Result<()> {
    let cases = [
        ("", vec![1]),
        ("min_ttl 100 max_ttl 100", vec![1]),
        ("min_ttl 101", vec![0, 1]),
        ("max_ttl 99", vec![0, 1]),
    ];
    for (limits, expected) in cases {
        let lab = Lab::pair()?;
        let lines = format!("unicast_peer {{\n  192.0.2.2 {limits}\n }}");
        let _own = Peer::start_with(program, lab.host(0), &file(100, "", &lines))?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        let lines = "unicast_ttl 100\n unicast_peer {\n  192.0.2.1\n }";
        let other = Peer::start_with(Keepalived, lab.host(1), &file(200, "", lines))?;
        other.wait_for_log("MASTER", 1, SOON)?;
        lab.wait_for_owners(VIP, &expected, SOON)?;
        throughout(span(500), "it believes what it is to", || {
            match lab.owners(VIP) {
                Ok(owners) if owners == expected => Ok(()),
                Ok(owners) => Err(format!("{limits}: {owners:?}")),
                Err(error) => Err(error.to_string()),
            }
        })?;
    }
    Ok(())
}

/// keepalived says "Cannot use unicast without any peers - going to fault state".
fn no_peer() -> Result<()> {
    let lonely = file(200, "", "unicast_fault_no_peer");
    for program in [Keepalived, Bellwether] {
        let lab = Lab::pair()?;
        let peer = Peer::start_with(program, lab.host(0), &lonely)?;
        peer.wait_for_log("ault", 1, SOON)
            .or_else(|_| peer.wait_for_log("FAULT", 1, SOON))?;
        throughout(span(1000), "nobody is master", || match lab.owners(VIP) {
            Ok(owners) if owners.is_empty() => Ok(()),
            Ok(owners) => Err(format!("{owners:?}")),
            Err(error) => Err(error.to_string()),
        })?;
        if program == Bellwether {
            peer.wait_for_log("INIT -> FAULT (no-peer)", 1, SOON)?;
            let peers = "unicast_fault_no_peer\n unicast_peer {\n  192.0.2.2\n }";
            peer.reload(&file(200, "", peers))?;
            lab.wait_for_owners(VIP, &[0], SOON)?;
        }
    }
    Ok(())
}
