//! Measures what checks cost: 10,000 real servers with a TCP_CHECK each second against listeners
//! of its own, under Bellwether and, where the kernel has ip_vs, keepalived in the same run.
//!
//! How late a check is is seen by the listener: how much more than a second lies between two
//! connections to one server. Runs in the network namespace that it is started in, whose loopback
//! interface must be up; `ci/bench` makes one. Needs root.
//!
//! Usage: `checks [SERVERS [SECONDS]]`; default 10,000 servers for 20 s

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bellwether_netns_tests::{Program, Usage, bellwether, scratch};
use rustix::process::{Pid, Signal, kill_process_group};

/// All servers listen here, at addresses of the loopback network.
const PORT: u16 = 18_080;
/// Between two checks of a server.
const EVERY: Duration = Duration::from_secs(1);
/// How late one check of a hundred may be, at most.
const LATE: Duration = Duration::from_millis(100);
/// After this all servers have been checked more than once.
const SETTLED: Duration = Duration::from_secs(8);

fn main() -> Result<ExitCode> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse());
    let servers: u32 = numbers.next().transpose()?.unwrap_or(10_000);
    let seconds: u64 = numbers.next().transpose()?.unwrap_or(20).into();
    ensure!((1..=60_000).contains(&servers), "1 to 60,000 servers");
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT))?;
    // As many may wait as the kernel lets: what is late here must be the checks.
    rustix::net::listen(&listener, i32::MAX)?;
    let (sender, seen) = channel();
    thread::spawn(move || listen(&listener, &sender));
    println!("{servers} real servers, a TCP_CHECK each second, for {seconds} s");
    println!(
        "{:<12}{:>10}{:>12}{:>12}{:>12}{:>14}{:>12}",
        "program", "checks", "late p50", "late p99", "late max", "processor", "memory"
    );
    let has_ipvs = Path::new("/proc/net/ip_vs").exists();
    let ours = measure(Program::Bellwether, servers, seconds, &seen)?;
    let mut kept = ours.print(Program::Bellwether) <= LATE;
    if has_ipvs {
        let theirs = measure(Program::Keepalived, servers, seconds, &seen)?;
        theirs.print(Program::Keepalived);
        kept &= ours.processor <= theirs.processor && ours.memory <= theirs.memory;
    } else {
        println!("keepalived is not measured: it checks nothing where the kernel has no ip_vs");
    }
    let word = if kept { "keeps" } else { "does not keep" };
    println!("\nBellwether {word} what it promises.");
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a program's checks came to.
struct Measured {
    checks: usize,
    late: Vec<Duration>,
    processor: Duration,
    memory: u64,
    span: Duration,
}

impl Measured {
    /// Prints a line. Returns how late one check of a hundred was, at least.
    fn print(&self, program: Program) -> Duration {
        let at = |percent: usize| {
            let last = self.late.len().saturating_sub(1);
            let place = last * percent / 100;
            self.late.get(place).copied().unwrap_or(Duration::MAX)
        };
        let millis = |span: Duration| format!("{:.1} ms", span.as_secs_f64() * 1000.0);
        let share = self.processor.as_secs_f64() / self.span.as_secs_f64() * 100.0;
        println!(
            "{:<12}{:>10}{:>12}{:>12}{:>12}{:>14}{:>12}",
            format!("{program:?}").to_lowercase(),
            self.checks,
            millis(at(50)),
            millis(at(99)),
            millis(at(100)),
            format!("{share:.1} %"),
            format!("{} MiB", self.memory / 1024),
        );
        at(99)
    }
}

/// Runs a program and watches its checks.
fn measure(
    program: Program,
    servers: u32,
    seconds: u64,
    seen: &Receiver<(u32, Instant)>,
) -> Result<Measured> {
    let folder = scratch()?;
    let daemon = Daemon::start(program, servers, folder.path())?;
    thread::sleep(SETTLED);
    while seen.try_recv().is_ok() {}
    let begin = Instant::now();
    let before = Usage::of_group(daemon.group()).with_context(|| log(folder.path()))?;
    thread::sleep(Duration::from_secs(seconds));
    let after = Usage::of_group(daemon.group()).with_context(|| log(folder.path()))?;
    let span = begin.elapsed();
    let mut last = vec![None; usize::try_from(servers)?];
    let mut late = Vec::new();
    let mut checks = 0;
    for (server, at) in seen.try_iter() {
        let Some(own) = last.get_mut(usize::try_from(server)?) else {
            continue;
        };
        checks += 1;
        if let Some(before) = own.replace(at) {
            let between: Duration = at.duration_since(before);
            late.push(between.saturating_sub(EVERY));
        }
    }
    drop(daemon);
    // What it began before it ended must not count for the next.
    thread::sleep(EVERY);
    ensure!(
        !late.is_empty(),
        "nothing is checked:\n{}",
        log(folder.path())
    );
    late.sort_unstable();
    Ok(Measured {
        checks,
        late,
        processor: after.processor.saturating_sub(before.processor),
        memory: after.memory,
        span,
    })
}

fn log(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// A program that runs until dropped.
struct Daemon(Child);

impl Daemon {
    fn start(program: Program, servers: u32, folder: &Path) -> Result<Self> {
        let file = folder.join("checks.conf");
        fs::write(&file, text(servers))?;
        let name = match program {
            Program::Bellwether => bellwether()?.to_owned(),
            Program::Keepalived => "keepalived".into(),
        };
        let mut command = Command::new(name);
        command.args(["-n", "-l", "-f"]).arg(&file);
        for (option, file) in [("-p", "pid"), ("-c", "checkers"), ("-r", "vrrp")] {
            command.arg(option).arg(folder.join(file));
        }
        let log = File::create(folder.join("log"))?;
        command
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null());
        let child = command.process_group(0).spawn();
        Ok(Self(child.context("can't start the program")?))
    }

    fn group(&self) -> i32 {
        Pid::from_child(&self.0).as_raw_nonzero().get()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::TERM);
        thread::sleep(Duration::from_secs(2));
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// One service with all servers.
fn text(servers: u32) -> String {
    let mut text = String::from(
        "virtual_server 192.0.2.1 80 {\n    delay_loop 1\n    lb_algo rr\n    lb_kind NAT\n    \
         protocol TCP\n",
    );
    for server in 0..servers {
        let _ = write!(
            text,
            "    real_server {} {PORT} {{\n        TCP_CHECK {{\n            connect_timeout 1\n        \
             }}\n    }}\n",
            address(server)
        );
    }
    text.push_str("}\n");
    text
}

/// 127.1.0.1 and up.
fn address(server: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + server)
}

/// Accepts and closes, and tells to whom and when.
fn listen(listener: &TcpListener, sender: &Sender<(u32, Instant)>) {
    let first = address(0).to_bits();
    for stream in listener.incoming() {
        let at = Instant::now();
        let Ok(Ok(SocketAddr::V4(own))) = stream.map(|own| own.local_addr()) else {
            continue;
        };
        let IpAddr::V4(own) = IpAddr::from(*own.ip()) else {
            continue;
        };
        // The main thread is there as long as the process.
        let _ = sender.send((own.to_bits().wrapping_sub(first), at));
    }
}
