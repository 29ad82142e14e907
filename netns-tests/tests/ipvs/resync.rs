//! Answers that are lost, and tables that others change meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use anyhow::{Result, ensure};
use bellwether_core::OpId;
use bellwether_core::kernel::ipvs::{
    Destination, DestinationKey, IpvsError, IpvsOp, Method, Service, ServiceKey, Table,
};
use bellwether_core::model::lvs::{Protocol, Scheduler};
use bellwether_linux::ipvs::Ipvs;
use bellwether_linux::ipvs::keeper::{Answer, Request, keep};

use crate::Test;
use crate::room::{Program, Room};

pub(crate) const TESTS: &[Test] = &[
    ("resync::lost_answers_are_settled_by_a_look", lost_answers),
    ("resync::a_large_table_is_read_whole", a_large_table),
    (
        "resync::a_keeper_answers_in_order_and_sees_what_others_did",
        a_keeper,
    ),
    (
        "resync::a_table_that_others_change_has_nothing_twice",
        others_change_it,
    ),
];

/// A receive buffer that holds a few answers only: the kernel does everything, and can't say so.
fn lost_answers() -> Result<()> {
    let room = Room::new()?;
    let ops = many(10, 20);
    let expected = after(&ops);
    let (answers, table) = room.within(move || {
        let mut ipvs = Ipvs::open_with_receive_buffer(2048)?;
        let answers = ipvs.apply(&ops);
        Ok((answers, Ipvs::open()?.table()?))
    })?;
    ensure!(table == expected);
    let failed: Vec<_> = answers.iter().filter(|answer| answer.is_err()).collect();
    ensure!(failed.is_empty(), "{failed:?}");
    // A socket that has lost answers is as good as another.
    let refused = room.within(|| {
        let mut ipvs = Ipvs::open_with_receive_buffer(2048)?;
        let again = ipvs.apply(&many(10, 20));
        let removed = ipvs.apply(&[IpvsOp::Flush]);
        Ok((again, removed))
    })?;
    ensure!(
        refused.0.iter().any(Result::is_err),
        "all was there already"
    );
    ensure!(refused.1 == [Ok(())], "{:?}", refused.1);
    ensure!(room.table()?.services()?.is_empty());
    Ok(())
}

/// As a daemon has it: a thread that is asked by messages.
fn a_keeper() -> Result<()> {
    let room = Room::new()?;
    let ops = many(20, 5);
    let expected = after(&ops);
    let mut requests: Vec<Request> = (0..)
        .zip(ops)
        .map(|(id, op)| Request::Apply(OpId(id), op))
        .collect();
    requests.push(Request::Observe);
    requests.push(Request::Apply(OpId(1000), service(0)));
    let answers = asked(&room, requests)?;
    ensure!(answers.len() == 122, "{}", answers.len());
    for (id, answer) in (0..).zip(&answers[..120]) {
        ensure!(*answer == Answer::Done(OpId(id), Ok(())), "{answer:?}");
    }
    ensure!(answers[120] == Answer::Observed(Ok(expected.clone())));
    let twice = Answer::Done(OpId(1000), Err(IpvsError::ServiceExists));
    ensure!(answers[121] == twice, "{:?}", answers[121]);

    // What another program changes is seen by the next look, and what it removes can't be changed.
    room.must(Program::Theirs, "-D -t 192.0.2.1:1000")?;
    let change = IpvsOp::RemoveDestination(key_of(0), at([10, 0, 1, 1], 80));
    let requests = vec![Request::Apply(OpId(1), change), Request::Observe];
    let answers = asked(&room, requests)?;
    let mut expected = expected;
    expected.services.remove(&key_of(0));
    let gone = Answer::Done(OpId(1), Err(IpvsError::NoService));
    ensure!(
        answers == [gone, Answer::Observed(Ok(expected))],
        "{answers:?}"
    );
    Ok(())
}

/// What a keeper in this namespace answers.
fn asked(room: &Room, requests: Vec<Request>) -> Result<Vec<Answer>> {
    room.within(move || {
        let (ask, asked) = channel();
        for request in requests {
            ask.send(request)?;
        }
        drop(ask);
        let mut answers = Vec::new();
        keep(&asked, Ipvs::open, |answer| answers.push(answer));
        Ok(answers)
    })
}

/// More than fits into one message of the kernel, of services and of one service's destinations.
fn a_large_table() -> Result<()> {
    let room = Room::new()?;
    let ops = [many(300, 1), many_servers(300)].concat();
    let expected = after(&ops);
    let answers = room.table()?.apply(&ops);
    ensure!(answers.iter().all(Result::is_ok), "{answers:?}");
    let table = room.table()?.table()?;
    ensure!(table == expected, "{} services", table.services.len());
    let theirs = room.prints(Program::Theirs, "-Sn")?;
    ensure!(room.prints(Program::Ours, "-Sn")? == theirs);
    Ok(())
}

/// Another program adds and removes while we read: no error, and no entry twice.
fn others_change_it() -> Result<()> {
    let room = Room::new()?;
    let stable = many(100, 2);
    ensure!(room.table()?.apply(&stable).iter().all(Result::is_ok));
    let stop = Arc::new(AtomicBool::new(false));
    let mut other = room.table()?;
    let told = Arc::clone(&stop);
    let changer = std::thread::spawn(move || {
        let added = (200..240).map(service);
        let removed = (200..240).map(|number| IpvsOp::RemoveService(key_of(number)));
        let ops: Vec<IpvsOp> = added.chain(removed).collect();
        let mut rounds = 0;
        while !told.load(Ordering::Relaxed) {
            if other.apply(&ops).iter().any(Result::is_err) {
                return None;
            }
            rounds += 1;
        }
        Some(rounds)
    });
    let mut ipvs = room.table()?;
    for _ in 0..30 {
        let services = ipvs.services()?;
        let mut keys: Vec<_> = services.iter().map(|report| report.service.key).collect();
        keys.sort();
        let all = keys.len();
        keys.dedup();
        ensure!(keys.len() == all, "something was there twice");
        ensure!(all <= 140, "{all} services");
    }
    stop.store(true, Ordering::Relaxed);
    let rounds = changer.join().map_err(|_| anyhow::anyhow!("it panicked"))?;
    ensure!(rounds.is_some_and(|rounds| rounds > 0), "{rounds:?}");
    ensure!(room.table()?.table()? == after(&stable));
    Ok(())
}

/// So many services with so many destinations each.
fn many(services: u16, destinations: u8) -> Vec<IpvsOp> {
    (0..services)
        .flat_map(|number| {
            let servers = (1..=destinations).map(move |last| {
                let key = at([10, 0, 1, last], 80);
                IpvsOp::AddDestination(key_of(number), Destination::new(key, Method::Masquerade))
            });
            std::iter::once(service(number)).chain(servers)
        })
        .collect()
}

/// So many destinations of the first service.
fn many_servers(count: u16) -> Vec<IpvsOp> {
    (1..=count)
        .map(|port| {
            let key = at([10, 0, 2, 1], port);
            IpvsOp::AddDestination(key_of(0), Destination::new(key, Method::Masquerade))
        })
        .collect()
}

fn service(number: u16) -> IpvsOp {
    IpvsOp::AddService(Service::new(key_of(number), Scheduler::Wrr))
}

fn key_of(number: u16) -> ServiceKey {
    ServiceKey::Address {
        protocol: Protocol::Tcp,
        address: [192, 0, 2, 1].into(),
        port: 1000 + number,
    }
}

fn at(address: [u8; 4], port: u16) -> DestinationKey {
    DestinationKey {
        address: address.into(),
        port,
    }
}

fn after(ops: &[IpvsOp]) -> Table {
    let mut table = Table::default();
    for op in ops {
        let _refused = table.apply(op);
    }
    table
}
