//! Where this program differs from keepalived on purpose, and why: the one list, from which the
//! table in `docs/compatibility.md` is made, and which the test on agreement with an installed
//! keepalived holds both to.

/// One deliberate difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What tests name it by.
    pub id: &'static str,
    /// When it shows.
    pub stage: Stage,
    /// What keepalived does.
    pub keepalived: &'static str,
    /// What is done here.
    pub here: &'static str,
    /// Why.
    pub why: &'static str,
}

/// When a difference shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// A file is understood in two ways: `keepalived -t` and its dump show it.
    Reading,
    /// A file is understood in one way, and the daemons then do different things.
    Running,
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    reading(
        "unknown-block",
        "The body of an unknown block is read as keywords of the block around it, and its `}` \
         closes that block",
        "An unknown block is skipped whole, with a warning",
        "There, one misspelt word changes values far away from it",
    ),
    reading(
        "missing-brace",
        "What follows a block that is not closed is taken for keywords of that block, and the rest \
         runs",
        "It is an error that names the block",
        "Whole instances are lost",
    ),
    reading(
        "two-on-a-line",
        "Only the first keyword of a line counts, and only the first address",
        "A second keyword or address on a line is read as a statement, with a warning",
        "`authentication { auth_type PASS auth_pass x }` plainly means both",
    ),
    reading(
        "mistake-is-an-error",
        "A value outside its range, that is no number, or a word that the keyword does not know: it \
         says so, and runs with the default or without the block",
        "It is an error",
        "What would run is not what the author plainly meant, and nobody reads the log of a start",
    ),
    reading(
        "empty-command",
        "An empty command after another leaves that in place, without a word",
        "It is an error",
        "It is a slip of the hand; what would run is not what stands there",
    ),
    reading(
        "malformed-address",
        "An address that does not parse is left out, and the rest runs",
        "It is an error",
        "A service whose address is missing is down, and nobody is told",
    ),
    reading(
        "name-twice",
        "The second of two instances of one name is left out",
        "It is an error",
        "One of two virtual routers that were plainly meant would not run",
    ),
    reading(
        "unknown-member",
        "A group that names an unknown instance goes without it",
        "It is an error",
        "The instance that was meant would fail over alone",
    ),
    reading(
        "use-before-definition",
        "Scripts and groups must be defined before their use in some places, and what is not found \
         is not tracked",
        "Definitions may follow their use, and tracking what nobody defines is an error",
        "The order of a file should not decide whether a failure is noticed",
    ),
    reading(
        "old-group-form",
        "The instances of a `vrrp_sync_group` without `group` are unknown keywords, and the group is \
         removed",
        "They are read as its instances, with a warning",
        "Old files are written so, and without the group their instances fail over apart",
    ),
    reading(
        "init-fail",
        "`init_fail` is read, and counts for nothing",
        "The script counts as failed until it has succeeded",
        "It is what the keyword says",
    ),
    reading(
        "weight-254",
        "A weight of 254 or -254: 2.2.7 takes it; 2.4 takes it as 253",
        "It is taken as 253, with a warning",
        "As the newer release: 254 once meant FAULT",
    ),
    reading(
        "weightless-quorum",
        "The quorum of a service whose servers all have weight 0 becomes 0, and its hysteresis \
         4,294,967,295",
        "The quorum is 1",
        "The hysteresis is an underflow",
    ),
    reading(
        "address-twice",
        "An address that an instance has twice: 2.2.7 keeps both; 2.4 drops the second",
        "The second is dropped, with a warning",
        "An interface can have it once; adverts should not list it twice",
    ),
    reading(
        "lower-case-method",
        "`lb_kind dr` is unknown, and NAT is used",
        "It is DR, with a warning",
        "Nothing else can be meant, and a service by NAT does not answer",
    ),
    reading(
        "announcement-flood",
        "`garp_master_repeat` and its like may be 4,294,967,295",
        "1,000 at most, with a warning",
        "A slip of the hand would flood the LAN",
    ),
    reading(
        "farewell-advert",
        "`higher_prio_send_advert` is off by default",
        "It is on by default",
        "After a partition heals, both masters must announce, or clients keep the loser's MAC",
    ),
    running(
        "self-reference",
        "A definition that uses itself, or a file that includes itself, keeps it from ever starting",
        "They are errors",
        "A reader must end",
    ),
    running(
        "refused-advert",
        "A rejected packet re-arms the advert timer of a master",
        "A rejected packet changes nothing but counters",
        "There, a trickle of bad packets silences a master, and its backups take over",
    ),
    running(
        "script-that-cannot-run",
        "A script that can't be executed counts as well until it has failed `fall` times",
        "It has failed",
        "A check that never ran is no sign of health",
    ),
    running(
        "first-result",
        "`rise` and `fall` do not count the first result",
        "They count from the first result",
        "The file says so",
    ),
    running(
        "long-interval",
        "An `advert_int` that version 3 can't say is cut to 40.95 s",
        "It is an error",
        "The nodes would wait for each other by different clocks",
    ),
    running(
        "bad-reload",
        "A VRID that is missing or used twice, found at a reload, ends the daemon and leaves its \
         addresses behind",
        "A mistake in a reloaded file changes nothing",
        "A typing error must not be an outage",
    ),
    running(
        "check-deadline",
        "A timeout holds for each part of an answer: a server that sends a byte now and then holds a \
         check for ever",
        "A whole check has a limit too: five timeouts for a page, four for each mail server, else two",
        "A server that never comes to an end is not well",
    ),
    running(
        "check-short-body",
        "A body that ends before its `Content-Length` is well, if its digest is",
        "The check has failed: closed before the answer was complete",
        "Clients get half a page",
    ),
    running(
        "check-long-body",
        "A body is read to its end, whatever its length",
        "Of a body that nobody looks at 1 MiB is read; one of more than 64 MiB has no digest, and one \
         of more than 4 MiB is matched by no expression",
        "What a server sends must not be what a load balancer can bear",
    ),
    running(
        "check-chunks",
        "The digest of an answer in chunks (`http_protocol 1.1`) is taken with the lengths between \
         them",
        "It is taken of the body alone",
        "A server may cut its chunks as it likes, and the digest would change",
    ),
    running(
        "check-tls",
        "SSL_GET speaks whatever version of TLS the OpenSSL of the host allows",
        "TLS 1.2 and 1.3, with forward secrecy",
        "There is no library for older ones that is kept well; a server that has no newer one can be \
         asked by MISC_CHECK",
    ),
    running(
        "genhash-exit",
        "`genhash` ends with exit code 0 when there is no page, and prints `Connection failed`, or \
         the digest of nothing",
        "Its exit code is 1, and it says why",
        "Scripts would take it for a digest",
    ),
    running(
        "notify-order",
        "Notify commands run all at once, in no order, and without an end",
        "They run in order, each with a timeout",
        "The last one to run must be that of the present state",
    ),
    running(
        "losing-advert-told",
        "`notify_master_rx_lower_pri` runs for each losing advert",
        "It runs at most once in an `advert_int`",
        "A flood of adverts must not become a flood of commands",
    ),
    running(
        "stop-told",
        "The program that reads a notification FIFO is ended before the STOP of a daemon that ends",
        "It reads STOP too",
        "Who acts on what it reads should hear of the last change as well",
    ),
    running(
        "address-removed",
        "A master whose address somebody removes resigns",
        "It sets the address again",
        "The other node is no better off, and clients wait for nothing",
    ),
    running(
        "route-removed",
        "A master whose route or rule somebody removes resigns; one of `no_track` stays away until \
         the next election",
        "It is set again, tracked or not",
        "What the file says is to be there; the other node is no better off",
    ),
    running(
        "routes-read-only",
        "`via A or B`, `via inet6` and `peer` are read, and nothing comes of them; `default inet6 \
         via GATEWAY` is a route to the gateway",
        "They do what they say",
        "The author plainly means it",
    ),
    running(
        "stale-server",
        "A server in the kernel's table that a service of the file no longer has, as a killed daemon \
         leaves it, stays there",
        "It is removed at the start",
        "Nobody checks it, and clients are sent to it",
    ),
    running(
        "server-removed",
        "A server that somebody removes from the table stays away until its next verdict; so does a \
         whole service until the next reload",
        "It is put back, within a minute: ip_vs tells nobody, so the table is looked at",
        "What the file and the checks say is to be there",
    ),
    running(
        "checker-mail",
        "Mail tells of each checker's change, unless `no_checker_emails` says not to",
        "It tells of each server's change",
        "A server with several checks is one thing that is up or down",
    ),
];

const fn reading(
    id: &'static str,
    keepalived: &'static str,
    here: &'static str,
    why: &'static str,
) -> Difference {
    Difference {
        id,
        stage: Stage::Reading,
        keepalived,
        here,
        why,
    }
}

const fn running(
    id: &'static str,
    keepalived: &'static str,
    here: &'static str,
    why: &'static str,
) -> Difference {
    Difference {
        id,
        stage: Stage::Running,
        keepalived,
        here,
        why,
    }
}
