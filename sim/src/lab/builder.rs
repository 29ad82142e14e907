//! The nodes of a lab, and what is around them.

use core::time::Duration;

use bellwether_config::{Options, parse};
use bellwether_core::model::Config;

use super::rule::Rules;
use super::{Lab, LabError, Moment, Rule};
use crate::scenario::connect::connected_nodes;
use crate::scenario::{LinkSpec, Scenario};

/// Describes a lab: [`Lab::builder`].
#[derive(Default)]
pub struct LabBuilder {
    name: Option<String>,
    seed: u64,
    clients: Option<u32>,
    links: LinkSpec,
    nodes: Vec<(String, Source)>,
    rules: Rules,
}

enum Source {
    Text(String),
    Model(Box<Config>),
}

impl LabBuilder {
    /// What the lab is called in what it writes; default "lab".
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The seed of all that is random: where clocks begin, jitter, loss; default 0. The same seed and
    /// the same calls give the same run to the last bit, in any process and on any machine.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many clients there are, `client1` and so on, who send to the virtual addresses and
    /// believe their ARP caches; default 1.
    #[must_use]
    pub const fn clients(mut self, count: u32) -> Self {
        self.clients = Some(count);
        self
    }

    /// How long a frame takes from any station to any other, and the most that chance adds to it;
    /// default 100 us and nothing.
    #[must_use]
    pub const fn links(mut self, delay: Duration, jitter: Duration) -> Self {
        self.links = LinkSpec { delay, jitter };
        self
    }

    /// Adds a node that runs this keepalived.conf. Its interfaces get an address each, and nodes that
    /// share a virtual router a LAN.
    #[must_use]
    pub fn node(mut self, name: &str, keepalived_conf: &str) -> Self {
        let text = Source::Text(keepalived_conf.to_owned());
        self.nodes.push((name.to_owned(), text));
        self
    }

    /// Adds a node that runs this configuration.
    #[must_use]
    pub fn node_of(mut self, name: &str, config: Config) -> Self {
        let model = Source::Model(Box::new(config));
        self.nodes.push((name.to_owned(), model));
        self
    }

    /// Adds something that must always hold, as a closure.
    ///
    /// ```
    /// use bellwether_sim::{Lab, Moment};
    ///
    /// let builder = Lab::builder().always("nobody owns 192.0.2.1 twice", |moment: &Moment<'_>| {
    ///     match &*moment.owners("192.0.2.1") {
    ///         [] | [_] => Ok(()),
    ///         several => Err(format!("{} do", several.join(" and "))),
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn always(
        self,
        name: &str,
        holds: impl FnMut(&Moment<'_>) -> Result<(), String> + 'static,
    ) -> Self {
        self.rule(name, holds)
    }

    /// Adds something that must always hold, as a type that remembers what it saw.
    #[must_use]
    pub fn rule(mut self, name: &str, rule: impl Rule + 'static) -> Self {
        self.rules.add(name.to_owned(), Box::new(rule));
        self
    }

    /// Makes the lab, at its first instant: all processes start with the first step.
    ///
    /// # Errors
    ///
    /// When a configuration is wrong, two nodes have one name, or there are too many.
    pub fn build(self) -> Result<Lab, LabError> {
        let read = |(name, source): (String, Source)| match source {
            Source::Model(config) => Ok((name, *config)),
            Source::Text(text) => read(&name, &text).map(|config| (name, config)),
        };
        let configs: Vec<_> = self.nodes.into_iter().map(read).collect::<Result<_, _>>()?;
        let name = self.name.as_deref().unwrap_or("lab");
        let mut scenario = Scenario::new(name, connected_nodes(configs));
        scenario.seed = self.seed;
        scenario.links = self.links;
        scenario.clients = self.clients.unwrap_or(scenario.clients);
        let mut lab = Lab::of(scenario)?;
        lab.rules = self.rules;
        Ok(lab)
    }
}

/// Reads a keepalived.conf that is to be run.
pub(crate) fn read(node: &str, text: &str) -> Result<Config, LabError> {
    let outcome = parse(node, text, &Options::default()).to_run();
    let wrong = outcome.diagnostics.has_errors();
    outcome
        .config
        .filter(|_| !wrong)
        .ok_or_else(|| LabError::Config {
            node: node.to_owned(),
            problems: outcome.diagnostics.render(false),
        })
}
