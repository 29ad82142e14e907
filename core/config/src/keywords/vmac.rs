//! `use_vmac` and `use_ipvlan` of an instance.

use std::net::IpAddr;
use std::sync::LazyLock;

use bellwether_core::model::{IpvlanMode, Vmac, VmacKind};
use bellwether_core::unit::{IfName, Mac, Vrid};

use super::{Row, Table};
use crate::build::Context;
use crate::build::line::Lines;
use crate::build::statement::Statement;
use crate::grammar;
use crate::lexer::Word;
use crate::registry::{Family, Grammar, Place};

/// `[NAME] [MAC] [group NUMBER]`, the first two in any order.
pub(super) const VMAC: Grammar = Grammar::Options(Place::VmacOption);
/// `[NAME] [ADDRESS] [bridge|private|vepa]`.
pub(super) const IPVLAN: Grammar = Grammar::Several(&[
    Grammar::Optional(&Grammar::Interface),
    Grammar::Optional(&Grammar::Prefix(Family::Any)),
    Grammar::Optional(&Grammar::Choice(&["bridge", "private", "vepa"])),
]);

pub(super) static OPTIONS: LazyLock<Table<VmacDraft>> =
    LazyLock::new(|| Table::new(&[Place::VmacOption], &[ROWS]));

const ROWS: &[Row<VmacDraft>] = &[
    Row::<VmacDraft>::new(
        "group",
        Grammar::number(0, 4_294_967_295),
        "The interface group that it is put in",
        |draft, cx, statement| draft.group = statement.integer(cx).map(|n| n.value),
    )
    .default("0"),
    Row::<VmacDraft>::ignored(
        "netlink_notify_msg",
        Grammar::Bool,
        "Have its changes told",
        "all changes of interfaces are told",
    ),
];

/// What `use_vmac` or `use_ipvlan`, and the words about them, say.
#[derive(Debug, Default)]
pub(crate) struct VmacDraft {
    kind: Option<Kind>,
    name: Option<IfName>,
    mac: Option<Vec<u8>>,
    group: Option<u32>,
    pub(super) xmit_base: bool,
    /// Whether addresses elsewhere get a virtual MAC too.
    pub(super) of_addresses: bool,
}

#[derive(Debug)]
enum Kind {
    Macvlan,
    Ipvlan(Option<(IpAddr, u8)>, IpvlanMode),
}

impl VmacDraft {
    /// The name that the file gives.
    pub(crate) const fn name(&self) -> Option<IfName> {
        self.name
    }

    /// Whether an instance has one.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.kind.is_some()
    }

    /// Whether addresses that are not on it get one of their own.
    pub(crate) const fn of_addresses(&self) -> bool {
        self.of_addresses
    }

    /// The virtual MAC, if there is one, under this name; keepalived: a MAC of five bytes ends with
    /// the VRID.
    pub(crate) fn vmac(&self, vrid: Vrid, name: IfName) -> Option<Vmac> {
        let kind = match self.kind.as_ref()? {
            Kind::Macvlan => VmacKind::Macvlan {
                mac: self.mac.as_ref().and_then(|bytes| {
                    let mut bytes = bytes.clone();
                    if bytes.len() == 5 {
                        bytes.push(vrid.get());
                    }
                    <[u8; 6]>::try_from(bytes).ok().map(Mac)
                }),
            },
            Kind::Ipvlan(address, mode) => VmacKind::Ipvlan {
                address: *address,
                mode: *mode,
            },
        };
        Some(Vmac {
            name,
            kind,
            xmit_base: self.xmit_base,
            group: self.group.unwrap_or_default(),
        })
    }
}

/// Six bytes in hexadecimal with colons, or five.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let byte = |part: &str| {
        u8::from_str_radix(part, 16)
            .ok()
            .filter(|_| part.len() <= 2)
    };
    let bytes: Option<Vec<u8>> = text.split(':').map(byte).collect();
    bytes.filter(|bytes| (5..=6).contains(&bytes.len()))
}

/// Reads `use_vmac`.
pub(super) fn vmac(cx: &mut Context<'_>, statement: &Statement<'_, '_>, draft: &mut VmacDraft) {
    draft.kind = Some(Kind::Macvlan);
    let mut words: &[Word<'_>] = statement.args;
    while let [word, rest @ ..] = words
        && OPTIONS.find(&word.text).is_none()
    {
        if let Some(bytes) = bytes(&word.text) {
            draft.mac = Some(bytes);
        } else {
            draft.name = name(cx, word).or(draft.name);
        }
        words = rest;
    }
    let lines = Lines {
        what: "`use_vmac`",
        options: &OPTIONS,
        head: |_, _| VmacDraft::default(),
        starts: |_| false,
    };
    lines.options(cx, statement.head, words, draft);
}

/// Reads `use_ipvlan`.
pub(super) fn ipvlan(cx: &mut Context<'_>, statement: &Statement<'_, '_>, draft: &mut VmacDraft) {
    let mut address = None;
    let mut mode = IpvlanMode::default();
    for word in statement.args {
        match &*word.text {
            "bridge" => mode = IpvlanMode::Bridge,
            "private" => mode = IpvlanMode::Private,
            "vepa" => mode = IpvlanMode::Vepa,
            text => match grammar::address(text) {
                Ok(given) => address = Some(given),
                Err(_) => draft.name = name(cx, word).or(draft.name),
            },
        }
    }
    draft.kind = Some(Kind::Ipvlan(address, mode));
}

fn name(cx: &mut Context<'_>, word: &Word<'_>) -> Option<IfName> {
    let name = word.text.parse().ok();
    if name.is_none() {
        crate::build::value::Value::bad_interface(cx, &word.text, word.span);
    }
    name
}
