//! How a command line is taken apart.
//!
//! Short options may be bundled (`-Ln`), and a value may follow its option at once or as the next
//! word (`-w3`, `-w 3`, `--weight=3`). A value that may be left out (`-p`) is taken from the next
//! word if that does not start with a dash.

use super::Usage;
use super::options::{Is, ROWS, Row, Takes};

/// One option of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) is: Is,
    pub(super) value: Option<String>,
    /// The word that it stands in.
    pub(super) shown: String,
}

/// A command line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// What belongs to no option.
    pub(super) loose: Vec<String>,
}

/// Takes a command line apart.
///
/// # Errors
///
/// Unknown options, values that are missing, and values that an option can't have.
pub(super) fn read(arguments: &[String]) -> Result<Line, Usage> {
    let mut line = Line::default();
    let mut rest = arguments.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        if word == "--" {
            line.loose.extend(rest.map(str::to_owned));
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (long, None),
            };
            let row = ROWS.iter().find(|row| row.long == name);
            let row = row.ok_or_else(|| Usage::unknown(word))?;
            if value.is_some() && row.takes == Takes::Nothing {
                return Err(Usage::unreadable(format!("{word}: --{name} has no value")));
            }
            let value = value.map(str::to_owned);
            let value = value.or_else(|| next_value(row.takes, &mut rest));
            push(&mut line, row, value, word)?;
        } else if let Some(bundle) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            read_bundle(&mut line, bundle, word, &mut rest)?;
        } else {
            line.loose.push(word.to_owned());
        }
    }
    Ok(line)
}

/// Short options in one word, of which the last may have a value.
fn read_bundle<'a>(
    line: &mut Line,
    bundle: &str,
    word: &str,
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Result<(), Usage> {
    let mut letters = bundle.chars();
    while let Some(letter) = letters.next() {
        let row = ROWS.iter().find(|row| row.short == Some(letter));
        let row = row.ok_or_else(|| Usage::unknown(word))?;
        if row.takes == Takes::Nothing {
            push(line, row, None, word)?;
            continue;
        }
        let value = letters.as_str();
        let value = value.strip_prefix('=').unwrap_or(value);
        let value = if value.is_empty() {
            next_value(row.takes, rest)
        } else {
            Some(value.to_owned())
        };
        return push(line, row, value, word);
    }
    Ok(())
}

fn next_value<'a>(
    takes: Takes,
    rest: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
) -> Option<String> {
    let value = match takes {
        Takes::Nothing => None,
        Takes::Value => rest.next(),
        Takes::Perhaps => rest.next_if(|next| !next.starts_with('-')),
    };
    value.map(str::to_owned)
}

fn push(line: &mut Line, row: &Row, value: Option<String>, shown: &str) -> Result<(), Usage> {
    if row.takes == Takes::Value && value.is_none() {
        return Err(Usage::no_value(shown));
    }
    line.words.push(Word {
        is: row.is,
        value,
        shown: shown.to_owned(),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipvs::cli::options::{Opt, Verb};

    fn words(text: &str) -> Vec<(Is, Option<String>)> {
        let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let line = read(&arguments).unwrap();
        line.words
            .into_iter()
            .map(|word| (word.is, word.value))
            .collect()
    }

    #[test]
    fn short_options_can_be_bundled_and_carry_a_value() {
        let one = |value: &str| Some(value.to_owned());
        assert_eq!(
            words("-Ln"),
            [(Is::Verb(Verb::List), None), (Is::Opt(Opt::Numeric), None)]
        );
        let expected = [
            (Is::Verb(Verb::AddService), None),
            (Is::Opt(Opt::TcpService), one("a:1")),
        ];
        for line in ["-At a:1", "-Ata:1", "-A -t=a:1", "-A --tcp-service=a:1"] {
            assert_eq!(words(line), expected, "{line}");
        }
        // A negative number is a value where there must be one.
        assert_eq!(words("-w -1"), [(Is::Opt(Opt::Weight), one("-1"))]);
    }

    #[test]
    fn a_value_that_may_be_missing_is_no_option() {
        assert_eq!(
            words("-p -s rr"),
            [
                (Is::Opt(Opt::Persistent), None),
                (Is::Opt(Opt::Scheduler), Some("rr".to_owned()))
            ]
        );
        assert_eq!(
            words("-p 5"),
            [(Is::Opt(Opt::Persistent), Some("5".to_owned()))]
        );
        assert_eq!(
            words("-p5"),
            [(Is::Opt(Opt::Persistent), Some("5".to_owned()))]
        );
    }

    #[test]
    fn what_can_t_be_read_says_which_word() {
        for (line, status) in [
            ("-Q", 255),
            ("--nosuch", 255),
            ("-t", 255),
            ("--ops=3", 255),
        ] {
            let error = read(&[line.to_owned()]).unwrap_err();
            assert_eq!(error.status, status, "{line}");
            assert!(error.message.contains(line), "{}", error.message);
        }
    }

    #[test]
    fn every_option_has_one_long_name_and_no_letter_twice() {
        for (at, row) in ROWS.iter().enumerate() {
            for other in &ROWS[..at] {
                assert!(row.short.is_none() || row.short != other.short, "{row:?}");
                assert!(row.long != other.long || row.is == other.is, "{row:?}");
            }
        }
    }
}
