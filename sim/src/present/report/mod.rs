//! A run as one HTML file that needs nothing else: no network, no other file.
//!
//! Owns the page's template (`report.html`, `report.css`, the scripts) and what it is filled with.
//! Invariant: what is put into the page can't end the element that it stands in. Deliberately
//! absent: anything that decides; the page shows what log, report and capture say.

mod page;
mod tracks;

use std::io;

use page::Page;

use crate::capture::Capture;
use crate::run::Report;
use crate::scenario::Scenario;

const HTML: &str = include_str!("report.html");
const CSS: &str = include_str!("report.css");
/// In the order in which they build on each other; all are one script's one function.
const JS: &str = concat!(
    include_str!("format.js"),
    include_str!("model.js"),
    include_str!("draw.js"),
    include_str!("panel.js"),
    include_str!("main.js"),
);

/// Writes the page of a run: a timeline with the roles of all nodes, who carried each address,
/// faults, and every frame of the capture with its decode; verdicts, expectations and a summary.
///
/// # Errors
///
/// Those of the writer; what was written until then stays.
pub fn write_report(
    scenario: &Scenario,
    report: &Report,
    capture: &Capture,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let data = serde_json::to_string(&Page::new(scenario, report, capture))?;
    // Within a string of JSON this is the same, and it ends no element.
    let data = data.replace('<', "\\u003c");
    let title = scenario.name.replace('&', "&amp;").replace('<', "&lt;");
    let mut rest = HTML;
    for (place, text) in [
        ("{{title}}", &*title),
        ("{{css}}", CSS),
        ("{{data}}", &data),
        ("{{js}}", JS),
    ] {
        let (before, after) = rest.split_once(place).unwrap_or((rest, ""));
        out.write_all(before.as_bytes())?;
        out.write_all(text.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}
