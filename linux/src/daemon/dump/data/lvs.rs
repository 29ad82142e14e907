//! The data of virtual servers. keepalived's checkers write theirs into a file of their own,
//! `keepalived_check.data`; here it is behind that of VRRP.

use bellwether_core::model::Config;
use bellwether_core::model::lvs::{Service as Id, VirtualServer};

use super::Lines;
use crate::control::view::{Checker, Lvs, Server, Service};

pub(super) fn all(out: &mut Lines, config: &Config, lvs: &Lvs) {
    out.line("------< LVS Topology >------");
    out.value(1, "Table is seen", yes(lvs.table_seen));
    out.value(1, "Table is as wanted", yes(lvs.table_settled));
    // Both are in the file's order.
    for (model, service) in config.virtual_servers().iter().zip(&lvs.services) {
        one(out, model, service);
    }
}

fn one(out: &mut Lines, model: &VirtualServer, service: &Service) {
    match &model.service {
        Id::Address { address, port, .. } => {
            out.line(&format!(" VS VIP = {address}, VPORT = {port}"));
        }
        Id::Fwmark(mark) => out.value(1, "VS FWMARK", mark),
        Id::Group { name, .. } => out.value(1, "VS GROUP", name),
    }
    out.value(3, "protocol", model.service.protocol_word().to_uppercase());
    out.value(3, "Have quorum", yes(service.quorum_up));
    out.line(&format!(
        "   quorum = {}, hysteresis = {}",
        service.quorum, service.hysteresis
    ));
    out.value(3, "live weight", service.live_weight);
    out.value(3, "Delay loop", format!("{:?}", model.delay_loop));
    if let Some(sorry) = &model.sorry {
        let (address, port) = (sorry.address, sorry.port);
        out.line(&format!("   sorry server = [{address}]:{port}"));
        out.value(3, "sorry server serves", yes(service.sorry_serves));
    }
    for server in &service.servers {
        real(out, server);
    }
}

fn real(out: &mut Lines, server: &Server) {
    out.line(&format!(
        "   RIP = {}, RPORT = {}, WEIGHT = {} EFF WEIGHT = {}",
        server.address, server.port, server.configured_weight, server.effective_weight
    ));
    out.value(5, "Alive", yes(server.up));
    let table = server
        .table_weight
        .map_or_else(|| "none".to_owned(), |weight| weight.to_string());
    out.value(5, "Weight in the table", table);
    for checker in &server.checkers {
        check(out, checker);
    }
}

fn check(out: &mut Lines, checker: &Checker) {
    out.line(&format!("     {}", checker.kind));
    out.value(7, "Up", yes(checker.up));
    out.value(7, "Has run", yes(checker.checked));
    out.value(7, "Retries iterations", checker.retries);
    if let Some(why) = &checker.failure {
        out.value(7, "Last failure", why);
    }
}

const fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}
