//! The colours of a terminal.

use anstyle::{AnsiColor, Style};

/// The styles that output is painted with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    /// Headings.
    pub(crate) heading: Style,
    /// What is as it should be.
    pub(crate) good: Style,
    /// What deserves a look.
    pub(crate) warn: Style,
    /// What is wrong.
    pub(crate) bad: Style,
    /// What matters less.
    pub(crate) faint: Style,
    /// Everything else.
    pub(crate) plain: Style,
}

impl Palette {
    /// No colours at all.
    pub const PLAIN: Self = Self {
        heading: Style::new(),
        good: Style::new(),
        warn: Style::new(),
        bad: Style::new(),
        faint: Style::new(),
        plain: Style::new(),
    };

    /// The sixteen colours that every terminal has.
    pub const COLOR: Self = Self {
        heading: Style::new().bold(),
        good: AnsiColor::Green.on_default(),
        warn: AnsiColor::Yellow.on_default(),
        bad: AnsiColor::Red.on_default().bold(),
        faint: Style::new().dimmed(),
        plain: Style::new(),
    };

    /// A line of the transition log: what breaks, what is mended, and what is wrong stand out.
    pub(crate) fn paint_transition(self, line: &str) -> String {
        let what = line.split_once("s  ").map_or("", |(_, what)| what);
        let style = match what.get(..2) {
            Some("--") => self.warn,
            Some("==") => self.faint,
            Some("!!") => self.bad,
            _ => self.plain,
        };
        Self::paint(style, line)
    }

    /// `text` in `style`.
    pub(crate) fn paint(style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }
}
