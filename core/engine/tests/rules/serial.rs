//! Everything that goes in and comes out survives JSON, so that journals and replays are free.

use bellwether_core::model::{Config, Instance, Preemption, Trackers};
use bellwether_core::{Effect, Event};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::support::{
    Bench, HIGHER, config, foreign, instance, instance_v3, script, tracked, vip_key,
};

fn survives<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

#[test]
fn effects_and_status_of_a_whole_life_survive() {
    let delay = Preemption::Delayed(std::time::Duration::from_millis(1500));
    let tracking = Instance {
        trackers: Trackers::of_scripts(vec![tracked("chk", -20)]),
        preemption: delay,
        ..instance_v3(100, 10)
    };
    let whole = config(vec![tracking], vec![script("chk")]);
    survives(&whole);
    let mut bench = Bench::new(whole);
    bench.run_for_millis(5000);
    bench.hear(HIGHER, 50);
    bench.hear(HIGHER, 200);
    bench.event(Event::AddressRemoved(vip_key()));
    survives(&bench.node.status(bench.now));
    bench.event(Event::Shutdown);
    let seen = bench.take();
    seen.iter().for_each(survives::<Effect>);
    assert!(matches!(seen.last(), Some(Effect::Stopped)));
}

#[test]
fn events_survive() {
    let bench = Bench::single(instance(100));
    let received = bench.datagram(HIGHER, bench.advert(7).emit(HIGHER, HIGHER));
    survives(&Event::Receive(received));
    survives(&Event::AddressAdded(foreign(HIGHER, 24)));
    survives(&Event::Reload(Box::new(config(vec![instance(9)], vec![]))));
}

#[test]
fn what_could_not_be_built_can_not_be_read_either() {
    let json = serde_json::to_string(&config(vec![instance(100)], vec![])).unwrap();
    let nobody = json.replace("\"vrid\":51", "\"vrid\":0");
    assert!(serde_json::from_str::<Config>(&nobody).is_err());
    let other = Instance {
        name: "VI_2".into(),
        ..instance(1)
    };
    let twice = json
        .replace("\"instances\":[", "\"instances\":[{},")
        .replace(
            "{},",
            &format!("{},", serde_json::to_string(&other).unwrap()),
        );
    let error = serde_json::from_str::<Config>(&twice)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("virtual_router_id 51 is used twice"),
        "{error}"
    );
}
