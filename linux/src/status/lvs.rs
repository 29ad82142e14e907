//! Virtual servers as people read them.

use std::fmt::Write as _;

use super::ago;
use crate::control::view::{Checker, Lvs, Server, Service};

/// All of them, each after an empty line. Writing to a string can't fail.
pub(super) fn all(out: &mut String, lvs: &Lvs) {
    if !lvs.table_seen {
        out.push_str("\nThe kernel's table of virtual servers CAN'T BE SEEN.\n");
    } else if !lvs.table_settled {
        out.push_str("\nThe kernel's table of virtual servers is not yet as it should be.\n");
    }
    for service in &lvs.services {
        out.push('\n');
        one(out, service);
    }
}

fn one(out: &mut String, service: &Service) {
    let quorum = if service.quorum_up {
        "quorum"
    } else {
        "NO QUORUM"
    };
    let _ = writeln!(
        out,
        "{}: {quorum} since {} ({})",
        service.name,
        service.since.strftime("%Y-%m-%d %H:%M:%S UTC"),
        ago(service.seconds),
    );
    let hysteresis = match service.hysteresis {
        0 => String::new(),
        some => format!(", hysteresis {some}"),
    };
    let (live, quorum) = (service.live_weight, service.quorum);
    let _ = writeln!(out, "  live weight {live}, quorum {quorum}{hysteresis}");
    if let [] | [_] = &service.entries[..] {
    } else {
        let _ = writeln!(out, "  entries  {}", service.entries.join(", "));
    }
    if service.sorry_serves {
        out.push_str("  the SORRY SERVER bears the load\n");
    }
    if service.suspended {
        out.push_str("  checks are suspended: its address is not on this node\n");
    }
    for server in &service.servers {
        real(out, server);
    }
}

fn real(out: &mut String, server: &Server) {
    let socket = std::net::SocketAddr::new(server.address, server.port);
    let state = if server.up { "up" } else { "DOWN" };
    let weight = match (server.effective_weight, server.configured_weight) {
        (effective, configured) if effective == configured => format!("weight {effective}"),
        (effective, configured) => format!("weight {effective} (configured {configured})"),
    };
    let table = match server.table_weight {
        None => ", not in the table".to_owned(),
        Some(weight) if weight == server.effective_weight => String::new(),
        Some(weight) => format!(", in the table with weight {weight}"),
    };
    let since = ago(server.seconds);
    let _ = writeln!(
        out,
        "  server   {socket}: {state} since {since}, {weight}{table}"
    );
    for checker in &server.checkers {
        check(out, checker);
    }
}

fn check(out: &mut String, checker: &Checker) {
    let found = match (&checker.failure, checker.seconds) {
        (Some(why), Some(seconds)) => format!("{why}, {} ago", ago(seconds)),
        (None, Some(seconds)) => format!("well {} ago", ago(seconds)),
        (_, None) if checker.under_way => "the first check is under way".to_owned(),
        (_, None) => "not checked yet".to_owned(),
    };
    let tried = match (checker.up, checker.retries) {
        (true, 1..) => format!(", tried again {} times", checker.retries),
        _ => String::new(),
    };
    let _ = writeln!(out, "    {}: {found}{tried}", checker.kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_shows_what_its_servers_are_and_why() {
        let since = "2026-11-21T12:00:00Z".parse().unwrap();
        let checker = |failure: Option<&str>, at| Checker {
            kind: "TCP_CHECK".into(),
            up: failure.is_none(),
            checked: true,
            failure: failure.map(str::to_owned),
            at,
            seconds: at.map(|_| 1.5),
            retries: 0,
            under_way: false,
            weight: 0,
        };
        let server = |last: u8, up, table_weight, checker| Server {
            address: [10, 0, 0, last].into(),
            port: 80,
            up,
            since,
            seconds: 75.0,
            configured_weight: 3,
            effective_weight: 3,
            table_weight,
            checkers: vec![checker],
        };
        let lvs = Lvs {
            table_seen: true,
            table_settled: true,
            services: vec![Service {
                name: "[192.0.2.1]:tcp:80".into(),
                entries: vec!["TCP 192.0.2.1:80".into()],
                quorum: 4,
                hysteresis: 1,
                live_weight: 3,
                quorum_up: false,
                since,
                seconds: 75.0,
                sorry_serves: true,
                suspended: false,
                servers: vec![
                    server(1, true, None, checker(None, Some(since))),
                    server(2, false, None, checker(Some("refused"), Some(since))),
                    server(3, false, Some(0), checker(None, None)),
                ],
            }],
        };
        let mut out = String::new();
        all(&mut out, &lvs);
        let expected = "
[192.0.2.1]:tcp:80: NO QUORUM since 2026-11-21 12:00:00 UTC (75 s)
  live weight 3, quorum 4, hysteresis 1
  the SORRY SERVER bears the load
  server   10.0.0.1:80: up since 75 s, weight 3, not in the table
    TCP_CHECK: well 1.5 s ago
  server   10.0.0.2:80: DOWN since 75 s, weight 3, not in the table
    TCP_CHECK: refused, 1.5 s ago
  server   10.0.0.3:80: DOWN since 75 s, weight 3, in the table with weight 0
    TCP_CHECK: not checked yet
";
        assert_eq!(out, expected);
    }
}
