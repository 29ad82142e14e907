//! Files by chance: values within their ranges, at their ends, and just outside.

use std::fmt::Write as _;

/// A stream of numbers that is the same for the same seed (xorshift64*).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn within(&mut self, first: u64, last: u64) -> u64 {
        // The ends are where mistakes are.
        match self.below(8) {
            0 => first,
            1 => last,
            _ => first + self.below(last - first + 1),
        }
    }

    fn one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let place = self.below(from.len().try_into().unwrap_or(1));
        from[usize::try_from(place).unwrap_or(0)]
    }
}

/// Keywords of an instance with one number each: name, first and last that are in range.
const INSTANCE_NUMBERS: [(&str, u64, u64); 4] = [
    ("priority", 1, 255),
    ("advert_int", 1, 40),
    ("garp_master_refresh", 0, 300),
    ("garp_master_refresh_repeat", 1, 9),
];

/// A virtual router with values in range.
pub(crate) fn instance(chance: &mut Chance, number: usize) -> String {
    let interface = ["eth0", "eth1", "eth2", "eth3"][number % 4];
    let vrid = number / 4 + 1;
    let mut text = format!(
        "vrrp_instance VI_{number} {{\n    interface {interface}\n    virtual_router_id {vrid}\n"
    );
    let mut line = |words: String| {
        let _ = writeln!(text, "    {words}");
    };
    for (keyword, first, last) in INSTANCE_NUMBERS {
        if chance.one_in(2) {
            line(format!("{keyword} {}", chance.within(first, last)));
        }
    }
    if chance.one_in(3) {
        line(format!("state {}", chance.pick(&["MASTER", "BACKUP"])));
    } else if chance.one_in(3) {
        line("nopreempt".to_owned());
    } else if chance.one_in(3) {
        line(format!("preempt_delay {}", chance.within(1, 1000)));
    }
    if chance.one_in(3) {
        line("version 3".to_owned());
    } else if chance.one_in(3) {
        let password = chance.pick(&["secret", "eightchr", "\"two words\"", "a!b"]);
        line(format!(
            "authentication {{\n        auth_type PASS\n        auth_pass {password}\n    }}"
        ));
    }
    for (keyword, odds) in [("lower_prio_no_advert", 5), ("higher_prio_send_advert", 5)] {
        if chance.one_in(odds) {
            line(keyword.to_owned());
        }
    }
    line(addresses(chance, number));
    text + "}\n\n"
}

fn addresses(chance: &mut Chance, number: usize) -> String {
    let mut text = "virtual_ipaddress {\n".to_owned();
    for last in 1..=chance.within(1, 4) {
        let _ = write!(text, "        10.{}.{}.{last}", number / 200, number % 200);
        if chance.one_in(2) {
            let _ = write!(text, "/{}", chance.within(8, 32));
        }
        if chance.one_in(4) {
            let _ = write!(text, " brd 10.255.255.{last}");
        }
        if chance.one_in(4) {
            let _ = write!(text, " dev {}", chance.pick(&["eth0", "eth1", "eth2"]));
        }
        if chance.one_in(4) {
            let _ = write!(
                text,
                " scope {}",
                chance.pick(&["global", "link", "host", "site"])
            );
        }
        if chance.one_in(4) {
            let _ = write!(text, " label vip{number}");
        }
        text.push('\n');
    }
    text + "    }"
}

/// Keywords of a virtual server with one number each.
const SERVICE_NUMBERS: [(&str, u64, u64); 6] = [
    ("delay_loop", 1, 3600),
    ("persistence_timeout", 1, 2_678_400),
    ("retry", 1, 9),
    ("delay_before_retry", 1, 60),
    ("warmup", 0, 60),
    ("connect_timeout", 1, 60),
];

/// A virtual server with values in range.
pub(crate) fn virtual_server(chance: &mut Chance, number: usize) -> String {
    let protocol = chance.pick(&["TCP", "UDP", "SCTP"]);
    let (high, low) = (number / 200, number % 200);
    let port = chance.within(1, 65535);
    let mut text = format!("virtual_server 10.{high}.{low}.1 {port} {{\n");
    let mut line = |words: String| {
        let _ = writeln!(text, "    {words}");
    };
    line(format!("protocol {protocol}"));
    let scheduler = chance.pick(&[
        "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh",
    ]);
    line(format!("lb_algo {scheduler}"));
    line(format!("lb_kind {}", chance.pick(&["NAT", "DR", "TUN"])));
    for (keyword, first, last) in SERVICE_NUMBERS {
        if chance.one_in(3) {
            line(format!("{keyword} {}", chance.within(first, last)));
        }
    }
    for keyword in ["alpha", "omega", "ha_suspend", "inhibit_on_failure"] {
        if chance.one_in(4) {
            line(keyword.to_owned());
        }
    }
    if chance.one_in(4) {
        line(format!(
            "sorry_server 10.{high}.{low}.200 {}",
            chance.within(1, 65535)
        ));
    }
    if chance.one_in(4) {
        line(format!("quorum {}\n    hysteresis 1", chance.within(2, 4)));
    }
    for last in 2..=chance.within(3, 6) {
        line(format!("real_server 10.{high}.{low}.{last} {port} {{"));
        line(real_server(chance));
    }
    text + "}\n\n"
}

fn real_server(chance: &mut Chance) -> String {
    // Two of them are enough for each quorum above.
    let mut text = format!("    weight {}\n", chance.within(2, 65535));
    if chance.one_in(4) {
        text.push_str("        uthreshold 200\n        lthreshold 100\n");
    }
    let checker = chance.pick(&["TCP_CHECK", "PING_CHECK", "UDP_CHECK", "DNS_CHECK"]);
    let _ = writeln!(text, "        {checker} {{");
    for (keyword, first, last) in [
        ("connect_timeout", 1, 60),
        ("retry", 1, 9),
        ("delay_before_retry", 1, 60),
        ("delay_loop", 1, 60),
        ("warmup", 0, 60),
    ] {
        if chance.one_in(3) {
            let value = chance.within(first, last);
            let _ = writeln!(text, "            {keyword} {value}");
        }
    }
    text + "        }\n    }"
}

/// A small file with one line that may be wrong.
pub(crate) fn with_one_line(block: Block, line: &str) -> String {
    match block {
        Block::Instance => format!(
            "vrrp_instance VI_1 {{\n    interface eth0\n    virtual_router_id 51\n    {line}\n    \
             virtual_ipaddress {{\n        192.0.2.100\n    }}\n}}\n"
        ),
        Block::Address => format!(
            "vrrp_instance VI_1 {{\n    interface eth0\n    virtual_router_id 51\n    \
             virtual_ipaddress {{\n        192.0.2.100\n        {line}\n    }}\n}}\n"
        ),
        Block::Script => format!(
            "global_defs {{\n    script_user root\n    enable_script_security\n}}\n\n\
             vrrp_script check {{\n    script /usr/bin/true\n    {line}\n}}\n\n\
             vrrp_instance VI_1 {{\n    interface eth0\n    virtual_router_id 51\n    \
             track_script {{\n        check\n    }}\n    \
             virtual_ipaddress {{\n        192.0.2.100\n    }}\n}}\n"
        ),
        Block::Service => format!(
            "virtual_server 198.51.100.1 80 {{\n    protocol TCP\n    lb_algo rr\n    \
             lb_kind NAT\n    {line}\n    real_server 192.0.2.11 80 {{\n        TCP_CHECK {{\n        \
             }}\n    }}\n}}\n"
        ),
        Block::RealServer => format!(
            "virtual_server 198.51.100.1 80 {{\n    protocol TCP\n    lb_algo rr\n    \
             lb_kind NAT\n    real_server 192.0.2.11 80 {{\n        {line}\n        \
             TCP_CHECK {{\n        }}\n    }}\n}}\n"
        ),
        Block::Checker => format!(
            "virtual_server 198.51.100.1 80 {{\n    protocol TCP\n    lb_algo rr\n    \
             lb_kind NAT\n    real_server 192.0.2.11 80 {{\n        TCP_CHECK {{\n            \
             {line}\n        }}\n    }}\n}}\n"
        ),
    }
}

/// Where the line of [`with_one_line`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Instance,
    Address,
    Script,
    Service,
    RealServer,
    Checker,
}

/// Lines at the ends of their ranges, just outside them, and with something that is no value.
pub(crate) fn doubtful_lines() -> Vec<(Block, String)> {
    let numbers: [(Block, &str, i64, i64); 13] = [
        (Block::Instance, "priority", 1, 255),
        (Block::Instance, "advert_int", 1, 255),
        (Block::Instance, "preempt_delay", 0, 1000),
        (Block::Instance, "version", 2, 3),
        (Block::Script, "interval", 1, 4294),
        (Block::Script, "weight", -253, 253),
        (Block::Script, "rise", 1, 1000),
        (Block::Script, "fall", 1, 1000),
        (Block::Service, "delay_loop", 1, 4294),
        (Block::Service, "persistence_timeout", 1, 2_678_400),
        (Block::Service, "quorum", 1, 1),
        (Block::RealServer, "weight", 0, 2_147_483_647),
        (Block::Checker, "connect_port", 1, 65535),
    ];
    let mut lines = Vec::new();
    for (block, keyword, first, last) in numbers {
        for value in [first - 1, first, last, last + 1] {
            lines.push((block, format!("{keyword} {value}")));
        }
        for words in ["", " x", " 1x", " 1 2", " {"] {
            lines.push((block, format!("{keyword}{words}")));
        }
    }
    for (block, line) in [
        (Block::Instance, "real_server 192.0.2.1 80"),
        (Block::Instance, "lb_algo rr"),
        (Block::Instance, "virtual_router_id 52"),
        (Block::Instance, "interface eth1"),
        (Block::Instance, "state master"),
        (Block::Instance, "nopreempt yes"),
        (Block::Instance, "authentication { auth_type NONE"),
        (Block::Address, "192.0.2.101/0"),
        (Block::Address, "192.0.2.101/33"),
        (Block::Address, "192.0.2.101 scope nothing"),
        (Block::Address, "192.0.2.101 label a-label-of-16-ch"),
        (Block::Address, "192.0.2.101 label a-label-of-15-c"),
        (Block::Address, "192.0.2.101 unknown"),
        (Block::Address, "192.0.2.101 192.0.2.102"),
        (Block::Script, "script \"\""),
        (Block::Service, "lb_kind XX"),
        (Block::Service, "protocol ICMP"),
        (Block::Service, "priority 3"),
        (Block::RealServer, "TCP_CHEKC"),
        (Block::Checker, "url"),
        (Block::Checker, "connect_ip 192.0.2.300"),
    ] {
        lines.push((block, line.to_owned()));
    }
    lines
}
