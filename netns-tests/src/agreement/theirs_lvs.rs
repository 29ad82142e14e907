//! Facts from keepalived's dump: the LVS half.

use std::collections::BTreeMap;

use super::dump::Line;
use super::facts::Facts;
use super::theirs::{command, milliseconds};

/// Virtual servers and their real servers.
pub(super) fn topology(lines: &[Line], facts: &mut Facts) {
    // A heading is a line like those of the values that follow it.
    for line in lines {
        let service = service(line);
        if let Some(service) = service {
            virtual_server(&service, line, facts);
        }
    }
}

/// What a virtual server is called: `[10.0.0.1]:tcp:80`, `fwmark 7`, `group web`.
fn service(line: &Line) -> Option<String> {
    let protocol = line
        .value("protocol")
        .unwrap_or_default()
        .to_ascii_lowercase();
    if let Some(address) = line.value_of("VS VIP") {
        let (address, port) = address.split_once(", VPORT = ")?;
        return Some(format!("[{address}]:{protocol}:{port}"));
    }
    if let Some(mark) = line.value_of("VS FWMARK") {
        return Some(format!("fwmark {mark}"));
    }
    let group = line.value_of("VS GROUP")?;
    let name = group.strip_prefix('[')?.split(']').next()?;
    Some(format!("group {name}"))
}

#[expect(clippy::too_many_lines, reason = "one arm for each line of the dump")]
fn virtual_server(service: &str, line: &Line, facts: &mut Facts) {
    let thing = &format!("virtual_server {service}");
    let mut parts = line
        .below
        .split(|line| line.text.starts_with("------< Real server"));
    let own = Line {
        text: line.text.clone(),
        below: parts.next().unwrap_or_default().to_vec(),
    };
    facts.some(
        thing,
        "delay_loop",
        own.value("delay_loop").map(milliseconds),
    );
    facts.some(thing, "lb_algo", own.value("lvs_sched"));
    for flag in ["sh-port", "sh-fallback", "mh-port", "mh-fallback"] {
        if own.value(flag) == Some("enabled") {
            facts.add(thing, flag, "on");
        }
    }
    facts.switch(
        thing,
        "ops",
        own.value("One packet scheduling") == Some("enabled"),
    );
    facts.some(thing, "ip_family", own.value("Address family"));
    facts.some(
        thing,
        "persistence_timeout",
        own.value("persistence timeout"),
    );
    let granularity = own.value("persistence granularity").map(prefix_length);
    facts.some(thing, "persistence_granularity", granularity);
    facts.some(thing, "virtualhost", own.value("VirtualHost"));
    facts.switch(thing, "alpha", own.says("alpha is ON"));
    facts.switch(thing, "omega", own.says("omega is ON"));
    facts.switch(thing, "ha_suspend", own.says("Using HA suspend"));
    if let Some((quorum, hysteresis)) = own
        .value("quorum")
        .and_then(|both| both.split_once(", hysteresis = "))
    {
        facts.add(thing, "quorum", quorum);
        facts.add(thing, "hysteresis", hysteresis);
    }
    facts.some(
        thing,
        "quorum_up",
        own.value("Quorum up notify script").map(command),
    );
    facts.some(
        thing,
        "quorum_down",
        own.value("Quorum down notify script").map(command),
    );
    if let Some(sorry) = own.find("sorry server = ") {
        facts.some(
            thing,
            "sorry_server",
            sorry.value_of("sorry server").map(endpoint),
        );
        facts.some(
            thing,
            "sorry_server_lvs_method",
            sorry.value("forwarding method"),
        );
        let inhibited = sorry.says("Inhibit on failure is ON");
        facts.switch(thing, "sorry_server_inhibit", inhibited);
    }
    for (place, lines) in parts.enumerate() {
        let server = Line {
            text: String::new(),
            below: lines.to_vec(),
        };
        real_server(&format!("{thing} / real_server {place}"), &server, facts);
    }
}

/// `[10.0.0.9]:tcp:80` without its protocol.
fn endpoint(text: &str) -> String {
    let mut parts = text.rsplitn(3, ':');
    let port = parts.next().unwrap_or_default();
    let _protocol = parts.next();
    format!("{}:{port}", parts.next().unwrap_or_default())
}

fn real_server(thing: &str, line: &Line, facts: &mut Facts) {
    let mut parts = line
        .value("RIP")
        .unwrap_or_default()
        .split(", ")
        .map(|part| part.rsplit(' ').next().unwrap_or_default());
    facts.some(thing, "address", parts.next());
    facts.some(thing, "port", parts.next());
    facts.some(thing, "weight", line.value("initial weight"));
    facts.some(thing, "lvs_method", line.value("forwarding method"));
    if let Some((low, high)) = line
        .value("connection limit range")
        .and_then(|range| range.split_once(" -> "))
    {
        facts.add(thing, "lthreshold", low);
        facts.add(thing, "uthreshold", high);
    }
    let inhibited = line.says("Inhibit on failure is ON");
    facts.switch(thing, "inhibit_on_failure", inhibited);
    // Scripts are indented by two more than the values that they follow.
    let deep = line.below.iter().flat_map(|line| &line.below);
    for told in deep {
        for (theirs, keyword) in [
            ("RS up notify script", "notify_up"),
            ("RS down notify script", "notify_down"),
        ] {
            facts.some(thing, keyword, told.value_of(theirs).map(command));
        }
    }
}

/// `255.255.255.0` or `64`: how many bits.
fn prefix_length(text: &str) -> String {
    match text.parse::<std::net::Ipv4Addr>() {
        Ok(mask) => mask.to_bits().count_ones().to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The checkers of each real server, by kind.
pub(super) fn checkers(lines: &[Line], facts: &mut Facts) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for line in lines {
        let (Some((service, server)), Some(method)) =
            (line.text.split_once(" -> "), line.value("Keepalive method"))
        else {
            continue;
        };
        let kind = method.split(',').next().unwrap_or_default();
        let server = endpoint(server);
        let service = service.replace("FWM ", "fwmark ");
        let of_kind = format!("checker {kind} of {server} in {service}");
        let place = seen.entry(of_kind.clone()).or_default();
        let thing = &format!("{of_kind} {place}");
        *place += 1;
        facts.add(thing, "exists", "on");
        checker(kind, thing, line, facts);
        if kind.ends_with("_GET") {
            http(method, thing, line, facts);
        }
    }
}

fn checker(kind: &str, thing: &str, line: &Line, facts: &mut Facts) {
    if matches!(kind, "FILE_CHECK" | "BFD_CHECK") {
        let name = line.value("Name").or_else(|| {
            line.below
                .iter()
                .find_map(|line| line.value("Tracked file"))
        });
        facts.some(thing, "name", name);
        return;
    }
    facts.switch(thing, "alpha", line.value("Alpha") == Some("yes"));
    for (theirs, keyword) in [
        ("Delay loop", "delay_loop"),
        ("Warmup", "warmup"),
        ("Delay before retry", "delay_before_retry"),
    ] {
        facts.some(thing, keyword, line.value(theirs).map(microseconds));
    }
    facts.some(thing, "retry", line.value("Retries"));
    let all = line.value("Log all failures") == Some("yes");
    facts.switch(thing, "log_all_failures", all);
    if let Some(connection) = line.find("Connection") {
        facts.some(thing, "connect", connection.value("Dest"));
        facts.some(thing, "bindto", connection.value("Bind to"));
        facts.some(thing, "fwmark", connection.value("Mark"));
        let timeout = connection.value("Timeout").map(milliseconds);
        facts.some(thing, "connect_timeout", timeout);
    }
    match kind {
        "MISC_CHECK" => {
            facts.some(thing, "misc_path", line.value("script").map(command));
            let timeout = line.value("timeout").map(milliseconds);
            facts.some(
                thing,
                "misc_timeout",
                timeout.filter(|timeout| timeout != "0"),
            );
            facts.switch(thing, "misc_dynamic", line.value("dynamic") == Some("YES"));
        }
        "DNS_CHECK" => {
            facts.some(thing, "type", line.value("Type"));
            facts.some(thing, "name", line.value("Name"));
        }
        "SMTP_CHECK" => facts.some(thing, "helo_name", line.value("helo")),
        "UDP_CHECK" => {
            let asked = line.value("Require reply") == Some("yes");
            facts.switch(thing, "require_reply", asked);
        }
        _ => {}
    }
}

fn http(method: &str, thing: &str, line: &Line, facts: &mut Facts) {
    let protocol = method.rsplit(' ').next().unwrap_or_default();
    facts.add(thing, "http_protocol", protocol);
    facts.some(thing, "virtualhost", line.value("Virtualhost"));
    facts.switch(thing, "enable_sni", line.says("Enable SNI set"));
    facts.switch(thing, "fast_recovery", line.says("Fast recovery set"));
    let urls = line
        .below
        .iter()
        .filter_map(|url| Some((url.value_of("Checked url")?, url)));
    for (place, (path, url)) in urls.enumerate() {
        let thing = &format!("{thing} url {place}");
        facts.add(thing, "path", path);
        let codes: Vec<String> = url
            .list("HTTP Status Code")
            .into_iter()
            .map(str::to_owned)
            .collect();
        facts.list(thing, "status_code", &codes);
        facts.some(thing, "digest", url.value("digest"));
        facts.some(thing, "virtualhost", url.value("Virtual host"));
        let expression = url.value("Regex").map(|text| text.trim_matches('"'));
        facts.some(thing, "regex", expression);
    }
}

/// `6500000 us` as milliseconds.
fn microseconds(text: &str) -> String {
    let number = text.split(' ').next().unwrap_or_default();
    number
        .parse::<u64>()
        .map_or_else(|_| text.to_owned(), |micros| (micros / 1000).to_string())
}
