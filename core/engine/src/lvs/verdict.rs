//! The way of a verdict: from a check's result to the checker, its server, its service's quorum,
//! and what is wanted in the table.

use super::checker::CheckerRun;
use super::ids::{CheckerId, ServerId, ServiceId};
use super::probe::{ProbeFailure, ProbeResult};
use super::random::part_of;
use super::server::ServerState;
use super::{Lvs, LvsContext, LvsNotice};
use crate::effect::{Effect, Notice};
use crate::event::ScriptExit;
use crate::kernel::ipvs::ServiceKey;
use crate::model::lvs::Check;

impl Lvs {
    /// A check of a checker is over.
    pub(super) fn conclude(&mut self, cx: &mut LvsContext<'_>, id: CheckerId, result: ProbeResult) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        let server = checker.server;
        let base = self.servers.get(&server).map_or(0, |own| own.config.weight);
        let dynamic = checker
            .spec
            .as_ref()
            .is_some_and(|spec| is_dynamic(&spec.check));
        let (result, weight) = read(result, dynamic, base);
        let was_first = !checker.judged;
        let failed = result.clone().err();
        let wait = checker.count(cx.now, result);
        let extra = if checker.up { weight } else { 0 };
        let before = core::mem::replace(&mut checker.weight, extra);
        let (due, pending) = (cx.now + wait, checker.retries() > 0);
        if self.is_running(server) {
            self.set_due(id, Some(due));
        }
        if let Some(reason) = failed.filter(|_| pending) {
            self.note_failure(cx, id, reason);
        }
        if was_first {
            self.introduce(cx, server, id);
        }
        self.refresh(cx, server, extra - before);
    }

    /// Takes in the number of a file that a checker listens to.
    pub(super) fn hear_file(&mut self, cx: &mut LvsContext<'_>, id: CheckerId, value: i64) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        let Some(Check::File(check)) = &checker.heard else {
            return;
        };
        let weight = i64::from(check.weight.unwrap_or(0));
        let sign = if check.reverse { -1 } else { 1 };
        let product = value.saturating_mul(weight).saturating_mul(sign);
        // keepalived: without a weight anything but 0 is down, and so is the least number.
        let down = if weight == 0 {
            (value != 0) != check.reverse
        } else {
            product <= i64::from(i32::MIN)
        };
        let extra = if down {
            0
        } else {
            product.min(i64::from(i32::MAX))
        };
        let before = core::mem::replace(&mut checker.weight, extra);
        self.hear(
            cx,
            id,
            (!down).then_some(()).ok_or(ProbeFailure::File),
            extra - before,
        );
    }

    /// Takes in whether the BFD session that a checker listens to is up.
    pub(super) fn hear_session(&mut self, cx: &mut LvsContext<'_>, id: CheckerId, up: bool) {
        self.hear(cx, id, up.then_some(()).ok_or(ProbeFailure::Bfd), 0);
    }

    /// Takes in a verdict that somebody else came to: it counts at once.
    fn hear(
        &mut self,
        cx: &mut LvsContext<'_>,
        id: CheckerId,
        verdict: Result<(), ProbeFailure>,
        weight: i64,
    ) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        checker.up = verdict.is_ok();
        checker.heard_at = Some(cx.now);
        checker.last = Some(verdict);
        let (server, was_first) = (
            checker.server,
            !core::mem::replace(&mut checker.judged, true),
        );
        if was_first {
            self.introduce(cx, server, id);
        }
        self.refresh(cx, server, weight);
    }

    /// Makes of its checkers' verdicts what a server is. `weight`: how its weight has changed.
    pub(super) fn refresh(&mut self, cx: &mut LvsContext<'_>, id: ServerId, weight: i64) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let checkers = server
            .checkers
            .iter()
            .filter_map(|own| self.checkers.get(own));
        let failing = checkers.clone().filter(|own| !own.up).count();
        let reason = checkers
            .filter(|own| !own.up)
            .find_map(|own| own.last.clone()?.err());
        server.failing = u32::try_from(failing).unwrap_or(u32::MAX);
        let (live, before) = (server.live_weight(), server.weight());
        server.extra = server.extra.saturating_add(weight);
        let up = failing == 0;
        let turned = server.up != up;
        if turned {
            server.up = up;
            server.since = cx.now;
        }
        let (lives, after) = (server.live_weight(), server.weight());
        let (service, key) = (server.service, server.key.clone());
        if before != after {
            let (from, to) = (before, after);
            let server = key.clone();
            cx.out
                .notice(Notice::Lvs(LvsNotice::Weight { server, from, to }));
        }
        if turned {
            let notice = LvsNotice::Server {
                server: key,
                up,
                reason: reason.filter(|_| !up),
            };
            cx.out.notice(Notice::Lvs(notice));
            self.tell_server(cx, id, up);
        }
        if turned || before != after {
            if let Some(own) = self.services.get_mut(&service) {
                own.live = own.live.saturating_sub(live).saturating_add(lives);
            }
            self.want_server(service, id);
            self.weigh(cx, service);
        }
    }

    /// Makes of a service's live weight whether it has its quorum.
    pub(super) fn weigh(&mut self, cx: &mut LvsContext<'_>, id: ServiceId) {
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        let quorum = service.quorum_now();
        if quorum == service.quorum {
            return;
        }
        service.quorum = quorum;
        service.since = cx.now;
        let notice = LvsNotice::Quorum {
            service: service.config.service.clone(),
            up: quorum,
            weight: service.live,
        };
        let has_sorry = service.config.sorry.is_some();
        cx.out.notice(Notice::Lvs(notice));
        if has_sorry {
            self.want_servers(id);
        }
        self.tell_quorum(cx, id);
    }

    /// Wants a service in the table as it is now, with all its servers.
    pub(super) fn want_service(&mut self, id: ServiceId) {
        let Some(service) = self.services.get(&id) else {
            return;
        };
        for entry in service.entries.clone() {
            let wanted = self.services.get(&id).map(|own| own.table_service(entry));
            self.ledger.want_service(entry, wanted);
        }
        self.want_servers(id);
    }

    fn want_servers(&mut self, id: ServiceId) {
        let Some(service) = self.services.get(&id) else {
            return;
        };
        for server in service.servers.clone() {
            self.want_server(id, server);
        }
        let Some(service) = self.services.get(&id) else {
            return;
        };
        let Some(sorry) = service.config.sorry.as_deref() else {
            return;
        };
        for entry in &service.entries {
            let key = super::service::sorry_key(sorry, *entry);
            let wanted = service.sorry_destination(*entry);
            // A sorry server that is a real server too is wanted as that while it does not serve.
            if wanted.is_some_and(|own| own.weight > 0) || !self.is_real(id, *entry, key) {
                self.ledger.want(*entry, key, wanted);
            }
        }
    }

    fn is_real(
        &self,
        id: ServiceId,
        entry: ServiceKey,
        key: crate::kernel::ipvs::DestinationKey,
    ) -> bool {
        let Some(service) = self.services.get(&id) else {
            return false;
        };
        let port = super::service::port_of(entry);
        let mut servers = service
            .servers
            .iter()
            .filter_map(|own| self.servers.get(own));
        servers.any(|own| own.destination(port, 0).key == key)
    }

    fn want_server(&mut self, service: ServiceId, id: ServerId) {
        let (Some(service), Some(server)) = (self.services.get(&service), self.servers.get(&id))
        else {
            return;
        };
        let weight = service.weight_of(server);
        let serving = service.serving_sorry();
        for entry in &service.entries {
            let own = server.destination(super::service::port_of(*entry), weight.unwrap_or(0));
            let is_sorry =
                |key| serving.is_some_and(|s| super::service::sorry_key(s, *entry) == key);
            if !is_sorry(own.key) {
                self.ledger.want(*entry, own.key, weight.map(|_| own));
            }
        }
    }

    /// A service's address has come to this node, or gone: its checkers run, or do not.
    pub(super) fn set_present(&mut self, cx: &mut LvsContext<'_>, id: ServiceId, present: bool) {
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        if core::mem::replace(&mut service.present, present) == present {
            return;
        }
        let notice = LvsNotice::Suspended {
            service: service.config.service.clone(),
            suspended: !present,
        };
        cx.out.notice(Notice::Lvs(notice));
        for server in service.servers.clone() {
            let checkers = self.servers.get(&server).map(|own| own.checkers.clone());
            for (place, checker) in checkers.unwrap_or_default().into_iter().enumerate() {
                if present {
                    self.start_checker(cx, checker, place);
                } else {
                    self.stop_checker(cx, checker);
                }
            }
        }
    }

    /// Lets a checker run, from a random moment of its warm-up on.
    pub(super) fn start_checker(&mut self, cx: &LvsContext<'_>, id: CheckerId, place: usize) {
        let Some(checker) = self.checkers.get(&id).filter(|own| own.spec.is_some()) else {
            return;
        };
        let Some(server) = self.servers.get(&checker.server) else {
            return;
        };
        let wait = part_of(checker.schedule.warmup, &server.key, place);
        self.set_due(id, Some(cx.now + wait));
    }

    /// Lets a checker run no more; what is under way does not count.
    pub(super) fn stop_checker(&mut self, cx: &mut LvsContext<'_>, id: CheckerId) {
        self.set_due(id, None);
        let under_way = self
            .checkers
            .get_mut(&id)
            .and_then(|own| own.under_way.take());
        if let Some(probe) = under_way {
            self.probes.remove(&probe);
            cx.out.push(Effect::CancelProbe { probe });
        }
    }

    pub(super) fn is_running(&self, server: ServerId) -> bool {
        let server = self.servers.get(&server);
        let service = server.and_then(|own| self.services.get(&own.service));
        !self.stopping && service.is_some_and(super::service::ServiceState::is_checked)
    }

    fn note_failure(&self, cx: &mut LvsContext<'_>, id: CheckerId, reason: ProbeFailure) {
        let Some(checker) = self
            .checkers
            .get(&id)
            .filter(|own| own.schedule.log_all_failures)
        else {
            return;
        };
        let Some(server) = self.servers.get(&checker.server) else {
            return;
        };
        let place = server
            .checkers
            .iter()
            .position(|own| *own == id)
            .unwrap_or(0);
        let notice = LvsNotice::CheckFailed {
            server: server.key.clone(),
            checker: u32::try_from(place).unwrap_or(u32::MAX),
            reason,
        };
        cx.out.notice(Notice::Lvs(notice));
    }

    /// keepalived: a server that was assumed down, and is, is told as down at its first check.
    fn introduce(&mut self, cx: &mut LvsContext<'_>, id: ServerId, checker: CheckerId) {
        let failed = self
            .checkers
            .get(&checker)
            .is_some_and(CheckerRun::is_failing);
        let always = self.globals.rs_init_notifies;
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        let (as_assumed, up) = (server.up != failed, server.up);
        if as_assumed && !server.introduced && (always || !up) {
            server.introduced = true;
            self.tell_server(cx, id, up);
        }
    }

    /// Sums up the servers of a service anew.
    pub(super) fn recount(&mut self, id: ServiceId) {
        let Some(service) = self.services.get_mut(&id) else {
            return;
        };
        let servers = service
            .servers
            .iter()
            .filter_map(|own| self.servers.get(own));
        service.live = servers.map(ServerState::live_weight).sum();
    }
}

const fn is_dynamic(check: &Check) -> bool {
    match check {
        Check::Misc(misc) => misc.dynamic,
        Check::Tcp
        | Check::Http(_)
        | Check::Smtp(_)
        | Check::Dns(_)
        | Check::Udp(_)
        | Check::Ping
        | Check::File(_)
        | Check::Bfd(_) => false,
    }
}

/// What a result means, and what it adds to the configured weight. keepalived: with `misc_dynamic`
/// a status of 2 to 255 is success with a weight of 0 to 253, and 0 is the configured weight.
fn read(result: ProbeResult, dynamic: bool, base: u32) -> (Result<(), ProbeFailure>, i64) {
    match result {
        ProbeResult::Success | ProbeResult::Exited(ScriptExit::Status(0)) => (Ok(()), 0),
        ProbeResult::Failed(why) => (Err(why), 0),
        ProbeResult::Exited(ScriptExit::Status(status @ 2..=255)) if dynamic => {
            (Ok(()), i64::from(status) - 2 - i64::from(base))
        }
        ProbeResult::Exited(exit) => (Err(ProbeFailure::Exit(exit)), 0),
    }
}
