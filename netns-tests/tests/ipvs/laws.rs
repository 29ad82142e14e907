//! The kernel is held to the laws that the pure table keeps.

use anyhow::{Result, ensure};
use bellwether_core::kernel::ipvs::law::{Step, story};
use bellwether_core::kernel::ipvs::{IpvsError, IpvsOp, Service, ServiceKey, Table, Timeouts};
use bellwether_core::model::lvs::{Protocol, Scheduler};

use crate::Test;
use crate::room::{Program, Room};

pub(crate) const TESTS: &[Test] = &[
    ("laws::one_by_one", one_by_one),
    ("laws::all_in_flight_at_once", all_in_flight_at_once),
    (
        "laws::a_namespace_has_its_own_table",
        a_namespace_has_its_own_table,
    ),
    (
        "laws::every_scheduler_is_loaded_when_it_is_asked_for",
        every_scheduler,
    ),
    ("laws::what_is_not_there_is_told_apart", what_is_not_there),
    ("laws::port_0_is_the_kernels_to_allow", port_0),
];

/// Each answer, and the whole table after it, are those of the pure table.
fn one_by_one() -> Result<()> {
    let room = Room::new()?;
    let mut real = room.table()?;
    let mut pure = Table::default();
    ensure!(real.table()? == pure, "a new namespace has an empty table");
    for Step { law, op, answer } in story() {
        let answers = real.apply(std::slice::from_ref(&op));
        ensure!(
            answers == [answer.clone()],
            "{law}: {answers:?}, not {answer:?}"
        );
        ensure!(pure.apply(&op) == answer, "{law}: of the pure table");
        let now = real.table()?;
        ensure!(now == pure, "{law}:\n{now:#?}\nis not\n{pure:#?}");
    }
    Ok(())
}

/// Pipelined, an operation still sees what those before it did, and a refusal stops none.
fn all_in_flight_at_once() -> Result<()> {
    let room = Room::new()?;
    let steps = story();
    let ops: Vec<IpvsOp> = steps.iter().map(|step| step.op.clone()).collect();
    let answers = room.table()?.apply(&ops);
    ensure!(answers.len() == steps.len());
    for (Step { law, answer, .. }, real) in steps.iter().zip(answers) {
        ensure!(real == *answer, "{law}: {real:?}, not {answer:?}");
    }
    Ok(())
}

fn a_namespace_has_its_own_table() -> Result<()> {
    let (one, other) = (Room::new()?, Room::new()?);
    one.must(Program::Ours, "-A -t 192.0.2.1:80 -s rr")?;
    one.must(Program::Ours, "--set 1000 0 200")?;
    let table = other.table()?.table()?;
    ensure!(table == Table::default(), "{table:?}");
    let timeouts = one.table()?.timeouts()?;
    let expected = Timeouts {
        tcp: 1000,
        tcp_fin: 120,
        udp: 200,
    };
    ensure!(timeouts == expected, "{timeouts:?}");
    ensure!(one.table()?.services()?.len() == 1);
    Ok(())
}

/// All but `twos`, which Debian's kernels do not have.
fn every_scheduler() -> Result<()> {
    let room = Room::new()?;
    let mut table = room.table()?;
    let kinds = [
        Scheduler::Rr,
        Scheduler::Wrr,
        Scheduler::Lc,
        Scheduler::Wlc,
        Scheduler::Lblc,
        Scheduler::Lblcr,
        Scheduler::Dh,
        Scheduler::Sh(Default::default()),
        Scheduler::Sed,
        Scheduler::Nq,
        Scheduler::Fo,
        Scheduler::Ovf,
        Scheduler::Mh(Default::default()),
    ];
    for kind in kinds {
        let service = Service::new(web(80), kind);
        let answers = table.apply(&[
            IpvsOp::AddService(service.clone()),
            IpvsOp::RemoveService(service.key),
        ]);
        ensure!(answers == [Ok(()), Ok(())], "{kind:?}: {answers:?}");
    }
    let unknown = Service {
        scheduler: "nosuch".into(),
        ..Service::new(web(80), Scheduler::Rr)
    };
    let unknown_engine = Service {
        engine: Some("nosuch".into()),
        ..Service::new(web(80), Scheduler::Rr)
    };
    for service in [unknown, unknown_engine] {
        let answers = table.apply(&[IpvsOp::AddService(service)]);
        ensure!(answers == [Err(IpvsError::NoScheduler)], "{answers:?}");
    }
    Ok(())
}

/// A list of a missing service's destinations is empty and no error; asked for itself, it is one.
fn what_is_not_there() -> Result<()> {
    let room = Room::new()?;
    let mut table = room.table()?;
    ensure!(table.destinations(&web(80))?.is_empty());
    let missing = table.service(&web(80));
    ensure!(missing == Err(IpvsError::NoService), "{missing:?}");
    // The socket is still good for the next question.
    ensure!(table.services()?.is_empty());
    let info = table.info()?;
    ensure!(
        info.version.0 == 1 && info.connection_table >= 256,
        "{info:?}"
    );
    Ok(())
}

/// ipvsadm and ours refuse it themselves; the kernel does not.
fn port_0() -> Result<()> {
    let room = Room::new()?;
    for program in crate::room::BOTH {
        let said = room.say(program, "-A -t 192.0.2.1:0")?;
        ensure!(said.status == 2, "{said:?}");
    }
    room.must(Program::Ours, "-A -t 192.0.2.1:0 -p")?;
    let services = room.table()?.services()?;
    ensure!(
        services.len() == 1 && services[0].service.key == web(0),
        "{services:?}"
    );
    let answers = room.table()?.apply(&[
        IpvsOp::Flush,
        IpvsOp::AddService(Service::new(web(0), Scheduler::Rr)),
    ]);
    ensure!(answers == [Ok(()), Ok(())], "{answers:?}");
    Ok(())
}

fn web(port: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol: Protocol::Tcp,
        address: [192, 0, 2, 1].into(),
        port,
    }
}
