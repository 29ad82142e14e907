//! Virtual servers and their checkers. There may be ten thousands: only the places of what is said
//! are looked up.

use bellwether_core::model::lvs::{RealServer, VirtualServer};

use super::Site;
use crate::code;
use crate::places::{Item, index};

pub(super) fn check(site: &mut Site<'_>) {
    for (at, server) in site.config.virtual_servers().iter().enumerate() {
        slow_checks(site, at, server);
        unchecked(site, at, server);
        drained(site, at, server);
        sorry(site, at, server);
    }
}

/// A server that hangs is asked again only when its check has run out of time. Said once for each
/// service.
fn slow_checks(site: &mut Site<'_>, at: usize, server: &VirtualServer) {
    let reals = server.real_servers.iter().enumerate();
    let mut checks = reals.flat_map(|(real_at, real)| {
        let checkers = real.checkers.iter();
        checkers.map(move |checker| (real_at, real, checker))
    });
    let slow = checks.find(|(_, _, checker)| checker.timeout > checker.schedule.delay_loop);
    let Some((real_at, real, checker)) = slow else {
        return;
    };
    let message = format!(
        "a check of {} may take {} s, longer than the {} s between two checks: a server that \
         hangs is noticed later than `delay_loop` suggests",
        real.address,
        checker.timeout.as_secs_f64(),
        checker.schedule.delay_loop.as_secs_f64()
    );
    let item = Item::RealServer(index(at), index(real_at));
    let span = site.span(item, &["connect_timeout", "delay_loop"]);
    let hint = "write a `connect_timeout` of at most `delay_loop`";
    site.note(code::SLOW_CHECK, span, message, hint);
}

/// Some servers of a service are checked and others are not.
fn unchecked(site: &mut Site<'_>, at: usize, server: &VirtualServer) {
    let reals = &server.real_servers;
    if reals.iter().all(|one| one.checkers.is_empty()) {
        return;
    }
    for (real_at, real) in reals.iter().enumerate() {
        if real.checkers.is_empty() {
            let message = format!(
                "{} is never checked, unlike others of its service: it stays in use when it is \
                 dead",
                real.address
            );
            let span = site.span(Item::RealServer(index(at), index(real_at)), &[]);
            let hint = "give it the checker of the others";
            site.note(code::UNCHECKED, span, message, hint);
        }
    }
}

fn drained(site: &mut Site<'_>, at: usize, server: &VirtualServer) {
    let reals = &server.real_servers;
    if !reals.is_empty() && reals.iter().all(|one| one.weight == 0) {
        let message = "all real servers of this service have weight 0: it takes no connections";
        let span = site.span(Item::RealServer(index(at), 0), &["weight"]);
        let hint = "give at least one of them a weight";
        site.warn(code::DRAINED, span, message.to_owned(), hint);
        return;
    }
    for (real_at, real) in reals.iter().enumerate() {
        if real.weight == 0 {
            let message = format!("{} has weight 0: it takes no new connections", real.address);
            let item = Item::RealServer(index(at), index(real_at));
            let span = site.span(item, &["weight"]);
            let hint = "right while it is being drained";
            site.note(code::DRAINED, span, message, hint);
        }
    }
}

fn sorry(site: &mut Site<'_>, at: usize, server: &VirtualServer) {
    let Some(sorry) = &server.sorry else {
        return;
    };
    let span = site.span(Item::VirtualServer(index(at)), &["sorry_server"]);
    let same = |real: &RealServer| (real.address, real.port) == (sorry.address, sorry.port);
    if server.real_servers.iter().any(same) {
        let message = format!(
            "the sorry server {} is a real server of its service too: it is down when it is needed",
            sorry.address
        );
        let hint = "let another server say sorry";
        site.warn(code::SORRY_IS_REAL, span, message, hint);
    } else if server
        .real_servers
        .iter()
        .all(|one| one.checkers.is_empty())
    {
        let message = "this sorry server never serves: no real server is checked, so all are \
                       always up";
        let hint = "give the real servers a checker";
        site.warn(code::SORRY_UNUSED, span, message.to_owned(), hint);
    }
}
