//! `bellwether explain`: the page of a code, the rows of a keyword, the list of codes.

use std::fmt::Write;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use bellwether_config::Severity;
use bellwether_config::code::{self, Code};
use bellwether_config::registry::{self, Keyword, Status};

use crate::cli::{ExplainOptions, exit};
use crate::terminal;

/// Pages are this wide.
const WIDTH: usize = 96;

const TITLE: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();

/// Prints what there is to say about a topic, or all codes.
#[must_use]
pub fn explain(options: &ExplainOptions) -> ExitCode {
    let text = match options.topic.as_deref() {
        None => list(),
        Some(topic) => code::find(topic).map_or_else(|| rows(topic), page),
    };
    terminal::print(&text);
    ExitCode::from(exit::OK)
}

fn list() -> String {
    let mut text = String::new();
    for code in code::all() {
        let _ = writeln!(text, "{TITLE}{}{TITLE:#}  {}", code.code, code.meaning);
    }
    text.push_str(
        "\n`bellwether explain CODE` tells more; so does `bellwether explain KEYWORD`.\n",
    );
    text
}

fn page(code: &Code) -> String {
    let mut text = format!("{TITLE}{}: {}{TITLE:#}\n", code.code, code.meaning);
    if !code.why.is_empty() {
        let _ = writeln!(text, "\n{}", wrapped(code.why));
    }
    example(&mut text, BAD, "Not so:", code.bad);
    example(&mut text, GOOD, "But so:", code.good);
    let _ = writeln!(
        text,
        "\nWhere it is a warning or a note, `# bellwether: allow({0})` silences it, at the end of its\n\
         line, or alone before the line or its block; `# bellwether: allow-file({0})` in the whole\n\
         file; `--allow {0}` in one check. `--deny {0}` makes it an error. Errors can't be silenced.",
        code.code
    );
    text
}

/// Paragraphs as lines of up to [`WIDTH`] characters; line ends inside of a paragraph are blanks.
fn wrapped(paragraphs: &str) -> String {
    let mut text = String::new();
    for paragraph in paragraphs.trim().split("\n\n") {
        let mut width = 0_usize;
        for word in paragraph.split_whitespace() {
            let length = word.chars().count();
            let wider = width.saturating_add(length).saturating_add(1);
            let (before, after) = match width {
                0 => ("", length),
                _ if wider > WIDTH => ("\n", length),
                _ => (" ", wider),
            };
            text.push_str(before);
            text.push_str(word);
            width = after;
        }
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    text
}

fn example(text: &mut String, style: Style, title: &str, files: &[&str]) {
    for (at, file) in files.iter().enumerate() {
        let node = if files.len() > 1 {
            format!(" (node {})", at.saturating_add(1))
        } else {
            String::new()
        };
        let _ = writeln!(text, "\n{style}{title}{style:#}{node}\n");
        for line in file.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
}

/// Every row of a keyword: it may mean several things in several places.
fn rows(topic: &str) -> String {
    let named = |keyword: &&Keyword| keyword.names().any(|name| name.eq_ignore_ascii_case(topic));
    let rows: Vec<String> = registry::keywords().filter(named).map(row).collect();
    rows.join("\n")
}

fn row(keyword: &Keyword) -> String {
    let names: Vec<String> = keyword
        .names()
        .map(|name| format!("{TITLE}{name}{TITLE:#}"))
        .collect();
    let mut text = format!("{}: {}\n", names.join(", "), keyword.doc);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:9}{value}");
    };
    let places: Vec<&str> = keyword.places.iter().map(|place| place.words()).collect();
    line("where", &places.join(", "));
    line("takes", &keyword.grammar.expects());
    if !keyword.default.is_empty() {
        line("default", keyword.default);
    }
    if !keyword.since.is_empty() {
        line("since", &format!("keepalived {}", keyword.since));
    }
    line("status", &status(keyword.status));
    text
}

fn status(status: Status) -> String {
    match status {
        Status::Supported => "supported".to_owned(),
        Status::WithoutEffect { reason } => format!("accepted, without effect: {reason}"),
        Status::Refused { reason } => format!("an error: {reason}"),
        Status::NotRun {
            severity: Severity::Error,
            without,
        } => format!(
            "checked, and not yet supported: `run` refuses it, because running without it would \
             {without}"
        ),
        Status::NotRun { without, .. } => {
            format!("checked, and not yet supported: the daemon will {without}")
        }
        _ => "see the reference".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_stay_apart() {
        let words = "four ".repeat(40);
        let text = wrapped(&format!("{words}\n\nnext\nline\n"));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(lines[0].len(), 94, "19 words of 5, less a blank");
        assert_eq!(lines[lines.len() - 2..], ["", "next line"]);
    }
}
