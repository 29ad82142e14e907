//! `ha_suspend`: checks only while the service's address is on this node.

use bellwether_core::Event;
use bellwether_core::event::{Link, LinkReport};
use bellwether_core::id::AddressKey;
use bellwether_core::kernel::ipvs::{IpvsOp, Role, Table};
use bellwether_core::kernel::{Address, AddressOptions};
use bellwether_core::lvs::LvsNotice;
use bellwether_core::model::lvs::VirtualServer;
use bellwether_core::model::{Config, Globals, Instance, Lvs, Parts, SyncDaemon, VirtualAddress};
use bellwether_core::unit::Mac;
use bellwether_core::vrrp::State;
use bellwether_core::{Effect, Instant, Node};

use crate::support::{VIP, server, virtual_server};

fn config(ha_suspend: bool, globals: Globals) -> Config {
    let mut instance = Instance::new(
        "VI_1".into(),
        "eth0".parse().unwrap(),
        51.try_into().unwrap(),
    );
    instance.virtual_addresses = vec![VirtualAddress::host(VIP.into())];
    Config::new(Parts {
        globals,
        instances: vec![instance],
        lvs: Lvs {
            virtual_servers: vec![VirtualServer {
                ha_suspend,
                ..virtual_server(vec![server(1)])
            }],
            ..Lvs::default()
        },
        ..Parts::default()
    })
    .unwrap()
}

fn key(host: u8) -> AddressKey {
    AddressKey {
        interface: "eth0".parse().unwrap(),
        address: std::net::Ipv4Addr::new(192, 0, 2, host).into(),
        prefix_len: if host == 1 { 32 } else { 24 },
    }
}

/// A node that shares a world with a kernel that does what it is told.
struct World {
    node: Node,
    now: Instant,
    table: Table,
    checks: u32,
    suspensions: Vec<bool>,
    daemons: Vec<String>,
}

impl World {
    fn new(config: Config) -> Self {
        let mut world = Self {
            node: Node::new(config, Instant::ZERO),
            now: Instant::ZERO,
            table: Table::default(),
            checks: 0,
            suspensions: vec![],
            daemons: vec![],
        };
        world.pump();
        let interface = "eth0".parse().unwrap();
        let link = Some(Link {
            index: 2,
            up: true,
            mac: Mac([2, 0, 0, 0, 0, 1]),
        });
        world.event(Event::Link(LinkReport { interface, link }));
        let own = Address {
            key: key(11),
            label: None,
            broadcast: None,
            scope: 0,
            ours: false,
            options: AddressOptions::default(),
        };
        let addresses = vec![own];
        world.event(Event::Addresses {
            interface,
            addresses,
        });
        world
    }

    fn event(&mut self, event: Event) {
        self.node.handle(self.now, event);
        self.pump();
    }

    fn seconds(&mut self, seconds: u64) {
        let end = self.now + std::time::Duration::from_secs(seconds);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = at;
            self.node.handle_timeout(at);
            self.pump();
        }
        self.now = end;
    }

    fn state(&self) -> State {
        self.node.instances()[0].state()
    }

    fn pump(&mut self) {
        while let Some(effect) = self.node.poll_effect() {
            let answer = match effect {
                Effect::StartProbe { probe, .. } => {
                    self.checks += 1;
                    let result = bellwether_core::lvs::ProbeResult::Success;
                    Event::ProbeDone { probe, result }
                }
                Effect::Table { op, action } => {
                    match &action {
                        IpvsOp::StartDaemon(own) => {
                            self.daemons
                                .push(format!("+{:?} {}", own.role, own.sync_id));
                        }
                        IpvsOp::StopDaemon(role) => self.daemons.push(format!("-{role:?}")),
                        _ => {}
                    }
                    let outcome = self.table.apply(&action);
                    Event::TableDone { op, outcome }
                }
                Effect::ObserveTable => Event::Table(Ok(Box::new(self.table.clone()))),
                Effect::Kernel { op, .. } => Event::KernelDone {
                    op,
                    outcome: Ok(()),
                },
                Effect::Notice(bellwether_core::Notice::Lvs(LvsNotice::Suspended {
                    suspended,
                    ..
                })) => {
                    self.suspensions.push(suspended);
                    continue;
                }
                _ => continue,
            };
            self.node.handle(self.now, answer);
        }
    }
}

#[test]
fn a_backup_does_not_check_and_its_table_stands_ready() {
    let mut world = World::new(config(true, Globals::default()));
    world.seconds(3);
    assert_eq!(world.state(), State::Backup);
    assert_eq!(world.checks, 0);
    assert_eq!(world.table.services.len(), 1);
}

#[test]
fn a_master_checks_and_one_that_steps_down_does_not_any_more() {
    let mut world = World::new(config(true, Globals::default()));
    world.seconds(10);
    assert_eq!(world.state(), State::Master);
    assert!(world.checks > 0);
    let interface = "eth0".parse().unwrap();
    let link = Some(Link {
        index: 2,
        up: false,
        mac: Mac([2, 0, 0, 0, 0, 1]),
    });
    world.event(Event::Link(LinkReport { interface, link }));
    let before = world.checks;
    world.seconds(100);
    assert_eq!(world.checks, before);
    assert_eq!(world.suspensions, [false, true]);
}

/// keepalived: any interface counts, also those that VRRP does not know.
#[test]
fn an_address_that_somebody_else_put_there_counts() {
    let mut world = World::new(config(true, Globals::default()));
    world.event(Event::Present([VIP.into()].into()));
    world.seconds(1);
    assert_eq!(
        (world.state(), world.suspensions.as_slice()),
        (State::Backup, &[false][..])
    );
    assert!(world.checks > 0);
    world.event(Event::Present(
        [std::net::Ipv4Addr::LOCALHOST.into()].into(),
    ));
    assert_eq!(world.suspensions, [false, true]);
}

#[test]
fn without_it_a_backup_checks() {
    let mut world = World::new(config(false, Globals::default()));
    world.seconds(3);
    assert_eq!(world.state(), State::Backup);
    assert!(world.checks > 0);
}

#[test]
fn setting_and_unsetting_it_by_reload_stops_and_starts_the_checks() {
    let mut world = World::new(config(false, Globals::default()));
    world.event(Event::Reload(Box::new(config(true, Globals::default()))));
    let before = world.checks;
    world.seconds(2);
    assert_eq!(world.checks, before, "still a backup");
    world.event(Event::Reload(Box::new(config(false, Globals::default()))));
    world.seconds(1);
    assert!(world.checks > before);
}

#[test]
fn the_synchronisation_daemon_follows_its_instance() {
    let mut globals = Globals::default();
    globals.lvs.sync_daemon = Some(SyncDaemon {
        interface: "eth0".parse().unwrap(),
        instance: Some("VI_1".into()),
        id: None,
        max_len: None,
        port: None,
        ttl: None,
        group: None,
    });
    let mut world = World::new(config(false, globals));
    // keepalived: without an id it is the instance's VRID.
    assert_eq!(world.daemons, ["+Backup 51"]);
    world.seconds(10);
    assert_eq!(world.state(), State::Master);
    assert_eq!(world.daemons, ["+Backup 51", "-Backup", "+Master 51"]);
    assert_eq!(
        world.table.daemons.keys().collect::<Vec<_>>(),
        [&Role::Master]
    );
    world.event(Event::Shutdown);
    assert!(world.table.daemons.is_empty());
}
