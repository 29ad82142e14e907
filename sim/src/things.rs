//! What a machine has that instances track besides links and scripts: files with a number, and
//! processes. It outlives the process that runs the core.

use std::collections::BTreeMap;

use bellwether_core::model::{Config, InitFile, TrackProcess};
use bellwether_core::track::{FileContent, Followed, Sighting, TrackerKind};
use bellwether_core::unit::Name;

use crate::fault::{Fault, FileFault, ProcessFault};

/// What a machine has that instances track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Things {
    files: BTreeMap<Name, File>,
    processes: BTreeMap<Name, Processes>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    content: FileContent,
    /// What it holds when nothing is wrong.
    healthy: FileContent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Processes {
    count: u32,
    healthy: u32,
}

impl Things {
    /// Everything that these configurations of one machine speak of, and well: no file is there,
    /// which counts as 0, and as many processes run as their quorum asks for.
    #[must_use]
    pub fn of<'c>(configs: impl Iterator<Item = &'c Config>) -> Self {
        let mut things = Self::default();
        configs.for_each(|config| things.add(config));
        things
    }

    /// What a configuration speaks of and was not there yet.
    pub fn add(&mut self, config: &Config) {
        for file in &config.parts().files {
            self.files.entry(file.name.clone()).or_insert(File {
                content: FileContent::Missing,
                healthy: FileContent::Missing,
            });
        }
        for processes in &config.parts().processes {
            let healthy = healthy_count(processes);
            let made = Processes {
                count: healthy,
                healthy,
            };
            self.processes.entry(processes.name.clone()).or_insert(made);
        }
    }

    /// A process begins to look at something: a file gets its first number, if it is to have one.
    pub fn begin(&mut self, followed: &Followed) {
        match followed {
            Followed::File(tracked) => {
                let Some(InitFile { value, overwrite }) = tracked.init else {
                    return;
                };
                let value = FileContent::Number(i32::try_from(value).unwrap_or_default());
                if let Some(file) = self.files.get_mut(&tracked.name)
                    && (overwrite || file.content == FileContent::Missing)
                {
                    file.content = value;
                    file.healthy = value;
                }
            }
            Followed::Processes(_) | Followed::Bfd(_) => {}
        }
    }

    /// Somebody writes a file, or removes it. Returns whether there is such a file.
    pub fn write(&mut self, name: &Name, content: Option<&str>) -> bool {
        let content = content.map_or(FileContent::Missing, |text| {
            FileContent::parse(text.as_bytes())
        });
        let file = self.files.get_mut(name);
        file.map(|file| file.content = content).is_some()
    }

    /// This many processes run from now on. Returns whether there are such processes.
    pub fn run(&mut self, name: &Name, count: u32) -> bool {
        let processes = self.processes.get_mut(name);
        processes.map(|own| own.count = count).is_some()
    }

    /// All is as it was before anybody touched it.
    pub fn heal(&mut self) {
        for file in self.files.values_mut() {
            file.content = file.healthy;
        }
        for processes in self.processes.values_mut() {
            processes.count = processes.healthy;
        }
    }

    /// The faults that make all well on a node of this configuration.
    pub(crate) fn mend(node: &Name, config: &Config) -> Vec<Fault> {
        let files = config.parts().files.iter().map(|file| {
            Fault::File(FileFault {
                node: node.clone(),
                file: file.name.clone(),
                content: file.init.map(|init| init.value.to_string()),
            })
        });
        let processes = config.parts().processes.iter().map(|processes| {
            Fault::Processes(ProcessFault {
                node: node.clone(),
                process: processes.name.clone(),
                count: healthy_count(processes),
            })
        });
        files.chain(processes).collect()
    }

    /// How many of these processes run.
    #[must_use]
    pub fn count(&self, name: &Name) -> Option<u32> {
        self.processes.get(name).map(|own| own.count)
    }

    /// What who looks now sees.
    #[must_use]
    pub fn look(&self, kind: TrackerKind, name: &Name) -> Option<Sighting> {
        match kind {
            TrackerKind::File => self.files.get(name).map(|file| Sighting::File {
                file: name.clone(),
                content: file.content,
            }),
            TrackerKind::Process => self.processes.get(name).map(|own| Sighting::Processes {
                processes: name.clone(),
                count: own.count,
            }),
            TrackerKind::Script | TrackerKind::Interface | TrackerKind::Bfd => None,
        }
    }
}

fn healthy_count(processes: &TrackProcess) -> u32 {
    match processes.quorum_max {
        Some(most) => processes.quorum.min(most),
        None => processes.quorum,
    }
}

impl TrackedThing {
    /// What is to be looked at.
    #[must_use]
    pub fn of(followed: &Followed) -> Self {
        let kind = match followed {
            Followed::File(_) => TrackerKind::File,
            Followed::Processes(_) => TrackerKind::Process,
            Followed::Bfd(_) => TrackerKind::Bfd,
        };
        Self {
            kind,
            name: followed.name().clone(),
        }
    }
}

/// Something that a process looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrackedThing {
    /// Of which kind it is.
    pub kind: TrackerKind,
    /// What it is called.
    pub name: Name,
}
