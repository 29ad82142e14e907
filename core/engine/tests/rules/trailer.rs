//! The HMAC trailer (keepalived: `auth_hmac`), between two nodes of which each is a whole core.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bellwether_core::effect::Transmit;
use bellwether_core::event::Received;
use bellwether_core::model::{AntiReplay, HmacAuth, HmacKey, HmacMode, Instance};
use bellwether_core::vrrp::State;
use bellwether_core::wire::trailer;
use bellwether_core::wire::vrrp::{GROUP_V4, Rejection};
use bellwether_core::{Effect, Event};

use super::support::{Bench, HIGHER, instance_v3};

/// A day in 2023.
const TODAY: Duration = Duration::from_secs(1_700_000_000);

/// Bytes of a version 3 advert of one address.
const MESSAGE: usize = 12;

fn key(id: u8) -> HmacKey {
    HmacKey {
        id,
        secret: vec![id; 32],
    }
}

fn hmac() -> HmacAuth {
    HmacAuth {
        keys: vec![key(1), key(2)],
        active_key: 1,
        time_window: None,
        anti_replay: AntiReplay::Time,
        mode: HmacMode::Enforce,
    }
}

fn signing(priority: u8, hmac: HmacAuth) -> Instance {
    let mut instance = instance_v3(priority, 100);
    instance.hmac = Some(hmac);
    instance
}

/// A node whose clock shows this.
fn node(instance: Instance, unix: Duration) -> Bench {
    let mut bench = Bench::single(instance);
    bench.event(Event::WallClock { unix });
    bench
}

fn sent(bench: &mut Bench) -> Vec<Transmit> {
    let adverts = bench.take().into_iter().filter_map(|effect| match effect {
        Effect::Transmit(advert) => Some(advert),
        _ => None,
    });
    adverts.collect()
}

/// Adverts of a master with these settings, one second apart, as another host hears them.
fn adverts(hmac: HmacAuth, unix: Duration) -> Vec<Received> {
    let mut master = node(signing(200, hmac), unix);
    master.run_for_millis(6300);
    let all = sent(&mut master).into_iter();
    let heard = all.map(|advert| {
        // All benches have one address of their own, so another one's is signed anew.
        let (message, behind) = advert.payload.split_at(MESSAGE);
        let read = (!behind.is_empty()).then(|| trailer::Trailer::parse(behind).unwrap());
        let repr = master.advert(200).emit(HIGHER, GROUP_V4);
        assert_eq!(message.len(), repr.len());
        let signed = read.map(|read| {
            let binding = trailer::Binding {
                version: bellwether_core::unit::Version::V3,
                vrid: message[1],
                source: HIGHER.into(),
            };
            let secret = vec![read.key_id(); 32];
            let own = (read.key_id(), &*secret);
            [&*repr, &trailer::sign(own, read.stamp(), binding, &repr)].concat()
        });
        let payload: Arc<[u8]> = signed.map_or(Arc::clone(&repr), Arc::from);
        master.datagram(HIGHER, payload)
    });
    heard.collect()
}

fn refused(bench: &Bench, reason: Rejection) -> u64 {
    bench.node.instances()[0].rejected(reason)
}

fn hears(bench: &mut Bench, received: &Received) {
    bench.event(Event::Receive(received.clone()));
}

#[test]
fn a_master_signs_each_advert_with_a_later_stamp_and_without_changing_its_message() {
    let mut master = node(signing(200, hmac()), TODAY);
    master.run_for_millis(6300);
    let adverts = sent(&mut master);
    assert!(adverts.len() >= 3, "{}", adverts.len());
    let plain = master
        .advert(200)
        .emit(Ipv4Addr::new(192, 0, 2, 2), GROUP_V4);
    let stamps: Vec<_> = adverts
        .iter()
        .map(|advert| {
            let (message, behind) = advert.payload.split_at(MESSAGE);
            assert_eq!(message[..6], plain[..6]);
            trailer::Trailer::parse(behind).unwrap().stamp()
        })
        .collect();
    assert!(stamps.windows(2).all(|two| two[1].is_after(two[0])));
    let first = trailer::Stamp::of(TODAY);
    assert_eq!(
        stamps[0].seconds_from(first),
        3,
        "its master-down interval later"
    );
}

#[test]
fn a_good_trailer_keeps_a_backup_quiet_and_a_repeated_one_does_not() {
    let adverts = adverts(hmac(), TODAY);
    let mut backup = node(signing(100, hmac()), TODAY);
    hears(&mut backup, &adverts[0]);
    assert_eq!(refused(&backup, Rejection::AuthIntegrity), 0);
    backup.run_for_millis(1000);
    hears(&mut backup, &adverts[1]);
    backup.run_for_millis(3000);
    assert_eq!(backup.state(), State::Backup);
    hears(&mut backup, &adverts[1]);
    assert_eq!(refused(&backup, Rejection::AuthReplay), 1);
    backup.run_for_millis(610);
    assert_eq!(
        backup.state(),
        State::Master,
        "3.609 s after the last new one"
    );
}

#[test]
fn a_stamp_outside_the_window_is_stale_by_time_and_fine_by_order() {
    let old = adverts(hmac(), TODAY);
    // 3.2 s of the sender's own and 5 s of the window have passed.
    let mut late = node(signing(100, hmac()), TODAY + Duration::from_secs(10));
    hears(&mut late, &old[0]);
    assert_eq!(refused(&late, Rejection::AuthStale), 1);
    let mut early = node(signing(100, hmac()), TODAY - Duration::from_secs(10));
    hears(&mut early, &old[0]);
    assert_eq!(refused(&early, Rejection::AuthStale), 1);
    let by_order = HmacAuth {
        anti_replay: AntiReplay::Monotonic,
        ..hmac()
    };
    let mut patient = node(signing(100, by_order), TODAY + Duration::from_secs(10_000));
    hears(&mut patient, &old[1]);
    hears(&mut patient, &old[0]);
    assert_eq!(refused(&patient, Rejection::AuthStale), 0);
    assert_eq!(refused(&patient, Rejection::AuthReplay), 1, "out of order");
}

#[test]
fn any_known_key_is_believed_and_no_other() {
    let second = HmacAuth {
        active_key: 2,
        ..hmac()
    };
    let adverts_of_second = adverts(second, TODAY);
    let mut backup = node(signing(100, hmac()), TODAY);
    hears(&mut backup, &adverts_of_second[0]);
    assert_eq!(refused(&backup, Rejection::AuthKey), 0);
    let only_first = HmacAuth {
        keys: vec![key(1)],
        ..hmac()
    };
    let mut strict = node(signing(100, only_first), TODAY);
    hears(&mut strict, &adverts_of_second[0]);
    assert_eq!(refused(&strict, Rejection::AuthKey), 1);
    let other = HmacAuth {
        keys: vec![HmacKey {
            id: 2,
            secret: vec![9; 32],
        }],
        active_key: 2,
        ..hmac()
    };
    let mut stranger = node(signing(100, other), TODAY);
    hears(&mut stranger, &adverts_of_second[0]);
    assert_eq!(refused(&stranger, Rejection::AuthIntegrity), 1);
}

#[test]
fn the_modes_let_a_pair_be_changed_one_node_at_a_time() {
    let mode = |mode: HmacMode| HmacAuth { mode, ..hmac() };
    let unsigned = adverts(mode(HmacMode::ReceiveOnly), TODAY);
    assert_eq!(unsigned[0].payload.len(), MESSAGE, "no trailer");
    let mut enforcing = node(signing(100, hmac()), TODAY);
    hears(&mut enforcing, &unsigned[0]);
    assert_eq!(refused(&enforcing, Rejection::AuthTrailer), 1);
    for lenient in [HmacMode::Permissive, HmacMode::ReceiveOnly] {
        let mut bench = node(signing(100, mode(lenient)), TODAY);
        hears(&mut bench, &unsigned[0]);
        assert_eq!(refused(&bench, Rejection::AuthTrailer), 0);
        let mut bad = adverts(mode(HmacMode::Permissive), TODAY)[0].clone();
        let mut bytes = bad.payload.to_vec();
        bytes[MESSAGE + 20] ^= 1;
        bad.payload = bytes.into();
        hears(&mut bench, &bad);
        assert_eq!(refused(&bench, Rejection::AuthIntegrity), 1, "bad is bad");
    }
    // A node that knows nothing of trailers.
    let mut old = node(instance_v3(100, 100), TODAY);
    hears(&mut old, &adverts(hmac(), TODAY)[0]);
    assert_eq!(refused(&old, Rejection::Oversized), 1);
}

#[test]
fn a_clock_that_was_set_back_is_followed_once_the_old_time_is_past_belief() {
    let mut master = node(signing(200, hmac()), TODAY);
    master.run_for_millis(4000);
    sent(&mut master);
    master.event(Event::WallClock {
        unix: TODAY - Duration::from_secs(3600),
    });
    master.run_for_millis(1000);
    let stamp = |advert: &Transmit| {
        let behind = &advert.payload[MESSAGE..];
        trailer::Trailer::parse(behind).unwrap().stamp()
    };
    let after = stamp(&sent(&mut master)[0]);
    let hour_ago = trailer::Stamp::of(TODAY - Duration::from_secs(3600));
    assert!(after.seconds_from(hour_ago) <= 1);
}
