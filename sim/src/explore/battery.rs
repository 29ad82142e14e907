//! The standard battery: the named faults of which everybody has had one, and the moments at
//! which they hurt.
//!
//! A [`Trouble`] is one such fault on one node or way, with its faults relative to the moment at
//! which it begins. It lasts until everything is mended. Which troubles there are depends on what
//! the configurations have: without scripts no script fails.

use core::time::Duration;

use bellwether_core::Instant;
use bellwether_core::model::{Config, Trackers};
use bellwether_core::unit::{IfName, Name};

use super::{Base, swarm};
use crate::backend::Health;
use crate::fault::{
    BackendFault, BadAdvert, Fault, FileFault, Injection, ProcessFault, ScriptRun, TableEvent,
    TableFault, TimedFault, Way,
};
use crate::scenario::units::Share;

/// One fault of the battery, somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Its kind: what the rows of the availability table are called.
    pub kind: &'static str,
    /// What happens where, in words.
    pub what: String,
    /// Its faults, and how long after its begin each happens.
    pub faults: Vec<(Duration, Fault)>,
    /// Whether it concerns two nodes alike.
    pub of_pair: bool,
}

impl Trouble {
    fn new(kind: &'static str, place: &str, faults: Vec<(Duration, Fault)>) -> Self {
        Self {
            kind,
            what: format!("{kind} {place}").trim_end().to_owned(),
            faults,
            of_pair: false,
        }
    }

    fn pair(kind: &'static str, place: &str, faults: Vec<(Duration, Fault)>) -> Self {
        Self {
            of_pair: true,
            ..Self::new(kind, place, faults)
        }
    }

    fn one(kind: &'static str, place: &str, fault: Fault) -> Self {
        Self::new(kind, place, vec![(Duration::ZERO, fault)])
    }

    /// What its row of the availability table is called: its kind, and whether it happens to a
    /// node that is master of something or to one that is not.
    #[must_use]
    pub fn row(&self, masters: &[Name]) -> String {
        let Self { kind, .. } = self;
        let faults = self.faults.iter().map(|(_, fault)| fault);
        let mut concerned = faults.filter_map(|fault| match fault.way() {
            Some((from, _)) => Some(from),
            None => fault.node(),
        });
        match concerned.next().filter(|_| !self.of_pair) {
            None => (*kind).to_owned(),
            Some(node) if masters.contains(node) => format!("{kind}, master"),
            Some(_) => format!("{kind}, backup"),
        }
    }

    /// Its faults, when it begins at `at`.
    #[must_use]
    pub fn at(&self, at: Instant) -> Vec<TimedFault> {
        let timed = |(after, fault): &(Duration, Fault)| TimedFault {
            at: at + *after,
            fault: fault.clone(),
        };
        self.faults.iter().map(timed).collect()
    }
}

/// A moment at which something may break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it is, in words.
    pub what: &'static str,
    /// When it is.
    pub at: Instant,
    /// Whether there has been a master for a while.
    pub settled: bool,
}

/// The moments of a base: while nodes start, around the first election, and at three places
/// between two adverts of a settled master.
#[must_use]
pub fn moments(base: &Base) -> Vec<Moment> {
    let instant = Duration::from_millis(1);
    let mut moments = vec![Moment {
        what: "while all start",
        at: Instant::ZERO + base.interval / 2,
        settled: false,
    }];
    if let Some(elected) = base.elected {
        moments.push(Moment {
            what: "just before the first election",
            at: elected.before(instant),
            settled: false,
        });
        moments.push(Moment {
            what: "just after the first election",
            at: elected + instant,
            settled: false,
        });
    }
    // The next advert after everything has settled.
    let advert = base.advertised.unwrap_or(base.steady) + base.interval;
    let between = [
        ("just after an advert", instant),
        ("between two adverts", base.interval / 2),
        (
            "just before an advert",
            base.interval.saturating_sub(instant),
        ),
    ];
    moments.extend(between.map(|(what, after)| Moment {
        what,
        at: advert + after,
        settled: true,
    }));
    moments
}

/// All faults of the battery that the nodes of a base can have.
#[must_use]
pub fn troubles(base: &Base) -> Vec<Trouble> {
    let mut all = Vec::new();
    for node in &base.scenario.nodes {
        processes(&mut all, base, &node.name);
        interfaces(&mut all, base, &node.name, node.interfaces.keys().copied());
        kernels(&mut all, base, &node.name, &node.config);
        trackers(&mut all, &node.name, &node.config);
    }
    let names = base.names();
    for (place, one) in names.iter().enumerate() {
        for other in names.iter().skip(place + 1) {
            both_ways(&mut all, one, other);
        }
        for other in names.iter().filter(|other| *other != one) {
            one_way(&mut all, base, one, other);
        }
    }
    servers(&mut all, base);
    // The kinds in the order of their first appearance, each node's together.
    let mut kinds: Vec<&'static str> = Vec::new();
    for trouble in &all {
        if !kinds.contains(&trouble.kind) {
            kinds.push(trouble.kind);
        }
    }
    all.sort_by_key(|trouble| kinds.iter().position(|kind| *kind == trouble.kind));
    all
}

fn processes(all: &mut Vec<Trouble>, base: &Base, node: &Name) {
    let on = format!("on {node}");
    let crash = || Fault::Crash(node.clone());
    all.push(Trouble::one(
        "power failure",
        &on,
        Fault::PowerOff(node.clone()),
    ));
    all.push(Trouble::one("process killed", &on, crash()));
    let soon = Duration::from_millis(200);
    let restarted = vec![
        (Duration::ZERO, crash()),
        (soon, Fault::Start(node.clone())),
    ];
    all.push(Trouble::new("process killed and restarted", &on, restarted));
    all.push(Trouble::one("orderly stop", &on, Fault::Stop(node.clone())));
    let others = base.names().into_iter().filter(|other| other != node);
    let mut deaf: Vec<(Duration, Fault)> = others
        .map(|to| Way {
            from: node.clone(),
            to,
        })
        .map(|way| (Duration::ZERO, Fault::LoseResignation(way)))
        .collect();
    deaf.push((Duration::from_millis(1), Fault::Stop(node.clone())));
    all.push(Trouble::new("resignation lost", &on, deaf));
    let pause = |kind, span| {
        let faults = vec![
            (Duration::ZERO, Fault::Pause(node.clone())),
            (span, Fault::Resume(node.clone())),
        ];
        Trouble::new(kind, &on, faults)
    };
    all.push(pause("short pause", base.interval * 2));
    all.push(pause("long pause", base.master_down + base.interval * 2));
    let clock = |ppm| Fault::ClockRate {
        node: node.clone(),
        ppm,
    };
    all.push(Trouble::one("clock runs fast", &on, clock(500)));
    all.push(Trouble::one("clock runs slow", &on, clock(-500)));
    let millis = -3_600_000;
    let step = Fault::ClockStep {
        node: node.clone(),
        millis,
    };
    all.push(Trouble::one("wall clock set back", &on, step));
}

fn interfaces(
    all: &mut Vec<Trouble>,
    base: &Base,
    node: &Name,
    interfaces: impl Iterator<Item = IfName>,
) {
    for interface in interfaces {
        let on = format!("on {node} {interface}");
        let down = || Fault::LinkDown {
            node: node.clone(),
            interface,
        };
        let up = || Fault::LinkUp {
            node: node.clone(),
            interface,
        };
        all.push(Trouble::one("cable pulled", &on, down()));
        let step = base.interval / 5;
        let flicker = (0..3).flat_map(|turn| {
            let begin = step * (2 * turn);
            [(begin, down()), (begin + step, up())]
        });
        all.push(Trouble::new("cable flickers", &on, flicker.collect()));
        let gone = Fault::InterfaceGone {
            node: node.clone(),
            interface,
        };
        let back = Fault::InterfaceBack {
            node: node.clone(),
            interface,
        };
        let replaced = vec![(Duration::ZERO, gone), (base.interval * 2, back)];
        all.push(Trouble::new("interface replaced", &on, replaced));
    }
    let others = base.names().into_iter().filter(|other| other != node);
    let everybody = others.chain(clients(base));
    let dead = everybody.flat_map(|other| {
        let out = Way {
            from: node.clone(),
            to: other.clone(),
        };
        let back = Way {
            from: other,
            to: node.clone(),
        };
        [out, back].map(|way| (Duration::ZERO, Fault::Cut(way)))
    });
    let dead: Vec<_> = dead.collect();
    all.push(Trouble::new(
        "switch port dead",
        &format!("of {node}"),
        dead,
    ));
    let ways = clients(base).flat_map(|client| {
        let out = Way {
            from: node.clone(),
            to: client.clone(),
        };
        let back = Way {
            from: client,
            to: node.clone(),
        };
        [out, back].map(|way| (Duration::ZERO, Fault::Cut(way)))
    });
    let ways: Vec<_> = ways.collect();
    if !ways.is_empty() {
        let of = format!("of {node}");
        all.push(Trouble::new("clients cut off", &of, ways));
    }
}

fn clients(base: &Base) -> impl Iterator<Item = Name> + use<> {
    (1..=base.scenario.clients).map(|number| Name::from(&*format!("client{number}")))
}

fn kernels(all: &mut Vec<Trouble>, base: &Base, node: &Name, config: &Config) {
    let on = format!("on {node}");
    let instances = config.instances().iter();
    if let Some(vip) = instances.flat_map(|own| &own.virtual_addresses).next() {
        let fault = Fault::RemoveAddress {
            node: node.clone(),
            address: vip.address,
        };
        all.push(Trouble::one("address removed by hand", &on, fault));
    }
    let routed =
        |own: &bellwether_core::model::Instance| !own.routes.is_empty() || !own.rules.is_empty();
    if config.instances().iter().any(routed) {
        let fault = Fault::RemoveRoutes(node.clone());
        all.push(Trouble::one("routes removed by hand", &on, fault));
    }
    let refuses = Fault::KernelErrors {
        node: node.clone(),
        count: 3,
    };
    let mut faults = vec![(Duration::ZERO, refuses)];
    // Only who becomes or stops being master asks the kernel for anything.
    let others = base.names().into_iter().filter(|other| other != node);
    faults.extend(others.map(|other| (Duration::from_millis(1), Fault::PowerOff(other))));
    all.push(Trouble::new("kernel refuses at takeover", &on, faults));
    let same = Fault::Reload {
        node: node.clone(),
        config: Box::new(config.clone()),
    };
    all.push(Trouble::one("reload of the same file", &on, same));
    for (kind, word) in [
        (BadAdvert::WrongTtl, "TTL"),
        (BadAdvert::WrongChecksum, "checksum"),
        (BadAdvert::WrongAuth, "password"),
    ] {
        let mut forged = Injection::one(kind, node.clone());
        forged.count = 10;
        let place = format!("({word}) at {node}");
        all.push(Trouble::one(
            "forged adverts",
            &place,
            Fault::Inject(forged),
        ));
    }
}

fn trackers(all: &mut Vec<Trouble>, node: &Name, config: &Config) {
    let instances = config.instances().iter().map(|own| &own.trackers);
    let groups = config.sync_groups().iter().map(|own| &own.trackers);
    let tracked: Vec<&Trackers> = instances.chain(groups).collect();
    for script in config.scripts() {
        let mut scripts = tracked.iter().flat_map(|own| &own.scripts);
        if !scripts.any(|own| own.target == script.name) {
            continue;
        }
        let on = format!("{} on {node}", script.name);
        let run = || ScriptRun {
            node: node.clone(),
            script: script.name.clone(),
            takes: None,
        };
        all.push(Trouble::one("script fails", &on, Fault::ScriptFail(run())));
        all.push(Trouble::one("script hangs", &on, Fault::ScriptHang(run())));
        let flap = Fault::Flap {
            node: node.clone(),
            script: script.name.clone(),
            pattern: "oxxxoxoo".to_owned(),
        };
        all.push(Trouble::one("script flaps", &on, flap));
    }
    for processes in &config.parts().processes {
        let on = format!("{} on {node}", processes.name);
        let fault = Fault::Processes(ProcessFault {
            node: node.clone(),
            process: processes.name.clone(),
            count: 0,
        });
        all.push(Trouble::one("tracked process ends", &on, fault));
    }
    for file in &config.parts().files {
        let on = format!("{} on {node}", file.name);
        let holds = |content: Option<&str>| {
            Fault::File(FileFault {
                node: node.clone(),
                file: file.name.clone(),
                content: content.map(str::to_owned),
            })
        };
        all.push(Trouble::one(
            "tracked file says -254",
            &on,
            holds(Some("-254")),
        ));
        all.push(Trouble::one("tracked file removed", &on, holds(None)));
    }
}

fn both_ways(all: &mut Vec<Trouble>, one: &Name, other: &Name) {
    let between = format!("between {one} and {other}");
    let cut = Fault::CutBoth([one.clone(), other.clone()]);
    all.push(Trouble::one("network cut", &between, cut));
    let ways = [(one, other), (other, one)];
    let both = |make: &dyn Fn(Name, Name) -> Fault| {
        let faults = ways.map(|(from, to)| (Duration::ZERO, make(from.clone(), to.clone())));
        faults.to_vec()
    };
    let loss = both(&|from, to| Fault::Loss {
        from,
        to,
        percent: Share::percent(30),
    });
    all.push(Trouble::pair("30% of frames lost", &between, loss));
    let bursts = both(&|from, to| Fault::BurstLoss {
        from,
        to,
        enter: Share::percent(10),
        leave: Share::percent(30),
    });
    all.push(Trouble::pair("frames lost in bursts", &between, bursts));
    let twice = both(&|from, to| Fault::Duplicate {
        from,
        to,
        percent: Share::percent(50),
    });
    all.push(Trouble::pair("frames doubled", &between, twice));
    let damaged = both(&|from, to| Fault::Corrupt {
        from,
        to,
        percent: Share::percent(30),
    });
    all.push(Trouble::pair("frames damaged", &between, damaged));
    let by = Duration::from_millis(5);
    let overtaken = both(&|from, to| Fault::Reorder {
        from,
        to,
        percent: Share::percent(50),
        by,
    });
    all.push(Trouble::pair("frames overtaken", &between, overtaken));
}

fn one_way(all: &mut Vec<Trouble>, base: &Base, from: &Name, to: &Name) {
    let way = format!("{from} -> {to}");
    let cut = Fault::Cut(Way {
        from: from.clone(),
        to: to.clone(),
    });
    all.push(Trouble::one("network cut one way", &way, cut));
    let instances = base.scenario.nodes.iter();
    let missed = instances.flat_map(|node| node.config.instances());
    let missed = missed.map(|own| u32::from(own.down_timer_adverts)).min();
    let missed = missed.unwrap_or(3);
    let lose = |count| Fault::LoseNext {
        from: from.clone(),
        to: to.clone(),
        count,
    };
    all.push(Trouble::one(
        "one advert too few lost",
        &way,
        lose(missed - 1),
    ));
    all.push(Trouble::one(
        "as many adverts lost as it takes",
        &way,
        lose(missed),
    ));
    let slow = Fault::Delay {
        from: from.clone(),
        to: to.clone(),
        base: Duration::from_millis(5),
        jitter: Duration::from_millis(2),
    };
    all.push(Trouble::one("slow network", &way, slow));
}

fn servers(all: &mut Vec<Trouble>, base: &Base) {
    let addresses = swarm::addresses(base);
    let refuse = |address| {
        Fault::Backend(BackendFault {
            address,
            is: Health::Refuse,
        })
    };
    for address in &addresses {
        let place = address.to_string();
        all.push(Trouble::one("real server down", &place, refuse(*address)));
        let hang = Fault::Backend(BackendFault {
            address: *address,
            is: Health::HalfOpen,
        });
        all.push(Trouble::one("real server hangs", &place, hang));
    }
    if addresses.is_empty() {
        return;
    }
    let every = addresses.iter().map(|own| (Duration::ZERO, refuse(*own)));
    all.push(Trouble::new("all real servers down", "", every.collect()));
    for node in base.names() {
        let on = format!("on {node}");
        for (kind, is) in [
            ("table cleared by hand", TableEvent::Cleared),
            ("ip_vs gone", TableEvent::Gone),
        ] {
            let node = node.clone();
            let fault = Fault::Table(TableFault { node, is });
            all.push(Trouble::one(kind, &on, fault));
        }
    }
}
