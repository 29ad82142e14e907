//! The files of a journal, in the order in which they were written.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use bellwether_runtime::journal::{Line, Reader, Unreadable};
use thiserror::Error;

/// One file.
pub struct Source {
    name: String,
    reader: Reader<Box<dyn BufRead>>,
    /// Its first line, once that has been looked at.
    first: Option<Line>,
}

/// Why a journal can't be replayed. What was replayed before holds.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file can't be opened.
    #[error("can't read '{file}': {error}")]
    Io {
        /// Which file.
        file: String,
        /// What the system says.
        error: io::Error,
    },
    /// A line can't be read.
    #[error("'{file}': {error}")]
    Unreadable {
        /// Which file.
        file: String,
        /// Which line, and what is wrong with it.
        error: Unreadable,
    },
    /// A file begins with something else than a node.
    #[error("'{file}' does not say from which node it starts: its first lines are missing")]
    NoHead {
        /// Which file.
        file: String,
    },
    /// Steps are missing or doubled where nothing says so.
    #[error("'{file}', line {line}: step {found} where step {expected} is due; lines are missing")]
    Order {
        /// Which file.
        file: String,
        /// Which line.
        line: u64,
        /// Which step it was to be.
        expected: u64,
        /// Which step it is.
        found: u64,
    },
    /// There is nothing in any of the files.
    #[error("there is nothing in the journal")]
    Empty,
}

impl Source {
    /// A file of this name with these lines.
    ///
    /// # Errors
    ///
    /// [`JournalError`], of its first line.
    pub fn new(name: &str, lines: impl BufRead + 'static) -> Result<Self, JournalError> {
        let mut source = Self {
            name: name.to_owned(),
            reader: Reader::new(Box::new(lines)),
            first: None,
        };
        source.first = source.read()?;
        Ok(source)
    }

    /// The host that it is of, as its first line says.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.first {
            Some(Line::Head(head)) => Some(&head.host),
            Some(Line::Step(_)) | None => None,
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The next line, or none at the end.
    pub(super) fn next_line(&mut self) -> Result<Option<Line>, JournalError> {
        match self.first.take() {
            Some(line) => Ok(Some(line)),
            None => self.read(),
        }
    }

    /// The number of the line that was read last, from 1.
    pub(super) fn line(&self) -> u64 {
        self.reader.line_number()
    }

    /// Whether the last line was cut off.
    pub(super) fn is_torn(&self) -> bool {
        self.reader.is_torn()
    }

    fn read(&mut self) -> Result<Option<Line>, JournalError> {
        self.reader
            .next_line()
            .map_err(|error| JournalError::Unreadable {
                file: self.name.clone(),
                error,
            })
    }

    /// What files are put in order by: when its first line was written, and of which step it is.
    fn age(&self) -> (Option<u64>, u64) {
        match &self.first {
            Some(Line::Head(head)) => (head.written, head.step),
            Some(Line::Step(step)) => (None, step.n),
            None => (None, 0),
        }
    }
}

/// Opens files, the oldest first, whatever order they are named in.
///
/// # Errors
///
/// [`JournalError`], of opening them and of their first lines.
pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<Source>, JournalError> {
    let mut sources = Vec::new();
    for path in paths {
        let file = path.as_ref().display().to_string();
        let opened = File::open(path.as_ref());
        let opened = opened.map_err(|error| JournalError::Io {
            file: file.clone(),
            error,
        })?;
        sources.push(Source::new(&file, BufReader::new(opened))?);
    }
    sources.sort_by_key(Source::age);
    Ok(sources)
}
