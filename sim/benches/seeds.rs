//! Seeds per second on one core: three nodes, a simulated minute, random faults, all invariants.
//!
//! `cargo bench -p bellwether-sim --bench seeds [-- SEEDS [FIRST]]`

use std::sync::Arc;
use std::time::Instant;

use bellwether_sim::generate::{Shape, length, scenario};
use bellwether_sim::run::{Recording, run_with};

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let (count, first) = (
        numbers.next().unwrap_or(20_000),
        numbers.next().unwrap_or(0),
    );
    let shape = Shape {
        whole_seconds: true,
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
                    if violated <= 10 {
                        eprintln!("seed {seed}: {:?}", report.violations());
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
