//! The fields of load-balanced services, their real servers and how these are checked.
//!
//! All of them take effect in place: a server that stays keeps its verdict, also where a checker of
//! it is another one.

use core::fmt::Display;

use super::{Differences, entries, hook, seconds};
use crate::kernel::ipvs::kernel_name;
use crate::model::lvs::{
    Checker, Forwarding, Persistence, QuorumNotify, RealServer, RealServerExtra, Schedule,
    Scheduler, ServiceEntry, ServiceGroup, SorryServer, Tunnel, TunnelChecksum, VirtualServer,
};
use crate::reload::plan::{Field, Takes};

/// Fields of a service that goes on.
pub(in crate::reload) fn virtual_server(old: &VirtualServer, new: &VirtualServer) -> Vec<Field> {
    // All but what makes another service of it.
    let VirtualServer {
        service: _,
        family: _,
        scheduler,
        one_packet,
        persistence,
        quorum,
        hysteresis,
        notify,
        alpha,
        omega,
        ha_suspend,
        mail,
        virtualhost,
        snmp_name,
        delay_loop,
        sorry,
        real_servers,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    found.of("delay_loop", (&old.delay_loop, delay_loop), seconds);
    found.of("lb_algo", (&old.scheduler, scheduler), algorithm);
    found.flag("ops", (&old.one_packet, one_packet));
    found.optional("persistence", (&old.persistence, persistence), persistent);
    found.plain("quorum", (&old.quorum, quorum));
    found.plain("hysteresis", (&old.hysteresis, hysteresis));
    told(&mut found, old.notify.as_deref(), notify.as_deref());
    found.flag("alpha", (&old.alpha, alpha));
    found.flag("omega", (&old.omega, omega));
    found.flag("ha_suspend", (&old.ha_suspend, ha_suspend));
    found.optional("smtp_alert", (&old.mail, mail), |on| super::on_off(*on));
    found.optional("virtualhost", (&old.virtualhost, virtualhost), text);
    found.optional("snmp_name", (&old.snmp_name, snmp_name), text);
    found.optional("sorry_server", (&old.sorry, sorry), |one| sorry_server(one));
    let mut fields = found.fields;
    fields.extend(servers(&old.real_servers, real_servers));
    fields
}

/// What a new service brings: its servers.
pub(in crate::reload) fn owned(new: &VirtualServer) -> Vec<Field> {
    servers(&[], &new.real_servers)
}

/// Entries of a group that goes on.
pub(in crate::reload) fn group(old: &ServiceGroup, new: &ServiceGroup) -> Vec<Field> {
    let ServiceGroup {
        name: _,
        entries: list,
    } = new;
    entries("entry", &old.entries, list, entry)
}

/// Servers are told apart by address and port, as the node does.
fn servers(old: &[RealServer], new: &[RealServer]) -> Vec<Field> {
    let same = |one: &RealServer, other: &RealServer| {
        (one.address, one.port) == (other.address, other.port)
    };
    let mut fields = Vec::new();
    for gone in old {
        if !new.iter().any(|after| same(after, gone)) {
            fields.push(line(Some(place(gone)), None));
        }
    }
    for one in new {
        match old.iter().find(|before| same(before, one)) {
            None => {
                let share = format!("{} weight {}", place(one), one.weight);
                fields.push(line(None, Some(share)));
            }
            Some(before) => fields.extend(server(before, one)),
        }
    }
    if fields.is_empty() && old != new {
        let order = |list: &[RealServer]| list.iter().map(place).collect::<Vec<_>>().join(", ");
        fields.push(line(Some(order(old)), Some(order(new))));
    }
    fields
}

fn line(from: Option<String>, to: Option<String>) -> Field {
    Field {
        name: "real_server".to_owned(),
        from,
        to,
        takes: Takes::InPlace,
    }
}

fn server(old: &RealServer, new: &RealServer) -> Vec<Field> {
    let RealServer {
        address: _,
        port: _,
        weight,
        forwarding: way,
        uthreshold,
        lthreshold,
        inhibit_on_failure,
        mail,
        extra,
        checkers,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    found.plain("weight", (&old.weight, weight));
    found.of("lvs_method", (&old.forwarding, way), forwarding);
    found.plain("uthreshold", (&old.uthreshold, uthreshold));
    found.plain("lthreshold", (&old.lthreshold, lthreshold));
    let pair = (&old.inhibit_on_failure, inhibit_on_failure);
    found.flag("inhibit_on_failure", pair);
    found.optional("smtp_alert", (&old.mail, mail), |on| super::on_off(*on));
    let none = RealServerExtra::default();
    let before = old.extra.as_deref().unwrap_or(&none);
    let RealServerExtra {
        notify_up,
        notify_down,
        virtualhost,
        snmp_name,
    } = extra.as_deref().unwrap_or(&none);
    found.optional("notify_up", (&before.notify_up, notify_up), hook);
    found.optional("notify_down", (&before.notify_down, notify_down), hook);
    found.optional("virtualhost", (&before.virtualhost, virtualhost), text);
    found.optional("snmp_name", (&before.snmp_name, snmp_name), text);
    checks(&mut found, &old.checkers, checkers);
    for field in &mut found.fields {
        field.name = format!("real_server {} {}", place(new), field.name);
    }
    found.fields
}

/// Where the kinds are the same, checker by checker; else which come and go.
fn checks(found: &mut Differences, old: &[Checker], new: &[Checker]) {
    let kinds =
        |list: &[Checker]| -> Vec<&str> { list.iter().map(|own| own.check.keyword()).collect() };
    if kinds(old) != kinds(new) {
        let show = |own: &Checker| own.check.keyword().to_owned();
        return found.list("checker", (old, new), show);
    }
    for (before, after) in old.iter().zip(new) {
        let at = found.fields.len();
        checker(found, before, after);
        let keyword = after.check.keyword();
        for field in found.fields.iter_mut().skip(at) {
            let own = core::mem::take(&mut field.name);
            field.name = format!("{keyword} {own}").trim_end().to_owned();
        }
    }
}

fn checker(found: &mut Differences, old: &Checker, new: &Checker) {
    let Checker {
        schedule,
        connect,
        timeout,
        source,
        check,
    } = new;
    let Schedule {
        delay_loop,
        warmup,
        retry,
        rise,
        delay_before_retry,
        alpha,
        log_all_failures,
    } = schedule;
    let was = &old.schedule;
    found.of("delay_loop", (&was.delay_loop, delay_loop), seconds);
    found.of("warmup", (&was.warmup, warmup), seconds);
    found.plain("retry", (&was.retry, retry));
    found.plain("rise", (&was.rise, rise));
    let pair = (&was.delay_before_retry, delay_before_retry);
    found.of("delay_before_retry", pair, seconds);
    found.flag("alpha", (&was.alpha, alpha));
    let pair = (&was.log_all_failures, log_all_failures);
    found.flag("log_all_failures", pair);
    found.optional("connect_ip", (&old.connect, connect), text);
    found.of("connect_timeout", (&old.timeout, timeout), seconds);
    // What is asked, and from where, is long, and may hold what is not for showing.
    if (&old.source, &old.check) != (source, check) {
        found.fields.push(Field {
            name: String::new(),
            from: Some("asks".to_owned()),
            to: Some("asks something else".to_owned()),
            takes: Takes::InPlace,
        });
    }
}

fn told(found: &mut Differences, old: Option<&QuorumNotify>, new: Option<&QuorumNotify>) {
    let none = QuorumNotify::default();
    let before = old.unwrap_or(&none);
    let QuorumNotify { up, down } = new.unwrap_or(&none);
    found.optional("quorum_up", (&before.up, up), hook);
    found.optional("quorum_down", (&before.down, down), hook);
}

fn text<T: Display>(value: &T) -> String {
    value.to_string()
}

fn place(server: &RealServer) -> String {
    format!("{} {}", server.address, server.port)
}

fn algorithm(scheduler: &Scheduler) -> String {
    let flags = match scheduler {
        Scheduler::Sh(flags) | Scheduler::Mh(flags) => *flags,
        Scheduler::Rr
        | Scheduler::Wrr
        | Scheduler::Lc
        | Scheduler::Wlc
        | Scheduler::Lblc
        | Scheduler::Lblcr
        | Scheduler::Dh
        | Scheduler::Sed
        | Scheduler::Nq
        | Scheduler::Fo
        | Scheduler::Ovf
        | Scheduler::Twos => crate::model::lvs::HashFlags::default(),
    };
    let (name, _) = kernel_name(*scheduler);
    let port = if flags.port { " port" } else { "" };
    let fallback = if flags.fallback { " fallback" } else { "" };
    format!("{name}{port}{fallback}")
}

fn persistent(one: &Persistence) -> String {
    let Persistence {
        timeout,
        granularity,
        engine,
    } = one;
    let granularity = granularity.map_or_else(String::new, |len| format!(" granularity /{len}"));
    let engine = engine.as_ref();
    let engine = engine.map_or_else(String::new, |name| format!(" engine {name}"));
    format!("{timeout} s{granularity}{engine}")
}

fn sorry_server(one: &SorryServer) -> String {
    let SorryServer {
        address,
        port,
        forwarding: way,
        inhibit,
    } = one;
    let inhibit = if *inhibit { ", inhibited" } else { "" };
    format!("{address} {port} by {}{inhibit}", forwarding(way))
}

fn forwarding(way: &Forwarding) -> String {
    let sum = |checksum: &TunnelChecksum| match checksum {
        TunnelChecksum::None => "",
        TunnelChecksum::Full => " csum",
        TunnelChecksum::Remote => " remcsum",
    };
    match way {
        Forwarding::Nat => "NAT".to_owned(),
        Forwarding::Direct => "DR".to_owned(),
        Forwarding::Tunnel(Tunnel::IpIp) => "TUN".to_owned(),
        Forwarding::Tunnel(Tunnel::Gue { port, checksum }) => {
            format!("TUN gue port {port}{}", sum(checksum))
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum }) => format!("TUN gre{}", sum(checksum)),
    }
}

fn entry(entry: &ServiceEntry) -> String {
    match entry {
        ServiceEntry::Range {
            first,
            count,
            ports: (low, high),
        } => {
            let more = if *count > 1 {
                format!(" and {} more", count - 1)
            } else {
                String::new()
            };
            let ports = if low == high {
                low.to_string()
            } else {
                format!("{low}-{high}")
            };
            format!("{first}{more} {ports}")
        }
        ServiceEntry::Fwmark { mark, family: _ } => format!("fwmark {mark}"),
    }
}
