//! Configurations such as tutorials show: each means, field by field, what its author explains.

use std::net::IpAddr;
use std::time::Duration;

use bellwether_config::{Severity, code};
use bellwether_core::model::lvs::{
    Check, Checker, Forwarding, HttpCheck, HttpProtocol, Persistence, Protocol, RealServer,
    Schedule, Scheduler, Service, SorryServer, StatusRange, Url, VirtualServer,
};
use bellwether_core::model::{
    Auth, Command, Globals, InitialState, Instance, Lvs, Mail, Parts, Preemption, Script, Tracked,
    VirtualAddress,
};
use bellwether_core::unit::{AdvertInterval, Family, Name, Priority, Vrid, Weight};

use crate::common::{codes, config, read};

fn instance(name: &str, interface: &str, vrid: u8, last: u8) -> Instance {
    let vrid = Vrid::try_from(vrid).unwrap();
    let mut instance = Instance::new(Name::from(name), interface.parse().unwrap(), vrid);
    instance.virtual_addresses = vec![VirtualAddress::host([192, 0, 2, last].into())];
    instance.advert_interval = AdvertInterval::try_from(100).unwrap();
    instance
}

fn script(name: &str, command: &[&str]) -> Script {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Script::new(Name::from(name), Command(command))
}

fn weightless(name: &str) -> Tracked<Name> {
    Tracked {
        target: Name::from(name),
        weight: Weight::FAULT,
        reverse: false,
    }
}

fn named(router_id: &str) -> Globals {
    Globals {
        router_id: Some(Name::from(router_id)),
        ..Globals::default()
    }
}

fn parts(text: &str) -> Parts {
    config(text).into_parts()
}

/// Two nodes, one address: the master's and the backup's file.
#[test]
fn a_master_and_a_backup() {
    let file = |state: &str, priority: u8| {
        format!(
            "vrrp_instance VI_1 {{
    state {state}
    interface eth0
    virtual_router_id 10
    priority {priority}
    advert_int 1
    authentication {{
        auth_type PASS
        auth_pass MasBac
    }}
    virtual_ipaddress {{
        192.0.2.68
    }}
}}
"
        )
    };
    let mut expected = instance("VI_1", "eth0", 10, 68);
    expected.auth = Auth::Pass(*b"MasBac\0\0");
    expected.priority = Priority(100);
    expected.initial_state = InitialState::Master;
    assert_eq!(parts(&file("MASTER", 100)).instances, [expected.clone()]);
    assert!(read(&file("MASTER", 100)).diagnostics.is_empty());
    expected.priority = Priority(98);
    expected.initial_state = InitialState::Backup;
    assert_eq!(parts(&file("BACKUP", 98)).instances, [expected]);
}

/// Two addresses, each node the master of one, with mail settings and virtual servers.
const TWO_MASTERS: &str = "! Configuration File for keepalived
global_defs {
   notification_email {
     root@example.com
   }
   notification_email_from keepalived@example.com
   smtp_server 192.0.2.9
   smtp_connect_timeout 30
   router_id LVS_DEVEL
}
vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 10
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass MasBac
    }
    virtual_ipaddress {
        192.0.2.68
    }
}
vrrp_instance VI_2 {
    state BACKUP
    interface eth0
    virtual_router_id 15
    priority 98
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass DouMas
    }
    virtual_ipaddress {
        192.0.2.69
    }
}
virtual_server 192.0.2.68 80 {
    delay_loop 6
    lb_algo rr
    lb_kind DR
    persistence_timeout 50
    protocol TCP
    sorry_server 192.0.2.77 80
    real_server 192.0.2.122 80 {
        weight 1
        HTTP_GET {
            url {
              path /
              status_code 200
            }
            connect_timeout 3
            nb_get_retry 3
            delay_before_retry 3
        }
    }
}
";

/// The virtual server of [`TWO_MASTERS`].
fn web_service() -> VirtualServer {
    let address = |last: u8| IpAddr::from([192, 0, 2, last]);
    let secs = Duration::from_secs;
    let mut server = VirtualServer::new(
        Service::Address {
            address: address(68),
            port: 80,
            protocol: Protocol::Tcp,
        },
        Family::V4,
    );
    server.scheduler = Scheduler::Rr;
    server.delay_loop = secs(6);
    server.persistence = Some(Persistence {
        timeout: 50,
        granularity: None,
        engine: None,
    });
    server.sorry = Some(Box::new(SorryServer {
        address: address(77),
        port: 80,
        forwarding: Forwarding::Direct,
        inhibit: false,
    }));
    let page = Url {
        path: "/".to_owned(),
        virtualhost: None,
        status: vec![StatusRange {
            first: 200,
            last: 200,
        }],
        body: None,
        tls_compliant: None,
    };
    let mut real = RealServer::new(address(122), 80, Forwarding::Direct);
    real.checkers = vec![Checker {
        schedule: Schedule {
            delay_loop: secs(6),
            warmup: secs(6),
            retry: 3,
            rise: 1,
            delay_before_retry: secs(3),
            alpha: false,
            log_all_failures: false,
        },
        connect: None,
        timeout: secs(3),
        source: None,
        check: Check::Http(Box::new(HttpCheck {
            tls: false,
            sni: false,
            sni_name: None,
            tls_compliant: false,
            protocol: HttpProtocol::V1_0,
            virtualhost: None,
            fast_recovery: false,
            urls: vec![page],
        })),
    }];
    server.real_servers = vec![real];
    server
}

#[test]
fn two_masters_with_virtual_servers() {
    let text = TWO_MASTERS;
    let mut first = instance("VI_1", "eth0", 10, 68);
    first.auth = Auth::Pass(*b"MasBac\0\0");
    first.initial_state = InitialState::Master;
    let mut second = instance("VI_2", "eth0", 15, 69);
    second.auth = Auth::Pass(*b"DouMas\0\0");
    second.priority = Priority(98);
    let expected = Parts {
        globals: Globals {
            mail: Some(Mail {
                to: vec!["root@example.com".to_owned()],
                from: Some("keepalived@example.com".to_owned()),
                server: Some("192.0.2.9".to_owned()),
                ..Mail::default()
            }),
            ..named("LVS_DEVEL")
        },
        scripts: vec![],
        instances: vec![first, second],
        lvs: Lvs {
            virtual_servers: vec![web_service()],
            ..Lvs::default()
        },
        ..Parts::default()
    };
    assert_eq!(parts(text), expected);
    let outcome = read(text);
    assert_eq!(
        codes(&outcome, Severity::Warning),
        [""; 0],
        "the virtual server"
    );
    assert_eq!(
        codes(&outcome, Severity::Note),
        [""; 0],
        "the mails are sent"
    );
    let unlined = text.lines().skip(1).collect::<Vec<_>>().join(" ");
    assert_eq!(
        parts(&unlined),
        expected,
        "as a web page shows it, on one line"
    );
}

/// A tracked script, with remarks in another script than ASCII behind every line.
#[test]
fn a_tracked_script_with_remarks() {
    let text = "! Configuration File for keepalived

vrrp_script chk_nginx_port {\t\t###\u{5b9a}\u{4e49}\u{811a}\u{672c}
        script \"/etc/keepalived/sh/nginx_keepalived.sh\"
        interval 3\t\t###\u{95f4}\u{9694}
}
global_defs {\t\t###\u{5168}\u{5c40}
   router_id master\t\t\t###\u{8def}\u{7531}
}

vrrp_instance VI_1 {
    state MASTER
    nopreempt\t\t###\u{975e}\u{62a2}\u{5360}
    interface eth0
    virtual_router_id 254
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        chk_nginx_port
    }
    virtual_ipaddress {
        192.0.2.174 dev eth0 label eth0:0   ####\u{522b}\u{540d}
    }
}
";
    let mut chk = script(
        "chk_nginx_port",
        &["/etc/keepalived/sh/nginx_keepalived.sh"],
    );
    chk.interval = Duration::from_secs(3);
    chk.timeout = Duration::from_secs(3);
    let mut master = instance("VI_1", "eth0", 254, 174);
    master.initial_state = InitialState::Master;
    master.auth = Auth::Pass(*b"1111\0\0\0\0");
    master.virtual_addresses[0].dev = "eth0".parse().ok();
    master.virtual_addresses[0].label = Some("eth0:0".to_owned());
    master.trackers.scripts = vec![weightless("chk_nginx_port")];
    let expected = Parts {
        globals: named("master"),
        scripts: vec![chk],
        instances: vec![master.clone()],
        ..Parts::default()
    };
    assert_eq!(parts(text), expected);
    assert_eq!(
        codes(&read(text), Severity::Warning),
        [code::PREEMPTION],
        "nopreempt"
    );

    let backup = text.replace("state MASTER", "state BACKUP");
    master.initial_state = InitialState::Backup;
    master.preemption = Preemption::Never;
    assert_eq!(parts(&backup).instances, [master]);
    assert!(read(&backup).diagnostics.is_empty());
}

/// A negative weight, and keywords that a file keeps as comments.
#[test]
fn a_weighted_script_and_disabled_keywords() {
    let text = "global_defs {
   smtp_server 127.0.0.1
   router_id LVS_01
   #vrrp_skip_check_adv_addr     ### disabled, or the address can't be reached
   #vrrp_strict
}
# a script
vrrp_script restart_mysql {
    # what it does
    script \"/usr/local/keepalived/restart_mysql.sh\"
    interval 5
    weight -20
}
vrrp_instance VI_1 {
    # this node is a backup
    state BACKUP
    interface ens33
    virtual_router_id 10
    #nopreempt
    priority 90
    virtual_ipaddress {
        192.0.2.200
    }
    # and what it calls
    track_script {
        restart_mysql
    }
}
";
    let mut chk = script("restart_mysql", &["/usr/local/keepalived/restart_mysql.sh"]);
    chk.interval = Duration::from_secs(5);
    chk.timeout = Duration::from_secs(5);
    chk.weight = Weight::try_from(-20).unwrap();
    let mut backup = instance("VI_1", "ens33", 10, 200);
    backup.priority = Priority(90);
    backup.trackers.scripts = vec![Tracked {
        weight: Weight::try_from(-20).unwrap(),
        ..weightless("restart_mysql")
    }];
    let expected = Parts {
        globals: Globals {
            mail: Some(Mail {
                server: Some("127.0.0.1".to_owned()),
                ..Mail::default()
            }),
            ..named("LVS_01")
        },
        scripts: vec![chk],
        instances: vec![backup],
        ..Parts::default()
    };
    assert_eq!(parts(text), expected);
    assert_eq!(codes(&read(text), Severity::Warning), [""; 0]);
}

/// A part of a file, as an article quotes it: without its end.
#[test]
fn an_excerpt_says_what_it_lacks() {
    let text = "vrrp_instance VI_1 {
# this node is a backup
state BACKUP
priority 100
nopreempt
}
virtual_server 192.0.2.88 80 {
delay_loop 6
real_server 192.0.2.11 80 {
TCP_CHECK {
connect timeout 10
}
";
    let outcome = read(text);
    let expected = [
        code::MISSING_INTERFACE,
        code::MISSING_VRID,
        code::UNCLOSED_BLOCK,
    ];
    assert_eq!(codes(&outcome, Severity::Error), expected);
    let lines: Vec<usize> = outcome
        .diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| outcome.diagnostics.locate(d.span).line)
        .collect();
    assert_eq!(lines, [1, 1, 9], "the innermost block that is open");
}
