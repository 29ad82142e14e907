//! Tracked processes: counted once in /proc, and then by the kernel's process connector; where
//! there is none, counted again each [`POLL`].
//!
//! Zombies don't run. A program is compared with the name of a process, which has at most 15
//! bytes, or with its command line, where parameters or `full_command` are given.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::pending;
use std::time::Duration;

use bellwether_core::model::{ParamMatch, TrackProcess};
use bellwether_core::track::Sighting;
use bellwether_core::unit::Name;
use tokio::time::sleep;

use super::connector::{Connector, Happened};

/// How often processes are counted where the kernel does not tell of them.
const POLL: Duration = Duration::from_millis(500);

/// How many bytes of a process's name the kernel keeps (`TASK_COMM_LEN`, without the NUL).
const NAME: usize = 15;

/// All processes that are followed.
#[derive(Debug, Default)]
pub(super) struct Processes {
    /// `None` until the first are followed, and where there is none to be had.
    connector: Option<Connector>,
    /// Whether there is none to be had.
    polls: bool,
    followed: BTreeMap<Name, Tracked>,
}

#[derive(Debug)]
struct Tracked {
    config: TrackProcess,
    running: BTreeSet<u32>,
}

/// What is compared of a process.
#[derive(Clone, Debug)]
struct Look {
    name: Vec<u8>,
    /// The words of its command line.
    command: Vec<Vec<u8>>,
}

impl Processes {
    /// Follows processes from now on, and gives how many there are.
    pub(super) fn follow(&mut self, config: TrackProcess) -> Vec<Sighting> {
        if self.connector.is_none() && !self.polls {
            match Connector::open() {
                Ok(connector) => self.connector = Some(connector),
                Err(error) => {
                    tracing::warn!(
                        %error,
                        "the kernel tells of no processes here; they are counted each {POLL:?}"
                    );
                    self.polls = true;
                }
            }
        }
        let name = config.name.clone();
        let running = BTreeSet::new();
        self.followed
            .insert(name.clone(), Tracked { config, running });
        self.count_all();
        let count = self.followed.get(&name).map_or(0, Tracked::count);
        vec![Sighting::Processes {
            processes: name,
            count,
        }]
    }

    /// Stops following processes.
    pub(super) fn unfollow(&mut self, name: &Name) {
        self.followed.remove(name);
        if self.followed.is_empty() {
            self.connector = None;
        }
    }

    /// Waits until there are more or fewer of some, and gives how many. Cancel safe.
    pub(super) async fn changed(&mut self) -> Vec<Sighting> {
        if self.followed.is_empty() {
            return pending().await;
        }
        loop {
            let before = self.counts();
            match &self.connector {
                Some(connector) => {
                    let happened = connector.next().await;
                    self.take_in(&happened);
                }
                None => {
                    sleep(POLL).await;
                    self.count_all();
                }
            }
            let counts = self.counts();
            let changed = counts
                .iter()
                .filter(|(name, count)| before.get(*name) != Some(count));
            let seen: Vec<Sighting> = changed
                .map(|(name, count)| Sighting::Processes {
                    processes: name.clone(),
                    count: *count,
                })
                .collect();
            if !seen.is_empty() {
                return seen;
            }
        }
    }

    fn counts(&self) -> BTreeMap<Name, u32> {
        let all = self.followed.iter();
        all.map(|(name, own)| (name.clone(), own.count())).collect()
    }

    fn take_in(&mut self, happened: &[Happened]) {
        if happened.contains(&Happened::Missed) {
            self.count_all();
            return;
        }
        for one in happened {
            match one {
                Happened::Changed(process) => {
                    let look = self.look_at(*process);
                    for own in self.followed.values_mut() {
                        own.see(*process, look.as_ref());
                    }
                }
                Happened::Ended(process) => {
                    for own in self.followed.values_mut() {
                        own.running.remove(process);
                    }
                }
                Happened::Missed => {}
            }
        }
    }

    /// Counts all anew.
    fn count_all(&mut self) {
        let entries = match fs::read_dir("/proc") {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(%error, "can't count processes");
                return;
            }
        };
        for own in self.followed.values_mut() {
            own.running.clear();
        }
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(process) = name.to_str().and_then(|text| text.parse().ok()) else {
                continue;
            };
            let look = self.look_at(process);
            for own in self.followed.values_mut() {
                own.see(process, look.as_ref());
            }
        }
    }

    /// What can be compared of a process, if it runs.
    fn look_at(&self, process: u32) -> Option<Look> {
        // "PID (NAME) STATE ...": the name may hold anything but a NUL.
        let stat = fs::read(format!("/proc/{process}/stat")).ok()?;
        let (open, close) = (
            stat.iter().position(|byte| *byte == b'(')?,
            stat.iter().rposition(|byte| *byte == b')')?,
        );
        let name = stat.get(open + 1..close)?.to_vec();
        if matches!(stat.get(close + 2)?, b'Z' | b'X') {
            return None;
        }
        // The command line lies in the process's own memory, and is read only where it counts.
        let needed = self.followed.values().any(|own| own.by_command());
        let command = match needed {
            true => fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default(),
            false => Vec::new(),
        };
        let command = command.strip_suffix(&[0]).unwrap_or(&command);
        Some(Look {
            name,
            command: command
                .split(|byte| *byte == 0)
                .map(<[u8]>::to_vec)
                .collect(),
        })
    }
}

impl Tracked {
    fn count(&self) -> u32 {
        u32::try_from(self.running.len()).unwrap_or(u32::MAX)
    }

    fn see(&mut self, process: u32, look: Option<&Look>) {
        if look.is_some_and(|look| self.is_one(look)) {
            self.running.insert(process);
        } else {
            self.running.remove(&process);
        }
    }

    const fn by_command(&self) -> bool {
        self.config.full_command || self.config.parameters.is_some()
    }

    fn is_one(&self, look: &Look) -> bool {
        let program = self.config.program.as_bytes();
        if !self.by_command() {
            let known = program.get(..NAME).unwrap_or(program);
            return look.name == known;
        }
        let Some((first, given)) = look.command.split_first() else {
            return false;
        };
        first == program && has_parameters(self.config.parameters.as_ref(), given)
    }
}

/// keepalived: all must be the same; or the first ones, with `partial`; or, with `initial`, the
/// last one that is asked for may go on, and others may follow.
fn has_parameters(asked: Option<&(Vec<String>, ParamMatch)>, given: &[Vec<u8>]) -> bool {
    let Some((asked, compare)) = asked else {
        return true;
    };
    let same = |(asked, given): (&String, &Vec<u8>)| asked.as_bytes() == given;
    let pairs = || asked.iter().zip(given);
    match compare {
        ParamMatch::Exact => asked.len() == given.len() && pairs().all(same),
        ParamMatch::Partial => asked.len() <= given.len() && pairs().all(same),
        ParamMatch::Initial => match asked.split_last() {
            None => true,
            Some((last, first)) => {
                let begins = |given: &Vec<u8>| given.starts_with(last.as_bytes());
                first.iter().zip(given).all(same) && given.get(first.len()).is_some_and(begins)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keepalived 2.2.7 was given these, and said which of them run.
    #[test]
    fn programs_are_compared_as_keepalived_compares_them() {
        let tracked = |line: &str, compare: Option<ParamMatch>, full_command| {
            let mut words = line.split(' ').map(str::to_owned);
            let mut config = TrackProcess::new("p".into(), &words.next().unwrap());
            let parameters: Vec<String> = words.collect();
            let compared = !parameters.is_empty() || compare.is_some();
            config.parameters = compared.then(|| (parameters, compare.unwrap_or_default()));
            config.full_command = full_command;
            Tracked {
                config,
                running: BTreeSet::new(),
            }
        };
        let look = |line: &str| Look {
            name: b"sleep".to_vec(),
            command: line
                .split(' ')
                .map(|word| word.as_bytes().to_vec())
                .collect(),
        };
        let (partial, initial) = (Some(ParamMatch::Partial), Some(ParamMatch::Initial));
        let table = [
            // What is asked for, and whether it is each of three command lines.
            (tracked("sleep", None, false), [true, true, true]),
            (tracked("sleep 1717", None, false), [true, false, false]),
            (
                tracked("/usr/bin/sleep 1717", None, false),
                [false, true, false],
            ),
            (
                tracked("/usr/bin/sleep", None, false),
                [false, false, false],
            ),
            (tracked("sleep", None, true), [true, false, true]),
            (tracked("sleep 17", partial, false), [false, false, false]),
            (tracked("sleep 1717", partial, false), [true, false, true]),
            (tracked("sleep 17", initial, false), [true, false, true]),
        ];
        for (tracked, expected) in table {
            let lines = ["sleep 1717", "/usr/bin/sleep 1717", "sleep 1717 5"];
            let seen = lines.map(|line| tracked.is_one(&look(line)));
            assert_eq!(seen, expected, "{:?}", tracked.config);
        }
    }

    #[test]
    fn long_names_are_compared_as_far_as_the_kernel_keeps_them() {
        let config = TrackProcess::new("p".into(), "a-very-long-program-name");
        let tracked = Tracked {
            config,
            running: BTreeSet::new(),
        };
        let look = Look {
            name: b"a-very-long-pro".to_vec(),
            command: Vec::new(),
        };
        assert!(tracked.is_one(&look));
    }

    /// What is told of a program that starts and ends.
    async fn starts_and_ends(mut processes: Processes) {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(format!("bwu-{}", std::process::id()));
        fs::copy("/bin/sleep", &program).unwrap();
        let name = program.file_name().unwrap().to_str().unwrap();
        let told = |count| {
            vec![Sighting::Processes {
                processes: "p".into(),
                count,
            }]
        };
        let config = TrackProcess::new("p".into(), name);
        assert_eq!(processes.follow(config), told(0));
        let start = || std::process::Command::new(&program).arg("60").spawn();
        let mut first = start().unwrap();
        assert_eq!(processes.changed().await, told(1));
        let mut second = start().unwrap();
        assert_eq!(processes.changed().await, told(2));
        second.kill().unwrap();
        // It is a zombie until it is waited for, and zombies do not run.
        assert_eq!(processes.changed().await, told(1));
        second.wait().unwrap();
        first.kill().unwrap();
        first.wait().unwrap();
        assert_eq!(processes.changed().await, told(0));
    }

    fn on_a_runtime(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let patience = Duration::from_secs(60);
        runtime.block_on(async { tokio::time::timeout(patience, test).await.unwrap() });
    }

    #[test]
    fn the_kernel_tells_of_processes() {
        on_a_runtime(async {
            if let Err(error) = Connector::open() {
                eprintln!("*** SKIPPED, this test saw nothing: no process connector: {error} ***");
                return;
            }
            starts_and_ends(Processes::default()).await;
        });
    }

    #[test]
    fn where_it_does_not_they_are_counted_again_and_again() {
        let polling = Processes {
            polls: true,
            ..Processes::default()
        };
        on_a_runtime(starts_and_ends(polling));
    }
}
