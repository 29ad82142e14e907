//! A fault script: one configuration, and what happens while it runs.

/// What happens, and what both tables are compared after.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// This real server stops: 1 is 10.0.0.1.
    Down(u8),
    /// It starts again.
    Up(u8),
    /// It answers with this HTTP status.
    Answers(u8, u16),
    /// The program `{place}/check` ends with this status.
    Exits(u8),
    /// The file `{place}/number` holds this.
    Holds(&'static str),
    /// The daemon reads another file.
    Reload(String),
    /// `ipvsadm` is called with these words.
    Ipvsadm(&'static str),
    /// `ip` is called with these words.
    Ip(&'static str),
    /// The daemon is told to stop, and does.
    Stop,
}

/// A step, and whether keepalived's table is another after it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) step: Step,
    pub(crate) changes: bool,
    /// A difference to keepalived that shows after it, by the name that the compatibility table
    /// has it by.
    pub(crate) differs: Option<&'static str>,
}

/// A fault script.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) config: String,
    /// What is so before the daemons start.
    pub(crate) before: Vec<Step>,
    pub(crate) scenes: Vec<Scene>,
    /// The same of the table with which both have started.
    pub(crate) starts_differ: Option<&'static str>,
}

impl Script {
    pub(crate) fn new(name: &'static str, config: impl Into<String>) -> Self {
        Self {
            name,
            config: config.into(),
            before: Vec::new(),
            scenes: Vec::new(),
            starts_differ: None,
        }
    }

    /// Is so before the daemons start.
    pub(crate) fn before(mut self, step: Step) -> Self {
        self.before.push(step);
        self
    }

    /// Happens, and changes keepalived's table.
    pub(crate) fn then(mut self, step: Step) -> Self {
        self.scenes.push(Scene {
            step,
            changes: true,
            differs: None,
        });
        self
    }

    /// Happens, and leaves keepalived's table as it is.
    pub(crate) fn still(mut self, step: Step) -> Self {
        self.scenes.push(Scene {
            step,
            changes: false,
            differs: None,
        });
        self
    }

    /// After the last step so far, or the start, our table is not keepalived's, for this reason.
    pub(crate) fn differs(mut self, id: &'static str) -> Self {
        match self.scenes.last_mut() {
            Some(scene) => scene.differs = Some(id),
            None => self.starts_differ = Some(id),
        }
        self
    }
}
