//! What holds between the options of a route; some of it holds for rules too.

use std::net::IpAddr;

use bellwether_core::model::{Nexthop, Route, RouteKind};
use bellwether_core::unit::Family as IpFamily;

use super::{KEEPALIVED, RouteDraft};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

impl RouteDraft {
    /// Checks what holds between options, and reports it.
    pub(super) fn finish(mut self, cx: &mut Context<'_>, span: Span) -> Option<Route> {
        if self.dropped {
            return None;
        }
        if self.destination.is_none() {
            let message = "this route has no destination";
            let error = Diagnostic::error(code::BAD_ROUTE, span, message);
            cx.push(error.hint("write a network or `default` first"));
            return None;
        }
        self.route.family = family(cx, &self.told, self.inet6, "route", code::BAD_ROUTE)?;
        if let (Some((name, at)), IpFamily::V4) = (self.only_ipv6, self.route.family) {
            let message = format!("`{name}` is for IPv6, and this route is IPv4");
            cx.error(code::BAD_ROUTE, at, message);
            return None;
        }
        let route = &mut self.route;
        // keepalived: `via A or B` are two ways.
        if !route.nexthops.is_empty()
            && let Some(via) = route.via.take()
        {
            let first = Nexthop {
                via: Some(via),
                ..Default::default()
            };
            route.nexthops.insert(0, first);
        }
        if let Some(at) = self.protocol.filter(|_| route.tracked)
            && route.protocol != Some(KEEPALIVED)
        {
            reset(cx, at, "route");
            route.protocol = None;
        }
        // keepalived: what has no interface can't be followed.
        if route.tracked && route.dev.is_none() {
            if route.kind == RouteKind::Unicast {
                let message = "this route has no interface, so its loss is not noticed";
                let note = Diagnostic::new(Severity::Note, code::UNTRACKED, span, message);
                cx.push(note.hint("add `dev INTERFACE`, or `no_track` if that is meant"));
            }
            route.tracked = false;
        }
        Some(self.route)
    }
}

/// The family of all addresses of a line; none if they differ, which is reported.
pub(in crate::keywords) fn family(
    cx: &mut Context<'_>,
    told: &[Spanned<IpAddr>],
    inet6: Option<Span>,
    what: &str,
    code: &'static str,
) -> Option<IpFamily> {
    let Some(first) = told.first() else {
        let family = inet6.map_or(IpFamily::V4, |_| IpFamily::V6);
        return Some(family);
    };
    let ipv4 = first.value.is_ipv4();
    if let Some(other) = told.iter().find(|other| other.value.is_ipv4() != ipv4) {
        let message = format!("this {what} mixes IPv4 and IPv6");
        let error = Diagnostic::error(code, other.span, message);
        cx.push(error.related(first.span, "the first address"));
        return None;
    }
    if let Some(at) = inet6.filter(|_| ipv4) {
        let message = format!("`inet6` can't be: this {what} has an IPv4 address");
        cx.push(Diagnostic::error(code, at, message).related(first.span, "the address"));
        return None;
    }
    Some(if ipv4 { IpFamily::V4 } else { IpFamily::V6 })
}

/// Says that the protocol of something that is tracked is taken as keepalived's.
pub(in crate::keywords) fn reset(cx: &mut Context<'_>, at: Span, what: &str) {
    let message = format!("a {what} that is tracked has the protocol keepalived, which is taken");
    let warning = Diagnostic::warning(code::PROTOCOL_RESET, at, message);
    cx.push(warning.hint("add `no_track` to keep this protocol"));
}
