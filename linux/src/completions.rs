//! `bellwether completions` and `bellwether man`: both from the one definition of the command line.

use std::process::ExitCode;

use clap::CommandFactory;
use clap::builder::TypedValueParser;
use clap_complete::Shell;

use crate::cli::{Cli, Topics, exit};
use crate::terminal;

/// Prints the completions of a shell.
#[must_use]
pub fn completions(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bellwether", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if shell == Shell::Fish {
        script.push_str(&fish_topics());
    }
    terminal::print(&script);
    ExitCode::from(exit::OK)
}

/// The topics of `explain` for fish, for which the generator leaves out values without an option.
fn fish_topics() -> String {
    let topics = Topics.possible_values().into_iter().flatten();
    let names: Vec<String> = topics.map(|topic| topic.get_name().to_owned()).collect();
    format!(
        "complete -c bellwether -n \"__fish_bellwether_using_subcommand explain\" -f -a \"{}\"\n",
        names.join(" ")
    )
}

/// Prints the manual page: the command and all subcommands.
#[must_use]
pub fn man() -> ExitCode {
    match page() {
        Ok(page) => {
            terminal::print(&String::from_utf8_lossy(&page));
            ExitCode::from(exit::OK)
        }
        Err(error) => {
            anstream::eprintln!("bellwether: {error}");
            ExitCode::from(exit::FAILURE)
        }
    }
}

fn page() -> std::io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands() {
        let man = clap_mangen::Man::new(sub.clone());
        let name = sub.get_name().to_uppercase();
        page.extend_from_slice(format!(".SH \"BELLWETHER {name}\"\n").as_bytes());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        man.render_extra_section(&mut section)?;
        // Sections of a subcommand are subsections of the page.
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        let section = section
            .strip_prefix(".SH ")
            .map_or_else(|| section.clone(), |rest| format!(".SS {rest}"));
        page.extend_from_slice(section.as_bytes());
    }
    Ok(page)
}
