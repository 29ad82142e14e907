//! What happens in words: a paragraph for each virtual router.
//!
//! Invariant: the same files give the same text. Nothing secret is in it.

use std::fmt::Write as _;

use bellwether_core::model::Preemption;
use bellwether_core::unit::Priority;

use super::behaviour::{self, Behaviour, Story, Trouble};
use super::election::{Course, Standing, Takeover};
use super::routers::Router;
use super::tracked::{self, Object, Tracker};
use super::{list, seconds};

/// The paragraph of a virtual router.
pub(super) fn paragraph(router: &Router<'_>, behaviour: Option<&Behaviour>) -> String {
    let mut text = heading(router);
    let Some(behaviour) = behaviour else {
        text.push_str(&deaf(router));
        return text;
    };
    let teller = Teller { router, behaviour };
    teller.calm(&mut text);
    for member in 0..router.members.len() {
        teller.node(&mut text, member);
    }
    for (object, standing) in &behaviour.everywhere {
        let failure = object.failure();
        let end = match standing {
            Standing::Nobody => "nobody is master, and the addresses are gone".to_owned(),
            Standing::Master(_) | Standing::HighestAddress(_) => {
                format!("{} is master", teller.standing(standing))
            }
        };
        let _ = writeln!(text, "  If {object} {failure} on all: {end}.");
    }
    text
}

/// `web (VRID 51, IPv4, version 2, advert_int 1 s) on lb1 and lb2`
fn heading(router: &Router<'_>) -> String {
    let mut text = String::new();
    let names: Vec<&str> = router.members.iter().map(|member| member.name).collect();
    if let (Some(name), Some(vrid)) = (router.name(), router.vrid()) {
        let _ = writeln!(text, "{name} (VRID {vrid}) on {}", list(&names, "and"));
    }
    text
}

fn deaf(router: &Router<'_>) -> String {
    match behaviour::deaf_pair(router) {
        Some((one, other, why)) => format!(
            "  {} and {} refuse each other's adverts, because {why}: both are master, always.\n",
            one.name, other.name
        ),
        None => {
            let owners: Vec<&str> = behaviour::owners(router).map(|one| one.name).collect();
            format!(
                "  {} have priority 255: each takes the addresses whenever it starts, and of two \
                 masters the one with the higher address stays.\n",
                list(&owners, "and")
            )
        }
    }
}

struct Teller<'t, 'c> {
    router: &'t Router<'c>,
    behaviour: &'t Behaviour,
}

impl Teller<'_, '_> {
    fn calm(&self, text: &mut String) {
        let calm = &self.behaviour.calm;
        let ranks = (0..self.router.members.len()).map(|member| self.rank(member));
        let ranks: Vec<String> = ranks.collect();
        let ranks = list(&ranks.iter().map(String::as_str).collect::<Vec<_>>(), "and");
        let _ = match calm {
            Standing::Master(member) => writeln!(
                text,
                "  While all is well, {} is master: {ranks}.{}",
                self.name(*member),
                self.first_come(*member)
            ),
            Standing::HighestAddress(_) => writeln!(
                text,
                "  While all is well, {} is master: {ranks}; of equal ones the higher address \
                 wins. What follows supposes that it is {}'s.",
                self.standing(calm),
                self.behaviour.master.map_or("", |master| self.name(master)),
            ),
            Standing::Nobody => writeln!(text, "  Nobody is ever master: {ranks}."),
        };
    }

    /// What `nopreempt` of the usual master means for a start.
    fn first_come(&self, master: usize) -> &'static str {
        let of = self.router.members.get(master);
        let never = of.is_some_and(|one| one.instance.preemption == Preemption::Never);
        if never && self.router.members.len() > 1 {
            " That is after a start of all together: with `nopreempt`, whoever leads keeps it."
        } else {
            ""
        }
    }

    /// `lb1 has 150`, with what the weights of healthy things add.
    fn rank(&self, member: usize) -> String {
        let name = self.name(member);
        let Some(of) = self.router.members.get(member) else {
            return String::new();
        };
        let base = of.instance.priority;
        match self.behaviour.priorities.get(member).copied().flatten() {
            None => format!("{name} is in FAULT"),
            Some(now) if now == base => format!("{name} has {now}"),
            Some(now) => format!("{name} has {now} ({base} by itself)"),
        }
    }

    /// All that can happen to one node; what changes nothing is told together.
    fn node(&self, text: &mut String, member: usize) {
        let stories = self.behaviour.stories.iter();
        let mine: Vec<&Story> = stories.filter(|story| story.member == member).collect();
        let leads = self.behaviour.master == Some(member);
        let mut idle = Vec::new();
        let mut told: Vec<&Story> = Vec::new();
        for story in mine.iter().copied() {
            let moves = !story.course.takeovers.is_empty();
            match story.trouble {
                Trouble::Stops => {}
                Trouble::AllFail(_) if !leads && !moves => {}
                Trouble::Dies | Trouble::Fails(_) if !leads && !moves => idle.push(story),
                Trouble::Fails(Object::OwnInterface(_)) if is_told_by(story, &told) => {}
                Trouble::Dies | Trouble::Fails(_) | Trouble::AllFail(_) => {
                    told.push(story);
                    self.story(text, story, &mine);
                }
            }
        }
        self.idle(text, member, &idle);
    }

    /// `If lb2 dies, or eth0 goes down or chk fails there: lb1 stays master.`
    fn idle(&self, text: &mut String, member: usize, stories: &[&Story]) {
        let (Some(master), false) = (self.behaviour.master, stories.is_empty()) else {
            return;
        };
        let name = self.name(member);
        let mut when: Vec<String> = Vec::new();
        let mut there: Vec<String> = Vec::new();
        for story in stories {
            match story.trouble {
                Trouble::Dies | Trouble::Stops => when.push(format!("{name} dies")),
                Trouble::Fails(_) | Trouble::AllFail(_) => there.push(self.trouble(story)),
            }
        }
        if !there.is_empty() {
            let there: Vec<&str> = there.iter().map(String::as_str).collect();
            let place = if when.is_empty() {
                format!("on {name}")
            } else {
                "there".to_owned()
            };
            when.push(format!("{} {place}", list(&there, "or")));
        }
        let master = self.name(master);
        let _ = writeln!(text, "  If {}: {master} stays master.", when.join(", or "));
    }

    fn story(&self, text: &mut String, story: &Story, all: &[&Story]) {
        let name = self.name(story.member);
        let when = match &story.trouble {
            Trouble::Dies | Trouble::Stops => {
                format!(
                    "If {name} {}{}",
                    self.trouble(story),
                    also_interface(story, all)
                )
            }
            Trouble::Fails(_) | Trouble::AllFail(_) => {
                format!("If {} on {name}{}", self.trouble(story), self.notice(story))
            }
        };
        let mut comes = self.course(story);
        if let (Trouble::Dies, Some(stop)) = (
            &story.trouble,
            all.iter()
                .find(|other| matches!(other.trouble, Trouble::Stops)),
        ) && let Some(first) = stop.course.takeovers.first()
        {
            let _ = write!(comes, " ({} if it is stopped in order)", after(*first));
        }
        let mended = self.recovery(story);
        let _ = writeln!(text, "  {when}: {comes}.{mended}");
    }

    /// `chk fails`
    fn trouble(&self, story: &Story) -> String {
        match &story.trouble {
            Trouble::Dies => "dies".to_owned(),
            Trouble::Stops => "is stopped".to_owned(),
            Trouble::Fails(object) => format!("{object} {}", object.failure()),
            Trouble::AllFail(objects) => {
                let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("all of {} fail", list(&names, "and"))
            }
        }
    }

    fn notice(&self, story: &Story) -> String {
        let Trouble::Fails(object) = &story.trouble else {
            return String::new();
        };
        let trackers = self.trackers(story.member);
        let of = trackers.iter().find(|tracker| tracker.object == *object);
        match of {
            Some(tracker) if !tracker.notice.is_empty() => format!(" ({})", tracker.notice),
            Some(_) | None => String::new(),
        }
    }

    fn trackers(&self, member: usize) -> Vec<Tracker> {
        let of = self.router.members.get(member);
        of.map(|member| tracked::of(member.config, member.instance))
            .unwrap_or_default()
    }

    /// What comes of the trouble, with the sum that decides it.
    fn course(&self, story: &Story) -> String {
        let mut text = self.sum(story);
        let (Some(first), rest) = split(&story.course) else {
            let _ = match &story.course.end {
                Standing::Nobody => {
                    write!(text, "nobody takes over, and the addresses are gone")
                }
                Standing::Master(_) => write!(text, "{}", self.stays(story)),
                Standing::HighestAddress(_) => {
                    write!(text, "{} takes over", self.standing(&story.course.end))
                }
            };
            return text;
        };
        let _ = write!(
            text,
            "{} takes over {}",
            self.name(first.member),
            after(*first)
        );
        for next in rest {
            let (name, after) = (self.name(next.member), after(*next));
            let _ = write!(text, ", and {name} from it {after}");
        }
        text
    }

    /// `150 - 60 = 90, `, or that it is a FAULT.
    fn sum(&self, story: &Story) -> String {
        let well = self.behaviour.priorities.get(story.member).copied();
        match (&story.trouble, well.flatten(), story.priority) {
            (Trouble::Dies | Trouble::Stops, _, _) | (_, None, _) => String::new(),
            (Trouble::Fails(_) | Trouble::AllFail(_), Some(_), None) => "FAULT, and ".to_owned(),
            (Trouble::Fails(_) | Trouble::AllFail(_), Some(well), Some(now)) if well == now => {
                format!("its priority stays {now}, ")
            }
            (Trouble::Fails(_) | Trouble::AllFail(_), Some(well), Some(now)) => {
                let (sign, by) = if now < well {
                    ('-', well.0 - now.0)
                } else {
                    ('+', now.0 - well.0)
                };
                format!("{well} {sign} {by} = {now}, ")
            }
        }
    }

    /// Why nothing moves.
    fn stays(&self, story: &Story) -> String {
        let Some(master) = self.behaviour.master else {
            return "nothing changes".to_owned();
        };
        let stays = format!("{} stays master", self.name(master));
        let Some(now) = story.priority.filter(|_| story.member == master) else {
            return stays;
        };
        let rivals = self.rivals(master);
        let best = rivals.iter().max_by_key(|(_, rank)| *rank);
        let Some((rival, rank)) = best else {
            return format!("{stays}, there is no other");
        };
        if *rank > now {
            let preemption = self.router.members.get(*rival);
            let never = preemption.is_some_and(|one| one.instance.preemption == Preemption::Never);
            if never {
                let name = self.name(*rival);
                return format!("{stays} all the same: {name} has {rank} and `nopreempt`");
            }
        }
        let relation = if *rank == now {
            "not below"
        } else {
            "still above"
        };
        format!("{relation} {}'s {rank}: {stays}", self.name(*rival))
    }

    /// The living others, with their priorities.
    fn rivals(&self, master: usize) -> Vec<(usize, Priority)> {
        let all = self.behaviour.priorities.iter().enumerate();
        all.filter(|(member, _)| *member != master)
            .filter_map(|(member, rank)| Some((member, (*rank)?)))
            .collect()
    }

    /// What happens once it is mended; nothing is said where nothing had changed.
    fn recovery(&self, story: &Story) -> String {
        let nothing_moved = story.course.takeovers.is_empty();
        let alone = self.router.members.len() == 1;
        if nothing_moved && story.course.end != Standing::Nobody || alone {
            return String::new();
        }
        let mended = match story.trouble {
            Trouble::Dies | Trouble::Stops => "When it is back",
            Trouble::Fails(_) => "When that is mended",
            Trouble::AllFail(_) => "When they are mended",
        };
        let comes = match split(&story.recovery) {
            (Some(first), _) => {
                let last = story.recovery.takeovers.last().unwrap_or(first);
                let again = if self.behaviour.master == Some(last.member) {
                    "becomes master again"
                } else {
                    "becomes master"
                };
                format!("{} {again} {}", self.name(last.member), after(*last))
            }
            (None, _) => {
                let why = self.why_not_back(story);
                format!("{} stays master{why}", self.standing(&story.recovery.end))
            }
        };
        format!(" {mended}: {comes}.")
    }

    fn why_not_back(&self, story: &Story) -> &'static str {
        let of = self.router.members.get(story.member);
        match of.map(|member| member.instance.preemption) {
            Some(Preemption::Never) => ", because of `nopreempt`, until it fails itself",
            Some(Preemption::Immediate | Preemption::Delayed(_)) | None => "",
        }
    }

    fn standing(&self, standing: &Standing) -> String {
        match standing {
            Standing::Master(member) => self.name(*member).to_owned(),
            Standing::HighestAddress(members) => {
                let names: Vec<&str> = members.iter().map(|member| self.name(*member)).collect();
                list(&names, "or")
            }
            Standing::Nobody => "nobody".to_owned(),
        }
    }

    fn name(&self, member: usize) -> &str {
        self.router.members.get(member).map_or("", |one| one.name)
    }
}

/// Whether the death of the node has the same consequences, and has been told.
fn is_told_by(story: &Story, told: &[&Story]) -> bool {
    told.iter()
        .any(|other| is_death(other) && same_course(other, story))
}

/// `, or its eth0 goes down`, where that comes to the same.
fn also_interface(story: &Story, all: &[&Story]) -> String {
    let like = |other: &&&Story| is_death(story) && same_course(other, story);
    let interface = all
        .iter()
        .filter(like)
        .find_map(|other| match &other.trouble {
            Trouble::Fails(object @ Object::OwnInterface(_)) => Some(object),
            Trouble::Dies | Trouble::Stops | Trouble::Fails(_) | Trouble::AllFail(_) => None,
        });
    interface.map_or_else(String::new, |name| format!(", or its {name} goes down"))
}

const fn is_death(story: &Story) -> bool {
    matches!(story.trouble, Trouble::Dies)
}

fn same_course(one: &Story, other: &Story) -> bool {
    one.course == other.course && one.recovery == other.recovery
}

fn split(course: &Course) -> (Option<&Takeover>, &[Takeover]) {
    match course.takeovers.split_first() {
        Some((first, rest)) => (Some(first), rest),
        None => (None, &[]),
    }
}

/// `at once`, `after 0.61 s`, `within 3.61 s`
fn after(takeover: Takeover) -> String {
    let when = takeover.when;
    if when.latest.is_zero() {
        "at once".to_owned()
    } else if when.earliest == when.latest {
        format!("after {}", seconds(when.latest))
    } else {
        format!("within {}", seconds(when.latest))
    }
}
