//! Journals of real daemons, run again by the simulator.

use std::fs::{self, File};
use std::io::{BufReader, Cursor};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use bellwether_core::model::Config;
use bellwether_netns_tests::{Conf, Lab, Peer, Program, Signal, VIP};
use bellwether_sim::log::What;
use bellwether_sim::replay::{Replay, Source, replay, what_if};

use crate::support::{ADVERT, SOON, down, rest, transitions, within};
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "journal::both_nodes_of_a_failover_decide_the_same_again",
        Share::Beside,
        failover,
    ),
    (
        "journal::a_reload_and_a_restart_are_in_one_journal",
        Share::Beside,
        restarted,
    ),
];

const JOURNAL: &[&str] = &["--journal", "{folder}/journal"];

fn start(lab: &Lab, host: usize, conf: &Conf) -> Result<Peer> {
    let host = lab.host(host);
    Peer::start_with_options(Program::Bellwether, host, &conf.text(), JOURNAL)
}

fn place(peer: &Peer) -> PathBuf {
    peer.folder().join("journal")
}

fn replayed(peer: &Peer, with: Option<&Config>) -> Result<Replay> {
    let file = BufReader::new(File::open(place(peer))?);
    let replay = replay(vec![Source::new("journal", file)?], with)?;
    let difference = &replay.outcome.difference;
    ensure!(difference.is_none(), "{difference:#?}");
    Ok(replay)
}

/// The transitions of the recorded node, as [`transitions`] has them.
fn recorded(replay: &Replay) -> Vec<String> {
    let sentence = |what: &What| {
        if let What::Transition {
            from, to, cause, ..
        } = what
        {
            Some(format!("{from} -> {to} ({cause})"))
        } else {
            None
        }
    };
    let entries = replay.log.entries.iter();
    entries.filter_map(|entry| sentence(&entry.what)).collect()
}

fn config(conf: &Conf) -> Result<Config> {
    let options = bellwether_config::Options::default();
    let outcome = bellwether_config::parse("other.conf", &conf.text(), &options);
    outcome.config.context("the other configuration is good")
}

fn failover() -> Result<()> {
    let lab = Lab::pair()?;
    let mut first = start(&lab, 0, &Conf::v3(200))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let mut second = start(&lab, 1, &Conf::v3(100))?;
    second.wait_for_log("BACKUP", 1, SOON)?;
    rest();
    first.kill()?;
    lab.wait_for_owners(VIP, &[0, 1], SOON)?;
    rest();
    second.signal(Signal::TERM)?;
    second.wait_for_exit(SOON)?;

    let mode = fs::metadata(place(&first))?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "{mode:o}: it holds passwords");
    let killed = replayed(&first, None)?;
    ensure!(
        recorded(&killed) == transitions(&first),
        "{:?}",
        recorded(&killed)
    );
    ensure!(
        killed.ended_at >= bellwether_core::Instant::from_millis(1000),
        "it ends at {}, long before the kill",
        killed.ended_at
    );
    let survivor = replayed(&second, None)?;
    ensure!(
        recorded(&survivor) == transitions(&second),
        "{:?}",
        recorded(&survivor)
    );
    let end = survivor.log.entries.last().map(|entry| &entry.what);
    let stopped = What::Process(bellwether_sim::log::Process::Exited);
    ensure!(end == Some(&stopped), "it ends with {end:?}");

    // The same file would have decided the same, and a lower priority later.
    let same = replayed(&second, Some(&config(&Conf::v3(100))?))?;
    let differences = what_if::differences(&same.log, same.ended_at);
    ensure!(differences.is_empty(), "{differences:#?}");
    let other = replayed(&second, Some(&config(&Conf::v3(50))?))?;
    let differences = what_if::differences(&other.log, other.ended_at);
    let [only] = differences.as_slice() else {
        anyhow::bail!("{differences:#?}");
    };
    let at = |entry: &Option<bellwether_sim::log::Entry>| entry.as_ref().map(|entry| entry.at);
    let (then, later) = (at(&only.recorded), at(&only.what_if));
    let apart = later
        .context("it takes over too")?
        .since(then.context("it took over")?);
    // Skew times of 50 and 100 at this interval.
    let expected = down(ADVERT, ADVERT, 50) - down(ADVERT, ADVERT, 100);
    within(apart, expected, "how much later")?;

    noticed(&second)
}

/// One changed record is noticed.
fn noticed(peer: &Peer) -> Result<()> {
    let text = fs::read_to_string(place(peer))?;
    let edited = text.replacen("\"to\":\"Master\"", "\"to\":\"Fault\"", 1);
    ensure!(edited != text, "there is nothing to edit");
    let replay = replay(vec![Source::new("journal", Cursor::new(edited))?], None)?;
    let difference = replay.outcome.difference.context("nobody noticed")?;
    ensure!(difference.expected.len() == difference.got.len());
    Ok(())
}

fn restarted() -> Result<()> {
    let lab = Lab::pair()?;
    let mut first = start(&lab, 0, &Conf::v3(100))?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    first.reload(&Conf::v3(150).text())?;
    first.wait_for_log("new configuration", 1, SOON)?;
    rest();
    first.kill()?;
    let journal = fs::read(place(&first))?;
    let config = Conf::v3(120).text();
    let host = lab.host(0);
    // What was half written is taken off, and the rest gone on with.
    let before = tempfile::tempdir()?;
    let file = before.path().join("journal");
    fs::write(&file, [&journal[..], b"{\"step\":{\"n\":"].concat())?;
    let option = file.display().to_string();
    let options = ["--journal", option.as_str()];
    let mut again = Peer::start_with_options(Program::Bellwether, host, &config, &options)?;
    again.wait_for_log("MASTER", 1, SOON)?;
    rest();
    again.signal(Signal::TERM)?;
    again.wait_for_exit(SOON)?;
    let source = Source::new("journal", BufReader::new(File::open(&file)?))?;
    let replay = replay(vec![source], None)?;
    let difference = &replay.outcome.difference;
    ensure!(difference.is_none(), "{difference:#?}");
    let remarks: Vec<&str> = replay
        .remarks
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    let expected = ["the daemon was started again, without a stop before"];
    ensure!(remarks == expected, "{remarks:?}");
    let reloads = replay
        .log
        .entries
        .iter()
        .filter(|entry| entry.what == What::Process(bellwether_sim::log::Process::Reloaded));
    ensure!(reloads.count() == 1);
    let both = [transitions(&first), transitions(&again)].concat();
    ensure!(recorded(&replay) == both, "{:?}", recorded(&replay));
    Ok(())
}
