//! What signals ask to be written to files: data, statistics and JSON, with keepalived's labels
//! and keys, so that whatever reads keepalived's files reads these.
//!
//! Invariant: a file appears whole and readable by its owner only, and no link in its place is
//! followed: it is written beside it, under a name that nobody knew, and put in its place.
//!
//! Deliberately absent: passwords, and whatever only keepalived has (its descriptors, its queues).

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bellwether_core::model::{Config, Dumps};

use crate::control::view::Status;

mod data;
mod json;
mod statistics;

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    /// The configuration and the states.
    Data,
    /// What was counted.
    Statistics,
    /// Both, for programs.
    Json,
}

impl Dump {
    /// Where it is written to; keepalived: `/tmp/keepalived.data` and so on, unless the file says
    /// otherwise.
    fn path(self, config: &Config) -> PathBuf {
        let globals = config.globals();
        let Dumps {
            state,
            stats,
            json,
            json_version: _,
            use_instance,
        } = &globals.dumps;
        let (configured, ending) = match self {
            Self::Data => (state, "data"),
            Self::Statistics => (stats, "stats"),
            Self::Json => (json, "json"),
        };
        if let Some(path) = configured {
            return path.into();
        }
        let mut name = "/tmp/keepalived".to_owned();
        if *use_instance {
            let parts = [&globals.instance_name, &globals.namespaces.all];
            for part in parts.into_iter().flatten() {
                name = format!("{name}_{part}");
            }
        }
        format!("{name}.{ending}").into()
    }

    fn text(self, config: &Config, status: &Status) -> String {
        match self {
            Self::Data => data::text(config, status),
            Self::Statistics => statistics::text(status),
            Self::Json => json::text(config, status),
        }
    }

    /// Writes it. Returns where to.
    ///
    /// # Errors
    ///
    /// Those of writing, with the path; what was there before is there then.
    pub(super) fn write(self, config: &Config, status: &Status) -> anyhow::Result<PathBuf> {
        let path = self.path(config);
        let text = self.text(config, status);
        replace(&path, text.as_bytes())
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let noise = jiff::Timestamp::now().as_nanosecond();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{noise}", std::process::id()));
    let beside = PathBuf::from(name);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // It is of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_link_is_replaced_and_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let precious = place.path().join("precious");
        fs::write(&precious, "mine").unwrap();
        let path = place.path().join("keepalived.data");
        std::os::unix::fs::symlink(&precious, &path).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&precious).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        let mode = fs::symlink_metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(place.path()).unwrap().count(),
            2,
            "nothing is left beside"
        );
    }

    #[test]
    fn names_are_keepalived_s_unless_configured() {
        let of = |text: &str, dump: Dump| {
            let read = bellwether_config::parse("a", text, &bellwether_config::Options::default());
            dump.path(&read.config.unwrap()).display().to_string()
        };
        assert_eq!(of("", Dump::Data), "/tmp/keepalived.data");
        assert_eq!(of("", Dump::Statistics), "/tmp/keepalived.stats");
        let named = "instance blue\nglobal_defs {\n data_use_instance\n}\n";
        assert_eq!(of(named, Dump::Json), "/tmp/keepalived_blue.json");
        let told = "global_defs {\n state_dump_file /run/x.data\n}\n";
        assert_eq!(of(told, Dump::Data), "/run/x.data");
    }
}
