//! Seeds per second on one core: three nodes, a simulated minute, random faults, all invariants.
//!
//! `cargo bench -p bellwether-sim --bench seeds [-- SEEDS [FIRST [NODES]]]`. With `SUBSECOND` set
//! in the environment the adverts are those of [`Shape::default`], which makes for a sweep rather
//! than a measurement; the violations that it finds are printed, the first of each run.

use std::sync::Arc;
use std::time::Instant;

use bellwether_sim::generate::{Shape, length, scenario};
use bellwether_sim::run::{Recording, run_with};

/// How many violated runs are printed.
const SHOWN: u32 = 40;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let count = numbers.next().unwrap_or(20_000);
    let first = numbers.next().unwrap_or(0);
    let nodes = numbers.next().and_then(|nodes| u8::try_from(nodes).ok());
    let shape = Shape {
        nodes: nodes.unwrap_or(Shape::default().nodes),
        whole_seconds: std::env::var_os("SUBSECOND").is_none(),
        ..Shape::default()
    };
    let begin = Instant::now();
    let (mut violated, mut simulated, mut transitions) = (0, 0.0, 0);
    for seed in first..first + count {
        let scenario = Arc::new(scenario(seed, shape));
        simulated += length(&scenario).as_secs_f64();
        match run_with(&scenario, seed, Recording::Nothing) {
            Ok(report) => {
                transitions += report.transitions;
                if !report.is_success() {
                    violated += 1;
                    let violations = report.violations();
                    if let Some(found) = violations.first().filter(|_| violated <= SHOWN) {
                        let (id, at) = (found.invariant, found.at);
                        eprintln!("seed {seed}: {id} at {at}: {}", found.message);
                    }
                }
            }
            Err(error) => eprintln!("seed {seed}: {error}"),
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    println!(
        "{:.0} seeds/s ({count:.0} seeds of {:.1} simulated seconds in {seconds:.2} s; \
         {transitions} transitions, {violated} violated)",
        count / seconds,
        simulated / count,
    );
}
