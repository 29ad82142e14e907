//! `K0511` and on: what else several nodes disagree about, and what can never work.

use super::{Code, codes};

codes! { CLUSTER:
    ALONE = "K0511", "A virtual router that one node has." {
        why: "\
When that node fails, nobody takes its addresses over. Perhaps the other file was forgotten, or the
instance has another VRID, another name and other addresses there.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    PREEMPTION_DIFFERS = "K0512", "`nopreempt` on some nodes only." {
        why: "\
`nopreempt` is about the node that has it: it leaves a live master of lower priority alone. On the
usual master it makes each failover last until the next one; on a backup it means that a lowered
priority of the master moves nothing. On one node only, failing over and back differ.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    nopreempt
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    nopreempt
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    nopreempt
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    CHECKSUM_DIFFERS = "K0513", "Nodes with different checksums of version 3." {
        why: "\
With `v3_checksum_as_v2` the checksum of version 3 over IPv4 leaves out the pseudo-header. A node
without it drops such adverts as damaged, and becomes master too.",
        bad: ["\
global_defs {
    v3_checksum_as_v2
    vrrp_version 3
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24
    }
}
", "\
global_defs {
    vrrp_version 3
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
        good: ["\
global_defs {
    vrrp_version 3
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24
    }
}
", "\
global_defs {
    vrrp_version 3
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
    };
    NO_FAILOVER = "K0514", "A weight that can never move the master." {
        why: "\
When the tracked thing fails, the master's priority goes down, but not below that of the best backup;
an equal priority is not enough, since a backup takes over only from a lower one (RFC 9568 6.4.2). So
the check runs, fails, and nothing happens.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    track_script {
        chk weight -20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk weight -20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    track_script {
        chk weight -60
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk weight -60
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    WEIGHT_WITH_NOPREEMPT = "K0515", "A weight that `nopreempt` of the other node undoes." {
        why: "\
A weight lowers the priority of a master that goes on living, and `nopreempt` tells the backup to
leave a live master alone, whatever its priority. keepalived behaves so too: the master keeps the
addresses with a failed service. Only a FAULT, which is a weight of 0, or its death moves them.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    nopreempt
    track_script {
        chk weight -60
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    nopreempt
    track_script {
        chk weight -60
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    nopreempt
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    nopreempt
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    UPSIDE_DOWN = "K0516", "A backup that leads while all is well." {
        why: "\
The node with the highest `priority` should lead, and the weights of healthy things on the other
node, or of `reverse` ones on this, make the other one lead. Often a bonus that only one node has.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 90
    track_script {
        chk weight 20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk weight 20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 90
    track_script {
        chk weight 20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    SCRIPTS_DIFFER = "K0517", "A script that differs between nodes." {
        why: "\
A script of one name does something else, or at another pace, on another node, so that the nodes judge
themselves differently. Where the hosts differ that may be right.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 5
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    GROUPS_DIFFER = "K0518", "Sync groups whose members differ." {
        why: "\
The members of a sync group move together. If a group has other members on another node, what moves
together on one node is torn apart on the other.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_instance lan {
    interface eth0
    virtual_router_id 53
    priority 100
    virtual_ipaddress { 203.0.113.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
        lan
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
"],
    };
    GROUP_TORN = "K0519", "A sync group whose members want different masters." {
        why: "\
A member of a sync group becomes master only when all members want to. Where one node has the higher
priority in one instance and another node in another, they never agree for long.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 150
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance db {
    interface eth0
    virtual_router_id 52
    priority 100
    virtual_ipaddress { 198.51.100.1/24 }
}

vrrp_sync_group all {
    group {
        web
        db
    }
}
"],
    };
    SERVICES_DIFFER = "K0520", "Virtual servers that differ between nodes." {
        why: "\
The node that takes over serves what its own file says. A service that it lacks is gone after a
failover; one with other real servers or another scheduler serves clients otherwise than before.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
    real_server 10.0.0.2 80 {
        TCP_CHECK {
        }
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}

virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress { 192.0.2.100/24 }
}

virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
}
