//! `K0517` and on: scripts, sync groups and services that differ between nodes.

use super::{Code, codes};

codes! { DIFFER:
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
