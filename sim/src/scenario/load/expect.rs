//! Expectations: a time, and who is master or whom clients reach then.

use bellwether_core::Instant;
use toml::Spanned;
use toml::de::DeValue;

use super::Names;
use super::problem::Problems;
use super::table::{At, Table, text, time, wrong_type};
use crate::scenario::language::{EXPECT, names as keys};
use crate::scenario::{Expectation, Expected, When};

/// Reads one `[[expect]]`, which may speak of several instances.
pub(super) fn read(
    value: &Spanned<DeValue<'_>>,
    names: &Names,
    expectations: &mut Vec<Expectation>,
    problems: &mut Problems,
) {
    let Some(table) = Table::of("an expectation", value, &keys(EXPECT), problems) else {
        return;
    };
    let Some(when) = when(&table, problems) else {
        return;
    };
    if table.get("master").is_none() && table.get("clients-reach").is_none() {
        let hint = "say what is to be seen: master = { VI_1 = \"lb2\" }";
        table.missing("master", hint, problems);
    }
    for (instance, node) in per_instance(&table, "master", names, problems) {
        let expected = match node.value {
            "nobody" => Expected::Nobody,
            "several" => Expected::Several,
            name if names.check_node(&node, problems) => Expected::Master(name.into()),
            _ => continue,
        };
        expectations.push(Expectation {
            when,
            instance: instance.into(),
            expected,
        });
    }
    for (instance, node) in per_instance(&table, "clients-reach", names, problems) {
        if names.check_node(&node, problems) {
            expectations.push(Expectation {
                when,
                instance: instance.into(),
                expected: Expected::ClientsReach(node.value.into()),
            });
        }
    }
}

/// The pairs of a table such as `{ VI_1 = "lb2" }`.
fn per_instance<'a>(
    table: &Table<'a, '_>,
    key: &str,
    names: &Names,
    problems: &mut Problems,
) -> Vec<(&'a str, At<&'a str>)> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    let Some(inner) = value.get_ref().as_table() else {
        wrong_type(value, "a table such as { VI_1 = \"lb2\" }", problems);
        return Vec::new();
    };
    let mut pairs = Vec::new();
    for (instance, node) in inner {
        let instance = At {
            value: instance.get_ref().as_ref(),
            span: instance.span(),
        };
        if names.check_instance(&instance, problems)
            && let Some(node) = text(node, problems)
        {
            pairs.push((instance.value, node));
        }
    }
    pairs
}

fn when(table: &Table<'_, '_>, problems: &mut Problems) -> Option<When> {
    let given: Vec<&str> = ["at", "within", "always", "throughout", "never"]
        .into_iter()
        .filter(|key| table.get(key).is_some())
        .collect();
    match given[..] {
        ["at"] => Some(When::At(Instant::ZERO + table.time("at", problems)?.value)),
        ["within"] => {
            let (from, to) = span(table.get("within")?, problems)?;
            Some(When::Within { from, to })
        }
        [always @ ("always" | "throughout")] => {
            let (from, to) = span(table.get(always)?, problems)?;
            Some(When::Throughout { from, to })
        }
        ["never"] => {
            let (from, to) = span(table.get("never")?, problems)?;
            Some(When::Never { from, to })
        }
        [] => {
            let hint = "say when: at = \"5s\", within = [\"5s\", \"6s\"], \
                        always = [\"5s\", \"20s\"] or never = [\"5s\", \"20s\"]";
            table.missing("at", hint, problems);
            None
        }
        _ => {
            let message = format!("`{}` exclude each other", given.join("` and `"));
            problems.add(table.span.clone(), message, "here", None);
            None
        }
    }
}

fn span(value: &Spanned<DeValue<'_>>, problems: &mut Problems) -> Option<(Instant, Instant)> {
    let ends = value.get_ref().as_array();
    let ends: Vec<_> = ends.into_iter().flatten().collect();
    let [from, to] = ends[..] else {
        wrong_type(value, "a span such as [\"5s\", \"6s\"]", problems);
        return None;
    };
    let (from, to) = (time(from, problems)?, time(to, problems)?);
    if from.value > to.value {
        let hint = Some("write the earlier time first".to_owned());
        problems.add(
            value.span(),
            "this span ends before it begins",
            "here",
            hint,
        );
        return None;
    }
    Some((Instant::ZERO + from.value, Instant::ZERO + to.value))
}
