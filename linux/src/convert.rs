//! `bellwether convert` and `bellwether schema`.

use std::process::ExitCode;

use bellwether_config::{Converted, Reader, To};

use crate::cli::{ConvertOptions, Language, exit};
use crate::{configuration, terminal};

/// Prints a configuration in a language; what there is to say about it goes to standard error. With
/// an error nothing is printed.
#[must_use]
pub fn convert(options: &ConvertOptions) -> ExitCode {
    let to = match options.to {
        Language::Toml => To::Toml,
        Language::Keepalived => To::Keepalived,
    };
    let reader = Reader::new(options.reading());
    let Converted { text, outcome } = match reader.convert_file(&options.file, to) {
        Ok(converted) => converted,
        Err(error) => {
            let file = options.file.display();
            terminal::complain(&format!("bellwether: {file}: {error}\n"));
            return ExitCode::from(exit::FAILURE);
        }
    };
    configuration::show(&outcome.diagnostics);
    if outcome.diagnostics.has_errors() {
        return ExitCode::from(exit::FAILURE);
    }
    terminal::print(&text);
    ExitCode::from(exit::OK)
}

/// Prints the JSON Schema of configurations in TOML.
#[must_use]
pub fn schema() -> ExitCode {
    terminal::print(&format!("{:#}\n", bellwether_config::schema()));
    ExitCode::from(exit::OK)
}
