//! I19, I20, I21, I22, L4: the LVS part, followed from outside.
//!
//! From what each check came to, verdicts, quorums and the table that follows are worked out here a
//! second time. Bound: [`KERNEL_SETTLES`] after the last change; what a kernel has refused, or
//! somebody else has changed, is put right within [`MENDS`].
//!
//! Deliberately absent: groups of services; files that a reload stops following and a later one
//! follows again.

mod heard;

use core::time::Duration;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use bellwether_core::Instant;
use bellwether_core::event::ScriptExit;
use bellwether_core::kernel::ipvs::ServiceKey;
use bellwether_core::lvs::{LvsNotice, ProbeId, ProbeResult, ProbeSpec, ServerKey};
use bellwether_core::model::lvs::{Check, RealServer, Service, VirtualServer};
use bellwether_core::track::Sighting;
use bellwether_core::unit::Name;

use super::bounds::KERNEL_SETTLES;
use super::{Findings, InvariantId};
use crate::backend::Health;
use crate::log::{NodeId, Process, What};
use crate::world::World;

/// How long a node may take to see and mend what somebody else did: it looks once a minute.
const MENDS: Duration = Duration::from_secs(70);

/// All nodes' services.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    nodes: BTreeMap<NodeId, Shadow>,
    /// Whether some kernel was told to refuse, or its table was taken away, and nothing was mended
    /// since: whoever starts may meet that.
    disturbed: bool,
}

/// What a node is to make of its checks.
#[derive(Clone, Debug, Default)]
struct Shadow {
    checks: BTreeMap<(ServerKey, usize), CheckShadow>,
    quorums: BTreeMap<Service, bool>,
    under_way: BTreeMap<ProbeId, (Arc<ProbeSpec>, Instant)>,
    /// The numbers that tracked files hold.
    files: BTreeMap<Name, i64>,
    /// The BFD sessions that have been up, and whether they are.
    sessions: BTreeMap<Name, bool>,
    /// What it says of its servers.
    said: BTreeMap<ServerKey, bool>,
    /// When something changed that the table follows.
    changed_at: Option<Instant>,
    /// When the table was last as it should not have been by somebody else's doing.
    disturbed_at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default)]
struct CheckShadow {
    up: bool,
    judged: bool,
    failures: u32,
    /// Pages that were well in a row.
    pages: usize,
    weight: Option<u32>,
}

impl CheckShadow {
    /// keepalived: the first check of all counts at once, later ones after `retry` more; one
    /// success is enough, of all pages while the server is down.
    fn count(&mut self, well: bool, retry: u32, pages: usize) {
        if !well {
            self.pages = 0;
            self.failures += 1;
            if !self.judged || !self.up || self.failures > retry {
                *self = Self {
                    judged: true,
                    ..Self::default()
                };
            }
            return;
        }
        self.failures = 0;
        self.pages += 1;
        if self.pages >= pages {
            (self.up, self.judged, self.pages) = (true, true, 0);
        }
    }
}

impl Services {
    /// Something happened on a node.
    pub(super) fn see(
        &mut self,
        world: &World,
        findings: &mut Findings,
        node: NodeId,
        what: &What,
    ) {
        if world.config(node).virtual_servers().is_empty() && !self.nodes.contains_key(&node) {
            return;
        }
        let now = world.now();
        if let What::Process(Process::Started) = what {
            let mut shadow = Shadow::default();
            shadow.adopt(world, node);
            shadow.changed_at = Some(now);
            shadow.disturbed_at = self.disturbed.then_some(now);
            self.nodes.insert(node, shadow);
            return;
        }
        if let What::Process(Process::Exited | Process::Killed | Process::PoweredOff) = what {
            self.nodes.remove(&node);
            return;
        }
        let Some(shadow) = self.nodes.get_mut(&node) else {
            return;
        };
        if let What::Process(Process::Reloaded) = what {
            shadow.adopt(world, node);
            shadow.changed_at = Some(now);
        } else if let What::ProbeStarted { probe, spec } = what {
            let twice = shadow.under_way.values().any(|(own, _)| own == spec);
            findings.check(InvariantId::I21, !twice, now, &[node], || {
                format!("{} is checked twice at once", spec.server)
            });
            let local = world.local(node);
            shadow.under_way.insert(*probe, (Arc::clone(spec), local));
        } else if let What::ProbeEnded { probe, result } = what {
            if let Some((spec, _)) = shadow.under_way.remove(probe) {
                shadow.conclude(world, node, &spec, result);
            }
        } else if let What::ProbeCancelled { probe } = what {
            if let Some((spec, since)) = shadow.under_way.remove(probe) {
                // Given up at its deadline it has failed; else it does not count.
                if world.local(node).since(since) >= spec.deadline {
                    let failed = bellwether_core::lvs::ProbeFailure::Timeout;
                    shadow.conclude(world, node, &spec, &ProbeResult::Failed(failed));
                }
            }
        } else if let What::Sighted(Sighting::File { file, content }) = what {
            shadow.file_seen(world, node, file, *content);
        } else if let What::Bfd { session, state, .. } = what {
            shadow.session_seen(world, node, session, *state);
        } else if let What::Lvs(notice) = what {
            shadow.hear_notice(world, findings, node, notice);
        } else if let What::TableChanged(_) = what {
            // Whether it was the node's own doing shows in what the table is then.
            shadow.changed_at = shadow.changed_at.or(Some(now));
        }
    }

    /// Somebody else does something to a table, or a kernel is told to refuse.
    pub(super) fn disturb(&mut self, at: Instant) {
        self.disturbed = true;
        for shadow in self.nodes.values_mut() {
            shadow.disturbed_at = Some(at);
        }
    }

    /// All kernels are as they should be.
    pub(super) const fn mended(&mut self) {
        self.disturbed = false;
    }

    /// Looks at what must have settled by now.
    pub(super) fn look(&mut self, world: &World, findings: &mut Findings) {
        let now = world.now();
        for (node, shadow) in &mut self.nodes {
            let Some(changed) = shadow.changed_at else {
                continue;
            };
            let kernel = &world.host(*node).kernel;
            if kernel.errors > 0 || !kernel.has_ipvs {
                // It has yet to refuse, and then it takes as long as ever to put that right.
                shadow.disturbed_at = Some(now);
            }
            let process = world.host(*node).process.as_ref();
            let busy = process.is_none_or(|own| own.paused || own.stopping);
            let mending = shadow.disturbed_at.is_some_and(|at| now < at + MENDS);
            if busy || mending || now < changed + KERNEL_SETTLES {
                continue;
            }
            shadow.changed_at = None;
            let id = if shadow.disturbed_at.take().is_some() {
                InvariantId::I22
            } else {
                InvariantId::I19
            };
            shadow.compare(world, findings, *node, id);
            shadow.compare_verdicts(world, findings, *node);
        }
    }

    /// L4: long after everything was mended each table has every server that is well, and no
    /// other.
    pub(super) fn converged(&mut self, world: &World, findings: &mut Findings) {
        if !world.scenario().healing.backends || !world.scenario().healing.start {
            return;
        }
        for (node, shadow) in &self.nodes {
            let process = world.host(*node).process.as_ref();
            if process.is_none_or(|own| own.paused || own.stopping) {
                continue;
            }
            for service in world.config(*node).virtual_servers() {
                if service.ha_suspend || shadow.disturbed_at.is_some() {
                    continue;
                }
                let all_well = service.real_servers.iter().all(|own| {
                    let key = key_of(service, own);
                    let health = world.backends().health(own.address);
                    *health == Health::Ok && shadow.is_up(&key, own)
                });
                findings.check(InvariantId::L4, all_well, world.now(), &[*node], || {
                    let name = &world.host(*node).name;
                    format!("{name} still finds a server of {} down", service.service)
                });
            }
        }
    }
}

impl Shadow {
    /// Goes on with what is the same in the node's configuration, and assumes the rest.
    fn adopt(&mut self, world: &World, node: NodeId) {
        let before = core::mem::take(&mut self.checks);
        let said = core::mem::take(&mut self.said);
        let fresh = self.quorums.is_empty();
        for service in world.config(node).virtual_servers() {
            for server in &service.real_servers {
                let key = key_of(service, server);
                let known = said.contains_key(&key);
                for (place, checker) in server.checkers.iter().enumerate() {
                    let id = (key.clone(), place);
                    let assumed = CheckShadow {
                        up: !checker.schedule.alpha || (known && said.get(&key) == Some(&true)),
                        ..CheckShadow::default()
                    };
                    let own = before.get(&id).copied().unwrap_or(assumed);
                    self.checks.insert(id, own);
                }
                let up = self.is_up(&key, server);
                let told = said.get(&key).copied().unwrap_or(up);
                self.said.insert(key, told);
            }
            if fresh || !self.quorums.contains_key(&service.service) {
                self.quorums.insert(service.service.clone(), false);
            }
        }
        self.hear(world, node);
    }

    fn is_up(&self, key: &ServerKey, server: &RealServer) -> bool {
        let places = 0..server.checkers.len();
        let find = |place| self.checks.get(&(key.clone(), place));
        places
            .into_iter()
            .all(|place| find(place).is_none_or(|own| own.up))
    }

    fn weight(&self, key: &ServerKey, server: &RealServer) -> u32 {
        let places = 0..server.checkers.len();
        let find = |place| self.checks.get(&(key.clone(), place))?.weight;
        places.into_iter().find_map(find).unwrap_or(server.weight)
    }

    /// Counts what a check came to.
    fn conclude(&mut self, world: &World, node: NodeId, spec: &ProbeSpec, result: &ProbeResult) {
        for service in world.config(node).virtual_servers() {
            for server in &service.real_servers {
                let key = key_of(service, server);
                if key != spec.server {
                    continue;
                }
                let same = |own: &bellwether_core::model::lvs::Checker| own.check == spec.check;
                let Some(place) = server.checkers.iter().position(same) else {
                    continue;
                };
                let checker = &server.checkers[place];
                let (well, weight) = read(result, &checker.check);
                let pages = if let Check::Http(http) = &checker.check {
                    http.urls.len()
                } else {
                    1
                };
                let own = self.checks.entry((key, place)).or_default();
                own.count(well, checker.schedule.retry, pages);
                own.weight = weight.filter(|_| own.up);
            }
        }
        self.weigh(world, node);
        self.changed_at = Some(world.now());
    }

    /// I20's arithmetic: gained from quorum and hysteresis on, lost below the difference, and
    /// whenever nothing is left.
    fn weigh(&mut self, world: &World, node: NodeId) {
        for service in world.config(node).virtual_servers() {
            let servers = service.real_servers.iter();
            let live = servers.filter(|own| self.is_up(&key_of(service, own), own));
            let sum: i64 = live
                .map(|own| i64::from(self.weight(&key_of(service, own), own)))
                .sum();
            let (quorum, slack) = (i64::from(service.quorum), i64::from(service.hysteresis));
            let had = self.quorums.get(&service.service).copied().unwrap_or(false);
            let needed = if had { quorum - slack } else { quorum + slack };
            let has = sum > 0 && sum >= needed;
            self.quorums.insert(service.service.clone(), has);
        }
    }

    /// What a node says of itself must be what it is to say.
    fn hear_notice(
        &mut self,
        world: &World,
        findings: &mut Findings,
        node: NodeId,
        notice: &LvsNotice,
    ) {
        let now = world.now();
        if let LvsNotice::Server { server, up, .. } = notice {
            let twice = self.said.insert(server.clone(), *up) == Some(*up);
            findings.check(InvariantId::I21, !twice, now, &[node], || {
                format!("{server} is said to be what it was already")
            });
        }
        if let LvsNotice::Quorum { service, up, .. } = notice {
            let right = self.quorums.get(service) == Some(up);
            findings.check(InvariantId::I20, right, now, &[node], || {
                let has = if *up { "has" } else { "has lost" };
                format!("{service} {has} its quorum, against its servers' weight")
            });
        }
    }

    /// I21: what is said of servers is what their checks came to.
    fn compare_verdicts(&self, world: &World, findings: &mut Findings, node: NodeId) {
        for service in world.config(node).virtual_servers() {
            for server in &service.real_servers {
                let key = key_of(service, server);
                let up = self.is_up(&key, server);
                let holds = self.said.get(&key) == Some(&up);
                findings.check(InvariantId::I21, holds, world.now(), &[node], || {
                    let is = if up { "up" } else { "down" };
                    format!("{key} is {is} by its checks, and not said to be")
                });
            }
        }
    }

    /// I19, I22: the table is what configuration and verdicts say.
    fn compare(&self, world: &World, findings: &mut Findings, node: NodeId, id: InvariantId) {
        let table = world.table(node);
        for service in world.config(node).virtual_servers() {
            let Some(key) = entry_of(service) else {
                continue;
            };
            let wanted = self.wanted(service);
            let there = table.get(&key);
            let holds = there == Some(&wanted);
            findings.check(id, holds, world.now(), &[node], || {
                let name = &world.host(node).name;
                format!(
                    "{name} has {there:?} for {}, not {wanted:?}",
                    service.service
                )
            });
        }
    }

    fn wanted(&self, service: &VirtualServer) -> BTreeMap<IpAddr, u32> {
        let has_quorum = self.quorums.get(&service.service) == Some(&true);
        let sorry = service.sorry.as_deref();
        let mut wanted = BTreeMap::new();
        for server in &service.real_servers {
            let key = key_of(service, server);
            if self.is_up(&key, server) && (has_quorum || sorry.is_none()) {
                wanted.insert(server.address, self.weight(&key, server));
            } else if server.inhibit_on_failure {
                wanted.insert(server.address, 0);
            }
        }
        if let Some(sorry) = sorry {
            if !has_quorum {
                wanted.insert(sorry.address, 1);
            } else if sorry.inhibit {
                wanted.entry(sorry.address).or_insert(0);
            }
        }
        wanted
    }
}

fn key_of(service: &VirtualServer, server: &RealServer) -> ServerKey {
    ServerKey {
        service: service.service.clone(),
        address: server.address,
        port: server.port,
    }
}

const fn entry_of(service: &VirtualServer) -> Option<ServiceKey> {
    match &service.service {
        Service::Address {
            address,
            port,
            protocol,
        } => Some(ServiceKey::Address {
            protocol: *protocol,
            address: *address,
            port: *port,
        }),
        Service::Fwmark(mark) => Some(ServiceKey::Fwmark {
            family: service.family,
            mark: *mark,
        }),
        Service::Group { .. } => None,
    }
}

/// Whether a result is well, and the weight that it sets.
fn read(result: &ProbeResult, check: &Check) -> (bool, Option<u32>) {
    let dynamic = matches!(check, Check::Misc(misc) if misc.dynamic);
    match result {
        ProbeResult::Success | ProbeResult::Exited(ScriptExit::Status(0)) => (true, None),
        ProbeResult::Exited(ScriptExit::Status(status))
            if dynamic && (2..=255).contains(status) =>
        {
            (true, u32::try_from(status - 2).ok())
        }
        ProbeResult::Exited(_) | ProbeResult::Failed(_) => (false, None),
    }
}
