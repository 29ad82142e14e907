//! The fields of each thing that a configuration is made of, and how each takes effect.
//!
//! Invariant: a field that the model gets is either told of here or does not compile: every
//! structure is taken apart by all its fields. Passwords and keys are never shown.

mod services;
mod tracking;

use core::fmt::Display;
use core::time::Duration;

use super::plan::{Field, Takes};
use crate::model::lvs::Service;
use crate::model::{
    Auth, Checksum, GarpPolicy, Globals, Hook, InitialState, Instance, LosingAdvert, Notify,
    OwnerConflict, Peer, Preemption, Prefix, Route, Rule, Script, SyncGroup, Tracked, Trackers,
    Transport, VirtualAddress,
};
use crate::unit::IfName;

pub(super) use services::{group, owned as of_service, virtual_server};
pub(super) use tracking::{bfd, file, garp_group, process, track_group};

/// Collects what differs.
struct Differences {
    fields: Vec<Field>,
    takes: Takes,
}

impl Differences {
    const fn new(takes: Takes) -> Self {
        Self {
            fields: Vec::new(),
            takes,
        }
    }

    /// Adds a field that differs, in the words of `show`.
    fn of<T: PartialEq>(&mut self, name: &str, pair: (&T, &T), show: impl Fn(&T) -> String) {
        let (old, new) = pair;
        if old != new {
            self.fields.push(Field {
                name: name.to_owned(),
                from: Some(show(old)),
                to: Some(show(new)),
                takes: self.takes,
            });
        }
    }

    fn plain<T: PartialEq + Display>(&mut self, name: &str, pair: (&T, &T)) {
        self.of(name, pair, T::to_string);
    }

    fn flag(&mut self, name: &str, pair: (&bool, &bool)) {
        self.of(name, pair, |on| if *on { "on" } else { "off" }.to_owned());
    }

    fn optional<T: PartialEq>(
        &mut self,
        name: &str,
        pair: (&Option<T>, &Option<T>),
        show: impl Fn(&T) -> String,
    ) {
        self.of(name, pair, |value| {
            value.as_ref().map_or_else(|| "none".to_owned(), &show)
        });
    }

    /// Adds a field whose values are not for showing.
    fn hidden<T: PartialEq>(&mut self, name: &str, pair: (&T, &T)) {
        self.of(name, pair, |_| "(not shown)".to_owned());
    }

    /// Adds entries that come or go.
    fn list<T: PartialEq>(&mut self, name: &str, pair: (&[T], &[T]), show: impl Fn(&T) -> String) {
        let takes = self.takes;
        let found = entries(name, pair.0, pair.1, show);
        self.fields
            .extend(found.into_iter().map(|field| Field { takes, ..field }));
    }
}

/// Entries of a list that come, go, or keep their name with other options.
pub(super) fn entries<T: PartialEq>(
    name: &str,
    old: &[T],
    new: &[T],
    show: impl Fn(&T) -> String,
) -> Vec<Field> {
    let field = |from, to| Field {
        name: name.to_owned(),
        from,
        to,
        takes: Takes::InPlace,
    };
    let gone: Vec<&T> = old.iter().filter(|one| !new.contains(one)).collect();
    let come: Vec<&T> = new.iter().filter(|one| !old.contains(one)).collect();
    let is_in = |list: &[&T], one: &T| list.iter().any(|other| show(other) == show(one));
    let mut fields = Vec::new();
    for one in &gone {
        if is_in(&come, one) {
            let other = format!("{} with other options", show(one));
            fields.push(field(Some(show(one)), Some(other)));
        } else {
            fields.push(field(Some(show(one)), None));
        }
    }
    for one in come.iter().filter(|one| !is_in(&gone, one)) {
        fields.push(field(None, Some(show(one))));
    }
    if fields.is_empty() && old != new {
        let order = |list: &[T]| list.iter().map(&show).collect::<Vec<_>>().join(", ");
        fields.push(field(Some(order(old)), Some(order(new))));
    }
    fields
}

/// Addresses that come or go.
pub(super) fn addresses(name: &str, old: &[VirtualAddress], new: &[VirtualAddress]) -> Vec<Field> {
    entries(name, old, new, address)
}

/// What a new instance brings: its addresses and its priority.
pub(super) fn owned(new: &Instance) -> Vec<Field> {
    let mut fields = addresses("virtual_ipaddress", &[], &new.virtual_addresses);
    let excluded = "virtual_ipaddress_excluded";
    fields.extend(addresses(excluded, &[], &new.excluded_addresses));
    fields
}

/// Fields of an instance that goes on.
#[expect(
    clippy::too_many_lines,
    reason = "taken apart in one place, so that no field can be forgotten"
)]
pub(super) fn instance(old: &Instance, new: &Instance) -> Vec<Field> {
    // All but what makes another instance of it: interface, VRID and family.
    let Instance {
        name,
        interface: _,
        vrid: _,
        family: _,
        version,
        priority,
        initial_state,
        advert_interval,
        preemption,
        auth,
        checksum,
        losing_advert,
        owner_conflict,
        farewell_advert,
        garp,
        virtual_addresses,
        excluded_addresses,
        routes,
        rules,
        transport,
        track_source,
        vmac,
        vrf,
        hmac,
        trackers,
        track_primary,
        down_timer_adverts,
        accept,
        skip_check_addresses,
        strict,
        promote_secondaries,
        notify,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    found.plain("name", (&old.name, name));
    found.of("state", (&old.initial_state, initial_state), |state| {
        match state {
            InitialState::Backup => "BACKUP",
            InitialState::Master => "MASTER",
        }
        .to_owned()
    });
    found.plain("version", (&old.version, version));
    found.plain("priority", (&old.priority, priority));
    found.of(
        "advert_int",
        (&old.advert_interval, advert_interval),
        |one| seconds(&one.duration()),
    );
    found.of("preempt", (&old.preemption, preemption), preempt);
    found.of("authentication", (&old.auth, auth), auth_type);
    if auth_type(&old.auth) == auth_type(auth) {
        for field in found
            .fields
            .iter_mut()
            .filter(|one| one.name == "authentication")
        {
            field.to = Some("another auth_pass (not shown)".to_owned());
        }
    }
    found.of("v3_checksum_as_v2", (&old.checksum, checksum), |one| {
        on_off(*one == Checksum::MessageOnly)
    });
    found.of(
        "lower_prio_no_advert",
        (&old.losing_advert, losing_advert),
        |one| on_off(*one == LosingAdvert::Discard),
    );
    let (was, is) = (&old.owner_conflict, owner_conflict);
    found.of("owner_ignore_adverts", (was, is), |one| {
        on_off(*one == OwnerConflict::Ignore)
    });
    let pair = (&old.farewell_advert, farewell_advert);
    found.flag("higher_prio_send_advert", pair);
    announcements(&mut found, &old.garp, garp);
    let (was, is) = (&old.virtual_addresses, virtual_addresses);
    found.list("virtual_ipaddress", (was, is), address);
    let (was, is) = (&old.excluded_addresses, excluded_addresses);
    found.list("virtual_ipaddress_excluded", (was, is), address);
    found.list("virtual_routes", (&old.routes, routes), route);
    found.list("virtual_rules", (&old.rules, rules), rule);
    travel(&mut found, &old.transport, transport);
    found.flag("track_src_ip", (&old.track_source, track_source));
    found.hidden("use_vmac", (&old.vmac, vmac));
    found.optional("vrf", (&old.vrf, vrf), IfName::to_string);
    found.hidden("auth_hmac", (&old.hmac, hmac));
    tracked(&mut found, &old.trackers, trackers);
    found.of(
        "dont_track_primary",
        (&old.track_primary, track_primary),
        |on| on_off(!on),
    );
    let pair = (&old.down_timer_adverts, down_timer_adverts);
    found.plain("down_timer_adverts", pair);
    found.flag("accept", (&old.accept, accept));
    let pair = (&old.skip_check_addresses, skip_check_addresses);
    found.flag("skip_check_adv_addr", pair);
    found.flag("strict_mode", (&old.strict, strict));
    let pair = (&old.promote_secondaries, promote_secondaries);
    found.flag("promote_secondaries", pair);
    notifications(&mut found, &old.notify, notify);
    found.fields
}

/// Fields of a sync group.
pub(super) fn sync_group(old: &SyncGroup, new: &SyncGroup) -> Vec<Field> {
    let SyncGroup {
        name: _,
        members,
        trackers,
        tracking_weight,
        notify,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    found.list(
        "group",
        (&old.members, members),
        crate::unit::Name::to_string,
    );
    tracked(&mut found, &old.trackers, trackers);
    let pair = (&old.tracking_weight, tracking_weight);
    found.flag("sync_group_tracking_weight", pair);
    notifications(&mut found, &old.notify, notify);
    found.fields
}

/// Fields of a tracked script. Another command, or another user, is another question, so what is
/// known of its answer is forgotten.
pub(super) fn script(old: &Script, new: &Script) -> Vec<Field> {
    let Script {
        name: _,
        command,
        interval,
        timeout,
        rise,
        fall,
        init_fail,
        weight,
        reverse,
        user,
    } = new;
    let mut found = Differences::new(Takes::Restart);
    found.of("script", (&old.command, command), |one| one.0.join(" "));
    found.optional("user", (&old.user, user), |user| user.user.clone());
    found.takes = Takes::InPlace;
    found.of("interval", (&old.interval, interval), seconds);
    found.of("timeout", (&old.timeout, timeout), seconds);
    found.plain("rise", (&old.rise, rise));
    found.plain("fall", (&old.fall, fall));
    found.flag("init_fail", (&old.init_fail, init_fail));
    found.plain("weight", (&old.weight, weight));
    found.flag("reverse", (&old.reverse, reverse));
    found.fields
}

/// Fields that hold for the whole node.
#[expect(clippy::too_many_lines, reason = "one line for each setting")]
pub(super) fn globals(old: &Globals, new: &Globals) -> Vec<Field> {
    let Globals {
        router_id,
        mail,
        fifos,
        scripts,
        namespaces,
        instance_name,
        dynamic_interfaces,
        startup_delay,
        delay_after_boot,
        log_unknown_vrids,
        spacing,
        firewall,
        no_local_igmp,
        tuning,
        reload,
        interface_delays,
        linkbeat,
        lvs,
        dumps,
        use_pid_dir,
        umask,
    } = new;
    let mut found = Differences::new(Takes::InPlace);
    found.optional("router_id", (&old.router_id, router_id), |id| {
        id.to_string()
    });
    found.hidden("mail settings", (&old.mail, mail));
    found.hidden("notify_fifo", (&old.fifos, fifos));
    found.optional("script_user", (&old.scripts.user, &scripts.user), |user| {
        user.user.clone()
    });
    let pair = (&old.scripts.security, &scripts.security);
    found.flag("enable_script_security", pair);
    found.flag(
        "log_unknown_vrids",
        (&old.log_unknown_vrids, log_unknown_vrids),
    );
    let (was, is) = (&old.spacing, spacing);
    found.of("vrrp_garp_interval", (&was.garp, &is.garp), seconds);
    found.of("vrrp_gna_interval", (&was.gna, &is.gna), seconds);
    found.hidden("nftables", (&old.firewall, firewall));
    found.flag("disable_local_igmp", (&old.no_local_igmp, no_local_igmp));
    found.hidden("reload_time_file", (&old.reload, reload));
    let pair = (&old.interface_delays, interface_delays);
    found.hidden("interface_up_down_delays", pair);
    found.hidden("linkbeat_interfaces", (&old.linkbeat, linkbeat));
    found.hidden("lvs settings", (&old.lvs, lvs));
    found.hidden("dump files", (&old.dumps, dumps));
    found.of("umask", (&old.umask, umask), |mask| {
        mask.map_or_else(|| "none".to_owned(), |mask| format!("{mask:03o}"))
    });
    let pair = (&old.dynamic_interfaces, dynamic_interfaces);
    found.hidden("dynamic_interfaces", pair);
    found.takes = Takes::NextStart;
    found.flag("use_pid_dir", (&old.use_pid_dir, use_pid_dir));
    found.optional(
        "net_namespace",
        (&old.namespaces.all, &namespaces.all),
        |name| name.to_string(),
    );
    let pair = (&old.namespaces.ipvs, &namespaces.ipvs);
    found.optional("net_namespace_ipvs", pair, |name| name.to_string());
    found.optional("instance", (&old.instance_name, instance_name), |name| {
        name.to_string()
    });
    found.of(
        "vrrp_startup_delay",
        (&old.startup_delay, startup_delay),
        seconds,
    );
    let pair = (&old.delay_after_boot, delay_after_boot);
    found.of("vrrp_delay_after_boot", pair, seconds);
    found.hidden("startup_script", (&old.scripts.startup, &scripts.startup));
    found.hidden("process tuning", (&old.tuning, tuning));
    found.fields
}

fn announcements(found: &mut Differences, old: &GarpPolicy, new: &GarpPolicy) {
    let GarpPolicy {
        repeat,
        delay,
        refresh,
        refresh_repeat,
        losing_repeat,
        losing_delay,
        extra,
    } = new;
    found.plain("garp_master_repeat", (&old.repeat, repeat));
    found.of("garp_master_delay", (&old.delay, delay), seconds);
    found.of("garp_master_refresh", (&old.refresh, refresh), seconds);
    let pair = (&old.refresh_repeat, refresh_repeat);
    found.plain("garp_master_refresh_repeat", pair);
    found.plain(
        "garp_lower_prio_repeat",
        (&old.losing_repeat, losing_repeat),
    );
    found.of(
        "garp_lower_prio_delay",
        (&old.losing_delay, losing_delay),
        seconds,
    );
    found.of("garp_extra_if", (&old.extra, extra), |extra| {
        let all = if extra.all { "all " } else { "" };
        format!("{all}{}", seconds(&extra.every))
    });
}

fn travel(found: &mut Differences, old: &Transport, new: &Transport) {
    if old == new {
        return;
    }
    let show = |transport: &Transport| match transport {
        Transport::Multicast { group, source } => {
            let group = group.map_or_else(String::new, |group| format!(" to {group}"));
            let source = source.map_or_else(String::new, |source| format!(" from {source}"));
            format!("multicast{group}{source}")
        }
        Transport::Unicast {
            source,
            peers,
            ttl,
            check_source,
            fault_without_peer,
        } => {
            let peers: Vec<_> = peers.iter().map(peer).collect();
            let source = source.map_or_else(String::new, |source| format!(" from {source}"));
            let checked = if *check_source { ", checked" } else { "" };
            let fault = if *fault_without_peer {
                ", needs a peer"
            } else {
                ""
            };
            format!(
                "unicast to {}{source}, ttl {ttl}{checked}{fault}",
                peers.join(" ")
            )
        }
    };
    found.of("unicast_peer", (old, new), show);
}

fn tracked(found: &mut Differences, old: &Trackers, new: &Trackers) {
    let Trackers {
        scripts,
        interfaces,
        files,
        processes,
        bfd,
    } = new;
    found.list("track_script", (&old.scripts, scripts), tracker);
    found.list("track_interface", (&old.interfaces, interfaces), tracker);
    found.list("track_file", (&old.files, files), tracker);
    found.list("track_process", (&old.processes, processes), tracker);
    found.list("track_bfd", (&old.bfd, bfd), tracker);
}

fn notifications(found: &mut Differences, old: &Notify, new: &Notify) {
    let Notify {
        master,
        backup,
        fault,
        stop,
        deleted,
        master_rx_lower_pri,
        any,
        priority_changes,
        mail,
    } = new;
    found.optional("notify_master", (&old.master, master), hook);
    found.optional("notify_backup", (&old.backup, backup), hook);
    found.optional("notify_fault", (&old.fault, fault), hook);
    found.optional("notify_stop", (&old.stop, stop), hook);
    found.optional("notify_deleted", (&old.deleted, deleted), hook);
    let pair = (&old.master_rx_lower_pri, master_rx_lower_pri);
    found.optional("notify_master_rx_lower_pri", pair, hook);
    found.optional("notify", (&old.any, any), hook);
    let pair = (&old.priority_changes, priority_changes);
    found.flag("notify_priority_changes", pair);
    found.optional("smtp_alert", (&old.mail, mail), |on| on_off(*on));
}

fn address(address: &VirtualAddress) -> String {
    let dev = address.vmac.or(address.dev);
    let dev = dev.map_or_else(String::new, |dev| format!(" dev {dev}"));
    format!("{}/{}{dev}", address.address, address.prefix_len)
}

fn prefix(prefix: Option<Prefix>) -> String {
    prefix.map_or_else(
        || "default".to_owned(),
        |Prefix { address, len }| format!("{address}/{len}"),
    )
}

pub(super) fn route(route: &Route) -> String {
    let via = route
        .via
        .map_or_else(String::new, |via| format!(" via {via}"));
    let dev = route
        .dev
        .map_or_else(String::new, |dev| format!(" dev {dev}"));
    let table = route
        .table
        .map_or_else(String::new, |table| format!(" table {table}"));
    format!("{}{via}{dev}{table}", prefix(route.destination))
}

pub(super) fn rule(rule: &Rule) -> String {
    let part = |word: &str, network: Option<Prefix>| {
        network.map_or_else(String::new, |network| {
            format!(" {word} {}", prefix(Some(network)))
        })
    };
    let place = rule
        .priority
        .map_or_else(String::new, |at| format!(" priority {at}"));
    let text = format!("{}{}{place}", part("from", rule.from), part("to", rule.to));
    if text.is_empty() {
        "a rule for all packets".to_owned()
    } else {
        text.trim_start().to_owned()
    }
}

/// What a service is called.
pub(super) fn service(service: &Service) -> String {
    match service {
        Service::Address {
            address,
            port,
            protocol,
        } => format!("{address} {port} ({protocol:?})"),
        Service::Fwmark(mark) => format!("fwmark {mark}"),
        Service::Group { name, protocol } => format!("group {name} ({protocol:?})"),
    }
}

fn peer(peer: &Peer) -> String {
    peer.address.to_string()
}

fn tracker<T: Display>(tracked: &Tracked<T>) -> String {
    let reverse = if tracked.reverse { " reverse" } else { "" };
    format!(
        "{} weight {}{reverse}",
        tracked.target,
        tracked.weight.get()
    )
}

fn hook(hook: &Hook) -> String {
    hook.command.0.join(" ")
}

fn preempt(preemption: &Preemption) -> String {
    match preemption {
        Preemption::Immediate => "at once".to_owned(),
        Preemption::Never => "never (nopreempt)".to_owned(),
        Preemption::Delayed(delay) => format!("after {} s", seconds(delay)),
    }
}

fn auth_type(auth: &Auth) -> String {
    match auth {
        Auth::None => "none",
        Auth::Pass(_) => "PASS",
        Auth::Ah(_) => "AH",
    }
    .to_owned()
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}

/// Seconds as a file has them: `1`, `0.25`.
fn seconds(span: &Duration) -> String {
    let nanos = format!("{:09}", span.subsec_nanos());
    let digits = nanos.trim_end_matches('0');
    if digits.is_empty() {
        span.as_secs().to_string()
    } else {
        format!("{}.{digits}", span.as_secs())
    }
}
