//! Invariants of one's own.

use bellwether_core::Instant;

use super::Moment;
use crate::log::Entry;
use crate::world::World;

/// Something that must always hold in a lab.
///
/// A closure is a rule: [`super::LabBuilder::always`]. A type of one's own can remember what it saw
/// before.
pub trait Rule {
    /// Looks at the world after each step, and whenever a run ends. Between two steps nothing
    /// changes but the time.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    fn look(&mut self, moment: &Moment<'_>) -> Result<(), String>;
}

impl<F: FnMut(&Moment<'_>) -> Result<(), String>> Rule for F {
    fn look(&mut self, moment: &Moment<'_>) -> Result<(), String> {
        self(moment)
    }
}

/// One breach of a rule. While a rule goes on being broken in the same words it is one breach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule's name.
    pub rule: String,
    /// When it was noticed.
    pub at: Instant,
    /// What is wrong, in the rule's words.
    pub message: String,
}

/// All rules of a lab, and what they found.
#[derive(Default)]
pub(super) struct Rules {
    rules: Vec<Held>,
    pub(super) breaches: Vec<Breach>,
    /// How many entries of the log have been shown.
    shown: usize,
}

struct Held {
    name: String,
    rule: Box<dyn Rule>,
    /// What it said last.
    broken: Option<String>,
}

impl Rules {
    pub(super) fn add(&mut self, name: String, rule: Box<dyn Rule>) {
        self.rules.push(Held {
            name,
            rule,
            broken: None,
        });
    }

    /// Shows the world to all rules, with what has happened since the last time.
    pub(super) fn look(&mut self, world: &World, log: &[Entry]) {
        let fresh = log.get(self.shown..).unwrap_or_default();
        self.shown = log.len();
        let moment = Moment::new(world, log, fresh);
        for held in &mut self.rules {
            let message = held.rule.look(&moment).err();
            if let Some(message) = message
                .clone()
                .filter(|own| held.broken.as_ref() != Some(own))
            {
                self.breaches.push(Breach {
                    rule: held.name.clone(),
                    at: world.now(),
                    message,
                });
            }
            held.broken = message;
        }
    }

    /// Takes this many entries as shown.
    pub(super) const fn skip(&mut self, shown: usize) {
        self.shown = shown;
    }
}
