//! Routing rules as netlink messages, and the other way round.

use std::net::IpAddr;

use bellwether_core::kernel::RuleKey;
use bellwether_core::model::{Prefix, Rule, RuleAction as Action};
use bellwether_core::unit::Family;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::rule::{
    RuleAction, RuleAttribute, RuleFlags, RuleMessage, RulePortRange, RuleUidRange,
};

use super::route::realm;

/// The message that adds a rule, and the one that removes it.
pub(super) fn message(key: &RuleKey) -> RuleMessage {
    let rule = key.rule();
    let mut message = RuleMessage::default();
    let header = &mut message.header;
    header.family = match rule.family {
        Family::V4 => AddressFamily::Inet,
        Family::V6 => AddressFamily::Inet6,
    };
    header.tos = rule.tos.unwrap_or(0);
    if rule.not {
        header.flags |= RuleFlags::Invert;
    }
    let attributes = &mut message.attributes;
    if let Some(Prefix { address, len }) = rule.from {
        header.src_len = len;
        attributes.push(RuleAttribute::Source(address));
    }
    if let Some(Prefix { address, len }) = rule.to {
        header.dst_len = len;
        attributes.push(RuleAttribute::Destination(address));
    }
    header.action = match rule.action {
        Action::Lookup(table) => {
            header.table = u8::try_from(table).unwrap_or(0);
            if u8::try_from(table).is_err() {
                attributes.push(RuleAttribute::Table(table));
            }
            RuleAction::ToTable
        }
        Action::L3Mdev => {
            attributes.push(RuleAttribute::L3MDev(true));
            RuleAction::ToTable
        }
        Action::Goto(target) => {
            attributes.push(RuleAttribute::Goto(target));
            RuleAction::Goto
        }
        Action::Nop => RuleAction::Nop,
        Action::Blackhole => RuleAction::Blackhole,
        Action::Prohibit => RuleAction::Prohibit,
        Action::Unreachable => RuleAction::Unreachable,
    };
    attributes.extend(rest(rule));
    message
}

/// All that is an attribute, but addresses and what the rule does.
fn rest(rule: &Rule) -> Vec<RuleAttribute> {
    let mut attributes = Vec::new();
    attributes.extend(rule.priority.map(RuleAttribute::Priority));
    let protocol = rule.protocol.map(Into::into);
    attributes.extend(protocol.map(RuleAttribute::Protocol));
    let [iif, oif] = [rule.iif, rule.oif].map(|name| name.map(|name| name.to_string()));
    attributes.extend(iif.map(RuleAttribute::Iifname));
    attributes.extend(oif.map(RuleAttribute::Oifname));
    if let Some((mark, mask)) = rule.fwmark {
        attributes.push(RuleAttribute::FwMark(mark));
        attributes.push(RuleAttribute::FwMask(mask));
    }
    attributes.extend(rule.realms.map(|own| RuleAttribute::Realm(realm(own))));
    let suppressed = rule.suppress_prefixlength.map(u32::from);
    attributes.extend(suppressed.map(RuleAttribute::SuppressPrefixLen));
    attributes.extend(rule.suppress_ifgroup.map(RuleAttribute::SuppressIfGroup));
    attributes.extend(rule.tun_id.map(RuleAttribute::TunId));
    let users = rule
        .uid_range
        .map(|(start, end)| RuleUidRange { start, end });
    attributes.extend(users.map(RuleAttribute::UidRange));
    let protocol = rule.ip_protocol.map(Into::into);
    attributes.extend(protocol.map(RuleAttribute::IpProtocol));
    let ports = |(start, end)| RulePortRange { start, end };
    let [from, to] = [rule.source_ports, rule.destination_ports].map(|own| own.map(ports));
    attributes.extend(from.map(RuleAttribute::SourcePortRange));
    attributes.extend(to.map(RuleAttribute::DestinationPortRange));
    attributes
}

/// A rule as the kernel tells of it; `None` for what we have no words for.
pub(super) fn parse(message: &RuleMessage) -> Option<RuleKey> {
    let header = &message.header;
    let family = match header.family {
        AddressFamily::Inet => Family::V4,
        AddressFamily::Inet6 => Family::V6,
        _ => return None,
    };
    let mut rule = Rule::new(family, Action::Nop);
    rule.not = header.flags.contains(RuleFlags::Invert);
    rule.tos = Some(header.tos);
    rule.priority = Some(0);
    rule.protocol = Some(0);
    let mut told = Told {
        table: header.table.into(),
        ..Told::default()
    };
    for attribute in &message.attributes {
        told.take(&mut rule, attribute, (header.src_len, header.dst_len));
    }
    rule.fwmark = Some((told.mark, told.mask));
    rule.action = match header.action {
        RuleAction::ToTable if told.l3mdev => Action::L3Mdev,
        RuleAction::ToTable => Action::Lookup(told.table),
        RuleAction::Goto => Action::Goto(told.target),
        RuleAction::Nop => Action::Nop,
        RuleAction::Blackhole => Action::Blackhole,
        RuleAction::Unreachable => Action::Unreachable,
        RuleAction::Prohibit => Action::Prohibit,
        _ => return None,
    };
    Some(RuleKey::of(&rule))
}

/// What more than one attribute says.
#[derive(Default)]
struct Told {
    table: u32,
    target: u32,
    mark: u32,
    mask: u32,
    l3mdev: bool,
}

impl Told {
    fn take(&mut self, rule: &mut Rule, attribute: &RuleAttribute, lengths: (u8, u8)) {
        let prefix = |address: &IpAddr, len| Prefix {
            address: *address,
            len,
        };
        match attribute {
            RuleAttribute::Source(address) => rule.from = Some(prefix(address, lengths.0)),
            RuleAttribute::Destination(address) => rule.to = Some(prefix(address, lengths.1)),
            RuleAttribute::Iifname(name) => rule.iif = name.parse().ok(),
            RuleAttribute::Oifname(name) => rule.oif = name.parse().ok(),
            RuleAttribute::Goto(target) => self.target = *target,
            RuleAttribute::Priority(priority) => rule.priority = Some(*priority),
            RuleAttribute::FwMark(mark) => self.mark = *mark,
            RuleAttribute::FwMask(mask) => self.mask = *mask,
            RuleAttribute::Realm(realm) => {
                let from = u32::from(realm.source) << 16;
                rule.realms = Some(from | u32::from(realm.destination));
            }
            RuleAttribute::TunId(id) => rule.tun_id = Some(*id),
            // All bits set: none.
            RuleAttribute::SuppressIfGroup(u32::MAX) => {}
            RuleAttribute::SuppressIfGroup(group) => rule.suppress_ifgroup = Some(*group),
            RuleAttribute::SuppressPrefixLen(length) => {
                rule.suppress_prefixlength = u8::try_from(*length).ok();
            }
            RuleAttribute::Table(table) => self.table = *table,
            RuleAttribute::L3MDev(on) => self.l3mdev = *on,
            RuleAttribute::UidRange(users) => rule.uid_range = Some((users.start, users.end)),
            RuleAttribute::Protocol(protocol) => rule.protocol = Some((*protocol).into()),
            RuleAttribute::IpProtocol(protocol) => rule.ip_protocol = Some((*protocol).into()),
            RuleAttribute::SourcePortRange(ports) => {
                rule.source_ports = Some((ports.start, ports.end));
            }
            RuleAttribute::DestinationPortRange(ports) => {
                rule.destination_ports = Some((ports.start, ports.end));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_the_way_to_the_kernel_and_back() {
        let mut rule = Rule::new(Family::V4, Action::Lookup(1000));
        rule.not = true;
        rule.from = Some(Prefix {
            address: "192.0.2.0".parse().unwrap(),
            len: 24,
        });
        rule.iif = Some("eth0".parse().unwrap());
        rule.fwmark = Some((5, 0xff));
        rule.priority = Some(500);
        rule.realms = Some(0x0003_0002);
        rule.suppress_prefixlength = Some(0);
        rule.uid_range = Some((10, 20));
        rule.ip_protocol = Some(17);
        rule.source_ports = Some((1, 2));
        rule.destination_ports = Some((3, 3));
        let key = RuleKey::of(&rule);
        assert_eq!(parse(&message(&key)), Some(key));
    }
}
