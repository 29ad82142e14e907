//! What `bellwether-sim run --pcap` writes, as tshark reads it. Without tshark a test says loudly
//! that it saw nothing, and fails if `BELLWETHER_REQUIRE_REAL=1`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't be set up has failed, and may say so by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// A capture of one of the scenario files, or nothing where tshark is not installed.
struct Wire {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Wire {
    fn of(scenario: &str) -> Option<Self> {
        if Command::new("tshark").arg("--version").output().is_err() {
            let required = std::env::var("BELLWETHER_REQUIRE_REAL").is_ok_and(|v| v == "1");
            assert!(!required, "tshark is not installed");
            eprintln!("\n*** SKIPPED, this test saw nothing: tshark is not installed ***");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.pcapng");
        let ran = Command::new(env!("CARGO_BIN_EXE_bellwether-sim"))
            .arg("run")
            .arg(Path::new(SCENARIOS).join(scenario))
            .arg("--pcap")
            .arg(&path)
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        let said = String::from_utf8(ran.stderr).unwrap();
        assert!(said.contains("out.pcapng: "), "{said}");
        Some(Self {
            _folder: folder,
            path,
        })
    }

    /// One row for each frame that the filter lets through, with these fields.
    fn rows(&self, filter: &str, fields: &[&str]) -> Vec<Vec<String>> {
        let mut command = Command::new("tshark");
        command.args(["-n", "-T", "fields", "-E", "separator=|"]);
        command.args([
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "udp.check_checksum:TRUE",
        ]);
        command.args(["-r".as_ref(), self.path.as_os_str()]);
        command.args(["-Y", filter]);
        for field in fields {
            command.args(["-e", field]);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let row = |line: &str| line.split('|').map(str::to_owned).collect();
        text.lines().map(row).collect()
    }
}

#[test]
fn adverts_are_decoded_with_simulated_times_and_good_checksums() {
    let Some(wire) = Wire::of("a-power-failure-costs-one-master-down-interval.toml") else {
        return;
    };
    let fields = [
        "frame.time_epoch",
        "ip.src",
        "ip.dst",
        "ip.ttl",
        "vrrp.version",
        "vrrp.virt_rtr_id",
        "vrrp.prio",
        "vrrp.ip_addr",
        "vrrp.checksum.status",
        "ip.checksum.status",
    ];
    let rows = wire.rows("vrrp", &fields);
    // Twice 50 us until the node knows its interface; then three intervals of a second and the skew
    // time of priority 100: 3 + 156/256 s.
    let first = [
        "3.609475000",
        "192.0.2.1",
        "224.0.0.18",
        "255",
        "2",
        "51",
        "100",
        "192.0.2.100",
        "1",
        "1",
    ];
    assert_eq!(rows[0], first);
    assert_eq!(rows[1][0], "4.609475000", "and one each second");
    for row in &rows {
        assert_eq!((&*row[8], &*row[9]), ("1", "1"), "checksums of {row:?}");
    }
    // The backup hears nothing after 9.609475 s, and takes over 3 + 166/256 s after it heard that.
    let second = rows.iter().find(|row| row[1] == "192.0.2.2").unwrap();
    let seconds: f64 = second[0].parse().unwrap();
    assert_eq!((&*second[6], seconds.floor()), ("90", 13.0));
    assert!((13.2578125..13.2590).contains(&seconds), "{seconds}");
}

#[test]
fn gratuitous_arp_is_decoded_and_comments_say_what_became_of_each_frame() {
    let Some(wire) = Wire::of("a-power-failure-costs-one-master-down-interval.toml") else {
        return;
    };
    let fields = [
        "frame.time_epoch",
        "eth.src",
        "eth.dst",
        "arp.src.proto_ipv4",
    ];
    let rows = wire.rows("arp.isgratuitous == 1", &fields);
    let first = ["02:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "192.0.2.100"];
    assert_eq!(rows[0][1..], first);
    let at: f64 = rows[0][0].parse().unwrap();
    assert!((3.609475..3.6104).contains(&at), "after the first advert");
    assert!(
        rows.iter().any(|row| row[1] == "02:00:00:00:01:01"),
        "lb2's"
    );

    let told = wire.rows("vrrp", &["frame.comment", "frame.interface_name"]);
    assert!(
        told[0][0].starts_with("from lb1; lb2 has it after 0."),
        "{told:?}"
    );
    assert_eq!(told[0][1], "eth0", "one interface for each segment");
}

#[test]
fn an_advert_that_a_link_loses_is_on_the_wire_and_its_comment_says_why() {
    let Some(wire) = Wire::of("split-brain-and-heal.toml") else {
        return;
    };
    let lost = wire.rows("frame.comment contains \"the way is cut\"", &["vrrp.prio"]);
    let both = |prio: &str| lost.iter().any(|row| row[0] == prio);
    assert!(both("100") && both("90"), "{lost:?}");
}

#[test]
fn ipv6_adverts_and_neighbour_advertisements_are_decoded() {
    let Some(wire) = Wire::of("an-ipv6-pair-fails-over.toml") else {
        return;
    };
    let rows = wire.rows(
        "vrrp",
        &[
            "ipv6.dst",
            "ipv6.hlim",
            "vrrp.version",
            "vrrp.checksum.status",
        ],
    );
    assert!(rows.len() > 10);
    for row in &rows {
        assert_eq!(row[..], ["ff02::12", "255", "3", "1"], "{row:?}");
    }
    let filter = "icmpv6.type == 136";
    let rows = wire.rows(filter, &["icmpv6.checksum.status", "icmpv6.nd.na.flag.o"]);
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row[0], "1", "{row:?}");
        assert!(["1", "True"].contains(&&*row[1]), "override: {row:?}");
    }
}

#[test]
fn authentication_headers_and_bfd_are_decoded() {
    let Some(wire) = Wire::of("an-authentication-header-tells-replays-and-strangers.toml") else {
        return;
    };
    let rows = wire.rows(
        "ah && vrrp",
        &["ah.spi", "ip.checksum.status", "vrrp.virt_rtr_id"],
    );
    assert!(rows.len() > 10);
    assert!(rows.iter().all(|row| row[1] == "1"), "{rows:?}");

    let Some(wire) = Wire::of("a-dead-neighbour-is-noticed-within-a-third-of-a-second.toml") else {
        return;
    };
    let rows = wire.rows("bfd", &["udp.dstport", "ip.ttl", "udp.checksum.status"]);
    assert!(rows.len() > 10);
    for row in &rows {
        assert_eq!(row[..], ["3784", "255", "1"], "{row:?}");
    }
}
