//! Quorum and hysteresis.

use bellwether_config::code;

use super::{bare, first, warnings};

/// Quorum, hysteresis and warnings of a service with two real servers.
fn quorum(body: &str, weights: [u32; 2]) -> (u32, u32, Vec<&'static str>) {
    let [one, two] = weights;
    let text = bare(&format!(
        "{body}\nreal_server 192.0.2.2 80 {{\nweight {one}\n}}\n\
         real_server 192.0.2.3 80 {{\nweight {two}\n}}"
    ));
    let server = first(&text);
    (server.quorum, server.hysteresis, warnings(&text))
}

#[test]
fn a_quorum_is_one_unless_it_is_given() {
    assert_eq!(quorum("", [1, 1]), (1, 0, vec![]));
    assert_eq!(quorum("quorum 2", [1, 1]), (2, 0, vec![]));
}

#[test]
fn zero_is_one() {
    assert_eq!(quorum("quorum 0", [1, 1]), (1, 0, vec![code::CLAMPED]));
}

#[test]
fn it_is_at_most_the_sum_of_the_weights() {
    assert_eq!(quorum("quorum 5", [3, 2]), (5, 0, vec![]));
    assert_eq!(quorum("quorum 6", [3, 2]), (5, 0, vec![code::QUORUM]));
    assert_eq!(quorum("quorum 3", [0, 2]), (2, 0, vec![code::QUORUM]));
}

#[test]
fn without_any_weight_it_stays_one() {
    assert_eq!(quorum("", [0, 0]), (1, 0, vec![code::QUORUM]));
    assert_eq!(quorum("", [0, 1]), (1, 0, vec![]));
}

#[test]
fn the_largest_weights_do_not_overflow() {
    let most = 2_147_483_647;
    let (quorum, ..) = quorum("quorum 4294967295", [most, most]);
    assert_eq!(quorum, 4_294_967_294);
}

#[test]
fn a_hysteresis_is_less_than_the_quorum() {
    assert_eq!(quorum("quorum 3\nhysteresis 2", [2, 2]), (3, 2, vec![]));
    let reduced = (3, 2, vec![code::QUORUM]);
    assert_eq!(quorum("quorum 3\nhysteresis 3", [2, 2]), reduced);
    assert_eq!(quorum("hysteresis 1", [2, 2]), (1, 0, vec![code::QUORUM]));
}
