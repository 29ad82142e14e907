//! The state machine of one virtual router.
//!
//! Owns [`Instance`]: state, timers and priority of one VRRP instance. Its invariant: every
//! branch of the machine names the rule that it follows, and a refused advert changes nothing but
//! counters.
//!
//! Deliberately absent: the kernel (an instance only says whether it owns its addresses) and the
//! wire format (see [`crate::wire::vrrp`]).

mod state;

pub use state::{Cause, State};
