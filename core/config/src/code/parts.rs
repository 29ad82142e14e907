//! `K0310` and on: what an instance has and refers to: trackers, addresses, peers, groups.

use super::{Code, codes};

codes! { PARTS:
    UNKNOWN_SCRIPT = "K0310", "A tracked script, file, process or BFD session that is not defined." {
        why: "\
The instance tracks a script that the file does not define; mostly the name is misspelt. keepalived
drops the line and runs the instance untracked, so that the service may die and the addresses stay.
keepalived also wants the definition before its use; here it may come later.",
        bad: ["\
vrrp_script chk_nginx {
    script \"/usr/bin/pidof nginx\"
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    track_script {
        chk_ngnix
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_script chk_nginx {
    script \"/usr/bin/pidof nginx\"
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    track_script {
        chk_nginx
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    DUPLICATE_ADDRESS = "K0311", "An address given twice in one instance." {
        why: "\
The second is dropped, here as in keepalived. If one of the two was to be another address, it is
missing from the service and from the adverts.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/24
    }
}
"],
    };
    MIXED_FAMILIES = "K0312", "An address of another family than the instance's." {
        why: "\
An instance speaks IPv4 or IPv6, as its first address does, and its adverts list only such
addresses. keepalived drops the others with a line in its log, and the service has no IPv6. Put them
into `virtual_ipaddress_excluded`, or give them an instance of their own, which fails over by
itself.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
        2001:db8::1/64
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    virtual_ipaddress_excluded {
        2001:db8::1/64
    }
}
"],
    };
    TOO_MANY_ADDRESSES = "K0313", "More addresses than an advert can list." {
        why: "\
An advert counts its addresses in one byte, and must fit into one packet. keepalived moves the
surplus to `virtual_ipaddress_excluded` without a word. Addresses there are set like the others and
are not listed: put them there yourself, the same on all nodes.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        ~SEQ(A, 1, 90) 2001:db8::${A}/64
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        ~SEQ(A, 1, 89) 2001:db8::${A}/64
    }
}
"],
    };
    NO_ADDRESS = "K0314", "An instance without a virtual address." {
        why: "\
The node is elected, and nothing moves. That is of use only where scripts or notifications do the
work; `no_virtual_ipaddress` says that it is meant. keepalived complains as well.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    OWNER_TRACKING = "K0315", "A weighted script at priority 255, which never changes." {
        why: "\
An owner's priority is 255 whatever happens (RFC 9568, section 6.1), so a weight can't change it:
the script fails, and the node stays master. keepalived drops such a script. Lower the priority, or
leave out the weight: then a failure puts the node into FAULT.",
        bad: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
    weight -50
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 255
    track_script {
        chk_web
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
    weight -50
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150
    track_script {
        chk_web
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    STRICT = "K0316", "What `vrrp_strict` changes or leaves out." {
        why: "\
`vrrp_strict` holds instances to the letter of the RFC: what it does not know, such as
authentication, unicast peers and a preemption delay, is left out or refused, and only an owner
starts as master. In keepalived it also puts a filter before the addresses, so that they answer
nothing, not even a ping. It came into many files with the distribution's sample; most are better
without it.",
        bad: ["\
global_defs {
    vrrp_strict
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    state MASTER
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    state MASTER
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    UNKNOWN_STATE = "K0317", "A `state` that is neither MASTER nor BACKUP." {
        why: "\
The node starts as BACKUP, here as in keepalived. `state` does not decide who becomes master: the
priority does.",
        bad: ["\
vrrp_instance web {
    state SLAVE
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    state BACKUP
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    NO_COMMAND = "K0318", "Something to track without what it is: a script without a command." {
        why: "\
There is nothing to execute, so nothing could ever be known. keepalived drops the script, and the
instances that track it run untracked. It is a warning where nothing tracks it, and where its lines
are for other configuration ids.

The same goes for a `track_file` without a file, a `vrrp_track_process` without a process, and a
`bfd_instance` without a neighbour.",
        bad: ["\
vrrp_script chk_web {
    interval 2
}
"],
        good: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
    interval 2
}
"],
    };
    DUPLICATE_TRACKING = "K0319", "A script that an instance tracks twice." {
        why: "\
A script counts once for an instance; of two lines with different weights only one can hold. The
second is dropped.",
        bad: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    track_script {
        chk_web weight -20
        chk_web weight -50
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    track_script {
        chk_web weight -50
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    NO_INSTANCE = "K0320", "A file without any VRRP instance." {
        why: "\
With this file nothing would be done. Perhaps it is the wrong one, or an `include` finds nothing.
keepalived takes an empty file without a word, runs, and serves nothing.",
        bad: ["\
global_defs {
    router_id lb1
}
"],
        good: ["\
global_defs {
    router_id lb1
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
    VERSION_OF_IPV6 = "K0321", "`version 2` where addresses are of IPv6." {
        why: "\
IPv6 is in version 3 of the protocol only (RFC 5798). keepalived says so and uses version 3; so does
this program. The word is misleading, and should go.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        2001:db8::1/64
    }
    version 2
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        2001:db8::1/64
    }
    version 3
}
"],
    };
    NO_PEER = "K0322", "Words about unicast without a peer." {
        why: "\
An instance is unicast when it has a `unicast_peer` with an address in it. Without one, keepalived
advertises by multicast all the same, whatever `unicast_src_ip` says, and so does this program; where
multicast does not arrive, as in most clouds, that makes two masters.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    unicast_src_ip 192.0.2.8
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    unicast_src_ip 192.0.2.8
    unicast_peer {
        192.0.2.9
    }
}
"],
    };
    TWO_GROUPS = "K0323", "An instance in two sync groups." {
        why: "\
The instances of a sync group change their state together. In two groups, an instance would tie both
of them together, which is then one group, and should be written so.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    group {
        web
    }
}
vrrp_sync_group b {
    group {
        web
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    group {
        web
    }
}
"],
    };
    EMPTY_GROUP = "K0324", "A sync group without an instance." {
        why: "\
A group of nothing does nothing, and its notify commands never run. Perhaps the `group` block is
missing. keepalived leaves the group out, as this program does.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    notify_master /bin/true
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    group {
        web
    }
}
"],
    };
    UNKNOWN_INSTANCE = "K0325", "A group that names an instance that is not defined." {
        why: "\
The instance would stand alone: it would not follow the others of its group, which its author plainly
meant. keepalived leaves the name out and runs. Most often the name is misspelt.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    group {
        wbe
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_sync_group a {
    group {
        web
    }
}
"],
    };
}
