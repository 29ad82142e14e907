//! BFD sessions: RFC 5880, over one hop (RFC 5881), as two nodes play them with each other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use bellwether_core::bfd::{ReceivedBfd, TransmitBfd};
use bellwether_core::model::{Bfd, Config, Parts};
use bellwether_core::unit::Name;
use bellwether_core::vrrp::{Cause, State as Vrrp};
use bellwether_core::wire::bfd::{
    Diagnostic, Micros, Packet, Peer, Rejection, Repr, Sequence, State,
};
use bellwether_core::{Effect, Event};

use super::support::{Bench, OWN, instance, tracked, transitions};

const NEIGHBOR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 12);
const THEIRS: NonZeroU32 = NonZeroU32::new(0x1234_5678).unwrap();

fn session(neighbor: Ipv4Addr) -> Bfd {
    let mut session = Bfd::new(Name::from("b"), IpAddr::V4(neighbor));
    session.min_tx = Duration::from_millis(100);
    session.min_rx = Duration::from_millis(50);
    session.multiplier = 3;
    session
}

fn with(session: Bfd, weight: i16) -> Bench {
    let mut tracking = instance(100);
    tracking.trackers.bfd = vec![tracked("b", weight)];
    let parts = Parts {
        bfd: vec![session],
        instances: vec![tracking],
        ..Parts::default()
    };
    Bench::new(Config::new(parts).unwrap())
}

fn sent(effects: &[Effect]) -> Vec<TransmitBfd> {
    let sent = |effect: &Effect| match effect {
        Effect::TransmitBfd(packet) => Some(packet.clone()),
        _ => None,
    };
    effects.iter().filter_map(sent).collect()
}

/// The one packet among these effects.
fn only(effects: &[Effect]) -> Vec<u8> {
    match &sent(effects)[..] {
        [packet] => packet.payload.to_vec(),
        packets => panic!("{packets:?}"),
    }
}

/// What the neighbour says: its state, and whether it knows us.
fn says(bench: &Bench, state: State) -> Repr {
    let ours = bench.node.status(bench.now).bfd[0].discriminator;
    Repr {
        diagnostic: Diagnostic::NONE,
        peer: match state {
            State::Down => Peer::Unknown,
            State::AdminDown | State::Init | State::Up => Peer::Known {
                state,
                discriminator: NonZeroU32::new(ours).unwrap(),
            },
        },
        sequence: Sequence::Idle,
        detect_multiplier: NonZeroU8::new(4).unwrap(),
        my_discriminator: THEIRS,
        desired_min_tx: Micros(200_000),
        required_min_rx: Micros(150_000),
    }
}

/// Hears the neighbour say so.
fn hears(bench: &mut Bench, state: State) {
    let repr = says(bench, state);
    hear(bench, repr);
}

fn hear(bench: &mut Bench, repr: Repr) {
    hear_from(bench, repr, NEIGHBOR, 255);
}

fn hear_from(bench: &mut Bench, repr: Repr, source: Ipv4Addr, hop_limit: u8) {
    bench.event(Event::ReceiveBfd(ReceivedBfd {
        source: source.into(),
        port: 3784,
        hop_limit,
        payload: repr.emit().as_slice().into(),
    }));
}

fn state(bench: &Bench) -> State {
    bench.node.status(bench.now).bfd[0].state
}

/// A session that is up; what happened on the way is forgotten.
fn up(bench: &mut Bench) {
    hears(bench, State::Down);
    hears(bench, State::Init);
    assert_eq!(state(bench), State::Up);
    bench.take();
}

#[test]
fn it_begins_down_and_sends_each_second_less_up_to_a_quarter() {
    let mut bench = with(session(NEIGHBOR), 20);
    bench.take();
    let mut times = Vec::new();
    while times.len() < 20 {
        bench.run_for_millis(1);
        if !sent(&bench.take()).is_empty() {
            times.push(bench.now);
        }
    }
    let gaps = times.windows(2).map(|pair| pair[1].since(pair[0]));
    let gaps: Vec<_> = gaps.map(|gap| gap.as_millis()).collect();
    // 6.8.3: at least a second while it is not up; 6.8.7: less 0 to 25 %.
    assert!(
        gaps.iter().all(|gap| (749..=1001).contains(gap)),
        "{gaps:?}"
    );
    assert!(gaps.iter().any(|gap| *gap != gaps[0]), "{gaps:?}");
}

#[test]
fn a_packet_says_what_is_configured() {
    let mut bench = with(session(NEIGHBOR), 20);
    bench.run_for_millis(1);
    let packets = sent(&bench.take());
    let first = packets.first().unwrap();
    assert_eq!((first.port, first.hop_limit), (3784, 255));
    assert_eq!(first.destination, IpAddr::V4(NEIGHBOR));
    let packet = Packet::parse(&first.payload).unwrap();
    assert_eq!(packet.state(), State::Down);
    assert_eq!(packet.your_discriminator(), None);
    assert_eq!(packet.detect_multiplier(), 3);
    assert_eq!(packet.desired_min_tx(), Micros(1_000_000));
    assert_eq!(packet.required_min_rx(), Micros(50_000));
}

#[test]
fn three_packets_bring_it_up_and_a_poll_tells_of_the_faster_interval() {
    let mut bench = with(session(NEIGHBOR), 20);
    bench.run_for_millis(1);
    bench.take();
    hears(&mut bench, State::Down);
    assert_eq!(state(&bench), State::Init);
    let answer = only(&bench.take());
    let packet = Packet::parse(&answer).unwrap();
    assert_eq!(packet.state(), State::Init);
    assert_eq!(packet.your_discriminator(), Some(THEIRS));
    assert!(!packet.is_poll());
    hears(&mut bench, State::Init);
    assert_eq!(state(&bench), State::Up);
    let answer = only(&bench.take());
    let packet = Packet::parse(&answer).unwrap();
    assert_eq!(packet.state(), State::Up);
    assert!(packet.is_poll(), "6.8.3");
    assert_eq!(packet.desired_min_tx(), Micros(100_000));
    // The poll goes on with each packet until it is answered.
    bench.run_for_millis(150);
    let again = only(&bench.take());
    assert!(Packet::parse(&again).unwrap().is_poll());
    let mut answer = says(&bench, State::Up);
    answer.sequence = Sequence::Final;
    hear(&mut bench, answer);
    bench.take();
    bench.run_for_millis(150);
    let quiet = only(&bench.take());
    assert!(!Packet::parse(&quiet).unwrap().is_poll());
}

#[test]
fn a_poll_is_answered_at_once() {
    let mut bench = with(session(NEIGHBOR), 20);
    up(&mut bench);
    let mut poll = says(&bench, State::Up);
    poll.sequence = Sequence::Poll;
    hear(&mut bench, poll);
    let answer = only(&bench.take());
    let packet = Packet::parse(&answer).unwrap();
    assert!(packet.is_final() && !packet.is_poll());
}

#[test]
fn the_slower_of_the_two_sets_the_pace() {
    let mut bench = with(session(NEIGHBOR), 20);
    up(&mut bench);
    // We want 100 ms, and the other end can't take more than one each 150 ms.
    let mut count = 0;
    for _ in 0..30 {
        bench.run_for_millis(100);
        hears(&mut bench, State::Up);
        count += sent(&bench.take()).len();
    }
    // 3 s / 150 ms = 20, and up to a third more by jitter.
    assert!((20..=27).contains(&count), "{count}");
}

#[test]
fn silence_for_the_detection_time_is_noticed_and_not_before() {
    let mut bench = with(session(NEIGHBOR), 0);
    up(&mut bench);
    hears(&mut bench, State::Up);
    // 6.8.4: their multiplier times the greater of what we take and what they send:
    // 4 x max(50, 200) ms.
    bench.run_for_millis(799);
    assert_eq!(state(&bench), State::Up);
    assert_eq!(bench.state(), Vrrp::Backup);
    bench.take();
    bench.run_for_millis(1);
    assert_eq!(state(&bench), State::Down);
    let seen = bench.take();
    let down = sent(&seen);
    let packet = Packet::parse(&down.last().unwrap().payload).unwrap();
    assert_eq!(packet.diagnostic(), Diagnostic::DETECTION_TIME_EXPIRED);
    assert_eq!(packet.your_discriminator(), None, "6.8.1");
    let fault = (Vrrp::Backup, Vrrp::Fault, Cause::BfdDown);
    assert_eq!(transitions(&seen), [fault]);
}

#[test]
fn a_neighbour_that_says_down_takes_it_down() {
    for down in [State::Down, State::AdminDown] {
        let mut bench = with(session(NEIGHBOR), 0);
        up(&mut bench);
        hears(&mut bench, down);
        assert_eq!(state(&bench), State::Down, "{down:?}");
        let seen = bench.take();
        let packet = sent(&seen).pop().unwrap();
        let packet = Packet::parse(&packet.payload).unwrap();
        assert_eq!(packet.diagnostic(), Diagnostic::NEIGHBOR_SIGNALED_DOWN);
        assert_eq!(packet.desired_min_tx(), Micros(1_000_000), "6.8.3");
    }
}

#[test]
fn what_crossed_a_router_is_refused_unless_hops_are_allowed() {
    let refused = |session: Bfd, hop_limit| {
        let mut bench = with(session, 20);
        let repr = says(&bench, State::Down);
        hear_from(&mut bench, repr, NEIGHBOR, hop_limit);
        let status = bench.node.status(bench.now);
        status.bfd_refused.get(&Rejection::HopLimit).copied()
    };
    assert_eq!(refused(session(NEIGHBOR), 255), None);
    assert_eq!(refused(session(NEIGHBOR), 254), Some(1));
    let mut far = session(NEIGHBOR);
    far.max_hops = 2;
    assert_eq!(refused(far.clone(), 253), None);
    assert_eq!(refused(far.clone(), 252), Some(1));
    far.max_hops = 255;
    assert_eq!(refused(far, 1), None);
    let mut near = session(NEIGHBOR);
    near.ttl = Some(200);
    assert_eq!(
        refused(near.clone(), 200),
        None,
        "keepalived counts from its own"
    );
    assert_eq!(refused(near, 199), Some(1));
}

/// keepalived 2.2.7's own packets of IPv6 have 64, and it takes what has no less; RFC 5881 5 wants
/// 255 to be sent, and FRR looks.
#[test]
fn packets_of_ipv6_leave_with_255_and_are_taken_from_64_on() {
    let name = || Name::from("six");
    let six = Bfd::new(name(), Ipv6Addr::LOCALHOST.into());
    assert_eq!((six.sent_ttl(), six.least_ttl()), (255, 64));
    let four = Bfd::new(name(), NEIGHBOR.into());
    assert_eq!((four.sent_ttl(), four.least_ttl()), (255, 255));
}

#[test]
fn strangers_and_wrong_discriminators_change_nothing() {
    let mut bench = with(session(NEIGHBOR), 20);
    let stranger = Ipv4Addr::new(192, 0, 2, 66);
    let repr = says(&bench, State::Down);
    hear_from(&mut bench, repr, stranger, 255);
    let mut wrong = says(&bench, State::Up);
    wrong.peer = Peer::Known {
        state: State::Up,
        discriminator: NonZeroU32::new(1).unwrap(),
    };
    hear(&mut bench, wrong);
    assert_eq!(state(&bench), State::Down);
    let refused = bench.node.status(bench.now).bfd_refused;
    assert_eq!(refused.get(&Rejection::UnknownSession), Some(&2));
}

#[test]
fn a_passive_session_waits_for_the_other_end() {
    let mut passive = session(NEIGHBOR);
    passive.passive = true;
    let mut bench = with(passive, 20);
    bench.run_for_millis(5000);
    assert_eq!(sent(&bench.take()), []);
    hears(&mut bench, State::Down);
    assert_eq!(sent(&bench.take()).len(), 1);
    // 6.8.1: and again after the other end has gone.
    bench.run_for_millis(10_000);
    bench.take();
    bench.run_for_millis(5000);
    assert_eq!(sent(&bench.take()), []);
}

#[test]
fn who_wants_no_packets_gets_none() {
    let mut bench = with(session(NEIGHBOR), 20);
    up(&mut bench);
    let mut deaf = says(&bench, State::Up);
    deaf.required_min_rx = Micros(0);
    hear(&mut bench, deaf);
    bench.take();
    bench.run_for_millis(700);
    assert_eq!(sent(&bench.take()), []);
}

#[test]
fn a_weight_counts_while_it_is_up() {
    let mut bench = with(session(NEIGHBOR), 20);
    assert_eq!(bench.priority(), 100);
    up(&mut bench);
    assert_eq!(bench.priority(), 120);
    let mut bench = with(session(NEIGHBOR), -20);
    assert_eq!(bench.priority(), 80, "keepalived: it begins down");
    up(&mut bench);
    assert_eq!(bench.priority(), 100);
}

#[test]
fn who_stops_says_so_and_the_other_end_need_not_wait_for_silence() {
    let mut bench = with(session(NEIGHBOR), 20);
    up(&mut bench);
    bench.event(Event::Shutdown);
    let last = sent(&bench.take()).pop().unwrap();
    let packet = Packet::parse(&last.payload).unwrap();
    assert_eq!(packet.state(), State::AdminDown);
    assert_eq!(packet.diagnostic(), Diagnostic::ADMINISTRATIVELY_DOWN);
}

#[test]
fn a_reload_that_does_not_speak_of_it_leaves_it_up() {
    let mut bench = with(session(NEIGHBOR), 20);
    up(&mut bench);
    let mut parts = bench.node.config().clone().into_parts();
    parts.bfd[0].weight = 5.try_into().unwrap();
    parts.instances[0].priority.0 = 90;
    bench.event(Event::Reload(Box::new(Config::new(parts.clone()).unwrap())));
    assert_eq!(state(&bench), State::Up);
    assert_eq!(bench.priority(), 110);
    parts.bfd[0].multiplier = 7;
    bench.event(Event::Reload(Box::new(Config::new(parts).unwrap())));
    assert_eq!(state(&bench), State::Down, "another session");
}

/// Two nodes with sessions to each other over a wire that takes 1 ms.
#[test]
fn two_of_them_are_up_within_a_second_and_down_within_the_detection_time() {
    let mut one = with(session(NEIGHBOR), 20);
    let mut other = with(session(OWN), 20);
    let carry = |from: &mut Bench, to: &mut Bench, source: Ipv4Addr| {
        for packet in sent(&from.take()) {
            to.event(Event::ReceiveBfd(ReceivedBfd {
                source: source.into(),
                port: packet.port,
                hop_limit: packet.hop_limit,
                payload: packet.payload,
            }));
        }
    };
    for _ in 0..1000 {
        one.run_for_millis(1);
        other.run_for_millis(1);
        carry(&mut one, &mut other, OWN);
        carry(&mut other, &mut one, NEIGHBOR);
    }
    assert_eq!((state(&one), state(&other)), (State::Up, State::Up));
    // Nothing passes any more: 3 x max(50, 100) ms.
    one.run_for_millis(299);
    assert_eq!(state(&one), State::Down);
}
