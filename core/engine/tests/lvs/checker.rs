//! One checker: when it runs, and when its verdict changes.

use std::time::Duration;

use bellwether_core::event::ScriptExit;
use bellwether_core::kernel::ipvs::Table;
use bellwether_core::lvs::{LvsNotice, ProbeFailure, ProbeResult};
use bellwether_core::model::lvs::RealServer;

use crate::support::{Bench, alpha, config, misc, real, server, virtual_server};

fn bench(servers: Vec<RealServer>) -> Bench {
    Bench::new(config(vec![virtual_server(servers)]))
}

fn with_retry(retry: u32) -> RealServer {
    let mut own = server(1);
    own.checkers[0].schedule.retry = retry;
    own
}

#[test]
fn a_server_is_up_and_in_the_table_before_its_first_check() {
    let mut late = server(1);
    late.checkers[0].schedule.warmup = Duration::from_secs(3600);
    let bench = bench(vec![late]);
    assert!(bench.probes.is_empty());
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn with_alpha_it_is_down_until_its_first_success() {
    let mut bench = Bench::with(
        config(vec![virtual_server(vec![alpha(server(1))])]),
        Table::default(),
        |bench| bench.hang(1),
    );
    assert!(!bench.is_up(0));
    assert_eq!(bench.rows(), [""; 0]);
    bench.well(1);
    bench.seconds(20);
    assert!(bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn checks_follow_each_other_after_delay_loop() {
    let mut bench = bench(vec![server(1)]);
    bench.seconds(35);
    assert_eq!(bench.probes_of(1), [0, 10_000, 20_000, 30_000]);
}

#[test]
fn the_first_check_waits_a_part_of_the_warm_up() {
    let mut slow = server(1);
    slow.checkers[0].schedule.warmup = Duration::from_secs(10);
    let mut bench = bench(vec![slow]);
    bench.seconds(10);
    let first = bench.probes_of(1)[0];
    assert!((1..10_000).contains(&first), "{first}");
}

#[test]
fn the_first_check_of_all_counts_at_once_whatever_retry_says() {
    let config = config(vec![virtual_server(vec![with_retry(5), server(2)])]);
    let mut bench = Bench::with(config, Table::default(), |bench| bench.fail(1));
    bench.seconds(0);
    assert!(!bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.2:80 1"]);
}

#[test]
fn later_failures_count_after_so_many_retries() {
    for retry in [0, 1, 3] {
        let mut bench = bench(vec![with_retry(retry)]);
        bench.seconds(5);
        bench.fail(1);
        // The second check is at 10 s, and so many retries follow, each a second later.
        let last = Duration::from_secs(10 + u64::from(retry));
        bench.run_for(last.checked_sub(Duration::from_millis(5001)).unwrap());
        assert!(bench.is_up(0), "retry {retry}: a moment before");
        bench.run_for(Duration::from_millis(1));
        assert!(!bench.is_up(0), "retry {retry}: with the last");
        let probes = u64::from(retry) + 2;
        assert_eq!(bench.probes.len(), usize::try_from(probes).unwrap());
    }
}

#[test]
fn a_success_among_retries_starts_the_count_anew() {
    let mut bench = bench(vec![with_retry(2)]);
    bench.seconds(5);
    bench.fail(1);
    bench.seconds(6); // Failed at 10 s and 11 s.
    bench.well(1);
    bench.seconds(2); // Well at 12 s; the next is at 22 s.
    bench.fail(1);
    bench.seconds(10); // Failed at 22 s and 23 s.
    assert!(bench.is_up(0));
    bench.seconds(1); // And at 24 s.
    assert!(!bench.is_up(0));
}

#[test]
fn while_down_it_is_checked_every_delay_loop_and_one_success_is_enough() {
    let mut bench = bench(vec![with_retry(0)]);
    bench.seconds(5);
    bench.fail(1);
    bench.seconds(30);
    assert_eq!(bench.probes_of(1), [0, 10_000, 20_000, 30_000]);
    bench.well(1);
    bench.seconds(4);
    assert!(!bench.is_up(0));
    bench.seconds(1);
    assert!(bench.is_up(0));
}

#[test]
fn rise_asks_for_more_successes_in_a_row() {
    let mut slow = with_retry(0);
    slow.checkers[0].schedule.rise = 3;
    let mut bench = bench(vec![slow]);
    bench.seconds(5);
    bench.fail(1);
    bench.seconds(10); // Down at 10 s.
    bench.well(1);
    bench.seconds(15); // Well at 20 s and 30 s.
    bench.fail(1);
    bench.seconds(10); // Not at 40 s.
    bench.well(1);
    bench.seconds(20); // Well at 50 s and 60 s.
    assert!(!bench.is_up(0));
    bench.seconds(10); // And at 70 s.
    assert!(bench.is_up(0));
}

#[test]
fn a_check_without_an_answer_has_failed_at_its_deadline() {
    let mut bench = bench(vec![with_retry(0)]);
    bench.seconds(5);
    bench.hang(1);
    // It starts at 10 s, and may take 5 s once the adapter has begun it.
    bench.run_for(Duration::from_millis(14_999));
    assert!(bench.is_up(0));
    assert_eq!(bench.waiting.len(), 1);
    bench.run_for(Duration::from_millis(1));
    assert!(!bench.is_up(0));
    assert_eq!(bench.waiting.len(), 0, "it was cancelled");
    let last = bench.server(0).checkers[0].last.clone();
    assert_eq!(last, Some(Err(ProbeFailure::Timeout)));
}

#[test]
fn there_is_one_check_of_a_checker_at_a_time() {
    let mut slow = with_retry(0);
    slow.checkers[0].timeout = Duration::from_secs(60);
    let config = config(vec![virtual_server(vec![slow])]);
    let mut bench = Bench::with(config, Table::default(), |bench| bench.hang(1));
    bench.seconds(59);
    assert_eq!(bench.probes_of(1), [0]);
    assert_eq!(bench.waiting.len(), 1);
}

#[test]
fn a_late_answer_to_a_cancelled_check_is_not_heard() {
    let mut bench = bench(vec![with_retry(0)]);
    bench.seconds(5);
    bench.hang(1);
    bench.seconds(8);
    let (probe, _) = bench.waiting.pop_first().unwrap();
    bench.seconds(8);
    assert!(!bench.is_up(0));
    let result = ProbeResult::Success;
    bench.event(bellwether_core::Event::ProbeDone { probe, result });
    assert!(!bench.is_up(0));
}

#[test]
fn a_server_is_up_when_all_its_checkers_find_it_well() {
    let mut two = server(1);
    two.checkers[0].schedule.retry = 0;
    two.checkers.push(misc(false));
    two.checkers[1].schedule.retry = 0;
    two.checkers[1].connect = Some((real(9), 80).into());
    let mut bench = bench(vec![two]);
    bench.seconds(5);
    bench.exits(1, 0);
    bench.seconds(10);
    assert!(bench.is_up(0));
    bench.exits(1, 1);
    bench.seconds(10);
    assert!(!bench.is_up(0));
    let checkers = bench.server(0).checkers;
    let why = Some(Err(ProbeFailure::Exit(ScriptExit::Status(1))));
    assert_eq!(
        (checkers[0].kind.as_str(), checkers[1].kind.as_str()),
        ("TCP_CHECK", "MISC_CHECK")
    );
    assert_eq!(checkers[1].last, why);
}

#[test]
fn a_server_without_checkers_is_always_up() {
    let mut bench = bench(vec![RealServer {
        checkers: vec![],
        ..server(1)
    }]);
    bench.fail(1);
    bench.seconds(1000);
    assert!(bench.is_up(0));
    assert_eq!(bench.rows(), ["10.0.0.1:80 1"]);
}

#[test]
fn a_failure_that_changes_nothing_is_recorded_only_when_asked_for() {
    for log in [false, true] {
        let mut own = with_retry(1);
        own.checkers[0].schedule.log_all_failures = log;
        let mut bench = bench(vec![own]);
        bench.seconds(5);
        bench.fail(1);
        bench.run_for(Duration::from_millis(5500));
        let failed = |own: &&LvsNotice| matches!(own, LvsNotice::CheckFailed { .. });
        assert_eq!(
            bench.notices.iter().filter(failed).count(),
            usize::from(log)
        );
    }
}
