//! Linux adapters for the core's ports, and the `bellwether` daemon.
//!
//! | room | owns |
//! |---|---|
//! | [`net`] | raw VRRP sockets and the packet socket for gratuitous ARP |
//! | [`netlink`] | addresses and interfaces of the kernel |
//! | [`ipvs`] | the load balancer's table of the kernel, and `bellwether ipvs` |
//! | [`prober`] | the threads that check real servers |
//! | [`script`] | tracked scripts as child processes |
//! | [`misc`] | the commands of MISC_CHECKs |
//! | [`track`] | tracked files and processes |
//! | [`presence`] | the host's addresses, for `ha_suspend` |
//! | [`mail`] | mail about changes |
//! | [`timer`] | the monotonic clock and its timerfd |
//! | [`inbox`] | the channel from all other threads into the VRRP loop |
//! | [`daemon`] | the process: threads, signals, start, reload, stop |
//! | [`cli`] | the command line, and what exit codes mean |
//! | [`check`] | `bellwether check` |
//! | [`convert`] | `bellwether convert`, `bellwether schema` |
//! | [`explain`] | `bellwether explain` |
//! | [`genhash`] | `bellwether genhash` |
//! | [`control`] | the control socket, both ends |
//! | [`status`] | `bellwether status`, `bellwether reload` |
//! | [`plan`] | `bellwether plan` |
//! | [`completions`] | completions of shells, and the manual page |
//!
//! # Threads
//!
//! The VRRP loop has a thread of its own, which does nothing but read and write its raw sockets,
//! wait on its timer, and pass messages; it runs at real-time priority where it may. Everything that may take time (netlink, scripts, checks,
//! signals, files, the log's descriptor) is on other threads.
//!
//! # Deliberately absent
//!
//! Decisions: they are the core's. `unsafe`, outside one file.

pub mod check;
pub mod cli;
pub mod completions;
mod configuration;
pub mod control;
pub mod convert;
pub mod daemon;
pub mod explain;
pub mod fifo;
pub mod filter;
pub mod genhash;
pub mod inbox;
pub mod ipvs;
mod journal;
pub mod launch;
mod log;
pub mod mail;
pub mod misc;
pub mod net;
pub mod netlink;
pub mod notify;
pub mod plan;
pub mod presence;
pub mod prober;
pub mod program;
mod record;
pub mod script;
pub mod status;
mod sys;
mod sysctl;
mod terminal;
pub mod timer;
pub mod track;
