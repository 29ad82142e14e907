//! What is told of a change, to whom, in which words and order.
//!
//! Invariant: one notification for each change, in the order of the changes, whatever hears it:
//! commands, FIFOs and mail are all made from the one [`Notification`]. keepalived starts commands
//! at once and beside each other, so that the last one to end need not be the last one that
//! happened; adapters here run those of one subject one after the other.
//!
//! Deliberately absent: processes, pipes and mail servers.

pub mod mail;

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::effect::Transition;
use crate::id::InstanceKey;
use crate::lvs::ServerKey;
use crate::model::lvs::Service;
use crate::model::{Hook, Notify};
use crate::unit::{Name, Priority};
use crate::vrrp::{Cause, State};

/// One change, and what it has to set off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// What has changed.
    pub subject: Subject,
    /// What it is now.
    pub told: Told,
    /// The effective priority; 0 for a sync group, as keepalived tells it.
    pub priority: Priority,
    /// The commands to run, in this order, each with all its arguments.
    pub hooks: Vec<Hook>,
    /// The change of state, if it is one of an instance.
    pub transition: Option<Transition>,
}

/// What a notification is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    /// A VRRP instance.
    Instance {
        /// Its identity.
        key: InstanceKey,
        /// Its name.
        name: Name,
    },
    /// A sync group.
    Group {
        /// Its name.
        name: Name,
    },
    /// A virtual server: its quorum.
    Service {
        /// Its identity.
        service: Service,
    },
    /// A real server.
    RealServer {
        /// Its identity.
        server: ServerKey,
    },
}

impl Subject {
    /// Its name; what has none is called by its address, as keepalived writes it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Instance { name, .. } | Self::Group { name } => name.to_string(),
            Self::Service { service } => service.to_string(),
            Self::RealServer { server } => server.to_string(),
        }
    }

    /// Whether it belongs to the LVS part.
    #[must_use]
    pub const fn is_lvs(&self) -> bool {
        match self {
            Self::Service { .. } | Self::RealServer { .. } => true,
            Self::Instance { .. } | Self::Group { .. } => false,
        }
    }

    /// keepalived's word for its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Instance { .. } => "INSTANCE",
            Self::Group { .. } => "GROUP",
            Self::Service { .. } => "VS",
            Self::RealServer { .. } => "RS",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_lvs() {
            return write!(f, "{} {}", self.kind(), self.name());
        }
        write!(f, "{} \"{}\"", self.kind(), self.name())
    }
}

/// What is told; keepalived's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Told {
    /// It is master now.
    Master,
    /// It is backup now.
    Backup,
    /// It is in FAULT now.
    Fault,
    /// The daemon stops.
    Stop,
    /// A reload removed it.
    Deleted,
    /// A master heard a losing advert: FIFOs and a command of its own are told, `notify` is not.
    MasterRxLowerPri,
    /// A real server is well now, or a virtual server has its quorum.
    Up,
    /// A real server is not well any more, or a virtual server has lost its quorum.
    Down,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Master => "MASTER",
            Self::Backup => "BACKUP",
            Self::Fault => "FAULT",
            Self::Stop => "STOP",
            Self::Deleted => "DELETED",
            Self::MasterRxLowerPri => "MASTER_RX_LOWER_PRI",
            Self::Up => "UP",
            Self::Down => "DOWN",
        })
    }
}

impl Told {
    /// What a transition is told as; nothing is told of a start that still waits.
    #[must_use]
    pub const fn of(to: State, cause: Cause) -> Self {
        match (to, cause) {
            (State::Master, _) => Self::Master,
            (State::Backup, _) => Self::Backup,
            (State::Fault, _) => Self::Fault,
            (State::Init, Cause::Removed) => Self::Deleted,
            (State::Init, _) => Self::Stop,
        }
    }
}

impl Notification {
    /// Tells of a transition.
    #[must_use]
    pub fn of_transition(transition: Transition, notify: &Notify) -> Self {
        let subject = Subject::Instance {
            key: transition.instance,
            name: transition.name.clone(),
        };
        let told = Told::of(transition.to, transition.cause);
        Self {
            transition: Some(transition.clone()),
            ..Self::new(subject, told, transition.priority, notify)
        }
    }

    /// Tells of anything else.
    #[must_use]
    pub fn new(subject: Subject, told: Told, priority: Priority, notify: &Notify) -> Self {
        let own = match told {
            Told::Master => &notify.master,
            Told::Backup => &notify.backup,
            Told::Fault => &notify.fault,
            Told::Stop => &notify.stop,
            Told::Deleted => &notify.deleted,
            Told::MasterRxLowerPri => &notify.master_rx_lower_pri,
            // Of these the LVS part has hooks of its own.
            Told::Up | Told::Down => &None,
        };
        // keepalived: `notify` gets what has happened as its last four arguments; a losing advert
        // is no change of state, and it is not told of it.
        let any = notify
            .any
            .clone()
            .filter(|_| told != Told::MasterRxLowerPri);
        let any = any.map(|mut hook| {
            hook.command.0.extend([
                subject.kind().to_owned(),
                subject.name(),
                told.to_string(),
                priority.to_string(),
            ]);
            hook
        });
        Self {
            hooks: own.iter().cloned().chain(any).collect(),
            subject,
            told,
            priority,
            transition: None,
        }
    }

    /// The line that keepalived writes to a FIFO, without its line end.
    #[must_use]
    pub fn line(&self) -> String {
        let Self {
            subject,
            told,
            priority,
            ..
        } = self;
        if subject.is_lvs() {
            return format!("{subject} {told}");
        }
        format!("{subject} {told} {priority}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Command;

    fn hook(command: &str) -> Hook {
        let words = command.split(' ').map(str::to_owned);
        Hook::new(Command(words.collect()), None)
    }

    #[test]
    fn a_group_s_hooks_run_in_order_with_keepalived_s_arguments() {
        let notify = Notify {
            master: Some(hook("/bin/master now")),
            backup: Some(hook("/bin/backup")),
            any: Some(hook("/bin/any -v")),
            ..Notify::default()
        };
        let subject = Subject::Group { name: "G1".into() };
        let told = Notification::new(subject, Told::Master, Priority(0), &notify);
        let commands: Vec<_> = told.hooks.iter().map(|h| h.command.0.join(" ")).collect();
        assert_eq!(
            commands,
            ["/bin/master now", "/bin/any -v GROUP G1 MASTER 0"]
        );
        assert_eq!(told.line(), "GROUP \"G1\" MASTER 0");
    }

    #[test]
    fn leaving_for_good_is_told_as_stop_or_deleted() {
        assert_eq!(Told::of(State::Init, Cause::Shutdown), Told::Stop);
        assert_eq!(Told::of(State::Init, Cause::Removed), Told::Deleted);
    }
}
