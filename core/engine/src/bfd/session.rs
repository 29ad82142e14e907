//! One session: RFC 5880 6.8. Each branch names its section.

use core::num::{NonZeroU8, NonZeroU32};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::TransmitBfd;
use super::jitter::Jitter;
use crate::effect::{Effect, Notice, Outbox};
use crate::model;
use crate::mutant::{self, Mutant};
use crate::node::TimerReason;
use crate::status::BfdStatus;
use crate::time::Instant;
use crate::track::{TrackerKind, Verdict};
use crate::wire::bfd::{
    Diagnostic, Micros, PORT, PORT_MULTIHOP, Packet, Peer, Repr, Sequence, State,
};

/// RFC 5880 6.8.3: while a session is not up, nobody sends more often than this.
const SLOWEST: Duration = Duration::from_secs(1);

/// One session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) config: model::Bfd,
    /// `bfd.SessionState`.
    state: State,
    since: Instant,
    /// `bfd.LocalDiag`.
    diagnostic: Diagnostic,
    /// `bfd.LocalDiscr`.
    pub(crate) discriminator: NonZeroU32,
    /// What is known of the other end.
    remote: Option<Remote>,
    /// `bfd.DesiredMinTxInterval`, as we say it.
    desired_min_tx: Micros,
    /// Whether a poll sequence is under way (6.5).
    polling: bool,
    sent_at: Instant,
    next_send: Option<Instant>,
    /// What `next_send` was made of.
    interval: Option<Duration>,
    /// When the detection time is over.
    deaf_at: Option<Instant>,
    jitter: Jitter,
    sent: u64,
    received: u64,
}

/// What is known of the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remote {
    /// `bfd.RemoteDiscr`.
    discriminator: NonZeroU32,
    /// `bfd.RemoteSessionState`.
    state: State,
    /// `bfd.RemoteMinRxInterval`.
    min_rx: Micros,
    desired_min_tx: Micros,
    multiplier: u8,
    /// `bfd.RemoteDemandMode`.
    demand: bool,
}

impl Session {
    /// A session that begins at `now`, and is down.
    pub(crate) fn new(config: model::Bfd, now: Instant) -> Self {
        let mut jitter = Jitter::new(config.name.as_str(), &config.neighbor.to_string(), now);
        let mut session = Self {
            state: State::Down,
            since: now,
            diagnostic: Diagnostic::NONE,
            discriminator: discriminator(&mut jitter),
            remote: None,
            desired_min_tx: Micros(0),
            polling: false,
            sent_at: now,
            next_send: None,
            interval: None,
            deaf_at: None,
            jitter,
            sent: 0,
            received: 0,
            config,
        };
        session.desired_min_tx = session.idle_tx();
        // The first packet goes out at once (6.8.7: unless it is passive).
        session.next_send = session.may_send().then_some(now);
        session.interval = session.periodic();
        session
    }

    /// Takes another name for itself: two sessions must not have the same (6.8.1).
    pub(crate) fn rename(&mut self) {
        self.discriminator = discriminator(&mut self.jitter);
    }

    /// What instances make of it.
    pub(crate) const fn verdict(&self) -> Verdict {
        match self.state {
            State::Up => Verdict::Up,
            State::AdminDown | State::Down | State::Init => Verdict::Down,
        }
    }

    /// Whether packets of this hop limit may be its neighbour's (RFC 5881 5).
    pub(crate) const fn is_near(&self, hop_limit: u8) -> bool {
        hop_limit >= self.config.least_ttl()
    }

    /// The UDP port that its packets go to and come by.
    pub(crate) const fn port(&self) -> u16 {
        if self.config.multihop {
            PORT_MULTIHOP
        } else {
            PORT
        }
    }

    /// Takes in a packet of its neighbour: 6.8.6, from where the session is known. Returns whether
    /// the verdict changed.
    pub(crate) fn receive(&mut self, now: Instant, packet: &Packet<'_>, out: &mut Outbox) -> bool {
        let Some(discriminator) = NonZeroU32::new(packet.my_discriminator()) else {
            return false;
        };
        self.received += 1;
        let before = self.verdict();
        self.remote = Some(Remote {
            discriminator,
            state: packet.state(),
            min_rx: packet.required_min_rx(),
            desired_min_tx: packet.desired_min_tx(),
            multiplier: packet.detect_multiplier(),
            demand: packet.is_demand(),
        });
        if packet.is_final() {
            self.polling = false;
        }
        let to = heard(self.state, packet.state());
        let moved = to != self.state;
        if moved {
            let why = match to {
                State::Down => Diagnostic::NEIGHBOR_SIGNALED_DOWN,
                State::AdminDown | State::Init | State::Up => Diagnostic::NONE,
            };
            self.enter(now, to, why, out);
        }
        self.deaf_at = Some(now + self.detection_time());
        if packet.is_poll() {
            // 6.5: answered at once, whatever the transmit interval.
            self.send(now, Sequence::Final, out);
        } else if moved {
            // 6.8.7: what differs from the last packet should not wait for its turn.
            self.send_now(now, out);
        }
        self.pace(now);
        self.tell(before, out)
    }

    /// Sends what is due, and notices silence. Returns whether the verdict changed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) -> bool {
        let before = self.verdict();
        if self.deaf_at.is_some_and(|at| at <= now) {
            self.deaf_at = None;
            if !mutant::is_active(Mutant::SilenceUnnoticed) {
                self.lose(now, out);
            }
        }
        if self.next_send.is_some_and(|at| at <= now) {
            self.next_send = None;
            self.send_now(now, out);
        }
        self.pace(now);
        self.tell(before, out)
    }

    /// When [`Self::handle_timeout`] is due next.
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        let send = self.next_send.map(|at| (at, TimerReason::BfdTransmit));
        let deaf = self.deaf_at.map(|at| (at, TimerReason::BfdDetection));
        send.into_iter().chain(deaf).min_by_key(|(at, _)| *at)
    }

    /// Ends for good, and tells the other end that this says nothing of the path (6.8.16).
    pub(crate) fn close(&self, now: Instant, out: &mut Outbox) {
        let mut last = self.clone();
        last.state = State::AdminDown;
        last.diagnostic = Diagnostic::ADMINISTRATIVELY_DOWN;
        last.polling = false;
        if last.remote.is_some() {
            last.send_now(now, out);
        }
    }

    /// What people may know of it.
    pub(crate) fn status(&self) -> BfdStatus {
        BfdStatus {
            name: self.config.name.clone(),
            neighbor: self.config.neighbor,
            discriminator: self.discriminator.get(),
            state: self.state,
            since: self.since,
            remote_state: self.remote.map(|remote| remote.state),
            diagnostic: self.diagnostic.to_string(),
            transmit_interval: self.periodic(),
            detection_time: self.remote.map(|_| self.detection_time()),
            sent: self.sent,
            received: self.received,
        }
    }

    /// 6.8.4: nothing was heard for the detection time.
    fn lose(&mut self, now: Instant, out: &mut Outbox) {
        // 6.8.1: whoever comes back may have another discriminator.
        self.remote = None;
        self.polling = false;
        match self.state {
            State::Init | State::Up => {
                self.enter(now, State::Down, Diagnostic::DETECTION_TIME_EXPIRED, out);
                self.send_now(now, out);
            }
            State::AdminDown | State::Down => {}
        }
    }

    fn enter(&mut self, now: Instant, to: State, why: Diagnostic, out: &mut Outbox) {
        self.state = to;
        self.since = now;
        self.diagnostic = why;
        let desired = match to {
            State::Up => micros(self.config.min_tx),
            State::AdminDown | State::Down | State::Init => self.idle_tx(),
        };
        if desired != self.desired_min_tx {
            // 6.8.3: the other end is told of it by a poll sequence. A smaller interval counts at
            // once; a larger one does where the session is not up, and it is larger nowhere else.
            self.desired_min_tx = desired;
            self.polling = self.remote.is_some();
        }
        out.notice(Notice::Bfd {
            session: self.config.name.clone(),
            state: to,
            diagnostic: why,
        });
    }

    fn tell(&self, from: Verdict, out: &mut Outbox) -> bool {
        let to = self.verdict();
        if from == to {
            return false;
        }
        out.notice(Notice::Verdict {
            kind: TrackerKind::Bfd,
            name: self.config.name.clone(),
            from,
            to,
        });
        true
    }

    fn send_now(&mut self, now: Instant, out: &mut Outbox) {
        let sequence = if self.polling {
            Sequence::Poll
        } else {
            Sequence::Idle
        };
        self.send(now, sequence, out);
    }

    fn send(&mut self, now: Instant, sequence: Sequence, out: &mut Outbox) {
        if !self.may_send() {
            return;
        }
        let repr = Repr {
            diagnostic: self.diagnostic,
            peer: match (self.remote, self.state) {
                (None, State::AdminDown) => Peer::UnknownAdminDown,
                (None, State::Down | State::Init | State::Up) => Peer::Unknown,
                (Some(remote), state) => Peer::Known {
                    state,
                    discriminator: remote.discriminator,
                },
            },
            sequence,
            detect_multiplier: NonZeroU8::new(self.config.multiplier).unwrap_or(NonZeroU8::MIN),
            my_discriminator: self.discriminator,
            desired_min_tx: self.desired_min_tx,
            required_min_rx: micros(self.config.min_rx),
        };
        self.sent += 1;
        self.sent_at = now;
        self.next_send = None;
        self.interval = None;
        out.push(Effect::TransmitBfd(TransmitBfd {
            session: self.config.name.clone(),
            source: self.config.source,
            destination: self.config.neighbor,
            port: self.port(),
            hop_limit: self.config.sent_ttl(),
            payload: repr.emit().as_slice().into(),
        }));
    }

    /// 6.8.7: who is passive waits for the other end to speak first.
    const fn may_send(&self) -> bool {
        !self.config.passive || self.remote.is_some()
    }

    /// Puts the next packet to where the intervals now say.
    fn pace(&mut self, now: Instant) {
        let interval = self.periodic();
        if interval == self.interval {
            return;
        }
        self.interval = interval;
        self.next_send = interval.map(|interval| {
            let wait = self.jitter.shorten(interval, self.config.multiplier);
            // No zero, which would keep a driver spinning.
            (self.sent_at + wait).max(now + Duration::from_micros(1))
        });
    }

    /// The interval of periodic packets, without jitter; none where there are to be none.
    fn periodic(&self) -> Option<Duration> {
        let Some(remote) = self.remote else {
            return self.may_send().then(|| self.desired_min_tx.duration());
        };
        // 6.8.7: not to who wants none.
        let unwanted = remote.min_rx == Micros(0);
        // 6.6: nor to who asks only when it wants to know.
        let both_up = self.state == State::Up && remote.state == State::Up;
        if unwanted || (remote.demand && both_up && !self.polling) {
            return None;
        }
        Some(self.desired_min_tx.max(remote.min_rx).duration())
    }

    /// 6.8.4.
    fn detection_time(&self) -> Duration {
        let Some(remote) = self.remote else {
            return Duration::ZERO;
        };
        let slowest = micros(self.config.min_rx).max(remote.desired_min_tx);
        slowest.duration() * u32::from(remote.multiplier)
    }

    fn idle_tx(&self) -> Micros {
        micros(self.config.idle_tx.max(SLOWEST))
    }
}

/// The state that a session is in after it has heard of the other end's: 6.8.6, and 6.2.
const fn heard(own: State, remote: State) -> State {
    match (own, remote) {
        (State::AdminDown, _) => State::AdminDown,
        (State::Down | State::Init | State::Up, State::AdminDown) => State::Down,
        (State::Down, State::Down) => State::Init,
        (State::Down, State::Init) => State::Up,
        (State::Down, State::Up) => State::Down,
        (State::Init, State::Down) => State::Init,
        (State::Init, State::Init | State::Up) => State::Up,
        (State::Up, State::Down) => State::Down,
        (State::Up, State::Init | State::Up) => State::Up,
    }
}

fn discriminator(jitter: &mut Jitter) -> NonZeroU32 {
    let [high, low, ..] = jitter.next().to_be_bytes().map(u32::from);
    let rest = u32::try_from(jitter.next() >> 48).unwrap_or(0);
    NonZeroU32::new((high << 24) | (low << 16) | rest).unwrap_or(NonZeroU32::MIN)
}

fn micros(span: Duration) -> Micros {
    Micros(u32::try_from(span.as_micros()).unwrap_or(u32::MAX))
}
