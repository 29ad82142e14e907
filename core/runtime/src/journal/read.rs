//! Journals, line by line.

use std::io::{self, BufRead};

use serde::Deserialize;
use thiserror::Error;

use super::{FORMAT, Line};

/// Reads one file of a journal.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    number: u64,
    torn: bool,
}

/// Why a journal can't be read on. What was read before holds.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// The file can't be read.
    #[error("line {line}: {error}")]
    Io {
        /// The number of the line, from 1.
        line: u64,
        /// What the system says.
        error: io::Error,
    },
    /// The line is no line of a journal.
    #[error("line {line} is no line of a journal: {error}")]
    Garbage {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// Another program wrote it, in a form that this one does not know.
    #[error("line {line}: the journal's format is {format}; this program reads {FORMAT}")]
    Format {
        /// The number of the line, from 1.
        line: u64,
        /// What the line says.
        format: u32,
    },
}

impl<R: BufRead> Reader<R> {
    /// Reads from `input`.
    pub fn new(input: R) -> Self {
        Self {
            input,
            number: 0,
            torn: false,
        }
    }

    /// The next line, or none at the end. A last line without an end, as a killed program leaves
    /// it, is the end if it can't be read: see [`Self::is_torn`].
    ///
    /// # Errors
    ///
    /// [`Unreadable`].
    pub fn next_line(&mut self) -> Result<Option<Line>, Unreadable> {
        let mut text = Vec::new();
        self.number += 1;
        let line = self.number;
        let read = self.input.read_until(b'\n', &mut text);
        if read.map_err(|error| Unreadable::Io { line, error })? == 0 {
            return Ok(None);
        }
        match serde_json::from_slice(&text) {
            Ok(read) => {
                if let Line::Head(head) = &read
                    && head.format != FORMAT
                {
                    let format = head.format;
                    return Err(Unreadable::Format { line, format });
                }
                Ok(Some(read))
            }
            Err(_) if text.last() != Some(&b'\n') => {
                self.torn = true;
                Ok(None)
            }
            Err(error) => Err(match other_format(&text) {
                Some(format) => Unreadable::Format { line, format },
                None => Unreadable::Garbage { line, error },
            }),
        }
    }

    /// The number of the line that was read last, from 1.
    #[must_use]
    pub const fn line_number(&self) -> u64 {
        self.number
    }

    /// Whether the last line was cut off, and is left out.
    #[must_use]
    pub const fn is_torn(&self) -> bool {
        self.torn
    }
}

/// The format of a head that can't be read, if it is another one.
fn other_format(text: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Only {
        head: Format,
    }
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let only = serde_json::from_slice::<Only>(text).ok()?;
    Some(only.head.format).filter(|format| *format != FORMAT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: &str = r#"{"step":{"n":0,"at":5,"input":"start","effects":[]}}"#;

    fn read(text: &str) -> (usize, bool, Result<(), String>) {
        let mut reader = Reader::new(text.as_bytes());
        let mut lines = 0;
        loop {
            match reader.next_line() {
                Ok(Some(_)) => lines += 1,
                Ok(None) => return (lines, reader.is_torn(), Ok(())),
                Err(error) => return (lines, reader.is_torn(), Err(error.to_string())),
            }
        }
    }

    #[test]
    fn what_a_killed_program_left_is_read_to_its_last_whole_line() {
        assert_eq!(read(""), (0, false, Ok(())));
        assert_eq!(read(&format!("{STEP}\n{STEP}\n")), (2, false, Ok(())));
        assert_eq!(read(&format!("{STEP}\n{STEP}")), (2, false, Ok(())));
        let torn = &STEP[..STEP.len() - 3];
        assert_eq!(read(&format!("{STEP}\n{torn}")), (1, true, Ok(())));
    }

    #[test]
    fn garbage_is_told_with_its_line() {
        let (lines, _, error) = read(&format!("{STEP}\nnonsense\n{STEP}\n"));
        let error = error.unwrap_err();
        assert_eq!(lines, 1);
        assert!(
            error.starts_with("line 2 is no line of a journal"),
            "{error}"
        );
    }

    #[test]
    fn another_format_is_told_apart_from_garbage() {
        let (_, _, error) = read("{\"head\":{\"format\":7,\"news\":[]}}\n");
        let expected = "line 1: the journal's format is 7; this program reads 1";
        assert_eq!(error.unwrap_err(), expected);
    }
}
