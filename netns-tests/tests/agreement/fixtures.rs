//! Hand-written files, each named after what it shows.
//!
//! A file that shows deliberate differences names them in its first line: `# differs: a, b`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use bellwether_config::{Options, Severity, load};
use bellwether_netns_tests::agreement::{Comparison, Difference, Judge, compare, differences};

use crate::Test;

pub(crate) const TESTS: &[Test] = &[
    ("fixtures::agree", agree),
    ("fixtures::every_deliberate_difference_is_shown", shown),
    ("fixtures::debian_samples_have_no_error", samples),
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/agreement");
const SAMPLES: &str = "/usr/share/doc/keepalived/samples";

/// The difference that each file with an instance shows.
const EVERYWHERE: &str = "farewell-advert";

fn agree() -> Result<()> {
    let list = differences()?;
    let files = files(Path::new(FOLDER), |name| name.ends_with(".conf"))?;
    let found = compare(&Judge::new()?, &files)?;
    let mut complaints = Vec::new();
    for one in &found {
        complaints.extend(complaint(one, &list)?);
    }
    let facts: usize = found.iter().map(|one| one.facts).sum();
    println!("{} files, {facts} values", found.len());
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    ensure!(
        facts > 100,
        "only {facts} values were compared: is the dump still understood?"
    );
    Ok(())
}

/// What is wrong about a comparison: what is no deliberate difference, and what was to be one.
fn complaint(one: &Comparison, list: &[Difference]) -> Result<Option<String>> {
    let text = std::fs::read_to_string(&one.file)?;
    let declared = declared(&text);
    let mut seen = BTreeSet::from([EVERYWHERE.to_owned()]);
    let mut wrong = Vec::new();
    let allowed: Vec<&Difference> = list
        .iter()
        .filter(|one| one.id == EVERYWHERE || declared.contains(&one.id))
        .collect();
    for finding in &one.findings {
        match finding.deliberate(&allowed) {
            Some(difference) => drop(seen.insert(difference.id.clone())),
            None => wrong.push(finding.to_string()),
        }
    }
    for id in declared.difference(&seen) {
        wrong.push(format!("does not show {id}"));
    }
    Ok((!wrong.is_empty()).then(|| {
        let name = file_name(&one.file);
        format!(
            "{name}: status {}\n  {}\n  keepalived: {}\n  bellwether: {}\n",
            one.verdict.code,
            wrong.join("\n  "),
            one.verdict.said.join("\n              "),
            one.diagnostics.join("\n              "),
        )
    }))
}

fn declared(text: &str) -> BTreeSet<String> {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("# differs: "))
        .into_iter()
        .flat_map(|ids| ids.split(", "))
        .map(str::to_owned)
        .collect()
}

fn shown() -> Result<()> {
    let mut shown = BTreeSet::new();
    for file in files(Path::new(FOLDER), |name| name.ends_with(".conf"))? {
        shown.extend(declared(&std::fs::read_to_string(file)?));
    }
    let listed: BTreeSet<String> = differences()?.into_iter().map(|one| one.id).collect();
    ensure!(
        listed == shown,
        "listed: {listed:?}; shown by a fixture: {shown:?}"
    );
    Ok(())
}

/// The samples of Debian's package, where they are installed.
fn samples() -> Result<()> {
    let folder = Path::new(SAMPLES);
    if !folder.is_dir() {
        println!("SKIPPED: {SAMPLES} is not there");
        return Ok(());
    }
    let mut wrong = Vec::new();
    for file in files(folder, |name| name.contains(".conf"))? {
        // One of them is for two hosts, and says by which id they are told apart.
        let options = Options {
            config_id: Some("high".to_owned()),
            ..Options::default()
        };
        let outcome = load(&file, &options)?;
        if outcome.config.is_none() {
            let said: Vec<&str> = outcome
                .diagnostics
                .iter()
                .filter(|found| found.severity == Severity::Error)
                .map(|found| found.message.as_str())
                .collect();
            wrong.push(format!("{}: {}", file.display(), said.join("; ")));
        }
    }
    ensure!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn files(folder: &Path, wanted: fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| folder.display().to_string())?
    {
        let path = entry?.path();
        if wanted(&file_name(&path)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
