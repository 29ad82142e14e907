//! Random schedules for given nodes.
//!
//! Which kinds of faults there are is itself drawn from the seed ([`crate::generate`]); here it is
//! also drawn whether they begin with the nodes or after the first elections, and how densely they
//! follow each other.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;

use super::Base;
use super::case::{Case, Origin};
use super::plan::in_order;
use crate::backend::Health;
use crate::fault::{BackendFault, Fault, TimedFault};
use crate::generate::{self, features, one_of};
use crate::random::Stream;
use crate::scenario::units::Share;

/// The random schedule of a seed.
pub(super) fn case(base: &Base, seed: u64) -> Case {
    let mut stream = Stream::new(seed, &["explore"]);
    let begin = if stream.happens(Share::percent(25)) {
        Instant::ZERO
    } else {
        base.steady
    };
    // Dense ones hit each other's consequences, loose ones let everything settle in between.
    let spans = [
        base.master_down,
        base.hold,
        base.hold * 2,
        base.hold * 4,
        base.hold * 4,
    ];
    let span = one_of(&mut stream, &spans, base.hold);
    let end = Instant::ZERO + span;
    let mut faults = generate::faults(&mut stream, &base.scenario, end);
    faults.extend(features::thing_faults(seed, &base.scenario, end));
    faults.extend(servers(&mut stream, base, end));
    let shift = begin.since(Instant::ZERO);
    for timed in &mut faults {
        timed.at = timed.at + shift;
    }
    in_order(&mut faults);
    Case {
        origin: Origin::Random,
        faults,
        heal_at: end + shift,
        seed,
    }
}

/// What becomes of real servers, where there are any.
fn servers(stream: &mut Stream, base: &Base, end: Instant) -> Vec<TimedFault> {
    let all = addresses(base);
    if all.is_empty() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for _ in 0..stream.below(5) {
        let Some(address) = stream.pick(&all).copied() else {
            continue;
        };
        let is = match stream.below(8) {
            0 => Health::Refuse,
            1 => Health::Hang,
            2 => Health::HalfOpen,
            3 => Health::Reset,
            4 => Health::Slow(Duration::from_millis(u64::from(stream.below(3_000)))),
            5 => Health::Status(503),
            6 => Health::Flap("oxoxxoo".to_owned()),
            _ => Health::Ok,
        };
        let at = stream.instant(Instant::ZERO, end);
        let fault = Fault::Backend(BackendFault { address, is });
        faults.push(TimedFault { at, fault });
    }
    faults
}

/// The addresses of all real servers, each once.
pub(super) fn addresses(base: &Base) -> Vec<IpAddr> {
    let configs = base.scenario.nodes.iter().map(|node| &node.config);
    let services = configs.flat_map(|config| config.virtual_servers());
    let servers = services.flat_map(|service| &service.real_servers);
    let mut all: Vec<IpAddr> = servers.map(|server| server.address).collect();
    all.sort_unstable();
    all.dedup();
    all
}
