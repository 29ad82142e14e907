//! Which instances of several nodes are one virtual router.
//!
//! By VRID and family where addresses, names or interfaces agree too; then by what is left, so
//! that a wrong VRID is found as such.

use bellwether_core::model::{Config, Instance};
use bellwether_core::unit::{Name, Vrid};

use crate::places::{Item, Places, index};
use crate::source::Span;

/// A node, with all that is asked of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'c> {
    pub(super) name: &'c str,
    pub(super) config: &'c Config,
    /// Where its parts are written; none where nobody asks.
    pub(super) places: Option<&'c Places>,
}

impl Node<'_> {
    /// The place of the first of these keywords that the file has, or of the thing itself.
    pub(super) fn span(&self, item: Item, keywords: &[&str]) -> Span {
        let Some(places) = self.places else {
            return Span::default();
        };
        let mut given = keywords.iter();
        let given = given.find_map(|keyword| places.span(item, keyword));
        given.unwrap_or_else(|| {
            let all = places.of(item).map(|(_, span)| span);
            all.min().unwrap_or_default()
        })
    }
}

/// An instance of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'c> {
    /// The place of its node.
    pub(super) node: usize,
    pub(super) name: &'c str,
    pub(super) config: &'c Config,
    pub(super) instance: &'c Instance,
    of: Node<'c>,
    item: Item,
}

impl Member<'_> {
    /// The place of the first of these keywords that it has, or its own.
    pub(super) fn span(&self, keywords: &[&str]) -> Span {
        self.of.span(self.item, keywords)
    }
}

/// A virtual router: at most one instance of each node.
#[derive(Clone, Debug)]
pub(super) struct Router<'c> {
    pub(super) members: Vec<Member<'c>>,
}

impl<'c> Router<'c> {
    /// What it is called: by the first node that has it.
    pub(super) fn name(&self) -> Option<&'c Name> {
        self.members.first().map(|first| &first.instance.name)
    }

    /// The VRID, by the first node that has it.
    pub(super) fn vrid(&self) -> Option<Vrid> {
        self.members.first().map(|first| first.instance.vrid)
    }

    fn has(&self, node: usize) -> bool {
        self.members.iter().any(|member| member.node == node)
    }
}

/// How sure it is that two instances are one virtual router; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    VridAndAddress,
    VridAndName,
    VridAndInterface,
    Address,
    Vrid,
    Name,
}

const LIKENESSES: [Likeness; 6] = [
    Likeness::VridAndAddress,
    Likeness::VridAndName,
    Likeness::VridAndInterface,
    Likeness::Address,
    Likeness::Vrid,
    Likeness::Name,
];

impl Likeness {
    fn holds(self, one: &Instance, other: &Instance) -> bool {
        let vrid = one.vrid == other.vrid;
        one.family == other.family
            && match self {
                Self::VridAndAddress => vrid && shares_address(one, other),
                Self::VridAndName => vrid && one.name == other.name,
                Self::VridAndInterface => vrid && one.interface == other.interface,
                Self::Address => shares_address(one, other),
                Self::Vrid => vrid,
                Self::Name => one.name == other.name && one.interface == other.interface,
            }
    }
}

/// The virtual routers, in the first node's order, then in that of those that have more.
pub(super) fn match_up<'c>(nodes: &[Node<'c>]) -> Vec<Router<'c>> {
    let mut routers: Vec<Router<'c>> = Vec::new();
    for (node, of) in nodes.iter().enumerate() {
        let mut left: Vec<Member<'c>> = members(node, *of);
        for likeness in LIKENESSES {
            left.retain(|member| {
                let fits = |router: &&mut Router<'c>| {
                    let mut seen = router.members.iter();
                    !router.has(node)
                        && seen.any(|one| likeness.holds(one.instance, member.instance))
                };
                match routers.iter_mut().find(fits) {
                    Some(router) => {
                        router.members.push(*member);
                        false
                    }
                    None => true,
                }
            });
        }
        let alone = left.into_iter().map(|member| Router {
            members: vec![member],
        });
        routers.extend(alone);
    }
    routers
}

fn members<'c>(node: usize, of: Node<'c>) -> Vec<Member<'c>> {
    let instances = of.config.instances().iter().enumerate();
    let member = |(at, instance)| Member {
        node,
        name: of.name,
        config: of.config,
        instance,
        of,
        item: Item::Instance(index(at)),
    };
    instances.map(member).collect()
}

fn shares_address(one: &Instance, other: &Instance) -> bool {
    let mut addresses = one.virtual_addresses.iter();
    addresses.any(|one| {
        let mut others = other.virtual_addresses.iter();
        others.any(|other| other.address == one.address)
    })
}
