//! What the node always has: `static_ipaddress`, `static_routes`, `static_rules`, and
//! `track_group`, which ties them to instances.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bellwether_core::model::{Route, Rule, Statics, TrackGroup, VirtualAddress};
use bellwether_core::unit::{IfName, Name};

use super::{Drafts, InstanceDraft, Row, Table, address, route, rule};
use crate::build::statement::{Statement, block};
use crate::build::value::spanned;
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Grammar, Line, Place};
use crate::source::Span;

/// keepalived: where addresses go without a word.
const DEFAULT_INTERFACE: &str = "eth0";

/// A line of `group`.
const MEMBER: Line = Line {
    what: "the name of an instance",
    head: Grammar::Name,
    options: None,
};

pub(super) static TABLE: LazyLock<Table<GroupDraft>> =
    LazyLock::new(|| Table::new(&[Place::TrackGroup], &[GROUP_ROWS]));

/// The rows of the top level.
pub(super) const TOP: &[Row<Drafts>] = &[
    Row::<Drafts>::new(
        "track_group",
        Grammar::named_block(Place::TrackGroup),
        "Ties static addresses, routes and rules to instances",
        |drafts, cx, statement| drafts.statics.groups.extend(group(cx, statement)),
    ),
    Row::<Drafts>::new(
        "static_ipaddress",
        Grammar::lines(&address::LINE),
        "Addresses that the node always has",
        |drafts, cx, statement| address::read(cx, statement, &mut drafts.statics.addresses),
    ),
    Row::<Drafts>::new(
        "static_routes",
        Grammar::lines(&route::LINE),
        "Routes that the node always has",
        |drafts, cx, statement| route::read(cx, statement, &mut drafts.statics.routes),
    ),
    Row::<Drafts>::new(
        "static_rules",
        Grammar::lines(&rule::LINE),
        "Rules that the node always has",
        |drafts, cx, statement| rule::read(cx, statement, &mut drafts.statics.rules),
    ),
];

const GROUP_ROWS: &[Row<GroupDraft>] = &[Row::<GroupDraft>::new(
    "group",
    Grammar::lines(&MEMBER),
    "The instances that are in FAULT when something of the group is lost",
    |draft, _, statement| {
        let words = statement.nodes().iter().flat_map(|node| &node.words);
        let members = words.map(|word| spanned(word, Name::from(&*word.text)));
        draft.members.extend(members);
    },
)];

/// What a file says about what the node always has.
#[derive(Debug, Default)]
pub(crate) struct StaticsDraft {
    addresses: Vec<Spanned<VirtualAddress>>,
    routes: Vec<Spanned<Route>>,
    rules: Vec<Spanned<Rule>>,
    groups: Vec<GroupDraft>,
}

/// A group as its block says.
#[derive(Debug, Default)]
pub(super) struct GroupDraft {
    name: Option<Spanned<Name>>,
    members: Vec<Spanned<Name>>,
}

fn group(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<GroupDraft> {
    let mut draft = GroupDraft {
        name: statement.block_name(cx),
        ..GroupDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    draft.name.is_some().then_some(draft)
}

/// Looks up what static things and groups refer to; keepalived leaves out what is not there.
pub(crate) fn finish(
    cx: &mut Context<'_>,
    draft: StaticsDraft,
    default_interface: Option<IfName>,
    instances: &[InstanceDraft],
) -> Statics {
    let groups = groups(cx, draft.groups, instances);
    let mut statics = Statics {
        track_groups: groups,
        ..Statics::default()
    };
    let known = |cx: &mut Context<'_>, name: &mut Option<Name>, span| {
        let there = |name: &Name| statics.track_groups.iter().any(|group| group.name == *name);
        if let Some(name) = name.take_if(|name| !there(name)) {
            let message = format!("there is no track group `{name}`");
            let warning = Diagnostic::warning(code::UNKNOWN_TRACK_GROUP, span, message);
            cx.push(warning.hint(format!(
                "define it: `track_group {name} {{ group {{ ... }} }}`"
            )));
        }
    };
    let mut addresses = draft.addresses;
    for address in &mut addresses {
        known(cx, &mut address.value.track_group, address.span);
        // keepalived: `default_interface`, and eth0 without one.
        let dev = address.value.dev.or(default_interface);
        let dev = dev.or_else(|| DEFAULT_INTERFACE.parse().ok());
        if address.value.dev.is_none() {
            cx.interfaces.extend(dev.map(|dev| (dev, address.span)));
        }
        address.value.dev = dev;
    }
    let mut routes = draft.routes;
    for route in &mut routes {
        known(cx, &mut route.value.track_group, route.span);
    }
    let mut rules = draft.rules;
    for rule in &mut rules {
        known(cx, &mut rule.value.track_group, rule.span);
    }
    statics.addresses = addresses.into_iter().map(|address| address.value).collect();
    statics.routes = routes.into_iter().map(|route| route.value).collect();
    statics.rules = rules.into_iter().map(|rule| rule.value).collect();
    statics
}

fn groups(
    cx: &mut Context<'_>,
    drafts: Vec<GroupDraft>,
    instances: &[InstanceDraft],
) -> Vec<TrackGroup> {
    let mut names = BTreeMap::new();
    let mut groups = Vec::new();
    for GroupDraft { name, members } in drafts {
        let Some(name) = name else {
            continue;
        };
        if let Some(first) = names.insert(name.value.clone(), name.span) {
            let message = format!("there are two track groups of the name `{}`", name.value);
            let error = Diagnostic::error(code::DUPLICATE_NAME, name.span, message);
            cx.push(error.related(first, "the first"));
            continue;
        }
        let mut kept: Vec<Name> = Vec::new();
        for member in members {
            let there = |draft: &InstanceDraft| {
                let name = draft.name.as_ref();
                name.is_some_and(|name| name.value == member.value)
            };
            if !instances.iter().any(there) {
                let message = format!("there is no instance `{}`", member.value);
                let warning = Diagnostic::warning(code::UNKNOWN_TRACK_GROUP, member.span, message);
                cx.push(warning.hint("it is left out of the group, as keepalived does"));
            } else if !kept.contains(&member.value) {
                kept.push(member.value);
            }
        }
        let name = name.value;
        groups.push(TrackGroup {
            name,
            members: kept,
        });
    }
    groups
}

/// In a block of an instance, `track_group` ties nothing; it is left out.
pub(crate) fn no_track_group(cx: &mut Context<'_>, group: &mut Option<Name>, line: Span) {
    if group.take().is_some() {
        let message = "`track_group` is for static addresses, routes and rules; it is ignored here";
        let warning = Diagnostic::warning(code::UNKNOWN_TRACK_GROUP, line, message);
        cx.push(warning.hint("an instance follows its own anyway, unless they have `no_track`"));
    }
}
