//! `vrrp_instance`.

mod transport;

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

use bellwether_core::model::{HmacAuth, InitialState, Notify, Peer, Route, Rule, VirtualAddress};

use bellwether_core::unit::{IfName, Name, Priority, Version, Vrid};

use super::authentication::{self, AuthDraft};
use super::garp::{self, COUNT, GarpDraft, REFRESH};
use super::global::{EXTRA_INTERFACE, extra_interface};
use super::notify::{self, Notifies};
use super::track::{self, TrackersDraft, Tracks};
use super::vmac::{self, VmacDraft};
use super::{Table, address, hmac, route, rule};
use crate::build::statement::{Statement, block};
use crate::build::value::spanned;
use crate::build::{Context, Given, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::{Grammar, Place};
use crate::source::Span;

pub(super) use transport::PEER_OPTIONS;

type Row = super::Row<InstanceDraft>;

pub(super) static TABLE: LazyLock<Table<InstanceDraft>> = LazyLock::new(|| {
    Table::new(
        &[Place::Instance],
        &[
            ROWS,
            HOLDINGS,
            transport::ROWS,
            track::Rows::BOTH,
            notify::Rows::BOTH,
            LATER,
        ],
    )
});

const ROWS: &[Row] = &[
    Row::new(
        "state",
        Grammar::Choice(&["MASTER", "BACKUP"]),
        "MASTER without a priority means 255; it does not shorten an election",
        |draft, cx, statement| draft.state = state(cx, statement),
    )
    .default("BACKUP"),
    Row::new(
        "interface",
        Grammar::Interface,
        "The interface that it speaks on",
        |draft, cx, statement| draft.interface = statement.interface(cx).into(),
    )
    .default("`default_interface`"),
    Row::new(
        "virtual_router_id",
        Grammar::BYTE,
        "Its number on the LAN; mandatory",
        |draft, cx, statement| {
            let raw = statement.integer::<u8>(cx);
            draft.vrid = raw
                .and_then(|raw| raw.convert(|raw| Vrid::try_from(raw).ok()))
                .into();
        },
    ),
    Row::new(
        "priority",
        Grammar::BYTE,
        "Its rank; 255 owns the addresses",
        |draft, cx, statement| {
            let raw = statement.integer::<u8>(cx);
            draft.priority = raw
                .and_then(|raw| raw.convert(|raw| Some(Priority(raw))))
                .into();
        },
    )
    .default("100, or 255 with `state MASTER`"),
    Row::new(
        "advert_int",
        Grammar::Seconds {
            min: 10_000,
            max: 255_000_000,
        },
        "Time between adverts; whole seconds in version 2, at most 40.95 s in version 3",
        |draft, cx, statement| draft.advert_int = statement.micros(cx).into(),
    )
    .default("1"),
    Row::new(
        "version",
        Grammar::number(2, 3),
        "Its VRRP version",
        |draft, cx, statement| draft.version = version(cx, statement),
    )
    .default("`vrrp_version`"),
    Row::new(
        "nopreempt",
        Grammar::Flag,
        "It leaves a live master of lower priority alone",
        |draft, _, statement| draft.nopreempt = Some(statement.head.span),
    )
    .default("off"),
    Row::new(
        "preempt",
        Grammar::Flag,
        "It takes over from a live master of lower priority",
        |draft, _, statement| draft.preempt = Some(statement.head.span),
    )
    .default("on"),
    Row::new(
        "preempt_delay",
        Grammar::Seconds {
            min: 0,
            max: 1_000_000_000,
        },
        "How long it leaves such a master alone",
        |draft, cx, statement| draft.preempt_delay = statement.seconds(cx),
    )
    .default("0"),
    Row::new(
        "authentication",
        Grammar::block(Place::Authentication),
        "The password of version 2",
        |draft, cx, statement| draft.auth = Some(authentication::read(cx, statement)),
    )
    .default("none"),
    Row::new(
        "virtual_ipaddress",
        Grammar::lines(&address::LINE),
        "The addresses that a master owns, as its adverts list them",
        |draft, cx, statement| {
            draft.has_addresses |= !statement.nodes().is_empty();
            address::read(cx, statement, &mut draft.addresses);
        },
    ),
    Row::new(
        "no_virtual_ipaddress",
        Grammar::Flag,
        "It has no address on purpose",
        |draft, _, _| draft.has_addresses = true,
    )
    .default("off"),
    Row::new(
        "garp_master_delay",
        Grammar::DELAY,
        "Time to the second batch of gratuitous ARP; 0: none",
        |draft, cx, statement| draft.garp.delay = statement.whole_seconds(cx),
    )
    .default("`vrrp_garp_master_delay`"),
    Row::new(
        "garp_master_repeat",
        COUNT,
        "Gratuitous ARPs in each batch of a new master",
        |draft, cx, statement| draft.garp.repeat = garp::count(cx, statement),
    )
    .default("`vrrp_garp_master_repeat`"),
    Row::new(
        "garp_master_refresh",
        REFRESH,
        "Time between gratuitous ARPs of a standing master; 0: none",
        |draft, cx, statement| draft.garp.refresh = statement.whole_seconds(cx),
    )
    .default("`vrrp_garp_master_refresh`"),
    Row::new(
        "garp_master_refresh_repeat",
        COUNT,
        "Gratuitous ARPs in each refresh",
        |draft, cx, statement| draft.garp.refresh_repeat = garp::count(cx, statement),
    )
    .default("`vrrp_garp_master_refresh_repeat`"),
    Row::new(
        "lower_prio_no_advert",
        Grammar::Bool,
        "A master does not answer an advert that loses against its own",
        |draft, cx, statement| draft.lower_prio_no_advert = statement.boolean(cx),
    )
    .default("`vrrp_lower_prio_no_advert`"),
    Row::new(
        "higher_prio_send_advert",
        Grammar::Bool,
        "A master that steps down sends one last advert",
        |draft, cx, statement| draft.higher_prio_send_advert = statement.boolean(cx),
    )
    .default("`vrrp_higher_prio_send_advert`"),
    Row::new(
        "owner_ignore_adverts",
        Grammar::Bool,
        "An address owner ignores adverts of others",
        |draft, cx, statement| draft.owner_ignore_adverts = statement.boolean(cx),
    )
    .default("`vrrp_owner_ignore_adverts`"),
    Row::new(
        "strict_mode",
        Grammar::Bool,
        "Hold it to the RFC",
        |draft, cx, statement| {
            draft.strict = statement.boolean(cx);
        },
    )
    .default("`vrrp_strict`"),
];

/// An instance as its block says; nothing in it depends on anything else.
#[derive(Debug, Default)]
pub(crate) struct InstanceDraft {
    /// Its name; none if it is missing, which is reported.
    pub(crate) name: Option<Spanned<Name>>,
    /// Its keyword and name.
    pub(crate) span: Span,
    pub(crate) state: Option<Spanned<InitialState>>,
    pub(crate) interface: Given<IfName>,
    pub(crate) vrid: Given<Vrid>,
    pub(crate) priority: Given<Priority>,
    /// In microseconds.
    pub(crate) advert_int: Given<u64>,
    pub(crate) version: Option<Version>,
    pub(crate) nopreempt: Option<Span>,
    pub(crate) preempt: Option<Span>,
    pub(crate) preempt_delay: Option<Spanned<Duration>>,
    pub(crate) auth: Option<AuthDraft>,
    pub(crate) garp: GarpDraft,
    pub(crate) lower_prio_no_advert: Option<bool>,
    pub(crate) higher_prio_send_advert: Option<bool>,
    pub(crate) owner_ignore_adverts: Option<bool>,
    pub(crate) strict: Option<bool>,
    pub(crate) addresses: Vec<Spanned<VirtualAddress>>,
    /// Whether an address was written at all, good or bad, or none on purpose.
    pub(crate) has_addresses: bool,
    pub(crate) trackers: TrackersDraft,
    pub(crate) excluded: Vec<Spanned<VirtualAddress>>,
    pub(crate) routes: Vec<Spanned<Route>>,
    pub(crate) rules: Vec<Spanned<Rule>>,
    pub(crate) peers: Vec<Spanned<Peer>>,
    pub(crate) unicast_source: Option<Spanned<IpAddr>>,
    pub(crate) unicast_ttl: Option<Spanned<u8>>,
    pub(crate) check_unicast_source: Option<Span>,
    pub(crate) fault_without_peer: Option<Span>,
    pub(crate) mcast_source: Option<Spanned<IpAddr>>,
    pub(crate) group: Option<Spanned<IpAddr>>,
    pub(crate) track_source: bool,
    pub(crate) skip_check_addresses: Option<bool>,
    pub(crate) vrf: Option<IfName>,
    pub(crate) native_ipv6: bool,
    pub(crate) dont_track_primary: bool,
    pub(crate) down_timer_adverts: Option<u8>,
    pub(crate) accept: Option<Spanned<bool>>,
    pub(crate) promote_secondaries: bool,
    pub(crate) vmac: VmacDraft,
    pub(crate) hmac: Option<HmacAuth>,
    pub(crate) notify: Notify,
    pub(crate) priority_changes: Option<bool>,
}

impl Notifies for InstanceDraft {
    fn notify(&mut self) -> &mut Notify {
        &mut self.notify
    }

    fn priority_changes(&mut self) -> &mut Option<bool> {
        &mut self.priority_changes
    }
}

impl Tracks for InstanceDraft {
    fn trackers(&mut self) -> &mut TrackersDraft {
        &mut self.trackers
    }
}

/// Reads one `vrrp_instance`.
pub(super) fn read(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> InstanceDraft {
    let mut draft = InstanceDraft {
        name: statement.block_name(cx),
        span: statement.span(),
        ..InstanceDraft::default()
    };
    block(cx, &TABLE, statement.nodes(), &mut draft);
    draft
}

/// The version that a number in range names.
pub(super) fn version(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Version> {
    let number = statement.integer::<u8>(cx)?.value;
    Some(if number == 3 {
        Version::V3
    } else {
        Version::V2
    })
}

/// keepalived: any other word than MASTER means BACKUP.
fn state(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Spanned<InitialState>> {
    let word = statement.word(cx)?;
    let value = match &*word.text {
        "MASTER" => InitialState::Master,
        "BACKUP" => InitialState::Backup,
        other => {
            let message = format!("`state {other}` is read as `state BACKUP`");
            let warning = Diagnostic::warning(code::UNKNOWN_STATE, word.span, message);
            cx.push(warning.hint("write MASTER or BACKUP, in capitals"));
            InitialState::Backup
        }
    };
    Some(spanned(word, value))
}

const HOLDINGS: &[Row] = &[
    Row::new(
        "virtual_ipaddress_excluded",
        Grammar::lines(&address::LINE),
        "Addresses that a master owns and adverts do not list, of either family",
        |draft, cx, statement| {
            draft.has_addresses |= !statement.nodes().is_empty();
            address::read(cx, statement, &mut draft.excluded);
        },
    ),
    Row::new(
        "down_timer_adverts",
        Grammar::number(1, 100),
        "How many intervals of silence mean that the master is gone",
        |draft, cx, statement| draft.down_timer_adverts = statement.integer(cx).map(|n| n.value),
    )
    .default("`vrrp_down_timer_adverts`"),
    Row::new(
        "native_ipv6",
        Grammar::Flag,
        "It speaks IPv6, if no address tells",
        |draft, _, _| draft.native_ipv6 = true,
    )
    .default("off"),
    Row::new(
        "accept",
        Grammar::Flag,
        "A master that is not the owner answers on its addresses",
        |draft, _, statement| draft.accept = Some(spanned(statement.head, true)),
    )
    .default("on"),
    Row::new(
        "no_accept",
        Grammar::Flag,
        "A master that is not the owner drops what is for its addresses",
        |draft, _, statement| draft.accept = Some(spanned(statement.head, false)),
    )
    .default("off"),
    Row::new(
        "promote_secondaries",
        Grammar::Flag,
        "Keep the other addresses of a network when the first goes",
        |draft, _, _| draft.promote_secondaries = true,
    )
    .default("off"),
    Row::new(
        "dont_track_primary",
        Grammar::Flag,
        "Its own interface's state does not matter",
        |draft, _, _| draft.dont_track_primary = true,
    )
    .default("off"),
    Row::new(
        "track_src_ip",
        Grammar::Flag,
        "Without its source address it is in FAULT",
        |draft, _, _| draft.track_source = true,
    )
    .default("off"),
    Row::new(
        "vrf",
        Grammar::Interface,
        "The VRF of its interface",
        |draft, cx, statement| {
            let vrf = statement.interface(cx);
            cx.interfaces.extend(vrf.map(|vrf| (vrf.value, vrf.span)));
            draft.vrf = vrf.map(|vrf| vrf.value);
        },
    )
    .without_effect("its interface says which VRF it is in"),
    Row::new(
        "skip_check_adv_addr",
        Grammar::Bool,
        "Compare the addresses of a known master's adverts once",
        |draft, cx, statement| {
            draft.skip_check_addresses = statement.boolean(cx);
        },
    )
    .default("`vrrp_skip_check_adv_addr`"),
    Row::new(
        "notify_deleted",
        Grammar::Optional(&Grammar::CommandAs),
        "A command to run when a reload removes it",
        |draft, cx, statement| {
            let named = !statement.args.is_empty();
            draft.notify.deleted = named.then(|| notify::hook(cx, statement)).flatten();
        },
    ),
    Row::new(
        "notify_master_rx_lower_pri",
        Grammar::CommandAs,
        "A command to run when a master hears a losing advert",
        |draft, cx, statement| draft.notify.master_rx_lower_pri = notify::hook(cx, statement),
    ),
    Row::new(
        "garp_lower_prio_delay",
        Grammar::DELAY,
        "Time to the second batch after a losing advert; 0: none",
        |draft, cx, statement| draft.garp.losing_delay = statement.whole_seconds(cx),
    )
    .default("`vrrp_garp_lower_prio_delay`"),
    Row::new(
        "garp_lower_prio_repeat",
        COUNT,
        "Gratuitous ARPs after a losing advert; 0: none",
        |draft, cx, statement| {
            draft.garp.losing_repeat = garp::losing_count(cx, statement);
        },
    )
    .default("`vrrp_garp_lower_prio_repeat`"),
];

const LATER: &[Row] = &[
    Row::new(
        "use_vmac",
        vmac::VMAC,
        "Own the addresses with the virtual router's MAC",
        |draft, cx, statement| vmac::vmac(cx, statement, &mut draft.vmac),
    ),
    Row::new(
        "use_vmac_addr",
        Grammar::Flag,
        "Virtual MACs for addresses on other interfaces",
        |draft, _, _| draft.vmac.of_addresses = true,
    ),
    Row::new(
        "use_ipvlan",
        vmac::IPVLAN,
        "Own the addresses on an ipvlan interface",
        |draft, cx, statement| vmac::ipvlan(cx, statement, &mut draft.vmac),
    ),
    Row::new(
        "vmac_xmit_base",
        Grammar::Flag,
        "Advertise from the base interface",
        |draft, _, _| draft.vmac.xmit_base = true,
    ),
    Row::new(
        "garp_extra_if",
        EXTRA_INTERFACE,
        "Announce on other interfaces than its own too, every so many seconds",
        |draft, cx, statement| draft.garp.extra = extra_interface(cx, statement),
    )
    .aliases(&["vmac_garp_intvl"])
    .default("`vrrp_garp_extra_if`"),
    Row::new(
        "virtual_routes",
        Grammar::lines(&route::LINE),
        "Routes that a master has",
        |draft, cx, statement| route::read(cx, statement, &mut draft.routes),
    ),
    Row::new(
        "virtual_rules",
        Grammar::lines(&rule::LINE),
        "Rules that a master has",
        |draft, cx, statement| rule::read(cx, statement, &mut draft.rules),
    ),
    Row::ignored(
        "timer_expired_backup",
        Grammar::Optional(&Grammar::BYTE),
        "After a late timer it is a backup first",
        "what arrived is always heard before a timer fires",
    )
    .aliases(&["thread_timer_expired"]),
    Row::new(
        "auth_hmac",
        Grammar::block(Place::Hmac),
        "Sign adverts, and refuse those without a good signature",
        |draft, cx, statement| draft.hmac = hmac::read(cx, statement),
    )
    .since("after 2.2.7"),
    Row::ignored(
        "kernel_rx_buf_size",
        Grammar::number(0, 4_294_967_295),
        "The size of its receive buffer",
        "the kernel's default is used",
    ),
    Row::ignored(
        "debug",
        Grammar::Optional(&Grammar::number(0, 4)),
        "How much it logs",
        "the log has its own levels",
    ),
    Row::ignored(
        "linkbeat_use_polling",
        Grammar::Flag,
        "Poll the link instead of following the kernel",
        "link changes are followed as the kernel reports them",
    ),
    Row::ignored(
        "lvs_sync_daemon_interface",
        Grammar::Interface,
        "Where IPVS connections are synchronised",
        "this version has no LVS part",
    ),
];
