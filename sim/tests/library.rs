//! What a user of this crate writes: high availability as plain tests.

use core::time::Duration;

use bellwether_core::vrrp::State;
use bellwether_sim::{Lab, LabBuilder, LabError, Moment, Rule};

/// Two nodes, `lb1` the better one.
fn pair() -> LabBuilder {
    Lab::builder()
        .node("lb1", &conf(150))
        .node("lb2", &conf(100))
}

fn conf(priority: u8) -> String {
    format!(
        "vrrp_script web {{
            script /usr/local/bin/check-web
            interval 1
            fall 2
            weight -60
        }}
        vrrp_instance VI_1 {{
            interface eth0
            virtual_router_id 51
            priority {priority}
            track_script {{
                web
            }}
            virtual_ipaddress {{
                192.0.2.100/24
            }}
        }}"
    )
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn a_partition_makes_two_masters_and_its_end_one() -> Result<(), LabError> {
    let mut lab = pair().build()?;
    lab.run_for(seconds(10));
    assert_eq!(lab.masters("VI_1")?, ["lb1"]);
    lab.partition("lb1", "lb2")?;
    lab.run_for(seconds(10));
    assert_eq!(lab.masters("VI_1")?, ["lb1", "lb2"]);
    lab.heal()?;
    lab.run_for(seconds(10));
    assert_eq!(lab.masters("VI_1")?, ["lb1"]);
    lab.check()
}

#[test]
fn a_failing_script_moves_the_address_and_the_clients() -> Result<(), LabError> {
    let mut lab = pair().clients(2).build()?;
    lab.run_for(seconds(10));
    assert_eq!(lab.reached("client2", "192.0.2.100"), Some("lb1"));
    lab.fail_script("lb1", "web")?;
    lab.run_for(seconds(10));
    assert_eq!(lab.state("lb1", "VI_1")?, Some(State::Backup));
    assert_eq!(lab.owners("192.0.2.100"), ["lb2"]);
    assert_eq!(lab.reached("client2", "192.0.2.100"), Some("lb2"));
    let report = lab.finish()?;
    assert!(report.is_success());
    Ok(())
}

/// An invariant of one's own: the address is never without an owner for longer than this, once it
/// has had one.
struct NeverDarkFor {
    most: Duration,
    since: Option<Duration>,
}

impl Rule for NeverDarkFor {
    fn look(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        if !moment.owners("192.0.2.100").is_empty() {
            self.since = Some(moment.now());
            return Ok(());
        }
        match self.since.map(|since| moment.now() - since) {
            Some(dark) if dark > self.most => Err(format!("dark for more than {:?}", self.most)),
            Some(_) | None => Ok(()),
        }
    }
}

fn never_dark_for(most: Duration) -> NeverDarkFor {
    NeverDarkFor { most, since: None }
}

#[test]
fn an_invariant_of_ones_own_holds_or_is_said_to_be_broken() -> Result<(), LabError> {
    for (most, broken) in [(seconds(4), false), (seconds(3), true)] {
        let rule = never_dark_for(most);
        let mut lab = pair().rule("never dark for long", rule).build()?;
        lab.run_for(seconds(10));
        // Three missed adverts and the skew of 156/256 s, less what has passed since the last one.
        lab.power_off("lb1")?;
        lab.run_for(seconds(10));
        assert_eq!(lab.check().is_err(), broken, "{most:?}");
        assert_eq!(lab.breaches().len(), usize::from(broken));
    }
    Ok(())
}

#[test]
fn a_closure_is_an_invariant_and_sees_the_log() -> Result<(), LabError> {
    let mut lab = pair()
        .always("one owner at most", |moment: &Moment<'_>| {
            match moment.owners("192.0.2.100").len() {
                0 | 1 => Ok(()),
                count => Err(format!("{count} own it")),
            }
        })
        .build()?;
    lab.run_for(seconds(10));
    assert!(!lab.moment().log().is_empty());
    lab.cut("lb1", "lb2")?;
    lab.run_for(seconds(10));
    // Bellwether's own invariants have nothing against it: by VRRP two masters are right here.
    let words = lab.check().unwrap_err().to_string();
    assert!(words.contains("one owner at most: 2 own it"), "{words}");
    assert!(words.contains("lb1-/>lb2"), "with a timeline: {words}");
    Ok(())
}

#[test]
fn a_world_is_compared_and_printed() -> Result<(), LabError> {
    let mut lab = pair().build()?;
    lab.run_for(seconds(10));
    lab.crash("lb2")?;
    lab.run_for(seconds(1));
    let expected = "\
11.000000000s
lb1      running  VI_1 MASTER 150  192.0.2.100
lb2      down
client1  192.0.2.100 -> lb1
";
    assert_eq!(lab.snapshot().to_string(), expected);
    let again = lab.snapshot();
    lab.run_for(Duration::ZERO);
    assert_eq!(lab.snapshot(), again);
    Ok(())
}

#[test]
fn a_seed_and_the_same_calls_give_the_same_run() -> Result<(), LabError> {
    let digest = |seed: u64| -> Result<u64, LabError> {
        let jitter = Duration::from_micros(300);
        let mut lab = pair().seed(seed).links(jitter, jitter).build()?;
        lab.run_for(seconds(20));
        lab.isolate("lb1")?;
        lab.run_for(seconds(20));
        Ok(lab.finish()?.digest)
    };
    assert_eq!(digest(7)?, digest(7)?);
    assert_ne!(digest(7)?, digest(8)?);
    Ok(())
}

#[test]
fn what_was_made_up_is_a_scenario_that_replays() -> Result<(), Box<dyn std::error::Error>> {
    let mut lab = pair().build()?;
    lab.run_for(seconds(10));
    lab.crash("lb1")?;
    lab.run_for(seconds(10));
    let file = lab.to_toml()?;
    let digest = lab.finish()?.digest;
    let here = std::path::Path::new("");
    let scenario = bellwether_sim::scenario::load::parse("lab.toml", &file, here)?.scenario;
    assert_eq!(
        bellwether_sim::run::run(&scenario, scenario.seed)?.digest,
        digest
    );
    Ok(())
}

#[test]
fn a_reload_takes_effect_and_the_past_stays_as_it_was() -> Result<(), LabError> {
    let mut lab = pair().build()?;
    lab.run_for(seconds(10));
    let before = lab.transitions();
    lab.reload("lb2", &conf(200).replace("192.0.2.100", "192.0.2.200"))?;
    assert!(lab.transitions().starts_with(&before));
    lab.run_for(seconds(10));
    assert_eq!(lab.masters("VI_1")?, ["lb2"]);
    assert_eq!(lab.owners("192.0.2.200"), ["lb2"]);
    Ok(())
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() -> Result<(), LabError> {
    let wrong = Lab::builder().node("lb1", &conf(150).replace("150", "nothing"));
    let words = wrong.build().map(drop).unwrap_err().to_string();
    assert!(
        words.contains("'lb1'") && words.contains("priority"),
        "{words}"
    );
    let mut lab = pair().build()?;
    assert!(lab.crash("lb3").is_err());
    assert!(lab.masters("VI_2").is_err());
    assert!(lab.state("lb1", "VI_2").is_err());
    assert!(lab.scenario().faults.is_empty());
    Ok(())
}

#[test]
fn many_seeds_of_one_story() -> Result<(), LabError> {
    let config = bellwether_config::parse("lb", &conf(100), &Default::default()).config;
    let config = config.unwrap_or_default();
    for seed in 0..50 {
        let nodes = Lab::builder().node_of("lb1", config.clone());
        let mut lab = nodes.node_of("lb2", config.clone()).seed(seed).build()?;
        lab.run_for(seconds(8));
        lab.stop("lb1")?;
        lab.run_for(seconds(4));
        assert_eq!(lab.masters("VI_1")?, ["lb2"], "seed {seed}");
    }
    Ok(())
}
