//! `K0001` to `K0012`: how a file is written: braces, quotes, bytes.

use super::{Code, codes};

codes! { WRITING:
    UNCLOSED_BLOCK = "K0001", "A `{` without its `}`." {
        why: "\
A block is opened and never closed, so all that follows is inside of it. keepalived counts braces,
complains, and runs on with what it made of the file: an instance that was to follow has become a
part of the one before it, and its addresses are nowhere.

The message points at the brace that, by the indentation and by the blocks that follow, is the one
left open.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
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
    STRAY_BRACE = "K0002", "A `}` without its `{`." {
        why: "\
There is nothing left to close. Most often a `{` further up is missing or commented out; then what
looks like a block above has been read as single lines. keepalived reports the count of braces and
goes on.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
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
    UNCLOSED_QUOTE = "K0003", "A quote that does not end on its line." {
        why: "\
A quoted value ends on the line where it starts. Without the second quote nobody can tell where the
value ends, so the file is not used. keepalived takes all up to the end of the line.",
        bad: ["\
vrrp_script chk_web {
    script \"/usr/local/bin/check-web --fast
}
"],
        good: ["\
vrrp_script chk_web {
    script \"/usr/local/bin/check-web --fast\"
}
"],
    };
    NESTING = "K0004", "Blocks nested deeper than any configuration needs." {
        why: "\
No keyword needs more than five levels of blocks; a file with more than 24 is not a configuration,
or has lost its closing braces. It is refused, so that no file can exhaust the memory of whoever
reads it.",
        bad: ["\
a { a { a { a { a { a { a { a { a { a { a { a { a {
a { a { a { a { a { a { a { a { a { a { a { a { a {
} } } } } } } } } } } } }
} } } } } } } } } } } } }
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
    NOT_UTF8 = "K0005", "A value with bytes that are not UTF-8." {
        why: "\
The bytes of this value are no UTF-8 text, as in a file that was saved as Latin-1. In comments such
bytes do no harm; in a name or a path they would be compared and shown wrongly. Save the file as
UTF-8, or write the value in ASCII.",
    };
    ODD_BLANK = "K0006", "A blank that is not ASCII, as web pages have them." {
        why: "\
A no-break space, or another blank outside of ASCII, stands between words: they come along when a
configuration is copied from a web page. Here it separates words, as it looks. keepalived takes it
for a letter, so that `state MASTER` becomes one unknown keyword and is ignored.",
        bad: ["\
vrrp_instance web {
    interface\u{a0}eth0
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
    NAMELESS_BLOCK = "K0007", "A `{` with no keyword before it." {
        why: "\
A block starts without a word that says what it is; it is skipped as a whole. keepalived reads its
lines as if they belonged to the block around it.",
        bad: ["\
{
    router_id lb1
}
"],
        good: ["\
global_defs {
    router_id lb1
}
"],
    };
    SEVERAL_ON_A_LINE = "K0008", "Several statements on one line." {
        why: "\
keepalived reads one keyword from each line and ignores the words after its value, often without a
message: of `auth_type PASS auth_pass secret` the password is lost, and the node sends adverts with
an empty one, which its peers drop. Two nodes that drop each other's adverts are both master. Here
the line is read as it is meant; a keepalived next to it would differ, so give each its line.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication { auth_type PASS auth_pass secret }
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
    GLUED_COMMENT = "K0009", "A value that ends where a comment starts." {
        why: "\
Outside of quotes `#` and `!` start a comment, even in the middle of a word. A password `p#ss` is
`p`, on every node alike, so nothing fails and the password is guessed at once. Quote a value that
has such a character; put a blank before a comment.",
        bad: ["\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    authentication {
        auth_type PASS
        auth_pass p#ssw0rd
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
        auth_pass \"p#ssw0rd\"
    }
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"],
    };
    TOO_MANY = "K0011", "So many problems that not all are listed." {
        why: "\
After 500 diagnostics the rest is only counted, and the first error is shown in any case. A file
with so many is mostly something else than a configuration, or has one mistake near its start from
which all others follow: begin with the first.",
    };
    MODEL = "K0012", "The model refuses what the reader let through." {
        why: "\
The configuration contradicts itself in a way that none of the more exact checks has found. This is
a defect of this program: please report it, with the file.",
    };
}
