//! `--config-test`: the file of this host, and exit codes as keepalived has them.

use std::path::Path;

use anyhow::Context;
use bellwether_config::{Diagnostic, Outcome, Severity, code};
use bellwether_core::model::Config;

use crate::cli::{RunOptions, exit};
use crate::{configuration, terminal};

/// Checks the file on this host, says what is wrong, to standard error or to a file, and gives the
/// exit code.
///
/// # Errors
///
/// Those of writing the file, and of asking the kernel for its interfaces.
pub(crate) fn config_test(options: &RunOptions, log_file: Option<&Path>) -> anyhow::Result<u8> {
    let path = options.file.as_path();
    let mut outcome = match bellwether_config::load(path, &options.reading()) {
        Ok(outcome) => outcome,
        Err(error) => {
            say(
                &format!("bellwether: {}: {error}\n", path.display()),
                log_file,
            )?;
            return Ok(exit::TEST_FATAL);
        }
    };
    configuration::check_host(&mut outcome)?;
    let outcome = outcome.to_run();
    let color = log_file.is_none();
    say(&outcome.diagnostics.render(color), log_file)?;
    Ok(verdict(&outcome))
}

fn say(text: &str, log_file: Option<&Path>) -> anyhow::Result<()> {
    match log_file {
        None => terminal::complain(text),
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("log file {}", path.display()))?;
        }
    }
    Ok(())
}

/// The exit code of a test, as keepalived has it: 0, [`exit::TEST_UNUSABLE`],
/// [`exit::TEST_PROBLEMS`], [`exit::TEST_SCRIPT_SECURITY`] or [`exit::NO_CONFIG`].
///
/// Notes, lint, and the warnings about what keepalived takes without a word count for nothing, so
/// that a file which passes keepalived's test passes this one.
fn verdict(outcome: &Outcome) -> u8 {
    let problem = |one: &Diagnostic| one.severity == Severity::Warning && is_keepalived_s(one.code);
    let missing =
        |one: &Diagnostic| one.severity == Severity::Error && one.code == code::INCLUDE_MISSING;
    match &outcome.config {
        _ if outcome.diagnostics.iter().any(missing) => exit::NO_CONFIG,
        None => exit::TEST_UNUSABLE,
        Some(_) if outcome.diagnostics.has_errors() => exit::TEST_UNUSABLE,
        Some(_) if outcome.diagnostics.iter().any(problem) => exit::TEST_PROBLEMS,
        Some(config) if has_unguarded_scripts(config) => exit::TEST_SCRIPT_SECURITY,
        Some(_) => exit::OK,
    }
}

/// Whether keepalived finds fault with what has this code.
fn is_keepalived_s(code: &str) -> bool {
    const OURS: &[&str] = &[
        code::ODD_BLANK,
        code::GLUED_COMMENT,
        code::INCLUDE_MISSING,
        code::BAD_MARK,
        code::NOT_YET,
        code::NO_SHELL,
        code::IMPLIED_OWNER,
        code::NO_INSTANCE,
    ];
    if matches!(code, code::NO_PROGRAM | code::NOT_EXECUTABLE) {
        return true;
    }
    let early = ["K00", "K01", "K02", "K03"];
    early.iter().any(|group| code.starts_with(group)) && !OURS.contains(&code)
}

/// keepalived: exit code 6 if anything is executed and `enable_script_security` is not set.
fn has_unguarded_scripts(config: &Config) -> bool {
    !config.parts().globals.scripts.security && !config.scripts().is_empty()
}

#[cfg(test)]
mod tests {
    use bellwether_config::Options;

    use super::*;

    const INSTANCE: &str = "vrrp_instance web {\n interface eth0\n virtual_router_id 7\n \
        virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n";

    fn code(text: &str) -> u8 {
        verdict(&bellwether_config::parse("a", text, &Options::default()))
    }

    /// The files of which keepalived 2.2.7 gives the same answer.
    #[test]
    fn codes_are_keepalived_s() {
        assert_eq!(code(INSTANCE), 0);
        assert_eq!(code(""), 0, "a file with nothing to do");
        let misspelt = INSTANCE.replace(" virtual_ip", " priorty 3\n virtual_ip");
        assert_eq!(code(&misspelt), 5);
        let long = " authentication {\n auth_type PASS\n auth_pass correct_horse\n }\n";
        let cut = INSTANCE.replace(" virtual_ip", &format!("{long} virtual_ip"));
        assert_eq!(code(&cut), 5);
        let script = format!("vrrp_script c {{\n script /bin/true\n}}\n{INSTANCE}");
        assert_eq!(code(&script), 6);
        let misspelt = format!("{script}nonsense 1\n");
        assert_eq!(code(&misspelt), 5, "6 means that nothing else is wrong");
    }

    #[test]
    fn with_an_error_nothing_would_start() {
        assert_eq!(code(&INSTANCE.replace("id 7", "id 700")), 4);
        let read = Options {
            strict: true,
            ..Options::default()
        };
        let misspelt = format!("{INSTANCE}nonsense 1\n");
        let strict = bellwether_config::parse("a", &misspelt, &read);
        assert_eq!(verdict(&strict), 4);
    }

    #[test]
    fn what_keepalived_takes_without_a_word_counts_for_nothing() {
        let implied = INSTANCE.replace(" virtual_ip", " state MASTER\n virtual_ip");
        assert_eq!(code(&implied), 0);
    }
}
