//! Values that are checked and not kept.

use super::Value;
use crate::build::Context;
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::registry::Grammar;

impl Value<'_, '_> {
    /// Reports what is wrong with it. Mistakes in what has no effect are warnings.
    pub(crate) fn check(&self, cx: &mut Context<'_>) {
        cx.softly(|cx| self.looked_at(cx));
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of value")]
    fn looked_at(&self, cx: &mut Context<'_>) {
        match self.grammar {
            Grammar::Flag | Grammar::Unread { .. } | Grammar::Options(_) | Grammar::Block(..) => {}
            Grammar::Bool => {
                self.boolean(cx);
            }
            Grammar::Integer { .. } => {
                self.integer::<i64>(cx);
            }
            Grammar::Radix { .. } => {
                self.radix::<u64>(cx);
            }
            Grammar::Seconds { .. } | Grammar::Millis { .. } => {
                self.micros(cx);
            }
            Grammar::Weight => {
                self.weight(cx);
            }
            Grammar::Choice(_) => {
                self.choice(cx);
            }
            Grammar::Literal(literal) => {
                if let Some(word) = self.word(cx).filter(|word| word.text != literal) {
                    self.bad_word(cx, word, &[literal]);
                }
            }
            Grammar::Word | Grammar::Name | Grammar::Path | Grammar::Host | Grammar::User => {
                self.text(cx);
            }
            Grammar::Interface => {
                self.interface(cx);
            }
            Grammar::Command => {
                self.command(cx);
            }
            Grammar::CommandAs => {
                self.command_as(cx);
            }
            Grammar::Address(_) => {
                self.address(cx);
            }
            Grammar::Prefix(_) => {
                self.prefix(cx);
            }
            Grammar::Port => {
                let grammar = Grammar::number(1, 65_535);
                Self { grammar, ..*self }.integer::<u16>(cx);
            }
            Grammar::Mac => {
                self.mac(cx);
            }
            Grammar::Broadcast | Grammar::Scope => self.fitting(cx),
            Grammar::Named { .. } => {
                self.named(cx);
            }
            Grammar::Optional(inner) => {
                if let Some(given) = self.given() {
                    Value {
                        grammar: *inner,
                        ..given
                    }
                    .looked_at(cx);
                }
            }
            Grammar::Many(inner) => {
                self.word(cx);
                for words in self.words.chunks(1) {
                    let grammar = *inner;
                    Value {
                        grammar,
                        words,
                        ..*self
                    }
                    .looked_at(cx);
                }
            }
            Grammar::Several(parts) => {
                for (value, part) in self.parts().into_iter().zip(parts) {
                    let absent = matches!(part, Grammar::Optional(_)) && value.words.is_empty();
                    if !absent {
                        value.looked_at(cx);
                    }
                }
            }
            Grammar::Either(_) => self.fitting(cx),
        }
    }

    /// Reports words that do not fit, for grammars of which there is no more to say.
    fn fitting(&self, cx: &mut Context<'_>) {
        if self.grammar.fits(self.words).is_some() {
            return;
        }
        if let Some(word) = self.word(cx) {
            let message = format!("`{}` does not take `{}`", self.name, word.text);
            let error = Diagnostic::error(code::BAD_WORD, word.span, message);
            cx.push(error.hint(format!("it takes {}", self.grammar.expects())));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::build::value::BOOLEAN;
    use crate::grammar;

    #[test]
    fn every_word_for_yes_and_no_is_understood() {
        assert!(BOOLEAN.iter().all(|word| grammar::boolean(word).is_some()));
    }
}
