//! Deliberately broken cores: what no invariant of the simulator looks at is noticed here.

use bellwether_core::kernel::ipvs::IpvsError;
use bellwether_core::mutant::{Mutant, activate};

use crate::support::{Bench, config, server, virtual_server};

/// Does something with a core that is broken in this way.
fn broken<T>(mutant: Option<Mutant>, work: impl FnOnce() -> T) -> T {
    activate(mutant);
    let outcome = work();
    activate(None);
    outcome
}

fn bench(host: u8) -> Bench {
    Bench::new(config(vec![virtual_server(vec![server(host)])]))
}

#[test]
fn a_service_that_is_empty_for_a_moment_is_noticed() {
    let dips = || {
        let mut bench = bench(1);
        // The kernel refuses the new server at first.
        bench.refusals = vec![Some(IpvsError::Invalid)];
        bench.reload(config(vec![virtual_server(vec![server(2)])]));
        bench.seconds(5);
        !bench.dips.is_empty()
    };
    assert!(!broken(None, dips));
    assert!(broken(Some(Mutant::RemovedBeforeAdded), dips));
}

#[test]
fn a_server_of_which_nothing_is_told_is_noticed() {
    let told = || {
        let mut bench = bench(1);
        bench.fail(1);
        bench.seconds(60);
        bench.told.iter().any(|line| line.starts_with("RS "))
    };
    assert!(broken(None, told));
    assert!(!broken(Some(Mutant::ServerUntold), told));
}
