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

/// The rows of one process: they differ only in whose they are, and in whether it is there.
macro_rules! of_a_process {
    ($process:ident, $name:literal $(, $without_effect:ident)?) => {
        &[
            Row::new(
                concat!(stringify!($process), "_priority"),
                NICE,
                concat!("Nice value of the ", $name, " process"),
                |draft, cx, statement| {
                    let value = statement.integer(cx).map(|n| n.value);
                    draft.model.tuning.$process.priority = value;
                },
            )
            $(.without_effect($without_effect))?,
            Row::new(
                concat!(stringify!($process), "_rt_priority"),
                REAL_TIME,
                concat!("Real-time priority of the ", $name, " process"),
                |draft, cx, statement| {
                    let value = statement.integer(cx).map(|n| n.value);
                    draft.model.tuning.$process.rt_priority = value;
                },
            )
            $(.without_effect($without_effect))?,
            Row::new(
                concat!(stringify!($process), "_rlimit_rttime"),
                LIMIT,
                concat!("Longest run of the ", $name, " process without a pause"),
                |draft, cx, statement| {
                    let value = statement.integer(cx).map(|n| n.value);
                    draft.model.tuning.$process.rlimit_rttime = value;
                },
            )
            .aliases(&[concat!(stringify!($process), "_rlimit_rtime")])
            .default("10000")
            $(.without_effect($without_effect))?,
            Row::new(
                concat!(stringify!($process), "_no_swap"),
                Grammar::Flag,
                concat!("Lock the ", $name, " process in memory"),
                |draft, _, _| draft.model.tuning.$process.no_swap = true,
            )
            $(.without_effect($without_effect))?,
            Row::new(
                concat!(stringify!($process), "_cpu_affinity"),
                PROCESSORS,
                concat!("Processors of the ", $name, " process"),
                |draft, cx, statement| {
                    draft.model.tuning.$process.cpu_affinity = processors(cx, statement);
                },
            )
            .default("all")
            $(.without_effect($without_effect))?,
        ]
    };
}

/// The rows of the VRRP process, which is the whole daemon here.
pub(super) const VRRP: &[Row] = of_a_process!(vrrp, "VRRP");

/// The rows of the process that checks servers.
pub(super) const CHECKER: &[Row] = of_a_process!(checker, "checker", TUNING);

/// The rows of the process that runs BFD.
pub(super) const BFD: &[Row] = of_a_process!(bfd, "BFD", TUNING);

/// The rows of all processes together.
pub(super) const ROWS: &[Row] = &[
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
