//! Virtual servers on a kernel that has no IPVS; those on one that has are tests of their own.

use std::time::Duration;

use anyhow::{Result, ensure};
use bellwether_linux::ipvs::Ipvs;
use bellwether_netns_tests::{Lab, Peer, Program, VIP, throughout};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[(
    "balancer::without_ipvs_there_is_one_clear_error_and_vrrp_goes_on",
    Share::Beside,
    without_ipvs,
)];

fn without_ipvs() -> Result<()> {
    if Ipvs::open_or_load().is_ok() {
        eprintln!("SKIPPED: this kernel has IPVS, and the test is of one that has not");
        return Ok(());
    }
    let text = format!(
        "global_defs {{\n vrrp_version 3\n lvs_sync_daemon eth0 VI_1\n}}\n\
         vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 200\n \
         advert_int 0.1\n virtual_ipaddress {{\n  {VIP}\n }}\n}}\n\
         virtual_server {VIP} 80 {{\n delay_loop 1\n protocol TCP\n real_server 192.0.2.2 80 {{\n  \
         TCP_CHECK {{\n   connect_timeout 1\n  }}\n }}\n}}\n"
    );
    let lab = Lab::pair()?;
    let mut peer = Peer::start_with(Program::Bellwether, lab.host(0), &text)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    peer.wait_for_log("modprobe ip_vs", 1, SOON)?;
    throughout(Duration::from_secs(3), "the master stays", || {
        match lab.owners(VIP) {
            Ok(owners) if owners == [0] => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })?;
    let log = peer.log();
    ensure!(log.matches("modprobe ip_vs").count() == 1, "once:\n{log}");
    let said = String::from_utf8(peer.ask("status")?.stdout)?;
    ensure!(said.contains("CAN'T BE SEEN"), "{said}");
    ensure!(
        said.contains("192.0.2.2:80: DOWN"),
        "nobody listens: {said}"
    );
    peer.signal(bellwether_netns_tests::Signal::TERM)?;
    let status = peer.wait_for_exit(SOON)?;
    ensure!(status.success(), "{status}");
    Ok(())
}
