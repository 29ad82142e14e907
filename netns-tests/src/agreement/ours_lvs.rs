//! Facts from Bellwether's typed configuration: the LVS half.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bellwether_core::model::Lvs;
use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, HashFlags, HttpCheck, HttpProtocol, Protocol, RealServer,
    Scheduler, Service, Tunnel, TunnelChecksum, UrlBody, VirtualServer,
};
use bellwether_core::unit::Family;

use super::facts::Facts;
use super::ours::{command, milliseconds, told};

/// Adds the facts of the LVS part.
pub(super) fn add(lvs: &Lvs, facts: &mut Facts) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for server in &lvs.virtual_servers {
        let service = service(&server.service);
        let thing = &format!("virtual_server {service}");
        virtual_server(thing, server, facts);
        for (place, real) in server.real_servers.iter().enumerate() {
            real_server(&format!("{thing} / real_server {place}"), real, facts);
            let endpoint = format!("[{}]:{}", real.address, real.port);
            for found in &real.checkers {
                let kind = kind(&found.check);
                let of_kind = format!("checker {kind} of {endpoint} in {}", seen_as(server));
                let place = seen.entry(of_kind.clone()).or_default();
                let thing = &format!("{of_kind} {place}");
                *place += 1;
                facts.add(thing, "exists", "on");
                checker(thing, found, real, facts);
            }
        }
    }
}

fn service(service: &Service) -> String {
    match service {
        Service::Address {
            address,
            port,
            protocol,
        } => format!("[{address}]:{}:{port}", name(*protocol)),
        Service::Fwmark(mark) => format!("fwmark {mark}"),
        Service::Group { name, protocol: _ } => format!("group {name}"),
    }
}

/// What keepalived's list of checkers calls a service.
fn seen_as(server: &VirtualServer) -> String {
    match &server.service {
        Service::Group { name, protocol: _ } => format!("[{name}]:0"),
        other @ (Service::Address { .. } | Service::Fwmark(_)) => service(other),
    }
}

const fn name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

fn virtual_server(thing: &str, server: &VirtualServer, facts: &mut Facts) {
    facts.add(thing, "delay_loop", milliseconds(server.delay_loop));
    facts.add(thing, "lb_algo", scheduler(server.scheduler));
    match server.scheduler {
        Scheduler::Sh(flags) => hash_flags(thing, ["sh-port", "sh-fallback"], flags, facts),
        Scheduler::Mh(flags) => hash_flags(thing, ["mh-port", "mh-fallback"], flags, facts),
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
        | Scheduler::Twos => {}
    }
    facts.switch(thing, "ops", server.one_packet);
    let family = match server.family {
        Family::V4 => "inet",
        Family::V6 => "inet6",
    };
    facts.add(thing, "ip_family", family);
    if let Some(persistence) = &server.persistence {
        facts.add(thing, "persistence_timeout", persistence.timeout);
        facts.some(thing, "persistence_granularity", persistence.granularity);
    }
    facts.some(thing, "virtualhost", server.virtualhost.as_ref());
    facts.switch(thing, "alpha", server.alpha);
    facts.switch(thing, "omega", server.omega);
    facts.switch(thing, "ha_suspend", server.ha_suspend);
    facts.add(thing, "quorum", server.quorum);
    facts.add(thing, "hysteresis", server.hysteresis);
    if let Some(notify) = &server.notify {
        facts.some(thing, "quorum_up", notify.up.as_ref().map(told));
        facts.some(thing, "quorum_down", notify.down.as_ref().map(told));
    }
    if let Some(sorry) = &server.sorry {
        let endpoint = format!("[{}]:{}", sorry.address, sorry.port);
        facts.add(thing, "sorry_server", endpoint);
        facts.add(
            thing,
            "sorry_server_lvs_method",
            forwarding(sorry.forwarding),
        );
        facts.switch(thing, "sorry_server_inhibit", sorry.inhibit);
    }
}

fn hash_flags(thing: &str, names: [&str; 2], flags: HashFlags, facts: &mut Facts) {
    for (name, set) in names.into_iter().zip([flags.port, flags.fallback]) {
        if set {
            facts.add(thing, name, "on");
        }
    }
}

const fn scheduler(scheduler: Scheduler) -> &'static str {
    match scheduler {
        Scheduler::Rr => "rr",
        Scheduler::Wrr => "wrr",
        Scheduler::Lc => "lc",
        Scheduler::Wlc => "wlc",
        Scheduler::Lblc => "lblc",
        Scheduler::Lblcr => "lblcr",
        Scheduler::Dh => "dh",
        Scheduler::Sh(_) => "sh",
        Scheduler::Sed => "sed",
        Scheduler::Nq => "nq",
        Scheduler::Fo => "fo",
        Scheduler::Ovf => "ovf",
        Scheduler::Mh(_) => "mh",
        Scheduler::Twos => "twos",
    }
}

fn forwarding(method: Forwarding) -> String {
    let checksum = |checksum| match checksum {
        TunnelChecksum::None => ", no checksum",
        TunnelChecksum::Full => ", checksum",
        TunnelChecksum::Remote => ", remote checksum",
    };
    match method {
        Forwarding::Nat => "NAT".to_owned(),
        Forwarding::Direct => "DR".to_owned(),
        Forwarding::Tunnel(Tunnel::IpIp) => "TUN, type = IPIP".to_owned(),
        Forwarding::Tunnel(Tunnel::Gue {
            port,
            checksum: sum,
        }) => {
            format!("TUN, type = GUE, port = {port}{}", checksum(sum))
        }
        Forwarding::Tunnel(Tunnel::Gre { checksum: sum }) => {
            format!("TUN, type = GRE{}", checksum(sum))
        }
    }
}

fn real_server(thing: &str, server: &RealServer, facts: &mut Facts) {
    facts.add(thing, "address", server.address);
    facts.add(thing, "port", server.port);
    facts.add(thing, "weight", server.weight);
    facts.add(thing, "lvs_method", forwarding(server.forwarding));
    facts.add(thing, "uthreshold", server.uthreshold);
    facts.add(thing, "lthreshold", server.lthreshold);
    facts.switch(thing, "inhibit_on_failure", server.inhibit_on_failure);
    if let Some(extra) = &server.extra {
        facts.some(thing, "notify_up", extra.notify_up.as_ref().map(told));
        facts.some(thing, "notify_down", extra.notify_down.as_ref().map(told));
    }
}

fn kind(check: &Check) -> &'static str {
    match check {
        Check::Tcp => "TCP_CHECK",
        Check::Http(http) if http.tls => "SSL_GET",
        Check::Http(_) => "HTTP_GET",
        Check::Smtp(_) => "SMTP_CHECK",
        Check::Dns(_) => "DNS_CHECK",
        Check::Misc(_) => "MISC_CHECK",
        Check::Udp(_) => "UDP_CHECK",
        Check::Ping => "PING_CHECK",
        Check::File(_) => "FILE_CHECK",
        Check::Bfd(_) => "BFD_CHECK",
    }
}

fn checker(thing: &str, checker: &Checker, server: &RealServer, facts: &mut Facts) {
    match &checker.check {
        Check::File(file) => return facts.add(thing, "name", &file.file),
        Check::Bfd(name) => return facts.add(thing, "name", name),
        Check::Http(http) => self::http(thing, http, facts),
        Check::Smtp(smtp) => {
            let helo = smtp.helo_name.as_deref();
            facts.add(thing, "helo_name", helo.unwrap_or("smtp.keepalived.org"));
        }
        Check::Dns(dns) => {
            facts.add(
                thing,
                "type",
                format!("{:?}", dns.kind).to_ascii_uppercase(),
            );
            // Their dump has no name when it is the root.
            let name = Some(dns.name.as_str()).filter(|name| *name != ".");
            facts.some(thing, "name", name);
        }
        Check::Misc(misc) => {
            facts.add(thing, "misc_path", command(&misc.command));
            if misc.timeout != checker.schedule.delay_loop {
                facts.add(thing, "misc_timeout", milliseconds(misc.timeout));
            }
            facts.switch(thing, "misc_dynamic", misc.dynamic);
        }
        Check::Udp(udp) => facts.switch(thing, "require_reply", udp.require_reply),
        Check::Tcp | Check::Ping => {}
    }
    let schedule = &checker.schedule;
    facts.switch(thing, "alpha", schedule.alpha);
    facts.add(thing, "delay_loop", milliseconds(schedule.delay_loop));
    facts.add(thing, "warmup", milliseconds(schedule.warmup));
    facts.add(thing, "retry", schedule.retry);
    facts.switch(thing, "log_all_failures", schedule.log_all_failures);
    // Their dump has it only where there is a retry.
    if schedule.retry > 0 {
        let delay = milliseconds(schedule.delay_before_retry);
        facts.add(thing, "delay_before_retry", delay);
    }
    if matches!(checker.check, Check::Misc(_)) {
        return;
    }
    let own = SocketAddr::new(server.address, server.port);
    let connect = checker.connect.unwrap_or(own);
    facts.add(thing, "connect", endpoint(connect));
    facts.add(thing, "connect_timeout", milliseconds(checker.timeout));
    if let Some(source) = &checker.source {
        let bound = source
            .address
            .map(|address| endpoint(SocketAddr::new(address, source.port)));
        facts.some(thing, "bindto", bound);
        facts.some(
            thing,
            "fwmark",
            Some(source.fwmark).filter(|mark| *mark != 0),
        );
    }
}

fn endpoint(address: SocketAddr) -> String {
    format!("[{}]:{}", address.ip(), address.port())
}

fn http(thing: &str, http: &HttpCheck, facts: &mut Facts) {
    let protocol = match http.protocol {
        HttpProtocol::V1_0 => "1.0",
        HttpProtocol::V1_0Close => "1.0C",
        HttpProtocol::V1_1 => "1.1",
    };
    facts.add(thing, "http_protocol", protocol);
    facts.some(thing, "virtualhost", http.virtualhost.as_ref());
    facts.switch(thing, "enable_sni", http.sni);
    facts.switch(thing, "fast_recovery", http.fast_recovery);
    for (place, url) in http.urls.iter().enumerate() {
        let thing = &format!("{thing} url {place}");
        facts.add(thing, "path", &url.path);
        facts.some(thing, "virtualhost", url.virtualhost.as_ref());
        let codes: Vec<String> = url
            .status
            .iter()
            .map(|range| match range.first == range.last {
                true => range.first.to_string(),
                false => format!("{}-{}", range.first, range.last),
            })
            .collect();
        match codes.is_empty() {
            true => facts.add(thing, "status_code", "200-299"),
            false => facts.list(thing, "status_code", &codes),
        }
        match &url.body {
            Some(UrlBody::Digest(digest)) => {
                let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                facts.add(thing, "digest", text);
            }
            Some(UrlBody::Regex(regex)) => facts.add(thing, "regex", &regex.pattern),
            None => {}
        }
    }
}
