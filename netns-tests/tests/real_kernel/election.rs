//! Two of our daemons elect, and what they put on the wire is well-formed.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Capture, Conf, Lab, Peer, VIP};

use crate::support::{ADVERT, FIRST, SECOND, SOON, Two, rest, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "election::the_higher_priority_is_master",
        Share::Beside,
        higher_priority,
    ),
    (
        "election::equal_priorities_have_one_master",
        Share::Beside,
        equal_priorities,
    ),
    (
        "election::adverts_are_as_the_rfcs_want_them",
        Share::Beside,
        adverts,
    ),
    (
        "election::a_master_announces_five_times_and_again",
        Share::Beside,
        announcements,
    ),
    (
        "election::a_returning_master_preempts",
        Share::Beside,
        preempts,
    ),
    (
        "election::nopreempt_keeps_the_lower_one",
        Share::Beside,
        nopreempt,
    ),
    (
        "election::a_healed_tie_goes_to_the_higher_address",
        Share::Beside,
        tie,
    ),
    (
        "election::a_healed_partition_has_one_master",
        Share::Beside,
        partition,
    ),
];

fn higher_priority() -> Result<()> {
    let lab = Lab::pair()?;
    let low = Peer::bellwether(lab.host(0), &Conf::v3(100))?;
    let high = Peer::bellwether(lab.host(1), &Conf::v3(200))?;
    lab.wait_for_owners(VIP, &[1], SOON)?;
    ensure!(
        transitions(&high)
            .last()
            .is_some_and(|last| last.contains("-> MASTER"))
    );
    let two = Two {
        first: low,
        second: high,
        lab,
    };
    two.stays(&[1], Duration::from_millis(1500))
}

fn equal_priorities() -> Result<()> {
    let lab = Lab::pair()?;
    let first = Peer::bellwether(lab.host(0), &Conf::v3(100))?;
    let second = Peer::bellwether(lab.host(1), &Conf::v3(100))?;
    let two = Two { first, second, lab };
    two.first.wait_for_log("BACKUP", 1, SOON)?;
    two.second.wait_for_log("BACKUP", 1, SOON)?;
    // Whoever was first stays: a backup does not compare addresses. Both at once: the higher
    // address wins (RFC 9568 6.4.3).
    rest();
    let owners = two.lab.owners(VIP)?;
    ensure!(owners.len() == 1, "owners are {owners:?}");
    two.stays(&owners, Duration::from_secs(1))
}

fn adverts() -> Result<()> {
    let lab = Lab::pair()?;
    let capture = Capture::start(lab.host(1))?;
    let _first = Peer::bellwether(lab.host(0), &Conf::v3(200).address("192.0.2.101"))?;
    lab.wait_for_owners("192.0.2.101", &[0], SOON)?;
    std::thread::sleep(ADVERT * 12);
    let recording = capture.finish()?;
    let adverts = recording.adverts_of(FIRST);
    ensure!(adverts.len() >= 10, "{}", recording.summary());
    for (_, advert) in &adverts {
        ensure!(advert.destination.to_string() == "224.0.0.18", "{advert:?}");
        ensure!(advert.ttl == 255, "{advert:?}");
        ensure!(
            (advert.version, advert.vrid, advert.priority) == (3, 51, 200),
            "{advert:?}"
        );
        let addresses: Vec<String> = advert.addresses.iter().map(ToString::to_string).collect();
        ensure!(addresses == [VIP, "192.0.2.101"], "{advert:?}");
    }
    for pair in adverts.windows(2) {
        let apart = pair[1].0.saturating_sub(pair[0].0);
        ensure!(
            apart + ADVERT / 2 > ADVERT && apart < ADVERT * 2,
            "{apart:?} apart in\n{}",
            recording.summary()
        );
    }
    Ok(())
}

fn announcements() -> Result<()> {
    let lab = Lab::pair()?;
    let capture = Capture::start(lab.host(1))?;
    let _first = Peer::bellwether(lab.host(0), &Conf::v3(200))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    std::thread::sleep(Duration::from_millis(5600));
    let recording = capture.finish()?;
    let first_advert = recording.adverts_of(FIRST)[0].0;
    let times: Vec<Duration> = recording
        .gratuitous(VIP)
        .into_iter()
        .map(|(at, _)| at.saturating_sub(first_advert))
        .collect();
    // keepalived: five after the advert, five more after five seconds, then none.
    ensure!(times.len() == 10, "{}", recording.summary());
    ensure!(
        !times[0].is_zero(),
        "announced before the first advert: {}",
        recording.summary()
    );
    ensure!(times[4] < Duration::from_millis(500), "{times:?}");
    let second = times[5]..=times[9];
    ensure!(*second.start() >= Duration::from_millis(4900), "{times:?}");
    ensure!(*second.end() <= Duration::from_millis(5500), "{times:?}");
    Ok(())
}

fn preempts() -> Result<()> {
    let mut two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    two.first = Peer::bellwether(two.lab.host(0), &Conf::v3(200))?;
    two.second
        .wait_for_log("MASTER -> BACKUP (higher-priority)", 1, SOON)?;
    two.wait_for(&[0])?;
    two.stays(&[0], Duration::from_secs(1))
}

fn nopreempt() -> Result<()> {
    let first = Conf::v3(200).line("nopreempt");
    let mut two = Two::start(&first, &Conf::v3(100).line("nopreempt"))?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    two.first = Peer::bellwether(two.lab.host(0), &first)?;
    two.first.wait_for_log("-> BACKUP", 1, SOON)?;
    // It finds and removes what its killed predecessor left, and then leaves the master alone.
    two.wait_for(&[1])?;
    two.stays(&[1], Duration::from_millis(1500))?;
    ensure!(
        !two.first.log().contains("-> MASTER"),
        "{}",
        two.first.log()
    );
    Ok(())
}

fn partition() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    for place in 0..2 {
        two.lab.host(place).drop_incoming("ip protocol 112")?;
    }
    two.wait_for(&[0, 1])?;
    for place in 0..2 {
        two.lab.host(place).hear_all()?;
    }
    two.wait_for(&[0])?;
    two.second
        .wait_for_log("MASTER -> BACKUP (higher-priority)", 1, SOON)?;
    rest();
    let recording = capture.finish()?;
    // The winner announces again, or clients would keep the loser's hardware address.
    let last_of_loser = recording.adverts_of(SECOND).last().map(|(at, _)| *at);
    let winner = recording
        .gratuitous(VIP)
        .into_iter()
        .rev()
        .take(5)
        .all(|(at, mac)| {
            Some(at) >= last_of_loser
                && recording.packets.iter().any(|packet| {
                    packet.mac == mac
                        && matches!(&packet.what, bellwether_netns_tests::What::Advert(advert)
                        if advert.source.to_string() == FIRST)
                })
        });
    ensure!(
        winner,
        "the winner did not announce last:\n{}",
        recording.summary()
    );
    two.stays(&[0], Duration::from_millis(500))
}

fn tie() -> Result<()> {
    let two = Two::start(&Conf::v3(100), &Conf::v3(100))?;
    for place in 0..2 {
        two.lab.host(place).drop_incoming("ip protocol 112")?;
    }
    two.wait_for(&[0, 1])?;
    for place in 0..2 {
        two.lab.host(place).hear_all()?;
    }
    // 192.0.2.2 is higher than 192.0.2.1 (RFC 9568 6.4.3).
    two.first
        .wait_for_log("MASTER -> BACKUP (higher-address)", 1, SOON)?;
    two.wait_for(&[1])?;
    two.stays(&[1], Duration::from_secs(1))
}
