//! What decides an election, exactly as keepalived reads it: priority, state, preemption,
//! interval, authentication. Two nodes with one file must agree, whichever daemon they run.

use bellwether_core::model::{Auth, InitialState, Preemption};
use bellwether_core::unit::{AdvertInterval, Priority, Version};

use crate::build::{Context, Given};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar::show_seconds;
use crate::keywords::{AuthKind, InstanceDraft};

/// Priority and state.
///
/// keepalived: without `priority`, `state MASTER` means 255; priority 255 implies `state MASTER`;
/// in strict mode nothing else may say MASTER.
pub(super) fn rank(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    strict: bool,
) -> (Priority, InitialState) {
    let master = draft
        .state
        .filter(|state| state.value == InitialState::Master);
    let priority = match (draft.priority, master) {
        (Given::Good(priority), _) => priority.value,
        (Given::Absent, Some(state)) => {
            let message = "`state MASTER` without a priority means priority 255: \
                           this node owns the addresses and takes them at once";
            let warning = Diagnostic::warning(code::IMPLIED_OWNER, state.span, message);
            cx.push(warning.hint("add `priority N`, below 255"));
            Priority::OWNER
        }
        (Given::Absent, None) | (Given::Wrong, _) => Priority::DEFAULT,
    };
    if priority.is_owner() {
        return (priority, InitialState::Master);
    }
    match master {
        Some(state) if strict => {
            let message = "in strict mode only priority 255 is MASTER; it is read as BACKUP";
            cx.warning(code::STRICT, state.span, message);
            (priority, InitialState::Backup)
        }
        Some(_) => (priority, InitialState::Master),
        None => (priority, InitialState::Backup),
    }
}

/// The state that it starts in, once its authentication is known.
///
/// keepalived: with an authentication header nobody but an owner starts as MASTER: a node that has
/// not heard the last number would be refused as a replay.
pub(super) fn start(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    state: InitialState,
    (priority, auth): (Priority, Auth),
) -> InitialState {
    match (state, auth, draft.state) {
        (InitialState::Master, Auth::Ah(_), Some(given)) if !priority.is_owner() => {
            let message = "with `auth_type AH` only priority 255 starts as MASTER; \
                           it is read as BACKUP";
            cx.warning(code::AUTH_STATE, given.span, message);
            InitialState::Backup
        }
        _ => state,
    }
}

/// Whether and when it preempts.
///
/// keepalived: MASTER and priority 255 clear `nopreempt` and `preempt_delay`; `nopreempt` clears
/// `preempt_delay`; of `preempt` and `nopreempt` the last counts; strict mode drops the delay.
pub(super) fn preemption(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    state: InitialState,
    owner: bool,
    strict: bool,
) -> Preemption {
    let eager = match (owner, state) {
        (true, _) => Some("priority 255"),
        (false, InitialState::Master) => Some("`state MASTER`"),
        (false, InitialState::Backup) => None,
    };
    let never = draft
        .nopreempt
        .filter(|no| draft.preempt.is_none_or(|yes| yes < *no));
    if let (Some(no), Some(yes)) = (draft.nopreempt, draft.preempt) {
        let message = "`preempt` and `nopreempt` contradict each other; the last counts";
        let warning = Diagnostic::warning(code::PREEMPTION, no.max(yes), message);
        cx.push(warning.related(no.min(yes), "the first"));
    }
    let never = match (never, eager) {
        (Some(span), Some(reason)) => {
            let message = format!("`nopreempt` is ignored: {reason} always preempts");
            let warning = Diagnostic::warning(code::PREEMPTION, span, message);
            cx.push(warning.hint("write `state BACKUP` on all nodes"));
            false
        }
        (Some(_), None) => true,
        (None, _) => false,
    };
    let reason = match eager {
        Some(reason) => Some(reason),
        None if never => Some("`nopreempt`"),
        None if strict => Some("strict mode"),
        None => None,
    };
    match (draft.preempt_delay, reason) {
        (Some(delay), Some(reason)) if !delay.value.is_zero() => {
            let message = format!("`preempt_delay` is ignored because of {reason}");
            cx.warning(code::PREEMPTION, delay.span, message);
        }
        (Some(delay), None) if !delay.value.is_zero() => return Preemption::Delayed(delay.value),
        (Some(_) | None, _) => {}
    }
    if never {
        Preemption::Never
    } else {
        Preemption::Immediate
    }
}

/// The advertisement interval.
///
/// keepalived: version 2 rounds to whole seconds, halves up, at least 1; version 3 rounds to
/// 10 ms. More than 40.95 s, which version 3 can't say, is an error here; keepalived takes 40.95.
pub(super) fn interval(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    version: Version,
) -> AdvertInterval {
    let Given::Good(given) = draft.advert_int else {
        return AdvertInterval::DEFAULT;
    };
    let micros = given.value;
    let step: u64 = match version {
        Version::V2 => 1_000_000,
        Version::V3 => 10_000,
    };
    let steps = (micros.saturating_add(step / 2) / step).max(1);
    let rounded = steps.saturating_mul(step);
    let centis = u16::try_from(rounded / 10_000).ok();
    let interval = centis.and_then(|centis| AdvertInterval::try_from(centis).ok());
    let Some(interval) = interval.filter(|interval| interval.fits(version)) else {
        let message = format!(
            "`advert_int` is out of range: {} is not within 0.01 to 40.95 seconds, \
             which version 3 can say",
            show_seconds(micros)
        );
        cx.error(code::OUT_OF_RANGE, given.span, message);
        return AdvertInterval::DEFAULT;
    };
    if rounded != micros {
        let (from, to) = (show_seconds(micros), show_seconds(rounded));
        let (unit, hint) = match version {
            Version::V2 => (
                "whole seconds",
                "`version 3`, on all nodes, has steps of 10 ms",
            ),
            Version::V3 => ("steps of 10 ms", "write a multiple of 0.01"),
        };
        let message = format!("version {version} advertises in {unit}: {from} is taken as {to}");
        let warning = Diagnostic::warning(code::ROUNDED, given.span, message);
        cx.push(warning.hint(hint));
    }
    interval
}

/// Authentication: a password of at most 8 bytes, in version 2 only.
pub(super) fn auth(
    cx: &mut Context<'_>,
    draft: &InstanceDraft,
    version: Version,
    strict: bool,
) -> Auth {
    let Some(auth) = &draft.auth else {
        return Auth::None;
    };
    let mut ignored = |reason: &str| {
        let message = format!("this authentication is ignored: {reason}");
        cx.warning(code::AUTH_IGNORED, auth.span, message);
        Auth::None
    };
    if version == Version::V3 {
        return ignored("version 3 has none");
    }
    if strict {
        return ignored("strict mode has none");
    }
    if draft.hmac.is_some() {
        // keepalived: of the two the trailer counts.
        return ignored("`auth_hmac` takes its place");
    }
    match (auth.kind.map(|kind| kind.value), &auth.password) {
        (Some(AuthKind::Wrong), _) => Auth::None,
        (None, None) => ignored("it has neither `auth_type` nor `auth_pass`"),
        (None, Some(_)) => ignored("it has no `auth_type`"),
        (Some(AuthKind::Pass | AuthKind::Header), None) => ignored("it has no `auth_pass`"),
        (Some(kind), Some(password)) => {
            let mut bytes = [0; 8];
            for (byte, given) in bytes.iter_mut().zip(password.value.bytes()) {
                *byte = given;
            }
            if password.value.len() > bytes.len() {
                let message = "only the first 8 bytes of this password count";
                let warning = Diagnostic::warning(code::PASSWORD_CUT, password.span, message);
                cx.push(warning.hint("a packet has room for no more; keepalived cuts it too"));
            }
            if kind == AuthKind::Pass {
                Auth::Pass(bytes)
            } else {
                Auth::Ah(bytes)
            }
        }
    }
}
