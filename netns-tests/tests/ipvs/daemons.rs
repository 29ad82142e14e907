//! The connection synchronisation daemons, and the connection timeouts.

use anyhow::{Result, ensure};
use bellwether_core::kernel::ipvs::{Daemon, IpvsError, IpvsOp, Role};

use crate::Test;
use crate::room::{BOTH, Program, Room};

pub(crate) const TESTS: &[Test] = &[
    ("daemons::one_of_each_role", one_of_each_role),
    ("daemons::all_that_can_be_set", all_that_can_be_set),
    ("daemons::one_family_only_while_one_runs", one_family_only),
    ("daemons::timeouts_of_0_stay", timeouts_of_0_stay),
];

/// A namespace with an interface that does multicast.
fn room() -> Result<Room> {
    let room = Room::new()?;
    room.ip("link add eth9 type veth peer name eth8")?;
    room.ip("addr add 10.9.9.1/24 dev eth9")?;
    room.ip("link set eth8 up")?;
    room.ip("link set eth9 up")?;
    Ok(room)
}

fn one_of_each_role() -> Result<()> {
    let room = room()?;
    room.must(
        Program::Ours,
        "--start-daemon master --mcast-interface eth9",
    )?;
    room.must(
        Program::Theirs,
        "--start-daemon backup --mcast-interface eth9 --syncid 7",
    )?;
    let expected = "\
master sync daemon (mcast=eth9, syncid=0, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
backup sync daemon (mcast=eth9, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
";
    for program in BOTH {
        let listed = room.prints(program, "-L --daemon")?;
        ensure!(listed == expected, "{program:?}: {listed}");
        let said = room.say(program, "--start-daemon master --mcast-interface eth9")?;
        ensure!(
            said.status == 255 && said.err.contains("Daemon has already run"),
            "{said:?}"
        );
    }
    let daemons = room.table()?.daemons()?;
    let (master, backup) = (daemons[0], daemons[1]);
    ensure!((master.role, backup.role) == (Role::Master, Role::Backup));
    ensure!((backup.sync_id, backup.max_len, backup.port) == (7, Some(1472), Some(8848)));

    room.must(Program::Theirs, "--stop-daemon master")?;
    room.must(Program::Ours, "--stop-daemon backup")?;
    let answers = room.table()?.apply(&[IpvsOp::StopDaemon(Role::Backup)]);
    ensure!(answers == [Err(IpvsError::NoDaemon)], "{answers:?}");
    for program in BOTH {
        ensure!(room.prints(program, "-L --daemon")?.is_empty());
    }
    Ok(())
}

fn all_that_can_be_set() -> Result<()> {
    let room = room()?;
    let wanted = Daemon {
        role: Role::Master,
        interface: "eth9".parse()?,
        sync_id: 255,
        max_len: Some(1400),
        group: Some([224, 0, 0, 99].into()),
        port: Some(9999),
        ttl: Some(5),
    };
    let six = Daemon {
        role: Role::Backup,
        group: Some("ff02::99".parse()?),
        ..wanted
    };
    let mut table = room.table()?;
    let answers = table.apply(&[IpvsOp::StartDaemon(wanted), IpvsOp::StartDaemon(six)]);
    ensure!(answers == [Ok(()), Ok(())], "{answers:?}");
    let daemons = table.daemons()?;
    ensure!(daemons == [wanted, six], "{daemons:?}");
    let listed = room.prints(Program::Theirs, "-L --daemon")?;
    let expected = "\
master sync daemon (mcast=eth9, syncid=255, maxlen=1400, group=224.0.0.99, port=9999, ttl=5)
backup sync daemon (mcast=eth9, syncid=255, maxlen=1400, group=ff02::99, port=9999, ttl=5)
";
    ensure!(listed == expected, "{listed}");
    ensure!(room.prints(Program::Ours, "-L --daemon")? == expected);

    let nowhere = Daemon::new(Role::Master, "nosuch".parse()?, 1);
    let roles = [Role::Master, Role::Backup].map(IpvsOp::StopDaemon);
    ensure!(table.apply(&roles) == [Ok(()), Ok(())]);
    let answers = table.apply(&[IpvsOp::StartDaemon(nowhere)]);
    ensure!(answers == [Err(IpvsError::NoInterface)], "{answers:?}");
    Ok(())
}

/// The daemons' messages have no room for a server of another family.
fn one_family_only() -> Result<()> {
    let room = room()?;
    room.must(Program::Ours, "-A -t [2001:db8::10]:80")?;
    room.must(
        Program::Ours,
        "--start-daemon master --mcast-interface eth9",
    )?;
    for program in BOTH {
        let said = room.say(program, "-a -t [2001:db8::10]:80 -r 10.0.0.1:80 -i")?;
        ensure!(
            said.status == 255 && said.err.contains("Invalid operation"),
            "{said:?}"
        );
    }
    room.must(Program::Ours, "--stop-daemon master")?;
    room.must(Program::Ours, "-a -t [2001:db8::10]:80 -r 10.0.0.1:80 -i")?;
    for program in BOTH {
        let said = room.say(program, "--start-daemon master --mcast-interface eth9")?;
        ensure!(
            said.status == 255 && said.err.contains("Invalid operation"),
            "{said:?}"
        );
    }
    Ok(())
}

fn timeouts_of_0_stay() -> Result<()> {
    let room = Room::new()?;
    for (program, set, expected) in [
        (Program::Ours, "1000 0 200", "1000 120 200"),
        (Program::Theirs, "0 77 0", "1000 77 200"),
        (Program::Ours, "0 0 0", "1000 77 200"),
        (Program::Ours, "2678400 2 3", "2678400 2 3"),
    ] {
        room.must(program, &format!("--set {set}"))?;
        for reader in BOTH {
            let listed = room.prints(reader, "-L --timeout")?;
            let line = format!("Timeout (tcp tcpfin udp): {expected}\n");
            ensure!(listed == line, "{reader:?} after {set}: {listed}");
        }
    }
    Ok(())
}
