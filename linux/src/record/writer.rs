//! The thread that makes text of what the VRRP loop hands over.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use bellwether_runtime::journal::{Head, Line};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use super::{Files, Wish};

/// How long after a failure the next attempt is made.
const RETRY: Duration = Duration::from_secs(10);

/// Writes lines until nobody sends any more.
#[derive(Debug)]
pub(super) struct Writer {
    files: Files,
    wish: Wish,
    /// Whether the whole node was asked for and has not come yet.
    has_asked: bool,
    /// Since the disk refused: how many steps were lost, and when to try again.
    broken: Option<(u64, Instant)>,
    /// [`RETRY`].
    rest: Duration,
    line: Vec<u8>,
}

impl Writer {
    pub(super) fn new(files: Files, wish: Wish) -> Self {
        Self {
            files,
            wish,
            has_asked: false,
            broken: None,
            rest: RETRY,
            line: Vec::new(),
        }
    }

    /// Writes everything, and hands it to the kernel whenever there is a moment.
    pub(super) fn run(mut self, mut lines: Receiver<Line>) {
        loop {
            let line = match lines.try_recv() {
                Ok(line) => Some(line),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => {
                    self.flush();
                    lines.blocking_recv()
                }
            };
            match line {
                Some(line) => self.take(line),
                None => break,
            }
        }
        self.flush();
    }

    /// Hands all to the kernel. What a full disk has refused waits for the next file.
    fn flush(&mut self) {
        if self.broken.is_none() {
            let flushed = self.files.flush();
            self.check(flushed);
        }
    }

    fn take(&mut self, mut line: Line) {
        if let Line::Head(head) = &mut line {
            self.has_asked = false;
            if head.lost > 0 {
                let lost = head.lost;
                tracing::warn!("the journal has a gap: {lost} steps came too fast to be written");
            }
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let nanos = since
                .ok()
                .and_then(|since| u64::try_from(since.as_nanos()).ok());
            head.written = nanos;
            if !self.begin_file(head) {
                return;
            }
        }
        if let Some((lost, retry)) = &mut self.broken {
            *lost += 1;
            if Instant::now() >= *retry && !self.has_asked {
                self.ask();
            }
            return;
        }
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, &line)
            .map_err(io::Error::from)
            .and_then(|()| {
                self.line.push(b'\n');
                self.files.add(&self.line)
            });
        if self.check(written) && self.files.is_full() && !self.has_asked {
            self.ask();
        }
    }

    /// Begins a new file if it is time for one. Returns whether there is one to write to.
    fn begin_file(&mut self, head: &mut Head) -> bool {
        if let Some((lost, _)) = self.broken {
            head.lost += lost;
            let opened = self.files.reopen();
            if !self.check(opened) {
                return false;
            }
            tracing::info!("the journal is written again; {lost} steps are missing");
            self.broken = None;
        }
        if !self.files.is_full() {
            return true;
        }
        let begun = self.files.flush().and_then(|()| self.files.rotate());
        self.check(begun)
    }

    fn ask(&mut self) {
        self.has_asked = true;
        self.wish.make();
    }

    /// Whether it went well; if not, nothing is written for a while.
    fn check(&mut self, outcome: io::Result<()>) -> bool {
        let Err(error) = outcome else {
            return true;
        };
        let lost = match self.broken {
            Some((lost, _)) => lost,
            None => {
                tracing::error!(%error, "the journal can't be written; trying again later");
                0
            }
        };
        self.broken = Some((lost, Instant::now() + self.rest));
        false
    }
}

#[cfg(test)]
mod tests {
    use bellwether_core::model::Config;
    use bellwether_core::{Event, Instant as At, Node};
    use bellwether_runtime::journal::{Input, Reader, Recorder};
    use tokio::sync::mpsc;

    use super::super::{Place, Recording};
    use super::*;

    #[test]
    fn a_disk_that_refuses_costs_a_gap_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            file: folder.path().join("deeper/j"),
            limit: 10_000,
            count: 2,
        };
        std::fs::create_dir(folder.path().join("deeper")).unwrap();
        let (queue, mut lines) = mpsc::channel(100);
        let wish = Wish::default();
        let mut writer = Writer::new(Files::open(place.clone()).unwrap(), wish.clone());
        writer.rest = Duration::ZERO;
        let mut recording = Recording::new(queue, wish, "lb1");
        let node = Node::new(Config::default(), At::ZERO);
        let mut record = |count: usize, writer: &mut Writer| {
            for _ in 0..count {
                recording.record(&node, At::ZERO, Input::Start, Vec::new());
                while let Ok(line) = lines.try_recv() {
                    writer.take(line);
                }
            }
        };
        record(1, &mut writer);
        std::fs::remove_dir_all(folder.path().join("deeper")).unwrap();
        // Far beyond the limit: a new file is wanted, and there is no place for it.
        record(100, &mut writer);
        assert!(writer.broken.is_some_and(|(lost, _)| lost > 50));
        std::fs::create_dir(folder.path().join("deeper")).unwrap();
        record(1, &mut writer);
        assert!(writer.broken.is_none());
        writer.flush();
        let text = std::fs::read(&place.file).unwrap();
        let mut reader = Reader::new(text.as_slice());
        let Some(Line::Head(head)) = reader.next_line().unwrap() else {
            panic!("it begins otherwise");
        };
        assert!(head.lost > 50, "{}", head.lost);
    }

    /// Every file can be run without those before it.
    #[test]
    fn each_file_begins_with_a_head() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place {
            file: folder.path().join("j"),
            limit: 300,
            count: 3,
        };
        let (queue, mut lines) = mpsc::channel(100);
        let wish = Wish::default();
        let mut writer = Writer::new(Files::open(place).unwrap(), wish.clone());
        let mut recording = Recording::new(queue, wish, "lb1");
        let node = Node::new(Config::default(), At::ZERO);
        recording.record(&node, At::ZERO, Input::Start, Vec::new());
        for _ in 0..100 {
            let event = Input::Event(Event::ClearStatistics);
            recording.record(&node, At::ZERO, event, Vec::new());
            while let Ok(line) = lines.try_recv() {
                writer.take(line);
            }
        }
        writer.files.flush().unwrap();
        let mut next = None;
        for name in ["j.2", "j.1", "j"] {
            let text = std::fs::read(folder.path().join(name)).unwrap();
            let mut reader = Reader::new(text.as_slice());
            let Some(Line::Head(head)) = reader.next_line().unwrap() else {
                panic!("{name} begins otherwise");
            };
            assert!(next.is_none_or(|next| next == head.step), "{name}");
            let mut expected = head.step;
            while let Some(line) = reader.next_line().unwrap() {
                if let Line::Step(step) = line {
                    assert_eq!(step.n, expected);
                    expected += 1;
                }
            }
            next = Some(expected);
        }
        assert_eq!(next, Some(101));
    }
}
