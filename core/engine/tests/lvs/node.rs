//! What a node has and does without services.

use bellwether_core::kernel::ipvs::Table;
use bellwether_core::lvs::{ProbeId, ProbeResult};
use bellwether_core::{Effect, Event, Instant, Node, OpId};

use crate::support::{Bench, config, server, virtual_server};

#[test]
fn without_services_there_is_no_lvs_part_and_nothing_is_looked_at() {
    let mut node = Node::new(config(vec![]), Instant::ZERO);
    assert!(node.lvs().is_none());
    assert_eq!(node.poll_effect(), None);
    assert_eq!(node.poll_timeout(), None);
    assert_eq!(node.status(Instant::ZERO).lvs, None);
}

#[test]
fn what_is_answered_without_having_been_asked_changes_nothing() {
    let mut node = Node::new(config(vec![]), Instant::ZERO);
    let result = ProbeResult::Success;
    let probe = ProbeId(0);
    node.handle(Instant::ZERO, Event::ProbeDone { probe, result });
    let outcome = Ok(());
    node.handle(
        Instant::ZERO,
        Event::TableDone {
            op: OpId(0),
            outcome,
        },
    );
    node.handle(Instant::ZERO, Event::Table(Ok(Box::new(Table::default()))));
    assert_eq!(node.poll_effect(), None);

    let mut bench = Bench::new(config(vec![virtual_server(vec![server(1)])]));
    bench.seconds(1);
    let before = bench.node.status(bench.now);
    let (probe, result) = (ProbeId(99), ProbeResult::Success);
    bench.event(Event::ProbeDone { probe, result });
    let (op, outcome) = (OpId(99), Ok(()));
    bench.event(Event::TableDone { op, outcome });
    assert_eq!(bench.node.status(bench.now), before);
}

#[test]
fn nothing_is_changed_before_the_table_was_seen() {
    let services = vec![virtual_server(vec![server(1)])];
    let mut node = Node::new(config(services), Instant::ZERO);
    node.handle_timeout(Instant::ZERO);
    let mut effects = std::iter::from_fn(|| node.poll_effect());
    assert!(effects.all(|effect| !matches!(effect, Effect::Table { .. })));
}
