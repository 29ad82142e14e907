//! The daemon as a load balancer's director, on a kernel that has IPVS: `ci/vm`, which finds or
//! boots one, or `cargo test -p bellwether-netns-tests --test director`, as root.
//!
//! Whole files are run as an operator runs them, with real traffic through the table; and beside
//! keepalived: the same file, the same faults, the same table after every step.

mod agreement;
mod faults;
mod script;
mod scripts;
mod side;
mod site;
mod traffic;
mod whole;

use std::process::ExitCode;

use bellwether_linux::ipvs::Ipvs;
use bellwether_netns_tests as lab;
use libtest_mimic::{Arguments, Failed, Trial};

/// One test: its name, and itself.
type Test = (&'static str, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait most of the time, and one processor is enough for a kernel that is a guest.
    arguments.test_threads.get_or_insert(4);
    let obstacle = if arguments.list { None } else { obstacle() };
    if let Some(why) = &obstacle {
        eprintln!("\nSKIPPED ({why}): no director was tested; ci/vm tests them in a guest\n");
    }
    let plain = [whole::TESTS, traffic::TESTS, faults::TESTS].concat();
    let plain = plain
        .into_iter()
        .map(|(name, test)| -> (String, Run) { (name.to_owned(), Box::new(test)) });
    let scripts = scripts::all().into_iter().map(|script| -> (String, Run) {
        let name = format!("agreement::{}", script.name);
        (name, Box::new(move || agreement::play(&script)))
    });
    let trials = lab::share(plain.chain(scripts))
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

type Run = Box<dyn FnOnce() -> anyhow::Result<()> + Send>;

/// Why the tests can't run here, if they can't.
fn obstacle() -> Option<String> {
    lab::balancer_obstacle().or_else(|| match Ipvs::open_or_load() {
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    })
}

fn unmet(why: &str) -> Failed {
    Failed::from(format!("{} is 1, and this machine: {why}", lab::REQUIRE))
}
