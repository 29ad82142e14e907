//! Where files come from: the host, or memory.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// Gives the files of a configuration and of what it includes.
pub trait Files: Debug + Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// Why it can't be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The files whose paths match `pattern` (`*`, `?`, `[...]`), in order.
    fn glob(&self, pattern: &str) -> Vec<PathBuf>;
}

/// The host's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFiles;

impl Files for HostFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        // A pipe would wait for its writer, a device may never end.
        if !std::fs::metadata(path)?.is_file() {
            let message = "it is no regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        std::fs::read(path)
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        let paths = glob::glob_with(pattern, options());
        paths.map_or_else(|_| Vec::new(), |paths| paths.flatten().collect())
    }
}

/// Files in memory, by their paths: for tests, and where there is no file system.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, Vec<u8>>);

impl Files for MemoryFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.0.get(path).cloned();
        bytes.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        let Ok(pattern) = glob::Pattern::new(pattern) else {
            return Vec::new();
        };
        let matches = |path: &&PathBuf| pattern.matches_path_with(path, options());
        self.0.keys().filter(matches).cloned().collect()
    }
}

/// As the shell matches: `*` matches no `/`, and no dot that starts a name.
const fn options() -> glob::MatchOptions {
    glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    }
}
