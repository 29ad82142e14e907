//! `global_defs`: SNMP, D-Bus, and names of virtual MAC interfaces.

use super::Row;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::registry::Grammar;

const NO_SNMP: &str = "offer no SNMP";
const NO_DBUS: &str = "offer no D-Bus";
const UPDATE: Grammar = Grammar::Integer {
    min: 1,
    max: 30,
    unit: "s",
};

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "snmp_socket",
        Grammar::Word,
        "The SNMP agent's socket",
        |_, cx, statement| statement.value().check(cx),
    )
    .not_run(NO_SNMP),
    Row::new(
        "enable_traps",
        Grammar::Flag,
        "Send SNMP traps",
        |_, _, _| {},
    )
    .not_run(NO_SNMP),
    Row::new(
        "enable_snmp_vrrp",
        Grammar::Flag,
        "SNMP for VRRP",
        |_, _, _| {},
    )
    .aliases(&["enable_snmp_keepalived"])
    .not_run(NO_SNMP),
    Row::new(
        "enable_snmp_checker",
        Grammar::Flag,
        "SNMP for checkers",
        |_, _, _| {},
    )
    .not_run(NO_SNMP),
    Row::new(
        "enable_snmp_rfc",
        Grammar::Flag,
        "The RFCs' SNMP tables",
        |_, _, _| {},
    )
    .not_run(NO_SNMP),
    Row::new(
        "enable_snmp_rfcv2",
        Grammar::Flag,
        "RFC 2787's SNMP tables",
        |_, _, _| {},
    )
    .not_run(NO_SNMP),
    Row::new(
        "enable_snmp_rfcv3",
        Grammar::Flag,
        "RFC 6527's SNMP tables",
        |_, _, _| {},
    )
    .not_run(NO_SNMP),
    Row::ignored(
        "snmp_vs_stats_update_interval",
        UPDATE,
        "How old the counters of SNMP may be",
        "there is no SNMP",
    )
    .since("after 2.2.7"),
    Row::ignored(
        "snmp_rs_stats_update_interval",
        UPDATE,
        "How old the counters of SNMP may be",
        "there is no SNMP",
    )
    .since("after 2.2.7"),
    Row::new("enable_dbus", Grammar::Flag, "Offer D-Bus", |_, _, _| {}).not_run(NO_DBUS),
    Row::new(
        "dbus_service_name",
        Grammar::Word,
        "The D-Bus name",
        |_, cx, statement| statement.value().check(cx),
    )
    .not_run(NO_DBUS),
    Row::ignored(
        "dbus_no_interface_name",
        Grammar::Bool,
        "D-Bus paths leave out the interface",
        "there is no D-Bus",
    )
    .since("after 2.2.7"),
    Row::new(
        "vmac_prefix",
        Grammar::Word,
        "How names of virtual MAC interfaces start",
        |draft, cx, statement| draft.vmac_prefix = prefix(cx, statement),
    )
    .default("vrrp"),
    Row::new(
        "vmac_addr_prefix",
        Grammar::Word,
        "How names of virtual MAC interfaces of other addresses start",
        |draft, cx, statement| draft.vmac_addr_prefix = prefix(cx, statement),
    )
    .default("`vmac_prefix`"),
];

fn prefix(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<String> {
    statement.word(cx).map(|word| word.text.to_string())
}
