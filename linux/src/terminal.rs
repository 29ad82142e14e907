//! Writing to people: in colour on a terminal only, and without complaint when nobody reads on.

use std::io::Write;

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
