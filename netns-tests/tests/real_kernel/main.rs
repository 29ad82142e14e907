//! Every test on a real kernel, in one program: `cargo test -p bellwether-netns-tests`, as root.
//!
//! Most of a test's time is waiting for timers, so more of them run at once than there are
//! processors; those that measure wait until they are alone.

mod balancer;
mod bfd;
mod control;
mod daemon;
mod election;
mod failure;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "each match names the settings that differ from all others"
)]
mod faults;
mod filter;
mod followed;
mod harness;
mod host;
mod interop;
mod ipv6;
mod journal;
mod mail;
mod mixed;
mod notify;
mod options;
mod reload;
mod routing;
mod same_kernel;
mod scenarios;
mod support;
mod timing;
mod trackers;
mod tracking;
mod vmac;
mod vrrpd;

use std::process::ExitCode;

use bellwether_netns_tests as lab;
use libtest_mimic::{Arguments, Failed, Trial};

/// Tests at once, unless the command line says otherwise.
const AT_ONCE: usize = 6;

/// How a test shares the machine.
#[derive(Clone, Copy)]
enum Share {
    /// Beside others.
    Beside,
    /// With nothing else running.
    Alone,
}

/// One test: its name, its share of the machine, and itself.
type Test = (&'static str, Share, fn() -> anyhow::Result<()>);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let obstacle = if arguments.list {
        None
    } else {
        lab::obstacle()
    };
    if let Some(why) = &obstacle {
        eprintln!("\nSKIPPED ({why}): no test on a real kernel was run\n");
    }
    let tests = [
        harness::TESTS,
        ipv6::TESTS,
        control::TESTS,
        daemon::TESTS,
        election::TESTS,
        failure::TESTS,
        tracking::TESTS,
        trackers::TESTS,
        vmac::TESTS,
        filter::TESTS,
        host::TESTS,
        vrrpd::TESTS,
        followed::TESTS,
        bfd::TESTS,
        balancer::TESTS,
        reload::TESTS,
        routing::TESTS,
        same_kernel::TESTS,
        mixed::TESTS,
        notify::TESTS,
        options::TESTS,
        mail::TESTS,
        scenarios::TESTS,
        timing::TESTS,
        journal::TESTS,
    ]
    .concat();
    let trials = tests
        .into_iter()
        .map(|(name, share, test)| match obstacle.clone() {
            Some(why) if lab::is_required() => Trial::test(name, move || Err(unmet(&why))),
            Some(_) => Trial::test(name, || Ok(())).with_ignored_flag(true),
            None => Trial::test(name, move || perform(share, test)),
        });
    let cells = interop::cells().into_iter().map(|cell| {
        let name = cell.name();
        match (cell.absent(), obstacle.clone()) {
            (Some(reason), _) => {
                let absent = Trial::test(name, || Ok(()));
                absent.with_kind(reason).with_ignored_flag(true)
            }
            (None, Some(why)) if lab::is_required() => Trial::test(name, move || Err(unmet(&why))),
            (None, Some(_)) => Trial::test(name, || Ok(())).with_ignored_flag(true),
            (None, None) => Trial::test(name, move || perform(Share::Beside, || cell.play())),
        }
    });
    let scripts = faults::scripts().iter().map(|script| {
        let name = script.name();
        match obstacle.clone() {
            Some(why) if lab::is_required() => Trial::test(name, move || Err(unmet(&why))),
            Some(_) => Trial::test(name, || Ok(())).with_ignored_flag(true),
            None => Trial::test(name, move || perform(Share::Beside, || script.play())),
        }
    });
    let trials = trials.chain(cells).chain(scripts).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn perform(share: Share, test: impl FnOnce() -> anyhow::Result<()>) -> Result<(), Failed> {
    let turn = match share {
        Share::Beside => lab::beside_others(),
        Share::Alone => lab::alone(),
    };
    turn.and_then(|_turn| test())
        .map_err(|error| Failed::from(format!("{error:#}")))
}

fn unmet(why: &str) -> Failed {
    Failed::from(format!("{} is 1, and this machine {why}", lab::REQUIRE))
}
