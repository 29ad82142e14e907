//! Two network namespaces joined by a veth pair, for tests against the real kernel.
//!
//! Each test has namespaces of its own, made by iproute2, and a thread of its own in the first.
//! Without root, or without iproute2, a test says loudly that it was skipped, and fails instead if
//! `BELLWETHER_REQUIRE_ROOT=1`.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bellwether_core::Event;
use bellwether_core::unit::IfName;
use bellwether_linux::inbox::{self, Inbox, Input, Outbox};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// How long anything may take that takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `test` in a fresh namespace, on a runtime of its own.
///
/// There is one end of a veth pair in it, `va` with 192.0.2.1/24; the other end, `vb` with
/// 192.0.2.2/24, is in the namespace of the peer. Both are up.
pub(crate) fn in_namespace<F: Future<Output = ()>>(test: impl FnOnce(Peer) -> F + Send + 'static) {
    if let Some(missing) = what_is_missing() {
        assert!(
            std::env::var("BELLWETHER_REQUIRE_ROOT").as_deref() != Ok("1"),
            "BELLWETHER_REQUIRE_ROOT=1, but {missing}"
        );
        // Past the capture of a passing test's output.
        let mut out = std::io::stderr();
        writeln!(out, "\n*** SKIPPED, this test saw nothing: {missing} ***").unwrap();
        return;
    }
    let (here, there) = (Namespace::new(), Namespace::new());
    here.ip(&format!(
        "link add va type veth peer name vb netns {}",
        there.0
    ));
    here.ip("address add 192.0.2.1/24 dev va");
    there.ip("address add 192.0.2.2/24 dev vb");
    for (namespace, end) in [(&here, "va"), (&there, "vb")] {
        namespace.ip("link set lo up");
        namespace.ip(&format!("link set {end} up"));
    }
    for (namespace, end) in [(&here, "va"), (&there, "vb")] {
        namespace.wait_until_up(end);
    }
    let peer = Peer(there.0.clone());
    here.enter(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(test(peer));
    });
}

/// The namespace at the other end of the wire.
pub(crate) struct Peer(String);

impl Peer {
    /// Runs iproute2 there, and expects success.
    pub(crate) fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.0));
    }

    /// Does something there; a socket that is made there stays there.
    pub(crate) fn run<T: Send>(&self, action: impl FnOnce() -> T + Send) -> T {
        enter(&self.0, action)
    }
}

/// Runs iproute2 in the namespace of the calling thread, and expects success.
pub(crate) fn ip(arguments: &str) {
    let status = Command::new("ip")
        .args(arguments.split(' '))
        .status()
        .unwrap();
    assert!(status.success(), "ip {arguments}: {status}");
}

/// Both ends of an inbox, and waiting on it.
pub(crate) struct Mailbox {
    inbox: Inbox,
}

impl Mailbox {
    /// Makes one.
    pub(crate) fn new() -> (Outbox, Self) {
        let (outbox, inbox) = inbox::channel();
        (outbox, Self { inbox })
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Event {
        let input = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        match input.expect("no event came").expect("all senders are gone") {
            Input::Event(event) => event,
            Input::Status(_) | Input::Copy(_) => panic!("nobody asks for a status here"),
        }
    }

    /// The next event that `wanted` turns into something; others are passed over.
    pub(crate) async fn find<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut passed = Vec::new();
        while Instant::now() < deadline {
            let event = tokio::time::timeout(PATIENCE, self.next()).await;
            let event = event.unwrap_or_else(|_| panic!("not among {passed:?}"));
            if let Some(found) = wanted(&event) {
                return found;
            }
            passed.push(event);
        }
        panic!("not among {passed:?}")
    }

    /// Expects that nothing comes for a while.
    pub(crate) async fn expect_silence(&mut self, span: Duration) {
        let input = tokio::time::timeout(span, self.inbox.recv()).await;
        assert!(input.is_err(), "unexpected: {input:?}");
    }
}

/// An interface name that is known to be good.
pub(crate) fn name(text: &str) -> IfName {
    text.parse().unwrap()
}

struct Namespace(String);

impl Namespace {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = Self(format!("bw-linux-{}-{count}", std::process::id()));
        ip(&format!("netns add {}", namespace.0));
        namespace
    }

    fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.0));
    }

    /// Waits until what is sent by an interface goes out: until the kernel has dealt with its
    /// carrier, up to a second later, it is dropped without a word.
    fn wait_until_up(&self, interface: &str) {
        let deadline = Instant::now() + PATIENCE;
        let shown = || {
            let arguments = ["-n", &self.0, "link", "show", "dev", interface];
            let output = Command::new("ip").args(arguments).output().unwrap();
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        while !shown().contains("state UP") {
            assert!(Instant::now() < deadline, "{interface} does not come up");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn enter<T: Send>(&self, action: impl FnOnce() -> T + Send) -> T {
        enter(&self.0, action)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Not an assertion: this also runs while a test fails.
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

/// Runs `action` on a thread that is in the namespace.
fn enter<T: Send>(namespace: &str, action: impl FnOnce() -> T + Send) -> T {
    let file = File::open(format!("/run/netns/{namespace}")).unwrap();
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let network = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(file.as_fd(), network).unwrap();
            action()
        });
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn what_is_missing() -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Some("it needs root");
    }
    let ip = Command::new("ip").arg("-V").output();
    if !ip.is_ok_and(|output| output.status.success()) {
        return Some("it needs iproute2");
    }
    None
}
