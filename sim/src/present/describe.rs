//! Faults and expectations in a few words.

use bellwether_core::Instant;

use crate::backend::Health;
use crate::fault::{BadAdvert, Fault, Injection, ScriptRun, TableEvent};
use crate::scenario::units::show_span;
use crate::scenario::{Expectation, Expected, When};

/// A fault in a few words: `cut lb1-/>lb2`.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each kind of fault")]
pub fn describe_fault(fault: &Fault) -> String {
    match fault {
        Fault::Crash(node) => format!("crash {node}"),
        Fault::PowerOff(node) => format!("power-off {node}"),
        Fault::Start(node) => format!("start {node}"),
        Fault::Stop(node) => format!("stop {node}"),
        Fault::Pause(node) => format!("pause {node}"),
        Fault::Resume(node) => format!("resume {node}"),
        Fault::Reload { node, .. } => format!("reload {node}"),
        Fault::Cut(way) => format!("cut {}-/>{}", way.from, way.to),
        Fault::CutBoth([a, b]) => format!("cut {a}</>{b}"),
        Fault::Isolate(station) => format!("isolate {station}"),
        Fault::Heal(way) => format!("heal {}->{}", way.from, way.to),
        Fault::HealBoth([a, b]) => format!("heal {a}<->{b}"),
        Fault::HealAll {} => "heal all links".to_owned(),
        Fault::Loss { from, to, percent } => format!("lose {percent} {from}->{to}"),
        Fault::BurstLoss {
            from,
            to,
            enter,
            leave,
        } => format!("bursts {enter}/{leave} {from}->{to}"),
        Fault::LoseNext { from, to, count } => format!("lose next {count} {from}->{to}"),
        Fault::LosePattern { from, to, pattern } => format!("lose {pattern} {from}->{to}"),
        Fault::LoseResignation(way) => format!("lose resignation {}->{}", way.from, way.to),
        Fault::Delay {
            from,
            to,
            base,
            jitter,
        } => {
            let most = show_span(base.saturating_add(*jitter));
            format!("delay {}..{most} {from}->{to}", show_span(*base))
        }
        Fault::Duplicate { from, to, percent } => format!("duplicate {percent} {from}->{to}"),
        Fault::Reorder {
            from,
            to,
            percent,
            by,
        } => format!("reorder {percent} by {} {from}->{to}", show_span(*by)),
        Fault::Corrupt { from, to, percent } => format!("corrupt {percent} {from}->{to}"),
        Fault::LinkDown { node, interface } => format!("link down {node}:{interface}"),
        Fault::LinkUp { node, interface } => format!("link up {node}:{interface}"),
        Fault::ScriptOk(run) => script("ok", run),
        Fault::ScriptFail(run) => script("fails", run),
        Fault::ScriptHang(run) => script("hangs", run),
        Fault::Flap {
            node,
            script,
            pattern,
        } => format!("{node}:{script} flaps {pattern}"),
        Fault::File(fault) => match &fault.content {
            Some(content) => format!("{}:{} holds {}", fault.node, fault.file, content.trim()),
            None => format!("{}:{} is removed", fault.node, fault.file),
        },
        Fault::Processes(fault) => {
            format!("{}:{}, {} running", fault.node, fault.process, fault.count)
        }
        Fault::ClockRate { node, ppm } => format!("clock {node} {ppm:+} ppm"),
        Fault::ClockStep { node, millis } => format!("wall clock {node} {millis:+} ms"),
        Fault::RemoveRoutes(node) => format!("remove all routes and rules from {node}"),
        Fault::InterfaceGone { node, interface } => format!("{node} {interface} goes"),
        Fault::InterfaceBack { node, interface } => format!("{node} {interface} comes back"),
        Fault::RemoveAddress { node, address } => format!("remove {address} from {node}"),
        Fault::KernelErrors { node, count } => format!("kernel {node} refuses {count}"),
        Fault::Backend(backend) => format!("{} {}", backend.address, health(&backend.is)),
        Fault::Table(table) => match table.is {
            TableEvent::Cleared => format!("somebody clears the table of {}", table.node),
            TableEvent::Without(server) => {
                format!("somebody removes {server} from the table of {}", table.node)
            }
            TableEvent::Gone => format!("{} has no ip_vs", table.node),
            TableEvent::Back => format!("{} has ip_vs again", table.node),
        },
        Fault::Inject(injection) => inject(injection),
    }
}

fn health(health: &Health) -> String {
    match health {
        Health::Ok => "is well".to_owned(),
        Health::Refuse => "refuses".to_owned(),
        Health::Hang => "is gone".to_owned(),
        Health::HalfOpen => "accepts and says nothing".to_owned(),
        Health::Trickle => "trickles".to_owned(),
        Health::Reset => "resets".to_owned(),
        Health::Slow(span) => format!("takes {}", show_span(*span)),
        Health::Status(status) => format!("answers with status {status}"),
        Health::WrongBody => "answers with another body".to_owned(),
        Health::Garbage => "answers garbage".to_owned(),
        Health::Exit(status) => format!("makes its command exit with {status}"),
        Health::Flap(pattern) => format!("flaps {pattern}"),
    }
}

fn script(does: &str, run: &ScriptRun) -> String {
    format!("{}:{} {does}", run.node, run.script)
}

fn inject(injection: &Injection) -> String {
    let kind = match injection.kind {
        BadAdvert::Malformed => "malformed",
        BadAdvert::Truncated => "truncated",
        BadAdvert::Oversized => "oversized",
        BadAdvert::WrongTtl => "wrong-ttl",
        BadAdvert::WrongAuth => "wrong-auth",
        BadAdvert::ForeignVrid => "foreign-vrid",
        BadAdvert::WrongVersion => "wrong-version",
        BadAdvert::WrongType => "wrong-type",
        BadAdvert::WrongChecksum => "wrong-checksum",
        BadAdvert::ZeroInterval => "zero-interval",
        BadAdvert::NoAddress => "no-address",
        BadAdvert::GlobalFirst => "global-first",
        BadAdvert::WrongSource => "wrong-source",
        BadAdvert::Replayed => "replayed",
    };
    format!("inject {} {kind} at {}", injection.count, injection.toward)
}

/// An expectation in a few words: `lb2 is master of VI_1 at 5s`.
#[must_use]
pub fn describe_expectation(expectation: &Expectation) -> String {
    let instance = &expectation.instance;
    let what = match &expectation.expected {
        Expected::Master(node) => format!("{node} is master of {instance}"),
        Expected::Nobody => format!("nobody is master of {instance}"),
        Expected::Several => format!("several are masters of {instance}"),
        Expected::ClientsReach(node) => format!("clients reach {node} for {instance}"),
    };
    let show = |at: Instant| show_span(at.since(Instant::ZERO));
    match expectation.when {
        When::At(at) => format!("{what} at {}", show(at)),
        When::Within { from, to } => format!("{what} at some time in {}..{}", show(from), show(to)),
        When::Throughout { from, to } => format!("{what} throughout {}..{}", show(from), show(to)),
        When::Never { from, to } => format!("{what} never in {}..{}", show(from), show(to)),
    }
}
