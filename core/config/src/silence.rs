//! Comments that silence: `# bellwether: allow(K0401)`.
//!
//! At the end of a line such a comment speaks of that line, alone on its line of the next one; if a
//! block starts there, of the whole block. `allow-file(K0401)` speaks of the file. What is silenced
//! is the warnings and notes of that code; an error never is.
//!
//! Comments are gone when a file has been read, so this looks into its text again, but only where
//! the marker stands. Invariant: the work is linear in the text for each marker. Deliberately
//! absent: any idea of keywords; a block is what braces enclose (in TOML, a table).

use std::ops::Range;

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::source::{File, FileId, Span};

/// What a comment starts with, after its `#` and blanks.
const MARKER: &str = "bellwether:";

/// One code in one comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where the code stands, in the comment.
    pub(crate) span: Span,
    /// The code.
    pub(crate) code: &'static str,
    /// The bytes of the file of which it speaks.
    covers: Range<usize>,
}

impl Mark {
    /// Whether it speaks of `code` at `span`.
    pub(crate) fn covers(&self, code: &str, span: Span) -> bool {
        let start = span.range().start;
        self.code == code && self.span.file == span.file && self.covers.contains(&start)
    }
}

/// The marks of a file, in order; comments that are not understood go to `found`.
pub(crate) fn marks(id: FileId, file: &File, found: &mut Vec<Diagnostic>) -> Vec<Mark> {
    let text = Text {
        text: &file.text,
        toml: file.name.ends_with(".toml"),
    };
    let mut marks = Vec::new();
    let mut done = 0;
    for (at, _) in file.text.match_indices(MARKER) {
        let line = text.line_at(at);
        if line.start >= done {
            text.marks_of(id, &line, &mut marks, found);
            done = line.end.max(1);
        }
    }
    marks
}

/// A text, and which bytes start comments and quotes in it.
#[derive(Clone, Copy)]
struct Text<'t> {
    text: &'t str,
    toml: bool,
}

impl<'t> Text<'t> {
    /// Reads the comment of a line, if it is a marker.
    fn marks_of(
        self,
        id: FileId,
        line: &Range<usize>,
        marks: &mut Vec<Mark>,
        found: &mut Vec<Diagnostic>,
    ) {
        let whole = self.slice(line);
        let Some(comment) = self.comment_start(whole) else {
            return;
        };
        let said = whole.get(comment..).unwrap_or_default();
        let body = said.trim_start_matches(['#', '!', ' ', '\t']);
        let Some(command) = body.strip_prefix(MARKER) else {
            return;
        };
        let offset = |part: &str| line.end.saturating_sub(part.len());
        let span = |part: &str, length: usize| span_of(id, offset(part), length);
        let command = command.trim_start();
        let listed = command.split_once('(').and_then(|(verb, rest)| {
            let list = rest.split_once(')').map(|(list, _)| list)?;
            Some((verb.trim(), rest, list))
        });
        let Some((verb @ ("allow" | "allow-file"), rest, list)) = listed else {
            let message = "this comment is for bellwether, which does not understand it";
            let at = span(command, command.trim_end().len());
            let warning = Diagnostic::warning(code::BAD_MARK, at, message);
            found.push(warning.hint("write `# bellwether: allow(K0101)` or `allow-file(K0101)`"));
            return;
        };
        let alone = whole.get(..comment).unwrap_or_default().trim().is_empty();
        let covers = match verb {
            "allow-file" => 0..usize::MAX,
            _ if alone => self.covered_from(self.next_line(line)),
            _ => self.covered_from(line.clone()),
        };
        let mut at = 0;
        for piece in list.split(',') {
            let name = piece.trim();
            let lead = piece.len().saturating_sub(piece.trim_start().len());
            let start = offset(rest).saturating_add(at).saturating_add(lead);
            at = at.saturating_add(piece.len()).saturating_add(1);
            let span = span_of(id, start, name.len());
            match code::find(name) {
                Some(code) => marks.push(Mark {
                    span,
                    code: code.code,
                    covers: covers.clone(),
                }),
                None => found.push(unknown_code(span, name)),
            }
        }
    }

    /// The bytes of `first` and, if it starts a block, of all lines of the block.
    fn covered_from(self, first: Range<usize>) -> Range<usize> {
        if self.toml {
            return self.table_from(first);
        }
        let mut depth = 0_usize;
        let mut line = first.clone();
        let mut end = first.end;
        loop {
            let (opened, closed) = self.braces(&line);
            depth = depth.saturating_add(opened).saturating_sub(closed);
            if depth == 0 {
                let next = self.next_line(&line);
                // A brace on a line of its own belongs to the statement before it.
                let brace_follows = line == first && opened == 0 && {
                    let next = self.slice(&next).trim_start();
                    next.starts_with('{')
                };
                if brace_follows {
                    line = next;
                    end = line.end;
                    continue;
                }
                return first.start..end.saturating_add(1);
            }
            if line.end >= self.text.len() {
                return first.start..usize::MAX;
            }
            line = self.line_at(line.end.saturating_add(1));
            end = line.end;
        }
    }

    /// In TOML: a line, or a table up to the next that is no part of it.
    fn table_from(self, first: Range<usize>) -> Range<usize> {
        let header = |line: &Range<usize>| {
            let line = self.slice(line).trim_start();
            let name = line.strip_prefix('[')?.trim_start_matches('[');
            name.split_once(']').map(|(name, _)| name.trim())
        };
        let Some(name) = header(&first) else {
            return first.start..first.end.saturating_add(1);
        };
        let inner = format!("{name}.");
        let mut line = first.clone();
        while line.end < self.text.len() {
            line = self.line_at(line.end.saturating_add(1));
            if header(&line).is_some_and(|other| !other.starts_with(&inner)) {
                return first.start..line.start;
            }
        }
        first.start..usize::MAX
    }

    /// How many braces a line opens, and closes, outside of quotes and its comment.
    fn braces(self, line: &Range<usize>) -> (usize, usize) {
        let line = self.slice(line);
        let code = line.get(..self.comment_start(line).unwrap_or(line.len()));
        let (mut opened, mut closed) = (0_usize, 0_usize);
        self.outside_quotes(code.unwrap_or_default(), |_, c| {
            opened = opened.saturating_add(usize::from(c == '{'));
            closed = closed.saturating_add(usize::from(c == '}'));
            false
        });
        (opened, closed)
    }

    /// Where the comment of a line starts.
    fn comment_start(self, line: &str) -> Option<usize> {
        self.outside_quotes(line, |_, c| c == '#' || (c == '!' && !self.toml))
    }

    /// The first character outside of quotes, and not escaped, that `stop` wants.
    fn outside_quotes(
        self,
        line: &str,
        mut stop: impl FnMut(usize, char) -> bool,
    ) -> Option<usize> {
        let mut quote = None;
        let mut escaped = false;
        for (at, c) in line.char_indices() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match (quote, c) {
                (None | Some('"'), '\\') => escaped = true,
                (Some(open), _) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '"') => quote = Some(c),
                (None, '\'') if self.toml => quote = Some(c),
                (None, _) if stop(at, c) => return Some(at),
                (None, _) => {}
            }
        }
        None
    }

    /// The next line with more than blanks and a comment.
    fn next_line(self, line: &Range<usize>) -> Range<usize> {
        let mut next = line.clone();
        while next.end < self.text.len() {
            next = self.line_at(next.end.saturating_add(1));
            let shown = self.slice(&next);
            let code = shown.get(..self.comment_start(shown).unwrap_or(shown.len()));
            if !code.unwrap_or_default().trim().is_empty() {
                return next;
            }
        }
        self.text.len()..self.text.len()
    }

    /// The line around `at`, without its end.
    fn line_at(self, at: usize) -> Range<usize> {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len());
        start..start.saturating_add(length)
    }

    fn slice(self, range: &Range<usize>) -> &'t str {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

fn span_of(file: FileId, start: usize, length: usize) -> Span {
    Span::new(file, start..start.saturating_add(length))
}

fn unknown_code(span: Span, name: &str) -> Diagnostic {
    let message = format!("there is no code `{name}` that could be silenced");
    let warning = Diagnostic::warning(code::BAD_MARK, span, message);
    warning.hint("`bellwether explain` lists all codes")
}

/// The note about a mark that silences nothing, or only what can't be.
pub(crate) fn useless(mark: &Mark, error: Option<Span>) -> Diagnostic {
    let code = mark.code;
    match error {
        None => {
            let message = format!("there is no {code} to silence here");
            let note = Diagnostic::note(code::USELESS_MARK, mark.span, message);
            note.hint("remove it, so that it can't hide a later one")
        }
        Some(at) => {
            let message = format!("{code} is an error here, and an error can't be silenced");
            Diagnostic::note(code::USELESS_MARK, mark.span, message).related(at, "this one")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, marks};
    use crate::code;
    use crate::source::Sources;
    use crate::{Options, Severity, parse};

    /// The codes that a text is given, with their lines, but for those of errors.
    fn said(file: &str, text: &str) -> Vec<(&'static str, usize)> {
        let all = parse(file, text, &Options::default()).diagnostics;
        let mild = all.iter().filter(|d| d.severity != Severity::Error);
        mild.map(|d| (d.code, all.locate(d.span).line)).collect()
    }

    /// An instance, with a comment on the line before it, one behind its brace, and one behind its
    /// misspelt keyword.
    fn web(before: &str, behind_brace: &str, behind_keyword: &str) -> String {
        format!(
            "{before}\nvrrp_instance web {{ {behind_brace}\n interface eth0\n virtual_router_id 7\n \
             virtual_ipaddress {{\n 192.0.2.1/24\n }}\n priorty 9 {behind_keyword}\n}}\nnonsense 1\n"
        )
    }

    const ALLOW: &str = "# bellwether: allow(K0101)";

    #[test]
    fn unless_told_both_words_are_reported() {
        let both = [(code::UNKNOWN_KEYWORD, 8), (code::UNKNOWN_KEYWORD, 10)];
        assert_eq!(said("f", &web("", "", "")), both);
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_the_block_that_starts_there() {
        let outside = [(code::UNKNOWN_KEYWORD, 10)];
        assert_eq!(said("f", &web(ALLOW, "", "")), outside);
        assert_eq!(said("f", &web("", ALLOW, "")), outside);
        assert_eq!(said("f", &web("", "", ALLOW)), outside);
        assert_eq!(
            said("f", &web("", "", "! bellwether: allow( k0101 )")),
            outside
        );
        let apart = format!("{ALLOW}\n# why: an old word\n");
        assert_eq!(
            said("f", &web(&apart, "", "")),
            [(code::UNKNOWN_KEYWORD, 12)]
        );
    }

    #[test]
    fn a_brace_on_the_next_line_opens_the_block_too() {
        let text = web(ALLOW, "", "").replace("web { ", "web\n{");
        assert_eq!(said("f", &text), [(code::UNKNOWN_KEYWORD, 11)]);
    }

    #[test]
    fn a_comment_may_speak_of_the_file() {
        let allow = "# bellwether: allow-file(K0309, K0101)";
        let useless = (code::USELESS_MARK, 1);
        assert_eq!(said("f", &web(allow, "", "")), [useless]);
        let at_the_end = format!("{}# bellwether: allow-file(K0101)\n", web("", "", ""));
        assert_eq!(said("f", &at_the_end), []);
    }

    #[test]
    fn what_silences_nothing_is_noted_at_its_code() {
        let text = web("", "# bellwether: allow(K0101, K0309)", "");
        let all = parse("f", &text, &Options::default()).diagnostics;
        let note = all.iter().find(|d| d.code == code::USELESS_MARK).unwrap();
        assert_eq!(note.severity, Severity::Note);
        assert_eq!(text.get(note.span.range()), Some("K0309"));
    }

    #[test]
    fn what_other_nodes_or_the_host_decide_is_never_called_useless() {
        let text = web("# bellwether: allow-file(K0101)", "", "");
        for code in code::all().filter(|code| code.code.starts_with("K05")) {
            let text = text.replace("(K0101)", &format!("(K0101, {})", code.code));
            assert_eq!(said("f", &text), []);
        }
    }

    #[test]
    fn an_error_is_not_silenced_and_the_comment_is_told_so() {
        let text = web("", "", "").replace("id 7", "id 999 # bellwether: allow(K0203)");
        let all = parse("f", &text, &Options::default()).diagnostics;
        assert!(all.has_errors());
        let note = all.iter().find(|d| d.code == code::USELESS_MARK).unwrap();
        assert!(
            note.message.contains("can't be silenced"),
            "{}",
            note.message
        );
        assert_eq!(note.related.len(), 1);
    }

    #[test]
    fn a_marker_that_is_not_understood_is_a_warning() {
        let marker = |text: &str| said("f", &web(text, "", ""));
        for bad in [
            "ignore(K0101)",
            "allow K0101",
            "allow(K0101",
            "allow(K9999)",
        ] {
            let said = marker(&format!("# bellwether: {bad}"));
            assert_eq!(said.first(), Some(&(code::BAD_MARK, 1)), "{bad}");
            assert_eq!(said.len(), 3, "{bad}: nothing is silenced");
        }
        let talk = marker("# see bellwether: it says allow(K0101)");
        assert_eq!(talk.len(), 2, "a comment that only mentions it");
    }

    #[test]
    fn a_marker_in_quotes_is_a_value() {
        let text = web("", "", "").replace("priorty 9", "priorty \"# bellwether: allow(K0101)\"");
        assert_eq!(said("f", &text).len(), 2);
    }

    /// The lines of a TOML text that its one mark covers.
    fn toml_lines(text: &str) -> Vec<usize> {
        let sources = Sources::single("a.toml", text);
        let mut found = Vec::new();
        let all = sources.files();
        let marks: Vec<Mark> = all
            .flat_map(|(id, file)| marks(id, file, &mut found))
            .collect();
        assert_eq!((marks.len(), found.len()), (1, 0));
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let covered = |(_, at): &(usize, usize)| marks[0].covers.contains(at);
        (1..).zip(starts).filter(covered).map(|(n, _)| n).collect()
    }

    #[test]
    fn in_toml_a_block_is_a_table_with_those_inside_of_it() {
        let text = "\
[global_defs]
a = 1
# bellwether: allow(K0101)
[[vrrp_instance]]
name = \"web\" # not a } nor a {
[vrrp_instance.authentication]
b = '# bellwether: allow(K0102)'

[[vrrp_instance]]
c = 2
";
        assert_eq!(toml_lines(text), [4, 5, 6, 7, 8]);
        let of_a_line = text
            .replace("# bellwether: allow(K0101)\n", "")
            .replace("c = 2", "c = 2 # bellwether: allow(K0101)");
        assert_eq!(toml_lines(&of_a_line), [9]);
    }

    #[test]
    fn a_flood_that_is_silenced_hides_nothing_else() {
        let flood = "nonsense 1\n".repeat(2000);
        let text = format!(
            "# bellwether: allow-file(K0101)\n{flood}vrrp_instance web {{\n interface eth0\n virtual_router_id 7\n}}\n"
        );
        assert_eq!(said("f", &text), [(code::NO_ADDRESS, 2002)]);
    }
}
