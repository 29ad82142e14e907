//! `K01`: keywords: which there are, where they stand, what follows them.

use super::{Code, codes};

codes! { KEYWORDS:
    UNKNOWN_KEYWORD = "K0101", "A word that is no keyword." {
        why: "\
Nothing of this name belongs here. The line is ignored, as keepalived ignores it, and the default
stays in force: with `priorty 150` both nodes have priority 100, and the addresses settle on the one
with the higher IP address.

An unknown block is skipped as a whole. keepalived skips only its first line: the lines inside are
read as if they stood in the block around it, and its `}` closes that one.

Half of all real files have such a word and run today, so it is a warning; `--strict` makes it an
error.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priorty 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    MISPLACED_KEYWORD = "K0102", "A keyword that belongs elsewhere." {
        why: "\
The word is a keyword, but of another block; the message says of which. keepalived does not know it
here and ignores the line. Often a brace before it closes one block too many.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    auth_pass secret
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
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    EXTRA_WORDS = "K0103", "Words after the value of a keyword." {
        why: "\
The keyword takes fewer words than there are; the rest is ignored, here as in keepalived. If the
value has blanks, quote it; if a comment was meant, put `#` before it.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150 on this node
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150 # on this node
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    MISSING_BLOCK = "K0104", "A keyword that needs a block, without one." {
        why: "\
What this keyword says stands between braces, and none follow. Perhaps the `{` is missing, or the
value was written on the keyword's line.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress 192.0.2.1/24
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
    UNEXPECTED_BLOCK = "K0105", "A block after a keyword that takes none." {
        why: "\
The keyword takes a value and no braces; what is between them is skipped. keepalived reads those
lines as if they stood in the block around them.",
        bad: ["\
vrrp_instance web {
    interface eth0 {
        mtu 1500
    }
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
    REPEATED = "K0106", "A keyword given twice; the last counts." {
        why: "\
Only one of the two can hold; it is the last, here as in keepalived. In a long block the first one
is what people see and change, to no effect.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150
    priority 100
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 150
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    NOT_YET = "K0107", "A keyword that is not yet supported." {
        why: "\
The keyword is read and checked as any other, and this version does not act on it. The message says
what comes of that. Where the daemon would do something else than the file plainly means, `run` and
the simulator refuse the file; where only a convenience is missing, they run it and warn.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    virtual_routes {
        198.51.100.0/24 via 192.0.2.9 vrf blue
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
    WITHOUT_EFFECT = "K0108", "A keyword that is accepted and has no effect." {
        why: "\
The keyword tells keepalived something about itself, such as the priority of one of its processes,
that has no meaning here. It can stay: a file may serve both programs.",
        bad: ["\
global_defs {
    min_auto_priority_delay 99
}
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
    MISSING_NAME = "K0109", "A block without its name." {
        why: "\
This block is referred to by its name, in logs, in `track_script`, in sync groups; without one
nothing can refer to it.",
        bad: ["\
vrrp_instance {
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
    REFUSED = "K0110", "A keyword that is refused." {
        why: "\
The keyword asks for something that this program will not do; the message gives the reason. To run
without it would be something else than the file says, so the file is not used.",
        bad: ["\
static_routes {
    nat 192.0.2.0/24 via 198.51.100.1 dev eth0
}
"],
        good: ["\
static_routes {
    192.0.2.0/24 via 198.51.100.1 dev eth0
}
"],
    };
    LEGACY = "K0111", "An old form that is read as it was meant." {
        why: "\
Files outlive the programs that they were written for. This form was keepalived's once, and today's
keepalived no longer knows it. It is read as it was meant, so that the file works; write the new
form, which the hint shows, so that both programs agree.",
        bad: ["\
vrrp_sync_group all {
    web
}
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_sync_group all {
    group {
        web
    }
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
}
