//! TCP_CHECK, and what all checks that connect have.

use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use bellwether_core::model::lvs::{Check, Source};
use bellwether_linux::prober::Sockets;
use bellwether_runtime::check::{Tls, probe};
use socket2::{Domain, Socket, Type};

use crate::common::{Bench, LOCALHOST, PATIENCE, outcome, server, spec, words};

#[test]
fn a_server_that_accepts_is_well() {
    let address = server(drop);
    assert_eq!(outcome(spec(address, Check::Tcp), None), "ok");
}

#[test]
fn over_ipv6_too() {
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        eprintln!("*** SKIPPED: no IPv6 on this host ***");
        return;
    };
    let address = listener.local_addr().unwrap();
    assert_eq!(outcome(spec(address, Check::Tcp), None), "ok");
}

#[test]
fn where_nobody_listens_it_is_refused() {
    let address = unused_port();
    let words = outcome(spec(address, Check::Tcp), None);
    assert_eq!(words, "connection refused");
}

#[test]
fn a_server_that_does_not_answer_costs_the_timeout() {
    let full = Full::new();
    let mut spec = spec(full.address, Check::Tcp);
    spec.timeout = Duration::from_millis(200);
    let begin = Instant::now();
    assert_eq!(outcome(spec, None), "timed out");
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(5));
}

#[test]
fn the_deadline_of_the_whole_check_holds_too() {
    let full = Full::new();
    let mut spec = spec(full.address, Check::Tcp);
    spec.deadline = Duration::from_millis(100);
    assert_eq!(outcome(spec, None), "timed out");
}

#[test]
fn a_check_that_is_given_up_is_not_answered() {
    let full = Full::new();
    let bench = Bench::new();
    let mut slow = spec(full.address, Check::Tcp);
    slow.timeout = Duration::from_millis(300);
    let given_up = bench.start(slow.clone(), None);
    let kept = bench.start(slow, None);
    bench.prober.cancel(given_up);
    let (answered, result) = bench.answer(PATIENCE).unwrap();
    assert_eq!((answered, &*words(&result)), (kept, "timed out"));
    assert_eq!(bench.answer(Duration::from_millis(500)), None);
}

#[test]
fn it_connects_from_where_the_configuration_says_and_does_so_again() {
    let (sender, seen) = channel::<SocketAddr>();
    let address = server(move |stream: TcpStream| {
        // One that has been reset already has no other end any more.
        if let Ok(from) = stream.peer_addr() {
            sender.send(from).unwrap();
        }
    });
    let port = unused_port().port();
    let mut spec = spec(address, Check::Tcp);
    spec.source = Some(Box::new(Source {
        address: Some("127.0.0.7".parse().unwrap()),
        port,
        ..Source::default()
    }));
    let bench = Bench::new();
    let expected = SocketAddr::new("127.0.0.7".parse().unwrap(), port);
    let mut told = 0;
    for _ in 0..200 {
        assert_eq!(words(&bench.check(spec.clone(), None)), "ok");
        for from in seen.try_iter() {
            assert_eq!(from, expected);
            told += 1;
        }
        if told >= 3 {
            return;
        }
    }
    panic!("the server could never say where a connection came from");
}

#[test]
fn a_source_that_is_not_of_this_host_is_the_reason() {
    let mut spec = spec(server(drop), Check::Tcp);
    spec.source = Some(Box::new(Source {
        address: Some("192.0.2.77".parse().unwrap()),
        ..Source::default()
    }));
    let words = outcome(spec, None);
    assert_eq!(words, "Cannot assign requested address (os error 99)");
}

#[test]
fn a_thousand_checks_at_once_are_all_answered() {
    let address = server(drop);
    let bench = Bench::new();
    let mut asked: Vec<_> = (0..1000)
        .map(|_| bench.start(spec(address, Check::Tcp), None))
        .collect();
    let mut answered: Vec<_> = (0..1000)
        .map(|_| bench.answer(PATIENCE).unwrap().0)
        .collect();
    asked.sort_unstable();
    answered.sort_unstable();
    assert_eq!(asked, answered);
}

#[test]
fn a_check_that_waits_needs_little_memory() {
    let (tls, spec) = (Tls::new(None).unwrap(), spec(unused_port(), Check::Tcp));
    let future = probe(&Sockets, &tls, &spec, None, 0);
    let size = size_of_val(&future);
    assert!(size <= 2048, "{size} bytes for each of thousands");
}

/// A port of this host that nobody listens on.
fn unused_port() -> SocketAddr {
    let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    socket.local_addr().unwrap()
}

/// A server whose queue of connections is full, so that it answers nobody.
struct Full {
    address: SocketAddr,
    _listener: Socket,
    _waiting: Vec<Socket>,
}

impl Full {
    fn new() -> Self {
        let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let listener = socket();
        listener
            .bind(&SocketAddr::new(LOCALHOST, 0).into())
            .unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let connect = |_| {
            let waiting = socket();
            waiting.set_nonblocking(true).unwrap();
            let _ = waiting.connect(&address.into());
            waiting
        };
        Self {
            address,
            _listener: listener,
            _waiting: (0..4).map(connect).collect(),
        }
    }
}
