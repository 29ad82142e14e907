//! `-R`: commands from standard input.
//!
//! Invariant: all lines are read before anything is done, so that one that can't be read leaves the
//! table as it was. Then all go to the kernel together, and each that it refuses is told with its
//! line.

use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp};

use super::parse::{self, Command};
use super::{Usage, refused};

/// One line that changes the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Its number, from 1.
    pub(super) line: usize,
    pub(super) op: IpvsOp,
}

/// Reads all lines; a line may begin with `ipvsadm`, an empty one is passed over.
///
/// # Errors
///
/// All lines that can't be read, with their numbers, in one text.
pub(super) fn read(text: &str) -> Result<Vec<Change>, Usage> {
    let mut changes = Vec::new();
    let mut complaints = Vec::new();
    let mut status = 0;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        match read_line(line) {
            Ok(Some(op)) => changes.push(Change { line: number, op }),
            Ok(None) => {}
            Err(error) => {
                complaints.push(format!("line {number}: {}", error.message));
                status = error.status;
            }
        }
    }
    if complaints.is_empty() {
        return Ok(changes);
    }
    complaints.push("nothing was changed".to_owned());
    Err(Usage {
        message: complaints.join("\n"),
        status,
    })
}

fn read_line(line: &str) -> Result<Option<IpvsOp>, Usage> {
    let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    if words.first().is_some_and(|word| word == "ipvsadm") {
        words.remove(0);
    }
    if words.is_empty() {
        return Ok(None);
    }
    // ipvsadm saves a flag that it has no name for as no flag at all.
    if words.last().is_some_and(|word| word == "-b") {
        words.push("flag-3".to_owned());
    }
    match parse::command(&words)? {
        Command::Change(op) => Ok(Some(op)),
        Command::List(_)
        | Command::Save { .. }
        | Command::Restore
        | Command::Help
        | Command::Version => Err(Usage::wrong("only what changes the table can be restored")),
    }
}

/// What to say of the refusals. The exit status is that of the last line, as ipvsadm's.
pub(super) fn refusals(changes: &[Change], outcomes: &[Result<(), IpvsError>]) -> Vec<String> {
    let both = changes.iter().zip(outcomes);
    both.filter_map(|(change, outcome)| {
        let error = outcome.as_ref().err()?;
        Some(format!(
            "line {}: {}",
            change.line,
            refused(&change.op, error)
        ))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ipvsadm_saves_is_read() {
        let text = "\
-A -t 192.0.2.10:80 -s wrr
-a -t 192.0.2.10:80 -r 10.0.0.1:8080 -m -w 3

ipvsadm -A -f 8 -6 -s wlc
  -A --sctp-service   192.0.2.10:9999 -s sh -b \n";
        let changes = read(text).unwrap();
        let lines: Vec<usize> = changes.iter().map(|change| change.line).collect();
        assert_eq!(lines, [1, 2, 4, 5]);
        let IpvsOp::AddService(last) = &changes[3].op else {
            panic!("{:?}", changes[3])
        };
        assert_eq!(last.scheduler_flags, 4);
    }

    #[test]
    fn every_line_that_can_t_be_read_is_told_and_nothing_is_done() {
        let error = read("-A -t 192.0.2.1:80\nnonsense\n-A -t 192.0.2.1:99999\n-L\n").unwrap_err();
        for line in ["line 2:", "line 3:", "line 4:", "nothing was changed"] {
            assert!(error.message.contains(line), "{line}: {}", error.message);
        }
        assert!(!error.message.contains("line 1:"));
        assert_eq!(error.status, 2);
    }
}
