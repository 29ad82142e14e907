//! Who becomes master when something changes, and when: the election without packets.
//!
//! Follows RFC 9568 6.4 and keepalived's tracking as the core does, with windows of time in place
//! of instants: where in the master's interval something breaks is not known. Invariant: the
//! windows hold on a LAN that loses nothing and delays little.
//!
//! Deliberately absent: nodes that don't hear each other; there is no election between these.

use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::model::{Instance, Preemption, Transport};
use bellwether_core::time::nanos;
use bellwether_core::unit::{AdvertInterval, Priority, Version};
use bellwether_core::vrrp::skew_time;

/// A span of time in which something happens, both ends included, counted from the trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The earliest moment.
    pub earliest: Duration,
    /// The latest.
    pub latest: Duration,
}

/// One node becomes master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Which node: its place among the members.
    pub member: usize,
    /// When.
    pub when: Window,
}

/// Who is master in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This member.
    Master(usize),
    /// One of these: the one with the highest source address, which the files don't say.
    HighestAddress(Vec<usize>),
    /// Nobody.
    Nobody,
}

/// What comes of a change: each takeover in order, and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Who becomes master meanwhile.
    pub takeovers: Vec<Takeover>,
    /// Who is in the end.
    pub end: Standing,
}

/// A span in nanoseconds, of which the begin may be before the trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    const fn plus(self, from: i64, to: i64) -> Self {
        Self {
            from: self.from.saturating_add(from),
            to: self.to.saturating_add(to),
        }
    }

    fn window(self) -> Window {
        let span = |at: i64| Duration::from_nanos(u64::try_from(at).unwrap_or(0));
        Window {
            earliest: span(self.from),
            latest: span(self.to),
        }
    }
}

/// For how long a node listens before it takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Master_Down_Interval.
    MasterDown,
    /// Skew_Time: the master has resigned.
    Skew,
}

/// Since when a node listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listening {
    /// It accepts each advert of the living master.
    Refreshed,
    /// Since then, whatever is advertised.
    Since(Span, Patience),
}

/// A member and what it is doing.
#[derive(Clone, Debug)]
struct Seat<'c> {
    instance: &'c Instance,
    /// Its effective priority; none: in FAULT, or gone.
    priority: Option<Priority>,
    /// Master_Adver_Interval: the master's in version 3 once it has been heard, else its own.
    heard: AdvertInterval,
    listening: Listening,
    /// keepalived, `preempt_delay`: since when a master of lower priority is heard.
    clock: Option<Span>,
}

impl Seat<'_> {
    fn skew(&self, priority: Priority) -> i64 {
        signed(skew_time(self.instance.version, self.interval(), priority))
    }

    /// RFC 9568 6.1, with keepalived's `down_timer_adverts` in place of 3.
    fn master_down(&self, priority: Priority) -> i64 {
        let adverts = u32::from(self.instance.down_timer_adverts);
        signed(self.interval().duration().saturating_mul(adverts)) + self.skew(priority)
    }

    /// RFC 3768 6.1: version 2 counts in its own interval; RFC 9568 6.1: version 3 in the master's.
    const fn interval(&self) -> AdvertInterval {
        match self.instance.version {
            Version::V2 => self.instance.advert_interval,
            Version::V3 => self.heard,
        }
    }

    const fn accept(&mut self, interval: AdvertInterval) {
        self.heard = interval;
        self.listening = Listening::Refreshed;
    }
}

/// All members of a virtual router, and who is master.
#[derive(Clone, Debug)]
pub(super) struct Table<'c> {
    seats: Vec<Seat<'c>>,
    master: Option<usize>,
    now: Span,
}

impl<'c> Table<'c> {
    /// All members start at once; none: in FAULT.
    pub(super) fn start(members: impl Iterator<Item = (&'c Instance, Option<Priority>)>) -> Self {
        let seat = |(instance, priority): (&'c Instance, _)| Seat {
            instance,
            priority,
            heard: instance.advert_interval,
            listening: Listening::Since(Span::default(), Patience::MasterDown),
            clock: None,
        };
        Self {
            seats: members.map(seat).collect(),
            master: None,
            now: Span::default(),
        }
    }

    pub(super) fn priority(&self, member: usize) -> Option<Priority> {
        self.seats.get(member).and_then(|seat| seat.priority)
    }

    /// A member leaves: with an advert of priority 0 if it is master and `resigns`.
    pub(super) fn leave(&mut self, member: usize, resigns: bool) {
        let Some(seat) = self.seats.get_mut(member) else {
            return;
        };
        seat.priority = None;
        let interval = signed(seat.instance.advert_interval.duration());
        if self.master != Some(member) {
            return;
        }
        self.master = None;
        for seat in &mut self.seats {
            seat.clock = None;
            if resigns {
                // B4 of the core: RFC 9568 6.4.2 (310).
                seat.listening = Listening::Since(Span::default(), Patience::Skew);
            } else if seat.listening == Listening::Refreshed {
                let last_advert = Span::default().plus(-interval, 0);
                seat.listening = Listening::Since(last_advert, Patience::MasterDown);
            }
        }
    }

    /// A member is back from FAULT or death.
    pub(super) fn join(&mut self, member: usize, priority: Priority) {
        if let Some(seat) = self.seats.get_mut(member) {
            seat.priority = Some(priority);
            seat.heard = seat.instance.advert_interval;
            seat.listening = Listening::Since(Span::default(), Patience::MasterDown);
            seat.clock = None;
        }
    }

    /// A living member has another effective priority.
    pub(super) fn set_priority(&mut self, member: usize, priority: Priority) {
        if let Some(seat) = self.seats.get_mut(member) {
            seat.priority = Some(priority);
        }
    }

    /// Makes one of several that could be master the one that is.
    pub(super) fn suppose(&mut self, member: usize) {
        self.take_over(member);
    }

    /// Lets time pass until nothing changes any more; times count from here.
    pub(super) fn settle(&mut self) -> Course {
        let mut takeovers = Vec::new();
        // Each takeover from a living master is by a higher priority, so this ends by itself.
        for _ in 0..=2 * self.seats.len() {
            let due = self.due();
            let Some(first) = due.iter().map(|(span, _)| *span).min() else {
                break;
            };
            let firsts = due.iter().filter(|(span, _)| *span == first);
            let mut best: Vec<usize> = firsts.map(|(_, member)| *member).collect();
            let top = best.iter().filter_map(|one| self.priority(*one)).max();
            best.retain(|one| self.priority(*one) == top);
            self.now = first;
            let when = first.window();
            match self.highest_address(&best) {
                Some(member) => {
                    self.take_over(member);
                    takeovers.push(Takeover { member, when });
                }
                None => {
                    self.calm();
                    let end = Standing::HighestAddress(best);
                    return Course { takeovers, end };
                }
            }
        }
        self.calm();
        let end = self.master.map_or(Standing::Nobody, Standing::Master);
        Course { takeovers, end }
    }

    /// Nothing has changed for long.
    fn calm(&mut self) {
        self.now = Span::default();
        let interval = self.master_interval();
        for seat in &mut self.seats {
            if let Some(interval) = interval {
                seat.accept(interval);
            }
        }
    }

    fn master_interval(&self) -> Option<AdvertInterval> {
        let master = self.seats.get(self.master?)?;
        Some(master.instance.advert_interval)
    }

    /// Who takes over unless somebody else is earlier, and when.
    fn due(&mut self) -> Vec<(Span, usize)> {
        let (master, now) = (self.master, self.now);
        let rival =
            master.and_then(|master| Some((self.priority(master)?, self.master_interval()?)));
        let mut due = Vec::new();
        for (member, seat) in self.seats.iter_mut().enumerate() {
            let Some(priority) = seat.priority.filter(|_| master != Some(member)) else {
                continue;
            };
            let span = match rival {
                None => Some(silence_ends(seat, priority)),
                Some((of, interval)) => preempts(seat, priority, of, interval, now),
            };
            due.extend(span.map(|span| (span, member)));
        }
        due
    }

    fn take_over(&mut self, member: usize) {
        let Some(winner) = self.seats.get(member) else {
            return;
        };
        let (interval, rank) = (winner.instance.advert_interval, winner.priority);
        self.master = Some(member);
        for (other, seat) in self.seats.iter_mut().enumerate() {
            let outranks = seat.priority > rank && other != member;
            match seat.instance.preemption {
                Preemption::Immediate if outranks => {}
                Preemption::Delayed(_) if outranks => {
                    seat.accept(interval);
                    seat.clock.get_or_insert(self.now);
                }
                Preemption::Never if outranks && seat.priority == Some(Priority::OWNER) => {}
                Preemption::Never | Preemption::Immediate | Preemption::Delayed(_) => {
                    seat.accept(interval);
                    seat.clock = None;
                }
            }
        }
    }

    /// RFC 9568 6.4.3: of equal priorities the higher source address wins.
    fn highest_address(&self, members: &[usize]) -> Option<usize> {
        if let [only] = members {
            return Some(*only);
        }
        let known = |member: &usize| Some((source(self.seats.get(*member)?.instance)?, *member));
        let known: Option<Vec<_>> = members.iter().map(known).collect();
        known?.into_iter().max().map(|(_, member)| member)
    }
}

/// When a node that hears nobody takes over.
fn silence_ends(seat: &Seat<'_>, priority: Priority) -> Span {
    let (since, patience) = match seat.listening {
        Listening::Since(since, patience) => (since, patience),
        Listening::Refreshed => (Span::default(), Patience::MasterDown),
    };
    if priority.is_owner() && patience == Patience::MasterDown && since == Span::default() {
        // RFC 9568 6.4.1: the owner waits for nobody.
        return since;
    }
    let wait = match patience {
        Patience::MasterDown => seat.master_down(priority),
        Patience::Skew => seat.skew(priority),
    };
    since.plus(wait, wait)
}

/// When a node takes over from a living master, if ever: RFC 9568 6.4.2, Preempt_Mode, and
/// keepalived's `preempt_delay`.
fn preempts(
    seat: &mut Seat<'_>,
    priority: Priority,
    of: Priority,
    interval: AdvertInterval,
    now: Span,
) -> Option<Span> {
    if priority <= of {
        seat.accept(interval);
        return None;
    }
    let every = signed(interval.duration());
    let preemption = if priority.is_owner() {
        Preemption::Immediate
    } else {
        seat.instance.preemption
    };
    match preemption {
        Preemption::Never => {
            seat.accept(interval);
            None
        }
        Preemption::Immediate => {
            if seat.listening == Listening::Refreshed {
                seat.listening = Listening::Since(now.plus(-every, 0), Patience::MasterDown);
            }
            Some(silence_ends(seat, priority))
        }
        Preemption::Delayed(delay) => {
            let clock = *seat.clock.get_or_insert(now.plus(0, every));
            seat.accept(interval);
            let delay = signed(delay);
            let last_accepted = clock.plus((delay - every).max(0), delay);
            let wait = seat.master_down(priority);
            Some(last_accepted.plus(wait, wait))
        }
    }
}

/// The source address of an instance's adverts, where the file says it.
pub(super) const fn source(instance: &Instance) -> Option<IpAddr> {
    match &instance.transport {
        Transport::Multicast { source, .. } | Transport::Unicast { source, .. } => *source,
    }
}

fn signed(span: Duration) -> i64 {
    i64::try_from(nanos(span)).unwrap_or(i64::MAX / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(priority: u8) -> Instance {
        let interface = "eth0".parse().unwrap();
        let mut instance = Instance::new("web".into(), interface, 7.try_into().unwrap());
        instance.priority = Priority(priority);
        instance
    }

    fn table(instances: &[Instance]) -> Table<'_> {
        let of = |instance| (instance, Some(Instance::clone(instance).priority));
        let mut table = Table::start(instances.iter().map(of));
        table.settle();
        table
    }

    fn micros(window: Window) -> (u128, u128) {
        (window.earliest.as_micros(), window.latest.as_micros())
    }

    #[test]
    fn the_highest_priority_becomes_master_and_the_owner_at_once() {
        // RFC 3768 6.1 by hand: 3 x 1 s + 106/256 s.
        let pair = [instance(100), instance(150)];
        let members = pair.iter().map(|one| (one, Some(one.priority)));
        let course = Table::start(members).settle();
        assert_eq!(course.end, Standing::Master(1));
        assert_eq!(micros(course.takeovers[0].when), (3_414_062, 3_414_062));
        let pair = [instance(100), instance(255)];
        let members = pair.iter().map(|one| (one, Some(one.priority)));
        let course = Table::start(members).settle();
        assert_eq!(micros(course.takeovers[0].when), (0, 0));
    }

    #[test]
    fn a_resignation_is_answered_after_the_skew_and_a_death_after_the_master_down_interval() {
        let pair = [instance(150), instance(100)];
        let mut resigned = table(&pair);
        resigned.leave(0, true);
        let course = resigned.settle();
        // 156/256 s.
        assert_eq!(micros(course.takeovers[0].when), (609_375, 609_375));
        let mut died = table(&pair);
        died.leave(0, false);
        let course = died.settle();
        assert_eq!(course.end, Standing::Master(1));
        assert_eq!(micros(course.takeovers[0].when), (2_609_375, 3_609_375));
    }

    #[test]
    fn a_lower_priority_is_preempted_and_an_equal_one_is_not() {
        let pair = [instance(150), instance(100)];
        let mut lower = table(&pair);
        lower.set_priority(0, Priority(99));
        assert_eq!(lower.settle().end, Standing::Master(1));
        let mut equal = table(&pair);
        equal.set_priority(0, Priority(100));
        assert_eq!(equal.settle().takeovers, []);
    }

    #[test]
    fn nopreempt_leaves_a_living_master_alone_and_takes_over_from_a_dead_one() {
        let mut pair = [instance(150), instance(100)];
        pair[1].preemption = Preemption::Never;
        let mut lower = table(&pair);
        lower.set_priority(0, Priority(1));
        assert_eq!(lower.settle().end, Standing::Master(0));
        lower.leave(0, true);
        assert_eq!(lower.settle().end, Standing::Master(1));
    }

    #[test]
    fn a_preempt_delay_counts_from_the_first_advert_of_the_lower_master() {
        let mut pair = [instance(150), instance(100)];
        pair[0].preemption = Preemption::Delayed(Duration::from_secs(10));
        let mut back = table(&pair);
        back.leave(0, false);
        back.settle();
        back.join(0, Priority(150));
        let course = back.settle();
        assert_eq!(course.end, Standing::Master(0));
        // 9 s to 10 s after the first advert, which is heard within 1 s, and 3.4140625 s more.
        assert_eq!(micros(course.takeovers[0].when), (12_414_062, 14_414_062));
    }

    #[test]
    fn of_equal_priorities_the_higher_address_wins_if_it_is_known() {
        let mut pair = [instance(100), instance(100)];
        let start = |pair: &[Instance; 2]| {
            let members = pair.iter().map(|one| (one, Some(one.priority)));
            Table::start(members).settle().end
        };
        assert_eq!(start(&pair), Standing::HighestAddress(vec![0, 1]));
        for (one, address) in pair.iter_mut().zip(["192.0.2.2", "192.0.2.1"]) {
            one.transport = Transport::Multicast {
                group: None,
                source: Some(address.parse().unwrap()),
            };
        }
        assert_eq!(start(&pair), Standing::Master(0));
    }
}
