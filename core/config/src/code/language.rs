//! `K0013` and on: includes, definitions, sequences, conditionals.

use super::{Code, codes};

codes! { LANGUAGE:
    INCLUDE_MISSING = "K0013", "An `include` of a file that is not there or can't be read." {
        why: "keepalived logs it and goes on without the file, so the parts that stand in it are \
            silently missing. With `includer`, `includem`, `includew`, `includeb` and `includea` \
            it is an error, there as here: `r` a file that is there can't be read, `m` a name \
            without wildcards has no file, `w` no file at all matches, `b` an alternative of \
            `{a,b}` has no file, `a` all of these. A wildcard that matches nothing is no mistake \
            for a plain `include`.\n\nNames are relative to the directory of the file that \
            includes. They are not quoted, and one line includes one name or pattern.",
        bad: ["include conf.d/web.cnf\n", "includem conf.d/web.conf\n"],
        good: ["include conf.d/*.conf\n"],
    };
    INCLUDE_CYCLE = "K0014", "A file that includes itself." {
        why: "The file is being read already when the `include` is met, by itself or by a file \
            that it includes. keepalived reads on until it runs out of files or memory.",
        bad: ["include lb1.conf\n"],
        good: ["include conf.d/*.conf\n"],
    };
    BLOCK_ACROSS_FILES = "K0015", "A block that starts in one file and ends in another." {
        why: "keepalived reads included files as if their lines stood at the `include`, so this \
            works, but neither file can be read alone, and a `}` too few in one of them is \
            blamed on another.",
        bad: [],
        good: [],
    };
    UNDEFINED = "K0016", "A `$NAME` that is not defined." {
        why: "keepalived leaves a `$NAME` that is not defined as it stands, so it becomes a part \
            of the value. In `${NAME}` it then takes the braces for those of a block. \
            Definitions hold from their line on: one that follows its use is not seen.",
        bad: ["vrrp_instance web {\n    interface ${IF}\n    virtual_router_id 7\n    \
            virtual_ipaddress {\n        192.0.2.1\n    }\n}\n"],
        good: ["$IF=eth0\nvrrp_instance web {\n    interface ${IF}\n    virtual_router_id 7\n    \
            virtual_ipaddress {\n        192.0.2.1\n    }\n}\n"],
    };
    RECURSION = "K0017", "A definition that stands for itself." {
        why: "What a `$NAME` stands for is looked into for further `$NAME`s when it is used. Where \
            it leads back to itself there is no end to that: keepalived hangs or crashes.",
        bad: ["$IF=${IF}\nglobal_defs {\n    router_id ${IF}\n}\n"],
        good: ["$IF=eth0\nglobal_defs {\n    router_id ${IF}\n}\n"],
    };
    TOO_MUCH_TEXT = "K0018", "Includes, definitions and sequences that stand for too much text." {
        why: "What a configuration stands for when all is written out may have 64 MiB, 500,000 \
            pieces and 32 levels. The largest example of keepalived's manual, 65,024 instances \
            from one line, has less than half of that.",
        bad: ["~SEQ(A, 1, 100000000) virtual_server_${A}\n"],
        good: ["vrrp_instance web {\n    interface eth0\n    virtual_router_id 7\n    \
            virtual_ipaddress {\n        ~SEQ(A, 1, 3) 192.0.2.${A}\n    }\n}\n"],
    };
    BAD_DEFINITION = "K0019", "A line that looks like a definition and is none." {
        why: "A name has letters, digits and `_`, no digit first, and the `=` follows it at once. \
            In a definition of several lines each but the last ends in `\\`.",
        bad: ["$1A=eth0\n"],
        good: ["$A1=eth0\n"],
    };
    LINES_IN_A_LINE = "K0020", "A definition of several lines that is used within a line." {
        why: "keepalived replaces a definition of several lines only where it is all that the line \
            has; elsewhere it leaves the `$NAME` as it stands.",
        bad: ["$A= \\\n    router_id a \\\n    vrrp_version 3\nglobal_defs { $A\n}\n"],
        good: ["$A= \\\n    router_id a \\\n    vrrp_version 3\nglobal_defs {\n    $A\n}\n"],
    };
    BAD_SEQUENCE = "K0021", "A `~SEQ` or `~LST` that can't be read." {
        why: "It is `~SEQ(NAME, [START, [STEP,]] END)`, the same with `~SEQx` for hexadecimal \
            values, `~LST(NAME, VALUE, ...)` or `~LST({NAME, NAME}, {VALUE, VALUE}, ...)`, and \
            stands first on its line. Values have no blanks in them. The line is left out, as \
            keepalived does.",
        bad: ["~SEQ(A, 3, 1, 1) track_${A}\n"],
        good: ["vrrp_instance web {\n    interface eth0\n    virtual_router_id 7\n    \
            virtual_ipaddress {\n        ~SEQ(A, 1, 3) 192.0.2.${A}\n    }\n}\n"],
    };
    CONDITIONAL = "K0022", "Lines for a configuration id, and none is given." {
        why: "A line that starts with `@ID` holds only where the configuration id is `ID`, one \
            that starts with `@^ID` only where it is another. keepalived takes the id from its \
            option `--config-id`, or else the first part of the host's name. A check gives the \
            same answer on every host, so here it is never the host's name: without an id no \
            `@ID` line holds, and every `@^ID` line does.",
        bad: ["global_defs {\n    @lb1 router_id one\n    @lb2 router_id two\n}\n"],
        good: ["global_defs {\n    router_id one\n}\n"],
    };
    BAD_BUILT_IN = "K0023", "A built-in `${_NAME}` without a value." {
        why: "`${_PWD}` is the directory of the file, `${_INSTANCE}` the configuration id, \
            `${_RANDOM [MIN [MAX]]}` a number, `${_ENV NAME}` a variable of the environment, \
            `${_HASH}` a `#` and `${_BANG}` a `!`. A variable that is not in the environment has \
            no value, so what is written with it can't be read.",
        bad: ["global_defs {\n    router_id ${_ENV BELLWETHER_NO_SUCH_VARIABLE}\n}\n"],
        good: ["global_defs {\n    router_id lb1\n}\n"],
    };
    LONG_LINE = "K0024", "A line longer than keepalived reads." {
        why: "keepalived 2.2.7 reads a line of more than 1,023 bytes as several, even in the \
            middle of a word or of a comment. Here lines may have any length.",
        bad: [],
        good: [],
    };
    NUL_BYTE = "K0025", "A NUL byte, which no text has." {
        why: "keepalived ignores the rest of a line from a NUL byte on. Files with such bytes are \
            not what they seem: UTF-16, a damaged disk, or the wrong file.",
        bad: ["global_defs {\n    router_id a\0b\n}\n"],
        good: ["global_defs {\n    router_id ab\n}\n"],
    };
}
