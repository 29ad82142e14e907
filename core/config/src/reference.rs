//! The reference of all keywords and the table of compatibility, generated from the rows.
//!
//! Both are Markdown and depend on nothing but the rows and the list of deliberate differences, so
//! the committed copies can be compared with them. Deliberately absent: prose about how to
//! configure; it is no table.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

mod differences;

use std::fmt::Write;

use crate::diagnostic::Severity;
use crate::registry::{Contents, Grammar, Header, Keyword, Place, Status, keywords};
pub use differences::{DIFFERENCES, Difference, Stage};

/// Which rows a table has.
type Picks = fn(Status) -> bool;

/// The reference: place by place, what each keyword takes, its default, and what it does.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Keywords of keepalived.conf\n\n\
         Generated from the table that the reader itself uses; \
         `cargo run -p bellwether-config --example reference` writes it anew. \
         The columns: the keyword with its other names, what follows it, its default, \
         whether it does what it says, and what it does. Where \"after\" names a release of \
         keepalived, that one does not know the keyword, and newer ones do.\n",
    );
    for place in Place::ALL {
        section(&mut text, *place);
    }
    text
}

/// The table of compatibility: what this program does with each keyword of keepalived, and where
/// the two differ on purpose.
#[must_use]
pub fn compatibility() -> String {
    let mut text = String::from(
        "# Compatibility with keepalived\n\n\
         Generated; `cargo run -p bellwether-config --example reference` writes it anew.\n\n\
         A keepalived.conf means the same here: whatever decides an election or a table is \
         kept exactly, so that a pair of one keepalived and one Bellwether works.\n\n\
         ## Deliberate differences\n",
    );
    for (stage, title) in [
        (Stage::Reading, "When a file is read"),
        (Stage::Running, "When it runs"),
    ] {
        let _ = write!(
            text,
            "\n### {title}\n\n| keepalived | here | why |\n|---|---|---|\n"
        );
        for one in DIFFERENCES.iter().filter(|one| one.stage == stage) {
            row(&mut text, &[one.keepalived, one.here, one.why]);
        }
    }
    text.push_str("\n## Keywords\n");
    let groups: [(&str, Picks); 4] = [
        (
            "Not done yet, and needed: a daemon does not run a file with one of these",
            |status| {
                matches!(
                    status,
                    Status::NotRun {
                        severity: Severity::Error,
                        ..
                    }
                )
            },
        ),
        (
            "Not done yet: a daemon runs the file, and warns",
            |status| matches!(status, Status::NotRun { severity, .. } if severity != Severity::Error),
        ),
        ("Refused", |status| matches!(status, Status::Refused { .. })),
        ("Accepted without effect", |status| {
            matches!(status, Status::WithoutEffect { .. })
        }),
    ];
    for (title, belongs) in groups {
        let of_group: Vec<_> = keywords()
            .filter(|keyword| belongs(keyword.status))
            .collect();
        if of_group.is_empty() {
            continue;
        }
        let _ = write!(
            text,
            "\n### {title}\n\n| keyword | where | what comes of it |\n|---|---|---|\n"
        );
        for keyword in of_group {
            let places: Vec<&str> = keyword.places.iter().map(|place| place.words()).collect();
            row(
                &mut text,
                &[&names(keyword), &places.join(", "), &status(keyword.status)],
            );
        }
    }
    let supported = keywords()
        .filter(|keyword| keyword.status == Status::Supported)
        .count();
    let _ = write!(
        text,
        "\n### Supported\n\nAll others, {supported} in number: see [the reference](reference.md).\n"
    );
    text
}

fn section(text: &mut String, place: Place) {
    let mut of_place = keywords()
        .filter(|keyword| keyword.places.first() == Some(&place))
        .peekable();
    let Some(first) = of_place.peek() else {
        return;
    };
    let places: Vec<&str> = first.places.iter().map(|place| place.words()).collect();
    let title = places.join(", ");
    let mut chars = title.chars();
    let capital: String = chars
        .next()
        .map(|c| c.to_ascii_uppercase())
        .into_iter()
        .collect();
    let _ = write!(
        text,
        "\n## {capital}{}\n\n| keyword | value | default | status | what it does |\n\
         |---|---|---|---|---|\n",
        chars.as_str()
    );
    for keyword in of_place {
        let since = match keyword.since {
            "" => String::new(),
            release => format!(" ({release})"),
        };
        let doc = format!("{}{since}", keyword.doc);
        let cells = [
            &names(keyword),
            &value(keyword.grammar),
            keyword.default,
            &status(keyword.status),
            &doc,
        ];
        row(text, &cells);
    }
}

/// One line of a table.
fn row(text: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(text, "| {} ", cell.replace('|', "\\|").replace('\n', " "));
    }
    text.push_str("|\n");
}

fn names(keyword: &Keyword) -> String {
    let names: Vec<String> = keyword.names().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn value(grammar: Grammar) -> String {
    match grammar {
        Grammar::Flag => String::new(),
        Grammar::Bool => "on (if nothing follows) or off".to_owned(),
        Grammar::Block(header, contents) => {
            let header = match header {
                Header::None => String::new(),
                Header::Name | Header::Unread => "a name; ".to_owned(),
                Header::Values(values) => format!("{}; ", values.expects()),
            };
            let contents = match contents {
                Contents::Keywords(place) => format!("a block, see \"{}\"", place.words()),
                Contents::Lines(line) => match line.options {
                    Some(place) => format!("lines: {}, see \"{}\"", line.what, place.words()),
                    None => format!("lines: {}", line.what),
                },
                Contents::Unread => "a block".to_owned(),
            };
            header + &contents
        }
        _ => grammar.expects(),
    }
}

fn status(status: Status) -> String {
    match status {
        Status::Supported => "supported".to_owned(),
        Status::WithoutEffect { reason } => format!("without effect: {reason}"),
        Status::Refused { reason } => format!("refused: {reason}"),
        Status::NotRun {
            severity: Severity::Error,
            without,
        } => format!("not yet, and needed: without it, it would {without}"),
        Status::NotRun { without, .. } => format!("not yet: the daemon will {without}"),
    }
}
