//! Where files come from: the host, or memory.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// Gives the files of a configuration and of what it includes.
pub trait Files: Debug + Send + Sync {
    /// The bytes of a file of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// Why it can't be read.
    fn read(&self, path: &Path, most: usize) -> io::Result<Vec<u8>>;

    /// The files whose paths match `pattern` (`*`, `?`, `[...]`), in order.
    fn glob(&self, pattern: &str) -> Vec<PathBuf>;

    /// The path from the root of the file system; default: as it is.
    fn absolute(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }

    /// The path that is the same however the file is named; default: as it is.
    fn identity(&self, path: &Path) -> PathBuf {
        path.to_owned()
    }
}

/// The host's file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFiles;

impl Files for HostFiles {
    fn read(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        // A pipe would wait for its writer, a device may never end.
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !metadata.is_file() {
            let message = "it is no regular file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if usize::try_from(metadata.len()).is_ok_and(|length| length <= most) {
            std::fs::read(path)
        } else {
            Err(io::ErrorKind::FileTooLarge.into())
        }
    }

    fn glob(&self, pattern: &str) -> Vec<PathBuf> {
        let paths = glob::glob_with(pattern, options());
        paths.map_or_else(|_| Vec::new(), |paths| paths.flatten().collect())
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }

    fn identity(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| self.absolute(path))
    }
}

/// Files in memory, by their paths: for tests, and where there is no file system.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<PathBuf, Vec<u8>>);

impl Files for MemoryFiles {
    fn read(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        let bytes = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        if bytes.len() > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.clone())
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
