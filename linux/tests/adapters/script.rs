//! The law of `ScriptPort`: each start is answered once, and what it started ends with it.

use std::path::Path;
use std::time::Duration;

use bellwether_core::effect::Kill;
use bellwether_core::event::ScriptExit;
use bellwether_core::model::{Command, Hook, ScriptPolicy};
use bellwether_core::{Event, RunId};
use bellwether_linux::script::{Request, Scripts};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::common::{Mailbox, PATIENCE};

const RUN: RunId = RunId(7);

struct Bench {
    requests: UnboundedSender<Request>,
    mailbox: Mailbox,
}

impl Bench {
    fn start(&self, words: &[&str]) {
        let command = Command(words.iter().copied().map(str::to_owned).collect());
        let hook = Hook::new(command, None);
        let request = Request::Start(RUN, "check".into(), hook);
        self.requests.send(request).unwrap();
    }

    fn kill(&self, kill: Kill) {
        self.requests.send(Request::Kill(RUN, kill)).unwrap();
    }

    async fn exit(&mut self) -> ScriptExit {
        let Event::ScriptExited { run, exit } = self.mailbox.next().await else {
            panic!("not a script's end")
        };
        assert_eq!(run, RUN);
        exit
    }

    /// The one answer; there is no second.
    async fn only_exit(&mut self) -> ScriptExit {
        let exit = self.exit().await;
        self.mailbox.expect_silence(Duration::from_millis(50)).await;
        exit
    }
}

fn with_scripts<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (outbox, mailbox) = Mailbox::new();
        let (requests, receiver) = unbounded_channel();
        let (_, policy) = watch::channel(ScriptPolicy::default());
        let task = tokio::spawn(Scripts::new(receiver, outbox, policy).run());
        test(Bench { requests, mailbox }).await;
        // The end of the requests is the end of the task, whatever still ran.
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    });
}

/// Waits until a file has a whole line in it.
async fn line_of(path: &Path) -> String {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') {
            return text.trim().to_owned();
        }
        assert!(tokio::time::Instant::now() < deadline, "no line came");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a process is gone, or nothing but a zombie.
async fn gone(pid: &str) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "still there: {stat}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn the_exit_status_is_told() {
    with_scripts(async |mut bench| {
        bench.start(&["true"]);
        assert_eq!(bench.only_exit().await, ScriptExit::Status(0));
        bench.start(&["sh", "-c", "exit 3"]);
        assert_eq!(bench.only_exit().await, ScriptExit::Status(3));
    });
}

#[test]
fn a_signal_by_whosever_hand_is_told() {
    with_scripts(async |mut bench| {
        bench.start(&["sh", "-c", "kill -SEGV $$"]);
        assert_eq!(bench.only_exit().await, ScriptExit::Signal(11));
    });
}

#[test]
fn what_can_t_be_started_is_answered_too() {
    with_scripts(async |mut bench| {
        bench.start(&["/nonexistent/script"]);
        assert_eq!(bench.only_exit().await, ScriptExit::NotStarted);
        bench.start(&[]);
        assert_eq!(bench.only_exit().await, ScriptExit::NotStarted);
        bench.start(&["/etc/passwd"]);
        assert_eq!(bench.only_exit().await, ScriptExit::NotStarted);
    });
}

#[test]
fn arguments_are_words_and_no_shell_reads_them() {
    with_scripts(async |mut bench| {
        bench.start(&["test", "$HOME; a b", "=", "$HOME; a b"]);
        assert_eq!(bench.only_exit().await, ScriptExit::Status(0));
    });
}

#[test]
fn terminating_a_run_ends_its_whole_process_group() {
    with_scripts(async |mut bench| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
        bench.start(&["sh", "-c", &script]);
        let child = line_of(&file).await;
        bench.kill(Kill::Terminate);
        assert_eq!(bench.only_exit().await, ScriptExit::Signal(15));
        gone(&child).await;
    });
}

#[test]
fn a_child_that_ignores_sigterm_does_not_outlive_its_script() {
    with_scripts(async |mut bench| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let stubborn = format!("trap '' TERM; echo $$ > {}; sleep 1000", file.display());
        let script = format!("sh -c \"{}\" & wait", stubborn.replace('$', "\\$"));
        bench.start(&["sh", "-c", &script]);
        let child = line_of(&file).await;
        bench.kill(Kill::Terminate);
        assert_eq!(bench.only_exit().await, ScriptExit::Signal(15));
        gone(&child).await;
    });
}

#[test]
fn a_script_that_ignores_sigterm_is_killed() {
    with_scripts(async |mut bench| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!(
            "trap '' TERM; echo $$ > {}; sleep 1000; sleep 1000",
            file.display()
        );
        bench.start(&["sh", "-c", &script]);
        line_of(&file).await;
        bench.kill(Kill::Terminate);
        bench
            .mailbox
            .expect_silence(Duration::from_millis(50))
            .await;
        bench.kill(Kill::Kill);
        assert_eq!(bench.only_exit().await, ScriptExit::Signal(9));
    });
}

#[test]
fn killing_a_run_that_is_over_does_nothing() {
    with_scripts(async |mut bench| {
        bench.start(&["true"]);
        assert_eq!(bench.exit().await, ScriptExit::Status(0));
        bench.kill(Kill::Kill);
        bench.kill(Kill::Terminate);
        bench
            .mailbox
            .expect_silence(Duration::from_millis(50))
            .await;
    });
}

#[test]
fn a_script_has_its_own_group_and_none_of_our_descriptors() {
    with_scripts(async |mut bench| {
        // A socket of ours that must not be inherited.
        let _socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seen");
        let script = format!(
            "exec > {}; ls -l /proc/$$/fd; cut -d' ' -f5 /proc/$$/stat; echo $$",
            file.display()
        );
        bench.start(&["sh", "-c", &script]);
        assert_eq!(bench.only_exit().await, ScriptExit::Status(0));
        let seen = std::fs::read_to_string(&file).unwrap();
        assert!(
            !seen.contains("socket:") && !seen.contains("anon_inode:"),
            "{seen}"
        );
        assert!(seen.contains("0 -> /dev/null"), "{seen}");
        let mut last = seen.lines().rev();
        assert_eq!(last.next(), last.next(), "its group is its own: {seen}");
    });
}

#[test]
fn what_still_runs_at_the_end_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = format!("echo $$ > {}; sleep 1000; sleep 1000", file.display());
    let mut pid = String::new();
    with_scripts(async |bench| {
        bench.start(&["sh", "-c", &script]);
        pid = line_of(&file).await;
    });
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}
