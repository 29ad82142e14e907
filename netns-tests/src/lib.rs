//! Tests on a real Linux kernel: hosts made of network namespaces, Bellwether and keepalived as
//! routers, tcpdump as recorder and tshark as judge.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use std::time::Duration;
//! use bellwether_netns_tests::{Capture, Conf, Lab, Peer, VIP};
//!
//! let lab = Lab::pair()?;
//! let capture = Capture::start(lab.host(1))?;
//! let mut first = Peer::bellwether(lab.host(0), &Conf::v3(200))?;
//! let _second = Peer::keepalived(lab.host(1), &Conf::v3(100))?;
//! lab.wait_for_owners(VIP, &[0], Duration::from_secs(5))?;
//! first.kill()?;
//! # Ok(())
//! # }
//! ```
//!
//! Invariant: nothing outlives a test. Dropping a handle ends its process, dropping a [`Lab`]
//! removes its namespaces, and the next run removes what a killed run left.
//!
//! Needs root. Where that, or a tool, is missing, [`obstacle`] says so and no test is counted as
//! passed.

pub mod agreement;
mod backend;
mod capture;
mod command;
mod conf;
mod eventually;
mod frr;
mod gate;
mod inside;
mod mail;
mod peer;
mod scenario;
mod serial;
mod share;
mod topology;
mod usage;
mod vrrpd;

pub use backend::{Backend, fetch};
pub use capture::{Advert, Capture, Packet, Recording, What};
pub use command::{run, run_line};
pub use conf::{Conf, VIP};
pub use eventually::{eventually, throughout};
pub use frr::Frr;
pub use gate::{REQUIRE, balancer_obstacle, is_required, obstacle};
pub use inside::inside;
pub use mail::{MailServer, Temper};
pub use peer::{BINARY, Peer, Program, bellwether};
pub use rustix::process::Signal;
pub use scenario::{Change, Played, play};
pub use serial::{Turn, alone, beside_others};
pub use share::{SHARE, share};
pub use topology::{Host, INTERFACE, Lab, scratch};
pub use usage::Usage;
pub use vrrpd::{Role, Vrrpd};
