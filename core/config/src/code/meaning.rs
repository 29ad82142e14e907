//! `K0301` to `K0309`: an instance itself: where it speaks, its name and number, its election.

use super::{Code, codes};

codes! { MEANING:
    MISSING_INTERFACE = "K0301", "An instance without an interface." {
        why: "\
Adverts are sent and heard on one interface, and nobody but the author knows which. keepalived takes
`default_interface` of `global_defs`, or else does not start; here it is the same.",
        bad: ["\
vrrp_instance web {
    virtual_router_id 7
    virtual_ipaddress {
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
    }
}
"],
    };
    LOOPBACK = "K0302", "An instance on the loopback interface." {
        why: "\
No other node hears what is sent on the loopback interface: each would be master, alone. keepalived
refuses it too. To put an address on `lo`, name that interface after the address, with `dev lo`.",
        bad: ["\
vrrp_instance web {
    interface lo
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/32
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/32 dev lo
    }
}
"],
    };
    MISSING_VRID = "K0303", "An instance without a virtual router id." {
        why: "\
The VRID tells the nodes of one virtual router from all others on the link. There is no default that
could be right on every network, so the instance can't be used; keepalived does not start with it.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_ipaddress {
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
    }
}
"],
    };
    DUPLICATE_VRID = "K0304", "Two instances of one VRID on one interface." {
        why: "\
A packet carries the VRID and no name, so both instances would take each other's adverts for those
of a peer. keepalived does not start with such a file, and at a reload exits, leaving the addresses
behind on the interface. IPv4 and IPv6 count apart.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
vrrp_instance mail {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.2/24
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
vrrp_instance mail {
    interface eth0
    virtual_router_id 8
    virtual_ipaddress {
        192.0.2.2/24
    }
}
"],
    };
    DUPLICATE_NAME = "K0305", "Two instances or two scripts of one name." {
        why: "\
Names are how logs, notifications and `track_script` speak of a thing; with two of one name nobody
can say which is meant. keepalived drops the second.",
        bad: ["\
vrrp_script chk {
    script /usr/local/bin/check-web
}
vrrp_script chk {
    script /usr/local/bin/check-mail
}
"],
        good: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
}
vrrp_script chk_mail {
    script /usr/local/bin/check-mail
}
"],
    };
    IMPLIED_OWNER = "K0306", "`state MASTER` without a priority, which means 255." {
        why: "\
Without `priority` the default is 100, but with `state MASTER` it is 255, here as in keepalived:
that of the node which owns the addresses. It becomes master at once, no failing script can lower
it, and it takes the addresses back the moment that it returns. Two such nodes are both master.
Write the priority that you mean.",
        bad: ["\
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 7
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    PREEMPTION = "K0307", "`nopreempt` or `preempt_delay` that has no effect." {
        why: "\
`nopreempt` lets a node that comes back wait until the present master fails; `preempt_delay` lets it
wait for a time. `state MASTER` and priority 255 cancel both, and `nopreempt` leaves nothing to
delay. keepalived does the same, and says so only in its log: the node takes the addresses back in
the middle of the day. For `nopreempt` write `state BACKUP` on every node.",
        bad: ["\
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 7
    priority 150
    nopreempt
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
    priority 150
    nopreempt
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    PASSWORD_CUT = "K0308", "A password longer than the 8 bytes that a packet carries." {
        why: "\
Only the first 8 bytes are sent and compared (RFC 2338, section 5.3.10), so the rest protects
nothing: two passwords that differ after the eighth byte are one. keepalived cuts it as well. The
password travels in the clear in any case.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass correct_horse
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass correct_
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    AUTH_IGNORED = "K0309", "Authentication that is not used." {
        why: "\
VRRP version 3 has no authentication (RFC 9568, section 9): the adverts carry no password, and any
node on the link can send them. keepalived ignores the block too. A password without a type is not
used either.",
        bad: ["\
vrrp_instance web {
    version 3
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    version 3
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
}
