//! The data, with the labels of keepalived's `keepalived.data`, as far as there is such a thing
//! here. Its form is not promised there either; `bellwether status --json` is meant to be read.

mod lvs;

use std::fmt::Write as _;

use bellwether_core::model::{Auth, Config, Instance as Model, LosingAdvert, Preemption};
use bellwether_core::vrrp::State;

use super::json::{address, quoted};
use crate::control::view::{Instance, Status};

pub(super) fn text(config: &Config, status: &Status) -> String {
    let mut out = Lines::default();
    let globals = config.globals();
    out.line("------< Global definitions >------");
    let namespace = globals.namespaces.all.as_ref();
    let namespace = namespace.map_or("(default)", |name| name.as_str());
    out.value(1, "Network namespace", namespace);
    if let Some(name) = &globals.instance_name {
        out.value(1, "Instance name", name);
    }
    if let Some(id) = &globals.router_id {
        out.value(1, "Router ID", id);
    }
    let security = if globals.scripts.security {
        "enabled"
    } else {
        "disabled"
    };
    out.line(&format!(" Script security {security}"));
    out.line("------< VRRP Topology >------");
    for instance in &status.instances {
        let mut models = config.instances().iter();
        if let Some(model) = models.find(|model| model.name.as_str() == instance.name) {
            one(&mut out, model, instance);
        }
    }
    if !status.groups.is_empty() {
        out.line("------< VRRP Sync groups >------");
    }
    for group in &status.groups {
        let state = group.state.unwrap_or(State::Init);
        out.line(&format!(" VRRP Sync Group = {}, {state}", group.name));
        out.line("   VRRP member instances :");
        for member in &group.members {
            out.line(&format!("     {member}"));
        }
    }
    if !status.scripts.is_empty() {
        out.line("------< VRRP Scripts >------");
    }
    for script in &status.scripts {
        out.value(1, "VRRP Script", &script.name);
        let models = config.scripts().iter();
        if let Some(model) = { models }.find(|model| model.name == script.name) {
            let command = quoted(&bellwether_core::model::Hook::new(
                model.command.clone(),
                None,
            ));
            out.value(3, "Command", command);
            out.value(
                3,
                "Interval",
                format!("{} sec", model.interval.as_secs_f64()),
            );
            out.value(3, "Timeout", format!("{} sec", model.timeout.as_secs_f64()));
            out.value(3, "Weight", model.weight.get());
            out.value(3, "Rise", model.rise);
            out.value(3, "Fall", model.fall);
        }
        out.value(3, "Status", script.verdict.to_string().to_uppercase());
    }
    if let Some(own) = &status.lvs {
        lvs::all(&mut out, config, own);
    }
    out.0
}

#[expect(
    clippy::too_many_lines,
    reason = "a line or two for each label, in keepalived's order"
)]
fn one(out: &mut Lines, model: &Model, instance: &Instance) {
    let yes = |on: bool| if on { "enabled" } else { "disabled" };
    out.value(1, "VRRP Instance", &instance.name);
    out.value(3, "VRRP Version", model.version);
    if let Some(group) = &instance.group {
        out.value(3, "Sync group", group);
    }
    out.value(3, "State", instance.state);
    if instance.state == State::Backup
        && let Some(master) = &instance.master
    {
        out.value(3, "Master router", &master.source);
        out.value(3, "Master priority", master.priority);
    }
    out.value(3, "Wantstate", instance.state);
    let micros = instance.since.as_microsecond();
    let date = instance.since.strftime("%a %b %e %H:%M:%S.%6f %Y");
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    out.value(3, "Last transition", format!("{whole}.{rest:06} ({date})"));
    out.value(3, "Interface", &instance.interface);
    let garp = &model.garp;
    out.value(3, "Gratuitous ARP delay", garp.delay.as_secs());
    out.value(3, "Gratuitous ARP repeat", garp.repeat);
    out.value(3, "Gratuitous ARP refresh", garp.refresh.as_secs());
    out.value(3, "Gratuitous ARP refresh repeat", garp.refresh_repeat);
    let losing = garp.losing_delay.as_secs();
    out.value(3, "Gratuitous ARP lower priority delay", losing);
    out.value(
        3,
        "Gratuitous ARP lower priority repeat",
        garp.losing_repeat,
    );
    out.value(3, "Down timer adverts", model.down_timer_adverts);
    let answers = model.losing_advert == LosingAdvert::Answer;
    out.value(
        3,
        "Send advert after receive lower priority advert",
        answers,
    );
    out.value(
        3,
        "Send advert after receive higher priority advert",
        model.farewell_advert,
    );
    out.value(3, "Virtual Router ID", instance.vrid);
    out.value(3, "Priority", instance.priority.base);
    out.value(3, "Effective priority", instance.priority.effective);
    let interval = f64::from(model.advert_interval.centis()) / 100.0;
    out.value(3, "Advert interval", format!("{interval} sec"));
    out.value(3, "Accept", yes(model.accept));
    out.value(3, "Preempt", yes(model.preemption != Preemption::Never));
    if let Preemption::Delayed(delay) = model.preemption {
        out.value(3, "Preempt delay", format!("{} secs", delay.as_secs_f64()));
    }
    out.value(3, "Promote_secondaries", yes(model.promote_secondaries));
    match model.auth {
        Auth::None => {}
        Auth::Pass(_) => out.value(3, "Authentication type", "SIMPLE_PASSWORD"),
        Auth::Ah(_) => out.value(3, "Authentication type", "IPSEC_AH"),
    }
    let set = if instance.state == State::Master {
        " set"
    } else {
        ""
    };
    let lists = [
        ("Virtual IP", &model.virtual_addresses),
        ("Virtual IP Excluded", &model.excluded_addresses),
    ];
    for (label, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        out.line(&format!("   {label} ({}):", list.len()));
        for own in list {
            out.line(&format!("     {}{set}", address(model, own)));
        }
    }
    if !instance.priority.trackers.is_empty() {
        out.line("   Tracked :");
    }
    for tracker in &instance.priority.trackers {
        let (kind, name, verdict) = (tracker.kind, &tracker.name, tracker.verdict);
        out.line(&format!(
            "     {kind} {name}: {verdict}, {:+}",
            tracker.contribution
        ));
    }
    let hooks = [
        ("Backup", &model.notify.backup),
        ("Master", &model.notify.master),
        ("Fault", &model.notify.fault),
        ("Stop", &model.notify.stop),
        ("Deleted", &model.notify.deleted),
    ];
    for (state, hook) in hooks {
        if let Some(hook) = hook {
            out.value(3, &format!("{state} state transition script"), quoted(hook));
        }
    }
    if let Some(hook) = &model.notify.any {
        out.value(3, "Generic state transition script", quoted(hook));
    }
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Writing to a string can't fail.
    fn value(&mut self, indent: usize, label: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{:indent$}{label} = {value}", "");
    }
}
