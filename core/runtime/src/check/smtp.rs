//! SMTP_CHECK: greeting, HELO and QUIT (RFC 5321), as keepalived has the dialogue.
//!
//! Invariant: no more of an answer is kept than one line of bounded length.

use std::net::SocketAddr;
use std::time::Duration;

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};
use bellwether_core::model::lvs::{SmtpCheck, Source};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::failure::within;
use super::port::Dial;

/// What keepalived calls itself.
const NAME: &str = "smtp.keepalived.org";
/// The longest line, in bytes with its end; RFC 5321 4.5.3.1.5 has 512.
const LINE: usize = 2048;
/// The most lines of one answer.
const LINES: usize = 100;

/// Greets all servers, one after the other.
pub(super) async fn check(
    ports: &impl Dial,
    spec: &ProbeSpec,
    smtp: &SmtpCheck,
) -> Result<(), ProbeFailure> {
    let name = smtp.helo_name.as_deref().unwrap_or(NAME);
    if smtp.hosts.is_empty() {
        let source = spec.source.as_deref();
        return greet(ports, spec.target, source, spec.timeout, name).await;
    }
    for host in &smtp.hosts {
        let own = SocketAddr::new(spec.server.address, spec.server.port);
        let target = host.connect.unwrap_or(own);
        let source = host.source.as_deref();
        greet(ports, target, source, spec.timeout, name).await?;
    }
    Ok(())
}

async fn greet(
    ports: &impl Dial,
    target: SocketAddr,
    source: Option<&Source>,
    limit: Duration,
    name: &str,
) -> Result<(), ProbeFailure> {
    let stream = within(limit, ports.dial(target, source)).await?;
    let mut dialogue = Dialogue {
        stream,
        limit,
        buffer: Vec::new(),
    };
    dialogue.expect(220).await?;
    dialogue.say(&format!("HELO {name}\r\n")).await?;
    dialogue.expect(250).await?;
    dialogue.say("QUIT\r\n").await?;
    dialogue.expect(221).await
}

/// A connection, and what came by it and is not read yet.
struct Dialogue<S> {
    stream: S,
    limit: Duration,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    async fn say(&mut self, line: &str) -> Result<(), ProbeFailure> {
        within(self.limit, self.stream.write_all(line.as_bytes())).await
    }

    /// Reads one answer, of one line or more (RFC 5321 4.2.1).
    async fn expect(&mut self, wanted: u16) -> Result<(), ProbeFailure> {
        for _ in 0..LINES {
            let line = self.line().await?;
            let Some((code, more)) = code(&line) else {
                let start: String = String::from_utf8_lossy(&line).chars().take(40).collect();
                return Err(ProbeFailure::Garbage(format!("{start:?} is no answer")));
            };
            if code != wanted {
                return Err(ProbeFailure::Code(code));
            }
            if !more {
                return Ok(());
            }
        }
        let words = format!("an answer of more than {LINES} lines");
        Err(ProbeFailure::Garbage(words))
    }

    /// Reads one line, without its end.
    async fn line(&mut self) -> Result<Vec<u8>, ProbeFailure> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.truncate(end);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() >= LINE {
                let words = format!("a line of more than {LINE} bytes");
                return Err(ProbeFailure::Garbage(words));
            }
            let mut bytes = [0; LINE];
            let room = LINE - self.buffer.len();
            let reading = self.stream.read(&mut bytes[..room]);
            let length = within(self.limit, reading).await?;
            if length == 0 {
                return Err(ProbeFailure::Closed);
            }
            self.buffer.extend_from_slice(&bytes[..length]);
        }
    }
}

/// The code of a line, and whether more lines follow it.
fn code(line: &[u8]) -> Option<(u16, bool)> {
    let (digits, rest) = line.split_at_checked(3)?;
    let more = match rest.first() {
        None | Some(b' ') => false,
        Some(b'-') => true,
        Some(_) => return None,
    };
    let digits = core::str::from_utf8(digits).ok()?;
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    Some((digits.parse().ok().filter(|_| all)?, more))
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn codes_are_three_digits_and_a_blank_or_a_hyphen() {
        assert_eq!(code(b"220 ready"), Some((220, false)));
        assert_eq!(code(b"250"), Some((250, false)));
        assert_eq!(code(b"250-PIPELINING"), Some((250, true)));
        for bad in [
            &b"22"[..],
            b"",
            b"2200",
            b"22x ok",
            b"+22 ok",
            b"\xff\xfe\xfd ",
        ] {
            assert_eq!(code(bad), None, "{bad:?}");
        }
    }
}
