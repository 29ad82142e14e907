//! `K0350` and on: virtual servers, real servers and their checkers.

use super::{Code, codes};

codes! { SERVICE:
    NO_REAL_SERVER = "K0350", "A virtual server without real servers." {
        why: "\
keepalived leaves such a virtual server out, even if it has a `sorry_server`: the kernel is not told
of it, and connections to its address end at this node.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    DUPLICATE_SERVICE = "K0351", "Two virtual servers of one address, port and protocol." {
        why: "\
To the kernel these are one service. keepalived adds the real servers of both blocks to it, with the
scheduler of the first, and lets each block count a quorum of its own. Here the real servers of the
second block are added to the first, whose other settings count.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.3 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
    real_server 192.0.2.3 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    DUPLICATE_REAL_SERVER = "K0352", "A real server that its virtual server has already." {
        why: "\
The kernel knows a real server by its address and port. keepalived drops the second block, with its
weight and its checkers; so it is here. With DR and TUN all real servers have the port of the virtual
server, so that two ports of one address are one real server too.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
    real_server 192.0.2.2 80 {
        weight 3
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
    real_server 192.0.2.3 80 {
        weight 3
    }
}
"],
    };
    NO_PROTOCOL = "K0353", "A virtual server without `protocol`, which means UDP." {
        why: "\
keepalived takes UDP for a virtual server that does not say its protocol. Few mean that: web and mail
servers need `protocol TCP`.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    delay_loop 5
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    delay_loop 5
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    UNKNOWN_SCHEDULER = "K0354", "A scheduler that does not exist." {
        why: "\
keepalived reports the word and uses wlc, weighted least connections; so it is here.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_algo loadbalance
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_algo wrr
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    METHOD_CASE = "K0355", "A forwarding method in small letters." {
        why: "\
keepalived knows NAT, DR and TUN in capitals only, and takes NAT for any other word: `lb_kind dr`
changes the destination of packets there, whose answers then do not come back through this node. Here
it means DR, as whoever wrote it meant. If keepalived runs the same file on another node, the two
nodes differ until it is written in capitals.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_kind dr
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_kind DR
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    FORCED_PORT = "K0356", "A real server with another port than DR and TUN can reach." {
        why: "\
Only NAT changes the port of a packet. With DR and TUN packets arrive at the port that the client
asked for, so keepalived sets the real server's port to the virtual server's, and to none where that
is a firewall mark. The port as it is written is still the one that is checked.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_kind DR
    real_server 192.0.2.2 8080 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    lb_kind NAT
    real_server 192.0.2.2 8080 {
        TCP_CHECK {
        }
    }
}
"],
    };
    QUORUM = "K0357", "A quorum or a hysteresis that can not be as it is." {
        why: "\
A quorum above the sum of all weights could never be reached: keepalived reduces it to that sum. A
hysteresis must be less than the quorum, or a quorum that is lost would not be noticed before the
last server is gone: keepalived reduces it too. If all weights are 0, keepalived's quorum becomes 0,
and its hysteresis 4,294,967,295; here the quorum stays 1, and is never there.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    quorum 3
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    quorum 1
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    ALL_PORTS = "K0358", "All ports of an address, without persistence." {
        why: "\
A virtual server without a port, or with port 0, is for all ports. The kernel only takes it with
persistence, so keepalived sets `persistence_timeout 360`.",
        bad: ["\
virtual_server 192.0.2.1 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 {
    protocol TCP
    persistence_timeout 360
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    UNKNOWN_SERVICE_GROUP = "K0359", "A virtual server whose group is not defined." {
        why: "\
keepalived leaves the virtual server out, and runs: nothing is balanced that should be. Here it is an
error.",
        bad: ["\
virtual_server group web {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server_group web {
    192.0.2.1 80
}
virtual_server group web {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    EMPTY_SERVICE_GROUP = "K0360", "A virtual server group without entries." {
        why: "\
keepalived removes such a group, and with it the virtual servers that use it.",
        bad: ["\
virtual_server_group web {
}
"],
        good: ["\
virtual_server_group web {
    192.0.2.1 80
}
"],
    };
    OTHER_FAMILY = "K0361", "An address of another family than what it belongs to." {
        why: "\
A real server or sorry server must have the address family of its virtual server, unless packets
reach it by a tunnel; keepalived skips one that has not. A checker can't connect from an address of
another family than the one it connects to; keepalived ignores such a `bindto`.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
    real_server 2001:db8::2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    INCOMPLETE_CHECK = "K0362", "A checker without what it should look at." {
        why: "\
keepalived leaves such a checker out, or does not survive it (HTTP_GET without `url`). The real server
would then always count as well, which nobody means who writes a checker: here it is an error.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        HTTP_GET {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        HTTP_GET {
            url {
                path /
            }
        }
    }
}
"],
    };
    UNKNOWN_TRACKED = "K0363", "A checker that follows something that is not defined." {
        why: "\
keepalived leaves such a checker out; so it does if the `track_file` or `bfd_instance` stands further
down in the file. Here it may stand anywhere; that it stands nowhere is an error, because the real
server would always count as well.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        BFD_CHECK {
            name peer
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    IMPOSSIBLE_CHECK = "K0364", "A checker that can never be well." {
        why: "\
No answer has a length that is at least `min_reply_length` and at most `max_reply_length`, of which
the default is 255. keepalived warns too, and takes the real server down.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        UDP_CHECK {
            min_reply_length 300
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        UDP_CHECK {
            min_reply_length 300
            max_reply_length 400
        }
    }
}
"],
    };
    IGNORED_SETTING = "K0365", "A setting that has no effect on this service." {
        why: "\
It belongs to something that is not there: a flag of another scheduler, `ops` without UDP, a protocol
of a firewall mark, a setting of a sorry server where there is none, `regex` options without `regex`.
keepalived ignores it, in most cases with a message.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    ops
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol UDP
    ops
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    NO_CHECK_PORT = "K0366", "A checker without a port to connect to." {
        why: "\
Neither the checker nor the real server nor the virtual server says a port, so the checker connects
to port 0, and fails. keepalived does that without a word.",
        bad: ["\
virtual_server fwmark 7 {
    lb_kind DR
    real_server 192.0.2.2 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server fwmark 7 {
    lb_kind DR
    real_server 192.0.2.2 {
        TCP_CHECK {
            connect_port 80
        }
    }
}
"],
    };
    NO_PERSISTENCE = "K0367", "`persistence_timeout 0`." {
        why: "\
keepalived calls the value invalid, and has no persistence then; so it is here. That is probably what
is meant, but is said by leaving the line out.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    persistence_timeout 0
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
    THRESHOLDS = "K0368", "A lower connection threshold above the upper one." {
        why: "\
The kernel refuses a real server whose `lthreshold` is above its `uthreshold`, so it would not be in
the table. Without `uthreshold` there is no limit to come back from, and the kernel refuses it too.
keepalived does not notice before the kernel does.",
        bad: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        uthreshold 10
        lthreshold 20
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        uthreshold 20
        lthreshold 10
    }
}
"],
    };
    LEGACY_GROUP = "K0369", "`group` at the top level." {
        why: "\
Very old versions held virtual servers together by it. keepalived does not know the word any more; it
reports it and its braces, and reads what is between them. So it is here.",
        bad: ["\
group web {
    virtual_server 192.0.2.1 80 {
        protocol TCP
        real_server 192.0.2.2 80 {
            TCP_CHECK {
            }
        }
    }
}
"],
        good: ["\
virtual_server 192.0.2.1 80 {
    protocol TCP
    real_server 192.0.2.2 80 {
        TCP_CHECK {
        }
    }
}
"],
    };
}
