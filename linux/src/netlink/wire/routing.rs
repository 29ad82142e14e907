//! Requests about routes and rules.

use std::collections::BTreeMap;

use bellwether_core::kernel::KernelError;
use bellwether_core::model::Insertion;
use bellwether_core::unit::{Family, IfName};
use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use rtnetlink::packet_core::{
    NLM_F_ACK, NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage,
    NetlinkPayload,
};
use rtnetlink::packet_route::link::LinkMessage;
use rtnetlink::packet_route::route::RouteMessage;
use rtnetlink::packet_route::rule::RuleMessage;
use rtnetlink::packet_route::{AddressFamily, RouteNetlinkMessage};
use rtnetlink::{Error, IpVersion};

use super::Wire;
use crate::netlink::link;

impl Wire {
    /// Names of all interfaces by their indices.
    pub(in crate::netlink) async fn names(&mut self) -> Result<BTreeMap<u32, IfName>, KernelError> {
        let links: Vec<LinkMessage> = {
            let answer = self.handle.link().get().execute().try_collect();
            self.answer(answer).await?
        };
        let named = links.iter().filter_map(|message| {
            let (name, link) = link::parse(message)?;
            Some((link.index, name))
        });
        Ok(named.collect())
    }

    /// All routes of a family that were made by this protocol.
    pub(in crate::netlink) async fn routes(
        &mut self,
        family: Family,
        protocol: u8,
    ) -> Result<Vec<RouteMessage>, KernelError> {
        let mut message = RouteMessage::default();
        message.header.address_family = match family {
            Family::V4 => AddressFamily::Inet,
            Family::V6 => AddressFamily::Inet6,
        };
        // The kernel looks at it, because the socket asks for strict checks.
        message.header.protocol = protocol.into();
        let flags = NLM_F_REQUEST | NLM_F_DUMP;
        let answers = self.ask(RouteNetlinkMessage::GetRoute(message), flags)?;
        let routes = answers.try_filter_map(|message| async move {
            Ok(match message {
                RouteNetlinkMessage::NewRoute(route) => Some(route),
                _ => None,
            })
        });
        let mut routes: Vec<RouteMessage> = self.answer(routes.try_collect()).await?;
        routes.retain(|route| u8::from(route.header.protocol) == protocol);
        Ok(routes)
    }

    /// All rules of a family.
    pub(in crate::netlink) async fn rules(
        &mut self,
        family: Family,
    ) -> Result<Vec<RuleMessage>, KernelError> {
        let version = match family {
            Family::V4 => IpVersion::V4,
            Family::V6 => IpVersion::V6,
        };
        let answer = self.handle.rule().get(version).execute().try_collect();
        self.answer(answer).await
    }

    /// Adds a route.
    pub(in crate::netlink) async fn add_route(
        &mut self,
        message: RouteMessage,
        insertion: Insertion,
    ) -> Result<(), KernelError> {
        let how = match insertion {
            Insertion::Add => NLM_F_CREATE | NLM_F_EXCL,
            Insertion::Append => NLM_F_CREATE | NLM_F_APPEND,
            Insertion::Prepend => NLM_F_CREATE,
        };
        self.change_object(RouteNetlinkMessage::NewRoute(message), how)
            .await
    }

    /// Removes a route.
    pub(in crate::netlink) async fn remove_route(
        &mut self,
        message: RouteMessage,
    ) -> Result<(), KernelError> {
        self.change_object(RouteNetlinkMessage::DelRoute(message), 0)
            .await
    }

    /// Adds a rule.
    pub(in crate::netlink) async fn add_rule(
        &mut self,
        message: RuleMessage,
    ) -> Result<(), KernelError> {
        let how = NLM_F_CREATE | NLM_F_EXCL;
        self.change_object(RouteNetlinkMessage::NewRule(message), how)
            .await
    }

    /// Removes a rule.
    pub(in crate::netlink) async fn remove_rule(
        &mut self,
        message: RuleMessage,
    ) -> Result<(), KernelError> {
        self.change_object(RouteNetlinkMessage::DelRule(message), 0)
            .await
    }

    async fn change_object(
        &mut self,
        message: RouteNetlinkMessage,
        how: u16,
    ) -> Result<(), KernelError> {
        let answers = self.ask(message, NLM_F_REQUEST | NLM_F_ACK | how)?;
        let done = answers.try_for_each(|_| async { Ok(()) });
        self.answer(done).await
    }

    fn ask(
        &self,
        message: RouteNetlinkMessage,
        flags: u16,
    ) -> Result<impl Stream<Item = Result<RouteNetlinkMessage, Error>> + use<>, KernelError> {
        let mut request = NetlinkMessage::from(message);
        request.header.flags = flags;
        let mut handle = self.handle.clone();
        let answers = handle
            .request(request)
            .map_err(|error| KernelError::Other {
                errno: 0,
                message: error.to_string(),
            })?;
        Ok(answers.filter_map(|message| async move {
            match message.payload {
                NetlinkPayload::InnerMessage(inner) => Some(Ok(inner)),
                NetlinkPayload::Error(error) if error.code.is_some() => {
                    Some(Err(Error::NetlinkError(error)))
                }
                _ => None,
            }
        }))
    }
}
