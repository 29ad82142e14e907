//! Where this program differs from keepalived on purpose, and why.

/// One difference.
pub(super) struct Difference {
    /// What keepalived does.
    pub(super) keepalived: &'static str,
    /// What is done here.
    pub(super) here: &'static str,
    /// Why.
    pub(super) why: &'static str,
}

/// All of them.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        keepalived: "A rejected packet re-arms the advert timer of a master",
        here: "A rejected packet changes nothing but counters",
        why: "There, a trickle of bad packets silences a master, and its backups take over",
    },
    Difference {
        keepalived: "A script that can't be executed counts as well until it has failed `fall` times, \
                     and an instance that tracks an undefined script runs untracked",
        here: "A script that can't be executed has failed; an undefined one is an error",
        why: "A check that never ran is no sign of health",
    },
    Difference {
        keepalived: "`rise` and `fall` do not count the first result",
        here: "They count from the first result, and `init_fail` works",
        why: "The file says so",
    },
    Difference {
        keepalived: "Scripts and groups must be defined before their use in some places",
        here: "Definitions may follow their use",
        why: "The order of blocks has no meaning for anybody who reads the file",
    },
    Difference {
        keepalived: "The body of an unknown block is read as keywords of the block around it, and its \
                     `}` closes that block",
        here: "An unknown block is skipped whole",
        why: "There, one misspelt word changes values far away from it",
    },
    Difference {
        keepalived: "Only the first keyword of a line counts",
        here: "A second keyword on a line is read as a statement, with a warning",
        why: "`authentication { auth_type PASS auth_pass x }` plainly means both",
    },
    Difference {
        keepalived: "`lb_kind dr` is unknown",
        here: "It is DR",
        why: "Nothing else can be meant",
    },
    Difference {
        keepalived: "A definition that uses itself makes the parser loop for ever",
        here: "It is an error",
        why: "A reader must end",
    },
    Difference {
        keepalived: "The instances of a `vrrp_sync_group` without `group` are unknown keywords",
        here: "They are read as its instances, with a warning",
        why: "Old files are written so, and without the group their instances fail over apart",
    },
    Difference {
        keepalived: "A group that names an unknown instance goes without it",
        here: "It is an error",
        why: "The instance that was meant would fail over alone",
    },
    Difference {
        keepalived: "`higher_prio_send_advert` is off by default",
        here: "It is on by default",
        why: "After a partition heals, both masters must announce, or clients keep the loser's MAC",
    },
    Difference {
        keepalived: "`vrrp_strict` drops packets to the addresses by a firewall rule",
        here: "The addresses answer, unless `no_accept` asks otherwise",
        why: "It is the most frequent surprise of that word, and rarely wanted",
    },
    Difference {
        keepalived: "An `advert_int` that version 3 can't say is cut to 40.95 s",
        here: "It is an error",
        why: "The nodes would wait for each other by different clocks",
    },
    Difference {
        keepalived: "A VRID that is missing or used twice, found at a reload, ends the daemon and \
                     leaves its addresses behind",
        here: "A mistake in a reloaded file changes nothing",
        why: "A typing error must not be an outage",
    },
    Difference {
        keepalived: "Notify commands run all at once, in no order, and without an end",
        here: "They run in order, each with a timeout",
        why: "The last one to run must be that of the present state",
    },
    Difference {
        keepalived: "A master whose address somebody removes resigns",
        here: "It sets the address again",
        why: "The other node is no better off, and clients wait for nothing",
    },
];
