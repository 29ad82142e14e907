//! The timeline: one column for each node, one for each virtual address.
//!
//! ```text
//!     time  event                    lb1 lb2  192.0.2.100
//!    0.000  start                     b   b   -
//!    3.609  lb1 down-timer            M   b   lb1
//!   10.000  cut lb1-/>lb2             M   b   lb1
//!   13.257  lb2 down-timer            M   M   lb1+lb2      << DUAL
//! ```

use core::ops::Range;
use core::time::Duration;
use std::net::IpAddr;

use bellwether_core::Instant;

use super::palette::Palette;
use super::pen::{Mark, Pen, Row};
use super::seconds;
use crate::log::Level;
use crate::run::Report;
use crate::scenario::Scenario;

/// What happens within this time is one row.
const ROW: Duration = Duration::from_millis(2);

/// The whole timeline.
#[must_use]
pub fn lanes(scenario: &Scenario, report: &Report, palette: Palette) -> String {
    let chart = Chart::draw(scenario, report);
    let all = 0..chart.rows.len();
    chart.show(all, palette)
}

/// At most twenty rows of the timeline around `at`.
#[must_use]
pub fn lanes_around(scenario: &Scenario, report: &Report, at: Instant, palette: Palette) -> String {
    let chart = Chart::draw(scenario, report);
    let middle = chart.rows.partition_point(|row| row.at <= at);
    let first = middle.saturating_sub(14);
    let last = (middle + 6).min(chart.rows.len());
    chart.show(first..last, palette)
}

/// A timeline before it is text.
struct Chart {
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    /// How many instances each node shows a letter for.
    letters: usize,
    rows: Vec<Row>,
}

impl Chart {
    fn draw(scenario: &Scenario, report: &Report) -> Self {
        let mut pen = Pen::new(scenario, report);
        let mut rows: Vec<Row> = Vec::new();
        let mut events: Vec<String> = Vec::new();
        let mut begun: Option<Instant> = None;
        for entry in report.log.at_level(Level::Detail) {
            if let Some(at) = begun.filter(|at| entry.at > *at + ROW) {
                pen.finish_row(at, &mut events, &mut rows);
                begun = None;
            }
            let told = pen.read(entry, &report.log);
            if told.is_some() || pen.moved {
                begun = begun.or(Some(entry.at));
            }
            events.extend(told);
        }
        if let Some(at) = begun {
            pen.finish_row(at, &mut events, &mut rows);
        }
        Self {
            names: scenario.nodes.iter().map(|n| n.name.to_string()).collect(),
            addresses: pen.addresses,
            letters: scenario
                .nodes
                .iter()
                .map(|n| n.config.instances().len())
                .max()
                .unwrap_or(1),
            rows,
        }
    }

    fn show(&self, rows: Range<usize>, palette: Palette) -> String {
        let event_width = self.event_width();
        let owner_width: Vec<usize> = (0..self.addresses.len())
            .map(|place| {
                let cells = self.rows.iter().filter_map(|row| row.owners.get(place));
                let widest = cells.map(String::len).max().unwrap_or(0);
                widest.max(self.addresses.get(place).map_or(0, |a| a.to_string().len()))
            })
            .collect();
        let lane = |name: &String| name.len().max(self.letters);
        let mut head = format!("{:>9}  {:<event_width$}", "time", "event");
        for name in &self.names {
            head.push_str(&format!("  {name:^width$}", width = lane(name)));
        }
        for (address, width) in self.addresses.iter().zip(&owner_width) {
            head.push_str(&format!("  {:<width$}", address.to_string()));
        }
        let mut out = Palette::paint(palette.heading, head.trim_end());
        out.push('\n');
        for row in self.rows.get(rows).unwrap_or_default() {
            let mut events = wrap(&row.events, event_width).into_iter();
            let first = events.next().unwrap_or_default();
            let mut line = format!("{:>9}  {first:<event_width$}", seconds(row.at));
            for (state, name) in row.states.iter().zip(&self.names) {
                let cell = format!("  {state:^width$}", width = lane(name));
                line.push_str(&paint_states(&cell, palette));
            }
            for (owner, width) in row.owners.iter().zip(&owner_width) {
                let style = match owner.as_str() {
                    "-" => palette.warn,
                    several if several.contains('+') => palette.warn,
                    _ => palette.plain,
                };
                let padding = width.saturating_sub(owner.len());
                let owner = Palette::paint(style, owner);
                line.push_str(&format!("  {owner}{:padding$}", ""));
            }
            let mut line = line.trim_end().to_owned();
            for (mark, text) in &row.marks {
                let style = match mark {
                    Mark::Links => palette.faint,
                    Mark::Outage => palette.warn,
                    Mark::Violation => palette.bad,
                };
                line.push_str("  ");
                line.push_str(&Palette::paint(style, text));
            }
            out.push_str(&line);
            out.push('\n');
            for more in events {
                out.push_str(&format!("{:>9}  {more}\n", ""));
            }
        }
        out
    }

    fn event_width(&self) -> usize {
        let events = self.rows.iter().map(|row| row.events.join(", ").len());
        events.max().unwrap_or(0).clamp(5, 36)
    }
}

/// The letters of states, so that masters and what is wrong stand out.
fn paint_states(cell: &str, palette: Palette) -> String {
    let letter = |letter: char| {
        let style = match letter {
            'M' => palette.heading,
            'F' | 'z' => palette.warn,
            'x' => palette.bad,
            _ => palette.plain,
        };
        Palette::paint(style, letter.encode_utf8(&mut [0; 4]))
    };
    cell.chars().map(letter).collect()
}

/// Joins events with commas into lines of at most `width`.
fn wrap(events: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        match lines.last_mut() {
            Some(line) if line.len() + 2 + event.len() <= width => {
                line.push_str(", ");
                line.push_str(event);
            }
            Some(_) | None => lines.push(event.clone()),
        }
    }
    lines
}
