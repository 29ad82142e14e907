//! What is wrong with a scenario file, and where.

use core::fmt;
use core::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Everything that is wrong with one scenario file; no scenario was made.
#[derive(Clone, Debug)]
pub struct Problems {
    file: String,
    text: String,
    found: Vec<Problem>,
}

impl Problems {
    pub(super) fn new(file: &str, text: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            found: Vec::new(),
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many things are wrong.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Shows each problem with file, line, caret and hint; `color` adds terminal colours.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        }
        .decor_style(DecorStyle::Ascii);
        let mut out = String::new();
        for problem in &self.found {
            match problem {
                Problem::Here {
                    message,
                    span,
                    label,
                    hint,
                } => {
                    let snippet = Snippet::source(&*self.text).path(&*self.file).annotation(
                        AnnotationKind::Primary
                            .span(span.clone())
                            .label(label.as_str()),
                    );
                    let mut group = Level::ERROR
                        .primary_title(message.as_str())
                        .element(snippet);
                    if let Some(hint) = hint {
                        group = group.element(Level::HELP.message(hint.as_str()));
                    }
                    out.push_str(&renderer.render(&[group]));
                }
                Problem::Elsewhere { rendered } if color => out.push_str(rendered.trim_end()),
                Problem::Elsewhere { rendered } => {
                    let plain = anstream::adapter::strip_str(rendered.trim_end());
                    out.push_str(&plain.to_string());
                }
            }
            out.push('\n');
        }
        out
    }

    /// Adds a problem; what lies outside the text is shown at its end.
    pub(super) fn add(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        hint: Option<String>,
    ) {
        let end = span.end.min(self.text.len());
        self.found.push(Problem::Here {
            message: message.into(),
            span: span.start.min(end)..end,
            label: label.into(),
            hint,
        });
    }

    /// Adds diagnostics that another file's reader has rendered already, in colours.
    pub(super) fn add_rendered(&mut self, rendered: String) {
        self.found.push(Problem::Elsewhere { rendered });
    }

    /// The 1-based line on which byte `at` stands.
    pub(super) fn line_of(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(&self.text);
        before.matches('\n').count() + 1
    }

    /// The text of `span`.
    pub(super) fn slice(&self, span: Range<usize>) -> &str {
        self.text.get(span).unwrap_or_default()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}

#[derive(Clone, Debug)]
enum Problem {
    Here {
        message: String,
        span: Range<usize>,
        label: String,
        hint: Option<String>,
    },
    Elsewhere {
        rendered: String,
    },
}

/// The known word nearest to `word`, as a hint, if one is near.
pub(super) fn nearest(word: &str, known: &[&str]) -> Option<String> {
    let distance = |candidate: &&&str| strsim::damerau_levenshtein(word, candidate);
    let best = known.iter().min_by_key(distance)?;
    let near = strsim::damerau_levenshtein(word, best) <= 1 + best.len() / 4;
    near.then(|| format!("did you mean `{best}`?"))
}

/// The known words as a sentence: "`a`, `b` or `c`".
pub(super) fn listed(known: &[&str]) -> String {
    match known {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [init @ .., last] => {
            let init: Vec<_> = init.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", init.join(", "))
        }
    }
}
