//! Seeds per second on one core: three nodes, a simulated minute, random faults, all invariants.
//!
//! `cargo bench -p bellwether-sim --bench seeds [-- SEEDS [FIRST [NODES]]]`. The seeds are run in
//! [`ROUNDS`] rounds, and the median of their speeds is what counts. With `SUBSECOND` set in the
//! environment they are those of [`Shape::default`], with faster adverts and with IPv6, unicast, sync
//! groups and so on, which makes for a sweep rather than a
//! measurement; the violations that it finds are printed, the first of each run.

use std::sync::Arc;
use std::time::Instant;

use bellwether_sim::generate::{Shape, length, scenario};
use bellwether_sim::run::{Recording, run_with};
use mimalloc::MiMalloc;

/// The command's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many violated runs are printed.
const SHOWN: u32 = 40;
/// Into how many parts the seeds are split.
const ROUNDS: u64 = 5;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let count = numbers.next().unwrap_or(25_000).max(ROUNDS) / ROUNDS;
    let first = numbers.next().unwrap_or(0);
    let nodes = numbers.next().and_then(|nodes| u8::try_from(nodes).ok());
    let shape = Shape {
        nodes: nodes.unwrap_or(Shape::default().nodes),
        whole_seconds: std::env::var_os("SUBSECOND").is_none(),
        features: std::env::var_os("SUBSECOND").is_some(),
        ..Shape::default()
    };
    let mut tally = Tally::default();
    let mut speeds: Vec<_> = (0..ROUNDS)
        .map(|round| {
            let begin = Instant::now();
            let seeds = first + round * count..first + (round + 1) * count;
            seeds.for_each(|seed| tally.run(seed, shape));
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / begin.elapsed().as_secs_f64()
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    let [slowest, .., fastest] = speeds[..] else {
        return;
    };
    println!(
        "{:.0} seeds/s, the median of {ROUNDS} rounds of {count} ({slowest:.0} to {fastest:.0}); \
         {:.1} simulated seconds each, {} transitions, {} violated",
        speeds[speeds.len() / 2],
        tally.simulated / f64::from(tally.runs),
        tally.transitions,
        tally.violated,
    );
}

/// What the runs add up to.
#[derive(Default)]
struct Tally {
    runs: u32,
    simulated: f64,
    transitions: u64,
    violated: u32,
}

impl Tally {
    fn run(&mut self, seed: u64, shape: Shape) {
        let scenario = Arc::new(scenario(seed, shape));
        self.runs += 1;
        self.simulated += length(&scenario).as_secs_f64();
        let report = match run_with(&scenario, seed, Recording::Nothing) {
            Ok(report) => report,
            Err(error) => {
                eprintln!("seed {seed}: {error}");
                return;
            }
        };
        self.transitions += report.transitions;
        if report.is_success() {
            return;
        }
        self.violated += 1;
        let violations = report.violations();
        if let Some(found) = violations.first().filter(|_| self.violated <= SHOWN) {
            let (id, at) = (found.invariant, found.at);
            eprintln!("seed {seed}: {id} at {at}: {}", found.message);
        }
    }
}
