//! Programs on this host: where one is, and who could change it.
//!
//! What runs commands and what checks a configuration before it runs ask here, so that both say
//! the same of a program. Nothing is changed and nothing is executed.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The path of a program, as executing it would find it: as it stands if it has a `/`, else the
/// first of the search path.
///
/// # Errors
///
/// When it is nowhere in the search path.
pub fn find(program: &str) -> io::Result<PathBuf> {
    if program.contains('/') {
        return Ok(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let there = |folder: PathBuf| Some(folder.join(program)).filter(|path| path.is_file());
    let found = env::split_paths(&path).find_map(there);
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it is nowhere in PATH"))
}

/// The part of a path that somebody else than root may change, links followed; the outermost.
///
/// keepalived 2.2.7: a part is root's own, and neither its group, unless that is root's, nor others
/// may write it, but for a directory in which only the owner of a file may replace that file
/// (sticky, as `/tmp`). What another user owns is theirs to change, whatever its mode says now.
///
/// # Errors
///
/// When a part can't be looked at.
pub fn writable_part(path: &Path) -> io::Result<Option<PathBuf>> {
    let whole = fs::canonicalize(path)?;
    let mut parts: Vec<&Path> = whole.ancestors().collect();
    parts.reverse();
    for part in parts {
        let metadata = fs::symlink_metadata(part)?;
        let mode = metadata.mode();
        let sticky = metadata.is_dir() && mode & 0o1000 != 0;
        let others = mode & 0o002 != 0 || (mode & 0o020 != 0 && metadata.gid() != 0);
        if metadata.uid() != 0 || (others && !sticky) {
            // The path as it was named, where it is the program itself.
            return Ok(Some(if part == whole { path } else { part }.to_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_program_without_a_slash_is_looked_for_in_the_path() {
        assert!(find("sh").unwrap().ends_with("sh"));
        assert!(find("no-such-program-here").is_err());
        assert_eq!(find("./a").unwrap(), PathBuf::from("./a"));
    }

    #[test]
    fn the_part_of_a_path_that_others_may_change_is_named() {
        let folder = tempfile::tempdir().unwrap();
        if folder.path().metadata().unwrap().uid() != 0 {
            return; // Only root can make files that nobody else may change.
        }
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let script = inner.join("script");
        File::create(&script).unwrap();
        mode(&inner, 0o755);
        mode(&script, 0o755);
        let found = || writable_part(&script).unwrap();
        assert_eq!(found(), None);
        mode(&script, 0o757);
        assert_eq!(found(), Some(script.clone()));
        mode(&inner, 0o757);
        assert_eq!(found(), Some(inner.clone()), "the outermost");
        mode(&script, 0o755);
        mode(&inner, 0o1757);
        assert_eq!(found(), None, "sticky, as /tmp");
        mode(&script, 0o775);
        assert_eq!(found(), None, "its group is root's");
        chown(&script, None, Some(65_534)).unwrap();
        assert_eq!(found(), Some(script.clone()));
        mode(&script, 0o555);
        assert_eq!(found(), None);
        chown(&script, Some(65_534), None).unwrap();
        assert_eq!(found(), Some(script.clone()), "its owner may");
        assert!(writable_part(&inner.join("nothing")).is_err());
    }
}
