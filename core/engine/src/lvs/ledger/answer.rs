//! What the kernel's answers mean.
//!
//! keepalived ignores that something is there already, or gone already; here it is what the answer
//! says that is believed from then on, and the table is looked at.

use super::{Ledger, rest};
use crate::effect::{Notice, Outbox};
use crate::id::OpId;
use crate::kernel::ipvs::{IpvsError, IpvsOp, ServiceKey};
use crate::lvs::LvsNotice;
use crate::lvs::plan::Seen;
use crate::time::Instant;

/// What an answer says of the thing that was asked about.
enum Meaning {
    /// It has been done.
    Done,
    /// It is there, unlike believed.
    There,
    /// It is not there, unlike believed.
    Gone,
    /// The whole service is not there, unlike believed.
    ServiceGone,
    /// It may have been done, or not.
    Unclear,
    /// It could not be done, and is as it was.
    Failed,
}

impl Ledger {
    /// Takes in the answer to an operation. An unknown id changes nothing.
    pub(in crate::lvs) fn done(
        &mut self,
        now: Instant,
        op: OpId,
        outcome: Result<(), IpvsError>,
        out: &mut Outbox,
    ) {
        let Some(action) = self.pending.remove(&op) else {
            return;
        };
        let meaning = meaning(&outcome);
        match meaning {
            Meaning::There | Meaning::Gone | Meaning::ServiceGone | Meaning::Unclear => {
                self.look_soon(now);
            }
            Meaning::Done | Meaning::Failed => {}
        }
        if let Err(error @ (IpvsError::Unavailable | IpvsError::Denied)) = outcome {
            // Nothing else will succeed either, so it is said once, and looked at later.
            if self.seen {
                out.notice(Notice::Lvs(LvsNotice::TableUnavailable { error }));
            }
            self.seen = false;
            self.next_look = Some(now + rest(3));
        } else if let (Meaning::Failed, Err(error)) = (&meaning, outcome) {
            let failed = LvsNotice::TableFailed {
                action: action.clone(),
                error,
            };
            out.notice(Notice::Lvs(failed));
        }
        self.learn(now, &action, &meaning);
    }

    fn learn(&mut self, now: Instant, action: &IpvsOp, meaning: &Meaning) {
        match action {
            IpvsOp::AddService(service) | IpvsOp::SetService(service) => {
                let seen = match meaning {
                    Meaning::Done => Seen::There(service.clone()),
                    Meaning::There | Meaning::Unclear => Seen::Unknown,
                    Meaning::Gone | Meaning::ServiceGone => Seen::Absent,
                    Meaning::Failed => self.service_seen(service.key),
                };
                self.service_answered(now, service.key, seen, meaning);
            }
            IpvsOp::RemoveService(key) => {
                let seen = match meaning {
                    Meaning::Done | Meaning::Gone | Meaning::ServiceGone => Seen::Absent,
                    Meaning::There | Meaning::Unclear => Seen::Unknown,
                    Meaning::Failed => self.service_seen(*key),
                };
                self.service_answered(now, *key, seen, meaning);
            }
            IpvsOp::AddDestination(service, own) | IpvsOp::SetDestination(service, own) => {
                let seen = match meaning {
                    Meaning::Done => Some(Seen::There(*own)),
                    Meaning::There | Meaning::Unclear => Some(Seen::Unknown),
                    Meaning::Gone | Meaning::ServiceGone => Some(Seen::Absent),
                    Meaning::Failed => None,
                };
                self.destination_answered(now, (*service, own.key), seen, meaning);
            }
            IpvsOp::RemoveDestination(service, key) => {
                let seen = match meaning {
                    Meaning::Done | Meaning::Gone | Meaning::ServiceGone => Some(Seen::Absent),
                    Meaning::There | Meaning::Unclear => Some(Seen::Unknown),
                    Meaning::Failed => None,
                };
                self.destination_answered(now, (*service, *key), seen, meaning);
            }
            IpvsOp::StartDaemon(_) | IpvsOp::StopDaemon(_) | IpvsOp::SetTimeouts(_) => {
                self.settings_answered(now, action, meaning);
            }
            IpvsOp::Flush => self.flush |= matches!(meaning, Meaning::Failed),
            IpvsOp::Zero(_) => {}
        }
    }

    fn service_seen(&self, key: ServiceKey) -> Seen<crate::kernel::ipvs::Service> {
        let line = self.lines.get(&key);
        line.map_or(Seen::Absent, |line| line.seen().clone())
    }

    fn service_answered(
        &mut self,
        now: Instant,
        key: ServiceKey,
        seen: Seen<crate::kernel::ipvs::Service>,
        meaning: &Meaning,
    ) {
        self.touched.insert(key);
        let Some(line) = self.lines.get_mut(&key) else {
            return;
        };
        let failed = matches!(meaning, Meaning::Failed);
        if let Some(failures) = line.service_answered(seen, failed) {
            self.resting.insert((now + rest(failures), key, None));
        }
    }

    fn destination_answered(
        &mut self,
        now: Instant,
        (service, key): (ServiceKey, crate::kernel::ipvs::DestinationKey),
        seen: Option<Seen<crate::kernel::ipvs::Destination>>,
        meaning: &Meaning,
    ) {
        self.touched.insert(service);
        let Some(line) = self.lines.get_mut(&service) else {
            return;
        };
        let failed = matches!(meaning, Meaning::Failed);
        let rests = line.answered(key, seen, failed);
        if matches!(meaning, Meaning::ServiceGone) {
            line.vanish();
        }
        if let Some(failures) = rests {
            let until = now + rest(failures);
            self.resting.insert((until, service, Some(key)));
        }
    }

    fn settings_answered(&mut self, now: Instant, action: &IpvsOp, meaning: &Meaning) {
        self.settings_touched = true;
        match (meaning, action) {
            (Meaning::Failed, _) => self.settings_rest = Some(now + rest(1)),
            (Meaning::Done, IpvsOp::StartDaemon(daemon)) => {
                self.running.insert(daemon.role, *daemon);
            }
            (Meaning::Done | Meaning::Gone | Meaning::ServiceGone, IpvsOp::StopDaemon(role)) => {
                self.running.remove(role);
            }
            (Meaning::Done, IpvsOp::SetTimeouts(timeouts)) => {
                let keep = |new, old| if new == 0 { old } else { new };
                self.holding.tcp = keep(timeouts.tcp, self.holding.tcp);
                self.holding.tcp_fin = keep(timeouts.tcp_fin, self.holding.tcp_fin);
                self.holding.udp = keep(timeouts.udp, self.holding.udp);
            }
            // One runs that is not known: the look that follows says which.
            (_, _) => self.settings_rest = Some(now + rest(2)),
        }
    }
}

const fn meaning(outcome: &Result<(), IpvsError>) -> Meaning {
    match outcome {
        Ok(()) => Meaning::Done,
        Err(error) => match error {
            IpvsError::ServiceExists | IpvsError::DestinationExists | IpvsError::DaemonRuns => {
                Meaning::There
            }
            IpvsError::NoDestination | IpvsError::NoDaemon => Meaning::Gone,
            IpvsError::NoService => Meaning::ServiceGone,
            IpvsError::Unknown => Meaning::Unclear,
            IpvsError::NoScheduler
            | IpvsError::OutOfRange
            | IpvsError::Invalid
            | IpvsError::NoInterface
            | IpvsError::Denied
            | IpvsError::Unavailable
            | IpvsError::Other { .. } => Meaning::Failed,
        },
    }
}
