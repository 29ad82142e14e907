//! A plan as text: `+` comes, `~` changes, `-` goes.

use core::fmt;

use super::plan::{Action, Field, Item, Kind, Outlook, Plan, Role, Takes};
use crate::effect::{Effect, Kill, Notice};
use crate::kernel::KernelOp;
use crate::kernel::ipvs::IpvsOp;

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::GlobalDefs => "global_defs",
            Self::VrrpScript => "vrrp_script",
            Self::TrackFile => "track_file",
            Self::VrrpTrackProcess => "vrrp_track_process",
            Self::BfdInstance => "bfd_instance",
            Self::GarpGroup => "garp_group",
            Self::StaticIpaddress => "static_ipaddress",
            Self::StaticRoutes => "static_routes",
            Self::StaticRules => "static_rules",
            Self::TrackGroup => "track_group",
            Self::VrrpInstance => "vrrp_instance",
            Self::VrrpSyncGroup => "vrrp_sync_group",
            Self::VirtualServerGroup => "virtual_server_group",
            Self::VirtualServer => "virtual_server",
            Self::Ssl => "SSL",
        })
    }
}

impl fmt::Display for Plan {
    /// The whole plan, with a line end after each line; for nothing, one line that says so.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "No changes.");
        }
        writeln!(f, "{}", self.summary())?;
        for item in &self.items {
            write!(f, "{item}")?;
        }
        self.outlook
            .iter()
            .try_for_each(|outlook| write!(f, "{outlook}"))
    }
}

impl Plan {
    /// How much there is, in one line: `2 to add, 1 to change, 0 to remove.`
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |action| {
            let all = self.items.iter();
            all.filter(|item| item.action == action).count()
        };
        format!(
            "{} to add, {} to change, {} to remove.",
            count(Action::Add),
            count(Action::Change),
            count(Action::Remove)
        )
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Add => '+',
            Action::Change => '~',
            Action::Remove => '-',
        };
        write!(f, "  {sign} {}", self.kind)?;
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        if let Some(key) = self.instance {
            write!(f, " ({}, VRID {})", key.interface, key.vrid)?;
        }
        if let Some(role) = &self.role {
            write!(f, ": {role}")?;
        }
        writeln!(f)?;
        self.fields
            .iter()
            .try_for_each(|field| write!(f, "{field}"))?;
        let why = self.role.as_ref().and_then(|role| role.why.as_ref());
        why.iter()
            .try_for_each(|why| writeln!(f, "      then: {why}"))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from == to => write!(f, "      ~ {name} {from}, changed")?,
            (Some(from), Some(to)) => write!(f, "      ~ {name}: {from} -> {to}")?,
            (Some(from), None) => write!(f, "      - {name} {from}")?,
            (None, Some(to)) => write!(f, "      + {name} {to}")?,
            (None, None) => write!(f, "      ~ {name}")?,
        }
        match self.takes {
            Takes::InPlace => writeln!(f),
            Takes::Restart => writeln!(f, " (starts anew; what was known of it is forgotten)"),
            Takes::NextStart => writeln!(f, " (only when the daemon is started again)"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.now, self.then) {
            (Some(now), Some(then)) if now == then => write!(f, "{now}, and stays {now}"),
            (Some(now), Some(then)) => write!(f, "{now} -> {then}"),
            (Some(now), None) => write!(f, "{now}; it is removed"),
            (None, Some(then)) => write!(f, "starts in {then}"),
            (None, None) => write!(f, "does not run"),
        }
    }
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<(String, usize)> = Vec::new();
        for text in self.effects.iter().filter_map(sentence) {
            match lines.last_mut() {
                Some((last, times)) if *last == text => *times += 1,
                Some(_) | None => lines.push((text, 1)),
            }
        }
        if lines.is_empty() {
            return writeln!(f, "At once: nothing.");
        }
        writeln!(f, "At once, in this order:")?;
        for (text, times) in lines {
            match times {
                1 => writeln!(f, "  {text}")?,
                times => writeln!(f, "  {text}, {times} times")?,
            }
        }
        Ok(())
    }
}

/// What an effect does, for those who want to know before it does; none for what is housekeeping.
fn sentence(effect: &Effect) -> Option<String> {
    let text = match effect {
        Effect::Transmit(advert) => {
            // The priority is the third byte of both versions (RFC 3768 5.1, RFC 9568 5.1).
            let priority = advert.payload.get(2).copied().unwrap_or_default();
            let vrid = advert.payload.get(1).copied().unwrap_or_default();
            let (interface, to) = (advert.interface, advert.destination);
            format!("> advert of priority {priority} for VRID {vrid} to {to} on {interface}")
        }
        Effect::Announce(announce) => {
            format!(
                "> announcement of {} on {}",
                announce.address, announce.interface
            )
        }
        Effect::Kernel { action, .. } => operation(action),
        Effect::StartScript { script, .. } => format!("! script {script} is run"),
        Effect::KillScript { signal, .. } => match signal {
            Kill::Terminate => "! a run of a script is ended (SIGTERM)".to_owned(),
            Kill::Kill => "! a run of a script is ended (SIGKILL)".to_owned(),
        },
        Effect::Notify(notification) => {
            let commands = notification.hooks.iter();
            let commands: Vec<_> = commands.map(|hook| hook.command.0.join(" ")).collect();
            let told = format!("! told: {}", notification.line());
            match commands.is_empty() {
                true => told,
                false => format!("{told}; runs {}", commands.join(", then ")),
            }
        }
        Effect::Notice(Notice::Transition(transition)) => {
            let (name, from, to) = (&transition.name, transition.from, transition.to);
            format!("* {name}: {from} -> {to} ({})", transition.cause)
        }
        Effect::Notice(Notice::Priority { instance, from, to }) => {
            format!("* {instance}: effective priority {from} -> {to}")
        }
        Effect::Watch { interface } => format!("* {interface} is followed"),
        Effect::Unwatch { interface } => format!("* {interface} is followed no longer"),
        Effect::Follow(followed) => format!("* {} is followed", followed.name()),
        Effect::Unfollow { kind, name } => format!("* {kind} {name} is followed no longer"),
        Effect::Table { action, .. } => table_operation(action),
        Effect::CancelProbe { .. } => "! a check of a real server is given up".to_owned(),
        Effect::Notice(Notice::Lvs(notice)) => format!("* {notice}"),
        Effect::StartProbe { .. }
        | Effect::ObserveTable
        | Effect::Notice(_)
        | Effect::TransmitBfd(_)
        | Effect::Join(_)
        | Effect::Leave(_)
        | Effect::Observe { .. }
        | Effect::ObserveRouting { .. }
        | Effect::Stopped => return None,
    };
    Some(text)
}

fn table_operation(action: &IpvsOp) -> String {
    match action {
        IpvsOp::AddService(service) => format!("+ IPVS {}", service.key),
        IpvsOp::SetService(service) => format!("~ IPVS {}", service.key),
        IpvsOp::RemoveService(key) => format!("- IPVS {key}"),
        IpvsOp::AddDestination(service, own) => {
            format!("+ IPVS {service} -> {} weight {}", own.key, own.weight)
        }
        IpvsOp::SetDestination(service, own) => {
            format!("~ IPVS {service} -> {} weight {}", own.key, own.weight)
        }
        IpvsOp::RemoveDestination(service, key) => format!("- IPVS {service} -> {key}"),
        IpvsOp::Flush => "- IPVS: all services".to_owned(),
        IpvsOp::Zero(_) => "~ IPVS: counters from zero".to_owned(),
        IpvsOp::StartDaemon(daemon) => format!("+ IPVS synchronisation: {:?}", daemon.role),
        IpvsOp::StopDaemon(role) => format!("- IPVS synchronisation: {role:?}"),
        IpvsOp::SetTimeouts(_) => "~ IPVS timeouts".to_owned(),
    }
}

fn operation(action: &KernelOp) -> String {
    match action {
        KernelOp::AddAddress(address) => format!("+ {}", address.key),
        KernelOp::RemoveAddress(key) => format!("- {key}"),
        KernelOp::AddRoute { key, .. } => format!("+ {key}"),
        KernelOp::RemoveRoute(key) => format!("- {key}"),
        KernelOp::AddRule(key) => format!("+ {key}"),
        KernelOp::RemoveRule(key) => format!("- {key}"),
        KernelOp::AddLink(link) => format!("+ {link}"),
        KernelOp::RemoveLink(name) => format!("- interface {name}"),
        KernelOp::AddRefusal(own) => format!("+ {own}"),
        KernelOp::RemoveRefusal(own) => format!("- {own}"),
    }
}
