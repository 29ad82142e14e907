//! The command `bellwether-sim`; see [`bellwether_sim::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    bellwether_sim::cli::main()
}
