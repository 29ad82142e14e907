//! The load balancer's table on a kernel that has IPVS: `ci/vm`, which finds or boots one, or
//! `cargo test -p bellwether-netns-tests --test ipvs`, as root, where the host's has it.
//!
//! Debian's ipvsadm is the witness: it reads what we write, writes what we read, and prints what we
//! print.

mod daemons;
mod errors;
mod laws;
mod lists;
mod resync;
mod room;
mod saves;

use std::process::ExitCode;

use bellwether_linux::ipvs::Ipvs;
use bellwether_netns_tests as lab;
use libtest_mimic::{Arguments, Failed, Trial};

/// One test: its name, and itself.
type Test = (&'static str, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One processor is enough for a kernel that is a guest.
    arguments.test_threads.get_or_insert(1);
    let obstacle = if arguments.list { None } else { obstacle() };
    if let Some(why) = &obstacle {
        eprintln!("\nSKIPPED ({why}): no test of IPVS was run; ci/vm runs them in a guest\n");
    }
    let tests = [
        laws::TESTS,
        saves::TESTS,
        lists::TESTS,
        errors::TESTS,
        daemons::TESTS,
        resync::TESTS,
    ]
    .concat();
    let trials = lab::share(tests)
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

/// Why the tests can't run here, if they can't.
fn obstacle() -> Option<String> {
    room::obstacle().or_else(|| match Ipvs::open_or_load() {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    })
}

fn unmet(why: &str) -> Failed {
    Failed::from(format!("{} is 1, and this machine: {why}", lab::REQUIRE))
}
