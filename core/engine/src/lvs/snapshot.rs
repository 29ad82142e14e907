//! The read-only snapshot of the LVS part.

use super::Lvs;
use super::checker::CheckerRun;
use super::ids::ServerId;
use super::service::ServiceState;
use crate::kernel::ipvs::Table;
use crate::model::lvs::Check;
use crate::status::{CheckerStatus, LvsStatus, ServerStatus, ServiceStatus};

impl Lvs {
    /// A snapshot for people, tests and metrics.
    #[must_use]
    pub fn status(&self) -> LvsStatus {
        let services = self.order.iter().filter_map(|id| self.services.get(id));
        LvsStatus {
            services: services.map(|own| self.service_status(own)).collect(),
            table_seen: self.ledger.is_seen(),
            table_settled: self.ledger.is_clean(),
        }
    }

    /// The table as it is believed to be, as far as it is ours.
    #[must_use]
    pub fn table(&self) -> Table {
        Table::from(&self.ledger)
    }

    /// How many checks are under way.
    #[must_use]
    pub fn probes_under_way(&self) -> usize {
        self.probes.len()
    }

    fn service_status(&self, service: &ServiceState) -> ServiceStatus {
        let servers = service.servers.iter();
        ServiceStatus {
            service: service.config.service.clone(),
            entries: service.entries.clone(),
            quorum: service.config.quorum,
            hysteresis: service.config.hysteresis,
            live_weight: service.live,
            quorum_up: service.quorum,
            since: service.since,
            sorry_serves: service.serving_sorry().is_some(),
            suspended: !service.is_checked(),
            servers: servers
                .filter_map(|id| self.server_status(*id, service))
                .collect(),
        }
    }

    fn server_status(&self, id: ServerId, service: &ServiceState) -> Option<ServerStatus> {
        let server = self.servers.get(&id)?;
        let checkers = server
            .checkers
            .iter()
            .filter_map(|own| self.checkers.get(own));
        Some(ServerStatus {
            server: server.key.clone(),
            up: server.up,
            since: server.since,
            configured_weight: server.config.weight,
            effective_weight: server.weight(),
            table_weight: service.weight_of(server),
            checkers: checkers.map(checker_status).collect(),
        })
    }
}

fn checker_status(checker: &CheckerRun) -> CheckerStatus {
    let check = checker.spec.as_ref().map(|spec| &spec.check);
    CheckerStatus {
        kind: check
            .or(checker.heard.as_ref())
            .map_or("", Check::keyword)
            .to_owned(),
        up: checker.up,
        checked: checker.judged,
        last: checker.last.clone(),
        last_at: checker.heard_at,
        retries: checker.retries(),
        under_way: checker.under_way.is_some(),
        weight: checker.weight,
    }
}
