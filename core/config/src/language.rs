//! The language of keepalived.conf below its words: where files come from.
//!
//! Deliberately absent: the host, but for the files that a configuration includes, and those only
//! through [`Files`].

mod files;

pub use files::{Files, HostFiles, MemoryFiles};

/// The text of a file, and whether bytes that are not UTF-8 had to be replaced.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, bool) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, false),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    }
}
