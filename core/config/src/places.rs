//! Where each part of a configuration was written.
//!
//! Filled while the files are read; what looks at a finished
//! [`Config`](bellwether_core::model::Config) finds here the place to point at. Invariant: the
//! index in an [`Item`] is the index of the thing in the configuration's list.

use crate::source::Span;

/// A part of a configuration; indices are those of its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Item {
    /// What stands at the top level or in `global_defs`.
    #[default]
    Global,
    /// A `vrrp_script`.
    Script(u32),
    /// A `track_file` of the top level.
    TrackFile(u32),
    /// A `vrrp_track_process`.
    Process(u32),
    /// A `bfd_instance`.
    Bfd(u32),
    /// A `vrrp_instance`.
    Instance(u32),
    /// A line of a block of an instance: a virtual address, an excluded one, a route, a rule, a
    /// unicast peer, or something tracked; the keyword to ask for is the name of the block.
    InstanceLine(u32, u32),
    /// A `vrrp_sync_group`.
    SyncGroup(u32),
    /// A line of a block of a sync group.
    SyncGroupLine(u32, u32),
    /// A `garp_group`.
    GarpGroup(u32),
    /// A `virtual_server_group`.
    ServerGroup(u32),
    /// A `virtual_server`.
    VirtualServer(u32),
    /// A `real_server` of a virtual server.
    RealServer(u32, u32),
}

/// The places of keywords, by the thing that they belong to.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// In order, once it is complete.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    item: Item,
    keyword: &'static str,
    span: Span,
}

impl Places {
    /// The place of a keyword of a thing: from the keyword to its last value. The last one, if it
    /// is there several times.
    #[must_use]
    pub fn span(&self, item: Item, keyword: &str) -> Option<Span> {
        let key = |entry: &Entry| (entry.item, entry.keyword);
        let after = self
            .entries
            .partition_point(|entry| key(entry) <= (item, keyword));
        let entry = self.entries.get(after.checked_sub(1)?)?;
        (key(entry) == (item, keyword)).then_some(entry.span)
    }

    /// All places of a thing, by the names of their keywords.
    pub fn of(&self, item: Item) -> impl Iterator<Item = (&'static str, Span)> {
        let from = self.entries.partition_point(|entry| entry.item < item);
        let rest = self.entries.get(from..).unwrap_or_default();
        rest.iter()
            .take_while(move |entry| entry.item == item)
            .map(|entry| (entry.keyword, entry.span))
    }

    pub(crate) fn record(&mut self, item: Item, keyword: &'static str, span: Span) {
        self.entries.push(Entry {
            item,
            keyword,
            span,
        });
    }

    /// Brings all into order; of equal ones the later stays later.
    pub(crate) fn finish(&mut self) {
        self.entries
            .sort_by_key(|entry| (entry.item, entry.keyword));
        self.entries.shrink_to_fit();
    }
}

/// The index of a thing that is about to be added to a list of this length.
pub(crate) fn index(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_of_a_keyword_counts() {
        let at = |start: u32| Span {
            start,
            ..Span::default()
        };
        let mut places = Places::default();
        places.record(Item::Instance(1), "priority", at(7));
        places.record(Item::Instance(0), "priority", at(1));
        places.record(Item::Instance(0), "interface", at(0));
        places.record(Item::Instance(0), "priority", at(3));
        places.finish();
        assert_eq!(places.span(Item::Instance(0), "priority"), Some(at(3)));
        assert_eq!(places.span(Item::Instance(1), "priority"), Some(at(7)));
        assert_eq!(places.span(Item::Instance(1), "interface"), None);
        assert_eq!(places.span(Item::Global, "interface"), None);
        assert_eq!(places.of(Item::Instance(0)).count(), 3);
    }
}
