//! The kernel's process connector: it tells of every process that starts, becomes another program,
//! is renamed, or ends (`CN_IDX_PROC`; linux/cn_proc.h).
//!
//! It is heard in the first network namespace only, and by root only. keepalived tracks no
//! processes elsewhere; here they are polled.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::net::netlink::{self, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};
use tokio::io::unix::AsyncFd;

use crate::sys;

/// `CN_IDX_PROC` and `CN_VAL_PROC`.
const PROC: (u32, u32) = (1, 1);
/// `PROC_CN_MCAST_LISTEN`.
const LISTEN: u32 = 1;
/// `NLMSG_DONE`, which every message of a connector is.
const DONE: u16 = 3;
/// Bytes of `nlmsghdr`, and of `cn_msg` behind it.
const NETLINK_HEADER: usize = 16;
const CONNECTOR_HEADER: usize = 20;

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// It started, runs another program, or has another name.
    Changed(u32),
    /// It ended.
    Ended(u32),
    /// Something was missed: all are to be counted again.
    Missed,
}

/// The connector's socket.
#[derive(Debug)]
pub(super) struct Connector {
    socket: AsyncFd<OwnedFd>,
}

impl Connector {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// `ECONNREFUSED` in any network namespace but the first, `EPERM` without rights,
    /// `EPROTONOSUPPORT` where the kernel has no connector.
    pub(super) fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let protocol = Some(netlink::CONNECTOR);
        let family = AddressFamily::NETLINK;
        let socket = socket_with(family, SocketType::DGRAM, flags, protocol)?;
        bind(&socket, &SocketAddrNetlink::new(0, PROC.0))?;
        send(&socket, &subscription(), SendFlags::empty())?;
        Ok(Self {
            socket: sys::register(socket)?,
        })
    }

    /// Waits for the next things that happen. Cancel safe.
    pub(super) async fn next(&self) -> Vec<Happened> {
        let mut buffer = [0; 4096];
        let mut happened = Vec::new();
        loop {
            let Ok(mut guard) = self.socket.readable().await else {
                return vec![Happened::Missed];
            };
            loop {
                match recv(self.socket.as_fd(), &mut buffer[..], RecvFlags::DONTWAIT) {
                    Ok((_, length)) => {
                        happened.extend(parse(buffer.get(..length).unwrap_or_default()));
                    }
                    Err(rustix::io::Errno::AGAIN) => break,
                    Err(_) => {
                        happened.push(Happened::Missed);
                        break;
                    }
                }
            }
            guard.clear_ready();
            if !happened.is_empty() {
                return happened;
            }
        }
    }
}

fn subscription() -> Vec<u8> {
    let payload = LISTEN.to_ne_bytes();
    let length = NETLINK_HEADER + CONNECTOR_HEADER + payload.len();
    let mut bytes = Vec::with_capacity(length);
    // nlmsghdr: length, type, flags, sequence, port.
    bytes.extend(u32::try_from(length).unwrap_or(0).to_ne_bytes());
    bytes.extend(DONE.to_ne_bytes());
    bytes.extend([0; 10]);
    // cn_msg: idx, val, seq, ack, len, flags.
    bytes.extend(PROC.0.to_ne_bytes());
    bytes.extend(PROC.1.to_ne_bytes());
    bytes.extend([0; 8]);
    bytes.extend(4_u16.to_ne_bytes());
    bytes.extend([0; 2]);
    bytes.extend(payload);
    bytes
}

/// Reads one message: a `proc_event` of `what`, processor, time, and a part of its own.
fn parse(message: &[u8]) -> Option<Happened> {
    let event = message.get(NETLINK_HEADER + CONNECTOR_HEADER..)?;
    let word = |at: usize| {
        let bytes = event.get(at..at + 4)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    };
    // The thread, and the process that it is of.
    let (thread, process) = match word(0)? {
        // PROC_EVENT_FORK: first the parent, then the child.
        1 => (word(24)?, word(28)?),
        // PROC_EVENT_EXEC, PROC_EVENT_COMM.
        2 | 0x200 => (word(16)?, word(20)?),
        // PROC_EVENT_EXIT.
        0x8000_0000 => {
            let (thread, process) = (word(16)?, word(20)?);
            return (thread == process).then_some(Happened::Ended(process));
        }
        _ => return None,
    };
    (thread == process).then_some(Happened::Changed(process))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(what: u32, words: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; NETLINK_HEADER + CONNECTOR_HEADER];
        bytes.extend(what.to_ne_bytes());
        bytes.extend([0; 12]);
        for word in words {
            bytes.extend(word.to_ne_bytes());
        }
        bytes
    }

    #[test]
    fn processes_are_told_from_threads() {
        let of = |what, words: &[u32]| parse(&message(what, words));
        assert_eq!(of(1, &[7, 7, 9, 9]), Some(Happened::Changed(9)));
        assert_eq!(of(1, &[7, 7, 9, 7]), None, "a new thread");
        assert_eq!(of(2, &[9, 9]), Some(Happened::Changed(9)));
        assert_eq!(of(0x200, &[9, 9, 0, 0]), Some(Happened::Changed(9)));
        assert_eq!(of(0x8000_0000, &[9, 9, 0, 0]), Some(Happened::Ended(9)));
        assert_eq!(of(0x8000_0000, &[8, 9, 0, 0]), None, "a thread's end");
        assert_eq!(of(4, &[9, 9]), None);
        assert_eq!(parse(&[0; 10]), None);
    }
}
