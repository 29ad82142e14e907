//! No sequence of events, well formed or not, makes a node panic, spin, lie or send rubbish.
//!
//! The same driver runs under cargo-fuzz (`core/engine/fuzz`); what that finds is committed to
//! `corpus/`, and replayed here.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the driver of a test may fail as a test does"
)]

mod driver;

use std::path::Path;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn any_life_is_lived_through(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        driver::live(&bytes);
    }
}

#[test]
fn the_committed_corpus_is_lived_through() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/storm/corpus");
    let mut replayed = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        driver::live(&std::fs::read(entry.unwrap().path()).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "an empty corpus proves nothing");
}
