//! Routes and rules on the real kernel: what is asked for is there, is told back as it was asked
//! for, and goes; and what others do to it is told.

use std::collections::BTreeSet;
use std::process::Command;

use bellwether_config::{Options, parse};
use bellwether_core::kernel::{KernelError, KernelKey, KernelOp, RouteKey, RuleKey};
use bellwether_core::model::Statics;
use bellwether_core::{Event, OpId};
use bellwether_linux::netlink::{Kernel, Request};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::common::{Mailbox, in_namespace, ip, name};

/// Every kind and every option of a route that needs no module; `va` is 192.0.2.1/24.
const ROUTES: &[&str] = &[
    "10.1.0.0/24 via 192.0.2.2",
    "10.1.1.0/24 via 192.0.2.2 dev va",
    "10.1.2.0/24 dev va",
    "10.1.3.0/24 dev va scope link src 192.0.2.1",
    "10.1.4.0/24 dev va scope global metric 50",
    "10.1.5.77/24 via 192.0.2.2 table 100",
    "10.1.6.0/24 via 192.0.2.2 table 70000",
    "10.1.7.0/24 via 198.51.100.9 dev va onlink",
    "10.1.8.0/24 via inet6 fe80::2 dev va",
    "default via 192.0.2.2 metric 900",
    "blackhole 10.2.0.0/24",
    "unreachable 10.2.1.0/24",
    "prohibit 10.2.2.0/24 table 100",
    "throw 10.2.3.0/24 table 100",
    "local 10.2.4.0/24 dev va table 100",
    "broadcast 10.2.5.255/32 dev va table 100",
    "multicast 239.1.0.0/16 dev va table 100",
    "10.3.0.0/24 via 192.0.2.2 tos 0x10",
    "10.3.1.0/24 via 192.0.2.2 mtu 1400 hoplimit 20 advmss 1300 rtt 100 rttvar 50",
    "10.3.2.0/24 via 192.0.2.2 mtu lock 1400 window 100 cwnd 10 ssthresh lock 20 reordering 4",
    "10.3.3.0/24 via 192.0.2.2 rto_min 200 initcwnd 10 initrwnd 12 quickack 1 features ecn",
    "10.3.4.0/24 via 192.0.2.2 fastopen_no_cookie 1 congctl cubic",
    "10.3.5.0/24 via 192.0.2.2 protocol 99 no_track",
    "10.3.6.0/24 via 192.0.2.2 append",
    "10.3.7.0/24 via 192.0.2.2 add",
    "10.4.0.0/24 nexthop via 192.0.2.2 dev va weight 3 nexthop via 192.0.2.3 dev va weight 1",
    "10.4.1.0/24 nexthop via 192.0.2.2 nexthop via 192.0.2.9 onlink dev va",
    "2001:db8:1::/64 via fe80::2 dev va",
    "2001:db8:1:1::/64 via 2001:db8::2",
    "2001:db8:1:2::/64 dev va metric 50",
    "2001:db8:1:3::/64 via 2001:db8::2 table 100 mtu 1400 hoplimit 5",
    "2001:db8:1:4::/64 via 2001:db8::2 src 2001:db8::1",
    "2001:db8:1:5::/64 dev va pref high",
    "2001:db8:1:6::/64 dev va expires 500",
    "default inet6 via fe80::2 dev va metric 2000",
    "blackhole 2001:db8:2::/64",
    "unreachable 2001:db8:2:1::/64",
    "prohibit 2001:db8:2:2::/64 metric 7",
    "2001:db8:4::/64 nexthop via fe80::2 dev va nexthop via fe80::3 dev va weight 2",
];

/// Every kind and every option of a rule.
const RULES: &[&str] = &[
    "from 192.0.2.0/24 table 100 priority 100",
    "to 10.0.0.0/8 table 70000 priority 101",
    "from 192.0.2.0/24 to 10.0.0.0/8 iif va table 100 priority 102",
    "oif va table 100 priority 103",
    "iif gone0 table 100 priority 104",
    "fwmark 5 table 100 priority 105",
    "fwmark 0x10/0xff table 100 priority 106",
    "tos 0x10 table 100 priority 107",
    "not from 192.0.2.0/24 table 100 priority 108",
    "from 192.0.2.1 blackhole priority 109",
    "from 192.0.2.1 prohibit priority 110",
    "from 192.0.2.1 unreachable priority 111",
    "from 192.0.2.0/24 nop priority 112",
    "from 192.0.2.0/24 goto 200 priority 113",
    "uidrange 1000-2000 table 100 priority 114",
    "ipproto udp sport 10-20 dport 53-53 table 100 priority 115",
    "tun_id 77 table 100 priority 116",
    "table 100 suppress_prefixlength 0 priority 117",
    "table 100 suppress_ifgroup 7 priority 118",
    "from 192.0.2.0/24 table 100 protocol 99 no_track priority 119",
    "from 192.0.2.0/24 table 100 realms 3/2 priority 120",
    "to 10.77.0.0/16 table 100",
    "inet6 table 100 priority 130",
    "from 2001:db8::/32 to 2001:db8:1::/64 table 100 priority 131",
    "inet6 fwmark 9 ipproto tcp dport 80-90 table 100 priority 132",
    "from 2001:db8::1 unreachable priority 133",
];

struct Bench {
    requests: UnboundedSender<Request>,
    mailbox: Mailbox,
    next: u64,
}

impl Bench {
    async fn new() -> Self {
        ip("address add 2001:db8::1/64 dev va nodad");
        let (outbox, mailbox) = Mailbox::new();
        let (requests, receiver) = unbounded_channel();
        tokio::spawn(Kernel::new(receiver, outbox).unwrap().run());
        let mut bench = Self {
            requests,
            mailbox,
            next: 0,
        };
        bench.ask(Request::Watch(name("va")));
        bench.ask(Request::ObserveRouting(BTreeSet::from([18, 99])));
        bench.list().await;
        bench
    }

    fn ask(&self, request: Request) {
        self.requests.send(request).unwrap();
    }

    async fn apply(&mut self, action: KernelOp) -> Result<(), KernelError> {
        self.next += 1;
        let wanted = OpId(self.next);
        self.ask(Request::Apply(wanted, action));
        let answer = |event: &Event| match event {
            Event::KernelDone { op, outcome } if *op == wanted => Some(outcome.clone()),
            _ => None,
        };
        self.mailbox.find(answer).await
    }

    /// The next list of routes and rules.
    async fn list(&mut self) -> (Vec<RouteKey>, Vec<RuleKey>) {
        let answer = |event: &Event| match event {
            Event::Routing { routes, rules } => Some((routes.clone(), rules.clone())),
            _ => None,
        };
        self.mailbox.find(answer).await
    }

    /// A list that is asked for now.
    async fn listed(&mut self) -> (Vec<RouteKey>, Vec<RuleKey>) {
        self.ask(Request::ObserveRouting(BTreeSet::from([18, 99])));
        self.list().await
    }

    async fn found(&mut self, wanted: &KernelKey) {
        let found =
            |event: &Event| matches!(event, Event::Found(key) if key == wanted).then_some(());
        self.mailbox.find(found).await;
    }

    async fn lost(&mut self, wanted: &KernelKey) {
        let lost = |event: &Event| matches!(event, Event::Lost(key) if key == wanted).then_some(());
        self.mailbox.find(lost).await;
    }
}

/// What a file with these lines says.
fn read(block: &str, line: &str) -> Statics {
    let text = format!("{block} {{\n {line}\n}}\n");
    let outcome = parse("keepalived.conf", &text, &Options::default());
    let said = outcome.diagnostics.render(false);
    let config = outcome.config.unwrap_or_else(|| panic!("{line}: {said}"));
    config.parts().statics.clone()
}

fn add(line: &str) -> (KernelKey, KernelOp) {
    let statics = read("static_routes", line);
    let [route] = &statics.routes[..] else {
        panic!("{line}: no route");
    };
    let key = Box::new(RouteKey::of(route));
    let route = Box::new(route.clone());
    (
        KernelKey::Route(key.clone()),
        KernelOp::AddRoute { key, route },
    )
}

fn add_rule(line: &str) -> (KernelKey, KernelOp) {
    let statics = read("static_rules", line);
    let [rule] = &statics.rules[..] else {
        panic!("{line}: no rule");
    };
    let key = RuleKey::of(rule);
    (KernelKey::Rule(key.clone()), KernelOp::AddRule(key))
}

fn json(arguments: &str) -> Vec<Value> {
    let output = Command::new("ip")
        .args(arguments.split(' '))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_route_comes_is_told_back_as_it_was_asked_for_and_goes() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        let mut failed = Vec::new();
        for line in ROUTES {
            let (key, action) = add(line);
            let KernelKey::Route(route) = &key else {
                panic!("{line}")
            };
            if let Err(error) = bench.apply(action.clone()).await {
                failed.push(format!("{line}: {error:?}"));
                continue;
            }
            assert_eq!(
                bench.apply(action).await,
                Ok(()),
                "{line}: it is there already"
            );
            let (routes, _) = bench.listed().await;
            assert_eq!(routes, [(**route).clone()], "{line}");
            for _ in 0..2 {
                let gone = bench.apply(KernelOp::RemoveRoute(route.clone())).await;
                assert_eq!(gone, Ok(()), "{line}");
            }
            assert_eq!(bench.listed().await.0, [], "{line}");
        }
        assert!(failed.is_empty(), "{failed:#?}");
    });
}

#[test]
fn every_rule_comes_is_told_back_as_it_was_asked_for_and_goes() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        let mut failed = Vec::new();
        for line in RULES {
            let (key, action) = add_rule(line);
            let KernelKey::Rule(rule) = &key else {
                panic!("{line}")
            };
            if let Err(error) = bench.apply(action.clone()).await {
                failed.push(format!("{line}: {error:?}"));
                continue;
            }
            assert_eq!(
                bench.apply(action).await,
                Ok(()),
                "{line}: it is there already"
            );
            let (_, rules) = bench.listed().await;
            assert_eq!(rules, std::slice::from_ref(rule), "{line}");
            for _ in 0..2 {
                let gone = bench.apply(KernelOp::RemoveRule(rule.clone())).await;
                assert_eq!(gone, Ok(()), "{line}");
            }
            assert_eq!(bench.listed().await.1, [], "{line}");
        }
        assert!(failed.is_empty(), "{failed:#?}");
    });
}

#[test]
fn what_others_do_to_routes_and_rules_is_told() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        let (key, _) = add("10.1.0.0/24 via 192.0.2.2");
        ip("route add 10.1.0.0/24 via 192.0.2.2 proto 18");
        bench.found(&key).await;
        ip("route add 10.7.0.0/24 via 192.0.2.2 proto static");
        ip("route del 10.1.0.0/24 via 192.0.2.2 proto 18");
        bench.lost(&key).await;
        let (key, _) = add_rule("from 192.0.2.0/24 table 100 priority 100");
        ip("rule add from 192.0.2.0/24 table 100 priority 100 protocol 18");
        bench.found(&key).await;
        ip("rule del from 192.0.2.0/24 table 100 priority 100 protocol 18");
        bench.lost(&key).await;
    });
}

#[test]
fn routes_that_the_kernel_drops_without_a_word_are_missed() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        let (_, with_source) = add("10.1.3.0/24 dev va src 192.0.2.1");
        assert_eq!(bench.apply(with_source.clone()).await, Ok(()));
        let (_, other) = add("10.1.4.0/24 dev va");
        assert_eq!(bench.apply(other).await, Ok(()));
        assert_eq!(bench.listed().await.0.len(), 2);
        ip("address add 192.0.2.9/32 dev va");
        ip("address del 192.0.2.1/24 dev va");
        assert_eq!(bench.list().await.0.len(), 1, "its source address went");
        ip("link set va down");
        assert_eq!(bench.list().await.0, [], "its interface went down");
    });
}

#[test]
fn a_route_that_another_takes_the_place_of_is_missed() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        let (_, ours) = add("10.1.3.0/24 dev va");
        assert_eq!(bench.apply(ours).await, Ok(()));
        assert_eq!(bench.listed().await.0.len(), 1);
        ip("route replace 10.1.3.0/24 via 192.0.2.2 dev va");
        assert_eq!(bench.list().await.0, []);
    });
}

#[test]
fn a_foreign_route_of_the_same_key_is_no_success_where_ours_is_to_be_the_only_one() {
    in_namespace(async |_| {
        let mut bench = Bench::new().await;
        ip("route add 10.1.3.0/24 via 192.0.2.2 dev va");
        let (_, ours) = add("10.1.3.0/24 dev va add");
        let KernelError::Other { errno, .. } = bench.apply(ours).await.unwrap_err() else {
            panic!("not what the kernel says");
        };
        assert_eq!(errno, libc::EEXIST);
        let (_, ours) = add("10.1.3.0/24 dev va");
        assert_eq!(bench.apply(ours).await, Ok(()), "before it there is room");
        let there = json("-j route show 10.1.3.0/24");
        assert_eq!(there.len(), 2, "{there:?}");
    });
}
