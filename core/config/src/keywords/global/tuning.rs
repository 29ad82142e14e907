//! `global_defs`: how keepalived's processes are scheduled.

use super::Row;
use crate::build::Context;
use crate::build::statement::Statement;
use crate::build::value::Value;
use crate::registry::Grammar;

const TUNING: &str = "it tunes keepalived's processes, which are not there";
const NICE: Grammar = Grammar::number(-20, 19);
const REAL_TIME: Grammar = Grammar::number(1, 99);
const LIMIT: Grammar = Grammar::Integer {
    min: 1,
    max: 4_294_967_295,
    unit: "us",
};
const PROCESSORS: Grammar = Grammar::Many(&PROCESSOR);
const PROCESSOR: Grammar = Grammar::number(0, 4_095);
const SIZE: Grammar = Grammar::Integer {
    min: 0,
    max: 2_147_483_647,
    unit: "bytes",
};

fn processors(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Vec<u32> {
    let words = statement.args.iter();
    let numbers = words.filter_map(|word| {
        let value = Value::of(statement.keyword.name, PROCESSOR, word);
        value.integer(cx).map(|n| n.value)
    });
    numbers.collect()
}

/// The rows.
pub(super) const ROWS: &[Row] = &[
    Row::new(
        "vrrp_priority",
        NICE,
        "Nice value of the VRRP process",
        |draft, cx, statement| {
            draft.model.tuning.vrrp.priority = statement.integer(cx).map(|n| n.value);
        },
    ),
    Row::new(
        "vrrp_rt_priority",
        REAL_TIME,
        "Real-time priority of the VRRP process",
        |draft, cx, statement| {
            draft.model.tuning.vrrp.rt_priority = statement.integer(cx).map(|n| n.value);
        },
    ),
    Row::new(
        "vrrp_rlimit_rttime",
        LIMIT,
        "Longest run of the VRRP process without a pause",
        |draft, cx, statement| {
            draft.model.tuning.vrrp.rlimit_rttime = statement.integer(cx).map(|n| n.value);
        },
    )
    .aliases(&["vrrp_rlimit_rtime"])
    .default("10000"),
    Row::new(
        "vrrp_no_swap",
        Grammar::Flag,
        "Lock the VRRP process in memory",
        |draft, _, _| draft.model.tuning.vrrp.no_swap = true,
    ),
    Row::new(
        "vrrp_cpu_affinity",
        PROCESSORS,
        "Processors of the VRRP process",
        |draft, cx, statement| {
            draft.model.tuning.vrrp.cpu_affinity = processors(cx, statement);
        },
    )
    .default("all"),
    Row::new(
        "checker_priority",
        NICE,
        "Nice value of the checker process",
        |draft, cx, statement| {
            draft.model.tuning.checker.priority = statement.integer(cx).map(|n| n.value);
        },
    )
    .without_effect(TUNING),
    Row::new(
        "checker_rt_priority",
        REAL_TIME,
        "Real-time priority of the checker process",
        |draft, cx, statement| {
            draft.model.tuning.checker.rt_priority = statement.integer(cx).map(|n| n.value);
        },
    )
    .without_effect(TUNING),
    Row::new(
        "checker_rlimit_rttime",
        LIMIT,
        "Longest run of the checker process without a pause",
        |draft, cx, statement| {
            draft.model.tuning.checker.rlimit_rttime = statement.integer(cx).map(|n| n.value);
        },
    )
    .aliases(&["checker_rlimit_rtime"])
    .default("10000")
    .without_effect(TUNING),
    Row::new(
        "checker_no_swap",
        Grammar::Flag,
        "Lock the checker process in memory",
        |draft, _, _| draft.model.tuning.checker.no_swap = true,
    )
    .without_effect(TUNING),
    Row::new(
        "checker_cpu_affinity",
        PROCESSORS,
        "Processors of the checker process",
        |draft, cx, statement| {
            draft.model.tuning.checker.cpu_affinity = processors(cx, statement);
        },
    )
    .default("all")
    .without_effect(TUNING),
    Row::new(
        "bfd_priority",
        NICE,
        "Nice value of the BFD process",
        |draft, cx, statement| {
            draft.model.tuning.bfd.priority = statement.integer(cx).map(|n| n.value);
        },
    )
    .without_effect(TUNING),
    Row::new(
        "bfd_rt_priority",
        REAL_TIME,
        "Real-time priority of the BFD process",
        |draft, cx, statement| {
            draft.model.tuning.bfd.rt_priority = statement.integer(cx).map(|n| n.value);
        },
    )
    .without_effect(TUNING),
    Row::new(
        "bfd_rlimit_rttime",
        LIMIT,
        "Longest run of the BFD process without a pause",
        |draft, cx, statement| {
            draft.model.tuning.bfd.rlimit_rttime = statement.integer(cx).map(|n| n.value);
        },
    )
    .aliases(&["bfd_rlimit_rtime"])
    .default("10000")
    .without_effect(TUNING),
    Row::new(
        "bfd_no_swap",
        Grammar::Flag,
        "Lock the BFD process in memory",
        |draft, _, _| draft.model.tuning.bfd.no_swap = true,
    )
    .without_effect(TUNING),
    Row::new(
        "bfd_cpu_affinity",
        PROCESSORS,
        "Processors of the BFD process",
        |draft, cx, statement| {
            draft.model.tuning.bfd.cpu_affinity = processors(cx, statement);
        },
    )
    .default("all")
    .without_effect(TUNING),
    Row::new(
        "max_auto_priority",
        Grammar::Optional(&Grammar::number(-1, 99)),
        "Real-time priority that is taken without being asked; -1: none, else the lowest",
        |draft, cx, statement| {
            let value = statement.value().given();
            let number = value.and_then(|value| value.optional().integer(cx));
            draft.model.tuning.max_auto_priority = Some(number.map_or(99, |n| n.value));
        },
    )
    .default("0"),
    Row::ignored(
        "min_auto_priority_delay",
        Grammar::Integer {
            min: 1,
            max: 10_000_000,
            unit: "us",
        },
        "Lateness that raises the priority",
        TUNING,
    )
    .default("1000000"),
    Row::ignored(
        "process_names",
        Grammar::Flag,
        "Name the processes apart",
        TUNING,
    ),
    Row::ignored(
        "process_name",
        Grammar::Word,
        "The name of the parent process",
        TUNING,
    ),
    Row::ignored(
        "vrrp_process_name",
        Grammar::Word,
        "The name of the VRRP process",
        TUNING,
    ),
    Row::ignored(
        "checker_process_name",
        Grammar::Word,
        "The name of the checker process",
        TUNING,
    )
    .aliases(&["lvs_process_name"]),
    Row::ignored(
        "bfd_process_name",
        Grammar::Word,
        "The name of the BFD process",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_cmd_rcv_bufs",
        SIZE,
        "The size of a buffer for netlink",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_cmd_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_monitor_rcv_bufs",
        SIZE,
        "The size of a buffer for netlink",
        TUNING,
    ),
    Row::ignored(
        "vrrp_netlink_monitor_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "lvs_netlink_cmd_rcv_bufs",
        SIZE,
        "The size of a buffer for netlink",
        TUNING,
    ),
    Row::ignored(
        "lvs_netlink_cmd_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "lvs_netlink_monitor_rcv_bufs",
        SIZE,
        "The size of a buffer for netlink",
        TUNING,
    ),
    Row::ignored(
        "lvs_netlink_monitor_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "process_monitor_rcv_bufs",
        SIZE,
        "The size of a buffer for process events",
        TUNING,
    ),
    Row::ignored(
        "process_monitor_rcv_bufs_force",
        Grammar::Bool,
        "Force that size",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rx_bufs_policy",
        Grammar::Either(&[Grammar::Choice(&["MTU", "ADVERT"]), SIZE]),
        "How receive buffers are sized",
        TUNING,
    ),
    Row::ignored(
        "vrrp_rx_bufs_multiplier",
        Grammar::number(1, 4_294_967_295),
        "How many adverts a receive buffer holds",
        TUNING,
    ),
];
