//! `lb_kind`: how packets reach a server.

use bellwether_core::model::lvs::{Forwarding, Tunnel, TunnelChecksum};

use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::Value;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Word;
use crate::registry::Grammar;

/// `NAT`, `DR`, or `TUN` and what it wraps packets in.
pub(super) const METHOD: Grammar = Grammar::Several(&[
    Grammar::Choice(&["NAT", "DR", "TUN"]),
    Grammar::Optional(&TUNNEL),
]);

const TUNNEL: Grammar = Grammar::Several(&[
    Grammar::Optional(&TYPE),
    Grammar::Optional(&Grammar::Several(&[Grammar::Literal("port"), PORT])),
    Grammar::Optional(&Grammar::Choice(&["nocsum", "csum", "remcsum"])),
]);
const TYPE: Grammar = Grammar::Several(&[
    Grammar::Literal("type"),
    Grammar::Choice(&["ipip", "gue", "gre"]),
]);
const PORT: Grammar = Grammar::number(1, 65_535);

/// Reads a method; none if it is wrong, which is reported.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Forwarding> {
    let head = statement.word(cx)?;
    let rest = statement.args.get(1..).unwrap_or_default();
    let method = match &*head.text {
        "NAT" => Forwarding::Nat,
        "DR" => Forwarding::Direct,
        "TUN" => return tunnel(cx, statement, rest).map(Forwarding::Tunnel),
        other => misspelt(cx, statement, head, &other.to_ascii_uppercase())?,
    };
    if let Some(word) = rest.first() {
        let name = statement.keyword.name;
        let message = format!("`{name}` takes nothing more; `{}` is ignored", word.text);
        let severity = cx.lenient();
        cx.push(Diagnostic::new(
            severity,
            code::EXTRA_WORDS,
            word.span,
            message,
        ));
    }
    Some(method)
}

/// keepalived takes the default, NAT, for `dr`; here it is what its author plainly meant.
fn misspelt(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    word: &Word<'_>,
    upper: &str,
) -> Option<Forwarding> {
    let method = match upper {
        "NAT" => Forwarding::Nat,
        "DR" => Forwarding::Direct,
        "TUN" => Forwarding::Tunnel(Tunnel::IpIp),
        _ => {
            statement.value().bad_word(cx, word, &["NAT", "DR", "TUN"]);
            return None;
        }
    };
    let message = format!("`{}` is read as `{upper}`", word.text);
    let warning = Diagnostic::new(cx.lenient(), code::METHOD_CASE, word.span, message);
    cx.push(warning.hint(format!(
        "write `{upper}`, in capitals: keepalived takes any other word for NAT"
    )));
    Some(method)
}

/// What stands after `TUN`.
#[derive(Default)]
struct Options<'t, 's> {
    kind: Option<&'t Word<'s>>,
    port: Option<u16>,
    checksum: Option<(TunnelChecksum, &'t Word<'s>)>,
}

fn tunnel<'t, 's>(
    cx: &mut Context<'_>,
    statement: &Statement<'t, 's>,
    mut words: &'t [Word<'s>],
) -> Option<Tunnel> {
    let mut options = Options::default();
    while let [word, rest @ ..] = words {
        words = rest;
        match &*word.text {
            "type" => {
                options.kind = Some(argument(cx, statement, &mut words, word, TYPE)?.1);
            }
            "port" => {
                let (value, _) = argument(cx, statement, &mut words, word, PORT)?;
                options.port = Some(value.integer(cx)?.value);
            }
            "nocsum" => options.checksum = Some((TunnelChecksum::None, word)),
            "csum" => options.checksum = Some((TunnelChecksum::Full, word)),
            "remcsum" => options.checksum = Some((TunnelChecksum::Remote, word)),
            _ => {
                let takes = ["type", "port", "nocsum", "csum", "remcsum"];
                statement.value().bad_word(cx, word, &takes);
                return None;
            }
        }
    }
    options.tunnel(cx, statement)
}

/// The word after an option, taken off `words`.
fn argument<'t, 's>(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    words: &mut &'t [Word<'s>],
    option: &Word<'_>,
    grammar: Grammar,
) -> Option<(Value<'t, 's>, &'t Word<'s>)> {
    let (own, rest) = words.split_at_checked(1).unwrap_or_default();
    *words = rest;
    let name = statement.keyword.name;
    let at = option.span;
    let value = Value {
        name,
        grammar,
        words: own,
        at,
    };
    let word = value.word(cx)?;
    Some((value, word))
}

impl Options<'_, '_> {
    fn tunnel(self, cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Tunnel> {
        let wrong = |cx: &mut Context<'_>, message: &str| {
            cx.error(code::BAD_WORD, statement.span(), message);
            None
        };
        let checksum = self.checksum.map(|(checksum, _)| checksum);
        let kind = self.kind.map_or("ipip", |word| &*word.text);
        match (kind, self.port, checksum) {
            ("ipip", None, None | Some(TunnelChecksum::None)) => Some(Tunnel::IpIp),
            ("ipip", None, Some(_)) => wrong(cx, "an ipip tunnel has no checksum"),
            ("gue", None, _) => wrong(cx, "a gue tunnel needs `port NUMBER`"),
            ("gue", Some(port), checksum) => Some(Tunnel::Gue {
                port,
                checksum: checksum.unwrap_or_default(),
            }),
            ("gre", None, Some(TunnelChecksum::Remote)) => {
                wrong(cx, "a gre tunnel has no remote checksum")
            }
            ("gre", None, checksum) => Some(Tunnel::Gre {
                checksum: checksum.unwrap_or_default(),
            }),
            ("ipip" | "gre", Some(_), _) => wrong(cx, "only a gue tunnel has a port"),
            _ => {
                if let Some(word) = self.kind {
                    statement
                        .value()
                        .bad_word(cx, word, &["ipip", "gue", "gre"]);
                }
                None
            }
        }
    }
}
