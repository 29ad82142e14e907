//! `K02`: values: numbers, addresses, words, commands.

use super::{Code, codes};

codes! { VALUES:
    MISSING_VALUE = "K0201", "A keyword without its value." {
        why: "\
The keyword needs a value and its line ends. The value of the next line is not taken for it: a line
end separates statements. keepalived keeps the default.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority
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
    NOT_A_NUMBER = "K0202", "A value that should be a number and is not." {
        why: "\
keepalived reports such a value and keeps the default. A node whose priority silently is 100 elects
another master than its author expects, so here it is an error. Numbers are decimal, without a unit:
`advert_int 1`, not `1s`.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority high
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priority 200
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    OUT_OF_RANGE = "K0203", "A number outside its range." {
        why: "\
The message gives the range. Most ranges are those of a field in a packet: a VRID and a priority
have one byte (RFC 9568, section 5.2). keepalived reports the number and keeps the default, or, for
a VRID, does not start the instance at all.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 300
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 30
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    BAD_WORD = "K0204", "A word that the keyword does not know." {
        why: "\
The keyword takes one of a few words, and this is none of them; the message lists them, or names the
nearest. keepalived keeps the default.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASSWORD
        auth_pass secret
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
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    BAD_ADDRESS = "K0205", "An address or a prefix that does not parse." {
        why: "\
An address is four numbers to 255 with dots, or IPv6; a prefix length is at most 32, or 128; a
netmask has its ones on the left. keepalived drops the address and runs the instance without it: the
node is master, and the service is nowhere.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.300/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.30/24
    }
}
"],
    };
    BAD_INTERFACE = "K0206", "A name that no interface can have." {
        why: "\
The kernel's names of interfaces have 1 to 15 bytes, without blanks and `/`. No host has an
interface of this name.",
        bad: ["\
vrrp_instance web {
    interface very-long-interface-name
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
        good: ["\
vrrp_instance web {
    interface enp0s31f6
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    LONG_LABEL = "K0207", "A label longer than the kernel takes." {
        why: "\
A label has at most 15 bytes. With a longer one the kernel refuses the address, at the moment when
the node becomes master.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24 label eth0:web-and-mail
    }
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24 label eth0:web
    }
}
"],
    };
    CLAMPED = "K0208", "A number that is taken as the nearest one in range." {
        why: "\
keepalived takes this number, and means the nearest that makes sense; so does this program. A weight
beyond 253 would be one: priorities are 1 to 254, so no weight needs more to decide an election.",
        bad: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
    weight 254
}
"],
        good: ["\
vrrp_script chk_web {
    script /usr/local/bin/check-web
    weight 253
}
"],
    };
    ROUNDED = "K0209", "A number that is rounded." {
        why: "\
The value is finer than a packet can say: VRRP version 2 sends whole seconds, version 3 hundredths
(RFC 3768, section 5.3.7; RFC 9568, section 5.2.7). The rounded one is used, as keepalived does. In
version 2 an interval below a second becomes one second, and a failover takes over three.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    advert_int 0.5
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
    advert_int 0.5
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    NO_SHELL = "K0210", "Shell syntax in a command that no shell runs." {
        why: "\
The command is split into words and executed, without a shell, here as in keepalived: `>`, `|`, `&&`
and `;` are arguments like any other. The program gets them, complains or ignores them, and its exit
code is not the one that was meant.",
        bad: ["\
vrrp_script chk_web {
    script \"pidof nginx > /dev/null\"
}
"],
        good: ["\
vrrp_script chk_web {
    script \"/bin/sh -c 'pidof nginx > /dev/null'\"
}
"],
    };
    BAD_COMMAND = "K0211", "A command that can't be split into words." {
        why: "\
A quote inside of the command is not closed, or the command is empty; nothing can be executed.",
        bad: ["\
vrrp_script chk_web {
    script \"/bin/sh -c 'exit 0\"
}
"],
        good: ["\
vrrp_script chk_web {
    script \"/bin/sh -c 'exit 0'\"
}
"],
    };
    UNQUOTED_COMMAND = "K0212", "A notify command with arguments and without quotes." {
        why: "\
After a notify command may stand a user and a group, so keepalived takes the words that were meant as
arguments for those, and the command runs as somebody else, or not at all. Here more words than a
user and a group are read as arguments, as they are meant. Quote the command together with its
arguments, so that both programs agree.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    notify_master /usr/local/bin/tell --loud now
}
"],
        good: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
    notify_master \"/usr/local/bin/tell --loud now\"
}
"],
    };
}
