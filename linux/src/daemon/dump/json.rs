//! The JSON, with the keys of keepalived's `keepalived.json`: an array of one object for each
//! instance, or with `json_version 2` an object with that array.

use bellwether_core::model::{Auth, Config, Hook, Instance as Model, Preemption, VirtualAddress};
use bellwether_core::vrrp::State;
use serde_json::{Map, Value, json};

use super::statistics::Errors;
use crate::control::view::{Instance, Status};

pub(super) fn text(config: &Config, status: &Status) -> String {
    let pairs = status.instances.iter().filter_map(|instance| {
        let mut models = config.instances().iter();
        let model = models.find(|model| model.name.as_str() == instance.name)?;
        Some(json!({ "data": data(model, instance), "stats": statistics(instance) }))
    });
    let instances: Vec<Value> = pairs.collect();
    let whole = match config.globals().dumps.json_version {
        // keepalived has nothing of its checkers here.
        Some(2) => match &status.lvs {
            Some(lvs) => json!({ "version": 2, "vrrp": instances, "lvs": lvs }),
            None => json!({ "version": 2, "vrrp": instances }),
        },
        Some(_) | None => Value::Array(instances),
    };
    whole.to_string()
}

/// keepalived's numbers of states.
fn number(state: State) -> u8 {
    match state {
        State::Init => 0,
        State::Backup => 1,
        State::Master => 2,
        State::Fault => 3,
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a line or two for each key, in keepalived's order"
)]
fn data(model: &Model, instance: &Instance) -> Value {
    let state = number(instance.state);
    let is_master = instance.state == State::Master;
    let master = instance
        .master
        .as_ref()
        .map_or(0, |master| master.priority.0);
    let seconds = |span: std::time::Duration| span.as_secs();
    let moved = instance.since.as_microsecond();
    let garp = &model.garp;
    let set = if is_master { " set" } else { "" };
    let shown = |own: &VirtualAddress| format!("{}{set}", address(model, own));
    let listed: Vec<_> = model.virtual_addresses.iter().map(shown).collect();
    let excluded: Vec<_> = model.excluded_addresses.iter().map(shown).collect();
    let mut data = Map::new();
    let mut set = |key: &str, value: Value| {
        data.insert(key.to_owned(), value);
    };
    set("iname", json!(instance.name));
    set("dont_track_primary", json!(u8::from(!model.track_primary)));
    set(
        "skip_check_adv_addr",
        json!(u8::from(model.skip_check_addresses)),
    );
    set("strict_mode", json!(u8::from(model.strict)));
    let vmac = model.vmac.as_ref().map(|vmac| vmac.name);
    set(
        "vmac_ifname",
        json!(vmac.map_or_else(String::new, |name| name.to_string())),
    );
    set("ifp_ifname", json!(instance.interface));
    set("master_priority", json!(master));
    let stamp = format!("{}.{:06}", moved / 1_000_000, moved % 1_000_000);
    let stamp = stamp.parse::<f64>().unwrap_or_default();
    set("last_transition", json!(stamp));
    set("garp_delay", json!(seconds(garp.delay)));
    set("garp_refresh", json!(seconds(garp.refresh)));
    set("garp_rep", json!(garp.repeat));
    set("garp_refresh_rep", json!(garp.refresh_repeat));
    set("garp_lower_prio_delay", json!(seconds(garp.losing_delay)));
    set("garp_lower_prio_rep", json!(garp.losing_repeat));
    let answers = model.losing_advert == bellwether_core::model::LosingAdvert::Answer;
    set("lower_prio_no_advert", json!(u8::from(!answers)));
    set(
        "higher_prio_send_advert",
        json!(u8::from(model.farewell_advert)),
    );
    set("vrid", json!(instance.vrid));
    set("base_priority", json!(instance.priority.base));
    set("effective_priority", json!(instance.priority.effective));
    set("vipset", json!(is_master));
    set("promote_secondaries", json!(model.promote_secondaries));
    set("adver_int", seconds_of(model.advert_interval));
    set("master_adver_int", seconds_of(model.advert_interval));
    set("accept", json!(u8::from(model.accept)));
    set("nopreempt", json!(model.preemption == Preemption::Never));
    let delay = match model.preemption {
        Preemption::Delayed(delay) => seconds(delay),
        Preemption::Immediate | Preemption::Never => 0,
    };
    set("preempt_delay", json!(delay));
    set("state", json!(state));
    set("wantstate", json!(state));
    let version = if model.version == bellwether_core::unit::Version::V2 {
        2
    } else {
        3
    };
    set("version", json!(version));
    set("smtp_alert", json!(model.notify.mail.unwrap_or_default()));
    set("notify_deleted", json!(model.notify.deleted.is_some()));
    let hooks = [
        ("script_backup", &model.notify.backup),
        ("script_master", &model.notify.master),
        ("script_fault", &model.notify.fault),
        ("script_stop", &model.notify.stop),
        ("script_deleted", &model.notify.deleted),
        ("script", &model.notify.any),
        (
            "script_master_rx_lower_pri",
            &model.notify.master_rx_lower_pri,
        ),
    ];
    for (key, hook) in hooks {
        if let Some(hook) = hook {
            set(key, json!(quoted(hook)));
        }
    }
    if !listed.is_empty() {
        set("vips", json!(listed));
    }
    if !excluded.is_empty() {
        set("evips", json!(excluded));
    }
    let auth_type = match model.auth {
        Auth::None => 0,
        Auth::Pass(_) => 1,
        Auth::Ah(_) => 2,
    };
    if model.version == bellwether_core::unit::Version::V2 {
        set("auth_type", json!(auth_type));
    }
    Value::Object(data)
}

/// A whole number of seconds, or a fraction.
fn seconds_of(interval: bellwether_core::unit::AdvertInterval) -> Value {
    let centis = interval.centis();
    if centis.is_multiple_of(100) {
        json!(centis / 100)
    } else {
        json!(f64::from(centis) / 100.0)
    }
}

/// An address as keepalived writes it.
pub(super) fn address(model: &Model, own: &VirtualAddress) -> String {
    let key = own.on(model.interface).key;
    let scope = match own.scope {
        0 => "global".to_owned(),
        200 => "site".to_owned(),
        253 => "link".to_owned(),
        254 => "host".to_owned(),
        other => other.to_string(),
    };
    let label = own
        .label
        .as_ref()
        .map_or_else(String::new, |label| format!(" label {label}"));
    let (address, len, dev) = (key.address, key.prefix_len, key.interface);
    format!("{address}/{len} dev {dev} scope {scope}{label}")
}

/// A command as keepalived writes it: each word in quotes.
pub(super) fn quoted(hook: &Hook) -> String {
    let words = hook.command.0.iter().map(|word| format!("'{word}'"));
    words.collect::<Vec<_>>().join(" ")
}

fn statistics(instance: &Instance) -> Value {
    let counters = &instance.counters;
    let errors = Errors::of(counters);
    json!({
        "advert_rcvd": counters.adverts_accepted,
        "advert_sent": counters.adverts_sent,
        "become_master": counters.masterships,
        "release_master": counters.mastership_ends,
        "packet_len_err": errors.length,
        "advert_interval_err": errors.interval,
        "ip_ttl_err": errors.ttl,
        "invalid_type_rcvd": errors.kind,
        "addr_list_err": errors.addresses,
        "invalid_authtype": errors.auth_unknown,
        "authtype_mismatch": errors.auth_mismatch,
        "auth_failure": errors.auth_failure,
        "pri_zero_rcvd": counters.resignations_heard,
        "pri_zero_sent": counters.resignations_sent,
    })
}
