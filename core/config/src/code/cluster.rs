//! `K0511` to `K0516`: what several nodes disagree about in an election, and what can never work.

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
}
