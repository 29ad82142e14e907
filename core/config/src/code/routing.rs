//! `K0381` and on: routes, routing rules, and what the node always has.

use super::{Code, codes};

codes! { ROUTING:
    BAD_ROUTE = "K0381", "A route whose parts do not fit each other." {
        why: "\
A route needs a destination, its addresses are of one family (but for a gateway behind `inet` or
`inet6`), and some options are IPv6's alone. keepalived leaves such a route out; a master without
it would not forward what its author expects, so here it is an error.",
        bad: ["\
static_routes {
    192.0.2.0/24 via 2001:db8::1 dev eth0
}
"],
        good: ["\
static_routes {
    192.0.2.0/24 via inet6 fe80::1 dev eth0
}
"],
    };
    BAD_RULE = "K0382", "A routing rule whose parts do not fit each other." {
        why: "\
A rule does exactly one thing: `table N`, `goto N`, `nop`, `blackhole`, `prohibit`, `unreachable` or
`l3mdev`. `goto` goes on at a larger priority. keepalived leaves such a rule out, and packets take
another table than the file's author expects.",
        bad: ["\
static_rules {
    from 192.0.2.0/24 priority 100
}
"],
        good: ["\
static_rules {
    from 192.0.2.0/24 table 7 priority 100
}
"],
    };
    NO_PREFERENCE = "K0383", "A routing rule without a priority." {
        why: "\
Rules are tried in the order of their priorities. keepalived gives a rule without one 16384, the
next 16383, and so on over the whole file: adding a rule changes the order of others.",
        bad: ["\
static_rules {
    from 192.0.2.0/24 table 7
}
"],
        good: ["\
static_rules {
    from 192.0.2.0/24 table 7 priority 100
}
"],
    };
    PROTOCOL_RESET = "K0384", "A protocol of a route or rule that is tracked." {
        why: "\
keepalived knows its own routes and rules by their protocol, which is 18; for one that it tracks it
takes that, whatever the file says. With `no_track` the protocol of the file counts.",
        bad: ["\
static_routes {
    192.0.2.0/24 dev eth0 protocol static
}
"],
        good: ["\
static_routes {
    192.0.2.0/24 dev eth0 protocol static no_track
}
"],
    };
    UNTRACKED = "K0385", "A route whose loss is not noticed." {
        why: "\
keepalived follows a route by its interface. Without `dev` it does not put the route back when
something else removes it, and no instance is in FAULT.",
        bad: ["\
static_routes {
    192.0.2.0/24 via 198.51.100.1
}
"],
        good: ["\
static_routes {
    192.0.2.0/24 via 198.51.100.1 dev eth0
}
"],
    };
    UNKNOWN_TRACK_GROUP = "K0386", "A track group that ties nothing." {
        why: "\
`track_group` behind a static address, route or rule names a group of the top level, whose instances
are in FAULT without it; the group names instances. keepalived leaves out a name that is not there.",
        bad: ["\
static_rules {
    from 192.0.2.0/24 table 7 priority 100 track_group LAN
}
"],
        good: ["\
track_group LAN {
    group {
        web
    }
}
static_rules {
    from 192.0.2.0/24 table 7 priority 100 track_group LAN
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    BAD_NETWORK = "K0387", "A rule for a network that lacks a number." {
        why: "\
`192.0.2./24` is not a network. A sample that comes with keepalived has such a rule, which keepalived
reports and leaves out; files were made from it, so it is no error here.",
        bad: ["\
static_rules {
    from 192.0.2./24 table 7 priority 100
}
"],
        good: ["\
static_rules {
    from 192.0.2.0/24 table 7 priority 100
}
"],
    };
    HOST_NAME = "K0388", "A name of a table, protocol or realm that only a host knows." {
        why: "\
Names in the files of /etc/iproute2 are those of one host, and a file is checked without a host. So
only the names are known that every host has; a route or rule with another is left out. Numbers
always work, and mean the same on all nodes.",
        bad: ["\
static_rules {
    from 192.0.2.0/24 table customers priority 100
}
"],
        good: ["\
static_rules {
    from 192.0.2.0/24 table 7 priority 100
}
"],
    };
}
