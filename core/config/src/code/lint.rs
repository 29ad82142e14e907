//! `K04`: what is legal in one file and yet seldom meant.

use super::{Code, codes};

codes! { LINT:
    LONG_TIMEOUT = "K0401", "A script that may run longer than its interval." {
        why: "\
keepalived and this program never run a script twice at once: while a run hangs, the next ones are
left out, and it counts as failed only when its timeout is over. With a timeout above the interval a
hanging service is noticed late. The default timeout is the interval.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    interval 2
    timeout 10
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
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
    timeout 2
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    UNUSED_SCRIPT = "K0402", "A script that nobody tracks." {
        why: "\
A `vrrp_script` runs only when an instance or a sync group names it in `track_script`. keepalived
drops it without a word. Often the `track_script` block was forgotten, and a failing service moves
nothing.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    track_script {
        chk
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    CLAMPED_WEIGHT = "K0403", "A weight that can never change a priority." {
        why: "\
The effective priority of a backup is held within 1 and 254. At 254 a bonus adds nothing, and at 1
nothing can be taken away, so the script runs and decides nothing.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 254
    track_script {
        chk weight 20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
}

vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    track_script {
        chk weight 20
    }
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    GROUPED_WEIGHT = "K0404", "A weighted script of a member of a sync group." {
        why: "\
The members of a sync group stand and fall together, and so that they can't drift apart, keepalived
leaves out the weighted scripts of members, unless the group has `sync_group_tracking_weight`. The
script then moves nothing at all. Without a weight its failure is a FAULT of the whole group.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    weight -20
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
vrrp_instance db {
    interface eth1
    virtual_router_id 52
    priority 100
    virtual_ipaddress {
        198.51.100.100/24
    }
}
vrrp_sync_group both {
    group {
        web
        db
    }
}
"],
        good: ["\
vrrp_script chk {
    script /usr/local/bin/chk
    weight 0
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_script {
        chk
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
vrrp_instance db {
    interface eth1
    virtual_router_id 52
    priority 100
    virtual_ipaddress {
        198.51.100.100/24
    }
}
vrrp_sync_group both {
    group {
        web
        db
    }
}
"],
    };
    SHARED_ADDRESS = "K0411", "One address of two instances." {
        why: "\
Each instance adds and removes its addresses for itself. When one of the two steps down it removes the
address, while the other still believes to have it; on different nodes, two kernels own it.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance mail {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100/24 }
}

vrrp_instance mail {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress { 192.0.2.101/24 }
}
"],
    };
    SCOPE_DIFFERS = "K0413", "Addresses of one network with different scopes." {
        why: "\
The kernel pairs a secondary address with its primary only within a scope, and prefers sources of a
wide scope. Two addresses of one network that differ in it are seldom meant so.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24 scope link
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        192.0.2.100/24
        192.0.2.101/24
    }
}
"],
    };
    NETWORK_ADDRESS = "K0414", "A virtual address that no host can have." {
        why: "\
The first address of an IPv4 network names the network, and the last is its broadcast address. A
master sets it all the same, and neighbours don't talk to it.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.0/24 }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress { 192.0.2.100/24 }
}
"],
    };
    OWN_INTERFACE = "K0421", "The own interface in `track_interface`." {
        why: "\
An instance is in FAULT while the interface that it speaks on is down, whether it is tracked or not.
keepalived leaves the second mention out, and a weight that stands there is ignored.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_interface {
        eth0 weight -20
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    track_interface {
        eth1
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
    };
    IMPATIENT = "K0422", "A backup that waits for one advert only." {
        why: "\
With `down_timer_adverts 1` a backup takes over when a single advert is lost or late: a busy switch or
a moment without processor time makes a second master. A shorter interval with the usual 3 is as fast
and survives a lost packet.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    down_timer_adverts 1
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    down_timer_adverts 3
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
    };
    UNREACHABLE = "K0423", "Addresses that answer nobody because of strict mode." {
        why: "\
`vrrp_strict` keeps to the letter of the RFC, by which a master that does not own the addresses must
not accept packets for them. keepalived adds firewall rules that drop them: neither ping nor service
answers. The distribution's sample file has it, and it is the most frequent surprise of newcomers.",
        bad: ["\
global_defs {
    vrrp_strict
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
    OWN_PEER = "K0431", "The own address among the unicast peers." {
        why: "\
A node that sends its adverts to itself tells nobody else. Often one list was copied to all nodes.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.1
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
    };
    VIRTUAL_SOURCE = "K0432", "A virtual address as source or peer of adverts." {
        why: "\
Only the master has the virtual address. A backup that is to send from it can't start, and adverts
that are sent to it reach the master itself.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.100
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 100
    unicast_src_ip 192.0.2.1
    unicast_peer {
        192.0.2.2
    }
    virtual_ipaddress {
        192.0.2.100/24
    }
}
"],
    };
    SLOW_CHECK = "K0451", "A check that may take longer than the time between two." {
        why: "\
A server that refuses is noticed at once, and one that hangs only when the check has run out of time.
The default of `connect_timeout` is 5 s, so a `delay_loop` below it promises more than it keeps.",
        bad: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    delay_loop 3
    real_server 10.0.0.1 80 {
        TCP_CHECK {
            connect_timeout 10
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    delay_loop 10
    real_server 10.0.0.1 80 {
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
"],
    };
    UNCHECKED = "K0452", "A real server that is not checked, unlike others." {
        why: "\
A real server without a checker counts as up for ever: when it dies, its share of the connections goes
nowhere. Next to servers that are checked, it was probably forgotten.",
        bad: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
    real_server 10.0.0.2 80 {
        weight 1
    }
}
"],
        good: ["\
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
"],
    };
    DRAINED = "K0453", "A real server of weight 0." {
        why: "\
A server of weight 0 keeps the connections that it has and gets no new ones. That is right while it is
taken out of service, and easily left behind. If all servers have weight 0, the service takes no
connections at all.",
        bad: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    real_server 10.0.0.1 80 {
        weight 0
        TCP_CHECK {
        }
    }
    real_server 10.0.0.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
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
"],
    };
    SORRY_IS_REAL = "K0454", "A sorry server that is a real server too." {
        why: "\
The sorry server serves when no real server can. If it is one of them, it is down just then.",
        bad: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    sorry_server 10.0.0.1 80
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    sorry_server 10.0.0.9 80
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    SORRY_UNUSED = "K0455", "A sorry server that never serves." {
        why: "\
The sorry server takes over when the quorum is lost, and servers that are never checked are never
lost.",
        bad: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    sorry_server 10.0.0.9 80
    real_server 10.0.0.1 80 {
        weight 1
    }
}
"],
        good: ["\
virtual_server 192.0.2.100 80 {
    protocol TCP
    sorry_server 10.0.0.9 80
    real_server 10.0.0.1 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
}
