//! Requests that the table of nftables is changed by, several at once.

use bellwether_core::Event;
use bellwether_core::OpId;
use bellwether_core::kernel::{KernelError, KernelOp, Refusal};

use super::{Kernel, Request};

impl Kernel {
    /// Drops packets of an address, and of all others that are asked for already: an address that
    /// is refused before its time harms nobody, and one that waits for hundreds of calls does.
    pub(super) async fn refuse(&mut self, op: OpId, refusal: Refusal) {
        let mut asked = vec![(op, refusal)];
        while let Ok(request) = self.requests.try_recv() {
            match request {
                Request::Apply(op, KernelOp::AddRefusal(refusal)) => asked.push((op, refusal)),
                request @ (Request::Apply(..)
                | Request::Observe(_)
                | Request::ObserveRouting(_)
                | Request::Watch(_)
                | Request::Unwatch(_)
                | Request::Configure(_)) => {
                    // What is dropped no longer must not be dropped before that.
                    let ends = matches!(request, Request::Apply(_, KernelOp::RemoveRefusal(_)));
                    self.ahead.push_back(request);
                    if ends {
                        break;
                    }
                }
            }
        }
        let refusals: Vec<_> = asked.iter().map(|(_, refusal)| *refusal).collect();
        let outcome = self.filter.refuse(&refusals).await;
        self.answer_all(&asked, &outcome);
    }

    /// Drops packets of an address no longer, once all else has been done that is asked for
    /// already: an address that is to go must not wait for that.
    pub(super) async fn accept(&mut self, op: OpId, refusal: Refusal) {
        let mut asked = vec![(op, refusal)];
        while let Some(request) = self.next_waiting() {
            match request {
                Request::Apply(op, KernelOp::RemoveRefusal(refusal)) => asked.push((op, refusal)),
                Request::Apply(_, KernelOp::AddRefusal(_)) | Request::Configure(_) => {
                    self.ahead.push_front(request);
                    break;
                }
                request @ (Request::Apply(..)
                | Request::Observe(_)
                | Request::ObserveRouting(_)
                | Request::Watch(_)
                | Request::Unwatch(_)) => self.serve_plain(request).await,
            }
        }
        let refusals: Vec<_> = asked.iter().map(|(_, refusal)| *refusal).collect();
        let outcome = self.filter.accept(&refusals).await;
        self.answer_all(&asked, &outcome);
    }

    fn next_waiting(&mut self) -> Option<Request> {
        let ahead = self.ahead.pop_front();
        ahead.or_else(|| self.requests.try_recv().ok())
    }

    fn answer_all(&self, asked: &[(OpId, Refusal)], outcome: &Result<(), KernelError>) {
        for (op, _) in asked {
            let (op, outcome) = (*op, outcome.clone());
            self.outbox.event(Event::KernelDone { op, outcome });
        }
    }
}
