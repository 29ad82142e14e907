//! What is told of services and real servers.

use super::ids::{ServerId, ServiceId};
use super::{Lvs, LvsContext};
use crate::effect::Effect;
use crate::model::Hook;
use crate::mutant::{self, Mutant};
use crate::notify::{Notification, Subject, Told};
use crate::unit::Priority;

impl Lvs {
    /// Tells that a real server is up or down (keepalived: `notify_up`, `notify_down`).
    pub(super) fn tell_server(&self, cx: &mut LvsContext<'_>, id: ServerId, up: bool) {
        let Some(server) = self.servers.get(&id) else {
            return;
        };
        if mutant::is_active(Mutant::ServerUntold) {
            return;
        }
        let extra = server.config.extra.as_ref();
        let hook = extra.and_then(|extra| {
            let hook = if up {
                &extra.notify_up
            } else {
                &extra.notify_down
            };
            hook.clone()
        });
        let subject = Subject::RealServer {
            server: server.key.clone(),
        };
        tell(cx, subject, up, hook);
    }

    /// Tells that a service has its quorum or not (keepalived: `quorum_up`, `quorum_down`).
    pub(super) fn tell_quorum(&self, cx: &mut LvsContext<'_>, id: ServiceId) {
        let Some(service) = self.services.get(&id) else {
            return;
        };
        let notify = service.config.notify.as_ref();
        let hook = notify.and_then(|notify| {
            let hook = if service.quorum {
                &notify.up
            } else {
                &notify.down
            };
            hook.clone()
        });
        let subject = Subject::Service {
            service: service.config.service.clone(),
        };
        tell(cx, subject, service.quorum, hook);
    }

    /// keepalived, with `omega`: the end of a service is told as its servers going down one after
    /// the other, and its quorum with them.
    pub(super) fn tell_the_end(&mut self, cx: &mut LvsContext<'_>, id: ServiceId) {
        let Some(service) = self.services.get(&id).filter(|own| own.config.omega) else {
            return;
        };
        for server in service.servers.clone() {
            let Some(own) = self.servers.get_mut(&server).filter(|own| own.up) else {
                continue;
            };
            let lost = own.live_weight();
            own.up = false;
            self.tell_server(cx, server, false);
            let Some(service) = self.services.get_mut(&id) else {
                return;
            };
            service.live = service.live.saturating_sub(lost);
            if service.quorum && !service.quorum_now() {
                service.quorum = false;
                self.tell_quorum(cx, id);
            }
        }
    }
}

fn tell(cx: &mut LvsContext<'_>, subject: Subject, up: bool, hook: Option<Hook>) {
    cx.out.push(Effect::Notify(Notification {
        subject,
        told: if up { Told::Up } else { Told::Down },
        priority: Priority(0),
        hooks: hook.into_iter().collect(),
        transition: None,
    }));
}
