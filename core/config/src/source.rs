//! Files and places in them.
//!
//! Owns the text; everything later holds [`Span`]s, three numbers that mean something only
//! together with the [`Sources`] that they were made from. Lines and columns are computed when
//! somebody asks, from a table of line starts.

use std::ops::Range;
use std::sync::Arc;

/// Which of the files that make up a configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Its first byte, counted from 0.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Span {
    /// From the start of `self` to the end of `other`, which is in the same file and not before.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            end: other.end.max(self.end),
            ..self
        }
    }

    /// Its bytes.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A place as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// The file's name.
    pub file: &'a str,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
}

/// The files of one configuration. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    files: Arc<[File]>,
}

impl Sources {
    /// One file.
    pub(crate) fn single(name: &str, text: &str) -> Self {
        Self {
            files: Arc::new([File::new(name, text)]),
        }
    }

    /// The file that `id` names; none for an id of other sources.
    pub(crate) fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(usize::try_from(id.0).ok()?)
    }

    /// All files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0_u32..).map(FileId).zip(&*self.files)
    }

    /// Where `span` starts; line 0 for a span of other sources.
    pub(crate) fn locate(&self, span: Span) -> Location<'_> {
        self.file(span.file).map_or(
            Location {
                file: "",
                line: 0,
                column: 0,
            },
            |file| file.locate(span.start),
        )
    }
}

/// One file: its name, its text, and where its lines start.
#[derive(Debug)]
pub(crate) struct File {
    /// What diagnostics call it.
    pub(crate) name: Box<str>,
    /// Its whole text.
    pub(crate) text: Box<str>,
    line_starts: Vec<usize>,
}

impl File {
    fn new(name: &str, text: &str) -> Self {
        let newlines = text.match_indices('\n').map(|(at, _)| at.saturating_add(1));
        Self {
            name: name.into(),
            text: text.into(),
            line_starts: std::iter::once(0).chain(newlines).collect(),
        }
    }

    /// The line that byte `at` is on, counted from 0.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.line_starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// The bytes of a line, without its line end.
    pub(crate) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.line_starts.get(line).copied();
        let next = self.line_starts.get(line.saturating_add(1)).copied();
        let start = start.unwrap_or(self.text.len());
        let end = next.map_or(self.text.len(), |next| next.saturating_sub(1));
        start..end.max(start)
    }

    fn locate(&self, at: usize) -> Location<'_> {
        let line = self.line_of(at);
        let start = self.line_range(line).start;
        let before = self.text.get(start..at).unwrap_or_default();
        Location {
            file: &self.name,
            line: line.saturating_add(1),
            column: before.chars().count().saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let sources = Sources::single("f", "ab\n\u{4e2d}\u{6587} x\nlast");
        let at = |start| {
            let place = sources.locate(Span {
                start,
                end: start,
                ..Span::default()
            });
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(2), (1, 3), "the line end belongs to its line");
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(10), (2, 4), "two characters of three bytes, and a blank");
        assert_eq!(at(12), (3, 1));
        assert_eq!(at(16), (3, 5), "the end of the file");
    }

    #[test]
    fn line_ranges_leave_out_the_line_end() {
        let file = File::new("f", "ab\n\nc");
        assert_eq!(file.line_range(0), 0..2);
        assert_eq!(file.line_range(1), 3..3);
        assert_eq!(file.line_range(2), 4..5);
        assert_eq!(file.line_range(9), 5..5, "past the end there is nothing");
    }
}
