//! What all kinds of objects have in common, and the way between two sets of one kind.

use std::collections::{BTreeMap, BTreeSet};

/// An object as it stands, or is to stand, in the kernel.
pub(super) trait Object: Clone + PartialEq {
    /// What the kernel tells objects of this kind by.
    type Key: Ord + Clone;

    /// What the kernel tells it by.
    fn key(&self) -> Self::Key;

    /// Whether it carries our mark.
    fn is_ours(&self) -> bool;
}

/// What is to be done to objects of one kind.
pub(super) struct Difference<O: Object> {
    /// What goes, the greatest key first.
    pub(super) removals: Vec<O::Key>,
    /// What comes, in the order in which it is wanted.
    pub(super) additions: Vec<O>,
}

/// The shortest way to what is wanted of one kind.
///
/// An object of ours whose attributes change is removed and added. One that somebody else made and
/// that is wanted is left as it is, whatever its attributes; one that is neither ours nor claimed
/// is left alone.
pub(super) fn difference<O: Object>(
    wanted: &[O],
    claimed: &BTreeSet<O::Key>,
    observed: &BTreeMap<O::Key, O>,
) -> Difference<O> {
    let by_key: BTreeMap<_, _> = wanted.iter().map(|own| (own.key(), own)).collect();
    let stale = observed
        .iter()
        .rev()
        .filter(|(key, there)| match by_key.get(*key) {
            Some(own) => there.is_ours() && *there != *own,
            None => there.is_ours() || claimed.contains(*key),
        });
    let removals: Vec<_> = stale.map(|(key, _)| key.clone()).collect();
    let removed: BTreeSet<_> = removals.iter().collect();
    let mut planned = BTreeSet::new();
    let missing = wanted.iter().filter(|own| {
        let key = own.key();
        (removed.contains(&key) || !observed.contains_key(&key)) && planned.insert(key)
    });
    let additions = missing.cloned().collect();
    Difference {
        removals,
        additions,
    }
}
