//! Writing to people: in colour on a terminal only, and without complaint when nobody reads on.

use std::io::{IsTerminal, Write};

/// Writes to standard output. A reader that has gone, as `head` does, is no failure.
pub(crate) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to standard output in the place of what was written before, on a terminal; else, or if
/// the text is for a program, behind it.
pub(crate) fn refresh(text: &str, for_programs: bool) {
    let clear = "\x1b[H\x1b[2J";
    let in_place = std::io::stdout().is_terminal() && !for_programs;
    let before = if in_place { clear } else { "" };
    print(&format!("{before}{text}"));
}
