//! The netlink sockets: requests with a bound on waiting, and changes as they come.

mod routing;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use bellwether_core::event::Link;
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::{Address, KernelError, VirtualLink};
use bellwether_core::unit::IfName;
use futures_util::future::FutureExt;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use rtnetlink::packet_core::{NLM_F_REPLACE, NetlinkMessage, NetlinkPayload};
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use rtnetlink::packet_route::link::{LinkAttribute, LinkMessage};
use rtnetlink::packet_route::route::RouteMessage;
use rtnetlink::packet_route::rule::RuleMessage;
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::sys::AsyncSocket;
use rtnetlink::{Handle, MulticastGroup};
use rustix::event::{self, PollFd, PollFlags};
use rustix::net::sockopt;
use rustix::time::Timespec;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{address, link, virtual_link};

/// How long the kernel may take. It answers within the call that asks, so that this only ends the
/// waiting for an answer that was lost.
const ANSWER: Duration = Duration::from_secs(2);

/// How many turns the reading task gets to empty the listening socket.
const CATCH_UP_TURNS: usize = 10_000;

/// Holds the reports of several thousand changes.
const RECEIVE_BUFFER: usize = 4 << 20;

/// A change that the kernel reports.
#[derive(Debug)]
pub(super) enum Change {
    /// An interface came or changed.
    Link(LinkMessage),
    /// An interface went.
    LinkGone(LinkMessage),
    /// An address came or changed.
    Address(AddressMessage),
    /// An address went.
    AddressGone(AddressMessage),
    /// A route came or changed.
    Route {
        /// Which.
        message: RouteMessage,
        /// Whether another had to go for it, of which nothing is said.
        replaces: bool,
    },
    /// A route went.
    RouteGone(RouteMessage),
    /// A routing rule came.
    Rule(RuleMessage),
    /// A routing rule went.
    RuleGone(RuleMessage),
}

/// Two sockets, each with the task that reads it.
///
/// What the kernel reports of our own requests carries their numbers. On one socket it would be
/// taken for their answers, and with it what else they brought about, such as the end of all
/// secondary addresses with their primary one.
pub(super) struct Wire {
    /// Asks.
    handle: Handle,
    /// Listens.
    changes: BoxStream<'static, NetlinkMessage<RouteNetlinkMessage>>,
    /// The listening socket, for asking whether it holds anything unread.
    listener: OwnedFd,
    readers: [JoinHandle<()>; 2],
    lost: bool,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

impl Wire {
    /// Opens the sockets; `routing`: changes of routes and rules are wanted too.
    pub(super) fn open(routing: bool) -> io::Result<Self> {
        let (mut asking, handle, _) = rtnetlink::new_connection()?;
        let socket = asking.socket_mut().socket_mut();
        if let Err(error) = socket.set_netlink_get_strict_chk(true) {
            // Before Linux 4.20: more is listed than was asked for.
            tracing::debug!(%error, "netlink does not filter lists");
        }
        let mut groups = vec![
            MulticastGroup::Link,
            MulticastGroup::Ipv4Ifaddr,
            MulticastGroup::Ipv6Ifaddr,
        ];
        if routing {
            groups.extend([
                MulticastGroup::Ipv4Route,
                MulticastGroup::Ipv6Route,
                MulticastGroup::Ipv4Rule,
                MulticastGroup::Ipv6Rule,
            ]);
        }
        let (mut listening, _, changes) = rtnetlink::new_multicast_connection(&groups)?;
        let socket = listening.socket_mut().socket_mut();
        sockopt::set_socket_recv_buffer_size_force(&*socket, RECEIVE_BUFFER)
            .or_else(|_| sockopt::set_socket_recv_buffer_size(&*socket, RECEIVE_BUFFER))?;
        let listener = socket.as_fd().try_clone_to_owned()?;
        Ok(Self {
            handle,
            changes: changes.map(|(message, _)| message).boxed(),
            listener,
            readers: [tokio::spawn(asking), tokio::spawn(listening)],
            lost: false,
        })
    }

    /// Replaces the sockets by new ones, and forgets that anything was lost.
    pub(super) fn reopen(&mut self, routing: bool) -> io::Result<()> {
        *self = Self::open(routing)?;
        Ok(())
    }

    /// Whether changes, or an answer, may have been missed.
    pub(super) const fn lost_track(&self) -> bool {
        self.lost
    }

    /// The next change, or `None` when track was lost. Cancel safe.
    pub(super) async fn change(&mut self) -> Option<Change> {
        loop {
            let message = self.changes.next().await;
            match self.sort(message) {
                None if !self.lost => {}
                sorted => return sorted,
            }
        }
    }

    /// The next change that has already come.
    pub(super) fn change_now(&mut self) -> Option<Change> {
        loop {
            let message = self.changes.next().now_or_never()?;
            match self.sort(message) {
                None if !self.lost => {}
                sorted => return sorted,
            }
        }
    }

    /// Waits until all changes that the kernel had reported before this call have come.
    pub(super) async fn catch_up(&mut self) {
        for _ in 0..CATCH_UP_TURNS {
            let mut poll = [PollFd::new(&self.listener, PollFlags::IN)];
            let at_once = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            if !matches!(event::poll(&mut poll, Some(&at_once)), Ok(1..)) {
                return;
            }
            // The task that reads it has its turn.
            tokio::task::yield_now().await;
        }
    }

    fn sort(&mut self, message: Option<NetlinkMessage<RouteNetlinkMessage>>) -> Option<Change> {
        let Some(message) = message else {
            self.lost = true;
            return None;
        };
        let replaces = message.header.flags & NLM_F_REPLACE != 0;
        match message.payload {
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewLink(message)) => {
                link::is_interface(&message).then_some(Change::Link(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelLink(message)) => {
                link::is_interface(&message).then_some(Change::LinkGone(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewAddress(message)) => {
                Some(Change::Address(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelAddress(message)) => {
                Some(Change::AddressGone(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewRoute(message)) => {
                Some(Change::Route { message, replaces })
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelRoute(message)) => {
                Some(Change::RouteGone(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::NewRule(message)) => {
                Some(Change::Rule(message))
            }
            NetlinkPayload::InnerMessage(RouteNetlinkMessage::DelRule(message)) => {
                Some(Change::RuleGone(message))
            }
            NetlinkPayload::Overrun(_) => {
                self.lost = true;
                None
            }
            _ => None,
        }
    }

    /// An interface by its name, or `None` where there is none.
    pub(super) async fn link(&mut self, name: IfName) -> Result<Option<Link>, KernelError> {
        let request = self.handle.link().get().match_name(name.as_str());
        let mut links = request.execute();
        match self.answer(links.try_next()).await {
            Ok(message) => Ok(message
                .and_then(|message| link::parse(&message))
                .filter(|(found, _)| *found == name)
                .map(|(_, link)| link)),
            Err(KernelError::NoInterface) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Names of all interfaces.
    pub(super) async fn interface_names(&mut self) -> Result<Vec<String>, KernelError> {
        let links: Vec<LinkMessage> = {
            let answer = self.handle.link().get().execute().try_collect();
            self.answer(answer).await?
        };
        let name = |link: LinkMessage| {
            let attributes = link.attributes.into_iter();
            attributes
                .into_iter()
                .find_map(|attribute| match attribute {
                    LinkAttribute::IfName(name) => Some(name),
                    _ => None,
                })
        };
        Ok(links.into_iter().filter_map(name).collect())
    }

    /// Every virtual link on an interface, with its index.
    pub(super) async fn virtual_links(
        &mut self,
        base: u32,
        name: IfName,
    ) -> Result<Vec<(u32, VirtualLink)>, KernelError> {
        let links: Vec<LinkMessage> = {
            let answer = self.handle.link().get().execute().try_collect();
            self.answer(answer).await?
        };
        let on_base = links
            .iter()
            .filter(|message| virtual_link::base_of(message) == Some(base));
        let parse = |message: &LinkMessage| {
            let link = virtual_link::parse(message, name)?;
            Some((message.header.index, link))
        };
        Ok(on_base.filter_map(parse).collect())
    }

    /// Makes an interface.
    pub(super) async fn add_link(&mut self, message: LinkMessage) -> Result<(), KernelError> {
        let answer = self.handle.link().add(message).execute();
        self.answer(answer).await
    }

    /// Changes an interface.
    pub(super) async fn set_link(&mut self, message: LinkMessage) -> Result<(), KernelError> {
        let answer = self.handle.link().set(message).execute();
        self.answer(answer).await
    }

    /// Removes an interface.
    pub(super) async fn remove_link(&mut self, index: u32) -> Result<(), KernelError> {
        let answer = self.handle.link().del(index).execute();
        self.answer(answer).await
    }

    /// All addresses of an interface, in the kernel's order.
    pub(super) async fn addresses(
        &mut self,
        index: u32,
    ) -> Result<Vec<AddressMessage>, KernelError> {
        let mut request = self.handle.address().get().set_link_index_filter(index);
        request.message_mut().header.family = AddressFamily::Unspec;
        let answer = request.execute().try_collect();
        self.answer(answer).await
    }

    /// Every address of the host, with the length of its prefix.
    pub(super) async fn host_addresses(&mut self) -> Result<Vec<(IpAddr, u8)>, KernelError> {
        let messages: Vec<AddressMessage> = {
            let answer = self.handle.address().get().execute().try_collect();
            self.answer(answer).await?
        };
        let own = |message: AddressMessage| {
            let length = message.header.prefix_len;
            let mut attributes = message.attributes.into_iter();
            attributes.find_map(|attribute| match attribute {
                AddressAttribute::Address(address) => Some((address, length)),
                _ => None,
            })
        };
        Ok(messages.into_iter().filter_map(own).collect())
    }

    /// Adds an address, or, if `replace`, changes what can be changed of one that is there.
    pub(super) async fn add_address(
        &mut self,
        index: u32,
        wanted: &Address,
        replace: bool,
    ) -> Result<(), KernelError> {
        let (ip, prefix_len) = (wanted.key.address, wanted.key.prefix_len);
        let mut request = self.handle.address().add(index, ip, prefix_len);
        *request.message_mut() = address::message(index, wanted);
        if replace {
            request = request.replace();
        }
        let answer = request.execute();
        self.answer(answer).await
    }

    /// Removes an address.
    pub(super) async fn remove_address(
        &mut self,
        index: u32,
        key: &AddressKey,
    ) -> Result<(), KernelError> {
        let request = self.handle.address().del(address::key_message(index, key));
        let answer = request.execute();
        self.answer(answer).await
    }

    /// Removes an address, whatever its far end and its prefix.
    pub(super) async fn remove_local_address(
        &mut self,
        index: u32,
        key: &AddressKey,
    ) -> Result<(), KernelError> {
        let request = self
            .handle
            .address()
            .del(address::local_message(index, key));
        let answer = request.execute();
        self.answer(answer).await
    }

    /// Waits for an answer, but not for ever.
    async fn answer<T>(
        &mut self,
        answer: impl Future<Output = Result<T, rtnetlink::Error>>,
    ) -> Result<T, KernelError> {
        match timeout(ANSWER, answer).await {
            Ok(outcome) => outcome.map_err(|error| match error {
                rtnetlink::Error::NetlinkError(message) => {
                    kernel_error(message.raw_code().saturating_abs())
                }
                other => KernelError::Other {
                    errno: 0,
                    message: other.to_string(),
                },
            }),
            Err(_) => {
                self.lost = true;
                Err(kernel_error(libc::ETIMEDOUT))
            }
        }
    }
}

/// An errno as the core wants it.
pub(super) fn kernel_error(errno: i32) -> KernelError {
    match errno {
        libc::ENODEV => KernelError::NoInterface,
        libc::EPERM | libc::EACCES => KernelError::Denied,
        _ => KernelError::Other {
            errno,
            message: io::Error::from_raw_os_error(errno).to_string(),
        },
    }
}
