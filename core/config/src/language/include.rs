//! `include` and its kinds: other files, read where the line stands.
//!
//! keepalived: the rest of the line is one name or pattern, without quotes and without definitions,
//! relative to the directory of the file that it stands in; `{a,b}` are alternatives. What is
//! missing is logged; the letter after `include`, or `include_check`, makes it an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Limits, before_comment, decode};
use crate::Options;
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lexer::{Frame, Kind, Lexer};
use crate::source::{FileId, Origin, OriginKind, Span};

/// The files that were read, by what tells them apart.
pub(crate) type Included = BTreeMap<PathBuf, FileId>;

/// Alternatives of one pattern beyond these are not looked at.
const ALTERNATIVES: usize = 1_000;

/// What is an error for one kind of `include`; keepalived: its letter, or `include_check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checks {
    /// A file that is there can't be read.
    readable: bool,
    /// A name without wildcards has no file.
    named: bool,
    /// A pattern has no file.
    wildcard: bool,
    /// An alternative has no file.
    brace: bool,
}

impl Checks {
    /// Nothing is an error.
    pub(crate) const NONE: Self = Self {
        readable: false,
        named: false,
        wildcard: false,
        brace: false,
    };
    const ALL: Self = Self {
        readable: true,
        named: true,
        wildcard: true,
        brace: true,
    };

    /// Those that hold where the main file starts.
    pub(crate) const fn of_options(options: &Options) -> Self {
        match options.all_includes {
            true => Self::ALL,
            false => Self::NONE,
        }
    }

    /// Those of one line, which `include` takes from `usual`.
    fn of(keyword: &str, usual: Self) -> Option<Self> {
        let readable = Self {
            readable: true,
            ..Self::NONE
        };
        Some(match keyword {
            "include" => usual,
            "includer" => readable,
            "includem" => Self {
                named: true,
                ..readable
            },
            "includew" => Self {
                named: true,
                wildcard: true,
                ..readable
            },
            "includeb" => Self {
                brace: true,
                ..readable
            },
            "includea" => Self::ALL,
            _ => return None,
        })
    }
}

impl Lexer<'_> {
    /// Reads an `include` line; the lexer is then in the first of its files.
    pub(super) fn include(&mut self) -> bool {
        let line = self.line();
        let length = line.find(char::is_whitespace).unwrap_or(line.len());
        let (keyword, rest) = line.split_at_checked(length).unwrap_or((line, ""));
        if keyword == "include_check" {
            // A statement of `global_defs` as well, which is read as one.
            self.set_checks(rest);
            return false;
        }
        let Some(checks) = Checks::of(keyword, self.checks()) else {
            return false;
        };
        let rest = match rest.trim_end().strip_suffix('\\') {
            Some(rest) if self.frame.continued => rest,
            _ => rest,
        };
        let argument = rest.get(..before_comment(rest)).unwrap_or_default();
        let from = self.frame.at.saturating_add(length);
        let blank = argument.len().saturating_sub(argument.trim_start().len());
        let pattern = argument.trim();
        if pattern.is_empty() {
            return false;
        }
        let from = from.saturating_add(blank);
        let span = Span::new(self.frame.file, from..from.saturating_add(pattern.len()));
        self.skip(line.len());
        let files = self.files_of(pattern, checks, span);
        // The first is entered last, so that it is read first.
        for path in files.into_iter().rev() {
            self.enter_file(&path, checks, span);
        }
        true
    }

    /// The paths that a pattern means, in order; those without a file are reported.
    fn files_of(&mut self, pattern: &str, checks: Checks, span: Span) -> Vec<PathBuf> {
        let alternatives = alternatives(pattern);
        let several = alternatives.len() > 1;
        let directory = self.include_directory();
        let mut paths = Vec::new();
        let mut missing = Vec::new();
        for alternative in &alternatives {
            let path = directory.join(alternative);
            if !alternative.contains(['*', '?', '[']) {
                paths.push(path);
                continue;
            }
            let found = path.to_str().map(|path| self.options.files.glob(path));
            let found = found.unwrap_or_default();
            if found.is_empty() {
                missing.push(alternative.as_str());
            }
            paths.extend(found);
        }
        let strict = checks.brace && several || checks.wildcard && paths.is_empty();
        if let (Some(first), true) = (missing.first(), strict) {
            let message = format!("no file matches `{first}`");
            let error = Diagnostic::error(code::INCLUDE_MISSING, span, message);
            self.found.push(error);
        }
        // Named ones that are not there are told when they are read.
        paths
    }

    fn enter_file(&mut self, path: &Path, checks: Checks, span: Span) {
        let key = self.options.files.identity(path);
        let origin = Origin {
            span,
            kind: OriginKind::Included,
        };
        let known = self.included.get(&key).copied();
        let file = match known {
            Some(file) if self.is_open(file) => {
                self.report_cycle(path, span);
                return;
            }
            Some(file) => self.sources.again(file, origin),
            None => match self.read(path, origin) {
                Ok(file) => file,
                Err(error) => {
                    self.report_missing(path, &error, checks, span);
                    return;
                }
            },
        };
        let Some(file) = file else { return };
        self.included.entry(key).or_insert(file);
        let text = self.sources.file(file).map_or("", |file| &*file.text);
        if self.afford(text.len(), span) {
            let mut frame = Frame::file(file, text);
            frame.checks = self.checks();
            self.enter(frame);
            self.fresh = true;
        }
    }

    fn read(&mut self, path: &Path, origin: Origin) -> std::io::Result<Option<FileId>> {
        let bytes = self.options.files.read(path, Limits::BYTES)?;
        let (text, lossy) = decode(bytes);
        self.lossy |= lossy;
        Ok(self
            .sources
            .add(&path.display().to_string(), text, Some(origin)))
    }

    /// Whether two places are in one reading of one file, however deep in definitions.
    pub(crate) fn same_file(&self, one: Span, other: Span) -> bool {
        self.file_of(one) == self.file_of(other)
    }

    fn file_of(&self, span: Span) -> FileId {
        let mut file = span.file;
        while let Some(Origin {
            span,
            kind: OriginKind::Expanded | OriginKind::Repeated(_),
        }) = self.sources.origin(file)
        {
            file = span.file;
        }
        file
    }

    fn include_directory(&self) -> PathBuf {
        let file = self.sources.file(self.current_file());
        let name = Path::new(file.map_or("", |file| &*file.name));
        name.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// What is an error about files that the present one includes.
    fn checks(&self) -> Checks {
        let mut frames = std::iter::once(&self.frame).chain(self.outer.iter().rev());
        let file = frames.find(|frame| frame.kind == Kind::File);
        file.map_or(Checks::NONE, |frame| frame.checks)
    }

    /// Takes in the words of `include_check`, for the rest of this file and what it includes.
    ///
    /// keepalived: without a word, all; `+` before one adds it, `-` takes it away, and one without
    /// either makes the list anew; all but `readable` include that.
    fn set_checks(&mut self, words: &str) {
        let words = words.get(..before_comment(words)).unwrap_or_default();
        let mut words = words.split_whitespace().peekable();
        let mut checks = match words.peek() {
            None => Checks::ALL,
            Some(word) if word.starts_with(['+', '-']) => self.checks(),
            Some(_) => Checks::NONE,
        };
        for word in words {
            let on = !word.starts_with('-');
            match word.trim_start_matches(['+', '-']) {
                "readable" => checks.readable = on,
                "match" => checks.named = on,
                "wildcard_match" => checks.wildcard = on,
                "brace_match" => checks.brace = on,
                _ => {}
            }
        }
        checks.readable |= checks.named || checks.wildcard || checks.brace;
        let mut frames = std::iter::once(&mut self.frame).chain(self.outer.iter_mut().rev());
        if let Some(file) = frames.find(|frame| frame.kind == Kind::File) {
            file.checks = checks;
        }
    }

    /// The file that is being read, however deep in definitions.
    fn current_file(&self) -> FileId {
        let mut frames = std::iter::once(&self.frame).chain(self.outer.iter().rev());
        let file = frames.find(|frame| frame.kind == Kind::File);
        file.map_or(self.frame.file, |frame| frame.file)
    }

    /// Whether a text is being read as a file.
    fn is_open(&self, file: FileId) -> bool {
        let home = |file| self.sources.home(Span::new(file, 0..0)).file;
        let mut frames = std::iter::once(&self.frame).chain(&self.outer);
        frames.any(|frame| frame.kind == Kind::File && home(frame.file) == home(file))
    }

    fn report_cycle(&mut self, path: &Path, span: Span) {
        let frames = self.outer.iter().chain(std::iter::once(&self.frame));
        let names = frames
            .filter(|frame| frame.kind == Kind::File)
            .filter_map(|frame| self.sources.file(frame.file))
            .map(|file| format!("`{}`", file.name));
        let chain: Vec<String> = names.collect();
        let message = format!("`{}` is being read already", path.display());
        let error = Diagnostic::error(code::INCLUDE_CYCLE, span, message);
        self.found.push(error.hint(format!(
            "{} includes it again: keepalived never ends to read this",
            chain.join(" includes ")
        )));
    }

    fn report_missing(&mut self, path: &Path, error: &std::io::Error, checks: Checks, span: Span) {
        let absent = error.kind() == std::io::ErrorKind::NotFound;
        let several = self.sources.text(span).contains('{');
        let grave = match (absent, several) {
            (false, _) => checks.readable,
            (true, true) => checks.brace,
            (true, false) => checks.named,
        };
        let (severity, outcome) = if grave {
            (Severity::Error, "")
        } else {
            (Severity::Warning, "; reading goes on without it")
        };
        let why = if absent {
            "is not there".to_owned()
        } else if error.kind() == std::io::ErrorKind::IsADirectory {
            "is a directory".to_owned()
        } else {
            format!("can't be read: {error}")
        };
        let message = format!("`{}` {why}{outcome}", path.display());
        let problem = Diagnostic::new(severity, code::INCLUDE_MISSING, span, message);
        let quoted = self.sources.text(span).starts_with('"');
        self.found.push(if quoted {
            problem.hint("names of files to include are not quoted")
        } else {
            problem
        });
    }
}

/// What a pattern with `{a,b}` in it stands for, in order.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut open = vec![pattern.to_owned()];
    let mut done = Vec::new();
    while let Some(pattern) = open.pop() {
        if done.len().saturating_add(open.len()) > ALTERNATIVES {
            break;
        }
        let Some((before, inner, after)) = first_brace(&pattern) else {
            done.push(pattern);
            continue;
        };
        // The last is pushed first, so that the first is looked at first.
        for part in parts(inner).into_iter().rev() {
            open.push(format!("{before}{part}{after}"));
        }
    }
    done
}

/// A pattern around its first pair of braces with a `,` between.
fn first_brace(pattern: &str) -> Option<(&str, &str, &str)> {
    let (start, _) = pattern.match_indices('{').next()?;
    let inner = pattern.get(start.saturating_add(1)..)?;
    let mut depth = 0_usize;
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' if depth == 0 => {
                let after = inner.get(at.saturating_add(1)..)?;
                return Some((pattern.get(..start)?, inner.get(..at)?, after));
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The parts between the outermost `,`.
fn parts(inner: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut start = 0;
    let mut parts = Vec::new();
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(inner.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    parts.push(inner.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::alternatives;

    #[test]
    fn braces_are_alternatives_as_in_the_shell() {
        assert_eq!(alternatives("a"), ["a"]);
        assert_eq!(
            alternatives("x{a,b}y{1,2}"),
            ["xay1", "xay2", "xby1", "xby2"]
        );
        assert_eq!(alternatives("{f/{,c,d},b}"), ["f/", "f/c", "f/d", "b"]);
        assert_eq!(alternatives("{a"), ["{a"]);
        assert_eq!(alternatives("a}"), ["a}"]);
        assert!(alternatives(&"{a,b}".repeat(1_000)).len() <= 1_002);
    }
}
