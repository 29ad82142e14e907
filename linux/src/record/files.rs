//! The files of a journal: the one that is written, and the older ones beside it.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;

use super::Place;

/// For the owner only: passwords stand in it.
const MODE: u32 = 0o600;

/// What every journal begins with.
const BEGINNING: &[u8] = b"{\"head\":";

/// The files. Older ones are called `FILE.1`, `FILE.2` and so on, the oldest last.
#[derive(Debug)]
pub(crate) struct Files {
    place: Place,
    out: BufWriter<File>,
    written: u64,
}

impl Files {
    /// Opens the file to add to it. What a killed daemon left half written at its end is taken off.
    ///
    /// # Errors
    ///
    /// Those of the file system, and [`ErrorKind::InvalidData`] for a file that is no journal, which
    /// stays as it is.
    pub(crate) fn open(place: Place) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(MODE);
        let mut file = options.open(&place.file)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let error = "it is no regular file";
            return Err(io::Error::new(ErrorKind::InvalidInput, error));
        }
        let length = metadata.len();
        if !is_journal(&mut file, length)? {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is no journal"));
        }
        file.set_permissions(Permissions::from_mode(MODE))?;
        let written = end_of_lines(&mut file, length)?;
        if written < length {
            file.set_len(written)?;
        }
        Ok(Self {
            place,
            out: BufWriter::new(file),
            written,
        })
    }

    /// Whether it is time for a new file.
    pub(super) const fn is_full(&self) -> bool {
        self.written >= self.place.limit
    }

    /// Adds one line, which ends with a newline.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<()> {
        self.out.write_all(line)?;
        self.written += u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Hands everything to the kernel: from then on it outlives the daemon.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Goes on behind the last whole line, after a failure; what was not flushed is lost.
    ///
    /// No older file goes for it, however often it fails.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        let opened = Self::open(self.place.clone())?;
        let before = std::mem::replace(self, opened);
        // Not written when it is dropped.
        let _ = before.out.into_parts();
        Ok(())
    }

    /// Begins a new file, and removes the oldest if there would be too many. What was not flushed is
    /// lost: on a full disk it must not keep the oldest file from going.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        for older in (1..self.place.count.max(1)).rev() {
            let from = match older {
                1 => self.place.file.clone(),
                _ => self.name(older - 1),
            };
            match fs::rename(from, self.name(older)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        if self.place.count <= 1 {
            fs::remove_file(&self.place.file)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create_new(true).mode(MODE);
        let file = options.open(&self.place.file)?;
        let before = std::mem::replace(&mut self.out, BufWriter::new(file));
        // Not written when it is dropped.
        let _ = before.into_parts();
        self.written = 0;
        Ok(())
    }

    /// The name of an older file.
    fn name(&self, age: u32) -> PathBuf {
        let mut name = self.place.file.clone().into_os_string();
        name.push(format!(".{age}"));
        name.into()
    }
}

fn is_journal(file: &mut File, length: u64) -> io::Result<bool> {
    if length == 0 {
        return Ok(true);
    }
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    let wanted = u64::try_from(BEGINNING.len()).unwrap_or(u64::MAX);
    file.take(wanted).read_to_end(&mut beginning)?;
    // A head that was cut off is all the journal that there is.
    Ok(BEGINNING.starts_with(&beginning))
}

/// Where the last whole line ends.
fn end_of_lines(file: &mut File, length: u64) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        let mut block = Vec::new();
        file.take(end - start).read_to_end(&mut block)?;
        if let Some(place) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + u64::try_from(place).unwrap_or_default() + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(folder: &tempfile::TempDir, count: u32) -> Place {
        Place {
            file: folder.path().join("journal"),
            limit: 20,
            count,
        }
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_so_many_files_stay_and_only_their_owner_reads_them() {
        for (count, expected) in [
            (1, &["journal"][..]),
            (3, &["journal", "journal.1", "journal.2"]),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let mut files = Files::open(place(&folder, count)).unwrap();
            for number in 0..9 {
                files
                    .add(format!("{{\"head\":{number}}}\n").as_bytes())
                    .unwrap();
                files.flush().unwrap();
                files.rotate().unwrap();
            }
            files.add(b"{\"head\":9}\n").unwrap();
            files.flush().unwrap();
            assert_eq!(names(&folder), expected);
            let text = |name| fs::read_to_string(folder.path().join(name)).unwrap();
            assert_eq!(text("journal"), "{\"head\":9}\n");
            for name in expected {
                let metadata = fs::metadata(folder.path().join(name)).unwrap();
                assert_eq!(metadata.permissions().mode() & 0o777, MODE, "{name}");
            }
            if count > 1 {
                assert_eq!(text("journal.1"), "{\"head\":8}\n");
                assert_eq!(text("journal.2"), "{\"head\":7}\n");
            }
        }
    }

    #[test]
    fn a_journal_is_gone_on_with_behind_its_last_whole_line() {
        let torn = format!("{{\"head\":\"{}", "x".repeat(100_000));
        for (before, expected) in [
            ("", ""),
            ("{\"head\":1}\n", "{\"head\":1}\n"),
            ("{\"head\":1}\n{\"step\":", "{\"head\":1}\n"),
            (torn.as_str(), ""),
            ("{\"he", ""),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let place = place(&folder, 2);
            fs::write(&place.file, before).unwrap();
            let mut files = Files::open(place.clone()).unwrap();
            files.add(b"new\n").unwrap();
            files.flush().unwrap();
            let text = fs::read_to_string(&place.file).unwrap();
            assert_eq!(text, format!("{expected}new\n"));
            let mode = fs::metadata(&place.file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, MODE, "an old file's permissions are mended");
        }
    }

    #[test]
    fn what_is_no_journal_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder, 2);
        fs::write(&place.file, "root:x:0:0").unwrap();
        assert!(Files::open(place.clone()).is_err());
        assert_eq!(fs::read_to_string(&place.file).unwrap(), "root:x:0:0");
        let device = Place {
            file: "/dev/null".into(),
            ..place
        };
        assert!(Files::open(device).is_err());
    }
}
