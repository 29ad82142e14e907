//! When checkers run: keywords of virtual servers, real servers and checkers, each the default of
//! the next.

use std::marker::PhantomData;
use std::time::Duration;

use crate::build::Context;
use crate::build::statement::Statement;
use crate::keywords::Row;
use crate::registry::Grammar;

/// keepalived takes delays of half a million years; this is more than a century.
const DELAY: Grammar = Grammar::Seconds {
    min: 1,
    max: 4_294_967_295_000_000,
};
const DELAY_OR_NONE: Grammar = Grammar::Seconds {
    min: 0,
    max: 4_294_967_295_000_000,
};
/// keepalived: up to 4294.967295 s.
const TIMEOUT: Grammar = Grammar::Seconds {
    min: 1,
    max: 4_294_967_295,
};
const RETRY: Grammar = Grammar::number(0, 4_294_967_295);

/// What a block says about times; what it does not say is said further out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timing {
    pub(super) delay_loop: Option<Duration>,
    pub(super) warmup: Option<Duration>,
    pub(super) retry: Option<u32>,
    pub(super) delay_before_retry: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) alpha: Option<bool>,
}

impl Timing {
    /// What it says, or else what `outer` says.
    pub(super) fn or(self, outer: Self) -> Self {
        Self {
            delay_loop: self.delay_loop.or(outer.delay_loop),
            warmup: self.warmup.or(outer.warmup),
            retry: self.retry.or(outer.retry),
            delay_before_retry: self.delay_before_retry.or(outer.delay_before_retry),
            connect_timeout: self.connect_timeout.or(outer.connect_timeout),
            alpha: self.alpha.or(outer.alpha),
        }
    }
}

/// A draft that says when checkers run.
pub(super) trait Timed: 'static {
    /// What it says.
    fn timing(&mut self) -> &mut Timing;
}

/// The rows of such drafts.
pub(super) struct Rows<D>(PhantomData<D>);

impl<D: Timed> Rows<D> {
    /// When they run, and how often they try.
    pub(super) const SCHEDULE: &'static [Row<D>] = &[
        Row::new(
            "delay_loop",
            DELAY,
            "Time between two checks",
            |draft: &mut D, cx, statement| set(&mut draft.timing().delay_loop, cx, statement),
        )
        .default("that of the block around it; 60"),
        Row::new(
            "warmup",
            DELAY_OR_NONE,
            "The most time before the first check; a random part of it is waited",
            |draft: &mut D, cx, statement| set(&mut draft.timing().warmup, cx, statement),
        )
        .default("that of the block around it; `delay_loop`"),
        Row::new(
            "retry",
            RETRY,
            "How often a failed check is tried again before the server is down",
            |draft: &mut D, cx, statement| {
                draft.timing().retry = statement.integer(cx).map(|n| n.value);
            },
        )
        .default("that of the block around it; 1, DNS_CHECK 3, MISC_CHECK 0"),
        Row::new(
            "delay_before_retry",
            DELAY_OR_NONE,
            "Time before each of these",
            |draft: &mut D, cx, statement| {
                set(&mut draft.timing().delay_before_retry, cx, statement);
            },
        )
        .default("that of the block around it; 1, HTTP_GET and SSL_GET 3, DNS_CHECK `delay_loop`"),
        Row::new(
            "alpha",
            Grammar::Bool,
            "A server is down until its first check is well",
            |draft: &mut D, cx, statement| draft.timing().alpha = statement.boolean(cx),
        )
        .default("that of the block around it; off"),
    ];

    /// How long they may take.
    pub(super) const TIMEOUT: &'static [Row<D>] = &[Row::new(
        "connect_timeout",
        TIMEOUT,
        "How long connecting, and each answer, may take",
        |draft: &mut D, cx, statement| set(&mut draft.timing().connect_timeout, cx, statement),
    )
    .default("that of the block around it; 5")];
}

fn set(place: &mut Option<Duration>, cx: &mut Context<'_>, statement: &Statement<'_, '_>) {
    *place = statement.seconds(cx).map(|time| time.value);
}
