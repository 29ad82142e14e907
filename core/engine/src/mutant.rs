//! Deliberately broken cores, for testing that the tests notice.
//!
//! Without the feature `mutants` (and no product build has it) [`is_active`] is constant `false`
//! and every use of it folds away.

/// One way to break the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// Skew time is zero: backups of all priorities wake together.
    NoSkew,
    /// A new master announces nothing.
    NoGarp,
    /// A backup takes over from a live master of lower priority in spite of `nopreempt`.
    PreemptIgnored,
    /// A master's resignation is not heard.
    PriorityZeroIgnored,
    /// An advert of lower priority restarts a preempting backup's timer.
    LowerAdvertResetsTimer,
    /// Of two equal masters the one with the lower address stays.
    TieBreakReversed,
    /// Timers fire before the packets that have already arrived are heard. Drivers ask for it.
    TimersBeforePackets,
    /// A script's weight counts twice.
    WeightTwice,
    /// A stopping master says nothing.
    SilentStop,
    /// Addresses left behind by a predecessor stay.
    LeftoversKept,
    /// A script's first failure counts as `fall` failures.
    FallIgnored,
    /// The hop limit is not looked at.
    HopLimitIgnored,
    /// A master that hears a losing advert neither answers nor announces.
    LosingAdvertIgnored,
    /// A master that steps down keeps its addresses.
    AddressesKept,
    /// A member of a sync group does not share another member's fault.
    FaultNotShared,
    /// A member of a sync group becomes master without the others.
    LeadsAlone,
    /// A member of a sync group stays master when another one steps down.
    StaysBehind,
    /// Where unicast sources are to be checked, they are not.
    SourceUnchecked,
    /// Of two equal masters over IPv6 the one with the lower address stays.
    TieBreakReversedOverIpv6,
    /// The second batch of announcements after a losing advert is forgotten.
    NoLosingBatch,
    /// A backup waits for three adverts, whatever it is told.
    AlwaysThreeMissed,
    /// Addresses that adverts do not list are forgotten.
    ExcludedForgotten,
    /// A tracked interface that is up counts as unknown.
    InterfaceUnread,
    /// An authentication header is believed however often it is heard.
    ReplayAccepted,
    /// A master sets no routes.
    RoutesForgotten,
    /// What the node is always to have is forgotten.
    StaticsForgotten,
    /// A tracked file's number counts once, whatever its weight.
    FileWeightIgnored,
    /// One process is enough, whatever the quorum.
    QuorumIgnored,
    /// A checker's first failure counts, whatever `retry` says.
    RetryIgnored,
    /// A quorum is gained and lost without hysteresis.
    HysteresisIgnored,
    /// The sorry server never serves.
    NoSorryServer,
    /// A server that is down goes from the table in spite of `inhibit_on_failure`.
    NoInhibit,
    /// A server is up before its first check in spite of `alpha`.
    AlphaIgnored,
    /// What is to go from the table goes before its replacement is there.
    RemovedBeforeAdded,
    /// A server's notifications are forgotten.
    ServerUntold,
    /// A BFD session that hears nothing any more stays up.
    SilenceUnnoticed,
    /// Adverts leave by the base interface, though there is a virtual MAC.
    WireIsBase,
    /// The addresses of a virtual MAC are announced with its base's.
    BaseMacAnnounced,
    /// Interfaces that the node made stay when it stops.
    LinksKept,
    /// Announcements are not spaced.
    PacingIgnored,
    /// A master takes packets for addresses that it does not accept.
    AllAccepted,
    /// A reload starts every instance anew.
    ReloadForgets,
    /// A reload starts the timers of every instance anew.
    ReloadRearms,
}

/// Every mutant.
pub const MUTANTS: [Mutant; 43] = [
    Mutant::NoSkew,
    Mutant::NoGarp,
    Mutant::PreemptIgnored,
    Mutant::PriorityZeroIgnored,
    Mutant::LowerAdvertResetsTimer,
    Mutant::TieBreakReversed,
    Mutant::TimersBeforePackets,
    Mutant::WeightTwice,
    Mutant::SilentStop,
    Mutant::LeftoversKept,
    Mutant::FallIgnored,
    Mutant::HopLimitIgnored,
    Mutant::LosingAdvertIgnored,
    Mutant::AddressesKept,
    Mutant::FaultNotShared,
    Mutant::LeadsAlone,
    Mutant::StaysBehind,
    Mutant::SourceUnchecked,
    Mutant::TieBreakReversedOverIpv6,
    Mutant::NoLosingBatch,
    Mutant::AlwaysThreeMissed,
    Mutant::ExcludedForgotten,
    Mutant::InterfaceUnread,
    Mutant::ReplayAccepted,
    Mutant::RoutesForgotten,
    Mutant::StaticsForgotten,
    Mutant::FileWeightIgnored,
    Mutant::QuorumIgnored,
    Mutant::RetryIgnored,
    Mutant::HysteresisIgnored,
    Mutant::NoSorryServer,
    Mutant::NoInhibit,
    Mutant::AlphaIgnored,
    Mutant::RemovedBeforeAdded,
    Mutant::ServerUntold,
    Mutant::SilenceUnnoticed,
    Mutant::WireIsBase,
    Mutant::BaseMacAnnounced,
    Mutant::LinksKept,
    Mutant::PacingIgnored,
    Mutant::AllAccepted,
    Mutant::ReloadForgets,
    Mutant::ReloadRearms,
];

#[cfg(feature = "mutants")]
mod chosen {
    use core::cell::Cell;

    use super::Mutant;

    std::thread_local! {
        static ACTIVE: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Breaks every core of this thread in this way, or mends them all.
    pub fn activate(mutant: Option<Mutant>) {
        ACTIVE.set(mutant);
    }

    /// Whether cores of this thread are broken in this way.
    #[must_use]
    pub fn is_active(mutant: Mutant) -> bool {
        ACTIVE.get() == Some(mutant)
    }
}

#[cfg(feature = "mutants")]
pub use chosen::{activate, is_active};

/// Whether cores of this thread are broken in this way: never, in this build.
#[cfg(not(feature = "mutants"))]
#[must_use]
#[inline]
pub const fn is_active(_: Mutant) -> bool {
    false
}
