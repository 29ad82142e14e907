//! Routing rules as a kernel holds them, and what tells one from another.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::route::ROUTE_PROTOCOL;
use crate::model::{Prefix, Rule, RuleAction};
use crate::unit::Family;

/// keepalived: the priority of the first rule that has none.
const PRIORITY: u32 = 16384;

/// Identity of a rule in a kernel: all that it says, in the kernel's form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleKey(Box<Rule>);

/// A rule as it stands, or is to stand, in the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelRule {
    /// All that it says.
    pub key: RuleKey,
    /// Whether it carries our mark, or was added by us.
    pub ours: bool,
}

impl RuleKey {
    /// What a kernel tells this rule by.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self(Box::new(Rule {
            from: rule.from.and_then(Prefix::network),
            to: rule.to.and_then(Prefix::network),
            fwmark: rule.fwmark.filter(|mark| *mark != (0, 0)),
            tos: rule.tos.filter(|tos| *tos != 0),
            priority: Some(rule.priority.unwrap_or(PRIORITY)),
            realms: rule.realms.filter(|realms| *realms != 0),
            tun_id: rule.tun_id.filter(|id| *id != 0),
            ip_protocol: rule.ip_protocol.filter(|protocol| *protocol != 0),
            protocol: Some(rule.protocol.unwrap_or(ROUTE_PROTOCOL)),
            tracked: true,
            track_group: None,
            ..rule.clone()
        }))
    }

    /// All that it says: priority and protocol are there.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.0
    }

    /// Whether its protocol says that it is ours.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.0.protocol == Some(ROUTE_PROTOCOL)
    }
}

impl KernelRule {
    /// A rule that is asked for.
    #[must_use]
    pub fn wanted(rule: &Rule) -> Self {
        Self {
            key: RuleKey::of(rule),
            ours: true,
        }
    }

    /// A rule that was found.
    #[must_use]
    pub fn found(key: RuleKey) -> Self {
        Self {
            ours: key.is_marked(),
            key,
        }
    }
}

impl fmt::Display for RuleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.rule();
        write!(f, "rule {}", rule.priority.unwrap_or(PRIORITY))?;
        if rule.family == Family::V6 {
            f.write_str(" inet6")?;
        }
        if rule.not {
            f.write_str(" not")?;
        }
        for (word, network) in [(" from ", rule.from), (" to ", rule.to)] {
            if let Some(network) = network {
                write!(f, "{word}{network}")?;
            }
        }
        for (word, interface) in [(" iif ", rule.iif), (" oif ", rule.oif)] {
            if let Some(interface) = interface {
                write!(f, "{word}{interface}")?;
            }
        }
        if let Some((mark, mask)) = rule.fwmark {
            write!(f, " fwmark {mark:#x}/{mask:#x}")?;
        }
        match rule.action {
            RuleAction::Lookup(table) => write!(f, " lookup {table}"),
            RuleAction::L3Mdev => f.write_str(" l3mdev"),
            RuleAction::Goto(target) => write!(f, " goto {target}"),
            RuleAction::Nop => f.write_str(" nop"),
            RuleAction::Blackhole => f.write_str(" blackhole"),
            RuleAction::Prohibit => f.write_str(" prohibit"),
            RuleAction::Unreachable => f.write_str(" unreachable"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_by_what_the_kernel_tells_back() {
        let mut rule = Rule::new(Family::V4, RuleAction::Lookup(100));
        rule.from = Some(Prefix {
            address: "192.0.2.77".parse().unwrap(),
            len: 24,
        });
        rule.tos = Some(0);
        rule.tracked = false;
        let key = RuleKey::of(&rule);
        assert!(key.is_marked());
        assert_eq!(key.to_string(), "rule 16384 from 192.0.2.0/24 lookup 100");
        assert_eq!(RuleKey::of(key.rule()), key, "it is in its form already");
    }
}
