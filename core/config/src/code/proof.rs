//! `K0326` to `K0349`: what proves an advert's sender.

use super::{Code, codes};

codes! { PROOF:
    AUTH_STATE = "K0326", "`state MASTER` with an authentication header." {
        why: "\
The header of `auth_type AH` carries a number that grows with each advert, whoever sends it. A node
that starts as MASTER has not heard the last number, begins with 1, and is refused as a replay by
everybody who has heard more; it and the true master would both be masters for a while. keepalived
reads such a file as `state BACKUP`, and so does Bellwether. The node with the highest priority still
gets the role: it waits until it has heard the others, or has heard nobody for a while.",
        bad: ["\
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 7
    priority 150
    authentication {
        auth_type AH
        auth_pass secret
    }
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
    authentication {
        auth_type AH
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
}
