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
}

impl Palette {
    /// No colours at all.
    pub const PLAIN: Self = Self {
        heading: Style::new(),
        good: Style::new(),
        warn: Style::new(),
        bad: Style::new(),
        faint: Style::new(),
    };

    /// The sixteen colours that every terminal has.
    pub const COLOR: Self = Self {
        heading: Style::new().bold(),
        good: AnsiColor::Green.on_default(),
        warn: AnsiColor::Yellow.on_default(),
        bad: AnsiColor::Red.on_default().bold(),
        faint: Style::new().dimmed(),
    };

    /// `text` in `style`.
    pub(crate) fn paint(style: Style, text: &str) -> String {
        format!("{style}{text}{style:#}")
    }
}
