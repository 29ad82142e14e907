//! Faults: a time, and one key that says what happens.

use bellwether_core::Instant;
use bellwether_core::unit::Name;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::problem::{Problems, listed};
use super::table::{At, Table, text};
use super::{Context, Names, node};
use crate::fault::{Fault, TimedFault, Way};
use crate::scenario::language::FAULTS;

/// Reads one `[[fault]]`.
pub(super) fn read(
    context: &Context<'_>,
    value: &Spanned<DeValue<'_>>,
    names: &Names,
    warnings: &mut String,
    problems: &mut Problems,
) -> Option<TimedFault> {
    let known: Vec<&str> = ["at"].into_iter().chain(fault_words()).collect();
    let before = problems.len();
    let table = Table::of("a fault", value, &known, problems)?;
    let misspelt = problems.len() > before;
    let at = table.time("at", problems);
    if table.get("at").is_none() {
        table.missing("at", "say when it happens: at = \"10s\"", problems);
    }
    let mut kinds = table
        .entries()
        .into_iter()
        .filter(|(key, _)| key.value != "at" && known.contains(&key.value));
    let Some((kind, value)) = kinds.next() else {
        if !misspelt {
            let hint = Some(format!(
                "say what happens: {}",
                listed(&fault_words().collect::<Vec<_>>())
            ));
            problems.add(table.span.clone(), "this fault does nothing", "here", hint);
        }
        return None;
    };
    if let Some((second, _)) = kinds.next() {
        let message = format!("a fault is one thing, and this is `{}` too", second.value);
        let hint = "write a second [[fault]] with the same `at`".to_owned();
        problems.add(second.span, message, "one too many", Some(hint));
    }
    let fault = match kind.value {
        "reload" => reload(context, value, warnings, problems)?,
        "cut" | "heal" | "lose-resignation" if value.get_ref().is_str() => {
            ways(kind.value, &text(value, problems)?, problems)?
        }
        _ => decode(&kind, value, problems)?,
    };
    let well_named = check_names(value, names, problems);
    (well_named && at.is_some()).then_some(TimedFault {
        at: Instant::ZERO + at?.value,
        fault,
    })
}

/// Every key that says what happens.
fn fault_words() -> impl Iterator<Item = &'static str> {
    FAULTS.iter().map(|row| row.name)
}

/// Reads a fault as its data type describes it.
fn decode(kind: &At<&str>, value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<Fault> {
    let mut alone = DeTable::new();
    alone.insert(
        Spanned::new(kind.span.clone(), kind.value.to_owned().into()),
        value.clone(),
    );
    let span = kind.span.start..value.span().end;
    let alone = Spanned::new(span, DeValue::Table(alone));
    match Fault::deserialize(ValueDeserializer::from(alone)) {
        Ok(fault) => Some(fault),
        Err(error) => {
            let span = error.span().unwrap_or_else(|| value.span());
            let message = format!("`{}`: {}", kind.value, error.message());
            problems.add(span, message, "here", None);
            None
        }
    }
}

/// Reads "lb1 -> lb2", "lb1 <-> lb2" and "all".
fn ways(kind: &str, value: &At<&str>, problems: &mut Problems) -> Option<Fault> {
    let trimmed = |(a, b): (&str, &str)| [Name::from(a.trim()), Name::from(b.trim())];
    if kind == "heal" && value.value == "all" {
        return Some(Fault::HealAll {});
    }
    if let Some(ends) = value.value.split_once("<->").map(trimmed) {
        match kind {
            "cut" => return Some(Fault::CutBoth(ends)),
            "heal" => return Some(Fault::HealBoth(ends)),
            _ => {}
        }
    } else if let Some([from, to]) = value.value.split_once("->").map(trimmed) {
        let way = Way { from, to };
        return Some(match kind {
            "cut" => Fault::Cut(way),
            "heal" => Fault::Heal(way),
            _ => Fault::LoseResignation(way),
        });
    }
    let message = format!("`{}` is no way for `{kind}`", value.value);
    let hint = match kind {
        "heal" => "write \"lb1 -> lb2\", \"lb1 <-> lb2\" or \"all\"",
        "cut" => "write \"lb1 -> lb2\" for one direction, \"lb1 <-> lb2\" for both",
        _ => "write \"lb1 -> lb2\"",
    };
    problems.add(value.span.clone(), message, "here", Some(hint.to_owned()));
    None
}

fn reload(
    context: &Context<'_>,
    value: &Spanned<DeValue<'_>>,
    warnings: &mut String,
    problems: &mut Problems,
) -> Option<Fault> {
    let known = ["node", "config", "config-file"];
    let table = Table::of("a reload", value, &known, problems)?;
    let node_name = table.text("node", problems);
    if table.get("node").is_none() {
        table.missing("node", "say who reloads: node = \"lb1\"", problems);
    }
    let config = node::config(context, &table, warnings, problems)?;
    Some(Fault::Reload {
        node: node_name?.value.into(),
        config: Box::new(config),
    })
}

/// Reports a pattern of other letters than `o` and `x`.
fn check_pattern(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> bool {
    let Some(pattern) = value.get_ref().as_str() else {
        return true;
    };
    let known = |letter: char| matches!(letter, 'o' | 'x' | ' ');
    if !pattern.is_empty() && pattern.chars().all(known) {
        return true;
    }
    let message = format!("`{pattern}` is no pattern");
    let hint = "write one letter for each time, `o` for well and `x` for ill: \"oxx\"".to_owned();
    problems.add(value.span(), message, "here", Some(hint));
    false
}

/// Reports every name in a fault's value that the scenario does not have.
fn check_names(value: &Spanned<DeValue<'_>>, names: &Names, problems: &mut Problems) -> bool {
    let mut well = true;
    if let Some(way) = value.get_ref().as_str() {
        for part in way.split("<->").flat_map(|half| half.split("->")) {
            let name = At {
                value: part.trim(),
                span: value.span(),
            };
            well &= name.value == "all" || names.check_station(&name, problems);
        }
    }
    let pair = value.get_ref().as_array();
    for item in pair.into_iter().flatten() {
        well &= text(item, problems).is_none_or(|name| names.check_station(&name, problems));
    }
    let table = value.get_ref().as_table();
    for (key, value) in table.into_iter().flatten() {
        let key = key.get_ref().as_ref();
        if key == "pattern" {
            well &= check_pattern(value, problems);
        }
        if !["node", "toward", "from", "to", "script", "file", "process"].contains(&key) {
            continue;
        }
        let Some(name) = text(value, problems) else {
            continue;
        };
        well &= match key {
            "node" | "toward" => names.check_node(&name, problems),
            "script" => names.check_script(&name, problems),
            "file" => names.check_file(&name, problems),
            "process" => names.check_process(&name, problems),
            _ => names.check_station(&name, problems),
        };
    }
    well
}
