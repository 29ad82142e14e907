//! The house rules, held by a test: who may import whom, how long a file may grow, what the core
//! may not touch.
//!
//! Each rule is a function from text to complaints, with a test beside it that shows it can
//! complain. The tests here apply them to the tree as it is.

mod imports;
mod sources;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

/// A file of the tree: its path from the root, with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

/// A rule that looks at one file.
type Rule = fn(&str, &str) -> Vec<String>;

/// The rules for Rust sources.
const RUST_RULES: [(&str, Rule); 6] = [
    ("length", sources::too_long),
    ("core", sources::forbidden_in_core),
    ("netlink", sources::netlink_outside_its_room),
    ("unsafe", sources::unsafe_outside_its_file),
    ("reasons", sources::allowances_without_reason),
    ("ignored tests", sources::ignored_tests),
];

/// The rules for everything that people read.
const TEXT_RULES: [(&str, Rule); 2] = [
    ("notes to self", sources::notes_to_self),
    ("workplace", sources::workplace_paths),
];

#[test]
fn every_rust_source_keeps_the_rules() {
    let files = files(&["rs"]);
    assert!(
        files.len() > 50,
        "only {} files: is the walk broken?",
        files.len()
    );
    assert_none(&RUST_RULES, &files);
    for file in files
        .iter()
        .filter(|file| sources::length(&file.text) > sources::WANTED)
    {
        println!(
            "note: {} has {} lines",
            file.path,
            sources::length(&file.text)
        );
    }
}

#[test]
fn every_text_keeps_the_rules() {
    let mut files = files(&["rs", "md", "toml", "conf", "sh", "snap", "yml"]);
    files.extend(scripts());
    assert_none(&TEXT_RULES, &files);
}

#[test]
fn imports_point_one_way() {
    let complaints = imports::forbidden_edges(&edges(&metadata()));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Data, errors, and the codes that the authentication header of VRRP version 2 and the HMAC trailer
/// ask for.
#[test]
fn the_core_depends_on_data_errors_and_two_hashes_only() {
    let metadata = metadata();
    let core = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == imports::CORE)
        .expect("the core is a member");
    let names: BTreeSet<&str> = core
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != cargo_metadata::DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["hmac", "md-5", "serde", "sha2", "thiserror"])
    );
}

#[test]
fn every_member_keeps_the_workspace_lints() {
    for package in metadata().workspace_packages() {
        let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest");
        assert!(
            imports::keeps_lints(&manifest),
            "{} does not say `[lints] workspace = true`",
            package.manifest_path
        );
    }
}

/// Every dependency between two members of the workspace, tests' included.
fn edges(metadata: &Metadata) -> Vec<(String, String)> {
    let members = metadata.workspace_packages();
    let names: BTreeSet<&str> = members
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    members
        .iter()
        .flat_map(|package| {
            package
                .dependencies
                .iter()
                .filter(|dependency| names.contains(dependency.name.as_str()))
                .map(|dependency| (package.name.to_string(), dependency.name.clone()))
        })
        .collect()
}

#[expect(clippy::expect_used, reason = "called by tests only")]
fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata of the workspace")
}

fn assert_none(rules: &[(&str, Rule)], files: &[Source]) {
    let complaints: Vec<String> = rules
        .iter()
        .flat_map(|(name, rule)| {
            files.iter().flat_map(move |file| {
                rule(&file.path, &file.text)
                    .into_iter()
                    .map(move |complaint| format!("[{name}] {}: {complaint}", file.path))
            })
        })
        .collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files with one of these extensions, in the order of their paths.
fn files(extensions: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter(|path| {
            path.extension()
                .and_then(|extension| extension.to_str())
                .is_some_and(|extension| extensions.contains(&extension))
        })
        .filter_map(read)
        .collect()
}

/// The scripts of `ci/` and `.ci/`, which have no extension.
fn scripts() -> Vec<Source> {
    [root().join("ci"), root().join(".ci")]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && path.extension().is_none())
        .filter_map(read)
        .collect()
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    const NOT_OURS: [&str; 3] = ["target", ".git", "artifacts"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if NOT_OURS.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            walk(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// A file that is text; others have nothing to keep rules about.
fn read(path: PathBuf) -> Option<Source> {
    let text = fs::read_to_string(&path).ok()?;
    let path = path.strip_prefix(root()).ok()?.to_str()?.to_owned();
    Some(Source { path, text })
}
