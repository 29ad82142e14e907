//! `HTTP_GET` and `SSL_GET`, and the `url` blocks in them.

use std::sync::LazyLock;

use bellwether_core::model::lvs::{
    Check, HttpCheck, HttpProtocol, RegexCheck, StatusRange, Url, UrlBody,
};
use bellwether_core::unit::Name;

use super::check::{Draft, Kind, Pending, incomplete};
use super::timing::Timed;
use crate::build::Context;
use crate::build::statement::{Statement, block};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::keywords::{Row, Table};
use crate::lexer::Word;
use crate::registry::{Grammar, Place};
use crate::source::Span;

type HttpRow = Row<Draft<HttpDraft>>;
type UrlRow = Row<UrlDraft>;

pub(super) static HTTP: LazyLock<Table<Draft<HttpDraft>>> = LazyLock::new(|| {
    let own = [ROWS, PLAIN].concat();
    Draft::table(&[Place::HttpGet], &own)
});

pub(super) static SSL: LazyLock<Table<Draft<HttpDraft>>> = LazyLock::new(|| {
    let own = [ROWS, TLS].concat();
    Draft::table(&[Place::SslGet], &own)
});

pub(super) static URL: LazyLock<Table<UrlDraft>> =
    LazyLock::new(|| Table::new(&[Place::Url], &[URL_ROWS]));

const NO_TLS: &str = "HTTP_GET speaks no TLS";

const ROWS: &[HttpRow] = &[
    HttpRow::new(
        "url",
        Grammar::block(Place::Url),
        "A page; all must be well",
        |draft, cx, statement| {
            let url = url(cx, statement);
            draft.own.wrong |= url.is_none();
            draft.own.urls.extend(url);
        },
    ),
    HttpRow::new(
        "http_protocol",
        Grammar::Choice(&["1.0", "1.0C", "1.1"]),
        "The form of its requests; 1.0C is 1.0 with `Connection: close`",
        |draft, cx, statement| {
            draft.own.protocol = match statement.choice(cx).map(|choice| choice.value) {
                Some("1.1") => HttpProtocol::V1_1,
                Some("1.0C") => HttpProtocol::V1_0Close,
                _ => HttpProtocol::V1_0,
            };
        },
    )
    .default("1.0"),
    HttpRow::new(
        "virtualhost",
        Grammar::Name,
        "The host name of its requests",
        |draft, cx, statement| draft.own.virtualhost = name(cx, statement),
    )
    .default("the real server's"),
    HttpRow::new(
        "fast_recovery",
        Grammar::Bool,
        "Until it is up, all pages are asked for without a pause between them",
        |draft, cx, statement| draft.own.fast_recovery = statement.boolean(cx).unwrap_or(false),
    )
    .default("off"),
    HttpRow::new(
        "nb_get_retry",
        Grammar::number(0, 4_294_967_295),
        "An old name of `retry`",
        |draft, cx, statement| {
            draft.timing().retry = statement.integer(cx).map(|n| n.value);
        },
    )
    .default("`retry`"),
];

const TLS: &[HttpRow] = &[
    HttpRow::new(
        "enable_sni",
        Grammar::Bool,
        "It names the host in its TLS greeting",
        |draft, cx, statement| draft.own.sni = statement.boolean(cx).unwrap_or(false),
    )
    .default("off"),
    HttpRow::new(
        "sni_name",
        Grammar::Name,
        "The host that it names there",
        |draft, cx, statement| draft.own.sni_name = name(cx, statement),
    )
    .default("`virtualhost`")
    .since("after 2.2.7"),
    HttpRow::new(
        "tls_compliant",
        Grammar::Bool,
        "The end of a connection without the end of TLS is a failure",
        |draft, cx, statement| draft.own.tls_compliant = statement.boolean(cx).unwrap_or(false),
    )
    .default("off")
    .since("after 2.2.7"),
];

const PLAIN: &[HttpRow] = &[
    HttpRow::ignored(
        "enable_sni",
        Grammar::Bool,
        "It names the host in its TLS greeting",
        NO_TLS,
    ),
    HttpRow::ignored(
        "sni_name",
        Grammar::Name,
        "The host that it names there",
        NO_TLS,
    )
    .since("after 2.2.7"),
    HttpRow::ignored(
        "tls_compliant",
        Grammar::Bool,
        "The end of a connection without the end of TLS is a failure",
        NO_TLS,
    )
    .since("after 2.2.7"),
];

/// What an HTTP_GET or SSL_GET asks for.
#[derive(Debug, Default)]
pub(super) struct HttpDraft {
    sni: bool,
    sni_name: Option<Name>,
    tls_compliant: bool,
    protocol: HttpProtocol,
    virtualhost: Option<Name>,
    fast_recovery: bool,
    urls: Vec<Url>,
    /// Whether a page is left out because it is wrong, which is reported.
    wrong: bool,
}

/// Reads an `HTTP_GET`.
pub(super) fn plain(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    read(cx, statement, false)
}

/// Reads an `SSL_GET`.
pub(super) fn tls(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Pending> {
    read(cx, statement, true)
}

fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>, tls: bool) -> Option<Pending> {
    let mut draft = Draft::<HttpDraft>::default();
    let table = if tls { &SSL } else { &HTTP };
    block(cx, table, statement.nodes(), &mut draft);
    let mut own = draft.own;
    own.urls.shrink_to_fit();
    if own.urls.is_empty() && !own.wrong {
        incomplete(cx, statement, "asks for no page", "add `url { path / }`");
    }
    if own.urls.is_empty() {
        return None;
    }
    let check = Check::Http(Box::new(HttpCheck {
        tls,
        sni: own.sni,
        sni_name: own.sni_name,
        tls_compliant: own.tls_compliant,
        protocol: own.protocol,
        virtualhost: own.virtualhost,
        fast_recovery: own.fast_recovery,
        urls: own.urls,
    }));
    Some(Pending::new(statement, draft.base, Kind::HTTP, check))
}

/// A page as its block says.
#[derive(Debug, Default)]
pub(super) struct UrlDraft {
    has_path: bool,
    path: Option<String>,
    virtualhost: Option<Name>,
    status: Vec<StatusRange>,
    digest: Option<[u8; 16]>,
    digest_at: Option<Span>,
    pattern: Option<String>,
    pattern_at: Option<Span>,
    /// The first keyword that only matters with a `regex`.
    option_at: Option<Span>,
    options: Vec<String>,
    negate: bool,
    min_offset: u64,
    max_offset: Option<u64>,
    tls_compliant: Option<bool>,
}

/// How far into a page an expression may be looked for.
const OFFSET: Grammar = Grammar::number(0, 4_294_967_295);
/// Options that the library of expressions has no way to switch on.
const NOT_FOLLOWED: &[&str] = &[
    "allow_empty_class",
    "alt_bsux",
    "alt_circumflex",
    "alt_verbnames",
    "dollar_endonly",
    "match_unset_backref",
];

const OPTIONS: &[&str] = &[
    "allow_empty_class",
    "alt_bsux",
    "auto_callout",
    "caseless",
    "dollar_endonly",
    "dotall",
    "dupnames",
    "extended",
    "firstline",
    "match_unset_backref",
    "multiline",
    "never_ucp",
    "never_utf",
    "no_auto_capture",
    "no_auto_possess",
    "no_dotstar_anchor",
    "no_start_optimize",
    "ucp",
    "ungreedy",
    "utf",
    "never_backslash_c",
    "alt_circumflex",
    "alt_verbnames",
    "use_offset_limit",
];

const URL_ROWS: &[UrlRow] = &[
    UrlRow::new(
        "path",
        Grammar::Word,
        "Its path, from the first `/`",
        |draft, cx, statement| {
            draft.has_path = true;
            draft.path = statement.text(cx).map(|path| path.value);
        },
    ),
    UrlRow::new(
        "status_code",
        Grammar::Many(&Grammar::Word),
        "The status codes that are well, each a number or a range such as `200-299`",
        |draft, cx, statement| {
            if statement.word(cx).is_some() {
                let read = |word| status(cx, word);
                draft.status = statement.args.iter().filter_map(read).collect();
            }
        },
    )
    .default("200-299"),
    UrlRow::new(
        "digest",
        Grammar::Word,
        "The MD5 digest that its body must have: 32 hexadecimal digits",
        |draft, cx, statement| {
            draft.digest_at = Some(statement.span());
            draft.digest = statement.word(cx).and_then(|word| digest(cx, word));
        },
    ),
    UrlRow::new(
        "virtualhost",
        Grammar::Name,
        "The host name of its request",
        |draft, cx, statement| draft.virtualhost = name(cx, statement),
    )
    .default("the check's"),
    UrlRow::new(
        "tls_compliant",
        Grammar::Bool,
        "The end of its connection without the end of TLS is a failure",
        |draft, cx, statement| draft.tls_compliant = statement.boolean(cx),
    )
    .default("the check's")
    .since("after 2.2.7"),
    UrlRow::new(
        "regex",
        Grammar::Word,
        "An expression of PCRE2 that its body must match",
        |draft, cx, statement| {
            draft.pattern_at = Some(statement.span());
            draft.pattern = statement.text(cx).map(|pattern| pattern.value);
        },
    ),
    UrlRow::new(
        "regex_no_match",
        Grammar::Flag,
        "Its body must not match it",
        |draft, _, statement| {
            draft.option(statement);
            draft.negate = true;
        },
    )
    .default("off"),
    UrlRow::new(
        "regex_options",
        Grammar::Many(&Grammar::Choice(OPTIONS)),
        "Options of the expression, named as PCRE2 names them",
        |draft, cx, statement| {
            draft.option(statement);
            let read = |word| regex_option(cx, statement, word);
            draft.options = statement.args.iter().filter_map(read).collect();
        },
    )
    .default("none"),
    UrlRow::ignored(
        "regex_stack",
        Grammar::Several(&[OFFSET, OFFSET]),
        "First and greatest size of the stack of an expression",
        "an expression takes the memory that it needs, within a bound",
    ),
    UrlRow::new(
        "regex_min_offset",
        OFFSET,
        "The first byte that a match may start at",
        |draft, cx, statement| {
            draft.option(statement);
            draft.min_offset = statement.integer(cx).map_or(0, |n| n.value);
        },
    )
    .default("0"),
    UrlRow::new(
        "regex_max_offset",
        OFFSET,
        "The byte after the last that a match may start at",
        |draft, cx, statement| {
            draft.option(statement);
            draft.max_offset = statement.integer(cx).map(|n| n.value);
        },
    )
    .default("the end"),
];

impl UrlDraft {
    fn option(&mut self, statement: &Statement<'_, '_>) {
        self.option_at.get_or_insert(statement.head.span);
    }

    fn body(&mut self, cx: &mut Context<'_>) -> Option<UrlBody> {
        if let (None, Some(at)) = (self.pattern_at, self.option_at) {
            let message = "there is no `regex` in this `url`, so this has no effect";
            cx.warning(code::IGNORED_SETTING, at, message);
        }
        if let (Some(digest), Some(pattern)) = (self.digest_at, self.pattern_at) {
            let message = "a page is checked by its digest or by an expression, not by both";
            let warning = Diagnostic::warning(code::IGNORED_SETTING, digest, message);
            cx.push(warning.related(pattern, "the expression counts"));
        }
        let Some(pattern) = self.pattern.take() else {
            return self.digest.map(UrlBody::Digest);
        };
        Some(UrlBody::Regex(RegexCheck {
            pattern,
            options: std::mem::take(&mut self.options),
            negate: self.negate,
            min_offset: self.min_offset,
            max_offset: self.max_offset,
        }))
    }
}

/// keepalived leaves out a page without a path.
fn url(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Url> {
    let mut draft = UrlDraft::default();
    block(cx, &URL, statement.nodes(), &mut draft);
    if !draft.has_path {
        incomplete(cx, statement, "has no path", "add `path /`");
    }
    let body = draft.body(cx);
    Some(Url {
        path: draft.path?,
        virtualhost: draft.virtualhost,
        status: draft.status,
        body,
        tls_compliant: draft.tls_compliant,
    })
}

fn name(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Name> {
    statement.value().name(cx).map(|name| name.value)
}

/// `200` or `200-299`, from 100 to 599.
fn status(cx: &mut Context<'_>, word: &Word<'_>) -> Option<StatusRange> {
    let (first, last) = word
        .text
        .split_once('-')
        .unwrap_or((&word.text, &word.text));
    let digits = |text: &&str| text.len() == 3 && text.bytes().all(|c| c.is_ascii_digit());
    let number = |text: &str| Some(text).filter(digits)?.parse::<u16>().ok();
    let range = number(first).zip(number(last));
    let inside = range.filter(|(first, last)| 100 <= *first && first <= last && *last <= 599);
    let Some((first, last)) = inside else {
        let message = format!(
            "`{}` is neither a status code nor a range of them",
            word.text
        );
        let error = Diagnostic::error(code::OUT_OF_RANGE, word.span, message);
        cx.push(error.hint("codes are from 100 to 599; write `200 204 300-399`"));
        return None;
    };
    Some(StatusRange { first, last })
}

fn digest(cx: &mut Context<'_>, word: &Word<'_>) -> Option<[u8; 16]> {
    let parsed = (word.text.len() == 32)
        .then(|| u128::from_str_radix(&word.text, 16).ok())
        .flatten()
        .filter(|_| !word.text.starts_with('+'));
    if parsed.is_none() {
        let message = format!("`{}` is not an MD5 digest", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        cx.push(error.hint("it has 32 hexadecimal digits"));
    }
    parsed.map(u128::to_be_bytes)
}

/// keepalived says nothing about an option that it does not know.
fn regex_option(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
    word: &Word<'_>,
) -> Option<String> {
    let name = statement.keyword.name;
    if NOT_FOLLOWED.contains(&&*word.text) {
        let message = format!("`{name}` does not follow `{}`", word.text);
        let warning = Diagnostic::warning(code::BAD_WORD, word.span, message);
        cx.push(warning.hint("the body is matched as without it; say it in the expression itself"));
    }
    if OPTIONS.contains(&&*word.text) {
        return Some(word.text.to_string());
    }
    let message = format!("`{name}` does not know `{}`; it is ignored", word.text);
    let warning = Diagnostic::new(cx.lenient(), code::BAD_WORD, word.span, message);
    let near = cx.nearest_of(OPTIONS.iter().copied(), &word.text);
    cx.push(match near {
        Some(near) => warning.hint(format!("did you mean `{near}`?")),
        None => warning.hint(format!("it takes any of: {}", OPTIONS.join(", "))),
    });
    None
}
