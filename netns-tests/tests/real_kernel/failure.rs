//! One of two daemons dies, stops, sleeps, or loses its cable.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Capture, Conf, Peer, Recording, Signal, VIP};

use crate::support::{ADVERT, FIRST, SECOND, SOON, Two, down, rest, skew, transitions, within};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "failure::kill_9_is_survived_within_the_bound",
        Share::Beside,
        killed,
    ),
    (
        "failure::what_a_killed_daemon_left_is_mended",
        Share::Beside,
        leftover,
    ),
    (
        "failure::sigterm_hands_over_within_the_skew_time",
        Share::Beside,
        stopped,
    ),
    (
        "failure::sigterm_of_a_backup_is_silent",
        Share::Beside,
        backup_stopped,
    ),
    (
        "failure::a_paused_backup_hears_before_it_believes",
        Share::Beside,
        paused_backup,
    ),
    (
        "failure::a_backup_that_wakes_late_hears_first",
        Share::Beside,
        briefly_paused_backup,
    ),
    (
        "failure::a_paused_master_announces_again",
        Share::Beside,
        paused_master,
    ),
    (
        "failure::a_paused_master_yields_to_a_better_one",
        Share::Beside,
        paused_lower_master,
    ),
    (
        "failure::a_pulled_cable_moves_the_address",
        Share::Beside,
        cable,
    ),
    (
        "failure::an_address_removed_by_hand_comes_back",
        Share::Beside,
        removed_by_hand,
    ),
];

fn killed() -> Result<()> {
    let mut two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    rest();
    two.first.kill()?;
    // The dead node's kernel still has the address: that is what kill -9 means.
    two.wait_for(&[0, 1])?;
    rest();
    let recording = capture.finish()?;
    within(
        recording.gap(FIRST, SECOND)?,
        down(ADVERT, ADVERT, 100),
        "the gap",
    )?;
    ensure!(
        recording.gratuitous(VIP).len() == 5,
        "{}",
        recording.summary()
    );
    ensure!(
        transitions(&two.second).last().map(String::as_str)
            == Some("BACKUP -> MASTER (down-timer)")
    );
    Ok(())
}

fn leftover() -> Result<()> {
    let first = Conf::v3(200);
    let mut two = Two::start(&first, &Conf::v3(100))?;
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    // Started again with a cause to stay BACKUP: a lower priority than the other's.
    two.first = Peer::bellwether(two.lab.host(0), &Conf::v3(50))?;
    two.wait_for(&[1])?;
    ensure!(
        two.lab.host(0).has(FIRST)?,
        "removed an address that was not its own"
    );
    two.stays(&[1], Duration::from_secs(1))
}

const HALF: Duration = Duration::from_millis(500);

/// Adverts each half second.
fn slow(priority: u8) -> Conf {
    Conf::v3(priority).every("0.5")
}

fn stopped() -> Result<()> {
    // Slow enough that a skew time (305 ms) and a master-down interval (1805 ms) lie far apart.
    let mut two = Two::start(&slow(200), &slow(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    rest();
    two.first.signal(Signal::TERM)?;
    let status = two.first.wait_for_exit(SOON)?;
    ensure!(status.success(), "{status}: {}", two.first.log());
    ensure!(!two.lab.host(0).has(VIP)?, "the address is left behind");
    ensure!(
        two.lab.host(0).has(FIRST)?,
        "removed an address that was not its own"
    );
    two.wait_for(&[1])?;
    rest();
    let recording = capture.finish()?;
    let (resigned, last) = *recording.adverts_of(FIRST).last().context("no advert")?;
    ensure!(last.priority == 0, "{}", recording.summary());
    let taken = recording
        .adverts_of(SECOND)
        .first()
        .context("no takeover")?
        .0;
    within(
        taken.saturating_sub(resigned),
        skew(HALF, 100),
        "after the resignation",
    )
}

fn backup_stopped() -> Result<()> {
    let mut two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(0))?;
    two.second.signal(Signal::TERM)?;
    ensure!(
        two.second.wait_for_exit(SOON)?.success(),
        "{}",
        two.second.log()
    );
    two.stays(&[0], Duration::from_millis(500))?;
    let recording = capture.finish()?;
    ensure!(
        recording.adverts_of(SECOND).is_empty(),
        "{}",
        recording.summary()
    );
    Ok(())
}

fn paused_backup() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(0))?;
    for _ in 0..3 {
        two.second.signal(Signal::STOP)?;
        std::thread::sleep(down(ADVERT, ADVERT, 100) * 3);
        two.second.signal(Signal::CONT)?;
        std::thread::sleep(ADVERT * 5);
    }
    let recording = capture.finish()?;
    never_led(&two, &recording)?;
    two.stays(&[0], Duration::from_millis(300))
}

/// The second node said nothing on the wire, and did not believe itself master either.
fn never_led(two: &Two, recording: &Recording) -> Result<()> {
    ensure!(
        recording.adverts_of(SECOND).is_empty(),
        "{}",
        recording.summary()
    );
    let log = two.second.log();
    ensure!(!log.contains("-> MASTER"), "{log}");
    Ok(())
}

fn briefly_paused_backup() -> Result<()> {
    let two = Two::start(&slow(200), &slow(100))?;
    let capture = Capture::start(two.lab.host(0))?;
    for _ in 0..3 {
        // The timer has run out when it wakes, by less than an interval in most rounds: only the
        // adverts that wait in its socket tell it that its master lives.
        two.second.signal(Signal::STOP)?;
        std::thread::sleep(down(HALF, HALF, 100) + HALF / 10);
        two.second.signal(Signal::CONT)?;
        std::thread::sleep(HALF + HALF / 4);
    }
    let recording = capture.finish()?;
    never_led(&two, &recording)
}

fn paused_master() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    two.first.signal(Signal::STOP)?;
    two.wait_for(&[0, 1])?;
    rest();
    let capture = Capture::start(two.lab.host(1))?;
    two.first.signal(Signal::CONT)?;
    two.second
        .wait_for_log("MASTER -> BACKUP (higher-priority)", 1, SOON)?;
    two.wait_for(&[0])?;
    rest();
    let recording = capture.finish()?;
    let last = recording.adverts_of(SECOND).last().map(|(at, _)| *at);
    let announced = recording.gratuitous(VIP).last().map(|(at, _)| *at);
    ensure!(
        announced >= last && announced.is_some(),
        "{}",
        recording.summary()
    );
    two.stays(&[0], Duration::from_secs(1))
}

fn paused_lower_master() -> Result<()> {
    // The second has the higher priority but does not preempt; it leads once it had to.
    let two = Two::start(&Conf::v3(100), &Conf::v3(200).line("nopreempt"))?;
    two.first.signal(Signal::STOP)?;
    two.wait_for(&[0, 1])?;
    rest();
    two.first.signal(Signal::CONT)?;
    two.first
        .wait_for_log("MASTER -> BACKUP (higher-priority)", 1, SOON)?;
    two.wait_for(&[1])?;
    two.stays(&[1], Duration::from_secs(1))
}

fn cable() -> Result<()> {
    let two = Two::switched(&Conf::v3(200), &Conf::v3(100))?;
    two.lab.host(0).set_cable(false)?;
    two.first
        .wait_for_log("MASTER -> FAULT (link-down)", 1, SOON)?;
    two.wait_for(&[1])?;
    two.stays(&[1], Duration::from_millis(500))?;
    two.lab.host(0).set_cable(true)?;
    two.first
        .wait_for_log("FAULT -> BACKUP (recovered)", 1, SOON)?;
    two.wait_for(&[0])?;
    two.stays(&[0], Duration::from_secs(1))
}

fn removed_by_hand() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    let with_length = two
        .lab
        .host(0)
        .addresses()?
        .into_iter()
        .find(|address| address.starts_with(VIP))
        .context("the master has the address")?;
    two.lab
        .host(0)
        .ip(&format!("addr del {with_length} dev eth0"))?;
    two.wait_for(&[0])?;
    rest();
    let recording = capture.finish()?;
    // keepalived resigns here, and another router may win; there is no need to.
    let resigned = recording
        .adverts()
        .iter()
        .any(|(_, advert)| advert.priority == 0);
    ensure!(!resigned, "{}", recording.summary());
    ensure!(
        recording.adverts_of(SECOND).is_empty(),
        "{}",
        recording.summary()
    );
    Ok(())
}
