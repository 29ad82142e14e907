//! `vrrp_instance`, as its block says: a draft, in which nothing depends on anything else.

use std::time::Duration;

use bellwether_core::model::{InitialState, VirtualAddress};
use bellwether_core::unit::{IfName, Name, Priority, Version, Vrid};

use super::global::version;
use super::script::name;
use super::statement::{Statement, statements};
use super::track::TrackDraft;
use super::{Context, Spanned, address, track};
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::registry::{AuthKey, InstanceKey, Key, Place};
use crate::source::Span;

/// An instance as its block says.
#[derive(Debug, Default)]
pub(super) struct InstanceDraft {
    /// Its name; none if it is missing, which is reported.
    pub(super) name: Option<Spanned<Name>>,
    /// Its keyword and name.
    pub(super) span: Span,
    pub(super) state: Option<Spanned<InitialState>>,
    pub(super) interface: Given<IfName>,
    pub(super) vrid: Given<Vrid>,
    pub(super) priority: Given<Priority>,
    /// In microseconds.
    pub(super) advert_int: Given<u64>,
    pub(super) version: Option<Version>,
    pub(super) nopreempt: Option<Span>,
    pub(super) preempt: Option<Span>,
    pub(super) preempt_delay: Option<Spanned<Duration>>,
    pub(super) auth: Option<AuthDraft>,
    pub(super) garp: GarpDraft,
    pub(super) lower_prio_no_advert: Option<bool>,
    pub(super) higher_prio_send_advert: Option<bool>,
    pub(super) owner_ignore_adverts: Option<bool>,
    pub(super) strict: Option<bool>,
    pub(super) addresses: Vec<Spanned<VirtualAddress>>,
    /// Whether an address was written at all, good or bad, or none on purpose.
    pub(super) has_addresses: bool,
    pub(super) tracked: Vec<TrackDraft>,
}

/// A mandatory or important value: absent, given and wrong, which is reported, or given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Given<T> {
    #[default]
    Absent,
    Wrong,
    Good(Spanned<T>),
}

impl<T> From<Option<Spanned<T>>> for Given<T> {
    fn from(read: Option<Spanned<T>>) -> Self {
        read.map_or(Self::Wrong, Self::Good)
    }
}

/// What an instance says about gratuitous ARP.
#[derive(Debug, Default)]
pub(super) struct GarpDraft {
    pub(super) repeat: Option<u32>,
    pub(super) delay: Option<Duration>,
    pub(super) refresh: Option<Duration>,
    pub(super) refresh_repeat: Option<u32>,
}

/// What `authentication` says.
#[derive(Debug)]
pub(super) struct AuthDraft {
    /// Its keyword.
    pub(super) span: Span,
    pub(super) kind: Option<Spanned<AuthKind>>,
    pub(super) password: Option<Spanned<String>>,
}

/// What `auth_type` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthKind {
    Pass,
    /// Not supported yet.
    Header,
    /// Something else, which is reported.
    Wrong,
}

/// Reads one `vrrp_instance`.
pub(super) fn read(cx: &mut Context<'_>, block: &Statement<'_, '_>) -> InstanceDraft {
    let mut draft = InstanceDraft {
        name: name(cx, block),
        span: block.span(),
        ..InstanceDraft::default()
    };
    statements(
        cx,
        Place::Instance,
        block.nodes(),
        &mut |cx, key, statement| {
            if let Key::Instance(key) = key {
                set(cx, &mut draft, key, statement);
            }
        },
    );
    draft
}

fn set(
    cx: &mut Context<'_>,
    draft: &mut InstanceDraft,
    key: InstanceKey,
    statement: &Statement<'_, '_>,
) {
    match key {
        InstanceKey::State => draft.state = state(cx, statement),
        InstanceKey::Interface => draft.interface = statement.interface(cx).into(),
        InstanceKey::VirtualRouterId => {
            let raw = statement.integer::<u8>(cx);
            draft.vrid = convert(raw, |raw| Vrid::try_from(raw).ok()).into();
        }
        InstanceKey::Priority => {
            let raw = statement.integer::<u8>(cx);
            draft.priority = convert(raw, |raw| Some(Priority(raw))).into();
        }
        InstanceKey::AdvertInt => draft.advert_int = statement.seconds(cx).into(),
        InstanceKey::Version => {
            draft.version = statement.integer::<u8>(cx).map(|n| version(n.value));
        }
        InstanceKey::NoPreempt => draft.nopreempt = Some(statement.head.span),
        InstanceKey::Preempt => draft.preempt = Some(statement.head.span),
        InstanceKey::PreemptDelay => {
            let micros = statement.seconds(cx);
            draft.preempt_delay = convert(micros, |n| Some(Duration::from_micros(n)));
        }
        InstanceKey::Authentication => draft.auth = Some(authentication(cx, statement)),
        InstanceKey::TrackScript => track::read(cx, statement.nodes(), &mut draft.tracked),
        InstanceKey::VirtualAddresses => {
            draft.has_addresses |= !statement.nodes().is_empty();
            address::read(cx, statement.nodes(), &mut draft.addresses);
        }
        InstanceKey::NoVirtualAddress => draft.has_addresses = true,
        InstanceKey::GarpDelay => draft.garp.delay = statement.whole_seconds(cx),
        InstanceKey::GarpRepeat => draft.garp.repeat = statement.count(cx),
        InstanceKey::GarpRefresh => draft.garp.refresh = statement.whole_seconds(cx),
        InstanceKey::GarpRefreshRepeat => {
            draft.garp.refresh_repeat = statement.count(cx);
        }
        InstanceKey::LowerPrioNoAdvert => draft.lower_prio_no_advert = statement.boolean(cx),
        InstanceKey::HigherPrioSendAdvert => {
            draft.higher_prio_send_advert = statement.boolean(cx);
        }
        InstanceKey::OwnerIgnoreAdverts => draft.owner_ignore_adverts = statement.boolean(cx),
        InstanceKey::Strict => {
            draft.strict = statement.boolean(cx);
            note_strict(cx, draft.strict, statement.head.span);
        }
    }
}

/// Says what `vrrp_strict` does not do here.
pub(super) fn note_strict(cx: &mut Context<'_>, strict: Option<bool>, span: Span) {
    if strict == Some(true) {
        let message =
            "strict mode makes no firewall rule here: the addresses answer, as by `accept`";
        cx.push(Diagnostic::new(Severity::Note, code::STRICT, span, message));
    }
}

fn convert<T, U>(raw: Option<Spanned<T>>, to: impl Fn(T) -> Option<U>) -> Option<Spanned<U>> {
    let Spanned { value, span } = raw?;
    Some(Spanned {
        value: to(value)?,
        span,
    })
}

/// keepalived: any other word than MASTER means BACKUP.
fn state(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<InitialState>> {
    let word = statement.word(cx)?;
    let value = match &*word.text {
        "MASTER" => InitialState::Master,
        "BACKUP" => InitialState::Backup,
        other => {
            let message = format!("`state {other}` is read as `state BACKUP`");
            let warning = Diagnostic::warning(code::UNKNOWN_STATE, word.span, message);
            cx.push(warning.hint("write MASTER or BACKUP, in capitals"));
            InitialState::Backup
        }
    };
    Some(Spanned {
        value,
        span: word.span,
    })
}

fn authentication(cx: &mut Context<'_>, block: &Statement<'_, '_>) -> AuthDraft {
    let mut draft = AuthDraft {
        span: block.head.span,
        kind: None,
        password: None,
    };
    statements(
        cx,
        Place::Authentication,
        block.nodes(),
        &mut |cx, key, statement| match key {
            Key::Auth(AuthKey::Type) => draft.kind = auth_kind(cx, statement),
            Key::Auth(AuthKey::Password) => draft.password = statement.text(cx),
            Key::Top(_) | Key::Global(_) | Key::Script(_) | Key::Instance(_) | Key::Address(_) => {}
        },
    );
    draft
}

fn auth_kind(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<AuthKind>> {
    let word = statement.word(cx)?;
    let value = match &*word.text {
        "PASS" => AuthKind::Pass,
        "AH" => AuthKind::Header,
        _ => {
            statement.bad_word(cx, word, &["PASS", "AH"]);
            AuthKind::Wrong
        }
    };
    Some(Spanned {
        value,
        span: word.span,
    })
}
