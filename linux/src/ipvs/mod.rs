//! The load balancer's table of the real kernel, over its generic netlink family, and
//! `bellwether ipvs`.
//!
//! Owns the IPVS socket. Invariant: every operation has one outcome, in the order of the
//! operations; an answer that was lost is settled by a look at the table, and never taken for
//! success.
//!
//! Calls block, for as long as the kernel takes: microseconds, or a moment when it loads a
//! scheduler's module. A daemon keeps the socket on a thread that may wait.
//!
//! The only place that sees neli's types.
//!
//! Deliberately absent: any decision about what should be in the table; see
//! [`bellwether_core::kernel::ipvs`]. Notifications: the family has none, so whoever wants to know
//! what another program did must look.

pub mod cli;
mod decode;
mod encode;
mod family;
pub mod keeper;
mod load;
mod settle;
mod wire;

use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::thread;

use bellwether_core::kernel::ipvs::{
    Daemon, Destination, Entry, IpvsError, IpvsOp, Service, ServiceKey, Table, Timeouts,
};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use family::command;
use wire::{Outcome, Wire, broken, other};

/// What the kernel says of its IPVS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its version: 1.2.1 for many years.
    pub version: (u8, u8, u8),
    /// Slots of its connection table.
    pub connection_table: u32,
}

/// Counters of a service or a destination. The kernel refreshes them every two seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Connections scheduled.
    pub connections: u64,
    /// Packets from clients.
    pub in_packets: u64,
    /// Packets to clients; where the director sees them, which is with NAT only.
    pub out_packets: u64,
    /// Bytes from clients.
    pub in_bytes: u64,
    /// Bytes to clients.
    pub out_bytes: u64,
    /// Connections a second.
    pub connection_rate: u64,
    /// Packets from clients a second.
    pub in_packet_rate: u64,
    /// Packets to clients a second.
    pub out_packet_rate: u64,
    /// Bytes from clients a second.
    pub in_byte_rate: u64,
    /// Bytes to clients a second.
    pub out_byte_rate: u64,
}

/// A service with its counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceReport {
    /// The service.
    pub service: Service,
    /// Its counters.
    pub stats: Stats,
}

/// A destination with its connections and counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestinationReport {
    /// The destination.
    pub destination: Destination,
    /// Connections that are open.
    pub active: u32,
    /// Connections that are being opened or closed, and all of UDP.
    pub inactive: u32,
    /// Clients that stay with it.
    pub persistent: u32,
    /// Its counters.
    pub stats: Stats,
}

/// The table of one network namespace.
#[derive(Debug)]
pub struct Ipvs {
    wire: Wire,
}

impl Ipvs {
    /// Opens the table of the thread's network namespace.
    ///
    /// # Errors
    ///
    /// [`IpvsError::Unavailable`] if the kernel has no IPVS; those of the socket.
    pub fn open() -> Result<Self, IpvsError> {
        Wire::open(None).map(|wire| Self { wire })
    }

    /// The same, after an attempt to load the kernel's module where it has no IPVS.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_or_load() -> Result<Self, IpvsError> {
        Self::open().or_else(|error| {
            if error == IpvsError::Unavailable && load::load("ip_vs") {
                return Self::open();
            }
            Err(error)
        })
    }

    /// Opens the table of another network namespace, whose file this is, as `/run/netns/blue`.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and where there is no such namespace, or we may not enter it.
    pub fn open_in(namespace: &Path) -> Result<Self, IpvsError> {
        let file = File::open(namespace).map_err(|error| IpvsError::Other {
            errno: error.raw_os_error().unwrap_or_default(),
            message: format!("{}: {error}", namespace.display()),
        })?;
        // A socket stays where it was made; a thread of its own leaves this one where it is.
        let opening = thread::spawn(move || {
            let network = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(file.as_fd(), network).map_err(other)?;
            Self::open()
        });
        opening
            .join()
            .unwrap_or_else(|_| Err(broken("the thread that opens it has ended")))
    }

    /// Opens it with a receive buffer of so many bytes, so that tests can lose answers.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    #[doc(hidden)]
    pub fn open_with_receive_buffer(bytes: usize) -> Result<Self, IpvsError> {
        Wire::open(Some(bytes)).map(|wire| Self { wire })
    }

    /// Does all operations in their order, many in one system call, and says what became of each.
    ///
    /// One that fails changes nothing and does not keep later ones from being tried.
    pub fn apply(&mut self, ops: &[IpvsOp]) -> Vec<Result<(), IpvsError>> {
        let requests: Result<Vec<_>, String> = ops.iter().map(encode::change).collect();
        let outcomes = requests
            .map_err(broken)
            .and_then(|requests| self.wire.change(requests));
        let outcomes = match outcomes {
            Ok(outcomes) => outcomes,
            Err(error) => return vec![Err(error); ops.len()],
        };
        let mut results: Vec<_> = ops
            .iter()
            .zip(&outcomes)
            .map(|(op, outcome)| match outcome {
                Outcome::Done => Ok(()),
                Outcome::Refused(errno) => Err(refusal(op, *errno)),
                Outcome::Lost => Err(IpvsError::Unknown),
            })
            .collect();
        if outcomes.contains(&Outcome::Lost)
            && let Ok(table) = self.table()
        {
            settle::settle(ops, &mut results, &table);
        }
        results
    }

    /// What the kernel says of its IPVS.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn info(&mut self) -> Result<Info, IpvsError> {
        let question = encode::question(command::GET_INFO).map_err(broken)?;
        decode::info(&self.wire.one(question)?).map_err(broken)
    }

    /// All services, in the kernel's order. Each is there once, though the kernel may list one
    /// twice that changes meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn services(&mut self) -> Result<Vec<ServiceReport>, IpvsError> {
        let question = encode::question(command::GET_SERVICE).map_err(broken)?;
        let mut reports: Vec<ServiceReport> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for answer in self.wire.list(&question)? {
            let report = decode::service(&answer).map_err(broken)?;
            if seen.insert(report.service.key) {
                reports.push(report);
            }
        }
        Ok(reports)
    }

    /// One service.
    ///
    /// # Errors
    ///
    /// [`IpvsError::NoService`]; those of the socket.
    pub fn service(&mut self, key: &ServiceKey) -> Result<ServiceReport, IpvsError> {
        let question = encode::question_about(command::GET_SERVICE, key).map_err(broken)?;
        let missing = Errno::SRCH.raw_os_error();
        let is_missing = |error: &IpvsError| {
            let IpvsError::Other { errno, .. } = error else {
                return false;
            };
            *errno == missing
        };
        let answer = match self.wire.one(question) {
            Err(error) if is_missing(&error) => return Err(IpvsError::NoService),
            answer => answer?,
        };
        decode::service(&answer).map_err(broken)
    }

    /// The destinations of a service, in the kernel's order; of one that isn't there, none.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn destinations(&mut self, key: &ServiceKey) -> Result<Vec<DestinationReport>, IpvsError> {
        let question = encode::question_about(command::GET_DEST, key).map_err(broken)?;
        let mut reports: Vec<DestinationReport> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for answer in self.wire.list(&question)? {
            let report = decode::destination(&answer, key.family()).map_err(broken)?;
            if seen.insert(report.destination.key) {
                reports.push(report);
            }
        }
        Ok(reports)
    }

    /// The synchronisation daemons that run: the master before the backup.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn daemons(&mut self) -> Result<Vec<Daemon>, IpvsError> {
        let question = encode::question(command::GET_DAEMON).map_err(broken)?;
        let answers = self.wire.list(&question)?;
        let daemons: Result<Vec<_>, _> = answers.iter().map(decode::daemon).collect();
        let mut daemons = daemons.map_err(broken)?;
        daemons.sort_by_key(|daemon| daemon.role);
        Ok(daemons)
    }

    /// The connection timeouts.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn timeouts(&mut self) -> Result<Timeouts, IpvsError> {
        let question = encode::question(command::GET_CONFIG).map_err(broken)?;
        decode::timeouts(&self.wire.one(question)?).map_err(broken)
    }

    /// All that can be set, as it stands.
    ///
    /// No snapshot: what another program changes meanwhile may be there in part.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub fn table(&mut self) -> Result<Table, IpvsError> {
        let mut table = Table {
            timeouts: self.timeouts()?,
            ..Table::default()
        };
        for daemon in self.daemons()? {
            table.daemons.insert(daemon.role, daemon);
        }
        for ServiceReport { service, .. } in self.services()? {
            let key = service.key;
            let mut entry = Entry::new(service);
            for DestinationReport { destination, .. } in self.destinations(&key)? {
                entry.destinations.insert(destination.key, destination);
            }
            table.services.insert(key, entry);
        }
        Ok(table)
    }
}

/// What an errno means for an operation.
fn refusal(op: &IpvsOp, errno: Errno) -> IpvsError {
    let is_service = matches!(op, IpvsOp::AddService(_) | IpvsOp::SetService(_));
    let is_daemon = matches!(op, IpvsOp::StartDaemon(_) | IpvsOp::StopDaemon(_));
    let is_destination = matches!(
        op,
        IpvsOp::AddDestination(..) | IpvsOp::SetDestination(..) | IpvsOp::RemoveDestination(..)
    );
    match errno {
        Errno::EXIST if is_service => IpvsError::ServiceExists,
        Errno::EXIST if is_destination => IpvsError::DestinationExists,
        Errno::EXIST if is_daemon => IpvsError::DaemonRuns,
        Errno::SRCH if is_daemon => IpvsError::NoDaemon,
        Errno::SRCH => IpvsError::NoService,
        Errno::NOENT if is_service => IpvsError::NoScheduler,
        Errno::NOENT if is_destination => IpvsError::NoDestination,
        Errno::NODEV if is_daemon => IpvsError::NoInterface,
        Errno::RANGE => IpvsError::OutOfRange,
        Errno::INVAL => IpvsError::Invalid,
        errno => other(errno),
    }
}
