//! The generic netlink socket: many requests under way, their answers told apart by number.
//!
//! Invariant: a request has exactly one outcome. The kernel answers within the call that asks, so
//! all that it will ever say has been said when nothing more is heard; what it lost on the way
//! (ENOBUFS) is an outcome of its own, never taken for success.

use std::io::Cursor;
use std::os::fd::OwnedFd;
use std::time::Duration;

use bellwether_core::kernel::ipvs::IpvsError;
use neli::consts::nl::NlmF;
use neli::nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder};
use neli::{FromBytes, Size, ToBytes};
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, sockopt};

use super::decode::{self, Attributes};
use super::encode::{self, Body};
use super::family;

/// Requests in one system call. Their answers must fit into the socket's receive buffer, which
/// holds about 200 of them unless it could be made larger.
const IN_FLIGHT: usize = 128;

/// What the receive buffer is asked to be, in bytes.
const RECEIVE_BUFFER: usize = 1 << 20;

/// The longest answer that the kernel makes of a list is half of this.
const LONGEST: usize = 1 << 16;

/// How long the kernel may be silent. It answers at once, unless it has to load a module first.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a list is asked for again because it changed meanwhile.
const LIST_TRIES: usize = 8;

/// The number of the family that knows all others.
const CONTROLLER: u16 = 16;

/// One netlink message.
type Message = Nlmsghdr<u16, Body>;

/// The outcome of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is done.
    Done,
    /// It is refused, and nothing has changed.
    Refused(Errno),
    /// The answer was lost.
    Lost,
}

/// A socket in one network namespace, which it keeps for ever.
#[derive(Debug)]
pub(super) struct Wire {
    socket: OwnedFd,
    family: u16,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Wire {
    /// Opens a socket in the thread's network namespace, and asks for the family.
    pub(super) fn open(receive_buffer: Option<usize>) -> Result<Self, IpvsError> {
        let socket = socket(receive_buffer).map_err(other)?;
        let mut wire = Self {
            socket,
            family: CONTROLLER,
            sequence: 0,
            buffer: vec![0; LONGEST],
        };
        let question = encode::family_question(family::NAME).map_err(broken)?;
        let answers = wire.ask(question, NlmF::REQUEST).map_err(|error| {
            if error == Failure::Errno(Errno::NOENT) {
                IpvsError::Unavailable
            } else {
                error.into()
            }
        })?;
        let answer = answers.first().ok_or(IpvsError::Unknown)?;
        wire.family = decode::family_number(answer).map_err(broken)?;
        Ok(wire)
    }

    /// Sends all requests, and says what became of each, in their order.
    pub(super) fn change(&mut self, requests: Vec<Body>) -> Result<Vec<Outcome>, IpvsError> {
        let mut outcomes = Vec::with_capacity(requests.len());
        let mut requests = requests.into_iter().peekable();
        while requests.peek().is_some() {
            let first = self.sequence.wrapping_add(1);
            let mut bytes = Vec::new();
            let mut sent = 0;
            for body in requests.by_ref().take(IN_FLIGHT) {
                bytes.extend(self.message(body, NlmF::REQUEST | NlmF::ACK)?);
                sent += 1;
            }
            outcomes.extend(self.exchange(&bytes, first, sent)?);
        }
        Ok(outcomes)
    }

    /// The one answer to a question.
    pub(super) fn one(&mut self, question: Body) -> Result<Attributes, IpvsError> {
        let answers = self.ask(question, NlmF::REQUEST)?;
        answers.into_iter().next().ok_or(IpvsError::Unknown)
    }

    /// All answers to a question; the list is asked for again while it changes on the way.
    pub(super) fn list(&mut self, question: &Body) -> Result<Vec<Attributes>, IpvsError> {
        let mut last = Failure::Interrupted;
        for _ in 0..LIST_TRIES {
            match self.ask(question.clone(), NlmF::REQUEST | NlmF::DUMP) {
                Ok(answers) => return Ok(answers),
                // What was asked for before may still be coming; numbers tell it apart.
                Err(failure @ (Failure::Interrupted | Failure::Errno(Errno::NOBUFS))) => {
                    last = failure;
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Err(last.into())
    }

    /// Sends requests with consecutive numbers, and gathers their outcomes.
    fn exchange(
        &mut self,
        bytes: &[u8],
        first: u32,
        sent: usize,
    ) -> Result<Vec<Outcome>, IpvsError> {
        let mut outcomes = vec![None; sent];
        let mut missing = sent;
        rustix::net::send(&self.socket, bytes, SendFlags::empty()).map_err(other)?;
        let mut flags = RecvFlags::empty();
        while missing > 0 {
            let length = match rustix::net::recv(&self.socket, &mut *self.buffer, flags) {
                Ok((_, length)) => length,
                Err(Errno::INTR) => continue,
                // Some answers are gone. Those that are not are waiting already.
                Err(Errno::NOBUFS) => {
                    flags = RecvFlags::DONTWAIT;
                    continue;
                }
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(other(error)),
            };
            for message in Messages::new(&self.buffer[..length.min(LONGEST)]) {
                let message = message.map_err(broken)?;
                let Ok(at) = usize::try_from(message.nl_seq().wrapping_sub(first)) else {
                    continue;
                };
                let outcome = match message.nl_payload() {
                    NlPayload::Ack(_) => Outcome::Done,
                    NlPayload::Err(error) => Outcome::Refused(errno(*error.error())),
                    NlPayload::DumpExtAck(_) | NlPayload::Payload(_) | NlPayload::Empty => continue,
                };
                if let Some(slot @ None) = outcomes.get_mut(at) {
                    *slot = Some(outcome);
                    missing -= 1;
                }
            }
        }
        let settle = |outcome: Option<Outcome>| outcome.unwrap_or(Outcome::Lost);
        Ok(outcomes.into_iter().map(settle).collect())
    }

    fn ask(&mut self, question: Body, flags: NlmF) -> Result<Vec<Attributes>, Failure> {
        let is_list = flags.contains(NlmF::DUMP);
        let bytes = self.message(question, flags)?;
        let number = self.sequence;
        rustix::net::send(&self.socket, &bytes, SendFlags::empty())?;
        let mut answers = Vec::new();
        let mut interrupted = false;
        loop {
            let empty = RecvFlags::empty();
            let length = match rustix::net::recv(&self.socket, &mut *self.buffer, empty) {
                Ok((_, length)) => length,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            };
            for message in Messages::new(&self.buffer[..length.min(LONGEST)]) {
                let message = message.map_err(Failure::Broken)?;
                if *message.nl_seq() != number {
                    continue;
                }
                interrupted |= message.nl_flags().contains(NlmF::DUMP_INTR);
                match message.nl_payload() {
                    NlPayload::Payload(body) => answers.push(body.attrs().clone()),
                    NlPayload::Err(error) => return Err(errno(*error.error()).into()),
                    NlPayload::DumpExtAck(_) | NlPayload::Empty if interrupted => {
                        return Err(Failure::Interrupted);
                    }
                    NlPayload::DumpExtAck(_) | NlPayload::Ack(_) | NlPayload::Empty => {
                        return Ok(answers);
                    }
                }
            }
            if !is_list && !answers.is_empty() {
                return Ok(answers);
            }
        }
    }

    /// The bytes of a request, with the next number.
    fn message(&mut self, body: Body, flags: NlmF) -> Result<Vec<u8>, IpvsError> {
        self.sequence = self.sequence.wrapping_add(1);
        let message: Message = NlmsghdrBuilder::default()
            .nl_type(self.family)
            .nl_flags(flags)
            .nl_seq(self.sequence)
            .nl_payload(NlPayload::Payload(body))
            .build()
            .map_err(broken)?;
        let mut bytes = Cursor::new(Vec::with_capacity(message.padded_size()));
        message.to_bytes(&mut bytes).map_err(broken)?;
        Ok(bytes.into_inner())
    }
}

/// The messages of one datagram.
struct Messages<'a> {
    bytes: Cursor<&'a [u8]>,
}

impl<'a> Messages<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes: Cursor::new(bytes),
        }
    }
}

impl Iterator for Messages<'_> {
    type Item = Result<Message, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = usize::try_from(self.bytes.position()).ok()?;
        let rest = self.bytes.get_ref().get(at..)?;
        // A header's length that lies would take the library out of its bounds.
        let length = rest.first_chunk().map(|first| u32::from_ne_bytes(*first))?;
        let length = usize::try_from(length).ok()?;
        if length < 16 || length > rest.len() {
            let end = u64::try_from(self.bytes.get_ref().len()).ok()?;
            self.bytes.set_position(end);
            return Some(Err(format!("a message of {length} bytes")));
        }
        let message = Message::from_bytes(&mut self.bytes).map_err(|error| error.to_string());
        let next = u64::try_from(at + length.next_multiple_of(4)).ok()?;
        self.bytes.set_position(next);
        Some(message)
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Failure {
    /// The kernel, or the socket.
    Errno(Errno),
    /// The list changed while it was made.
    Interrupted,
    /// The answer can't be read.
    Broken(String),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<IpvsError> for Failure {
    fn from(error: IpvsError) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Failure> for IpvsError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Errno(error) => other(error),
            Failure::Interrupted => broken("the list never ceased to change"),
            Failure::Broken(what) => broken(what),
        }
    }
}

fn socket(receive_buffer: Option<usize>) -> rustix::io::Result<OwnedFd> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::GENERIC),
    )?;
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE))?;
    match receive_buffer {
        Some(bytes) => sockopt::set_socket_recv_buffer_size(&socket, bytes)?,
        // Without the right to, what the host's limit allows is enough in all but odd cases.
        None => sockopt::set_socket_recv_buffer_size_force(&socket, RECEIVE_BUFFER)
            .or_else(|_| sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER))?,
    }
    Ok(socket)
}

/// The kernel's errors are negative numbers.
const fn errno(raw: i32) -> Errno {
    Errno::from_raw_os_error(raw.saturating_neg())
}

/// An error of the kernel or of the socket that has no name here.
pub(super) fn other(error: Errno) -> IpvsError {
    if error == Errno::PERM {
        return IpvsError::Denied;
    }
    IpvsError::Other {
        errno: error.raw_os_error(),
        message: words(error),
    }
}

/// An answer that makes no sense.
pub(super) fn broken(what: impl std::fmt::Display) -> IpvsError {
    IpvsError::Other {
        errno: 0,
        message: format!("IPVS over netlink: {what}"),
    }
}

/// What an errno means, as the C library says it.
fn words(error: Errno) -> String {
    let text = std::io::Error::from(error).to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_that_lies_is_an_error_and_ends() {
        for bytes in [
            vec![0; 16],
            vec![0xff; 20],
            [vec![15, 0, 0, 0], vec![0; 12]].concat(),
        ] {
            let heard: Vec<_> = Messages::new(&bytes).collect();
            assert_eq!(heard.len(), 1, "{bytes:?}");
            assert!(heard[0].is_err(), "{bytes:?}");
        }
        assert_eq!(Messages::new(&[]).count(), 0);
        assert_eq!(Messages::new(&[16, 0]).count(), 0);
    }

    #[test]
    fn an_errno_is_told_without_its_number() {
        assert_eq!(words(Errno::RANGE), "Numerical result out of range");
        assert_eq!(other(Errno::PERM), IpvsError::Denied);
    }
}
