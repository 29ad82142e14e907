//! What the core records, as an entry of the log: one translation for both engines.

use bellwether_core::Notice;

use crate::log::What;

impl From<Notice> for What {
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of notice")]
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Transition(transition) => Self::Transition {
                instance: transition.instance,
                name: transition.name,
                from: transition.from,
                to: transition.to,
                cause: transition.cause,
                priority: transition.priority,
            },
            Notice::Priority { instance, from, to } => Self::Priority { instance, from, to },
            Notice::Verdict {
                kind,
                name,
                from,
                to,
            } => Self::Verdict {
                kind,
                name,
                from,
                to,
            },
            Notice::Bfd {
                session,
                state,
                diagnostic,
            } => Self::Bfd {
                session,
                state,
                diagnostic,
            },
            Notice::File {
                file,
                content,
                number,
            } => Self::File {
                file,
                content,
                number,
            },
            Notice::ScriptTimeout { script } => Self::ScriptTimeout { script },
            Notice::Rejected {
                interface,
                instance,
                source,
                reason,
                suppressed,
            } => Self::AdvertRefused {
                interface,
                instance,
                source,
                reason,
                suppressed,
            },
            Notice::Mismatch {
                instance,
                source,
                what,
            } => Self::Mismatch {
                instance,
                source,
                what,
            },
            Notice::DualMaster {
                instance,
                peer,
                priority,
            } => Self::DualMaster {
                instance,
                peer,
                priority,
            },
            Notice::RoutingLost { instance, object } => Self::RoutingLost { instance, object },
            Notice::AddressLost { instance, address } => Self::AddressLost { instance, address },
            Notice::KernelFailed { action, error } => Self::KernelFailed { action, error },
            Notice::Lvs(notice) => Self::Lvs(Box::new(notice)),
            Notice::Late { instance, by } => Self::Late { instance, by },
        }
    }
}
