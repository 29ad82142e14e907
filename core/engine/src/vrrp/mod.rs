//! The state machine of one virtual router.
//!
//! Owns [`Instance`]: state, timers and priority of one VRRP instance. Its invariant: every
//! branch of the machine names the rule that it follows, and a refused advert changes nothing but
//! counters.
//!
//! | file | owns |
//! |---|---|
//! | `instance` | the data, what feeds it, what can be asked of it |
//! | `receive` | which adverts are accepted |
//! | `election` | what an accepted advert and a timer do |
//! | `follow` | what a member of a sync group does with the others |
//! | `listening` | for how long a backup listens before it takes over |
//! | `hearing` | whom it has heard of late, and what it refused |
//! | `reconfigure` | what a reload changes while it goes on |
//! | `adverts` | sending, and the encoded advert |
//! | `announce` | gratuitous ARP: when, how often, before which notification |
//! | `routing` | routes and rules of a master |
//! | `refusing` | what a master does not accept |
//! | `timers` | the timer table, and the two intervals of RFC 9568 6.1 |
//! | `counters` | what was refused, and how often that is said |
//!
//! Deliberately absent: the kernel (an instance only says which addresses it wants) and the wire
//! format (see [`crate::wire::vrrp`]).

mod adverts;
mod announce;
mod counters;
mod election;
mod follow;
mod hearing;
mod instance;
mod listening;
mod proof;
mod receive;
mod reconfigure;
mod refusing;
mod routing;
mod state;
mod timers;

pub(crate) use counters::Limiter;
pub use hearing::{Heard, KEPT, Refused};
pub use instance::Instance;
pub(crate) use instance::{Context, Inputs, LinkInput, interfaces_of, needed_by};
pub(crate) use proof::WallClock;
pub use state::{Cause, State};
pub use timers::{master_down_interval, skew_time};
