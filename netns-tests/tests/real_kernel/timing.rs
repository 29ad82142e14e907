//! How long the address is dark, measured alone. Bounds are generous; `ci/bench` prints the truth.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Capture, Conf};

use crate::support::{FIRST, SECOND, Two, down, transitions};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    ("timing::failover_at_100_ms", Share::Alone, || {
        failover("0.1", 100)
    }),
    ("timing::failover_at_10_ms", Share::Alone, || {
        failover("0.01", 10)
    }),
    (
        "timing::ten_millisecond_adverts_are_calm",
        Share::Alone,
        calm,
    ),
];

fn failover(seconds: &'static str, millis: u64) -> Result<()> {
    let advert = Duration::from_millis(millis);
    let conf = |priority| Conf::v3(priority).every(seconds);
    let mut two = Two::start(&conf(200), &conf(100))?;
    let capture = Capture::start(two.lab.host(1))?;
    std::thread::sleep(Duration::from_millis(500));
    two.first.kill()?;
    two.wait_for(&[0, 1])?;
    std::thread::sleep(Duration::from_millis(100));
    let gap = capture.finish()?.gap(FIRST, SECOND)?;
    let bound = down(advert, advert, 100);
    ensure!(
        gap + Duration::from_millis(1) >= bound && gap <= bound + Duration::from_millis(50),
        "{gap:?}, and the protocol says {bound:?}"
    );
    Ok(())
}

fn calm() -> Result<()> {
    let conf = |priority| Conf::v3(priority).every("0.01");
    let two = Two::start(&conf(200), &conf(100))?;
    let before = transitions(&two.second);
    two.stays(&[0], Duration::from_secs(3))?;
    ensure!(transitions(&two.second) == before, "{}", two.second.log());
    Ok(())
}
