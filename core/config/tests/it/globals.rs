//! `global_defs`, and what instances track besides scripts: what they say reaches the model.

use std::time::Duration;

use bellwether_config::{Severity, code};
use bellwether_core::model::{
    AntiReplay, Auth, DynamicInterfaces, FlushOnStop, Globals, HmacMode, IpvlanMode, ParamMatch,
    Transport, VmacKind,
};

use crate::common::{codes, config, errors, instance, one, read};

fn globals(body: &str) -> Globals {
    let text = format!("global_defs {{\n{body}\n}}\n{}", one(""));
    config(&text).globals().clone()
}

fn problems(body: &str, severity: Severity) -> Vec<&'static str> {
    let text = format!("global_defs {{\n{body}\n}}\n{}", one(""));
    codes(&read(&text), severity)
}

#[test]
fn scripts_and_pipes() {
    let globals = globals(
        "script_user nobody nogroup\n enable_script_security\n\
         notify_fifo /run/all root wheel\n notify_fifo_script \"/bin/read -x\" nobody\n\
         vrrp_notify_fifo_script /bin/alone\n vrrp_notify_fifo /run/vrrp\n\
         lvs_notify_fifo_script /bin/without-a-pipe\n startup_script /bin/up\n",
    );
    let user = globals.scripts.user.unwrap();
    assert_eq!(
        (user.user.as_str(), user.group.as_deref()),
        ("nobody", Some("nogroup"))
    );
    assert!(globals.scripts.security);
    let all = globals.fifos.all.unwrap();
    assert_eq!(all.path, "/run/all");
    assert_eq!(all.owner.unwrap().group.as_deref(), Some("wheel"));
    let script = all.script.unwrap();
    assert_eq!(script.command.0, ["/bin/read", "-x"]);
    assert_eq!(script.user.as_ref().unwrap().user, "nobody");
    let vrrp = globals.fifos.vrrp.unwrap();
    assert_eq!((vrrp.path.as_str(), vrrp.owner), ("/run/vrrp", None));
    assert_eq!(globals.fifos.lvs, None);
    let startup = globals.scripts.startup.unwrap();
    assert_eq!(startup.timeout, Duration::from_secs(10));
}

#[test]
fn mail_has_keepalived_s_defaults() {
    assert_eq!(globals("router_id x").mail, None);
    let mail = globals("notification_email {\n a@b.c d@e.f\n g@h.i\n}\n smtp_server mx 2525");
    let mail = mail.mail.unwrap();
    assert_eq!(mail.to, ["a@b.c", "d@e.f", "g@h.i"]);
    assert_eq!((mail.server.as_deref(), mail.port), (Some("mx"), 2525));
    assert_eq!(mail.connect_timeout, Duration::from_secs(30));
    assert!(mail.faults);
    assert!(!globals("no_email_faults").mail.unwrap().faults);
}

#[test]
fn settings_of_the_lvs_part() {
    let globals = globals(
        "lvs_timeouts tcp 7200 udp 300\n lvs_sync_daemon eth1 web id 7 port 9000\n\
         lvs_flush\n lvs_flush_onstop VS\n nftables_ipvs_start_fwmark 5\n",
    );
    let timeouts = globals.lvs.timeouts;
    assert_eq!(
        (timeouts.tcp, timeouts.tcp_fin, timeouts.udp),
        (Some(7200), None, Some(300))
    );
    let daemon = globals.lvs.sync_daemon.unwrap();
    assert_eq!(daemon.instance.unwrap().as_str(), "web");
    assert_eq!(
        (daemon.id, daemon.port, daemon.ttl),
        (Some(7), Some(9000), None)
    );
    assert!(globals.lvs.flush);
    assert_eq!(globals.lvs.flush_on_stop, FlushOnStop::Services);
    let nftables = globals.lvs.nftables.unwrap();
    assert_eq!(
        (nftables.table.as_str(), nftables.start_fwmark),
        ("keepalived_ipvs", 5)
    );
}

#[test]
fn tuning_and_files() {
    let globals = globals(
        "vrrp_priority -20\n bfd_rlimit_rtime 500\n checker_cpu_affinity 0 2 3\n\
         umask IWGRP | IWOTH\n dynamic_interfaces allow_if_changes\n max_auto_priority\n",
    );
    assert_eq!(globals.tuning.vrrp.priority, Some(-20));
    assert_eq!(globals.tuning.bfd.rlimit_rttime, Some(500));
    assert_eq!(globals.tuning.checker.cpu_affinity, [0, 2, 3]);
    assert_eq!(globals.tuning.max_auto_priority, Some(99));
    assert_eq!(globals.umask, Some(0o022));
    assert_eq!(
        globals.dynamic_interfaces,
        DynamicInterfaces::AllowIfChanges
    );
}

#[test]
fn ranges_are_keepalived_s() {
    for good in [
        "vrrp_down_timer_adverts 1",
        "vrrp_down_timer_adverts 100",
        "umask 0777",
    ] {
        assert_eq!(problems(good, Severity::Error), [""; 0], "{good}");
    }
    for bad in [
        "vrrp_down_timer_adverts 0",
        "vrrp_down_timer_adverts 101",
        "umask 01000",
    ] {
        assert_eq!(
            problems(bad, Severity::Error),
            [code::OUT_OF_RANGE],
            "{bad}"
        );
    }
    // A slip in what has no effect keeps nobody from running.
    assert_eq!(
        problems("checker_priority 20", Severity::Warning),
        [code::OUT_OF_RANGE]
    );
    assert_eq!(
        problems("vrrp_mcast_group4 192.0.2.1", Severity::Warning),
        [code::BAD_ADDRESS]
    );
}

#[test]
fn instances_follow_the_globals() {
    let globals = "global_defs {\n vrrp_mcast_group4 224.0.0.99\n vrrp_down_timer_adverts 5\n \
                   vrrp_garp_lower_prio_repeat 2\n}\n";
    let config = config(&format!("{globals}{}", one("garp_master_repeat 9")));
    let instance = &config.instances()[0];
    let Transport::Multicast { group, .. } = instance.transport else {
        panic!("multicast");
    };
    assert_eq!(group, Some("224.0.0.99".parse().unwrap()));
    assert_eq!(instance.down_timer_adverts, 5);
    assert_eq!((instance.garp.repeat, instance.garp.losing_repeat), (9, 2));
}

#[test]
fn files_processes_and_bfd_sessions_are_tracked() {
    let text = format!(
        "{}track_file f {{\n file /run/f\n init_file overwrite 3\n}}\n\
         vrrp_track_process p {{\n process nginx -g\n param_match initial\n quorum 2\n delay 0.5\n \
         weight -7\n}}\n\
         bfd_instance b {{\n neighbour_ip 192.0.2.9\n min_tx 3.5\n vrrp\n}}\n",
        one("track_file {\n f weight 3 reverse\n}\n track_process {\n p\n}\n track_bfd {\n b\n}")
    );
    let config = config(&text);
    let parts = config.parts();
    let file = &parts.files[0];
    assert_eq!((file.path.as_str(), file.weight.get()), ("/run/f", 1));
    let init = file.init.unwrap();
    assert_eq!((init.value, init.overwrite), (3, true));
    let process = &parts.processes[0];
    let parameters = process.parameters.clone().unwrap();
    assert_eq!((process.program.as_str(), process.quorum), ("nginx", 2));
    assert_eq!(parameters, (vec!["-g".to_owned()], ParamMatch::Initial));
    assert_eq!(process.fork_delay, Duration::from_millis(500));
    let bfd = &parts.bfd[0];
    assert_eq!(bfd.min_tx, Duration::from_micros(3_500));
    assert_eq!(bfd.min_rx, Duration::from_millis(10));
    assert!(bfd.for_vrrp && !bfd.for_checkers);
    let trackers = &config.instances()[0].trackers;
    assert_eq!(
        (trackers.files[0].weight.get(), trackers.files[0].reverse),
        (3, true)
    );
    assert_eq!(trackers.processes[0].weight.get(), -7);
    assert_eq!(trackers.bfd[0].weight.get(), 0);
    for kind in ["track_file", "track_process", "track_bfd"] {
        let body = format!("{kind} {{\n nobody\n}}");
        assert_eq!(errors(&body), [code::UNKNOWN_SCRIPT], "{kind}");
    }
}

#[test]
fn a_missing_command_matters_where_it_is_tracked() {
    let with = |body: &str, script: &str| {
        let text = format!("{}vrrp_script s {{\n{script}\n}}\n", one(body));
        let outcome = read(&text);
        (codes(&outcome, Severity::Error), outcome.config.is_some())
    };
    let track = "track_script {\n s\n}";
    assert_eq!(with(track, "interval 2"), (vec![code::NO_COMMAND], false));
    assert_eq!(with("", "interval 2"), (vec![], true));
    assert_eq!(
        with(track, "@a script /bin/a\n@b script /bin/b"),
        (vec![], true)
    );
}

#[test]
fn virtual_macs_in_all_their_forms() {
    let vmac = |body: &str| config(&one(body)).instances()[0].vmac.clone().unwrap();
    let plain = vmac("use_vmac");
    assert_eq!(
        (plain.name.as_str(), plain.kind),
        ("vrrp.7", VmacKind::Macvlan { mac: None })
    );
    let full = vmac("use_vmac vr.7 02:00:5e:00:01 group 3\n vmac_xmit_base");
    assert_eq!(full.name.as_str(), "vr.7");
    let VmacKind::Macvlan { mac: Some(mac) } = full.kind else {
        panic!("a MAC");
    };
    assert_eq!(mac.0, [2, 0, 0x5e, 0, 1, 7], "the VRID is its last byte");
    assert_eq!((full.group, full.xmit_base), (3, true));
    let ipvlan = vmac("use_ipvlan ipv7 192.0.2.7/24 vepa");
    let address = Some(("192.0.2.7".parse().unwrap(), 24));
    let mode = IpvlanMode::Vepa;
    assert_eq!(ipvlan.kind, VmacKind::Ipvlan { address, mode });
    let unicast = vmac("use_vmac\n unicast_peer {\n 192.0.2.8\n}");
    assert!(unicast.xmit_base, "keepalived: by the base");
}

/// What keepalived 2.2.7 was seen to make of such a file.
#[test]
fn addresses_stand_on_the_virtual_mac_of_their_interface_and_family() {
    let body = |vmac: &str| {
        format!(
            "global_defs {{\n vmac_prefix vm\n vmac_addr_prefix va\n}}\n\
             vrrp_instance V {{\n interface eth0\n virtual_router_id 51\n {vmac}\n\
             virtual_ipaddress {{\n 192.0.2.100/24\n 198.51.100.7/24 dev eth1\n\
             203.0.113.7 dev eth2 use_vmac\n}}\n\
             virtual_ipaddress_excluded {{\n 2001:db8::100/64\n 2001:db8:1::7/64 dev eth1\n}}\n}}\n"
        )
    };
    let carriers = |vmac: &str| {
        let config = config(&body(vmac));
        let instance = &config.instances()[0];
        let all = instance.virtual_addresses.iter();
        let all = all.chain(&instance.excluded_addresses);
        all.map(|own| own.carrier(instance.interface).to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        carriers("use_vmac\n use_vmac_addr"),
        "vm.51 va.51 va1.51 va6.51 va2.51"
    );
    assert_eq!(carriers("use_vmac"), "vm.51 eth1 va.51 eth0 eth1");
    assert_eq!(carriers(""), "eth0 eth1 va.51 eth0 eth1");
}

#[test]
fn the_secret_of_a_key_is_in_no_output() {
    let secret = "0123456789abcdef-too-long-0123456789abcdef-0123456789abcdef-0123456789";
    let text = one(&format!("auth_hmac {{\n key 1 {secret}\n}}"));
    let shown = read(&text).diagnostics.render(false);
    assert!(shown.contains("64 bytes"), "{shown}");
    assert!(!shown.contains("too-long"), "{shown}");
}

#[test]
fn a_key_is_text_or_hexadecimal_or_in_a_file() {
    let hex = "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1E1F";
    let body = format!(
        "auth_hmac {{\n key 1 {hex}\n key 2 0123456789abcdef0123456789abcdef\n active_key 2\n \
         anti_replay monotonic\n time_window 7\n mode permissive\n}}"
    );
    let (one, warnings) = instance(&body);
    assert!(warnings.is_empty(), "{warnings:?}");
    let hmac = one.hmac.unwrap();
    let secrets: Vec<_> = hmac.keys.iter().map(|key| key.secret.clone()).collect();
    assert_eq!(secrets[0], (0..32).collect::<Vec<u8>>());
    assert_eq!(secrets[1], b"0123456789abcdef0123456789abcdef");
    assert_eq!(hmac.active_key, 2);
    assert_eq!(hmac.anti_replay, AntiReplay::Monotonic);
    assert_eq!(
        (hmac.time_window, hmac.mode),
        (Some(Duration::from_secs(7)), HmacMode::Permissive)
    );
    let (plain, _) = instance(&format!("auth_hmac {{\n key 1 {hex}\n}}"));
    let plain = plain.hmac.unwrap();
    assert_eq!(
        (plain.anti_replay, plain.time_window),
        (AntiReplay::Time, None)
    );
    for bad in ["hex:0", "hex:zz", "file:/nowhere/at/all", "short"] {
        let (none, warnings) = instance(&format!("auth_hmac {{\n key 1 {bad}\n}}"));
        assert!(none.hmac.is_none(), "{bad}");
        assert!(
            warnings.contains(&code::OUT_OF_RANGE),
            "{bad}: {warnings:?}"
        );
    }
}

#[test]
fn a_trailer_takes_the_place_of_a_password() {
    let body = "authentication {\n auth_type PASS\n auth_pass x\n}\n \
                auth_hmac {\n key 1 0123456789abcdef0123456789abcdef\n}";
    let (both, warnings) = instance(body);
    assert_eq!((both.auth, both.hmac.is_some()), (Auth::None, true));
    assert_eq!(warnings, [code::AUTH_IGNORED]);
}

#[test]
fn blocks_about_interfaces() {
    let text = format!(
        "{}garp_group {{\n garp_interval 0.01\n interface eth0\n interfaces {{\n eth1 eth2\n}}\n}}\n\
         linkbeat_interfaces {{\n eth2\n eth3 ETHTOOL\n}}\n\
         interface_up_down_delays {{\n eth0 1.5\n eth1 2 3\n}}\n",
        one("")
    );
    let config = config(&text);
    let group = &config.parts().garp_groups[0];
    assert_eq!(group.interfaces.len(), 3);
    assert_eq!(group.spacing.garp, Duration::from_millis(10));
    let globals = config.globals();
    assert_eq!(globals.linkbeat.len(), 2);
    assert!(globals.linkbeat[1].method.is_some());
    let delays: Vec<_> = globals
        .interface_delays
        .iter()
        .map(|d| (d.down, d.up))
        .collect();
    let seconds = Duration::from_secs;
    assert_eq!(
        delays,
        [
            (Duration::from_millis(1_500), seconds(0)),
            (seconds(2), seconds(3))
        ]
    );
}
