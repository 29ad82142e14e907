//! Hearing of changes to nftables by somebody else's hand: whoever loads a firewall's rules anew
//! usually flushes all tables first, and ours with them.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::netlink::{NETFILTER, SocketAddrNetlink};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use tokio::io::unix::AsyncFd;

use crate::sys;

/// The multicast group of nftables (NFNLGRP_NFTABLES, 7), as a bit.
const GROUP: u32 = 1 << 6;

/// The subsystem in a message's type (NFNL_SUBSYS_NFTABLES).
const SUBSYSTEM: u8 = 10;

/// The messages that something went: a table, a chain, a rule, a set, elements of one.
const GONE: [u8; 5] = [2, 5, 8, 11, 14];

/// The length of a netlink message's header, and of nfnetlink's behind it.
const HEADERS: usize = 16 + 4;

/// The attribute that names the table, in each of those messages.
const TABLE: u16 = 1;

/// A socket that hears of changes.
#[derive(Debug)]
pub(super) struct Watch {
    socket: AsyncFd<OwnedFd>,
    buffer: Vec<u8>,
}

impl Watch {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// Those of the socket: some kernels have no nftables.
    pub(super) fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            flags,
            Some(NETFILTER),
        )?;
        bind(&socket, &SocketAddrNetlink::new(0, GROUP))?;
        Ok(Self {
            socket: sys::register(socket)?,
            buffer: vec![0; 1 << 16],
        })
    }

    /// Waits until something of this table has gone. Cancel safe.
    pub(super) async fn changed(&mut self, table: &str) {
        loop {
            let Ok(mut ready) = self.socket.readable().await else {
                return std::future::pending().await;
            };
            match recv(ready.get_inner(), &mut *self.buffer, RecvFlags::empty()) {
                Ok((length, _)) => {
                    let told = self.buffer.get(..length).unwrap_or_default();
                    if messages(told).any(|message| is_loss(message, table)) {
                        return;
                    }
                }
                Err(Errno::AGAIN) => ready.clear_ready(),
                // More was told than there was room for.
                Err(Errno::NOBUFS) => return,
                Err(_) => return std::future::pending().await,
            }
        }
    }

    /// Forgets what has been told so far.
    pub(super) fn forget(&mut self) {
        while let Ok(_) | Err(Errno::NOBUFS) =
            recv(self.socket.get_ref(), &mut *self.buffer, RecvFlags::empty())
        {}
    }
}

/// The netlink messages of a datagram.
fn messages(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let length = bytes.first_chunk::<4>().copied().map(u32::from_ne_bytes)?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length >= 16)?;
        let message = bytes.get(..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
}

/// Whether a message says that something of this table has gone.
fn is_loss(message: &[u8], table: &str) -> bool {
    let Some([kind, subsystem]) = message.get(4..6).and_then(|kind| kind.first_chunk()) else {
        return false;
    };
    // The type is in the host's order; its high byte is the subsystem.
    let [subsystem, kind] = u16::from_ne_bytes([*kind, *subsystem]).to_be_bytes();
    if subsystem != SUBSYSTEM || !GONE.contains(&kind) {
        return false;
    }
    let mut attributes = message.get(HEADERS..).unwrap_or_default();
    while let Some([a, b, c, d]) = attributes.first_chunk().copied() {
        let length = usize::from(u16::from_ne_bytes([a, b]));
        if u16::from_ne_bytes([c, d]) == TABLE {
            let name = attributes.get(4..length).unwrap_or_default();
            return name.strip_suffix(&[0]).unwrap_or(name) == table.as_bytes();
        }
        let next = length.max(4).next_multiple_of(4);
        attributes = attributes.get(next..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, table: &str) -> Vec<u8> {
        let mut name = table.as_bytes().to_vec();
        name.push(0);
        let attribute = u16::try_from(name.len() + 4).unwrap();
        let mut body = vec![2, 0, 0, 0];
        body.extend(attribute.to_ne_bytes());
        body.extend(TABLE.to_ne_bytes());
        body.extend(&name);
        body.resize(body.len().next_multiple_of(4), 0);
        let length = u32::try_from(16 + body.len()).unwrap();
        let mut message = length.to_ne_bytes().to_vec();
        message.extend(u16::from_be_bytes([SUBSYSTEM, kind]).to_ne_bytes());
        message.extend([0; 10]);
        message.extend(body);
        message
    }

    #[test]
    fn only_what_goes_from_the_table_of_this_name_is_a_loss() {
        assert!(is_loss(&message(2, "bellwether"), "bellwether"));
        assert!(is_loss(&message(14, "bellwether"), "bellwether"));
        assert!(!is_loss(&message(2, "bellwether2"), "bellwether"));
        assert!(!is_loss(&message(0, "bellwether"), "bellwether"));
        assert!(!is_loss(&[0; 3], "bellwether"));
    }

    #[test]
    fn a_datagram_may_hold_several_messages_and_end_early() {
        let mut bytes = message(0, "other");
        bytes.extend(message(2, "bellwether"));
        bytes.extend([200, 0, 0, 0, 1]);
        let found: Vec<_> = messages(&bytes).collect();
        assert_eq!(found.len(), 2);
        assert!(is_loss(found[1], "bellwether"));
    }
}
