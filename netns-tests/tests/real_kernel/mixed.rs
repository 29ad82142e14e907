//! One Bellwether, one keepalived, the same file: each as master and as backup.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::Program::{Bellwether, Keepalived};
use bellwether_netns_tests::{Capture, Conf, Lab, Peer, Program, Signal, VIP};

use crate::support::{ADVERT, FIRST, SECOND, SOON, Two, down, rest, skew, within};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "mixed::bellwether_leads_keepalived_v2_pass",
        Share::Beside,
        || v2([Bellwether, Keepalived]),
    ),
    (
        "mixed::keepalived_leads_bellwether_v2_pass",
        Share::Beside,
        || v2([Keepalived, Bellwether]),
    ),
    (
        "mixed::bellwether_leads_keepalived_v3",
        Share::Beside,
        || v3([Bellwether, Keepalived]),
    ),
    (
        "mixed::keepalived_leads_bellwether_v3",
        Share::Beside,
        || v3([Keepalived, Bellwether]),
    ),
    (
        "mixed::a_wrong_password_is_refused_and_said",
        Share::Beside,
        wrong_password,
    ),
];

const SECOND_LONG: Duration = Duration::from_secs(1);

fn v2(programs: [Program; 2]) -> Result<()> {
    // Version 2's skew is of a second, whatever the interval.
    round(programs, Conf::v2, SECOND_LONG)
}

fn v3(programs: [Program; 2]) -> Result<()> {
    round(programs, Conf::v3, ADVERT)
}

/// The first leads, is killed, comes back and leads again, and is stopped.
fn round(programs: [Program; 2], conf: fn(u8) -> Conf, advert: Duration) -> Result<()> {
    let mut two = Two::on(Lab::pair()?, programs, &conf(200), &conf(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    std::thread::sleep(advert * 2);
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    std::thread::sleep(advert * 2);
    let recording = capture.finish()?;
    let gap = recording.gap(FIRST, SECOND)?;
    within(gap, down(advert, advert, 100), "the gap after kill -9")?;
    if conf(1).text().contains("auth_pass") {
        let said = recording
            .adverts()
            .iter()
            .all(|(_, advert)| advert.password == "bellwthr");
        ensure!(
            said,
            "an advert without the password:\n{:?}",
            recording.adverts()
        );
    }

    let capture = Capture::start(two.lab.host(1))?;
    two.first = Peer::start(programs[0], two.lab.host(0), &conf(200))?;
    two.first.wait_for_log("MASTER", 1, SOON)?;
    two.wait_for(&[0])?;
    std::thread::sleep(advert * 2);
    two.stays(&[0], advert)?;
    two.first.signal(Signal::TERM)?;
    two.first.wait_for_exit(SOON)?;
    two.wait_for(&[1])?;
    rest();
    let recording = capture.finish()?;
    let resigned = recording
        .adverts_of(FIRST)
        .into_iter()
        .find(|(_, sent)| sent.priority == 0)
        .with_context(|| format!("no resignation in\n{}", recording.summary()))?
        .0;
    let taken = recording
        .adverts_of(SECOND)
        .into_iter()
        .find(|(at, _)| *at > resigned)
        .with_context(|| format!("no takeover in\n{}", recording.summary()))?
        .0;
    let after = taken.saturating_sub(resigned);
    ensure!(after < advert * 3, "a resignation was not heard: {after:?}");
    within(
        after,
        skew(advert, 100),
        "the takeover after the resignation",
    )
}

fn wrong_password() -> Result<()> {
    let lab = Lab::pair()?;
    let ours = Peer::bellwether(lab.host(0), &Conf::v2(200))?;
    let _other = Peer::keepalived(lab.host(1), &Conf::v2(100).password("other"))?;
    // Neither believes the other: two masters on a healthy LAN, and the log names the reason.
    lab.wait_for_owners(VIP, &[0, 1], SOON)?;
    ours.wait_for_log("advert from 192.0.2.2 refused", 1, SOON)?;
    ensure!(ours.log().contains("auth"), "{}", ours.log());
    Ok(())
}
