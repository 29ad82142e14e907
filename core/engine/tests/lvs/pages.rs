//! HTTP checks of several pages: keepalived asks for one at a time.

use bellwether_core::lvs::{ProbeFailure, ProbeResult};
use bellwether_core::model::lvs::{Check, HttpCheck, HttpProtocol, RealServer, Url};

use crate::support::{Bench, checker, config, server, virtual_server};

fn http(pages: usize, fast_recovery: bool) -> RealServer {
    let page = |number| Url {
        path: format!("/{number}"),
        virtualhost: None,
        status: vec![],
        body: None,
        tls_compliant: None,
    };
    let mut own = checker(Check::Http(Box::new(HttpCheck {
        tls: false,
        sni: false,
        sni_name: None,
        tls_compliant: false,
        protocol: HttpProtocol::V1_0,
        virtualhost: None,
        fast_recovery,
        urls: (0..pages).map(page).collect(),
    })));
    own.schedule.retry = 0;
    RealServer {
        checkers: vec![own],
        ..server(1)
    }
}

fn bench(server: RealServer) -> Bench {
    Bench::new(config(vec![virtual_server(vec![server])]))
}

fn pages(bench: &Bench) -> Vec<u16> {
    bench.probes.iter().filter_map(|(.., page)| *page).collect()
}

#[test]
fn each_cycle_asks_for_the_next_page() {
    let mut bench = bench(http(3, false));
    bench.seconds(45);
    assert_eq!(bench.probes_of(1), [0, 10_000, 20_000, 30_000, 40_000]);
    assert_eq!(pages(&bench), [0, 1, 2, 0, 1]);
}

#[test]
fn a_failed_page_is_asked_for_again_and_recovery_needs_all() {
    let mut bench = bench(http(3, false));
    bench.seconds(5);
    bench.answer(1, ProbeResult::Failed(ProbeFailure::Status(500)));
    bench.seconds(20); // Page 1 fails at 10 s and 20 s.
    assert!(!bench.is_up(0));
    bench.well(1);
    bench.seconds(20); // Pages 1 and 2 are well at 30 s and 40 s.
    assert!(!bench.is_up(0));
    bench.seconds(10); // And page 0 at 50 s.
    assert!(bench.is_up(0));
    assert_eq!(pages(&bench), [0, 1, 1, 1, 2, 0]);
}

#[test]
fn with_fast_recovery_the_pages_follow_each_other_at_once() {
    let mut bench = bench(http(3, true));
    bench.answer(1, ProbeResult::Failed(ProbeFailure::Status(500)));
    bench.seconds(35); // Well at 0 s with all, failed at 10 s, 20 s, 30 s.
    assert!(!bench.is_up(0));
    bench.well(1);
    bench.seconds(5);
    assert!(bench.is_up(0));
    let last: Vec<_> = bench.probes_of(1).into_iter().rev().take(3).collect();
    assert_eq!(last, [40_000, 40_000, 40_000]);
}

#[test]
fn a_failure_on_the_way_up_begins_the_recovery_anew() {
    let mut bench = bench(http(2, false));
    bench.seconds(5);
    bench.answer(1, ProbeResult::Failed(ProbeFailure::Status(500)));
    bench.seconds(10); // Fails at 10 s.
    bench.well(1);
    bench.seconds(10); // One page at 20 s.
    bench.answer(1, ProbeResult::Failed(ProbeFailure::Status(500)));
    bench.seconds(10); // The other fails at 30 s.
    bench.well(1);
    bench.seconds(10); // It is well at 40 s.
    assert!(!bench.is_up(0));
    bench.seconds(10);
    assert!(bench.is_up(0));
}

#[test]
fn the_host_of_requests_is_the_nearest_that_is_given() {
    use bellwether_core::model::lvs::RealServerExtra;
    use bellwether_core::{Effect, Instant, Node};

    let host = |own: Option<&str>, real: Option<&str>, service: Option<&str>| {
        let mut server = http(1, false);
        let Check::Http(check) = &mut server.checkers[0].check else {
            unreachable!()
        };
        check.virtualhost = own.map(Into::into);
        server.extra = Some(Box::new(RealServerExtra {
            virtualhost: real.map(Into::into),
            ..RealServerExtra::default()
        }));
        let mut virtual_server = virtual_server(vec![server]);
        virtual_server.virtualhost = service.map(Into::into);
        let mut node = Node::new(config(vec![virtual_server]), Instant::ZERO);
        node.handle_timeout(Instant::ZERO);
        let mut effects = std::iter::from_fn(|| node.poll_effect());
        effects.find_map(|effect| match effect {
            Effect::StartProbe { spec, .. } => Some(spec.virtualhost.clone()),
            _ => None,
        })
    };
    let name = |text: &str| Some(Some(text.into()));
    assert_eq!(host(Some("a"), Some("b"), Some("c")), name("a"));
    assert_eq!(host(None, Some("b"), Some("c")), name("b"));
    assert_eq!(host(None, None, Some("c")), name("c"));
    assert_eq!(host(None, None, None), Some(None));
}
