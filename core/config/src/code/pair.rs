//! `K05`: what the files of several nodes mean together: one virtual router.

use super::{Code, codes};

codes! { PAIR:
    VRID_DIFFERS = "K0501", "One virtual router under two VRIDs." {
        why: "\
Nodes know a virtual router by its number. Under two numbers there are two virtual routers: neither
node hears a rival, both are master, and both own the addresses. Clients reach whichever answered
last.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 15
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
    VERSION_DIFFERS = "K0502", "Nodes that speak different versions." {
        why: "\
An advert of another version than the own is dropped (RFC 9568 7.1), by keepalived too: each node is
alone, and both are master.",
        bad: ["\
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
    version 3
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    version 3
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    version 3
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    AUTH_DIFFERS = "K0503", "Nodes whose authentication differs." {
        why: "\
An advert with another type of authentication or another password is dropped, by keepalived too:
each node is alone, and both are master. The first 8 bytes of a password count. The trailers of
`auth_hmac` are held to the same: a node believes those that were made with a key that it has, and
while keys are changed every node needs the new one before any node signs with it.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    authentication {
        auth_type PASS
        auth_pass f1rst
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass s3cond
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    authentication {
        auth_type PASS
        auth_pass f1rst
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass f1rst
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    INTERVAL_DIFFERS = "K0504", "Nodes with different intervals." {
        why: "\
In version 2 an advert with another interval than the own is dropped (RFC 3768 7.1), by keepalived
too: both nodes are master. Change the interval on all nodes at once. In version 3 a backup goes by
the interval of its master, so that this is only a note.",
        bad: ["\
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
    advert_int 2
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 2
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 2
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    ADDRESSES_DIFFER = "K0505", "Nodes with different addresses for one virtual router." {
        why: "\
keepalived logs that an advert lists other addresses than its own, and goes on. After a failover the
addresses that the new master lacks are gone, and nobody notices until somebody uses them.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
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
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
"],
    };
    TRANSPORT_DIFFERS = "K0506", "Nodes whose adverts travel differently." {
        why: "\
A node with `unicast_peer` drops what comes by multicast, and the other way round; nodes of
different multicast groups don't hear each other at all. Either way both are master.",
        bad: ["\
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
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    PEERS_ASTRAY = "K0507", "Unicast peers that don't point at each other." {
        why: "\
A node sends its adverts to the addresses in its `unicast_peer` and to nobody else. Where another
node's `unicast_src_ip` is not among them, that node hears nothing, and becomes master too.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.3
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.2
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.2
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    TWO_OWNERS = "K0508", "Two nodes of priority 255." {
        why: "\
Priority 255 says that a node owns the addresses: it takes them the moment it starts and asks
nobody. Two such nodes are both master, until one yields to the higher address; with
`owner_ignore_adverts` or `vrrp_strict` neither ever yields.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 255
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 255
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
    EQUAL_PRIORITIES = "K0509", "Nodes of equal priority." {
        why: "\
Of two nodes with the same priority that start together, both become master for a moment, and the one
with the higher source address stays. Who that is, no file shows. With `nopreempt` on all of them it
is a common way to say that it does not matter who leads, and then only a note.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
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
    TWO_STATE_MASTER = "K0510", "`state MASTER` on several nodes." {
        why: "\
`state` elects nobody: the priority does. `state MASTER` with a priority only makes a node ignore
`nopreempt` and `preempt_delay`. On two nodes it is harmless, and looks like more than it is.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    state MASTER
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    state MASTER
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    state BACKUP
    virtual_ipaddress { 192.0.2.100/24 }
}
", "\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    state BACKUP
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
}
