//! Files and places in them.
//!
//! Owns the texts. Everything later holds [`Span`]s: three numbers that mean something only
//! together with the [`Sources`] that they were made from. A text may be read more than once: each
//! `include` of a file and each use of a definition is an *instance* of it with a [`FileId`] of
//! its own that remembers what it was read for, so that a span alone tells the way to it.
//!
//! Files are added while others are being read, and none is ever changed or dropped before the
//! last clone of the `Sources` is. Where lines start is computed when somebody first asks.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text, as it was read for one purpose: as the main file, by one `include`, or as the value of
/// one use of a definition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A stretch of a file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Its first byte, counted from 0.
    pub start: u32,
    /// The byte after its last.
    pub end: u32,
}

impl Span {
    /// From the bytes of a file; those past 4 GiB, which no file has, are the last.
    pub(crate) fn new(file: FileId, range: Range<usize>) -> Self {
        Self {
            file,
            start: narrow(range.start),
            end: narrow(range.end),
        }
    }

    /// From the start of `self` to the end of `other`, which is in the same file and not before;
    /// only `self` if it is in another.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        let same = self.file == other.file;
        Self {
            end: if same {
                other.end.max(self.end)
            } else {
                self.end
            },
            ..self
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        wide(self.start)..wide(self.end)
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

/// The files of one or more configurations. Cheap to clone; all clones see all files.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    shared: Arc<Shared>,
    /// The first instance that belongs to the configuration that is being read.
    first: FileId,
}

#[derive(Debug, Default)]
struct Shared {
    files: boxcar::Vec<File>,
    instances: boxcar::Vec<Instance>,
}

/// What a [`FileId`] names.
#[derive(Debug)]
struct Instance {
    /// The place of its text among the files.
    file: usize,
    /// The first instance of that text.
    home: FileId,
    origin: Option<Origin>,
}

/// What an instance was read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The `include` line, or the use of a definition.
    pub(crate) span: Span,
    /// What happened there.
    pub(crate) kind: OriginKind,
}

/// How a text came to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OriginKind {
    /// By an `include`.
    Included,
    /// As the value of a definition.
    Expanded,
    /// Once for each value of a `~SEQ` or `~LST`; with the values: `IF = 3`.
    Repeated(Box<str>),
}

impl Sources {
    /// No file yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same files, for reading the next configuration into.
    pub(crate) fn next(&self) -> Self {
        let count = self.shared.instances.count();
        Self {
            shared: Arc::clone(&self.shared),
            first: FileId(narrow(count)),
        }
    }

    /// One file.
    pub(crate) fn single(name: &str, text: &str) -> Self {
        let sources = Self::new();
        sources.add(name, text.to_owned(), None);
        sources
    }

    /// Adds a file; none if it is too large for spans (4 GiB).
    pub(crate) fn add(&self, name: &str, text: String, origin: Option<Origin>) -> Option<FileId> {
        u32::try_from(text.len()).ok()?;
        let file = self.shared.files.push(File::new(name, text));
        self.push(file, None, origin)
    }

    /// Adds an instance of the text of `of`, which is read again.
    pub(crate) fn again(&self, of: FileId, origin: Origin) -> Option<FileId> {
        let Instance { file, home, .. } = self.instance(of)?;
        self.push(*file, Some(*home), Some(origin))
    }

    fn push(&self, file: usize, home: Option<FileId>, origin: Option<Origin>) -> Option<FileId> {
        // No more of them than numbers for them: the count is far beyond every limit of reading.
        let mut id = Err(());
        self.shared.instances.push_with(|index| {
            id = u32::try_from(index).map(FileId).map_err(|_| ());
            Instance {
                file,
                home: home.or(id.ok()).unwrap_or_default(),
                origin,
            }
        });
        id.ok()
    }

    fn instance(&self, id: FileId) -> Option<&Instance> {
        self.shared.instances.get(usize::try_from(id.0).ok()?)
    }

    /// The file that `id` names; none for an id of other sources.
    pub(crate) fn file(&self, id: FileId) -> Option<&File> {
        self.shared.files.get(self.instance(id)?.file)
    }

    /// Each file of this configuration once, with the id of its first instance.
    pub(crate) fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        let ids = (self.first.0..).map(FileId);
        let instances = ids.map_while(|id| Some((id, self.instance(id)?)));
        instances.filter_map(|(id, instance)| {
            let file = self.shared.files.get(instance.file)?;
            (instance.home == id).then_some((id, file))
        })
    }

    /// The same bytes in the first instance of their text: equal for equal bytes, however often
    /// they are read.
    pub(crate) fn home(&self, span: Span) -> Span {
        Span {
            file: self.instance(span.file).map_or(span.file, |i| i.home),
            ..span
        }
    }

    /// Where `span` starts; line 0 for a span of other sources.
    pub(crate) fn locate(&self, span: Span) -> Location<'_> {
        self.file(span.file).map_or(
            Location {
                file: "",
                line: 0,
                column: 0,
            },
            |file| file.locate(wide(span.start)),
        )
    }

    /// The text at `span`; empty for a span of other sources.
    pub(crate) fn text(&self, span: Span) -> &str {
        let file = self.file(span.file);
        let text = file.and_then(|file| file.text.get(span.range()));
        text.unwrap_or_default()
    }

    /// The way to the file of `span`, from the inside out: the uses of definitions and the
    /// `include`s by which it came to be read, each with words for it.
    pub(crate) fn origins(&self, span: Span) -> Vec<(Span, Cow<'static, str>)> {
        let mut way = Vec::new();
        let mut file = span.file;
        while let Some(origin) = self.origin(file) {
            let words = match &origin.kind {
                OriginKind::Included => Cow::Borrowed("included from here"),
                OriginKind::Expanded => Cow::Borrowed("in what this stands for"),
                OriginKind::Repeated(values) => Cow::Owned(format!("repeated here, with {values}")),
            };
            way.push((origin.span, words));
            if origin.span.file >= file {
                break;
            }
            file = origin.span.file;
        }
        way
    }

    /// What the instance was read for; none for a main file.
    pub(crate) fn origin(&self, id: FileId) -> Option<&Origin> {
        self.instance(id)?.origin.as_ref()
    }
}

/// One file: its name, its text, and where its lines start.
#[derive(Debug)]
pub(crate) struct File {
    /// What diagnostics call it.
    pub(crate) name: Box<str>,
    /// Its whole text.
    pub(crate) text: String,
    line_starts: OnceLock<Vec<u32>>,
}

impl File {
    pub(crate) fn new(name: &str, text: String) -> Self {
        Self {
            name: name.into(),
            text,
            line_starts: OnceLock::new(),
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.match_indices('\n');
            let starts = newlines.map(|(at, _)| narrow(at.saturating_add(1)));
            std::iter::once(0).chain(starts).collect()
        })
    }

    /// The line that byte `at` is on, counted from 0.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.line_starts()
            .partition_point(|start| wide(*start) <= at)
            .saturating_sub(1)
    }

    /// The bytes of a line, without its line end.
    pub(crate) fn line_range(&self, line: usize) -> Range<usize> {
        let start_of = |line: usize| self.line_starts().get(line).copied().map(wide);
        let start = start_of(line).unwrap_or(self.text.len());
        let next = start_of(line.saturating_add(1));
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

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_columns_count_characters() {
        let sources = Sources::single("f", "ab\n\u{4e2d}\u{6587} x\nlast");
        let at = |start| {
            let place = sources.locate(Span::new(FileId::default(), start..start));
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
        let file = File::new("f", "ab\n\nc".to_owned());
        assert_eq!(file.line_range(0), 0..2);
        assert_eq!(file.line_range(1), 3..3);
        assert_eq!(file.line_range(2), 4..5);
        assert_eq!(file.line_range(9), 5..5, "past the end there is nothing");
    }

    #[test]
    fn a_span_tells_the_way_to_its_file() {
        let sources = Sources::single("main", "include b\n");
        let main = Span::new(FileId::default(), 0..9);
        let included = Origin {
            span: main,
            kind: OriginKind::Included,
        };
        let b = sources.add("b", "$X\nv\n".to_owned(), Some(included));
        let used = Span::new(b.unwrap(), 0..2);
        let expanded = Origin {
            span: used,
            kind: OriginKind::Expanded,
        };
        let value = Span::new(sources.again(b.unwrap(), expanded).unwrap(), 3..4);
        let way: Vec<Span> = sources.origins(value).iter().map(|step| step.0).collect();
        assert_eq!(way, [used, main]);
        assert_eq!(sources.text(value), "v");
        assert_eq!(sources.locate(value).file, "b");
        assert_eq!(sources.home(value), Span::new(b.unwrap(), 3..4));
        assert_eq!(sources.files().count(), 2, "each text once");
        assert!(sources.origins(main).is_empty());
    }

    #[test]
    fn clones_see_files_that_are_added_later() {
        let sources = Sources::new();
        let clone = sources.clone();
        let id = sources.add("f", "x".to_owned(), None).unwrap();
        assert_eq!(clone.file(id).map(|file| &*file.text), Some("x"));
    }
}
