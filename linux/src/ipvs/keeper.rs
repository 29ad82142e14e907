//! The thread that keeps a table for a daemon.
//!
//! Owns the socket. Invariant: each request has one answer, in the order of the requests; what is
//! answered to an observation is the table after all changes that were asked for before it.
//!
//! Changes that wait together go to the kernel together. A socket that failed is replaced; while
//! the kernel has no IPVS, every change is answered with that, and the next request looks again, so
//! that a module that is loaded later is found.
//!
//! Deliberately absent: any retry of a change, and any watch on what others do to the table. Both
//! are plans against what was observed, and planning is the core's.

use std::sync::mpsc::Receiver;

use bellwether_core::OpId;
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Table};

use super::Ipvs;

/// What a daemon asks of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Change it.
    Apply(OpId, IpvsOp),
    /// Look at it.
    Observe,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The change is done, or why not. [`IpvsError::Unknown`] asks for a look.
    Done(OpId, Result<(), IpvsError>),
    /// The table as it is.
    Observed(Result<Table, IpvsError>),
}

/// Where the table is opened: here, in the caller's network namespace, or elsewhere.
pub type Open = fn() -> Result<Ipvs, IpvsError>;

/// Serves requests until nobody can ask any more. Blocks; a daemon gives it a thread.
pub fn keep(requests: &Receiver<Request>, open: Open, mut answer: impl FnMut(Answer)) {
    let mut keeper = Keeper { open, table: None };
    while let Ok(first) = requests.recv() {
        let mut batch = vec![first];
        batch.extend(requests.try_iter());
        let is_change = |request: &Request| matches!(request, Request::Apply(..));
        // Changes up to the next observation, then the observation.
        for group in batch.chunk_by(|one, next| is_change(one) && is_change(next)) {
            keeper.serve(group, &mut answer);
        }
    }
}

struct Keeper {
    open: Open,
    table: Option<Ipvs>,
}

impl Keeper {
    /// Answers changes, or one observation.
    fn serve(&mut self, group: &[Request], answer: &mut impl FnMut(Answer)) {
        let mut ids = Vec::with_capacity(group.len());
        let mut ops = Vec::with_capacity(group.len());
        for request in group {
            match request {
                Request::Apply(id, op) => {
                    ids.push(*id);
                    ops.push(op.clone());
                }
                Request::Observe => answer(Answer::Observed(self.observe())),
            }
        }
        let results = self.apply(&ops);
        for (id, result) in ids.into_iter().zip(results) {
            answer(Answer::Done(id, result));
        }
    }

    fn apply(&mut self, ops: &[IpvsOp]) -> Vec<Result<(), IpvsError>> {
        if ops.is_empty() {
            return Vec::new();
        }
        let results = match self.table() {
            Ok(table) => table.apply(ops),
            Err(error) => vec![Err(error); ops.len()],
        };
        if results.contains(&Err(IpvsError::Unknown)) {
            self.table = None;
        }
        results
    }

    fn observe(&mut self) -> Result<Table, IpvsError> {
        let observed = self.table().and_then(Ipvs::table);
        if observed.is_err() {
            self.table = None;
        }
        observed
    }

    fn table(&mut self) -> Result<&mut Ipvs, IpvsError> {
        let table = match self.table.take() {
            Some(table) => table,
            None => (self.open)()?,
        };
        Ok(self.table.insert(table))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn without_ipvs_every_request_is_answered_in_its_order() {
        let (ask, requests) = channel();
        for id in 0..3 {
            ask.send(Request::Apply(OpId(id), IpvsOp::Flush)).unwrap();
        }
        ask.send(Request::Observe).unwrap();
        ask.send(Request::Apply(OpId(3), IpvsOp::Flush)).unwrap();
        drop(ask);
        let mut answers = Vec::new();
        keep(
            &requests,
            || Err(IpvsError::Unavailable),
            |answer| answers.push(answer),
        );
        let none = || Err(IpvsError::Unavailable);
        let expected = [
            Answer::Done(OpId(0), none()),
            Answer::Done(OpId(1), none()),
            Answer::Done(OpId(2), none()),
            Answer::Observed(Err(IpvsError::Unavailable)),
            Answer::Done(OpId(3), none()),
        ];
        assert_eq!(answers, expected);
    }
}
