//! Real servers and checkers that come, change and go.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::checker::CheckerRun;
use super::ids::{CheckerId, ServerId, ServiceId};
use super::probe::{ProbeSpec, deadline};
use super::server::ServerState;
use super::{Heard, Lvs, LvsContext, ServerKey};
use crate::model::Config;
use crate::model::lvs::{Check, Checker, RealServer};
use crate::mutant::{self, Mutant};
use crate::unit::Name;

impl Lvs {
    pub(super) fn add_server(
        &mut self,
        cx: &mut LvsContext<'_>,
        service: ServiceId,
        real: &RealServer,
        config: &Config,
    ) {
        let id = ServerId(self.fresh());
        let Some(own) = self.services.get_mut(&service) else {
            return;
        };
        own.servers.push(id);
        let key = ServerKey {
            service: own.config.service.clone(),
            address: real.address,
            port: real.port,
        };
        let state = ServerState {
            key,
            service,
            config: without_checkers(real),
            checkers: Vec::with_capacity(real.checkers.len()),
            failing: 0,
            extra: 0,
            up: true,
            since: cx.now,
            introduced: false,
        };
        self.servers.insert(id, state);
        for (place, checker) in real.checkers.iter().enumerate() {
            self.add_checker(cx, id, checker, place, config);
        }
        if let Some(server) = self.servers.get_mut(&id) {
            let mut checkers = server
                .checkers
                .iter()
                .filter_map(|own| self.checkers.get(own));
            server.up = checkers.all(|own| own.up);
        }
        self.hear_known(cx, id);
    }

    fn add_checker(
        &mut self,
        cx: &LvsContext<'_>,
        server: ServerId,
        checker: &Checker,
        place: usize,
        config: &Config,
    ) {
        let (spec, heard) = self.spec(server, checker, config);
        let id = CheckerId(self.fresh());
        let mut run = CheckerRun::new(server, spec, heard, checker.schedule);
        if mutant::is_active(Mutant::AlphaIgnored) {
            run.up = true;
        }
        self.listen(id, &run.heard);
        self.checkers.insert(id, run);
        if let Some(own) = self.servers.get_mut(&server) {
            own.checkers.push(id);
        }
        if self.is_running(server) {
            self.start_checker(cx, id, place);
        }
    }

    /// What a checker does, or else what it hears.
    fn spec(
        &self,
        server: ServerId,
        checker: &Checker,
        config: &Config,
    ) -> (Option<Arc<ProbeSpec>>, Option<Check>) {
        let Some(own) = self.servers.get(&server) else {
            return (None, None);
        };
        let check = match &checker.check {
            Check::File(file) => {
                let files = config.parts().files.iter();
                let tracked = files.clone().find(|tracked| tracked.name == file.file);
                let mut file = file.clone();
                let default = tracked.map(|tracked| i32::from(tracked.weight.get()));
                file.weight = file.weight.or(default);
                return (None, Some(Check::File(file)));
            }
            Check::Bfd(_) => return (None, Some(checker.check.clone())),
            Check::Tcp
            | Check::Http(_)
            | Check::Smtp(_)
            | Check::Dns(_)
            | Check::Misc(_)
            | Check::Udp(_)
            | Check::Ping => checker.check.clone(),
        };
        let host = match &check {
            Check::Http(http) => self.host_of(own, http.virtualhost.as_ref()),
            Check::Tcp
            | Check::Smtp(_)
            | Check::Dns(_)
            | Check::Misc(_)
            | Check::Udp(_)
            | Check::Ping
            | Check::File(_)
            | Check::Bfd(_) => None,
        };
        let spec = ProbeSpec {
            server: own.key.clone(),
            target: checker
                .connect
                .unwrap_or_else(|| SocketAddr::new(own.key.address, own.key.port)),
            source: checker.source.clone(),
            timeout: checker.timeout,
            deadline: deadline(&check, checker.timeout),
            virtualhost: host,
            check,
        };
        (Some(Arc::new(spec)), None)
    }

    fn host_of(&self, server: &ServerState, own: Option<&Name>) -> Option<Name> {
        let extra = server.config.extra.as_ref();
        let real = extra.and_then(|extra| extra.virtualhost.as_ref());
        let service = self.services.get(&server.service);
        let outer = service.and_then(|service| service.config.virtualhost.as_ref());
        own.or(real).or(outer).cloned()
    }

    /// Goes on with another configuration. A checker that does the same keeps its verdict; a new one
    /// is assumed to find the server as it is: one that is up does not dip, and one that is down is
    /// not beside the sorry server until the check has failed, as it is with keepalived.
    pub(super) fn change_server(
        &mut self,
        cx: &mut LvsContext<'_>,
        id: ServerId,
        real: &RealServer,
        config: &Config,
    ) {
        let Some(server) = self.servers.get_mut(&id) else {
            return;
        };
        server.config = without_checkers(real);
        let was_up = server.up;
        let mut known = core::mem::take(&mut server.checkers);
        for (place, checker) in real.checkers.iter().enumerate() {
            let (spec, heard) = self.spec(id, checker, config);
            let same = |own: &CheckerId| {
                let own = self.checkers.get(own);
                own.is_some_and(|own| own.spec == spec && own.heard == heard)
            };
            let Some(at) = known.iter().position(same) else {
                self.add_checker(cx, id, checker, place, config);
                self.assume(id, was_up);
                continue;
            };
            let kept = known.remove(at);
            if let Some(server) = self.servers.get_mut(&id) {
                server.checkers.push(kept);
            }
            self.reschedule(cx, kept, checker, place);
        }
        let mut extra = 0;
        for gone in known {
            extra -= self.remove_checker(cx, gone);
        }
        self.hear_known(cx, id);
        self.refresh(cx, id, extra);
    }

    fn assume(&mut self, server: ServerId, up: bool) {
        let newest = self
            .servers
            .get(&server)
            .and_then(|own| own.checkers.last());
        if let Some(checker) = newest.and_then(|newest| self.checkers.get_mut(newest)) {
            checker.up = up;
        }
    }

    fn reschedule(&mut self, cx: &LvsContext<'_>, id: CheckerId, new: &Checker, place: usize) {
        let Some(checker) = self.checkers.get_mut(&id) else {
            return;
        };
        if checker.schedule == new.schedule {
            return;
        }
        let server = checker.server;
        checker.schedule = new.schedule;
        let idle = checker.under_way.is_none() && checker.spec.is_some();
        if idle && self.is_running(server) {
            self.start_checker(cx, id, place);
        }
    }

    /// Returns what it added to the server's weight.
    pub(super) fn remove_checker(&mut self, cx: &mut LvsContext<'_>, id: CheckerId) -> i64 {
        self.stop_checker(cx, id);
        let Some(gone) = self.checkers.remove(&id) else {
            return 0;
        };
        // What nobody listens to may change unheard, so it is forgotten.
        match &gone.heard {
            Some(Check::File(file)) => forget(&mut self.files, &file.file, id),
            Some(Check::Bfd(name)) => forget(&mut self.sessions, name, id),
            Some(
                Check::Tcp
                | Check::Http(_)
                | Check::Smtp(_)
                | Check::Dns(_)
                | Check::Misc(_)
                | Check::Udp(_)
                | Check::Ping,
            )
            | None => {}
        }
        gone.weight
    }

    fn listen(&mut self, id: CheckerId, heard: &Option<Check>) {
        match heard {
            Some(Check::File(file)) => {
                let heard = self.files.entry(file.file.clone()).or_default();
                heard.listeners.push(id);
            }
            Some(Check::Bfd(name)) => {
                let heard = self.sessions.entry(name.clone()).or_default();
                heard.listeners.push(id);
            }
            Some(
                Check::Tcp
                | Check::Http(_)
                | Check::Smtp(_)
                | Check::Dns(_)
                | Check::Misc(_)
                | Check::Udp(_)
                | Check::Ping,
            )
            | None => {}
        }
    }

    /// Lets the checkers of a server that only listen hear what is known already.
    fn hear_known(&mut self, cx: &mut LvsContext<'_>, id: ServerId) {
        let checkers = self.servers.get(&id).map(|own| own.checkers.clone());
        for checker in checkers.unwrap_or_default() {
            let heard = self.checkers.get(&checker).filter(|own| !own.judged);
            match heard.and_then(|own| own.heard.clone()) {
                Some(Check::File(file)) => {
                    if let Some(value) = self.files.get(&file.file).and_then(|own| own.value) {
                        self.hear_file(cx, checker, value);
                    }
                }
                Some(Check::Bfd(name)) => {
                    if let Some(up) = self.sessions.get(&name).and_then(|own| own.value) {
                        self.hear_session(cx, checker, up);
                    }
                }
                Some(
                    Check::Tcp
                    | Check::Http(_)
                    | Check::Smtp(_)
                    | Check::Dns(_)
                    | Check::Misc(_)
                    | Check::Udp(_)
                    | Check::Ping,
                )
                | None => {}
            }
        }
    }
}

/// Ends a checker's listening.
fn forget<T>(heard: &mut BTreeMap<Name, Heard<T>>, name: &Name, id: CheckerId) {
    let Some(own) = heard.get_mut(name) else {
        return;
    };
    own.listeners.retain(|own| *own != id);
    if own.listeners.is_empty() {
        heard.remove(name);
    }
}

/// A real server's configuration without its checkers, which are kept elsewhere.
fn without_checkers(config: &RealServer) -> RealServer {
    RealServer {
        checkers: Vec::new(),
        ..RealServer {
            weight: config.weight,
            uthreshold: config.uthreshold,
            lthreshold: config.lthreshold,
            inhibit_on_failure: config.inhibit_on_failure,
            mail: config.mail,
            extra: config.extra.clone(),
            ..RealServer::new(config.address, config.port, config.forwarding)
        }
    }
}
