//! The same configuration and the same faults for keepalived and for us, in one kernel: the same
//! table after every step, or a difference that `docs/compatibility.md` explains.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use bellwether_config::reference::DIFFERENCES;
use bellwether_netns_tests::{Program, eventually};

use crate::script::Script;
use crate::side::Side;

/// What keepalived may take to come to a verdict and put it into the table: a check each second,
/// one retry a second later, and a processor that thirty programs share.
const VERDICT: Duration = Duration::from_secs(40);

/// What we may take longer.
const BEHIND: Duration = Duration::from_secs(30);

/// How long a table must stay as it is to be believed.
const CALM: Duration = Duration::from_millis(2500);

/// Plays a script for both, and compares the tables after the start and each step.
pub(crate) fn play(script: &Script) -> Result<()> {
    let mut both = [
        Side::new(Program::Keepalived)?,
        Side::new(Program::Bellwether)?,
    ];
    let outcome = perform(script, &mut both);
    outcome.with_context(|| {
        let [theirs, ours] = &both;
        format!(
            "--- keepalived:\n{}\n--- bellwether:\n{}\n---",
            theirs.log(),
            ours.log()
        )
    })
}

fn perform(script: &Script, both: &mut [Side; 2]) -> Result<()> {
    let mut empty = String::new();
    for side in both.iter_mut() {
        for step in &script.before {
            side.take(step)?;
        }
        empty = side.table()?;
        side.start(&script.config)?;
    }
    let what = "the start";
    changed(&both[0], &empty).context(what)?;
    let mut before = compare(both, script.starts_differ).context(what)?;
    for scene in &script.scenes {
        let what = format!("{:?}", scene.step);
        for side in both.iter_mut() {
            side.take(&scene.step).with_context(|| what.clone())?;
        }
        if scene.changes {
            changed(&both[0], &before).with_context(|| what.clone())?;
        } else {
            sleep(CALM);
        }
        let after = compare(both, scene.differs).with_context(|| what.clone())?;
        ensure!(
            (after != before) == scene.changes,
            "{what}: keepalived's table:\n{after}"
        );
        before = after;
    }
    for side in both {
        let stopped = script.scenes.iter().any(|scene| {
            let step = &scene.step;
            matches!(step, crate::script::Step::Stop)
        });
        ensure!(side.is_running()? != stopped, "a daemon has ended");
    }
    Ok(())
}

/// Waits until keepalived has another table.
fn changed(theirs: &Side, before: &str) -> Result<()> {
    eventually(VERDICT, "keepalived's table is another", || {
        match theirs.table() {
            Ok(table) if table != before => Ok(()),
            Ok(_) => Err("the table from before".to_owned()),
            Err(error) => Err(format!("{error:#}")),
        }
    })
}

/// Compares the tables once keepalived's is calm. Returns keepalived's.
fn compare(both: &[Side; 2], differs: Option<&'static str>) -> Result<String> {
    let [theirs, ours] = both;
    let theirs = calm(theirs)?;
    let known = differs.map(|id| {
        DIFFERENCES
            .iter()
            .find(|difference| difference.id == id)
            .with_context(|| format!("no difference is called {id}"))
    });
    if let Some(known) = known {
        known?;
        let ours = calm(ours)?;
        ensure!(
            ours != theirs,
            "they are the same, and the compatibility table says that they are not:\n{ours}"
        );
        return Ok(theirs);
    }
    let agreed = eventually(BEHIND, "the tables agree", || match ours.table() {
        Ok(table) if table == theirs => Ok(()),
        Ok(table) => Err(table),
        Err(error) => Err(format!("{error:#}")),
    });
    if agreed.is_err() {
        bail!("{}", difference(&theirs, &ours.table()?));
    }
    Ok(theirs)
}

/// A table that has been the same for a while.
fn calm(side: &Side) -> Result<String> {
    let mut last = side.table()?;
    for _ in 0..10 {
        sleep(CALM);
        let now = side.table()?;
        if now == last {
            return Ok(now);
        }
        last = now;
    }
    bail!("the table does not come to rest:\n{last}")
}

fn difference(theirs: &str, ours: &str) -> String {
    let mut text = String::from("the tables differ; - keepalived's, + ours:\n");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (theirs, ours) = (lines(theirs), lines(ours));
    for line in &theirs {
        let mark = if ours.contains(line) { ' ' } else { '-' };
        let _ = writeln!(text, "{mark} {line}");
    }
    for line in ours.iter().filter(|line| !theirs.contains(line)) {
        let _ = writeln!(text, "+ {line}");
    }
    text
}
