//! Where each part of a configuration was written.
//!
//! Filled while the files are read; what looks at a finished
//! [`Config`](bellwether_core::model::Config) finds here the place to point at. Invariant: the
//! index in an [`Item`] is the index of the thing in the configuration's list.

use std::collections::BTreeMap;

use crate::source::{FileId, Span};

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
    /// A checker of a real server of a virtual server.
    Checker(u32, u32, u32),
}

/// The places of keywords, by the thing that they belong to.
///
/// There may be hundreds of thousands, so a place is eight bytes, and what follows each other in
/// one thing shares the rest.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// In order of their things, once they are complete.
    runs: Vec<Run>,
    entries: Vec<Entry>,
    /// The keywords that entries name.
    names: Vec<&'static str>,
    /// The index of each of them; only while places are recorded.
    ids: BTreeMap<&'static str, u16>,
}

/// Places of one thing in one file that were recorded after each other.
#[derive(Clone, Copy, Debug)]
struct Run {
    item: Item,
    file: FileId,
    first: u32,
    count: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    /// In bytes; one that is too long ends earlier.
    length: u16,
    name: u16,
}

impl Places {
    /// The place of a keyword of a thing: from the keyword to its last value. The last one, if it
    /// is there several times.
    #[must_use]
    pub fn span(&self, item: Item, keyword: &str) -> Option<Span> {
        let all = self.all_of(item);
        all.filter(|(name, _)| *name == keyword)
            .last()
            .map(|(_, span)| span)
    }

    /// All places of a thing, by the names of their keywords.
    pub fn of(&self, item: Item) -> impl Iterator<Item = (&'static str, Span)> {
        let mut all: Vec<_> = self.all_of(item).collect();
        all.sort_by_key(|(name, _)| *name);
        all.into_iter()
    }

    /// All places of a thing, as they were recorded.
    fn all_of(&self, item: Item) -> impl Iterator<Item = (&'static str, Span)> {
        let from = self.runs.partition_point(|run| run.item < item);
        let runs = self.runs.get(from..).unwrap_or_default();
        let runs = runs.iter().take_while(move |run| run.item == item);
        runs.flat_map(|run| {
            let first = usize::try_from(run.first).unwrap_or(usize::MAX);
            let count = usize::try_from(run.count).unwrap_or(0);
            let entries = self.entries.get(first..first.saturating_add(count));
            let entries = entries.unwrap_or_default().iter();
            entries.filter_map(|entry| {
                let name = self.names.get(usize::from(entry.name))?;
                let end = entry.start.saturating_add(u32::from(entry.length));
                let (file, start) = (run.file, entry.start);
                Some((*name, Span { file, start, end }))
            })
        })
    }

    pub(crate) fn record(&mut self, item: Item, keyword: &'static str, span: Span) {
        let Some(name) = self.id(keyword) else {
            return;
        };
        let first = index(self.entries.len());
        let length = span.end.saturating_sub(span.start);
        self.entries.push(Entry {
            start: span.start,
            length: u16::try_from(length).unwrap_or(u16::MAX),
            name,
        });
        match self.runs.last_mut() {
            Some(run) if run.item == item && run.file == span.file && run.end() == first => {
                run.count = run.count.saturating_add(1);
            }
            Some(_) | None => self.runs.push(Run {
                item,
                file: span.file,
                first,
                count: 1,
            }),
        }
    }

    fn id(&mut self, keyword: &'static str) -> Option<u16> {
        if let Some(id) = self.ids.get(keyword) {
            return Some(*id);
        }
        let id = u16::try_from(self.names.len()).ok()?;
        self.names.push(keyword);
        self.ids.insert(keyword, id);
        Some(id)
    }

    /// Where the places are that are recorded from now on.
    pub(crate) fn mark(&self) -> usize {
        self.runs.len()
    }

    /// Gives what was recorded since a mark to other things, or to none. Only right if nothing of
    /// these things was recorded before.
    pub(crate) fn renumber(&mut self, since: usize, to: impl Fn(Item) -> Option<Item>) {
        let since = since.min(self.runs.len());
        let first = self.runs.get(since).map(|run| run.first);
        let tail: Vec<Run> = self.runs.drain(since..).collect();
        let moved = tail.into_iter().filter_map(|run| {
            let item = to(run.item)?;
            Some(Run { item, ..run })
        });
        self.runs.extend(moved);
        if let (true, Some(first)) = (self.runs.len() == since, first) {
            self.entries
                .truncate(usize::try_from(first).unwrap_or(usize::MAX));
        }
    }

    /// Brings all into order; of equal ones the later stays later.
    pub(crate) fn finish(&mut self) {
        self.ids = BTreeMap::new();
        self.runs.sort_by_key(|run| run.item);
        self.runs.shrink_to_fit();
        self.entries.shrink_to_fit();
    }
}

impl Run {
    const fn end(&self) -> u32 {
        self.first.saturating_add(self.count)
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
            end: start,
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

    #[test]
    fn places_of_what_is_left_out_are_given_to_others() {
        let at = |start: u32| Span {
            start,
            end: start,
            ..Span::default()
        };
        let mut places = Places::default();
        places.record(Item::VirtualServer(0), "quorum", at(1));
        let mark = places.mark();
        places.record(Item::VirtualServer(1), "quorum", at(2));
        places.record(Item::RealServer(1, 0), "weight", at(3));
        places.record(Item::RealServer(1, 1), "weight", at(4));
        places.renumber(mark, |item| {
            (item == Item::RealServer(1, 1)).then_some(Item::RealServer(0, 7))
        });
        places.record(Item::VirtualServer(1), "quorum", at(5));
        places.finish();
        assert_eq!(places.span(Item::VirtualServer(0), "quorum"), Some(at(1)));
        assert_eq!(places.span(Item::RealServer(0, 7), "weight"), Some(at(4)));
        assert_eq!(places.span(Item::RealServer(1, 0), "weight"), None);
        assert_eq!(places.span(Item::VirtualServer(1), "quorum"), Some(at(5)));
    }
}
