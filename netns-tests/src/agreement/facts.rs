//! What a program understood of a file, as plain facts that can be compared.

use std::collections::BTreeMap;
use std::fmt::Display;

/// What one program understood: of each thing (`vrrp_instance VI_1`), each value by its keyword.
///
/// Values are written in one way for both programs: times in milliseconds, switches as `on` or
/// `off`, addresses with their prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    values: BTreeMap<(String, String), String>,
}

/// One fact that two programs don't agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The thing: `vrrp_instance VI_1`.
    pub thing: String,
    /// The keyword.
    pub keyword: String,
    /// What keepalived understood; none: nothing.
    pub theirs: Option<String>,
    /// What Bellwether understood; none: nothing.
    pub ours: Option<String>,
}

impl Facts {
    /// Adds one fact.
    pub fn add(&mut self, thing: &str, keyword: &str, value: impl Display) {
        self.values
            .insert((thing.to_owned(), keyword.to_owned()), value.to_string());
    }

    /// Adds a switch.
    pub fn switch(&mut self, thing: &str, keyword: &str, on: bool) {
        self.add(thing, keyword, if on { "on" } else { "off" });
    }

    /// Adds a value if there is one.
    pub fn some(&mut self, thing: &str, keyword: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(thing, keyword, value);
        }
    }

    /// Adds a list, unless it is empty, as one fact: its order counts.
    pub fn list(&mut self, thing: &str, keyword: &str, values: &[String]) {
        if !values.is_empty() {
            self.add(thing, keyword, values.join(" | "));
        }
    }

    /// How many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no fact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The facts, as `thing: keyword = value` in order.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.values
            .iter()
            .map(|((thing, keyword), value)| format!("{thing}: {keyword} = {value}"))
    }

    /// What keepalived (`self`) and Bellwether don't agree on, in order.
    #[must_use]
    pub fn disagreements(&self, ours: &Self) -> Vec<Disagreement> {
        let mut keys: Vec<_> = self.values.keys().chain(ours.values.keys()).collect();
        keys.sort();
        keys.dedup();
        keys.into_iter()
            .map(|key| Disagreement {
                thing: key.0.clone(),
                keyword: key.1.clone(),
                theirs: self.values.get(key).cloned(),
                ours: ours.values.get(key).cloned(),
            })
            .filter(|found| found.theirs != found.ours)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_that_one_side_lacks_is_a_disagreement() {
        let (mut theirs, mut ours) = (Facts::default(), Facts::default());
        theirs.add("vrrp_instance A", "priority", 100);
        ours.add("vrrp_instance A", "priority", 100);
        assert_eq!(theirs.disagreements(&ours), []);
        theirs.switch("vrrp_instance A", "accept", true);
        ours.add("vrrp_instance A", "priority", 99);
        let found = theirs.disagreements(&ours);
        let keywords: Vec<&str> = found.iter().map(|one| one.keyword.as_str()).collect();
        assert_eq!(keywords, ["accept", "priority"]);
        assert_eq!(
            (found[0].theirs.as_deref(), &found[0].ours),
            (Some("on"), &None)
        );
    }
}
