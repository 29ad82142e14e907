//! Scripted scripts: what each run does is data.

use core::time::Duration;

use bellwether_core::event::ScriptExit;
use bellwether_core::id::RunId;
use bellwether_core::unit::Name;

/// How long a run takes unless a fault says otherwise.
pub const DEFAULT_RUN: Duration = Duration::from_millis(10);

/// How long a signalled run takes to end.
pub const SIGNAL_DELAY: Duration = Duration::from_millis(1);

/// One script of one node, and what its next runs do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name.
    pub name: Name,
    /// What its runs do.
    pub behaviour: Behaviour,
    /// How long they take.
    pub takes: Duration,
    /// How many runs there were under a pattern.
    step: usize,
}

/// What the runs of a script do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// They succeed.
    Succeed,
    /// They exit with status 1.
    Fail,
    /// They never end by themselves.
    Hang,
    /// They go through these, again and again; `true` succeeds.
    Pattern(Vec<bool>),
}

impl Script {
    /// A script that succeeds.
    #[must_use]
    pub const fn new(name: Name) -> Self {
        Self {
            name,
            behaviour: Behaviour::Succeed,
            takes: DEFAULT_RUN,
            step: 0,
        }
    }

    /// Behaves so from the next run on.
    pub fn behave(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
        self.step = 0;
    }

    /// How the next run ends, and after which time; `None` for never.
    pub fn run(&mut self) -> Option<(Duration, ScriptExit)> {
        let succeeds = match &self.behaviour {
            Behaviour::Succeed => true,
            Behaviour::Fail => false,
            Behaviour::Hang => return None,
            Behaviour::Pattern(pattern) => {
                let place = self.step.checked_rem(pattern.len()).unwrap_or_default();
                self.step += 1;
                pattern.get(place).copied().unwrap_or(true)
            }
        };
        Some((self.takes, ScriptExit::Status(i32::from(!succeeds))))
    }
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose run it is.
    pub script: Name,
    /// Whether it was signalled; then only that exit counts.
    pub signalled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_repeats() {
        let mut script = Script::new("chk".into());
        script.behave(Behaviour::Pattern(vec![true, false]));
        let mut status = || script.run().map(|(_, exit)| exit.is_success());
        assert_eq!(
            [status(), status(), status()],
            [Some(true), Some(false), Some(true)]
        );
    }
}
