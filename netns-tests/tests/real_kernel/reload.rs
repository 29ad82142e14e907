//! SIGHUP: a good file changes what it says, a bad file changes nothing.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Capture, Conf, Recording};

use crate::support::{ADVERT, FIRST, SECOND, SOON, Two, rest, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "reload::a_bad_file_changes_nothing",
        Share::Beside,
        bad_file,
    ),
    (
        "reload::an_unchanged_file_changes_nothing",
        Share::Beside,
        unchanged,
    ),
    (
        "reload::an_address_comes_and_goes_without_an_election",
        Share::Beside,
        address,
    ),
    (
        "reload::a_lower_priority_moves_the_address",
        Share::Beside,
        priority,
    ),
];

/// Refuses a recording in which the master's voice faltered, or somebody else spoke.
fn uninterrupted(recording: &Recording) -> Result<()> {
    ensure!(
        recording.adverts_of(SECOND).is_empty(),
        "{}",
        recording.summary()
    );
    let adverts = recording.adverts_of(FIRST);
    ensure!(adverts.len() >= 5, "{}", recording.summary());
    for (_, advert) in &adverts {
        ensure!(advert.priority == 200, "{}", recording.summary());
    }
    for pair in adverts.windows(2) {
        let apart = pair[1].0.saturating_sub(pair[0].0);
        ensure!(
            apart < ADVERT * 3,
            "silent for {apart:?}:\n{}",
            recording.summary()
        );
    }
    Ok(())
}

fn bad_file() -> Result<()> {
    let mut two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let before = transitions(&two.first);
    let capture = Capture::start(two.lab.host(1))?;
    let bad = Conf::v3(200).text().replace("priority 200", "priority 999");
    two.first.reload(&bad)?;
    two.first.wait_for_log("999", 1, SOON)?;
    rest();
    let elsewhere = Conf::v3(200)
        .text()
        .replace("interface eth0", "interface eth7");
    two.first.reload(&elsewhere)?;
    two.first.wait_for_log("eth7", 1, SOON)?;
    rest();
    uninterrupted(&capture.finish()?)?;
    ensure!(two.first.is_running()?, "it ended");
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    two.stays(&[0], Duration::from_millis(200))
}

fn unchanged() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let before = transitions(&two.first);
    // The second five announcements come five seconds after the first.
    std::thread::sleep(Duration::from_millis(5500));
    let capture = Capture::start(two.lab.host(1))?;
    for _ in 0..3 {
        two.first.reload(&Conf::v3(200).text())?;
        std::thread::sleep(Duration::from_millis(500));
    }
    let recording = capture.finish()?;
    uninterrupted(&recording)?;
    ensure!(
        recording.gratuitous("192.0.2.100").is_empty(),
        "{}",
        recording.summary()
    );
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    Ok(())
}

fn address() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    let before = transitions(&two.first);
    let capture = Capture::start(two.lab.host(1))?;
    let more = Conf::v3(200).address("192.0.2.101");
    two.first.reload(&more.text())?;
    two.lab.wait_for_owners("192.0.2.101", &[0], SOON)?;
    rest();
    two.first.reload(&Conf::v3(200).text())?;
    two.lab.wait_for_owners("192.0.2.101", &[], SOON)?;
    two.stays(&[0], Duration::from_millis(500))?;
    let recording = capture.finish()?;
    uninterrupted(&recording)?;
    ensure!(
        !recording.gratuitous("192.0.2.101").is_empty(),
        "{}",
        recording.summary()
    );
    ensure!(transitions(&two.first) == before, "{}", two.first.log());
    Ok(())
}

fn priority() -> Result<()> {
    let two = Two::start(&Conf::v3(200), &Conf::v3(100))?;
    two.first.reload(&Conf::v3(50).text())?;
    two.wait_for(&[1])?;
    two.first.reload(&Conf::v3(200).text())?;
    two.wait_for(&[0])
}
