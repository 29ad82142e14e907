//! Mail about changes: what is mailed, and that no mail server holds anything up.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bellwether_netns_tests::{Lab, MailServer, Peer, Program, Signal, Temper, VIP, eventually};

use crate::support::SOON;
use crate::{Share, Test};

pub(crate) const TESTS: &[Test] = &[
    (
        "mail::our_mails_are_keepalived_s",
        Share::Beside,
        our_mails_are_keepalived_s,
    ),
    (
        "mail::a_silent_server_delays_nothing",
        Share::Beside,
        a_silent_server_delays_nothing,
    ),
    (
        "mail::a_server_that_is_down_is_tried_again",
        Share::Beside,
        a_server_that_is_down_is_tried_again,
    ),
    (
        "mail::a_refusal_is_in_the_log",
        Share::Beside,
        a_refusal_is_in_the_log,
    ),
];

const PORT: u16 = 2525;

fn file() -> String {
    format!(
        "global_defs {{\n router_id lb1\n vrrp_version 3\n notification_email {{\n  \
         ops@example.com\n  night@example.com\n }}\n \
         notification_email_from lb1@example.com\n smtp_server 127.0.0.1 {PORT}\n \
         smtp_connect_timeout 2\n}}\n\
         vrrp_sync_group G1 {{\n group {{\n  VI_1\n }}\n smtp_alert\n}}\n\
         vrrp_instance VI_1 {{\n interface eth0\n virtual_router_id 51\n priority 250\n \
         advert_int 0.3\n smtp_alert\n virtual_ipaddress {{\n  {VIP}\n }}\n}}\n"
    )
}

/// The mails of a start, a pulled cable and its return, sorted within each step.
fn mails_of(program: Program) -> Result<Vec<(String, Vec<String>)>> {
    let lab = Lab::pair()?;
    let server = MailServer::start(lab.host(0), PORT, Temper::Honest)?;
    let peer = Peer::start_with(program, lab.host(0), &file())?;
    let mut seen = 0;
    let mut next = |count: usize, what: &str| -> Result<Vec<(String, Vec<String>)>> {
        eventually(SOON, what, || match server.mails().len() {
            enough if enough >= seen + count => Ok(()),
            _ => Err(format!("{:?}\n{}", server.subjects(), peer.log())),
        })?;
        let mut mails: Vec<_> = server.mails()[seen..]
            .iter()
            .map(|mail| strip(mail))
            .collect();
        mails.sort();
        seen += count;
        Ok(mails)
    };
    let mut all = next(2, "the first backup's mails come")?;
    all.extend(next(2, "the master's mails come")?);
    lab.host(0).set_cable(false)?;
    all.extend(next(2, "the fault's mails come")?);
    lab.host(0).set_cable(true)?;
    all.extend(next(2, "the backup's mails come")?);
    all.extend(next(2, "the second master's mails come")?);
    ensure!(server.mails().len() == 10, "{:?}", server.subjects());
    Ok(all)
}

/// Subject, and the other lines that may not differ, in any order.
fn strip(mail: &str) -> (String, Vec<String>) {
    let same = |line: &&str| {
        line.starts_with("From: ") || line.starts_with("To: ") || line.starts_with("=> ")
    };
    let mut lines: Vec<_> = mail.lines().filter(same).map(str::to_owned).collect();
    lines.sort();
    let subject = mail.lines().find(|line| line.starts_with("Subject: "));
    (subject.unwrap_or_default().to_owned(), lines)
}

fn our_mails_are_keepalived_s() -> Result<()> {
    let ours = mails_of(Program::Bellwether)?;
    let theirs = mails_of(Program::Keepalived)?;
    ensure!(ours == theirs, "ours: {ours:#?}\ntheirs: {theirs:#?}");
    let first = "Subject: [lb1] VRRP Group G1 - Entering BACKUP state";
    ensure!(ours[0].0 == first, "{ours:?}");
    Ok(())
}

fn a_silent_server_delays_nothing() -> Result<()> {
    let lab = Lab::pair()?;
    let _server = MailServer::start(lab.host(0), PORT, Temper::Silent)?;
    let mut peer = Peer::start_with(Program::Bellwether, lab.host(0), &file())?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    lab.host(0).set_cable(false)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    lab.host(0).set_cable(true)?;
    lab.wait_for_owners(VIP, &[0], SOON)?;
    let told = Instant::now();
    peer.signal(Signal::TERM)?;
    lab.wait_for_owners(VIP, &[], SOON)?;
    ensure!(
        told.elapsed() < Duration::from_secs(3),
        "{:?}",
        told.elapsed()
    );
    peer.wait_for_exit(SOON)?;
    ensure!(
        peer.log().contains("mails are still waiting"),
        "{}",
        peer.log()
    );
    Ok(())
}

fn a_server_that_is_down_is_tried_again() -> Result<()> {
    let lab = Lab::pair()?;
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &file())?;
    peer.wait_for_log("can't connect to 127.0.0.1 port 2525", 1, SOON)?;
    let server = MailServer::start(lab.host(0), PORT, Temper::Honest)?;
    eventually(SOON, "the mails come", || match server.mails().len() {
        4 => Ok(()),
        other => Err(format!("{other}\n{}", peer.log())),
    })
}

fn a_refusal_is_in_the_log() -> Result<()> {
    let lab = Lab::pair()?;
    let _server = MailServer::start(lab.host(0), PORT, Temper::Refusing)?;
    let peer = Peer::start_with(Program::Bellwether, lab.host(0), &file())?;
    peer.wait_for_log("the mail server refuses", 1, SOON)
}
