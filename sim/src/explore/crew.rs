//! Many cases at once, in an order that does not depend on how many at once.
//!
//! Invariant: `sink` sees the results of the cases in the order of their numbers, whoever ran
//! them. Memory holds one round of results, however many rounds there are.

use core::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many cases are handed out before the results are looked at.
const ROUND: u64 = 512;
/// How many cases a worker takes at a time.
const HANDFUL: u64 = 8;

/// Runs the cases of these numbers on `jobs` threads, until all are done or `goes_on`, which is asked
/// after each round, says no.
///
/// Returns the number after the last case that was run.
pub fn work<T: Send>(
    numbers: Range<u64>,
    jobs: usize,
    run: impl Fn(u64) -> T + Sync,
    mut sink: impl FnMut(u64, T),
    mut goes_on: impl FnMut(u64) -> bool,
) -> u64 {
    let mut begin = numbers.start;
    while begin < numbers.end {
        let end = begin.saturating_add(ROUND).min(numbers.end);
        let mut results = round(begin..end, jobs.max(1), &run);
        results.sort_by_key(|(number, _)| *number);
        for (number, result) in results {
            sink(number, result);
        }
        begin = end;
        if !goes_on(begin) {
            break;
        }
    }
    begin
}

fn round<T: Send>(
    numbers: Range<u64>,
    jobs: usize,
    run: &(impl Fn(u64) -> T + Sync),
) -> Vec<(u64, T)> {
    if jobs == 1 {
        return numbers.map(|number| (number, run(number))).collect();
    }
    let next = AtomicU64::new(numbers.start);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut own = Vec::new();
                loop {
                    let first = next.fetch_add(HANDFUL, Ordering::Relaxed);
                    if first >= numbers.end {
                        break;
                    }
                    let last = first.saturating_add(HANDFUL).min(numbers.end);
                    own.extend((first..last).map(|number| (number, run(number))));
                }
                // A worker that panicked has ended the scope with its panic.
                if let Ok(mut all) = results.lock() {
                    all.extend(own);
                }
            });
        }
    });
    results.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(jobs: usize, count: u64) -> Vec<(u64, u64)> {
        let mut seen = Vec::new();
        let square = |number| number * number;
        work(0..count, jobs, square, |n, s| seen.push((n, s)), |_| true);
        seen
    }

    #[test]
    fn results_come_in_order_whoever_made_them() {
        let alone = seen(1, 1_300);
        assert_eq!(alone.len(), 1_300);
        assert_eq!(alone[1_299], (1_299, 1_299 * 1_299));
        assert_eq!(seen(3, 1_300), alone);
    }

    #[test]
    fn work_ends_after_the_round_in_which_it_is_told_to() {
        let mut count = 0;
        let last = work(0..10_000, 2, |n| n, |_, _| count += 1, |done| done < 600);
        assert_eq!((last, count), (1_024, 1_024));
    }
}
