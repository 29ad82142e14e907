//! Values of statements, by the grammar of their keyword.
//!
//! Each reader gives the value, or reports what is wrong, with the range that the table declares,
//! and gives nothing.

use std::time::Duration;

use bellwether_core::unit::{IfName, Weight};

use super::statement::Statement;
use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::lexer::Word;
use crate::registry::Grammar;
use crate::source::Span;

impl<'t, 's> Statement<'t, 's> {
    /// Its first word, which it needs.
    pub(super) fn word(&self, cx: &mut Context<'_>) -> Option<&'t Word<'s>> {
        if let Some(word) = self.args.first() {
            return Some(word);
        }
        let name = self.keyword.name;
        let message = format!("`{name}` needs a value");
        let error = Diagnostic::error(code::MISSING_VALUE, self.head.span, message);
        cx.push(error.hint(format!("it takes {}", self.keyword.grammar.expects())));
        None
    }

    /// A value that is text, with a warning if a comment cuts it.
    pub(super) fn text(&self, cx: &mut Context<'_>) -> Option<Spanned<String>> {
        let word = self.word(cx)?;
        warn_if_cut(cx, word);
        Some(Spanned {
            value: word.text.to_string(),
            span: word.span,
        })
    }

    /// A whole number within the declared range.
    pub(super) fn integer<T: TryFrom<u32>>(&self, cx: &mut Context<'_>) -> Option<Spanned<T>> {
        let word = self.word(cx)?;
        let Grammar::Integer { min, max, .. } = self.keyword.grammar else {
            return None;
        };
        let Some(number) = grammar::integer(&word.text) else {
            self.not_a_number(cx, word);
            return None;
        };
        let inside = u32::try_from(number)
            .ok()
            .filter(|n| (min..=max).contains(n));
        let Some(value) = inside.and_then(|n| T::try_from(n).ok()) else {
            self.out_of_range(cx, word);
            return None;
        };
        Some(Spanned {
            value,
            span: word.span,
        })
    }

    /// A whole number within the declared range, of which 0 is taken as 1, as keepalived does.
    pub(super) fn count(&self, cx: &mut Context<'_>) -> Option<u32> {
        let Spanned { value, span } = self.integer::<u32>(cx)?;
        if value == 0 {
            let message = format!("`{}` is at least 1; 0 is taken as 1", self.keyword.name);
            cx.warning(code::CLAMPED, span, message);
        }
        Some(value.max(1))
    }

    /// Whole seconds within the declared range.
    pub(super) fn whole_seconds(&self, cx: &mut Context<'_>) -> Option<Duration> {
        let seconds = self.integer::<u32>(cx)?;
        Some(Duration::from_secs(u64::from(seconds.value)))
    }

    /// Seconds within the declared range, in microseconds.
    pub(super) fn seconds(&self, cx: &mut Context<'_>) -> Option<Spanned<u64>> {
        let word = self.word(cx)?;
        let Grammar::Seconds { min, max } = self.keyword.grammar else {
            return None;
        };
        let Some(micros) = grammar::seconds(&word.text) else {
            let negative = grammar::integer(&word.text).is_some();
            if negative {
                self.out_of_range(cx, word);
            } else {
                self.not_a_number(cx, word);
            }
            return None;
        };
        if !(min..=max).contains(&micros) {
            self.out_of_range(cx, word);
            return None;
        }
        Some(Spanned {
            value: micros,
            span: word.span,
        })
    }

    /// Yes or no; nothing means yes.
    pub(super) fn boolean(&self, cx: &mut Context<'_>) -> Option<bool> {
        let Some(word) = self.args.first() else {
            return Some(true);
        };
        let value = grammar::boolean(&word.text);
        if value.is_none() {
            self.bad_word(cx, word, &["on", "off", "true", "false", "yes", "no"]);
        }
        value
    }

    /// The name of an interface.
    pub(super) fn interface(&self, cx: &mut Context<'_>) -> Option<Spanned<IfName>> {
        let word = self.word(cx)?;
        let Ok(value) = word.text.parse::<IfName>() else {
            let message = format!("`{}` can't be the name of an interface", word.text);
            let error = Diagnostic::error(code::BAD_INTERFACE, word.span, message);
            cx.push(error.hint("a name has 1 to 15 bytes, without blanks and `/`"));
            return None;
        };
        let span = word.span;
        Some(Spanned { value, span })
    }

    /// A weight, and whether it is reversed.
    pub(super) fn weight(&self, cx: &mut Context<'_>) -> Option<(Weight, bool)> {
        self.word(cx)?;
        weight(cx, self.args)
    }

    /// Reports a word that is none of those that the keyword takes.
    pub(super) fn bad_word(&self, cx: &mut Context<'_>, word: &Word<'_>, takes: &[&str]) {
        let name = self.keyword.name;
        let message = format!("`{name}` does not take `{}`", word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        let hint = match cx.nearest_of(takes.iter().copied(), &word.text) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it takes one of: {}", takes.join(", ")),
        };
        cx.push(error.hint(hint));
    }

    fn not_a_number(&self, cx: &mut Context<'_>, word: &Word<'_>) {
        let name = self.keyword.name;
        let message = format!("`{name}` needs a number, not `{}`", word.text);
        let error = Diagnostic::error(code::NOT_A_NUMBER, word.span, message);
        cx.push(error.hint(format!("it takes {}", self.keyword.grammar.expects())));
    }

    fn out_of_range(&self, cx: &mut Context<'_>, word: &Word<'_>) {
        let (name, takes) = (self.keyword.name, self.keyword.grammar.expects());
        let message = format!("`{name}` is out of range: {} is not {takes}", word.text);
        cx.error(code::OUT_OF_RANGE, word.span, message);
    }
}

/// Reads `N [reverse]`; a weight beyond ±253 is taken as that, as keepalived does with ±254.
pub(super) fn weight(cx: &mut Context<'_>, args: &[Word<'_>]) -> Option<(Weight, bool)> {
    let (word, rest) = args.split_first()?;
    let Some(number) = grammar::integer(&word.text) else {
        let message = format!("a weight must be a number, not `{}`", word.text);
        let error = Diagnostic::error(code::NOT_A_NUMBER, word.span, message);
        cx.push(error.hint("it takes a whole number from -253 to 253"));
        return None;
    };
    let clamped = number.clamp(-253, 253);
    if clamped != number {
        let message = format!("a weight is within -253 to 253; {number} is taken as {clamped}");
        let warning = Diagnostic::warning(code::CLAMPED, word.span, message);
        cx.push(warning.hint("a weight of 0 makes a failure a FAULT"));
    }
    let value = i16::try_from(clamped).ok()?;
    let value = Weight::try_from(value).ok()?;
    let reverse = match rest.first() {
        None => false,
        Some(word) if word.text == "reverse" => true,
        Some(word) => {
            let message = format!("only `reverse` can follow a weight, not `{}`", word.text);
            cx.error(code::BAD_WORD, word.span, message);
            return None;
        }
    };
    Some((value, reverse))
}

/// Warns if a value ends where a comment starts, which is seldom meant.
pub(super) fn warn_if_cut(cx: &mut Context<'_>, word: &Word<'_>) {
    if !word.cut {
        return;
    }
    let end = Span {
        start: word.span.end,
        end: word.span.end.saturating_add(1),
        ..word.span
    };
    let message = "a comment starts in the middle of this value";
    let warning = Diagnostic::warning(code::GLUED_COMMENT, end, message);
    cx.push(warning.hint("quote the value if it goes on; else put a blank before the comment"));
}
