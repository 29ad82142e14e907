//! Measures what happens when a node has hundreds of instances: Bellwether and keepalived in the
//! same run, on real namespaces. `ci/bench` calls it; needs root.
//!
//! Usage: `crowd [takeover] [calm] [thousand]`; all three unless some are named.

mod calm;
mod many;
mod sniffer;
mod takeover;
mod thousand;

use std::process::ExitCode;

use anyhow::{Result, bail};
use bellwether_netns_tests::{alone, bellwether, obstacle};

/// One benchmark: measures, prints, and says whether Bellwether kept what it promises.
type Benchmark = fn() -> Result<bool>;

const ALL: [(&str, Benchmark); 3] = [
    ("takeover", takeover::run),
    ("calm", calm::run),
    ("thousand", thousand::run),
];

fn main() -> Result<ExitCode> {
    let named: Vec<String> = std::env::args().skip(1).collect();
    if let Some(odd) = named
        .iter()
        .find(|name| ALL.iter().all(|(known, _)| known != name))
    {
        bail!("{odd} is no benchmark; usage: crowd [takeover] [calm] [thousand]");
    }
    if let Some(why) = obstacle() {
        eprintln!("SKIPPED ({why})");
        return Ok(ExitCode::FAILURE);
    }
    let _turn = alone()?;
    println!("bellwether: {}", bellwether()?.display());
    let mut kept = true;
    for (name, benchmark) in ALL {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            kept &= benchmark()?;
        }
    }
    println!(
        "\nBellwether {} what it promises.",
        if kept { "keeps" } else { "does not keep" }
    );
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
