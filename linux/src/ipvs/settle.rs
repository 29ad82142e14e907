//! What became of operations whose answers were lost, told from the table as it then is.
//!
//! Invariant: an operation is said to be done only if the table shows it and no later operation on
//! the same object could be what it shows.

use std::collections::BTreeSet;

use bellwether_core::kernel::ipvs::{DestinationKey, IpvsError, IpvsOp, Role, ServiceKey, Table};

/// Replaces [`IpvsError::Unknown`] by success wherever the table shows it.
///
/// What then is still unknown has not been done, or has been undone by somebody else; the caller
/// plans anew from the table.
pub(super) fn settle(ops: &[IpvsOp], results: &mut [Result<(), IpvsError>], table: &Table) {
    let mut later = BTreeSet::new();
    let mut flushed_later = false;
    for (op, result) in ops.iter().zip(results).rev() {
        let object = Object::of(op);
        let is_last = !flushed_later && object.is_none_or(|object| !later.contains(&object));
        if *result == Err(IpvsError::Unknown) && is_last && shows(table, op) {
            *result = Ok(());
        }
        later.extend(object);
        flushed_later |= *op == IpvsOp::Flush;
    }
}

/// What an operation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    Service(ServiceKey),
    Destination(ServiceKey, DestinationKey),
    Daemon(Role),
    Timeouts,
}

impl Object {
    const fn of(op: &IpvsOp) -> Option<Self> {
        match op {
            IpvsOp::AddService(service) | IpvsOp::SetService(service) => {
                Some(Self::Service(service.key))
            }
            IpvsOp::RemoveService(key) => Some(Self::Service(*key)),
            IpvsOp::AddDestination(key, destination) | IpvsOp::SetDestination(key, destination) => {
                Some(Self::Destination(*key, destination.key))
            }
            IpvsOp::RemoveDestination(key, destination) => {
                Some(Self::Destination(*key, *destination))
            }
            IpvsOp::StartDaemon(daemon) => Some(Self::Daemon(daemon.role)),
            IpvsOp::StopDaemon(role) => Some(Self::Daemon(*role)),
            IpvsOp::SetTimeouts(_) => Some(Self::Timeouts),
            IpvsOp::Flush | IpvsOp::Zero(_) => None,
        }
    }
}

/// Whether the table is as it would be after the operation.
fn shows(table: &Table, op: &IpvsOp) -> bool {
    let destination = |key, destination| {
        let entry = table.services.get(key)?;
        entry.destinations.get(destination)
    };
    match op {
        IpvsOp::AddService(service) | IpvsOp::SetService(service) => table
            .services
            .get(&service.key)
            .is_some_and(|entry| entry.service == *service),
        IpvsOp::RemoveService(key) => !table.services.contains_key(key),
        IpvsOp::AddDestination(key, wanted) | IpvsOp::SetDestination(key, wanted) => {
            destination(key, &wanted.key) == Some(wanted)
        }
        IpvsOp::RemoveDestination(key, gone) => {
            table.services.contains_key(key) && destination(key, gone).is_none()
        }
        IpvsOp::Flush => table.services.is_empty(),
        // Counters can't be told from those of a moment later.
        IpvsOp::Zero(_) => false,
        IpvsOp::StartDaemon(daemon) => table.daemons.get(&daemon.role).is_some_and(|running| {
            (running.interface, running.sync_id) == (daemon.interface, daemon.sync_id)
        }),
        IpvsOp::StopDaemon(role) => !table.daemons.contains_key(role),
        IpvsOp::SetTimeouts(wanted) => {
            let now = table.timeouts;
            [
                (wanted.tcp, now.tcp),
                (wanted.tcp_fin, now.tcp_fin),
                (wanted.udp, now.udp),
            ]
            .into_iter()
            .all(|(wanted, now)| wanted == 0 || wanted == now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellwether_core::kernel::ipvs::law::story;

    /// The answers of a whole story but its flush are lost; the table tells those that can be told.
    #[test]
    fn what_the_table_shows_is_done_and_nothing_else() {
        let ops: Vec<IpvsOp> = story()
            .into_iter()
            .map(|step| step.op)
            .take_while(|op| *op != IpvsOp::Flush)
            .collect();
        let mut table = Table::default();
        let truth: Vec<_> = ops.iter().map(|op| table.apply(op)).collect();
        let mut results = vec![Err(IpvsError::Unknown); ops.len()];
        settle(&ops, &mut results, &table);
        let mut told = 0;
        for ((op, truth), result) in ops.iter().zip(&truth).zip(&results) {
            match result {
                Ok(()) => told += 1,
                Err(error) => assert_eq!(*error, IpvsError::Unknown),
            }
            // A removal that failed because nothing was there is as good as done.
            let is_removal = matches!(op, IpvsOp::RemoveDestination(..) | IpvsOp::RemoveService(_));
            assert!(result.is_err() || truth.is_ok() || is_removal, "{op:?}");
        }
        assert!(told >= 8, "only {told} were told");
    }

    #[test]
    fn a_flush_hides_what_came_before() {
        let [first, ..] = &story()[..] else {
            panic!("a story has steps")
        };
        let ops = [IpvsOp::RemoveService(key(&first.op)), IpvsOp::Flush];
        let mut results = vec![Err(IpvsError::Unknown); 2];
        settle(&ops, &mut results, &Table::default());
        assert_eq!(results, [Err(IpvsError::Unknown), Ok(())]);
    }

    fn key(op: &IpvsOp) -> ServiceKey {
        match Object::of(op) {
            Some(Object::Service(key)) => key,
            other => panic!("{other:?} is no service"),
        }
    }
}
