//! The lines of `virtual_ipaddress`.

use std::net::{IpAddr, Ipv4Addr};

use bellwether_core::model::VirtualAddress;

use super::statement::{Statement, arity, lenient, not_yet, preprocessor, several_on_a_line};
use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar::{self, AddressProblem};
use crate::lexer::Word;
use crate::registry::{self, AddressKey, Key, Keyword, Place, Status};
use crate::source::Span;
use crate::tree::Node;

/// Reads all lines of a block, and adds the good ones to `addresses`.
pub(super) fn read(
    cx: &mut Context<'_>,
    nodes: &[Node<'_>],
    addresses: &mut Vec<Spanned<VirtualAddress>>,
) {
    for node in nodes {
        if preprocessor(cx, node) {
            continue;
        }
        if let Some(body) = &node.body {
            let message = "an address takes no block; this one is skipped";
            cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
        }
        let mut words = &node.words[..];
        while let [head, options @ ..] = words {
            let mut draft = Draft {
                address: head_address(cx, head),
                broadcast: None,
            };
            words = read_options(cx, head, options, &mut draft);
            addresses.extend(draft.finish(cx).map(|value| Spanned {
                value,
                span: head.span,
            }));
        }
    }
}

/// An address whose options are still being read.
struct Draft {
    /// None if it does not parse; its options are read all the same.
    address: Option<VirtualAddress>,
    broadcast: Option<Spanned<Broadcast>>,
}

/// What `brd` says.
#[derive(Clone, Copy)]
enum Broadcast {
    /// All host bits set.
    Highest,
    /// All host bits clear.
    Lowest,
    Address(Ipv4Addr),
}

impl Draft {
    /// Computes the broadcast address, for which the prefix must be known.
    fn finish(self, cx: &mut Context<'_>) -> Option<VirtualAddress> {
        let mut address = self.address?;
        let (Some(broadcast), IpAddr::V4(v4)) = (self.broadcast, address.address) else {
            return Some(address);
        };
        let host_bits = u32::MAX
            .checked_shr(u32::from(address.prefix_len))
            .unwrap_or(0);
        let network = v4.to_bits() & !host_bits;
        address.broadcast = match broadcast.value {
            Broadcast::Address(given) => Some(given),
            Broadcast::Highest | Broadcast::Lowest if address.prefix_len > 30 => {
                let length = address.prefix_len;
                let message = format!("a /{length} has no broadcast address; `brd` is ignored");
                cx.warning(code::BAD_ADDRESS, broadcast.span, message);
                None
            }
            Broadcast::Highest => Some(Ipv4Addr::from_bits(network | host_bits)),
            Broadcast::Lowest => Some(Ipv4Addr::from_bits(network)),
        };
        Some(address)
    }
}

fn head_address(cx: &mut Context<'_>, word: &Word<'_>) -> Option<VirtualAddress> {
    let problem = match grammar::address(&word.text) {
        Ok((address, prefix_len)) => {
            let mut virtual_address = VirtualAddress::host(address);
            virtual_address.prefix_len = prefix_len;
            return Some(virtual_address);
        }
        Err(problem) => problem,
    };
    let text = &word.text;
    let (code, message, hint) = match problem {
        AddressProblem::Address => (
            code::BAD_ADDRESS,
            format!("`{text}` is not an address"),
            "write it as `192.0.2.1/24`",
        ),
        AddressProblem::Mask => (
            code::BAD_ADDRESS,
            format!("what follows the `/` of `{text}` is not a prefix length"),
            "write `/24` or `/255.255.255.0`",
        ),
        AddressProblem::Prefix { max } => (
            code::OUT_OF_RANGE,
            format!("the prefix length of `{text}` is out of range: it is from 0 to {max}"),
            "without a prefix length the address stands for itself alone",
        ),
    };
    cx.push(Diagnostic::error(code, word.span, message).hint(hint));
    None
}

/// Reads the options of the address `head`; gives the words of the next address on the line.
fn read_options<'t, 's>(
    cx: &mut Context<'_>,
    head: &Word<'s>,
    mut words: &'t [Word<'s>],
    draft: &mut Draft,
) -> &'t [Word<'s>] {
    while let [option, rest @ ..] = words {
        let Some(keyword) = registry::lookup(Place::AddressOption, &option.text) else {
            if grammar::address(&option.text).is_ok() {
                several_on_a_line(cx, head, option);
                return words;
            }
            // A misspelt option has a value as the one that was meant.
            let meant = unknown_option(cx, option);
            let values = meant.map_or(0, |keyword| arity(keyword.grammar).1);
            words = rest.get(values..).unwrap_or_default();
            continue;
        };
        let (_, most) = arity(keyword.grammar);
        let (args, next) = rest.split_at_checked(most).unwrap_or((rest, &[]));
        let statement = Statement {
            keyword,
            head: option,
            args,
            body: None,
        };
        apply(cx, keyword, &statement, draft);
        words = next;
    }
    &[]
}

/// Reports a word that is no option; gives the option that was probably meant.
fn unknown_option(cx: &mut Context<'_>, word: &Word<'_>) -> Option<&'static Keyword> {
    let message = format!("unknown option `{}` of an address", word.text);
    let diagnostic = Diagnostic::new(lenient(cx), code::UNKNOWN_KEYWORD, word.span, message);
    let near = cx.nearest(Place::AddressOption, &word.text);
    cx.push(match near {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic.hint("an address takes dev, label, brd and scope"),
    });
    registry::lookup(Place::AddressOption, near?)
}

fn apply(
    cx: &mut Context<'_>,
    keyword: &'static Keyword,
    statement: &Statement<'_, '_>,
    draft: &mut Draft,
) {
    match (keyword.status, keyword.key) {
        (Status::Supported, Some(Key::Address(key))) => set(cx, key, statement, draft),
        (Status::Supported, _) => {}
        (Status::WithoutEffect { reason }, _) => {
            cx.note_without_effect(reason, keyword.name, statement.head.span);
        }
        (Status::NotYet { severity, without }, _) => not_yet(cx, statement, severity, without),
    }
}

fn set(cx: &mut Context<'_>, key: AddressKey, statement: &Statement<'_, '_>, draft: &mut Draft) {
    match key {
        AddressKey::Dev => {
            let dev = statement.interface(cx);
            cx.interfaces
                .extend(dev.iter().map(|dev| (dev.value, dev.span)));
            if let (Some(address), Some(dev)) = (&mut draft.address, dev) {
                address.dev = Some(dev.value);
            }
        }
        AddressKey::Label => {
            let label = label(cx, statement);
            if let (Some(address), Some(label)) = (&mut draft.address, label) {
                address.label = Some(label);
            }
        }
        AddressKey::Broadcast => draft.broadcast = broadcast(cx, statement),
        AddressKey::Scope => {
            let Some(word) = statement.word(cx) else {
                return;
            };
            let scope = grammar::scope(&word.text);
            if scope.is_none() {
                let takes = ["global", "site", "link", "host", "nowhere"];
                statement.bad_word(cx, word, &takes);
            }
            if let (Some(address), Some(scope)) = (&mut draft.address, scope) {
                address.scope = scope;
            }
        }
    }
}

fn label(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    let label = statement.text(cx)?;
    if label.value.len() > 15 {
        let length = label.value.len();
        let message = format!("this label has {length} bytes; the kernel takes at most 15");
        cx.error(code::LONG_LABEL, label.span, message);
        return None;
    }
    Some(label.value)
}

fn broadcast(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<Broadcast>> {
    let word = statement.word(cx)?;
    let value = match &*word.text {
        "+" => Broadcast::Highest,
        "-" => Broadcast::Lowest,
        text => match text.parse() {
            Ok(address) => Broadcast::Address(address),
            Err(_) => {
                let message = format!("`{text}` is not a broadcast address");
                let error = Diagnostic::error(code::BAD_ADDRESS, word.span, message);
                cx.push(error.hint("write `+`, `-` or an IPv4 address"));
                return None;
            }
        },
    };
    let span: Span = word.span;
    Some(Spanned { value, span })
}
