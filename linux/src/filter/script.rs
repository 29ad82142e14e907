//! The table in nft's own language.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::IpAddr;

use bellwether_core::kernel::Refusal;
use bellwether_core::unit::IfName;

use super::Vmacs;

/// What a table is called, and how its rules are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The name, the same in both families. No other daemon of the host may use it.
    pub table: String,
    /// The priority of its chains.
    pub priority: i32,
    /// Whether its rules count packets.
    pub counters: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            table: "bellwether".to_owned(),
            priority: -1,
            counters: false,
        }
    }
}

/// What is to be dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) refusals: BTreeSet<Refusal>,
    pub(super) vmacs: Vmacs,
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        self.refusals.is_empty() && self.vmacs.is_empty()
    }
}

/// Both tables anew, with all that they are to hold; `moves`: what virtual MACs say is sent by the
/// interface below, not only dropped.
pub(super) fn whole(shape: &Shape, content: &Content, moves: bool) -> String {
    let Shape {
        table, priority, ..
    } = shape;
    let count = if shape.counters { " counter" } else { "" };
    let moved = |family: &str| {
        if moves {
            format!(" dup to {family} daddr device oifname map @bases{count} drop")
        } else {
            format!(" oifname @vmacs{count} drop")
        }
    };
    let (four, six) = (moved("ip"), moved("ip6"));
    let mut text = gone(shape);
    let _ = write!(
        text,
        "table ip {table} {{
            set vips {{ type ipv4_addr; }}
            set vmacs {{ type ifname; }}
            map bases {{ type ifname : iface_index; }}
            chain input {{
                type filter hook input priority {priority}; policy accept;
                ip daddr @vips{count} drop
            }}
            chain output {{
                type filter hook output priority {priority}; policy accept;
                ip protocol igmp{four}
                ip saddr @vips{count} drop
            }}
        }}
        table ip6 {table} {{
            set vips {{ type ipv6_addr; }}
            set local_vips {{ type ipv6_addr . ifname; }}
            set vmacs {{ type ifname; }}
            map bases {{ type ifname : iface_index; }}
            chain input {{
                type filter hook input priority {priority}; policy accept;
                icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }}{count} accept
                ip6 daddr . iifname @local_vips{count} drop
                ip6 daddr @vips{count} drop
            }}
            chain output {{
                type filter hook output priority {priority}; policy accept;
                icmpv6 type mld2-listener-report{six}
                icmpv6 type nd-router-solicit oifname @vmacs{count} drop
                icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }}{count} accept
                ip6 saddr . oifname @local_vips{count} drop
                ip6 saddr @vips{count} drop
            }}
        }}
"
    );
    let refusals = content.refusals.iter().map(|own| add(shape, own));
    text.extend(refusals);
    let vmacs = content.vmacs.iter();
    text.extend(vmacs.map(|(name, base)| quiet("add", shape, *name, moves.then_some(*base))));
    text
}

/// No table, whether there was one or not.
pub(super) fn gone(shape: &Shape) -> String {
    let table = &shape.table;
    let one = |family| format!("add table {family} {table}\ndelete table {family} {table}\n");
    one("ip") + &one("ip6")
}

/// Drops packets of an address.
pub(super) fn add(shape: &Shape, refusal: &Refusal) -> String {
    format!("add element {}\n", element(shape, refusal))
}

/// Drops them no longer.
pub(super) fn remove(shape: &Shape, refusal: &Refusal) -> String {
    format!("delete element {}\n", element(shape, refusal))
}

fn element(shape: &Shape, refusal: &Refusal) -> String {
    let table = &shape.table;
    match (refusal.address, refusal.on) {
        (IpAddr::V4(address), _) => format!("ip {table} vips {{ {address} }}"),
        (IpAddr::V6(address), None) => format!("ip6 {table} vips {{ {address} }}"),
        (IpAddr::V6(address), Some(on)) => {
            format!("ip6 {table} local_vips {{ {address} . \"{on}\" }}")
        }
    }
}

/// Keeps a virtual MAC quiet.
pub(super) fn hush(shape: &Shape, name: IfName, base: IfName) -> String {
    quiet("add", shape, name, Some(base))
}

/// Does so no longer.
pub(super) fn unhush(shape: &Shape, name: IfName) -> String {
    quiet("delete", shape, name, None)
}

fn quiet(verb: &str, shape: &Shape, name: IfName, base: Option<IfName>) -> String {
    let table = &shape.table;
    let one = |family| {
        let known = format!("{verb} element {family} {table} vmacs {{ \"{name}\" }}\n");
        match base {
            Some(base) => {
                known
                    + &format!(
                        "{verb} element {family} {table} bases {{ \"{name}\" : \"{base}\" }}\n"
                    )
            }
            None => known,
        }
    };
    one("ip") + &one("ip6")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(address: &str, on: Option<&str>) -> Refusal {
        Refusal {
            address: address.parse().unwrap(),
            on: on.map(|name| name.parse().unwrap()),
        }
    }

    #[test]
    fn a_link_local_address_is_refused_on_its_interface_alone() {
        let shape = Shape::default();
        assert_eq!(
            add(&shape, &refusal("fe80::1", Some("vrrp.7"))),
            "add element ip6 bellwether local_vips { fe80::1 . \"vrrp.7\" }\n"
        );
        assert_eq!(
            remove(&shape, &refusal("2001:db8::1", None)),
            "delete element ip6 bellwether vips { 2001:db8::1 }\n"
        );
        assert_eq!(
            add(&shape, &refusal("192.0.2.1", None)),
            "add element ip bellwether vips { 192.0.2.1 }\n"
        );
    }

    #[test]
    fn each_rule_counts_if_asked_to() {
        let rules = |counters| {
            let shape = Shape {
                counters,
                ..Shape::default()
            };
            let text = whole(&shape, &Content::default(), true);
            let verdict = |line: &&str| line.ends_with(" drop") || line.ends_with(" accept");
            let rules: Vec<_> = text.lines().filter(verdict).map(str::to_owned).collect();
            let counting = rules.iter().filter(|rule| rule.contains(" counter "));
            (counting.count(), rules.len())
        };
        assert_eq!(rules(false), (0, 11));
        assert_eq!(rules(true), (11, 11));
    }
}
