//! `global_defs`.
//!
//! What the model keeps as it is goes into [`Globals`] at once; defaults of instances stay in the
//! draft until the instances are made.

mod files;
mod lvs;
mod mail;
mod observation;
mod scripts;
mod tuning;

use std::sync::LazyLock;
use std::time::Duration;

use std::net::IpAddr;

use bellwether_core::model::{
    DynamicInterfaces, ExtraAnnouncements, Firewall, GarpPolicy, Globals, Spacing,
};
use bellwether_core::unit::{IfName, Name, Version};

use super::Table;
use super::garp::{self, COUNT, GarpDraft, REFRESH};
use super::instance::version;
use crate::build::statement::{Statement, block};
use crate::build::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Family, Grammar, Place};

const NO_IPTABLES: &str = "the firewall is nftables";
/// keepalived: at most what it can schedule, in microseconds.
pub(super) const SPACING: Grammar = Grammar::Seconds {
    min: 1,
    max: 4_294_967_295,
};
/// keepalived: at most a day.
pub(super) const EXTRA_INTERFACE: Grammar = Grammar::Several(&[
    Grammar::Optional(&Grammar::Literal("all")),
    Grammar::Integer {
        min: 0,
        max: 86_400,
        unit: "s",
    },
]);

pub(super) use lvs::{SYNC as SYNC_DAEMON, TIMEOUTS as LVS_TIMEOUTS};

type Row = super::Row<GlobalDraft>;

pub(super) static TABLE: LazyLock<Table<GlobalDraft>> = LazyLock::new(|| {
    let lists = [
        ROWS,
        mail::ROWS,
        scripts::ROWS,
        lvs::ROWS,
        tuning::VRRP,
        tuning::CHECKER,
        tuning::BFD,
        tuning::ROWS,
        files::ROWS,
        observation::ROWS,
    ];
    Table::new(&[Place::Global], &lists)
});

const ROWS: &[Row] = &[
    Row::new(
        "router_id",
        Grammar::Word,
        "What the node is called in logs and mails",
        |draft, cx, statement| {
            let id = statement.value().name(cx).map(|name| name.value);
            draft.model.router_id = id.or(draft.model.router_id.take());
        },
    )
    .default("the host name"),
    Row::new(
        "vrrp_version",
        Grammar::number(2, 3),
        "The VRRP version of instances that do not say",
        |draft, cx, statement| draft.version = version(cx, statement).or(draft.version),
    )
    .default("2"),
    Row::new(
        "default_interface",
        Grammar::Interface,
        "The interface of instances that do not say",
        |draft, cx, statement| {
            draft.default_interface = statement.interface(cx).or(draft.default_interface);
        },
    ),
    Row::new(
        "vrrp_garp_master_delay",
        Grammar::DELAY,
        "Time to the second batch of gratuitous ARP; 0: none",
        |draft, cx, statement| draft.garp.delay = statement.whole_seconds(cx).or(draft.garp.delay),
    )
    .default("5"),
    Row::new(
        "vrrp_garp_master_repeat",
        COUNT,
        "Gratuitous ARPs in each batch of a new master",
        |draft, cx, statement| draft.garp.repeat = garp::count(cx, statement).or(draft.garp.repeat),
    )
    .default("5"),
    Row::new(
        "vrrp_garp_master_refresh",
        REFRESH,
        "Time between gratuitous ARPs of a standing master; 0: none",
        |draft, cx, statement| {
            draft.garp.refresh = statement.whole_seconds(cx).or(draft.garp.refresh);
        },
    )
    .default("0"),
    Row::new(
        "vrrp_garp_master_refresh_repeat",
        COUNT,
        "Gratuitous ARPs in each refresh",
        |draft, cx, statement| {
            draft.garp.refresh_repeat = garp::count(cx, statement).or(draft.garp.refresh_repeat);
        },
    )
    .default("1"),
    Row::new(
        "vrrp_min_garp",
        Grammar::Bool,
        "One gratuitous ARP, no second batch and no refresh",
        |draft, cx, statement| draft.min_garp = statement.boolean(cx).unwrap_or_default(),
    )
    .default("off"),
    Row::new(
        "vrrp_lower_prio_no_advert",
        Grammar::Bool,
        "A master does not answer an advert that loses against its own",
        |draft, cx, statement| {
            draft.lower_prio_no_advert = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "vrrp_higher_prio_send_advert",
        Grammar::Bool,
        "A master that steps down sends one last advert",
        |draft, cx, statement| draft.higher_prio_send_advert = statement.boolean(cx),
    )
    .default("on (keepalived: off)"),
    Row::new(
        "vrrp_owner_ignore_adverts",
        Grammar::Bool,
        "An address owner ignores adverts of others",
        |draft, cx, statement| {
            draft.owner_ignore_adverts = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "v3_checksum_as_v2",
        Grammar::Bool,
        "Version 3 checksums over IPv4 leave out the pseudo-header",
        |draft, cx, statement| draft.checksum_as_v2 = statement.boolean(cx).unwrap_or_default(),
    )
    .default("off"),
    Row::new(
        "vrrp_strict",
        Grammar::Bool,
        "Hold instances to the RFC",
        |draft, cx, statement| {
            draft.strict = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "vrrp_mcast_group4",
        Grammar::Address(Family::V4),
        "The multicast group of IPv4 adverts",
        |draft, cx, statement| draft.group4 = multicast(cx, statement).or(draft.group4),
    )
    .default("224.0.0.18"),
    Row::new(
        "vrrp_mcast_group6",
        Grammar::Address(Family::V6),
        "The multicast group of IPv6 adverts",
        |draft, cx, statement| draft.group6 = multicast(cx, statement).or(draft.group6),
    )
    .default("ff02::12"),
    Row::new(
        "vrrp_down_timer_adverts",
        Grammar::number(1, 100),
        "How many intervals of silence mean that a master is gone",
        |draft, cx, statement| {
            draft.down_timer_adverts = statement.integer(cx).map(|n| n.value);
        },
    )
    .default("3"),
    Row::new(
        "vrrp_garp_lower_prio_delay",
        Grammar::DELAY,
        "Time to the second batch after a losing advert; 0: none",
        |draft, cx, statement| draft.garp.losing_delay = statement.whole_seconds(cx),
    )
    .default("`vrrp_garp_master_delay`"),
    Row::new(
        "vrrp_garp_lower_prio_repeat",
        COUNT,
        "Gratuitous ARPs after a losing advert; 0: none",
        |draft, cx, statement| draft.garp.losing_repeat = garp::losing_count(cx, statement),
    )
    .default("`vrrp_garp_master_repeat`"),
    Row::new(
        "vrrp_garp_interval",
        SPACING,
        "Time between two gratuitous ARPs on an interface",
        |draft, cx, statement| draft.garp_interval = statement.seconds(cx).map(|time| time.value),
    )
    .default("0"),
    Row::new(
        "vrrp_gna_interval",
        SPACING,
        "Time between two unsolicited neighbour advertisements on an interface",
        |draft, cx, statement| draft.gna_interval = statement.seconds(cx).map(|time| time.value),
    )
    .default("0"),
    Row::new(
        "vrrp_garp_extra_if",
        EXTRA_INTERFACE,
        "Announce on other interfaces than the instance's too, every so many seconds",
        |draft, cx, statement| draft.garp.extra = extra_interface(cx, statement),
    )
    .aliases(&["vrrp_vmac_garp_intvl"])
    .default("off"),
    Row::new(
        "vrrp_skip_check_adv_addr",
        Grammar::Bool,
        "Compare the addresses of a known master's adverts once",
        |draft, cx, statement| {
            draft.skip_check_addresses = statement.boolean(cx).unwrap_or_default();
        },
    )
    .default("off"),
    Row::new(
        "vrrp_check_unicast_src",
        Grammar::Flag,
        "Drop unicast adverts from others than the peers",
        |draft, _, _| draft.check_unicast_source = true,
    )
    .default("off"),
    Row::new(
        "vrrp_notify_priority_changes",
        Grammar::Bool,
        "Tell changes of the effective priority too",
        |draft, cx, statement| draft.priority_changes = statement.boolean(cx).unwrap_or_default(),
    )
    .default("off"),
    Row::new(
        "vrrp_startup_delay",
        Grammar::Seconds {
            min: 1_000,
            max: 4_294_967_295,
        },
        "How long to wait before the first election",
        |draft, cx, statement| {
            let delay = statement.seconds(cx).map(|delay| delay.value);
            draft.model.startup_delay = delay.unwrap_or_default();
        },
    )
    .default("0"),
    Row::new(
        "vrrp_delay_after_boot",
        Grammar::Seconds {
            min: 1_000,
            max: 4_294_967_295,
        },
        "How long after the host's start to wait before the first election",
        |draft, cx, statement| {
            let delay = statement.seconds(cx).map(|delay| delay.value);
            draft.model.delay_after_boot = delay.unwrap_or_default();
        },
    )
    .default("0")
    .since("after 2.2.7"),
    Row::new(
        "log_unknown_vrids",
        Grammar::Flag,
        "Log adverts of other virtual routers",
        |draft, _, _| draft.model.log_unknown_vrids = true,
    )
    .default("off"),
    Row::new(
        "dynamic_interfaces",
        Grammar::Optional(&Grammar::Choice(&["allow_if_changes"])),
        "Interfaces may come and go",
        |draft, cx, statement| {
            draft.model.dynamic_interfaces = match statement.value().given() {
                None => DynamicInterfaces::On,
                Some(value) if value.optional().choice(cx).is_some() => {
                    DynamicInterfaces::AllowIfChanges
                }
                Some(_) => DynamicInterfaces::On,
            };
        },
    )
    .default("off"),
    Row::new(
        "nftables",
        Grammar::Optional(&Grammar::Name),
        "A table that drops packets for addresses that don't accept",
        |draft, cx, statement| {
            let firewall = draft.firewall();
            if !statement.args.is_empty()
                && let Some(table) = statement.value().name(cx)
            {
                firewall.table = table.value;
            }
        },
    )
    .default("`bellwether`"),
    Row::new(
        "nftables_priority",
        Grammar::number(-2_147_483_648, 2_147_483_647),
        "The priority of that table's chains",
        |draft, cx, statement| {
            if let Some(priority) = statement.integer(cx) {
                draft.firewall().priority = priority.value;
            }
        },
    )
    .default("-1"),
    Row::new(
        "nftables_counters",
        Grammar::Flag,
        "Count in that table",
        |draft, _, _| draft.firewall().counters = true,
    )
    .default("off"),
    Row::new(
        "nftables_ifindex",
        Grammar::Flag,
        "Name interfaces by index in that table",
        |draft, _, _| draft.firewall().ifindex = true,
    )
    .without_effect("interfaces are named, which holds when one comes back as another"),
    Row::ignored(
        "vrrp_iptables",
        Grammar::Unread { min: 0, max: 2 },
        "Chains for addresses that don't accept",
        NO_IPTABLES,
    ),
    Row::ignored(
        "vrrp_ipsets",
        Grammar::Unread { min: 0, max: 5 },
        "Sets for addresses that don't accept",
        NO_IPTABLES,
    ),
    Row::new(
        "disable_local_igmp",
        Grammar::Flag,
        "No IGMP for groups of the link",
        |draft, _, _| draft.model.no_local_igmp = true,
    )
    .default("off"),
];

/// What holds for all instances that do not say otherwise.
#[derive(Debug, Default)]
pub(crate) struct GlobalDraft {
    /// What the model keeps as it is.
    pub(crate) model: Globals,
    pub(crate) version: Option<Version>,
    pub(crate) default_interface: Option<Spanned<IfName>>,
    garp: GarpDraft,
    min_garp: bool,
    pub(crate) lower_prio_no_advert: bool,
    pub(crate) higher_prio_send_advert: Option<bool>,
    pub(crate) owner_ignore_adverts: bool,
    pub(crate) checksum_as_v2: bool,
    pub(crate) strict: bool,
    /// Multicast groups of adverts.
    pub(crate) group4: Option<IpAddr>,
    pub(crate) group6: Option<IpAddr>,
    pub(crate) down_timer_adverts: Option<u8>,
    pub(crate) skip_check_addresses: bool,
    pub(crate) check_unicast_source: bool,
    pub(crate) priority_changes: bool,
    /// Between two gratuitous ARPs, and two neighbour advertisements.
    pub(crate) garp_interval: Option<Duration>,
    pub(crate) gna_interval: Option<Duration>,
    /// How the names of virtual MAC interfaces start: of instances, and of other addresses.
    pub(crate) vmac_prefix: Option<String>,
    pub(crate) vmac_addr_prefix: Option<String>,
    fifo: scripts::FifoDraft,
    vrrp_fifo: scripts::FifoDraft,
    lvs_fifo: scripts::FifoDraft,
    startup: scripts::OnceDraft,
    shutdown: scripts::OnceDraft,
}

impl GlobalDraft {
    /// The firewall, with keepalived's defaults where nothing is said yet.
    fn firewall(&mut self) -> &mut Firewall {
        self.model.firewall.get_or_insert_with(|| Firewall {
            table: Name::from("bellwether"),
            priority: -1,
            counters: false,
            ifindex: false,
        })
    }

    /// How an instance announces.
    pub(crate) fn garp(&self, own: &GarpDraft) -> GarpPolicy {
        if self.min_garp {
            return own.over(GarpPolicy {
                repeat: 1,
                delay: Duration::ZERO,
                refresh: Duration::ZERO,
                refresh_repeat: 1,
                losing_repeat: 1,
                losing_delay: Duration::ZERO,
                extra: self.garp.extra.unwrap_or_default(),
            });
        }
        own.over(self.garp.of_all())
    }

    /// How far apart announcements are where no `garp_group` says.
    pub(crate) fn spacing(&self) -> Spacing {
        Spacing {
            garp: self.garp_interval.unwrap_or_default(),
            gna: self.gna_interval.unwrap_or_default(),
        }
    }

    /// What the model keeps.
    pub(crate) fn into_model(mut self) -> Globals {
        self.finish_scripts();
        self.model.spacing = self.spacing();
        self.model
    }
}

/// Reads one `global_defs`; there may be several.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>, globals: &mut GlobalDraft) {
    block(cx, &TABLE, statement.nodes(), globals);
}

/// A multicast address. keepalived: another one is skipped.
fn multicast(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<IpAddr> {
    let address = statement.address(cx)?;
    if !address.value.is_multicast() {
        let message = format!(
            "{} is not a multicast address; it is skipped",
            address.value
        );
        cx.push(Diagnostic::warning(
            code::BAD_ADDRESS,
            address.span,
            message,
        ));
        return None;
    }
    Some(address.value)
}

/// `[all] SECONDS`; 0 seconds: none.
pub(super) fn extra_interface(
    cx: &mut Context<'_>,
    statement: &Statement<'_, '_>,
) -> Option<ExtraAnnouncements> {
    let parts = statement.value().parts();
    let every = parts.last()?.whole_seconds(cx)?;
    let all = parts.len() > 1;
    Some(ExtraAnnouncements { every, all })
}
