//! Durable kernel state, declared: what is wanted, what is there, and the plan between them.
//!
//! There are several kinds of objects, each with a key that the kernel tells its objects by, and
//! one ordered list of operations for all of them: what others rest on comes first and goes last.
//!
//! Invariant: `plan(d, d)` is empty; applying `plan(d, o)` to `o` gives `d`; what is neither marked
//! as ours nor claimed by the configuration is never touched.
//!
//! | file | owns |
//! |---|---|
//! | `key` | what an object of any kind is called |
//! | `link` | interfaces that the node makes |
//! | `route`, `rule` | what a kernel tells routes and rules by |
//! | `refusal` | packets that a kernel drops |
//! | `plan` | what is wanted, what is there, and the way from one to the other |
//! | `state` | the kernel as a node believes it to be, and operations under way |
//! | [`ipvs`] | the load balancer's table, which is planned by itself |

pub mod ipvs;
mod key;
mod link;
mod plan;
mod refusal;
mod route;
mod rule;
mod state;

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

pub use key::KernelKey;
pub use link::{VirtualKind, VirtualLink};
pub use plan::{Claims, Desired, Observed, Wanted, plan};
pub use refusal::Refusal;
pub use route::{KernelRoute, ROUTE_PROTOCOL, RouteKey, Way};
pub use rule::{KernelRule, RuleKey};
pub use state::{KernelState, LinkKnowledge};

use crate::id::AddressKey;
use crate::model::{AddressFlags, Route};
use crate::unit::IfName;

/// An address as it stands, or is to stand, in the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What the kernel tells it by.
    pub key: AddressKey,
    /// Its label, if it has one of its own.
    pub label: Option<String>,
    /// Its broadcast address.
    pub broadcast: Option<Ipv4Addr>,
    /// Its scope as the kernel's number: 0 global, 253 link, 254 host.
    pub scope: u8,
    /// What few addresses have.
    pub options: AddressOptions,
    /// Whether it carries our mark (the address protocol id, where the kernel has that).
    pub ours: bool,
}

impl Address {
    /// What is known of it once the kernel tells of it as `there`: a kernel that keeps no marks
    /// forgets whose it is, and what is left of its preferred life is no difference from what was
    /// asked for.
    fn seen_as(&self, there: Self) -> Self {
        let preferred = if self.ours {
            self.options.preferred
        } else {
            there.options.preferred
        };
        Self {
            ours: self.ours || there.ours,
            options: AddressOptions {
                preferred,
                ..there.options
            },
            ..there
        }
    }
}

/// What few addresses have; by default none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressOptions {
    /// The far end of a point-to-point address.
    pub peer: Option<IpAddr>,
    /// For how long it is preferred from the moment on when it is added, in whole seconds; none:
    /// for ever. 0: it answers, and new connections do not go out from it.
    pub preferred: Option<u32>,
    /// Flags. `nodad` is never set here: our IPv6 addresses have no duplicate address detection
    /// anyway.
    pub flags: AddressFlags,
}

/// One change to the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelOp {
    /// Add an address. An adapter that finds it there already answers with success.
    AddAddress(Address),
    /// Remove an address. An adapter that finds it gone already answers with success.
    RemoveAddress(AddressKey),
    /// Add a route. An adapter that finds it there already answers with success.
    AddRoute {
        /// What the kernel will tell it by.
        key: Box<RouteKey>,
        /// All of it.
        route: Box<Route>,
    },
    /// Remove a route. An adapter that finds it gone already answers with success.
    RemoveRoute(Box<RouteKey>),
    /// Add a rule. An adapter that finds it there already answers with success.
    AddRule(RuleKey),
    /// Remove a rule. An adapter that finds it gone already answers with success.
    RemoveRule(RuleKey),
    /// Make an interface and set it up. An adapter that finds one of this shape there makes it
    /// ours, sets up what is missing, and answers with success.
    AddLink(VirtualLink),
    /// Remove an interface. An adapter that finds it gone already answers with success.
    RemoveLink(IfName),
    /// Drop what is to and from an address. An adapter that does so already answers with success.
    AddRefusal(Refusal),
    /// Drop it no longer. An adapter that does not do so answers with success.
    RemoveRefusal(Refusal),
}

/// Why the kernel did not do it. The object is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelError {
    /// There is no such interface now.
    NoInterface,
    /// We may not.
    Denied,
    /// Anything else, as an errno and its text.
    Other {
        /// The errno, positive; 0 where there is none.
        errno: i32,
        /// What it means.
        message: String,
    },
}

impl KernelOp {
    /// The object that it changes.
    #[must_use]
    pub fn key(&self) -> KernelKey {
        match self {
            Self::AddAddress(address) => KernelKey::Address(address.key),
            Self::RemoveAddress(key) => KernelKey::Address(*key),
            Self::AddRoute { key, .. } | Self::RemoveRoute(key) => KernelKey::Route(key.clone()),
            Self::AddRule(key) | Self::RemoveRule(key) => KernelKey::Rule(key.clone()),
            Self::AddLink(link) => KernelKey::Link(link.name),
            Self::RemoveLink(name) => KernelKey::Link(*name),
            Self::AddRefusal(own) | Self::RemoveRefusal(own) => KernelKey::Refusal(*own),
        }
    }

    /// Whether this is the object that it changes.
    #[must_use]
    pub fn changes(&self, object: &KernelKey) -> bool {
        match (self, object) {
            (Self::AddAddress(address), KernelKey::Address(key)) => address.key == *key,
            (Self::RemoveAddress(own), KernelKey::Address(key)) => own == key,
            (Self::AddRoute { key: own, .. } | Self::RemoveRoute(own), KernelKey::Route(key)) => {
                own == key
            }
            (Self::AddRule(own) | Self::RemoveRule(own), KernelKey::Rule(key)) => own == key,
            (Self::AddLink(link), KernelKey::Link(name)) => link.name == *name,
            (Self::RemoveLink(own), KernelKey::Link(name)) => own == name,
            (Self::AddRefusal(own) | Self::RemoveRefusal(own), KernelKey::Refusal(key)) => {
                own == key
            }
            (
                Self::AddAddress(_) | Self::RemoveAddress(_),
                KernelKey::Link(_)
                | KernelKey::Route(_)
                | KernelKey::Rule(_)
                | KernelKey::Refusal(_),
            )
            | (
                Self::AddRoute { .. } | Self::RemoveRoute(_),
                KernelKey::Link(_)
                | KernelKey::Address(_)
                | KernelKey::Rule(_)
                | KernelKey::Refusal(_),
            )
            | (
                Self::AddRule(_) | Self::RemoveRule(_),
                KernelKey::Link(_)
                | KernelKey::Address(_)
                | KernelKey::Route(_)
                | KernelKey::Refusal(_),
            )
            | (
                Self::AddLink(_) | Self::RemoveLink(_),
                KernelKey::Address(_)
                | KernelKey::Route(_)
                | KernelKey::Rule(_)
                | KernelKey::Refusal(_),
            )
            | (
                Self::AddRefusal(_) | Self::RemoveRefusal(_),
                KernelKey::Link(_)
                | KernelKey::Address(_)
                | KernelKey::Route(_)
                | KernelKey::Rule(_),
            ) => false,
        }
    }
}
