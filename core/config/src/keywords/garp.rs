//! Gratuitous ARP, as an instance or `global_defs` says.

use std::time::Duration;

use bellwether_core::model::{ExtraAnnouncements, GarpPolicy};

use crate::build::Context;
use crate::build::statement::Statement;
use crate::code;
use crate::registry::Grammar;

pub(super) const REFRESH: Grammar = Grammar::Integer {
    min: 0,
    max: 4_294_967_295,
    unit: "s",
};
/// Read by [`count`] or [`losing_count`].
pub(super) const COUNT: Grammar = Grammar::number(0, 4_294_967_295);

/// No batch has more. keepalived knows no bound; this one keeps a slip from flooding the LAN.
const MOST: u32 = 1_000;

/// How often a new or standing master announces; keepalived: at least once.
pub(super) fn count(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u32> {
    clamped(cx, statement, 1)
}

/// How often an address is announced after a losing advert; keepalived: 0 is never.
pub(super) fn losing_count(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<u32> {
    clamped(cx, statement, 0)
}

fn clamped(cx: &mut Context<'_>, statement: &Statement<'_, '_>, least: u32) -> Option<u32> {
    let given = statement.integer::<u32>(cx)?;
    let count = given.value.clamp(least, MOST);
    if count != given.value {
        let name = statement.keyword.name;
        let message = format!(
            "`{name}` is within {least} to {MOST}; {} is taken as {count}",
            given.value
        );
        cx.warning(code::CLAMPED, given.span, message);
    }
    Some(count)
}

/// What is said about gratuitous ARP.
#[derive(Clone, Debug, Default)]
pub(crate) struct GarpDraft {
    pub(crate) repeat: Option<u32>,
    pub(crate) delay: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
    pub(crate) refresh_repeat: Option<u32>,
    pub(crate) losing_repeat: Option<u32>,
    pub(crate) losing_delay: Option<Duration>,
    pub(crate) extra: Option<ExtraAnnouncements>,
}

impl GarpDraft {
    /// What holds for all instances.
    ///
    /// keepalived: a losing advert is answered as a new master announces, but by what is said for
    /// all instances; the `garp_master_delay` of one instance does not matter for it.
    pub(crate) fn of_all(&self) -> GarpPolicy {
        let policy = GarpPolicy::default();
        self.over(GarpPolicy {
            losing_repeat: self.repeat.unwrap_or(policy.losing_repeat),
            losing_delay: self.delay.unwrap_or(policy.losing_delay),
            ..policy
        })
    }

    /// What holds where `self` does not say: `policy`.
    pub(crate) fn over(&self, policy: GarpPolicy) -> GarpPolicy {
        GarpPolicy {
            repeat: self.repeat.unwrap_or(policy.repeat),
            delay: self.delay.unwrap_or(policy.delay),
            refresh: self.refresh.unwrap_or(policy.refresh),
            refresh_repeat: self.refresh_repeat.unwrap_or(policy.refresh_repeat),
            losing_repeat: self.losing_repeat.unwrap_or(policy.losing_repeat),
            losing_delay: self.losing_delay.unwrap_or(policy.losing_delay),
            extra: self.extra.unwrap_or(policy.extra),
        }
    }
}
