//! The command line, as a person or a service file meets it. Needs neither root nor a network.

#[cfg(test)]
mod check;
#[cfg(test)]
mod config_test;
#[cfg(test)]
mod control;
#[cfg(test)]
mod convert;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod genhash;
#[cfg(test)]
mod host;
#[cfg(test)]
mod ipvs;
#[cfg(test)]
mod levels;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod run;
#[cfg(test)]
mod shells;

#[cfg(test)]
mod common {
    use std::process::{Command, Output};

    /// A file that is usable on any machine, with an interface that hardly any has.
    pub(crate) const GOOD: &str = "\
vrrp_instance VI_1 {
    interface lo0123
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100/24
    }
}
";

    /// A folder with files, in which the command is run.
    pub(crate) struct Folder(tempfile::TempDir);

    impl Folder {
        pub(crate) fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// A folder with one file, `a.conf`.
        pub(crate) fn with(text: &str) -> Self {
            Self::new().file("a.conf", text)
        }

        pub(crate) fn file(self, name: &str, text: &str) -> Self {
            std::fs::write(self.0.path().join(name), text).unwrap();
            self
        }

        pub(crate) fn path(&self) -> &std::path::Path {
            self.0.path()
        }

        /// What the command says and does here; words of the line are arguments.
        pub(crate) fn bellwether(&self, line: &str) -> Said {
            Said::of(self.command(line).output().unwrap())
        }

        /// The command, not yet run, with a plain environment.
        pub(crate) fn command(&self, line: &str) -> Command {
            let mut command = Command::new(env!("CARGO_BIN_EXE_bellwether"));
            command.current_dir(self.0.path());
            command.args(line.split_whitespace());
            for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
                command.env_remove(name);
            }
            command
        }
    }

    /// What a command said, and its exit code.
    pub(crate) struct Said {
        pub(crate) out: String,
        pub(crate) err: String,
        pub(crate) code: Option<i32>,
    }

    impl Said {
        pub(crate) fn of(output: Output) -> Self {
            Self {
                out: String::from_utf8(output.stdout).unwrap(),
                err: String::from_utf8(output.stderr).unwrap(),
                code: output.status.code(),
            }
        }
    }
}
