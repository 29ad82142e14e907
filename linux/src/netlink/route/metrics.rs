//! Path attributes of a route.

use bellwether_core::model::RouteMetrics;
use rtnetlink::packet_route::route::{RouteAttribute, RouteMetric};

/// `RTAX_FEATURE_ECN`.
const ECN: u32 = 1;

/// All path attributes that are set, as one attribute; none if there are none.
pub(super) fn attribute(metrics: &RouteMetrics) -> Option<RouteAttribute> {
    let mut set = Set::default();
    set.lockable(metrics.mtu, RouteMetric::Mtu, 2);
    set.plain(metrics.window, RouteMetric::Window);
    // The kernel counts these two in eighths and in quarters of a millisecond.
    let times = |of: Option<(u32, bool)>, parts: u32| {
        of.map(|(millis, locked)| (millis.saturating_mul(parts), locked))
    };
    set.lockable(times(metrics.rtt, 8), RouteMetric::Rtt, 4);
    set.lockable(times(metrics.rttvar, 4), RouteMetric::RttVar, 5);
    set.lockable(metrics.ssthresh, RouteMetric::SsThresh, 6);
    set.lockable(metrics.cwnd, RouteMetric::Cwnd, 7);
    set.lockable(metrics.advmss, RouteMetric::Advmss, 8);
    set.lockable(metrics.reordering, RouteMetric::Reordering, 9);
    set.plain(metrics.hoplimit.map(u32::from), RouteMetric::Hoplimit);
    set.plain(metrics.initcwnd, RouteMetric::InitCwnd);
    set.plain(metrics.ecn.then_some(ECN), RouteMetric::Features);
    set.lockable(metrics.rto_min, RouteMetric::RtoMin, 13);
    set.plain(metrics.initrwnd, RouteMetric::InitRwnd);
    set.plain(metrics.quickack.map(u32::from), RouteMetric::QuickAck);
    if let Some((algorithm, locked)) = &metrics.congctl {
        set.metrics.push(RouteMetric::CcAlgo(algorithm.clone()));
        set.lock(*locked, 16);
    }
    let no_cookie = metrics.fastopen_no_cookie.map(u32::from);
    set.plain(no_cookie, RouteMetric::FastopenNoCookie);
    if set.locked != 0 {
        set.metrics.push(RouteMetric::Lock(set.locked));
    }
    (!set.metrics.is_empty()).then_some(RouteAttribute::Metrics(set.metrics))
}

#[derive(Default)]
struct Set {
    metrics: Vec<RouteMetric>,
    /// One bit for each locked attribute, at its number (`RTAX_*`).
    locked: u32,
}

impl Set {
    fn plain(&mut self, value: Option<u32>, metric: impl Fn(u32) -> RouteMetric) {
        self.metrics.extend(value.map(metric));
    }

    fn lockable(
        &mut self,
        value: Option<(u32, bool)>,
        metric: impl Fn(u32) -> RouteMetric,
        number: u32,
    ) {
        if let Some((value, locked)) = value {
            self.metrics.push(metric(value));
            self.lock(locked, number);
        }
    }

    fn lock(&mut self, locked: bool, number: u32) {
        if locked {
            self.locked |= 1 << number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_without_path_attributes_has_no_such_attribute() {
        assert_eq!(attribute(&RouteMetrics::default()), None);
    }

    #[test]
    fn what_is_locked_is_a_bit_at_its_number() {
        let metrics = RouteMetrics {
            mtu: Some((1400, true)),
            advmss: Some((1300, false)),
            ..RouteMetrics::default()
        };
        let told = [
            RouteMetric::Mtu(1400),
            RouteMetric::Advmss(1300),
            RouteMetric::Lock(0b100),
        ];
        let metrics = attribute(&metrics);
        assert_eq!(metrics, Some(RouteAttribute::Metrics(told.to_vec())));
    }
}
