//! `K0090` and on: files that can't be read, and comments that silence.

use super::{Code, codes};

codes! { SILENCE:
    UNREADABLE = "K0090", "A file that can't be read." {
        why: "\
The file is not there, or may not be read by whoever runs this, or is no regular file.",
    };
    BAD_MARK = "K0091", "A `bellwether:` comment that is not understood." {
        why: "\
A comment that starts with `bellwether:` is an instruction to this program, and this one has no
meaning: it is misspelt, or it names a code that does not exist. What it should have silenced is
still said. keepalived takes it for a comment like any other.",
        bad: ["\
# bellwether: ignore(K0314)
vrrp_instance web {
    interface eth0
    virtual_router_id 7
}
"],
        good: ["\
# bellwether: allow(K0314)
vrrp_instance web {
    interface eth0
    virtual_router_id 7
}
"],
    };
    USELESS_MARK = "K0092", "A comment that silences nothing." {
        why: "\
The comment allows a code that does not occur on its line or in its block. Perhaps what it was
written for is mended, or has moved; left there, it would hide the same problem when it comes back.
An error can't be silenced either.",
        bad: ["\
# bellwether: allow(K0314)
vrrp_instance web {
    interface eth0
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
}
