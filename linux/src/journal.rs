//! What people read: each notice of the core as one line of the log.
//!
//! Deliberately absent: rate limits; the core has them.

use bellwether_core::InstanceKey;
use bellwether_core::effect::{Mismatch, Notice, Transition};
use bellwether_core::kernel::{KernelError, KernelOp};
use bellwether_core::model::Config;
use bellwether_core::track::{FileContent, TrackerKind, Verdict};
use bellwether_core::vrrp::State;
use bellwether_core::wire::bfd;

/// Logs one notice. `config` names the instances.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of notice")]
pub(crate) fn record(config: &Config, notice: &Notice) {
    match notice {
        Notice::Transition(transition) if transition.to == State::Fault => {
            tracing::warn!("{}", sentence(transition));
        }
        Notice::Transition(transition) => tracing::info!("{}", sentence(transition)),
        Notice::Priority { instance, from, to } => {
            let name = name(config, *instance);
            tracing::info!("{name}: effective priority {from} -> {to}");
        }
        // What it says of its state says more.
        Notice::Verdict {
            kind: TrackerKind::Bfd,
            ..
        } => {}
        Notice::Verdict {
            kind,
            name,
            from,
            to,
        } => {
            if *to == Verdict::Down {
                tracing::warn!("{kind} {name}: {from} -> {to}");
            } else {
                tracing::info!("{kind} {name}: {from} -> {to}");
            }
        }
        Notice::Bfd {
            session,
            state,
            diagnostic,
        } => match state {
            bfd::State::Up => tracing::info!("BFD session {session}: up"),
            bfd::State::Init => tracing::info!("BFD session {session}: init"),
            bfd::State::Down | bfd::State::AdminDown => {
                tracing::warn!("BFD session {session}: down ({diagnostic})");
            }
        },
        Notice::File {
            file,
            content,
            number,
        } => match content {
            FileContent::Number(_) => tracing::info!("file {file}: {number}"),
            FileContent::Missing => tracing::info!("file {file}: not there, which counts as 0"),
            FileContent::Unreadable => {
                tracing::warn!("file {file}: can't be read, which counts as 0");
            }
            FileContent::NoNumber => {
                tracing::warn!("file {file}: begins with no number, which counts as 0");
            }
            FileContent::OutOfRange => {
                tracing::warn!("file {file}: its number is too large; {number} goes on to count");
            }
        },
        Notice::ScriptTimeout { script } => {
            tracing::warn!("script {script}: ran longer than its timeout");
        }
        Notice::Rejected {
            interface,
            instance,
            source,
            reason,
            suppressed,
        } => {
            let whom = instance.map_or_else(|| interface.to_string(), |key| name(config, key));
            let more = match suppressed {
                0 => String::new(),
                count => format!(" ({count} more since the last such line)"),
            };
            tracing::warn!("{whom}: advert from {source} refused: {reason}{more}");
        }
        Notice::Mismatch {
            instance,
            source,
            what,
        } => {
            let name = name(config, *instance);
            tracing::warn!("{name}: advert from {source}: {}", difference(*what));
        }
        Notice::DualMaster {
            instance,
            peer,
            priority,
        } => {
            let name = name(config, *instance);
            tracing::warn!("{name}: two masters: {peer} is one too, with priority {priority}");
        }
        Notice::RoutingLost { instance, object } => match instance {
            Some(key) => tracing::warn!(
                "{}: somebody removed {object}; it is put back",
                name(config, *key)
            ),
            None => tracing::warn!("somebody removed {object}, which is static; it is put back"),
        },
        Notice::AddressLost { instance, address } => {
            let name = name(config, *instance);
            tracing::warn!("{name}: somebody removed {address}; putting it back");
        }
        Notice::KernelFailed { action, error } => {
            tracing::error!("{}: {}", operation(action), describe(error));
        }
        Notice::Lvs(notice) if notice.is_warning() => tracing::warn!("{notice}"),
        Notice::Lvs(notice) => tracing::info!("{notice}"),
        Notice::Late { instance, by } => {
            let name = name(config, *instance);
            tracing::warn!("{name}: a timer was {by:?} late: too busy, or paused");
        }
    }
}

/// A transition as people read it: `VI_1: BACKUP -> MASTER (down-timer), priority 100`.
pub(crate) fn sentence(transition: &Transition) -> String {
    let Transition {
        name,
        from,
        to,
        cause,
        priority,
        ..
    } = transition;
    format!("{name}: {from} -> {to} ({cause}), priority {priority}")
}

/// A kernel error as people read it.
pub(crate) fn describe(error: &KernelError) -> String {
    match error {
        KernelError::NoInterface => "there is no such interface".to_owned(),
        KernelError::Denied => "not permitted".to_owned(),
        KernelError::Other { message, .. } => message.clone(),
    }
}

fn operation(action: &KernelOp) -> String {
    match action {
        KernelOp::AddAddress(address) => format!("can't add {}", address.key),
        KernelOp::RemoveAddress(key) => format!("can't remove {key}"),
        KernelOp::AddRoute { key, .. } => format!("can't add {key}"),
        KernelOp::RemoveRoute(key) => format!("can't remove {key}"),
        KernelOp::AddRule(key) => format!("can't add {key}"),
        KernelOp::RemoveRule(key) => format!("can't remove {key}"),
        KernelOp::AddLink(link) => format!("can't make {link}"),
        KernelOp::RemoveLink(name) => format!("can't remove the interface {name}"),
        KernelOp::AddRefusal(own) => format!("can't set the {own}"),
        KernelOp::RemoveRefusal(own) => format!("can't remove the {own}"),
    }
}

fn difference(what: Mismatch) -> &'static str {
    match what {
        Mismatch::Addresses => "its virtual addresses differ from ours",
        Mismatch::Interval => "its interval differs from ours, and is adopted",
        Mismatch::SecondOwner => "it claims to own the addresses, as we do",
    }
}

fn name(config: &Config, key: InstanceKey) -> String {
    let mut instances = config.instances().iter();
    let found = instances.find(|instance| instance.key() == key);
    found.map_or_else(|| key.to_string(), |instance| instance.name.to_string())
}

#[cfg(test)]
mod tests {
    use bellwether_core::unit::{Family, Priority, Vrid};
    use bellwether_core::vrrp::Cause;

    use super::*;

    #[test]
    fn a_transition_is_one_clear_line() {
        let transition = Transition {
            instance: InstanceKey {
                interface: "eth0".parse().unwrap(),
                vrid: Vrid::try_from(51).unwrap(),
                family: Family::V4,
            },
            name: "VI_1".into(),
            from: State::Backup,
            to: State::Master,
            cause: Cause::DownTimer,
            priority: Priority(100),
        };
        let line = "VI_1: BACKUP -> MASTER (down-timer), priority 100";
        assert_eq!(sentence(&transition), line);
    }
}
