//! What `genhash -v` prints, line for line as keepalived 2.2.7's does.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

/// Bytes in a row.
const ROW: usize = 16;

/// Prints an answer as it comes.
#[derive(Debug)]
pub(super) struct Dump {
    /// The answer's first bytes.
    head: Rc<RefCell<Vec<u8>>>,
    has_body: bool,
}

impl Dump {
    pub(super) const fn new(head: Rc<RefCell<Vec<u8>>>) -> Self {
        Self {
            head,
            has_body: false,
        }
    }

    /// Prints the head, now that it is complete.
    pub(super) fn head(&mut self, out: &mut impl Write) -> io::Result<()> {
        let bytes = self.head.borrow();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let head = &bytes[..end.map_or(bytes.len(), |end| end + 4)];
        title(out, "   HTTP Header Buffer   ")?;
        rows(out, head)?;
        title(out, "HTTP Header Ascii Buffer")?;
        out.write_all(head)?;
        writeln!(out)
    }

    /// Prints the next part of the body.
    pub(super) fn body(&mut self, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
        if !self.has_body {
            self.has_body = true;
            title(out, "       HTML Buffer       ")?;
        }
        rows(out, bytes)
    }
}

/// Prints the digest and the time.
pub(super) fn summary(
    out: &mut impl Write,
    digest: &[u8],
    url: &str,
    took: Duration,
) -> io::Result<()> {
    writeln!(out)?;
    title(out, "   HTML hash resulting   ")?;
    rows(out, digest)?;
    title(out, "HTML hash final resulting")?;
    writeln!(out, "{}\n", hexadecimal(digest))?;
    let micros = took.as_micros();
    writeln!(out, "Global response time for [{url}] = {micros} usecs")
}

/// The digits of some bytes.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string does not fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn title(out: &mut impl Write, words: &str) -> io::Result<()> {
    let rule = "-".repeat(23);
    writeln!(out, "{rule}[ {words} ]{rule}")
}

fn rows(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    for (number, row) in bytes.chunks(ROW).enumerate() {
        let (mut digits, mut letters) = (String::new(), String::new());
        for place in 0..ROW {
            if place == ROW / 2 {
                digits.push_str("- ");
            }
            match row.get(place) {
                None => {
                    digits.push_str("   ");
                    letters.push(' ');
                }
                Some(byte) => {
                    // Writing to a string does not fail.
                    let _ = write!(digits, "{byte:02x} ");
                    let shown = byte.is_ascii_graphic() || *byte == b' ';
                    letters.push(if shown { char::from(*byte) } else { '.' });
                }
            }
        }
        writeln!(out, "{:04}  {digits}  {letters}", number * ROW)?;
    }
    Ok(())
}
