//! `bellwether-sim replay`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bellwether_config::Options;
use bellwether_core::model::Config;
use clap::Args;

use super::{Status, say};
use crate::present::Palette;
use crate::replay::{JournalError, Source, open, replay, show, verdict};

/// Arguments of `replay`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Exit status: 0 when this program's core wants what was recorded, 1 when \
                        it wants something else, 2 for a journal or a configuration that can't \
                        be read.\n\n\
                        A daemon writes a journal when it is started with --journal FILE. Give \
                        all its files, in any order: FILE.1 and so on are older.\n\n\
                        With --with, a second node with that configuration hears what the \
                        recorded one heard. What its peers would have answered is not known: \
                        they say what they said."
)]
pub struct ReplayArgs {
    /// The files of one node's journal
    #[arg(value_name = "JOURNAL", required = true)]
    pub journal: Vec<PathBuf>,
    /// Another configuration: where would the decisions differ?
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,
    /// Which lines of it that start with `@` hold [default: the recorded host's name]
    #[arg(long, value_name = "ID", requires = "with")]
    pub config_id: Option<String>,
    /// Say only whether the effects are the same, and where the decisions would differ
    #[arg(short, long)]
    pub quiet: bool,
}

pub(super) fn run(
    args: &ReplayArgs,
    palette: Palette,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Status {
    let replayed = open(&args.journal)
        .map_err(|error| format!("error: {error}"))
        .and_then(|sources| {
            let with = configuration(args, &sources, err)?;
            let replayed = replay(sources, with.as_ref());
            replayed.map_err(|error: JournalError| format!("error: {error}"))
        });
    let replayed = match replayed {
        Ok(replayed) => replayed,
        Err(message) => {
            say(err, message.trim_end());
            return Status::BadInput;
        }
    };
    // A reader that has gone away wants no more; the verdict stands.
    let _ = print(args, &replayed, palette, out);
    if replayed.outcome.difference.is_none() {
        Status::Holds
    } else {
        Status::Violated
    }
}

fn print(
    args: &ReplayArgs,
    replayed: &crate::replay::Replay,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !args.quiet {
        writeln!(out, "{}", show(replayed, palette))?;
    }
    let with = args.with.as_deref().map(|path| path.display().to_string());
    write!(out, "{}", verdict(replayed, with.as_deref(), palette))?;
    out.flush()
}

/// The other configuration, if there is to be one, or what is wrong with it.
fn configuration(
    args: &ReplayArgs,
    sources: &[Source],
    err: &mut dyn Write,
) -> Result<Option<Config>, String> {
    let Some(path) = &args.with else {
        return Ok(None);
    };
    let host = sources.iter().find_map(Source::host);
    let id = args.config_id.clone().or_else(|| host.map(str::to_owned));
    let (config, warnings) = load(path, id)?;
    if !warnings.is_empty() {
        say(err, warnings.trim_end());
    }
    Ok(Some(config))
}

fn load(path: &Path, config_id: Option<String>) -> Result<(Config, String), String> {
    let options = Options {
        config_id,
        ..Options::default()
    };
    let outcome = bellwether_config::load(path, &options)
        .map_err(|error| format!("error: can't read '{}': {error}", path.display()))?;
    let outcome = outcome.to_run();
    let rendered = outcome.diagnostics.render(true);
    match outcome.config {
        Some(config) if !outcome.diagnostics.has_errors() => Ok((config, rendered)),
        Some(_) | None => Err(rendered),
    }
}
