//! What is refused: the same exit status, and of the kernel's refusals the same words.

use anyhow::{Result, ensure};

use crate::Test;
use crate::room::{BOTH, Program, Room};

pub(crate) const TESTS: &[Test] = &[
    ("errors::what_the_kernel_refuses", what_the_kernel_refuses),
    ("errors::command_lines_that_make_no_sense", no_sense),
    ("errors::who_may_not_is_told_so", without_rights),
    (
        "errors::what_ours_takes_and_ipvsadm_does_not",
        what_only_ours_takes,
    ),
];

/// A command, and what both programs say of it; all exit with 255.
const REFUSED: [(&str, &str); 16] = [
    ("-A -t 192.0.2.10:80", "Service already exists"),
    ("-A -f 7", "Service already exists"),
    ("-E -t 192.0.2.99:80", "No such service"),
    ("-D -t 192.0.2.99:80", "No such service"),
    ("-Z -t 192.0.2.99:80", "No such service"),
    (
        "-A -t 192.0.2.11:80 -s nosuch",
        "Scheduler or persistence engine not found",
    ),
    (
        "-A -u 192.0.2.11:80 -p --pe nosuch",
        "Scheduler or persistence engine not found",
    ),
    ("-a -t 192.0.2.99:80 -r 10.0.0.1", "Service not defined"),
    ("-e -t 192.0.2.99:80 -r 10.0.0.1", "Service not defined"),
    ("-d -t 192.0.2.99:80 -r 10.0.0.1", "Service not defined"),
    (
        "-a -t 192.0.2.10:80 -r 10.0.0.1",
        "Destination already exists",
    ),
    ("-e -t 192.0.2.10:80 -r 10.0.0.9", "No such destination"),
    ("-d -t 192.0.2.10:80 -r 10.0.0.9", "No such destination"),
    (
        "-a -t 192.0.2.10:80 -r 10.0.0.9 -x 5 -y 6",
        "Numerical result out of range",
    ),
    ("-a -t 192.0.2.10:80 -r 224.0.0.1", "Invalid operation"),
    ("--stop-daemon master", "No daemon is running"),
];

fn what_the_kernel_refuses() -> Result<()> {
    let room = Room::new()?;
    let start = "-A -t 192.0.2.10:80\n-a -t 192.0.2.10:80 -r 10.0.0.1\n-A -f 7\n";
    room.restore(Program::Ours, start)?;
    let before = room.table()?.table()?;
    for (line, words) in REFUSED {
        for program in BOTH {
            let said = room.say(program, line)?;
            ensure!(said.status == 255, "{program:?} {line}: {said:?}");
            ensure!(said.err.contains(words), "{program:?} {line}: {said:?}");
        }
    }
    ensure!(room.table()?.table()? == before, "something was done");
    Ok(())
}

/// Commands that both refuse, whatever the table holds.
const NO_SENSE: &str = "\
-A
-A -t
-A -t 192.0.2.1
-A -t 192.0.2.1:0
-A -t nosuch.invalid:80
-A -t 192.0.2.1:99999
-A -t 192.0.2.1:-1
-A -t 192.0.2.1:nosuch
-A -t 192.0.2.1:0x50
-A -t [2001:db8::1]:80x
-A -t [2001:db8::zz]:80
-A -t 192.0.2.1:80 -o
-A --sctp-service 192.0.2.1:80 -o
-A -f 0
-A -f x
-A -f -1
-A -f 4294967296
-A -f 0x10
-A -t 192.0.2.1:80 -6
-A -t 192.0.2.1:80 -s rr -s wrr
-A -t 192.0.2.1:80 -p 10 -M foo
-A -t 192.0.2.1:80 -p 10 -M 255.255.255.256
-A -t [2001:db8::1]:80 -p 10 -M 255.255.255.0
-A -t [2001:db8::1]:80 -p 10 -M 0
-A -t [2001:db8::1]:80 -p 10 -M 129
-A -t 192.0.2.1:80 -p 0
-A -t 192.0.2.1:80 -p x
-A -t 192.0.2.1:80 -p 2678401
-A -t 192.0.2.1:80 -psrr
-A -t 192.0.2.1:80 -s rr -b nosuch
-A -t 192.0.2.1:80 -s rr -b sh-port
-A -t 192.0.2.1:80 -s mh -b sh-port
-A -t 192.0.2.1:80 -b
-A -t 192.0.2.1:80 --ops=3
-A -t 192.0.2.1:80 -r 10.0.0.1
-A -t 192.0.2.1:80 -w 3
-A -t 192.0.2.1:80 -n
-A -t 192.0.2.1:80 extra
-A -t 192.0.2.1:80 -t 192.0.2.1:81
-A -t 192.0.2.1:80 -u 192.0.2.1:81
-A -D -t 192.0.2.1:80
-Atp 192.0.2.1:80
-pA -t 192.0.2.1:80
-D
-D -t 192.0.2.1:80 -s rr
-E
-C -n
-C -t 192.0.2.1:80
-R -n
-S -R
-Sn -t 192.0.2.10:80
-S --exact
-a -t 192.0.2.10:80
-a -r 10.0.0.1
-d -t 192.0.2.10:80
-d -r 10.0.0.1
-d -t 192.0.2.10:80 -r 10.0.0.1 -w 1
-d -t 192.0.2.10:80 -r 10.0.0.1 -m
-a -t 192.0.2.10:80 -r 10.0.0.1:99999 -m
-a -t 192.0.2.10:80 -r 10.0.0.1:nosuch -m
-a -t 192.0.2.10:80 -r 10.0.0.1 -w -1
-a -t 192.0.2.10:80 -r 10.0.0.1 -w x
-a -t 192.0.2.10:80 -r 10.0.0.1 -w 0x10
-a -t 192.0.2.10:80 -r 10.0.0.1 -w 2147483648
-a -t 192.0.2.10:80 -r 10.0.0.1 -x -1
-a -t 192.0.2.10:80 -r 10.0.0.1 -y abc
-a -t 192.0.2.10:80 -r 10.0.0.1 -m -g
-a -t 192.0.2.10:80 -r 10.0.0.1 -i -i
-a -t 192.0.2.10:80 -r 10.0.0.1 -s rr
-a -t 192.0.2.10:80 -r 10.0.0.1 -p
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gue
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gue --tun-port 0
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gue --tun-port 65536
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gue --tun-port 5 --tun-csum --tun-remcsum
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gre --tun-remcsum
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type gre --tun-port 5
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type ipip --tun-port 5
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-nocsum
-a -t 192.0.2.10:80 -r 10.0.0.1 -i --tun-type nosuch
-a -t 192.0.2.10:80 -r 10.0.0.1 -m --tun-type gue --tun-port 5
-a -t 192.0.2.10:80 -r 10.0.0.1 --tun-type gue --tun-port 5
-a -t 192.0.2.10:80 -r [2001:db8::1]:80 -m
-a -t [2001:db8::10]:80 -r 10.0.0.1:80 -m
-L extra
-LnZ
-L -Z
-Ln -6
-L --timeout --daemon
-L -c --timeout
-L --timeout --stats
-L --daemon --stats
-L -c --stats
-L -c --thresholds
-L --timeout -t 192.0.2.10:80
-L -c -t 192.0.2.10:80
--lis
--nosuch
-Q
-n
-n -L
-t 192.0.2.10:80 -L
extra
--set
--set 1
--set 1 2
--set 1 2 3 4
--set x 2 3
--set 2678401 2 3
--start-daemon
--start-daemon foo
--start-daemon master -t 192.0.2.10:80
--start-daemon master --mcast-interface lo --syncid 256
--start-daemon master --mcast-interface lo --mcast-ttl 0
--start-daemon master --mcast-interface lo --mcast-ttl 256
--start-daemon master --mcast-interface lo --mcast-port 0
--start-daemon master --mcast-interface lo --mcast-port 65536
--start-daemon master --mcast-interface lo --sync-maxlen 0
--start-daemon master --mcast-interface lo --sync-maxlen 65508
--start-daemon master --mcast-interface lo --mcast-group 10.0.0.1
--start-daemon master --mcast-interface lo --mcast-group foo
--stop-daemon
--stop-daemon foo
--stop-daemon master --mcast-interface lo
";

fn no_sense() -> Result<()> {
    let room = Room::new()?;
    room.restore(
        Program::Ours,
        "-A -t 192.0.2.10:80\n-A -t [2001:db8::10]:80\n",
    )?;
    let before = room.table()?.table()?;
    for line in NO_SENSE.lines() {
        let theirs = room.say(Program::Theirs, line)?;
        let ours = room.say(Program::Ours, line)?;
        ensure!(theirs.status != 0, "{line}: ipvsadm takes it: {theirs:?}");
        ensure!(
            theirs.status == ours.status,
            "{line}: {theirs:?}, and ours {ours:?}"
        );
        ensure!(
            ours.out.is_empty() && !ours.err.is_empty(),
            "{line}: {ours:?}"
        );
    }
    ensure!(room.table()?.table()? == before, "something was done");
    Ok(())
}

/// Both need the same capability, and nothing is done without.
fn without_rights() -> Result<()> {
    let room = Room::new()?;
    for line in ["-A -t 192.0.2.1:80", "-Ln", "-Sn", "-C"] {
        for program in BOTH {
            let said = room.without_rights(program, line)?;
            ensure!(
                said.status != 0 && !said.err.is_empty(),
                "{program:?} {line}: {said:?}"
            );
        }
        let said = room.without_rights(Program::Ours, line)?;
        ensure!(
            said.status == 2 && said.err.contains("CAP_NET_ADMIN"),
            "{line}: {said:?}"
        );
    }
    ensure!(room.table()?.services()?.is_empty());
    Ok(())
}

/// Brackets without a port, a mark before its family; and what ipvsadm takes for something else.
fn what_only_ours_takes() -> Result<()> {
    let room = Room::new()?;
    room.must(Program::Ours, "-A -6 -f 8")?;
    room.must(Program::Ours, "-a -f 8 -6 -r [2001:db8::2]")?;
    room.must(Program::Ours, "-A -t [2001:db8::1] -p")?;
    let saved = room.prints(Program::Theirs, "-Sn")?;
    let expected = "-A -t [2001:db8::1]:0 -s wlc -p 360\n\
                    -A -f 8 -6 -s wlc\n\
                    -a -f 8 -6 -r [2001:db8::2]:0 -g -w 1\n";
    ensure!(saved == expected, "{saved}");
    let said = room.say(Program::Ours, "-A -t 192.0.2.1:80 -p -M 24")?;
    ensure!(
        said.status == 2 && said.err.contains("255.255.255.0"),
        "{said:?}"
    );
    Ok(())
}
