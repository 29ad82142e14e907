//! `bellwether ipvs`, and `ipvsadm` where a link of that name leads to this program.
//!
//! Owns ipvsadm's command line: options, output and exit codes are ipvsadm 1.31's. Invariant: what
//! changes the table is one operation, or many for `-R`, and nothing is done before the whole
//! command is read.
//!
//! What differs, on purpose:
//!
//! | ipvsadm | here |
//! |---|---|
//! | `-S` loses thresholds, and flags that it has no name for | they are saved, and restored |
//! | `-R` does what stands before a line that it can't read | all lines are read first |
//! | `-M 24` means the mask 0.0.0.24 | it is refused: 255.255.255.0 is meant |
//! | an IPv6 address in brackets needs a port | it needs none |
//! | counters of destinations have 32 bits | they have 64 |
//! | marks from 2,147,483,648 up are printed below 0, and not read again | as they are |
//!
//! Exit codes: 0 done; 1 a list of a service that isn't there; 2 a command that makes no sense,
//! or no IPVS; 255 refused by the kernel, or no command at all.

mod address;
mod connections;
mod options;
mod order;
mod parse;
mod print;
mod restore;
mod server;
mod words;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp};

use address::Names;
use parse::{Command, Listing, What};

use super::{DestinationReport, Ipvs, ServiceReport};

/// The kernel refused it. Also: a command line without a command.
const REFUSED: u8 = 255;
/// The command line makes no sense; or there is no IPVS to ask.
const WRONG: u8 = 2;
/// The service that was to be listed isn't there.
const NOT_LISTED: u8 = 1;

/// Runs one command; the arguments are without the program's name.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let lossy = |argument: OsString| argument.to_string_lossy().into_owned();
    let arguments: Vec<String> = arguments.into_iter().map(lossy).collect();
    match perform(&arguments) {
        Ok(text) => {
            // Whoever reads may have gone, as `head` does.
            let _gone = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(Usage { message, status }) => {
            let _gone = writeln!(io::stderr(), "{message}");
            ExitCode::from(status)
        }
    }
}

/// Why a command was not done, and the exit status that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Usage {
    message: String,
    status: u8,
}

impl Usage {
    /// Something of the command line makes no sense.
    fn wrong(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: WRONG,
        }
    }

    /// Something of the command line can't even be read.
    fn unreadable(message: String) -> Self {
        Self {
            message,
            status: REFUSED,
        }
    }

    fn unknown(word: &str) -> Self {
        Self::unreadable(format!("{word}: unknown option; -h lists all"))
    }

    fn no_value(word: &str) -> Self {
        Self::unreadable(format!("{word}: missing argument"))
    }

    fn no_command() -> Self {
        Self::unreadable("the first option must be a command; -h lists all".to_owned())
    }
}

/// No table to ask.
impl From<IpvsError> for Usage {
    fn from(error: IpvsError) -> Self {
        Self::wrong(error.to_string())
    }
}

fn perform(arguments: &[String]) -> Result<String, Usage> {
    match parse::command(arguments)? {
        Command::Help => Ok(help()),
        Command::Version => Ok(format!(
            "bellwether ipvs {}, as ipvsadm 1.31\n",
            env!("CARGO_PKG_VERSION")
        )),
        Command::Change(op) => change(op),
        Command::List(listing) => list(&listing),
        Command::Save { numeric } => {
            let rows = rows(&mut Ipvs::open_or_load()?, None, true)?;
            Ok(print::save(&rows, &Names::new(numeric)))
        }
        Command::Restore => restore(),
    }
}

fn help() -> String {
    format!(
        "Usage: bellwether ipvs COMMAND [OPTIONS], as ipvsadm\n\n{}",
        options::help()
    )
}

fn change(op: IpvsOp) -> Result<String, Usage> {
    let outcomes = Ipvs::open_or_load()?.apply(std::slice::from_ref(&op));
    match outcomes.into_iter().next() {
        Some(Err(error)) => Err(Usage {
            message: refused(&op, &error),
            status: status(&error),
        }),
        Some(Ok(())) | None => Ok(String::new()),
    }
}

fn restore() -> Result<String, Usage> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Usage::wrong(format!("standard input: {error}")))?;
    let changes = restore::read(&text)?;
    let ops: Vec<IpvsOp> = changes.iter().map(|change| change.op.clone()).collect();
    let outcomes = Ipvs::open_or_load()?.apply(&ops);
    let message = restore::refusals(&changes, &outcomes).join("\n");
    if let Some(Err(last)) = outcomes.last() {
        let status = status(last);
        return Err(Usage { message, status });
    }
    if !message.is_empty() {
        let _gone = writeln!(io::stderr(), "{message}");
    }
    Ok(String::new())
}

/// The exit status of a refusal: who may not is told as if there were no table.
fn status(error: &IpvsError) -> u8 {
    if matches!(error, IpvsError::Denied | IpvsError::Unavailable) {
        WRONG
    } else {
        REFUSED
    }
}

/// What the kernel's refusal means for the command, in ipvsadm's sense.
fn refused(op: &IpvsOp, error: &IpvsError) -> String {
    let about_server = matches!(
        op,
        IpvsOp::AddDestination(..) | IpvsOp::SetDestination(..) | IpvsOp::RemoveDestination(..)
    );
    let text = match error {
        IpvsError::ServiceExists => "Service already exists",
        IpvsError::NoService if about_server => "Service not defined",
        IpvsError::NoService => "No such service",
        IpvsError::DestinationExists => "Destination already exists",
        IpvsError::NoDestination => "No such destination",
        IpvsError::NoScheduler => "Scheduler or persistence engine not found",
        IpvsError::DaemonRuns => "Daemon has already run",
        IpvsError::NoDaemon => "No daemon is running",
        IpvsError::OutOfRange => "Numerical result out of range",
        IpvsError::NoInterface => "No such device",
        IpvsError::Invalid => "Invalid operation: the kernel refuses it",
        IpvsError::Denied
        | IpvsError::Unavailable
        | IpvsError::Unknown
        | IpvsError::Other { .. } => return error.to_string(),
    };
    text.to_owned()
}

fn list(listing: &Listing) -> Result<String, Usage> {
    let names = Names::new(listing.numeric);
    let mut ipvs = Ipvs::open_or_load()?;
    match listing.what {
        What::Connections { engines } => {
            let table = std::fs::read_to_string(connections::FILE)
                .map_err(|error| Usage::wrong(format!("{}: {error}", connections::FILE)))?;
            Ok(connections::print(&table, engines, &names))
        }
        What::Timeouts => Ok(print::timeouts(ipvs.timeouts()?)),
        What::Daemons => Ok(print::daemons(&ipvs.daemons()?)),
        What::Table(columns) => {
            let rows = rows(&mut ipvs, listing.service.as_ref(), listing.sorted)?;
            let table = print::table(&rows, columns, listing.exact, &names);
            Ok(match listing.service {
                Some(_) => table,
                None => print::version(ipvs.info()?) + &table,
            })
        }
    }
}

/// One service or all, with their destinations.
fn rows(
    ipvs: &mut Ipvs,
    only: Option<&bellwether_core::kernel::ipvs::ServiceKey>,
    sorted: bool,
) -> Result<Vec<print::Row>, Usage> {
    let services = match only {
        Some(key) => match ipvs.service(key) {
            Err(IpvsError::NoService) => {
                return Err(Usage {
                    message: "No such service".to_owned(),
                    status: NOT_LISTED,
                });
            }
            report => vec![report?],
        },
        None => ipvs.services()?,
    };
    let services = if sorted {
        let by_key = |one: &ServiceReport, other: &ServiceReport| {
            order::services(&one.service.key, &other.service.key)
        };
        order::merge_sort(services, by_key)
    } else {
        services
    };
    let mut rows = Vec::with_capacity(services.len());
    for report in services {
        let mut destinations = ipvs.destinations(&report.service.key)?;
        if sorted {
            let by_key = |one: &DestinationReport, other: &DestinationReport| {
                order::destinations(&one.destination.key, &other.destination.key)
            };
            destinations = order::merge_sort(destinations, by_key);
        }
        rows.push((report, destinations));
    }
    Ok(rows)
}
