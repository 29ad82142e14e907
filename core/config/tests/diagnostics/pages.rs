//! Every code has a page, and what its examples show is true.

use bellwether_config::code::{self, Code};
use bellwether_config::{Diagnostic, Diagnostics, Options, Outcome, Reader, Severity, lint, pair};

/// Codes without examples, each with the reason.
const WITHOUT_EXAMPLES: &[(&str, &str)] = &[
    (code::NOT_UTF8, "an example is a text, and a text is UTF-8"),
    (code::BLOCK_ACROSS_FILES, "it needs two files of one node"),
    (code::LONG_LINE, "it needs a line of 1,024 bytes"),
    (code::TOO_MANY, "it needs 500 other diagnostics"),
    (code::MODEL, "no file is known to cause it"),
    (code::TOML, "an example is a keepalived.conf"),
    (code::TOML_VALUE, "an example is a keepalived.conf"),
    (code::UNWRITABLE, "an example is read, not converted"),
    (code::UNREADABLE, "an example can be read"),
    (code::NO_INTERFACE, "only a host tells"),
    (code::NO_PROGRAM, "only a host tells"),
    (code::NOT_EXECUTABLE, "only a host tells"),
    (code::WRITABLE_SCRIPT, "only a host tells"),
    (code::OWNER_WITHOUT_ADDRESS, "only a host tells"),
    (code::OUTSIDE_SUBNETS, "only a host tells"),
];

/// All diagnostics of files of several nodes, each and together.
fn read(files: &[&str]) -> Vec<Diagnostics> {
    let reader = Reader::new(Options::default());
    let names: Vec<String> = (1..=files.len()).map(|n| format!("lb{n}.conf")).collect();
    let texts = names.iter().zip(files);
    let nodes: Vec<(&str, Outcome)> = texts
        .map(|(name, text)| (name.as_str(), reader.parse(name, *text)))
        .collect();
    let compared: Vec<(&str, &Outcome)> = nodes.iter().map(|(name, one)| (*name, one)).collect();
    let report = pair::check(&compared);
    let own: Vec<&Diagnostics> = nodes.iter().map(|(_, one)| &one.diagnostics).collect();
    let together = Diagnostics::together(&own, report.diagnostics);
    let each = nodes.into_iter().map(|(_, one)| linted(one));
    each.chain([together]).collect()
}

/// What there is to say about a file, with its lint.
fn linted(outcome: Outcome) -> Diagnostics {
    let mut all = outcome.diagnostics;
    if let Some(config) = &outcome.config {
        for found in lint::file(config, &outcome.places) {
            all.add(found);
        }
    }
    all
}

/// What is said, as text for a failing test.
fn shown(all: &[Diagnostics]) -> String {
    all.iter().map(|one| one.render(false)).collect()
}

fn is_said(all: &[Diagnostics], of: impl Fn(&Diagnostic) -> bool) -> bool {
    all.iter().flat_map(Diagnostics::iter).any(of)
}

/// All codes with what is wrong with each, for one message about all.
fn all_codes_hold(law: impl Fn(&Code) -> Result<(), String>) {
    let broken: Vec<String> = code::all()
        .filter_map(|code| law(code).err().map(|why| format!("{}: {why}", code.code)))
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn is_exempt(code: &Code) -> bool {
    WITHOUT_EXAMPLES.iter().any(|(name, _)| *name == code.code)
}

#[test]
fn every_code_has_a_page() {
    all_codes_hold(|code| {
        let long = |text: &&str| text.lines().any(|line| line.chars().count() > 92);
        match code {
            Code { why, .. } if why.trim().is_empty() => Err("no explanation".into()),
            Code { bad, good, .. } if bad.iter().chain(*good).any(long) => {
                Err("a long line in an example".into())
            }
            Code { meaning, .. } if !meaning.ends_with('.') => Err("no sentence".into()),
            Code { .. } => Ok(()),
        }
    });
}

#[test]
fn every_code_has_examples_or_a_reason_not_to() {
    all_codes_hold(|code| match (code.bad, code.good, is_exempt(code)) {
        ([], [], true) => Ok(()),
        ([], _, _) | (_, [], _) => Err("an example is missing".into()),
        (_, _, true) => Err("examples, and a reason not to have any".into()),
        (_, _, false) => Ok(()),
    });
}

#[test]
fn the_bad_example_is_given_the_code() {
    all_codes_hold(|code| {
        let all = read(code.bad);
        if code.bad.is_empty() || is_said(&all, |one| one.code == code.code) {
            return Ok(());
        }
        Err(format!("not said of its bad example, but\n{}", shown(&all)))
    });
}

#[test]
fn the_good_example_is_not_given_it_and_nothing_else_is_wrong_either() {
    all_codes_hold(|code| {
        let all = read(code.good);
        let mild = |one: &Diagnostic| one.severity == Severity::Note || is_of_a_part(one);
        if is_said(&all, |one| one.code == code.code || !mild(one)) {
            return Err(format!("its good example is not good:\n{}", shown(&all)));
        }
        Ok(())
    });
}

/// Whether a warning is only about an example's being a part of a file, or about this version.
fn is_of_a_part(one: &Diagnostic) -> bool {
    let of_parts = [code::NO_INSTANCE, code::NOT_YET];
    one.severity == Severity::Warning && of_parts.contains(&one.code)
}
