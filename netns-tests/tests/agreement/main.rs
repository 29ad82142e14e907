//! Agreement with the installed keepalived about what files mean:
//! `cargo test -p bellwether-netns-tests --test agreement`, as root.

mod fixtures;
mod generate;
mod generated;

use std::process::ExitCode;

use bellwether_netns_tests as lab;
use libtest_mimic::{Arguments, Failed, Trial};

/// One test: its name, and itself.
type Test = (&'static str, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let obstacle = if arguments.list {
        None
    } else {
        lab::obstacle()
    };
    if let Some(why) = &obstacle {
        eprintln!("\nSKIPPED ({why}): nothing was compared with keepalived\n");
    }
    let tests = [fixtures::TESTS, generated::TESTS].concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| match obstacle.clone() {
            Some(why) if lab::is_required() => Trial::test(name, move || Err(unmet(&why))),
            Some(_) => Trial::test(name, || Ok(())).with_ignored_flag(true),
            None => Trial::test(name, move || {
                test().map_err(|error| Failed::from(format!("{error:#}")))
            }),
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn unmet(why: &str) -> Failed {
    Failed::from(format!("{} is 1, and this machine {why}", lab::REQUIRE))
}
