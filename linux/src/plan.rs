//! `bellwether plan`: what a reload would do, before it does it.

use std::path::Path;
use std::process::ExitCode;

use bellwether_config::Outcome;
use bellwether_core::model::Config;
use bellwether_core::reload::Plan;

use crate::cli::{PlanOptions, exit};
use crate::control::client::{Client, ClientError};
use crate::control::{Answer, What};
use crate::status::{finish, unexpected};
use crate::{configuration, terminal};

/// Compares a file with what is run, or with another file, and tells what would change.
#[must_use]
pub fn plan(options: &PlanOptions) -> ExitCode {
    let found = match options.old() {
        Some(old) => between(options, old),
        None => against_running(options),
    };
    let (plan, text) = match found {
        Ok(found) => found,
        Err(Trouble::Told) => return ExitCode::from(exit::FAILURE),
        Err(Trouble::Client(error)) => return finish(Err(error)),
    };
    let text = if options.json {
        serde_json::to_string_pretty(&plan).unwrap_or_default() + "\n"
    } else {
        text
    };
    terminal::print(&text);
    let changes = options.detailed_exitcode && !plan.is_empty();
    ExitCode::from(if changes { exit::CHANGES } else { exit::OK })
}

enum Trouble {
    /// A file is no good, and that has been said.
    Told,
    Client(ClientError),
}

/// Without a daemon: both files as they are, on any machine.
fn between(options: &PlanOptions, old: &Path) -> Result<(Plan, String), Trouble> {
    let read = |path: &Path| usable(path, options, false);
    let plan = Plan::between(&read(old)?, &read(&options.file)?);
    let text = plan.to_string();
    Ok((plan, text))
}

fn against_running(options: &PlanOptions) -> Result<(Plan, String), Trouble> {
    let path = options.socket.path();
    let mut client = Client::connect(&path).map_err(Trouble::Client)?;
    let config = Box::new(usable(&options.file, options, true)?);
    match client.ask(What::Plan { config }).map_err(Trouble::Client)? {
        Answer::Plan { plan, text } => Ok((*plan, text)),
        Answer::Status { .. } | Answer::Reload(_) | Answer::Done | Answer::Refused { .. } => {
            Err(Trouble::Client(unexpected(&path)))
        }
    }
}

/// The configuration of a file, which must be good; to be run here, if `here`.
fn usable(path: &Path, options: &PlanOptions, here: bool) -> Result<Config, Trouble> {
    let fail = |error: String| {
        terminal::complain(&format!("bellwether: {}: {error}\n", path.display()));
        Trouble::Told
    };
    let outcome = bellwether_config::load(path, &options.reading());
    let mut outcome: Outcome = outcome.map_err(|error| fail(error.to_string()))?;
    if here {
        configuration::check_host(&mut outcome).map_err(|error| fail(format!("{error:#}")))?;
        outcome = outcome.to_run();
    }
    configuration::show(&outcome.diagnostics);
    outcome.config.ok_or(Trouble::Told)
}
