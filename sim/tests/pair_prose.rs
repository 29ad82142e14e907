//! What the pair lint foretells is what happens: random clusters, each thing broken and mended in
//! a simulation, and who becomes master compared with the forecast.
//!
//! `SEED=7 cargo test -p bellwether-sim --test pair_prose` tries one cluster.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests fail by panicking, and look for one kind of event among all"
)]

use core::fmt::Write as _;
use core::time::Duration;

use bellwether_config::pair::{Behaviour, Course, Object, Standing, Story, Trouble, forecast};
use bellwether_config::{Options, parse};
use bellwether_core::Instant;
use bellwether_core::model::{Config, Preemption, Transport};
use bellwether_core::track::Verdict;
use bellwether_core::vrrp::State;
use bellwether_sim::fault::{Fault, ScriptRun, TimedFault};
use bellwether_sim::log::What;
use bellwether_sim::random::Stream;
use bellwether_sim::run::{Report, run};
use bellwether_sim::scenario::{NodeSpec, Scenario};

/// How many clusters are tried.
const CLUSTERS: u64 = 250;
/// When all is calm.
const CALM: Instant = Instant::from_millis(40_000);
/// How long a trouble, or its mending, has to take its course.
const COURSE: Duration = Duration::from_secs(40);
/// What links, kernels and the first run of a script add to a forecast.
const TOLERANCE: Duration = Duration::from_millis(15);

#[test]
fn forecasts_come_true() {
    if let Ok(seed) = std::env::var("SEED") {
        cluster(seed.parse().unwrap());
        return;
    }
    let stories: usize = (0..CLUSTERS).map(cluster).sum();
    assert!(stories > 1000, "only {stories} stories were told");
}

/// Compares all stories of the cluster of a seed with what happens; gives their number.
fn cluster(seed: u64) -> usize {
    let mut stream = Stream::new(seed, &["pair-prose"]);
    let texts = files(&mut stream);
    let configs: Vec<Config> = texts.iter().enumerate().map(read).collect();
    let named: Vec<(String, &Config)> = configs
        .iter()
        .enumerate()
        .map(|(place, config)| (name(place), config))
        .collect();
    let nodes: Vec<(&str, &Config)> = named
        .iter()
        .map(|(name, config)| (name.as_str(), *config))
        .collect();
    let forecasts = forecast(&nodes);
    assert_eq!(forecasts.len(), 1, "seed {seed}");
    let Some(behaviour) = &forecasts[0].behaviour else {
        panic!("seed {seed}: all nodes hear each other");
    };
    let about = |story: &str| format!("seed {seed}: {story}\n{}", texts.join("\n"));
    for story in &behaviour.stories {
        let told = about(&format!("{story:?}"));
        Trial::of(&configs, &mut stream, behaviour, story).judge(&told);
    }
    for (object, standing) in &behaviour.everywhere {
        let Object::Script(script) = object else {
            continue;
        };
        let faults = (0..configs.len()).map(|node| script_fails(node, script.as_str()));
        let faults = faults.map(|fault| timed(CALM, fault)).collect();
        let report = simulate(&configs, &behaviour.calm, faults);
        let told = about(&format!("{object} everywhere: {standing:?}"));
        assert_eq!(masters(&report, CALM + COURSE), members(standing), "{told}");
    }
    behaviour.stories.len()
}

/// One story, and its simulation.
struct Trial<'s> {
    story: &'s Story,
    calm: Vec<usize>,
    report: Report,
    /// Whether times are compared too: not where equals compete, who are masters together for a
    /// moment.
    exact: bool,
    broken: Instant,
    mended: Instant,
}

impl<'s> Trial<'s> {
    fn of(
        configs: &[Config],
        stream: &mut Stream,
        behaviour: &Behaviour,
        story: &'s Story,
    ) -> Self {
        let broken = CALM + stream.span(Duration::from_secs(3));
        let mended = broken + COURSE;
        let faults = trouble(story).into_iter();
        let faults =
            faults.flat_map(|(breaks, mends)| [timed(broken, breaks), timed(mended, mends)]);
        let mut faults: Vec<_> = faults.collect();
        faults.sort_by_key(|fault| fault.at);
        let mut ranks: Vec<_> = behaviour.priorities.iter().flatten().collect();
        ranks.extend(story.priority.iter());
        ranks.sort_unstable();
        let unequal = ranks.windows(2).all(|pair| pair[0] != pair[1]);
        Self {
            story,
            calm: members(&behaviour.calm),
            report: simulate(configs, &behaviour.calm, faults),
            exact: unequal || story.priority == behaviour.priorities[story.member],
            broken,
            mended,
        }
    }

    fn judge(&self, told: &str) {
        let Self { story, report, .. } = self;
        assert_eq!(masters(report, CALM), self.calm, "while calm: {told}");
        let end = masters(report, self.mended);
        assert_eq!(end, members(&story.course.end), "broken: {told}");
        let last = self.mended + COURSE;
        let back = masters(report, last);
        assert_eq!(back, members(&story.recovery.end), "mended: {told}");
        if self.exact {
            self.compare(&story.course, self.broken, self.mended, told);
            self.compare(&story.recovery, self.mended, last, told);
        }
    }

    /// Holds a course against who became master, and when.
    fn compare(&self, course: &Course, from: Instant, to: Instant, told: &str) {
        let began = self.noticed(from, to);
        let entries = self.report.log.entries.iter();
        let takeovers = entries.filter(|entry| entry.at >= from && entry.at < to);
        let seen: Vec<(usize, Instant)> = takeovers
            .filter(|entry| {
                matches!(
                    entry.what,
                    What::Transition {
                        to: State::Master,
                        ..
                    }
                )
            })
            .map(|entry| (entry.node.unwrap().index(), entry.at))
            .collect();
        let mut shown = String::new();
        let _ = write!(shown, "noticed at {began}, seen {seen:?}, {told}");
        assert_eq!(seen.len(), course.takeovers.len(), "{shown}");
        for ((member, at), foretold) in seen.into_iter().zip(&course.takeovers) {
            assert_eq!(member, foretold.member, "{shown}");
            let after = at.since(began);
            assert!(
                after + TOLERANCE >= foretold.when.earliest,
                "early: {shown}"
            );
            assert!(after <= foretold.when.latest + TOLERANCE, "late: {shown}");
        }
    }

    /// When the node of the story noticed what was done to it at `from`.
    fn noticed(&self, from: Instant, to: Instant) -> Instant {
        let mending = from == self.mended;
        let entries = self.report.log.entries.iter();
        let mine = entries.filter(|entry| {
            let node = entry.node.map(|node| node.index());
            node == Some(self.story.member) && entry.at >= from && entry.at < to
        });
        let wanted = |what: &What| match (&self.story.trouble, what) {
            (Trouble::Dies | Trouble::Stops, What::Transition { to, .. }) => {
                mending && matches!(to, State::Backup | State::Master)
            }
            (Trouble::Fails(_) | Trouble::AllFail(_), What::Verdict { to, .. }) => {
                *to == if mending { Verdict::Up } else { Verdict::Down }
            }
            (Trouble::Fails(Object::OwnInterface(_)), What::Transition { from, to, .. }) => {
                *to == State::Fault || *from == State::Fault
            }
            _ => false,
        };
        let mut noticed = mine.filter(|entry| wanted(&entry.what));
        let of_all = matches!(self.story.trouble, Trouble::AllFail(_));
        let found = if of_all {
            noticed.next_back()
        } else {
            noticed.next()
        };
        found.map_or(from, |entry| entry.at)
    }
}

/// The faults of a story, each with its mending.
fn trouble(story: &Story) -> Vec<(Fault, Fault)> {
    let node: bellwether_core::unit::Name = name(story.member).as_str().into();
    let script = |object: &Object| match object {
        Object::Script(script) => Some((
            script_fails(story.member, script.as_str()),
            Fault::ScriptOk(script_run(story.member, script.as_str())),
        )),
        _ => None,
    };
    match &story.trouble {
        Trouble::Dies => vec![(Fault::PowerOff(node.clone()), Fault::Start(node))],
        Trouble::Stops => vec![(Fault::Stop(node.clone()), Fault::Start(node))],
        Trouble::Fails(Object::OwnInterface(interface)) => vec![(
            Fault::LinkDown {
                node: node.clone(),
                interface: *interface,
            },
            Fault::LinkUp {
                node,
                interface: *interface,
            },
        )],
        Trouble::Fails(object) => script(object).into_iter().collect(),
        Trouble::AllFail(objects) => objects.iter().filter_map(script).collect(),
    }
}

fn script_run(node: usize, script: &str) -> ScriptRun {
    ScriptRun {
        node: name(node).as_str().into(),
        script: script.into(),
        takes: None,
    }
}

fn script_fails(node: usize, script: &str) -> Fault {
    Fault::ScriptFail(script_run(node, script))
}

const fn timed(at: Instant, fault: Fault) -> TimedFault {
    TimedFault { at, fault }
}

/// With `nopreempt` whoever is the first by a few milliseconds keeps the lead, and the first
/// results of scripts take some; there the others start when the foretold master leads.
fn simulate(configs: &[Config], calm: &Standing, faults: Vec<TimedFault>) -> Report {
    let never = |config: &Config| config.instances()[0].preemption == Preemption::Never;
    let race = configs.iter().any(never);
    let first = members(calm);
    let nodes = configs.iter().enumerate().map(|(place, config)| {
        let mut node = NodeSpec::new(&name(place), config.clone(), place);
        if race && !first.contains(&place) {
            node.starts_at = Instant::from_millis(15_000);
        }
        node
    });
    let mut scenario = Scenario::new("pair-prose", nodes.collect());
    scenario.faults = faults;
    scenario.fault_phase_end = Some(CALM + COURSE + COURSE + Duration::from_secs(4));
    run(&scenario, 1).unwrap()
}

/// Who is master just before an instant.
fn masters(report: &Report, before: Instant) -> Vec<usize> {
    let mut masters = vec![false; report.nodes];
    for entry in &report.log.entries {
        if let (What::Transition { to, .. }, Some(node)) = (&entry.what, entry.node)
            && entry.at < before
        {
            masters[node.index()] = *to == State::Master;
        }
        if let (What::Fault(fault), true) = (&entry.what, entry.at < before)
            && let Fault::PowerOff(off) = &**fault
        {
            let gone = (0..report.nodes).find(|node| name(*node) == off.as_str());
            masters[gone.unwrap()] = false;
        }
    }
    let led = masters.iter().enumerate().filter(|(_, leads)| **leads);
    led.map(|(node, _)| node).collect()
}

fn members(standing: &Standing) -> Vec<usize> {
    match standing {
        Standing::Master(member) => vec![*member],
        Standing::Nobody => Vec::new(),
        Standing::HighestAddress(members) => panic!("addresses are known: {members:?}"),
    }
}

fn name(place: usize) -> String {
    format!("lb{}", place + 1)
}

/// Reads a node's file, and gives it the address that the simulator will.
fn read((place, text): (usize, &String)) -> Config {
    let outcome = parse("lb.conf", text, &Options::default());
    let config = outcome.config.unwrap_or_else(|| panic!("{text}"));
    let mut parts = config.into_parts();
    for instance in &mut parts.instances {
        instance.transport = Transport::Multicast {
            group: None,
            source: Some(format!("192.0.2.{}", place + 1).parse().unwrap()),
        };
    }
    Config::new(parts).unwrap()
}

/// The files of two or three nodes that hear each other.
fn files(stream: &mut Stream) -> Vec<String> {
    let version = 2 + stream.below(2);
    let intervals: &[&str] = if version == 2 {
        &["1", "2"]
    } else {
        &["1", "0.5", "0.1"]
    };
    let interval = *stream.pick(intervals).unwrap();
    let nodes = 2 + stream.below(4) / 3;
    let mut files = Vec::new();
    for node in 0..nodes {
        let priority = match stream.below(12) {
            0 if node == 0 => 255,
            1 => 100,
            _ => 1 + stream.below(254),
        };
        let preemption = match stream.below(8) {
            0 | 1 => "nopreempt".to_owned(),
            2 => format!("preempt_delay {}", 1 + stream.below(6)),
            _ => String::new(),
        };
        let mut text = String::new();
        let mut tracked = String::new();
        for script in ["chk_a", "chk_b"] {
            let fall = 1 + stream.below(3);
            let _ = write!(
                text,
                "vrrp_script {script} {{\n script /bin/{script}\n fall {fall}\n}}\n"
            );
            let weight = match stream.below(6) {
                0 => continue,
                1 | 2 => 0,
                3 => i64::from(stream.below(120)),
                _ => -i64::from(stream.below(254)),
            };
            let reverse = if stream.below(8) == 0 { " reverse" } else { "" };
            let _ = writeln!(tracked, "  {script} weight {weight}{reverse}");
        }
        let _ = write!(
            text,
            "vrrp_instance web {{\n interface eth0\n virtual_router_id 51\n version {version}\n \
             priority {priority}\n advert_int {interval}\n {preemption}\n \
             virtual_ipaddress {{\n 192.0.2.100/24\n }}\n track_script {{\n{tracked} }}\n}}\n"
        );
        files.push(text);
    }
    files
}
