//! A plan: what a reload would change, and what the node would do at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fields;
use crate::effect::Effect;
use crate::event::Event;
use crate::id::InstanceKey;
use crate::model::lvs::{Service, VirtualServer};
use crate::model::{Config, GarpGroup, Parts};
use crate::node::Node;
use crate::status::NodeStatus;
use crate::time::Instant;
use crate::unit::Name;
use crate::vrrp::State;

/// What a reload would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Each thing that is new, another or gone; empty when nothing changes.
    pub items: Vec<Item>,
    /// What the running node would do at once; none where no node was asked.
    pub outlook: Option<Outlook>,
}

/// One thing that is new, another or gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its name, or what else tells it apart.
    pub name: String,
    /// Which instance it is, if it is one.
    pub instance: Option<InstanceKey>,
    /// What becomes of it.
    pub action: Action,
    /// What changes of it, if it goes on.
    pub fields: Vec<Field>,
    /// Its role, if it is an instance and a node was asked.
    pub role: Option<Role>,
}

/// What a thing is: keepalived's name of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `global_defs`, and keywords outside of any block.
    GlobalDefs,
    /// A tracked script.
    VrrpScript,
    /// A tracked file.
    TrackFile,
    /// Tracked processes.
    VrrpTrackProcess,
    /// A BFD session.
    BfdInstance,
    /// Interfaces that share the spacing of announcements.
    GarpGroup,
    /// Addresses that are always there.
    StaticIpaddress,
    /// Routes that are always there.
    StaticRoutes,
    /// Rules that are always there.
    StaticRules,
    /// Ties of those to instances.
    TrackGroup,
    /// A virtual router.
    VrrpInstance,
    /// Instances that stand or fall together.
    VrrpSyncGroup,
    /// A group of services.
    VirtualServerGroup,
    /// A service.
    VirtualServer,
    /// Keys and certificates of checkers.
    Ssl,
}

/// What becomes of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new, and starts.
    Add,
    /// It goes on, with other fields.
    Change,
    /// It is no more.
    Remove,
}

/// One field that changes: another value, or a list's entry that comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// keepalived's keyword for it.
    pub name: String,
    /// What it was; none for what comes.
    pub from: Option<String>,
    /// What it will be; none for what goes.
    pub to: Option<String>,
    /// How it takes effect.
    pub takes: Takes,
}

/// How a changed field takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// At once, while the thing goes on.
    InPlace,
    /// The thing starts anew, and what was known of it is forgotten.
    Restart,
    /// Only when the daemon is started again.
    NextStart,
}

/// The role of an instance before a reload, and right after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Before; none if there was no such instance.
    pub now: Option<State>,
    /// Right after; none if there is no such instance any more.
    pub then: Option<State>,
    /// Why it has that role then, and what comes next, in words.
    pub why: Option<String>,
}

/// What the running node would do at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// When the node was asked.
    pub at: Instant,
    /// What it would do, in order, if the kernel does each thing that it is asked for.
    pub effects: Vec<Effect>,
}

impl Plan {
    /// What changes between two configurations, without a node to ask.
    #[must_use]
    pub fn between(old: &Config, new: &Config) -> Self {
        Self {
            items: items(old.parts(), new.parts()),
            outlook: None,
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Node {
    /// What a reload of `new` would do to this node at `now`. The node itself is not touched: a
    /// copy of it gets the reload, and a kernel that does all that it is asked for.
    #[must_use]
    pub fn plan(&self, now: Instant, new: &Config) -> Plan {
        let mut plan = Plan::between(self.config(), new);
        let before = self.status(now);
        let mut copy = self.clone();
        let mut effects = Vec::new();
        // What is on its way out already is not this reload's doing.
        while copy.poll_effect().is_some() {}
        copy.handle(now, Event::Reload(Box::new(new.clone())));
        while let Some(effect) = copy.poll_effect() {
            if let Effect::Kernel { op, .. } = &effect {
                let outcome = Ok(());
                copy.handle(now, Event::KernelDone { op: *op, outcome });
            } else if let Effect::Table { op, .. } = &effect {
                let outcome = Ok(());
                copy.handle(now, Event::TableDone { op: *op, outcome });
            }
            effects.push(effect);
        }
        let after = copy.status(now);
        for item in &mut plan.items {
            item.role = item.instance.map(|key| role(&before, &after, key));
        }
        plan.outlook = Some(Outlook { at: now, effects });
        plan
    }
}

fn role(before: &NodeStatus, after: &NodeStatus, key: InstanceKey) -> Role {
    let find = |status: &NodeStatus| {
        let mut all = status.instances.iter();
        all.find(|instance| instance.key == key)
            .map(|instance| (instance.state, instance.why.clone()))
    };
    let then = find(after);
    Role {
        now: find(before).map(|(state, _)| state),
        then: then.as_ref().map(|(state, _)| *state),
        why: then.map(|(_, why)| why),
    }
}

/// Everything that differs, in the order in which a file would have it.
fn items(old: &Parts, new: &Parts) -> Vec<Item> {
    let mut items = Vec::new();
    let globals = fields::globals(&old.globals, &new.globals);
    items.extend(change(Kind::GlobalDefs, String::new(), globals));
    tracked(&mut items, old, new);
    statics(&mut items, old, new);
    for item in by_key(old, new) {
        items.push(item);
    }
    by_name(
        &mut items,
        Kind::VrrpSyncGroup,
        (&old.sync_groups, &new.sync_groups),
        |group| group.name.to_string(),
        fields::sync_group,
    );
    balancing(&mut items, old, new);
    items
}

/// What instances follow, and groups of interfaces.
fn tracked(items: &mut Vec<Item>, old: &Parts, new: &Parts) {
    by_name(
        items,
        Kind::VrrpScript,
        (&old.scripts, &new.scripts),
        |script| script.name.to_string(),
        fields::script,
    );
    let (before, after) = (&old.files, &new.files);
    let pair = (&before[..], &after[..]);
    by_name(
        items,
        Kind::TrackFile,
        pair,
        |own| own.name.to_string(),
        fields::file,
    );
    let pair = (&old.processes[..], &new.processes[..]);
    let kind = Kind::VrrpTrackProcess;
    by_name(
        items,
        kind,
        pair,
        |own| own.name.to_string(),
        fields::process,
    );
    let pair = (&old.bfd[..], &new.bfd[..]);
    by_name(
        items,
        Kind::BfdInstance,
        pair,
        |own| own.name.to_string(),
        fields::bfd,
    );
    let pair = (&old.garp_groups[..], &new.garp_groups[..]);
    let name = |own: &GarpGroup| own.name.as_ref().map_or_else(String::new, Name::to_string);
    by_name(items, Kind::GarpGroup, pair, name, fields::garp_group);
}

/// The load balancer.
fn balancing(items: &mut Vec<Item>, old: &Parts, new: &Parts) {
    let pair = (&old.lvs.groups[..], &new.lvs.groups[..]);
    let kind = Kind::VirtualServerGroup;
    by_name(items, kind, pair, |own| own.name.to_string(), fields::group);
    services(items, &old.lvs.virtual_servers, &new.lvs.virtual_servers);
    let (before, after) = (old.lvs.ssl.as_ref(), new.lvs.ssl.as_ref());
    if before != after {
        let action = match (before, after) {
            (None, _) => Action::Add,
            (Some(_), None) => Action::Remove,
            (Some(_), Some(_)) => Action::Change,
        };
        items.push(item(Kind::Ssl, String::new(), action, Vec::new()));
    }
}

fn statics(items: &mut Vec<Item>, old: &Parts, new: &Parts) {
    let (old, new) = (&old.statics, &new.statics);
    let addresses = fields::addresses("static_ipaddress", &old.addresses, &new.addresses);
    items.extend(change(Kind::StaticIpaddress, String::new(), addresses));
    let routes = fields::entries("static_routes", &old.routes, &new.routes, fields::route);
    items.extend(change(Kind::StaticRoutes, String::new(), routes));
    let rules = fields::entries("static_rules", &old.rules, &new.rules, fields::rule);
    items.extend(change(Kind::StaticRules, String::new(), rules));
    let pair = (&old.track_groups[..], &new.track_groups[..]);
    let kind = Kind::TrackGroup;
    by_name(
        items,
        kind,
        pair,
        |own| own.name.to_string(),
        fields::track_group,
    );
}

/// Instances are told apart by their keys: another interface, VRID or family is another one.
fn by_key(old: &Parts, new: &Parts) -> Vec<Item> {
    let mut items = Vec::new();
    let of = |instance: &crate::model::Instance, action, fields| Item {
        instance: Some(instance.key()),
        ..item(
            Kind::VrrpInstance,
            instance.name.to_string(),
            action,
            fields,
        )
    };
    for gone in &old.instances {
        if new.instances.iter().all(|after| after.key() != gone.key()) {
            items.push(of(gone, Action::Remove, Vec::new()));
        }
    }
    for instance in &new.instances {
        let mut earlier = old.instances.iter();
        match earlier.find(|before| before.key() == instance.key()) {
            None => {
                let fields = fields::owned(instance);
                items.push(of(instance, Action::Add, fields));
            }
            Some(before) if before != instance => {
                let fields = fields::instance(before, instance);
                items.push(of(instance, Action::Change, fields));
            }
            Some(_) => {}
        }
    }
    items
}

/// Things with names, whose fields can be told apart.
fn by_name<T: PartialEq>(
    items: &mut Vec<Item>,
    kind: Kind,
    (old, new): (&[T], &[T]),
    name: impl Fn(&T) -> String,
    fields: impl Fn(&T, &T) -> Vec<Field>,
) {
    for gone in old {
        if new.iter().all(|after| name(after) != name(gone)) {
            items.push(item(kind, name(gone), Action::Remove, Vec::new()));
        }
    }
    for one in new {
        match old.iter().find(|before| name(before) == name(one)) {
            None => items.push(item(kind, name(one), Action::Add, Vec::new())),
            Some(before) if before != one => {
                items.push(item(kind, name(one), Action::Change, fields(before, one)));
            }
            Some(_) => {}
        }
    }
}

/// Services are told apart by address, mark or group, of which there may be ten thousands.
fn services(items: &mut Vec<Item>, old: &[VirtualServer], new: &[VirtualServer]) {
    let by_service = |list: &[VirtualServer]| -> BTreeMap<Service, usize> {
        let places = list.iter().enumerate();
        places.map(|(at, own)| (own.service.clone(), at)).collect()
    };
    let (before, after) = (by_service(old), by_service(new));
    let of = |own: &VirtualServer, action, fields| {
        let name = fields::service(&own.service);
        item(Kind::VirtualServer, name, action, fields)
    };
    for gone in old.iter().filter(|own| !after.contains_key(&own.service)) {
        items.push(of(gone, Action::Remove, Vec::new()));
    }
    for one in new {
        let earlier = before.get(&one.service).and_then(|at| old.get(*at));
        match earlier {
            None => items.push(of(one, Action::Add, fields::of_service(one))),
            Some(earlier) if earlier != one => {
                let fields = fields::virtual_server(earlier, one);
                items.push(of(one, Action::Change, fields));
            }
            Some(_) => {}
        }
    }
}

fn change(kind: Kind, name: String, fields: Vec<Field>) -> Option<Item> {
    (!fields.is_empty()).then(|| item(kind, name, Action::Change, fields))
}

const fn item(kind: Kind, name: String, action: Action, fields: Vec<Field>) -> Item {
    Item {
        kind,
        name,
        instance: None,
        action,
        fields,
        role: None,
    }
}
