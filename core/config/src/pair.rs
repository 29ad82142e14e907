//! What the files of several nodes mean together.
//!
//! Owns two answers about nodes that are to be one cluster: where their files disagree, as
//! diagnostics, and what happens to each virtual router when something breaks, computed and told in
//! words. Invariant: only what the files show is said; addresses of interfaces, for one, are not
//! in them.
//!
//! | file | owns |
//! |---|---|
//! | `routers` | which instances are one virtual router |
//! | `tracked` | what can fail, and what it does to a priority |
//! | `election` | who becomes master when, without packets |
//! | `behaviour` | a story for each thing that can break |
//! | `prose` | these stories in words |
//! | `agreement` | where the instances of a virtual router disagree |
//! | `fleet` | where scripts, sync groups and services disagree |
//! | `foresight` | what is wrong with the stories |
//!
//! Deliberately absent: packets, loss and the order of scripts' results; the simulator has them.

mod agreement;
mod behaviour;
mod election;
mod fleet;
mod foresight;
mod prose;
mod routers;
mod tracked;
mod trailers;

use core::time::Duration;

use bellwether_core::model::Config;
use bellwether_core::unit::{Name, Vrid};

use crate::Outcome;
use crate::diagnostic::Diagnostic;

pub use behaviour::{Behaviour, Story, Trouble};
pub use election::{Course, Standing, Takeover, Window};
pub use tracked::Object;

use routers::Node;

/// What there is to say about several nodes' files together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairReport {
    /// Where they disagree, and what can never work.
    pub diagnostics: Vec<Diagnostic>,
    /// What happens when something breaks, a paragraph for each virtual router.
    pub prose: String,
}

/// Compares the files of several nodes, each with the node's name. All must have been read by one
/// [`Reader`](crate::Reader), so that a diagnostic can point into more than one. A node without a
/// configuration, because of errors, is left out.
#[must_use]
pub fn check(nodes: &[(&str, &Outcome)]) -> PairReport {
    let usable: Vec<Node<'_>> = nodes
        .iter()
        .filter_map(|(name, outcome)| {
            let config = outcome.config.as_ref()?;
            let places = Some(&outcome.places);
            Some(Node {
                name,
                config,
                places,
            })
        })
        .collect();
    if usable.len() < 2 {
        return PairReport::default();
    }
    let mut diagnostics = Vec::new();
    let mut prose = Vec::new();
    let mut told = Vec::new();
    for router in routers::match_up(&usable) {
        let behaviour = behaviour::of(&router);
        prose.push(prose::paragraph(&router, behaviour.as_ref()));
        agreement::check(&router, usable.len(), &mut diagnostics);
        if let Some(behaviour) = &behaviour {
            foresight::check(&router, behaviour, &mut diagnostics);
        }
        told.push((router, behaviour));
    }
    fleet::check(&usable, &mut diagnostics);
    foresight::groups(&usable, &told, &mut diagnostics);
    PairReport {
        diagnostics,
        prose: prose.join("\n"),
    }
}

/// A virtual router, and what it does when something breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Its name, by the first node that has it.
    pub name: Name,
    /// Its VRID, by the first node that has it.
    pub vrid: Vrid,
    /// The nodes that have it, by their places; a member is one of these.
    pub nodes: Vec<usize>,
    /// What it does; none if its members refuse each other's adverts.
    pub behaviour: Option<Behaviour>,
}

/// What each virtual router of several nodes does when something breaks.
#[must_use]
pub fn forecast(nodes: &[(&str, &Config)]) -> Vec<Forecast> {
    let nodes: Vec<Node<'_>> = nodes
        .iter()
        .map(|(name, config)| Node {
            name,
            config,
            places: None,
        })
        .collect();
    let routers = routers::match_up(&nodes);
    let forecast = |router: &routers::Router<'_>| {
        Some(Forecast {
            name: router.name()?.clone(),
            vrid: router.vrid()?,
            nodes: router.members.iter().map(|member| member.node).collect(),
            behaviour: behaviour::of(router),
        })
    };
    routers.iter().filter_map(forecast).collect()
}

/// A span in words: `3.61 s`, or in milliseconds when it is short.
fn seconds(span: Duration) -> String {
    let millis = (span.as_micros() + 500) / 1000;
    if millis < 100 {
        return format!("{millis} ms");
    }
    let centis = (millis + 5) / 10;
    match (centis / 100, centis % 100) {
        (whole, 0) => format!("{whole} s"),
        (whole, part) if part % 10 == 0 => format!("{whole}.{} s", part / 10),
        (whole, part) => format!("{whole}.{part:02} s"),
    }
}

/// `a, b and c`
fn list(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(said(36), "36 ms");
        assert_eq!(said(609), "0.61 s");
        assert_eq!(said(3600), "3.6 s");
        assert_eq!(said(4000), "4 s");
    }
}
