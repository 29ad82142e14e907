//! The same scenario files as in the simulator, and the same transitions.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_netns_tests::play;

use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "scenarios::a_killed_process_leaves_its_address_behind",
        Share::Beside,
        || same("a-killed-process-leaves-its-address-behind"),
    ),
    ("scenarios::split_brain_and_heal", Share::Beside, || {
        same("split-brain-and-heal")
    }),
    (
        "scenarios::a_graceful_stop_hands_over",
        Share::Beside,
        || same("a-graceful-stop-hands-over-within-the-skew-time"),
    ),
    (
        "scenarios::a_pulled_cable_is_a_fault",
        Share::Beside,
        || same("a-pulled-cable-is-a-fault-and-no-resignation"),
    ),
    (
        "scenarios::a_backup_that_wakes_hears",
        Share::Beside,
        || same("a-backup-that-wakes-hears-before-it-believes"),
    ),
    ("scenarios::a_paused_master_wakes_up", Share::Beside, || {
        same("a-paused-master-wakes-up-and-takes-its-clients-back")
    }),
    ("scenarios::preempt_delay_waits", Share::Beside, || {
        same("preempt-delay-waits-for-a-live-master")
    }),
    (
        "scenarios::a_short_pause_goes_unnoticed",
        Share::Beside,
        || same("a-short-pause-of-the-master-goes-unnoticed"),
    ),
    (
        "scenarios::preempt_delay_is_no_wait_for_the_dead",
        Share::Beside,
        || same("preempt-delay-does-not-wait-for-a-dead-master"),
    ),
];

/// By how much a transition may be earlier or later than in the simulator: processes need time to
/// start, and test machines are busy.
const TOLERANCE: Duration = Duration::from_millis(500);

fn same(name: &str) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios")
        .join(format!("{name}.toml"));
    let played = play(&file)?;
    let differences = played.differences(TOLERANCE);
    ensure!(
        played.simulated.len() >= 2,
        "it shows nothing: {:?}",
        played.simulated
    );
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}
