//! `L00`: what only the host can tell; asked with `--host`, by `--config-test` and at the start.

use super::{Code, codes};

codes! { HOST:
    NO_INTERFACE = "L0001", "An interface that this host does not have." {
        why: "\
The file names an interface, and the kernel has none of that name. keepalived refuses to start with
such a file (exit code 2), unless `dynamic_interfaces` says that interfaces come and go; so does
this daemon. At a reload the configuration that runs stays in force.

Often the file is another node's, or the interface has got another name: `ip -br link` lists those
that exist.",
    };
    NO_PROGRAM = "L0002", "A script that this host does not have." {
        why: "\
The command of a `vrrp_script` names a program that does not exist, or is no file. keepalived then
drops the script and runs the instance untracked: what the script should have watched may die, and
the addresses stay where they are. Here a script that can't be executed has failed, so that the
instance loses its weight, or is in FAULT, until the program is there.",
    };
    NOT_EXECUTABLE = "L0003", "A script that may not be executed." {
        why: "\
The program of a `vrrp_script` exists, and nobody has the right to execute it: each run will fail.
`chmod +x` mends it. A script without a first line such as `#!/bin/sh` can't be executed either.",
    };
    WRITABLE_SCRIPT = "L0004", "A script that runs as root, and that others may change." {
        why: "\
The script, or a directory on the way to it, may be written by somebody who is not root, and the
daemon runs it as root: whoever may write it may become root. keepalived says so with exit code 6 of
its test, and with `enable_script_security` does not run such a script at all.

Make root the owner and take the right to write from others: `chown root`, `chmod go-w`. Or let
`script_user` name a user who has fewer rights.",
    };
    OWNER_WITHOUT_ADDRESS = "L0005", "A node with priority 255 that does not own the address." {
        why: "\
Priority 255 says: these addresses are configured on this host, it is their owner (RFC 9568,
section 6.1). An owner becomes master at once, without waiting for anybody, and nothing that it
tracks can lower its priority. The host does not have this address, so most likely only \"as high as
can be\" was meant: 254 says that.",
    };
    OUTSIDE_SUBNETS = "L0006", "A virtual address that is in no subnet of this host." {
        why: "\
The virtual address is a single host's (/32 or /128, which is what an address without a prefix length
is), and no interface of this host has an address in a subnet that holds it. The node would announce
it on a segment whose hosts and routers look for it elsewhere, if anywhere: often one figure is
wrong. Where it is meant, because a router sends it here, silence this; a prefix length brings the
address its own subnet.",
    };
}
