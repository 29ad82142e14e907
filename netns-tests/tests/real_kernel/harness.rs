//! The harness itself, proven with two keepalived daemons: what it shows of them is known.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Capture, Conf, Lab, Peer, Program, VIP, throughout};

use crate::support::{ADVERT, FIRST, SECOND, Two, down, rest, within};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "harness::two_keepalived_elect_and_fail_over",
        Share::Beside,
        two_keepalived_elect_and_fail_over,
    ),
    (
        "harness::a_pulled_cable_is_pulled_for_one",
        Share::Beside,
        a_pulled_cable_is_pulled_for_one,
    ),
    (
        "harness::dropped_packets_are_not_heard",
        Share::Beside,
        dropped_packets_are_not_heard,
    ),
    ("harness::nothing_is_left", Share::Beside, nothing_is_left),
];

const SOON: Duration = Duration::from_secs(5);

fn two_keepalived_elect_and_fail_over() -> Result<()> {
    let both = [Program::Keepalived; 2];
    let mut two = Two::on(Lab::pair()?, both, &Conf::v3(200), &Conf::v3(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    rest();
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    std::thread::sleep(Duration::from_millis(300));
    let recording = capture.finish()?;
    within(
        recording.gap(FIRST, SECOND)?,
        down(ADVERT, ADVERT, 100),
        "the gap",
    )?;
    let announced = recording.gratuitous(VIP).len();
    ensure!(announced == 5, "{}", recording.summary());
    Ok(())
}

fn a_pulled_cable_is_pulled_for_one() -> Result<()> {
    let lab = Lab::switched(2)?;
    let _high = Peer::keepalived(lab.host(0), &Conf::v3(200))?;
    let _low = Peer::keepalived(lab.host(1), &Conf::v3(100))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    lab.host(0).set_cable(false)?;
    lab.wait_for_owners(VIP, &[1], SOON)?;
    lab.host(0).set_cable(true)?;
    lab.wait_for_owners(VIP, &[0], SOON)
}

fn dropped_packets_are_not_heard() -> Result<()> {
    let lab = Lab::pair()?;
    let _high = Peer::keepalived(lab.host(0), &Conf::v3(200))?;
    let _low = Peer::keepalived(lab.host(1), &Conf::v3(100))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    lab.host(1).drop_incoming("ip protocol 112")?;
    lab.wait_for_owners(VIP, &[0, 1], SOON)?;
    lab.host(1).hear_all()?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    throughout(Duration::from_millis(500), "one owner", || {
        match lab.owners(VIP) {
            Ok(owners) if owners == [0] => Ok(()),
            Ok(owners) => Err(format!("{owners:?}")),
            Err(error) => Err(error.to_string()),
        }
    })
}

fn nothing_is_left() -> Result<()> {
    let lab = Lab::switched(2)?;
    let names: Vec<String> = (0..2)
        .map(|place| lab.host(place).namespace().to_owned())
        .collect();
    let _peer = Peer::keepalived(lab.host(0), &Conf::v3(200))?;
    drop(lab);
    let listing = bellwether_netns_tests::run("ip", &["netns", "list"])?;
    for name in names {
        ensure!(!listing.contains(&name), "{name} is left");
    }
    Ok(())
}
