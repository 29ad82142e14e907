//! The LVS half: `virtual_server_group`, `virtual_server` with its real servers and their
//! checkers, `SSL`.
//!
//! What holds for a virtual server may stand anywhere in its block, so real servers and checkers
//! are drafts up to its end, and are then made into their final form at once: of the many that a
//! file may have, only one is a draft at a time. What depends on other blocks (groups, tracked
//! files, BFD sessions) is looked up when all is read.

mod check;
mod finish;
mod forward;
mod group;
mod http;
mod real;
mod resolve;
mod server;
mod smtp;
mod ssl;
mod timing;
mod udp;

use std::collections::BTreeMap;

use bellwether_core::model::lvs::{Service, Ssl, VirtualServer};
use bellwether_core::unit::Name;

pub(crate) use resolve::{Defined, finish};

use super::{Drafts, Row};
use crate::build::Spanned;
use crate::build::statement::block;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::places::{Item, index};
use crate::registry::{AnyTable, Contents, Grammar, Header, Place};
use crate::source::Span;

/// What a file says about virtual servers; all but the names is final.
#[derive(Debug, Default)]
pub(crate) struct LvsDraft {
    groups: Vec<group::GroupDraft>,
    servers: Vec<VirtualServer>,
    /// The keywords and headers of `servers`.
    spans: Vec<Span>,
    /// Where in `servers` each service is.
    services: BTreeMap<Service, u32>,
    /// Names that are looked up when all is read.
    tracked: Vec<Reference>,
    ssl: Option<Ssl>,
    /// Whether there was a virtual server or a group, good or bad.
    written: bool,
}

/// A name in a checker, of something that stands outside of the virtual server.
#[derive(Debug)]
struct Reference {
    kind: Referred,
    name: Spanned<Name>,
}

/// What a checker may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Referred {
    File,
    Bfd,
}

/// The rows of the top level.
pub(super) const TOP: &[Row<Drafts>] = &[
    Row::<Drafts>::new(
        "virtual_server_group",
        Grammar::Block(Header::Name, Contents::Lines(&group::LINE)),
        "Addresses and marks that are one virtual server",
        |drafts, cx, statement| {
            let item = Item::ServerGroup(index(drafts.lvs.groups.len()));
            let read = cx.within(item, |cx| group::read(cx, statement));
            drafts.lvs.groups.extend(read);
            drafts.lvs.written = true;
        },
    ),
    Row::<Drafts>::new(
        "virtual_server",
        Grammar::Block(
            Header::Values(&server::SERVICE),
            Contents::Keywords(Place::VirtualServer),
        ),
        "A service whose load is balanced",
        |drafts, cx, statement| server::read(cx, statement, &mut drafts.lvs),
    ),
    Row::<Drafts>::new(
        "group",
        Grammar::Block(Header::Unread, Contents::Keywords(Place::Top)),
        "Virtual servers as very old files hold them together; they are read as if it were not there",
        |drafts, cx, statement| {
            let message = "`group` at the top level has no meaning; what it contains is read";
            let warning = Diagnostic::warning(code::LEGACY_GROUP, statement.span(), message);
            cx.push(warning.hint("remove the line and its `}`"));
            block(cx, &super::TOP, statement.nodes(), drafts);
        },
    ),
    Row::<Drafts>::new(
        "SSL",
        Grammar::block(Place::Ssl),
        "Keys and certificates of SSL_GET",
        |drafts, cx, statement| drafts.lvs.ssl = Some(ssl::read(cx, statement)),
    ),
];

/// All tables of the LVS half.
pub(super) fn tables() -> impl Iterator<Item = &'static dyn AnyTable> {
    let own: [&'static dyn AnyTable; 15] = [
        &*server::TABLE,
        &*real::TABLE,
        &*check::TCP,
        &*http::HTTP,
        &*http::SSL,
        &*http::URL,
        &*smtp::TABLE,
        &*smtp::HOST,
        &*check::DNS,
        &*check::MISC,
        &*udp::TABLE,
        &*check::PING,
        &*check::FILE,
        &*check::BFD,
        &*ssl::TABLE,
    ];
    own.into_iter()
}

impl LvsDraft {
    /// Whether nothing of it was written.
    pub(crate) const fn is_empty(&self) -> bool {
        !self.written
    }
}
