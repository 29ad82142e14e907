//! Generated files. `BELLWETHER_AGREEMENT_SEED` gives another seed than the usual one.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use bellwether_netns_tests::agreement::{Comparison, Difference, Judge, compare, differences};

use crate::Test;
use crate::generate::{Chance, doubtful_lines, instance, virtual_server, with_one_line};

pub(crate) const TESTS: &[Test] = &[
    ("generated::virtual_routers_agree", virtual_routers),
    ("generated::virtual_servers_agree", virtual_servers),
    ("generated::doubtful_lines_agree", doubtful),
];

/// The environment variable with another seed.
const SEED: &str = "BELLWETHER_AGREEMENT_SEED";

fn virtual_routers() -> Result<()> {
    blocks("vrrp", 10, 25, instance)
}

fn virtual_servers() -> Result<()> {
    blocks("lvs", 12, 5, virtual_server)
}

/// So many files with so many blocks each; one that does not agree is tried again block by block.
fn blocks(
    name: &str,
    files: u64,
    each: usize,
    block: fn(&mut Chance, usize) -> String,
) -> Result<()> {
    let seed = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or(20_261_121);
    println!("{name}: {SEED}={seed}");
    let folder = tempfile::tempdir()?;
    let judge = Judge::new()?;
    let list = differences()?;
    let write = |name: String, text: &str| -> Result<PathBuf> {
        let path = folder.path().join(name);
        fs::write(&path, text)?;
        Ok(path)
    };
    let mut written = Vec::new();
    let mut singles = Vec::new();
    for file in 0..files {
        let mut chance = Chance::new(seed.wrapping_add(file));
        let blocks: Vec<String> = (0..each).map(|number| block(&mut chance, number)).collect();
        written.push(write(format!("{name}-{file}.conf"), &blocks.concat())?);
        singles.push(blocks);
    }
    let found = compare(&judge, &written)?;
    let facts: usize = found.iter().map(|one| one.facts).sum();
    println!("{facts} values");
    let mut suspects = Vec::new();
    for (one, blocks) in found.iter().zip(singles) {
        if wrong(one, &list, &[]).is_some() {
            for (number, block) in blocks.iter().enumerate() {
                let name = format!("{name}-alone-{}-{number}.conf", suspects.len());
                suspects.push(write(name, block)?);
            }
        }
    }
    let complaints: Vec<String> = compare(&judge, &suspects)?
        .iter()
        .filter_map(|one| wrong(one, &list, &[]))
        .collect();
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    ensure!(
        suspects.is_empty(),
        "a file disagrees, and none of its blocks does alone"
    );
    ensure!(facts > 1000, "only {facts} values were compared");
    Ok(())
}

/// What a file with one mistake may differ by.
const OF_MISTAKES: [&str; 7] = [
    "two-on-a-line",
    "missing-brace",
    "mistake-is-an-error",
    "empty-command",
    "malformed-address",
    "weight-254",
    "weightless-quorum",
];

fn doubtful() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let list = differences()?;
    let mut files = Vec::new();
    for (number, (block, line)) in doubtful_lines().into_iter().enumerate() {
        let path = folder.path().join(format!("doubtful-{number}.conf"));
        fs::write(&path, with_one_line(block, &line))?;
        files.push(path);
    }
    let found = compare(&Judge::new()?, &files)?;
    let complaints: Vec<String> = found
        .iter()
        .filter_map(|one| wrong(one, &list, &OF_MISTAKES))
        .collect();
    println!("{} files", found.len());
    ensure!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// What is wrong about a comparison, with the file and both opinions.
fn wrong(one: &Comparison, list: &[Difference], allowed: &[&str]) -> Option<String> {
    let allowed: Vec<&Difference> = list
        .iter()
        .filter(|one| one.id == "farewell-advert" || allowed.contains(&one.id.as_str()))
        .collect();
    let wrong: Vec<String> = one
        .findings
        .iter()
        .filter(|finding| finding.deliberate(&allowed).is_none())
        .map(ToString::to_string)
        .collect();
    let text = fs::read_to_string(&one.file).unwrap_or_default();
    (!wrong.is_empty()).then(|| {
        format!(
            "{text}  {}\n  keepalived ({}): {}\n  bellwether: {}\n",
            wrong.join("\n  "),
            one.verdict.code,
            one.verdict.said.join("; "),
            one.diagnostics.join("; "),
        )
    })
}
