//! The command `bellwether-sim`; see [`bellwether_sim::cli`].

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A search makes and drops a thousand small things for each world, on every core at once.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bellwether_sim::cli::main()
}
