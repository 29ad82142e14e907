//! `virtual_server_group`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;

use bellwether_core::model::lvs::{ServiceEntry, ServiceGroup};
use bellwether_core::unit::Family;

use super::server::{MARK, PORT};
use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::{Value, spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::lexer::Word;
use crate::registry::{Grammar, Line};
use crate::source::Span;
use crate::tree::Node;

/// A line of a group.
pub(super) const LINE: Line = Line {
    what: "an address, a range of addresses, or a firewall mark",
    head: Grammar::Either(&[
        Grammar::Several(&[
            Grammar::Literal("fwmark"),
            MARK,
            Grammar::Optional(&Grammar::Choice(&["inet", "inet6"])),
        ]),
        Grammar::Several(&[Grammar::Word, Grammar::Optional(&Grammar::Word)]),
    ]),
    options: None,
};

const NAME: &str = "virtual_server_group";

/// A group as its block says.
#[derive(Debug)]
pub(super) struct GroupDraft {
    pub(super) group: ServiceGroup,
    /// Its keyword and name.
    pub(super) span: Span,
    /// The marks among its entries whose family it does not say: those of its addresses, or of the
    /// virtual server that uses it.
    pub(super) unsaid: Vec<usize>,
}

/// Reads one `virtual_server_group`; none if its name is missing, which is reported.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<GroupDraft> {
    let name = statement.block_name(cx);
    let span = statement.span();
    cx.place(NAME, span);
    let mut wrong = false;
    let mut entries = Vec::with_capacity(statement.nodes().len());
    let mut unsaid = Vec::new();
    for node in statement.nodes() {
        let Some(entry) = entry(cx, node) else {
            wrong = true;
            continue;
        };
        if matches!(&node.words[..], [head, _] if head.text == "fwmark") {
            unsaid.push(entries.len());
        }
        entries.push(entry);
    }
    if entries.is_empty() && !wrong {
        let message = "this group has no address: its virtual server is never reached";
        let warning = Diagnostic::warning(code::EMPTY_SERVICE_GROUP, span, message);
        cx.push(warning.hint("add lines such as `192.0.2.1 80`"));
    }
    families(cx, &mut entries, &mut unsaid, span);
    let name = name?.value;
    Some(GroupDraft {
        group: ServiceGroup { name, entries },
        span,
        unsaid,
    })
}

/// Marks are of the family of the group's addresses. keepalived removes a group whose marks may be
/// of either.
fn families(
    cx: &mut Context<'_>,
    entries: &mut [ServiceEntry],
    unsaid: &mut Vec<usize>,
    span: Span,
) {
    let has = |v4: bool| {
        entries.iter().any(|entry| match entry {
            ServiceEntry::Range { first, .. } => first.is_ipv4() == v4,
            ServiceEntry::Fwmark { .. } => false,
        })
    };
    let of_addresses = match (has(true), has(false)) {
        (false, false) => return,
        (true, true) => {
            if !unsaid.is_empty() {
                let message = "a mark in this group may be of IPv4 or of IPv6";
                let error = Diagnostic::error(code::OTHER_FAMILY, span, message);
                cx.push(error.hint("write `fwmark N inet` or `fwmark N inet6`"));
            }
            return;
        }
        (true, false) => Family::V4,
        (false, true) => Family::V6,
    };
    for at in unsaid.drain(..) {
        if let Some(ServiceEntry::Fwmark { family, .. }) = entries.get_mut(at) {
            *family = of_addresses;
        }
    }
}

fn entry(cx: &mut Context<'_>, node: &Node<'_>) -> Option<ServiceEntry> {
    if let Some(body) = &node.body {
        let message = "a line of this group takes no block; this one is skipped";
        cx.warning(code::UNEXPECTED_BLOCK, body.open, message);
    }
    let (head, rest) = node.words.split_first()?;
    let most = if head.text == "fwmark" { 2 } else { 1 };
    if let Some([first, ..]) = rest.get(most..) {
        let message = format!("`{}` is ignored: this line takes no more words", first.text);
        let severity = cx.lenient();
        cx.push(Diagnostic::new(
            severity,
            code::EXTRA_WORDS,
            first.span,
            message,
        ));
    }
    if head.text == "fwmark" {
        return mark(cx, head, rest);
    }
    let (first, count) = range(cx, head)?;
    let ports = match rest.first() {
        Some(word) => ports(cx, word)?,
        None => (0, 0),
    };
    Some(ServiceEntry::Range {
        first,
        count,
        ports,
    })
}

fn mark(cx: &mut Context<'_>, head: &Word<'_>, rest: &[Word<'_>]) -> Option<ServiceEntry> {
    let value = Value {
        name: "fwmark",
        grammar: MARK,
        words: rest,
        at: head.span,
    };
    let mark = NonZeroU32::new(value.integer(cx)?.value)?;
    let family = match rest.get(1) {
        None => Family::V4,
        Some(word) if word.text == "inet" => Family::V4,
        Some(word) if word.text == "inet6" => Family::V6,
        Some(word) => {
            let grammar = Grammar::Choice(&["inet", "inet6"]);
            Value { grammar, ..value }.bad_word(cx, word, &["inet", "inet6"]);
            return None;
        }
    };
    Some(ServiceEntry::Fwmark { mark, family })
}

fn ports(cx: &mut Context<'_>, word: &Word<'_>) -> Option<(u16, u16)> {
    if let Some((first, last)) = word.text.split_once('-') {
        let ports = first.parse::<u16>().ok().zip(last.parse::<u16>().ok());
        if let Some((first, last)) = ports.filter(|(first, last)| 0 < *first && first < last) {
            return Some((first, last));
        }
        let message = format!("`{}` is not a range of ports", word.text);
        let error = Diagnostic::error(code::OUT_OF_RANGE, word.span, message);
        cx.push(error.hint("write it as `8000-8080`"));
        return None;
    }
    let value = Value {
        name: NAME,
        grammar: PORT,
        words: std::slice::from_ref(word),
        at: word.span,
    };
    let port = value.integer(cx)?.value;
    Some((port, port))
}

/// `ADDRESS`, `ADDRESS-LAST`, `ADDRESS-ADDRESS` or `ADDRESS/LENGTH`: the first and how many.
fn range(cx: &mut Context<'_>, word: &Word<'_>) -> Option<(IpAddr, u32)> {
    let problem = match parse(&word.text) {
        Ok(range) => return Some(spanned(word, range).value),
        Err(problem) => problem,
    };
    let text = &word.text;
    let message = match problem {
        Problem::Address => format!("`{text}` is neither an address nor a range of them"),
        Problem::Order => format!("the end of `{text}` is not after its start"),
        Problem::HostBits => format!("`{text}` does not start at the first address of its network"),
        Problem::TooMany => format!("`{text}` has more addresses than fit into a table"),
    };
    let error = Diagnostic::error(code::BAD_ADDRESS, word.span, message);
    cx.push(error.hint("write `192.0.2.1`, `192.0.2.1-10` or `192.0.2.0/28`"));
    None
}

/// What is wrong with a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Address,
    Order,
    HostBits,
    TooMany,
}

fn parse(text: &str) -> Result<(IpAddr, u32), Problem> {
    let address = |text: &str| text.parse::<IpAddr>().map_err(|_| Problem::Address);
    if let Some((start, last)) = text.split_once('-') {
        let first = address(start)?;
        let last = match last.parse::<IpAddr>() {
            Ok(last) => last,
            Err(_) => with_last_part(first, last)?,
        };
        if first.is_ipv4() != last.is_ipv4() {
            return Err(Problem::Address);
        }
        let many = bits(last).checked_sub(bits(first)).ok_or(Problem::Order)?;
        if many == 0 {
            return Err(Problem::Order);
        }
        let count = u32::try_from(many)
            .ok()
            .and_then(|many| many.checked_add(1));
        return Ok((first, count.ok_or(Problem::TooMany)?));
    }
    if text.contains('/') {
        let (first, length) = grammar::address(text).map_err(|_| Problem::Address)?;
        let width = if first.is_ipv4() { 32_u8 } else { 128 };
        let free = u32::from(width.saturating_sub(length));
        if bits(first).trailing_zeros() < free {
            return Err(Problem::HostBits);
        }
        return Ok((first, 1_u32.checked_shl(free).ok_or(Problem::TooMany)?));
    }
    Ok((address(text)?, 1))
}

/// An address as a number.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// `first` with another last part: decimal for IPv4, hexadecimal for IPv6.
fn with_last_part(first: IpAddr, last: &str) -> Result<IpAddr, Problem> {
    let radix = if first.is_ipv4() { 10 } else { 16 };
    let digits = !last.is_empty() && last.chars().all(|c| c.is_digit(radix));
    let number = u16::from_str_radix(last, radix).ok().filter(|_| digits);
    let number = number.ok_or(Problem::Address)?;
    Ok(match first {
        IpAddr::V4(first) => {
            let last = u8::try_from(number).map_err(|_| Problem::Address)?;
            let [a, b, c, _] = first.octets();
            Ipv4Addr::new(a, b, c, last).into()
        }
        IpAddr::V6(first) => {
            let [a, b, c, d, e, f, g, _] = first.segments();
            Ipv6Addr::new(a, b, c, d, e, f, g, number).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<u32, Problem> {
        parse(text).map(|(_, count)| count)
    }

    #[test]
    fn ranges_are_written_in_four_ways() {
        assert_eq!(count("192.0.2.1"), Ok(1));
        assert_eq!(count("192.0.2.1-10"), Ok(10));
        assert_eq!(count("192.0.2.250-192.0.3.5"), Ok(12));
        assert_eq!(count("192.0.2.8/29"), Ok(8));
        assert_eq!(count("2001:db8::1-1f"), Ok(0x1f));
        assert_eq!(count("2001:db8::/120"), Ok(256));
        assert_eq!(count("192.0.2.1-255"), Ok(255));
    }

    #[test]
    fn ranges_that_can_not_be_say_why() {
        assert_eq!(count("192.0.2.1-256"), Err(Problem::Address));
        assert_eq!(count("192.0.2.1-"), Err(Problem::Address));
        assert_eq!(count("192.0.2.9-9"), Err(Problem::Order));
        assert_eq!(count("192.0.2.9-5"), Err(Problem::Order));
        assert_eq!(count("192.0.2.9/29"), Err(Problem::HostBits));
        assert_eq!(count("192.0.2.0/33"), Err(Problem::Address));
        assert_eq!(count("192.0.2.1-2001:db8::1"), Err(Problem::Address));
        assert_eq!(count("2001:db8::1-10000"), Err(Problem::Address));
        assert_eq!(count("2001:db8::/64"), Err(Problem::TooMany));
        assert_eq!(count("vip"), Err(Problem::Address));
    }
}
