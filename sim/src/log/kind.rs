//! The kinds of entries: what each is called in the JSON form of the log, and what it says.

use super::What;

/// The name of the JSON form of the log, which stands in its first line.
pub const FORMAT: &str = "bellwether-sim-events";

/// The version of the JSON form. It grows when what a reader relies on changes its meaning or
/// goes; what is new comes without a new version.
pub const FORMAT_VERSION: u32 = 1;

/// The name of every kind of entry in the JSON form, and what it says, in the order of [`What`].
pub const KINDS: [(&str, &str); 39] = [
    ("phase", "a phase of the run begins"),
    ("fault", "a fault of the scenario happens"),
    ("process", "a node's process or power changed"),
    (
        "transition",
        "an instance changed its state: from, to, and why",
    ),
    ("priority", "an instance's effective priority changed"),
    ("advert-sent", "the node sent an advert"),
    ("advert-delivered", "a station's advert reached the node"),
    (
        "advert-lost",
        "the node's advert did not reach another one, and why",
    ),
    ("advert-refused", "the node refused an advert, and why"),
    (
        "mismatch",
        "the node accepted an advert that differs in what a person should mend",
    ),
    ("dual-master", "a master met another master"),
    (
        "address-lost",
        "somebody removed an address that a master owns; it is put back",
    ),
    (
        "garp",
        "the node announced an address by gratuitous ARP or neighbour advertisement",
    ),
    (
        "client-arp",
        "a client learned, or forgot, which node carries an address",
    ),
    (
        "address-added",
        "the node's kernel carries an address from now on",
    ),
    (
        "address-removed",
        "the node's kernel no longer carries an address",
    ),
    (
        "routing",
        "the kernel has a route, a rule or a filter, or no longer",
    ),
    (
        "routing-lost",
        "somebody removed a route or a rule that the node needs; it is put back",
    ),
    ("link", "an interface gained or lost its carrier"),
    ("link-seen", "the node heard how one of its interfaces is"),
    ("kernel-failed", "a kernel operation failed"),
    ("script-started", "a script's run began"),
    (
        "script-exited",
        "the node heard that a script's run is over",
    ),
    ("script-timeout", "a script ran longer than its timeout"),
    (
        "verdict",
        "what the node knows of a tracked script, process or BFD session changed",
    ),
    ("sighted", "the node was told of something that it follows"),
    ("bfd-heard", "the node heard a BFD packet"),
    ("bfd", "a BFD session changed its state"),
    (
        "file",
        "what a tracked file holds changed, as the node says",
    ),
    (
        "notified",
        "the node told people and scripts of a transition",
    ),
    ("told", "the node told people and scripts of something else"),
    ("lvs", "something of the node's virtual servers"),
    ("probe-started", "the node began to check a real server"),
    ("probe-ended", "the node heard how a check ended"),
    ("probe-cancelled", "the node gave a check up"),
    (
        "table-changed",
        "the kernel's table of services was changed",
    ),
    ("late", "the node handled a timer late"),
    ("expectation", "an expectation was met, or not"),
    ("violation", "an invariant was violated"),
];

impl What {
    /// The name of its kind in the JSON form: one of [`KINDS`].
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Phase(_) => "phase",
            Self::Fault(_) => "fault",
            Self::Process(_) => "process",
            Self::Transition { .. } => "transition",
            Self::Priority { .. } => "priority",
            Self::AdvertSent(_) => "advert-sent",
            Self::AdvertDelivered { .. } => "advert-delivered",
            Self::AdvertLost { .. } => "advert-lost",
            Self::AdvertRefused { .. } => "advert-refused",
            Self::Mismatch { .. } => "mismatch",
            Self::DualMaster { .. } => "dual-master",
            Self::AddressLost { .. } => "address-lost",
            Self::Garp { .. } => "garp",
            Self::ClientArp { .. } => "client-arp",
            Self::AddressAdded(_) => "address-added",
            Self::AddressRemoved(_) => "address-removed",
            Self::Routing { .. } => "routing",
            Self::RoutingLost { .. } => "routing-lost",
            Self::Link { .. } => "link",
            Self::LinkSeen { .. } => "link-seen",
            Self::KernelFailed { .. } => "kernel-failed",
            Self::ScriptStarted { .. } => "script-started",
            Self::ScriptExited { .. } => "script-exited",
            Self::ScriptTimeout { .. } => "script-timeout",
            Self::Verdict { .. } => "verdict",
            Self::Sighted(_) => "sighted",
            Self::BfdHeard { .. } => "bfd-heard",
            Self::Bfd { .. } => "bfd",
            Self::File { .. } => "file",
            Self::Notified { .. } => "notified",
            Self::Told { .. } => "told",
            Self::Lvs(_) => "lvs",
            Self::ProbeStarted { .. } => "probe-started",
            Self::ProbeEnded { .. } => "probe-ended",
            Self::ProbeCancelled { .. } => "probe-cancelled",
            Self::TableChanged(_) => "table-changed",
            Self::Late { .. } => "late",
            Self::Expectation { .. } => "expectation",
            Self::Violation(_) => "violation",
        }
    }
}
