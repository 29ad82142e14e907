//! What most tests begin with, and the arithmetic that they judge by.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Conf, Lab, Peer, Program, VIP, throughout};

/// Addresses of the first and the second host.
pub(crate) const FIRST: &str = "192.0.2.1";
pub(crate) const SECOND: &str = "192.0.2.2";

/// Longer than anything takes on a busy machine; how long it took is judged by the wire.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// The interval of [`Conf::v3`].
pub(crate) const ADVERT: Duration = Duration::from_millis(100);

/// By how much a busy test machine may be late. `ci/bench` measures; tests only bound.
pub(crate) const SLACK: Duration = Duration::from_millis(400);

/// Skew time: `(256 - priority) / 256` of a second in version 2, of the interval in version 3
/// (RFC 3768 6.1, RFC 9568 6.1).
pub(crate) fn skew(of: Duration, priority: u32) -> Duration {
    of * (256 - priority) / 256
}

/// Master-down interval: three intervals and the skew time.
pub(crate) fn down(advert: Duration, skew_of: Duration, priority: u32) -> Duration {
    advert * 3 + skew(skew_of, priority)
}

/// Two routers on a pair, the first of which is master.
pub(crate) struct Two {
    pub(crate) first: Peer,
    pub(crate) second: Peer,
    // Last, because it ends what still runs.
    pub(crate) lab: Lab,
}

impl Two {
    /// Starts Bellwether on both hosts of a pair and waits until the first is master.
    pub(crate) fn start(first: &Conf, second: &Conf) -> Result<Self> {
        Self::on(Lab::pair()?, [Program::Bellwether; 2], first, second)
    }

    /// The same on a switch, where a cable can be pulled for one.
    pub(crate) fn switched(first: &Conf, second: &Conf) -> Result<Self> {
        Self::on(Lab::switched(2)?, [Program::Bellwether; 2], first, second)
    }

    /// The same in a given place with given programs.
    pub(crate) fn on(
        lab: Lab,
        programs: [Program; 2],
        first: &Conf,
        second: &Conf,
    ) -> Result<Self> {
        let first = Peer::start(programs[0], lab.host(0), first)?;
        lab.wait_for_owners(VIP, &[0], SOON)?;
        let second = Peer::start(programs[1], lab.host(1), second)?;
        let two = Self { first, second, lab };
        two.first.wait_for_log("MASTER", 1, SOON)?;
        two.second.wait_for_log("BACKUP", 1, SOON)?;
        two.wait_for(&[0])?;
        Ok(two)
    }

    /// Waits until exactly these hosts own the virtual address.
    pub(crate) fn wait_for(&self, owners: &[usize]) -> Result<()> {
        self.lab
            .wait_for_owners(VIP, owners, SOON)
            .map_err(|error| {
                error.context(format!(
                    "\nfirst:\n{}second:\n{}",
                    self.first.log(),
                    self.second.log()
                ))
            })
    }

    /// Watches that exactly these hosts own the virtual address, for so long.
    pub(crate) fn stays(&self, owners: &[usize], span: Duration) -> Result<()> {
        let what = format!("{VIP} is on hosts {owners:?}");
        throughout(span, &what, || match self.lab.owners(VIP) {
            Ok(seen) if seen == owners => Ok(()),
            Ok(seen) => Err(format!("on hosts {seen:?}")),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// The transitions that Bellwether logged, as `BACKUP -> MASTER (down-timer)`.
pub(crate) fn transitions(peer: &Peer) -> Vec<String> {
    peer.log()
        .lines()
        .filter(|line| line.contains(" -> "))
        .filter_map(|line| line.split_once("VI_1: "))
        .filter_map(|(_, rest)| rest.split_once(", priority"))
        .map(|(sentence, _)| sentence.to_owned())
        .collect()
}

/// Refuses a time that is shorter than the protocol's, or longer by more than [`SLACK`].
pub(crate) fn within(seen: Duration, bound: Duration, what: &str) -> Result<()> {
    // Recorder and router see a packet within microseconds of each other, in either order.
    let earliest = bound.saturating_sub(Duration::from_millis(1));
    ensure!(
        seen >= earliest && seen <= bound + SLACK,
        "{what}: {seen:?}, and the protocol says {bound:?}"
    );
    Ok(())
}

/// One second's rest, so that a recording holds what follows too.
pub(crate) fn rest() {
    std::thread::sleep(Duration::from_secs(1));
}
