//! Values of statements, by the grammar of their keyword.
//!
//! Each reader gives the value, or reports what is wrong, with the range that the row declares,
//! and gives nothing.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many kinds of grammar, each function here looks at a few"
)]

mod check;
mod fit;

use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::model::Command;
use bellwether_core::unit::{IfName, Name, Weight};

use super::statement::Statement;
use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar::{self, AddressProblem};
use crate::lexer::Word;
use crate::registry::{Family, Grammar};
use crate::source::Span;

const BOOLEAN: &[&str] = &["on", "off", "true", "false", "yes", "no"];

/// Words that are a value, with what they should be.
#[derive(Clone, Copy)]
pub(crate) struct Value<'t, 's> {
    /// The keyword that they belong to.
    pub(crate) name: &'static str,
    pub(crate) grammar: Grammar,
    pub(crate) words: &'t [Word<'s>],
    /// Where to point when they are missing.
    pub(crate) at: Span,
}

/// Whether, and how, a command is to be run as somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserGroup {
    pub(crate) user: String,
    pub(crate) group: Option<String>,
}

impl<'t, 's> Value<'t, 's> {
    /// Its first word, which it needs.
    pub(crate) fn word(&self, cx: &mut Context<'_>) -> Option<&'t Word<'s>> {
        if let Some(word) = self.words.first() {
            return Some(word);
        }
        let message = format!("`{}` needs a value", self.name);
        let error = Diagnostic::error(code::MISSING_VALUE, self.at, message);
        cx.push(error.hint(format!("it takes {}", self.grammar.expects())));
        None
    }

    /// Its words and the keyword before them.
    pub(crate) fn span(&self) -> Span {
        match self.words {
            [first, .., last] => first.span.to(last.span),
            [one] => one.span,
            [] => self.at,
        }
    }

    /// A value that is text, with a warning if a comment cuts it.
    pub(crate) fn text(&self, cx: &mut Context<'_>) -> Option<Spanned<String>> {
        let word = self.word(cx)?;
        warn_if_cut(cx, word);
        Some(spanned(word, word.text.to_string()))
    }

    /// A name.
    pub(crate) fn name(&self, cx: &mut Context<'_>) -> Option<Spanned<Name>> {
        let text = self.text(cx)?;
        text.convert(|text| Some(Name::from(&*text)))
    }

    /// A whole number within the declared range.
    pub(crate) fn integer<T: TryFrom<i64>>(&self, cx: &mut Context<'_>) -> Option<Spanned<T>> {
        let word = self.word(cx)?;
        let Grammar::Integer { min, max, .. } = self.grammar else {
            return None;
        };
        let Some(number) = grammar::integer(&word.text) else {
            self.not_a_number(cx, word);
            return None;
        };
        let inside = Some(number).filter(|n| (min..=max).contains(n));
        let Some(value) = inside.and_then(|n| T::try_from(n).ok()) else {
            self.out_of_range(cx, word);
            return None;
        };
        Some(spanned(word, value))
    }

    /// A port.
    pub(crate) fn port(&self, cx: &mut Context<'_>) -> Option<u16> {
        let grammar = Grammar::number(1, 65_535);
        let port = Self { grammar, ..*self }.integer(cx);
        port.map(|port| port.value)
    }

    /// A whole number within the declared range, in any of the notations of C.
    pub(crate) fn radix<T: TryFrom<u64>>(&self, cx: &mut Context<'_>) -> Option<Spanned<T>> {
        let word = self.word(cx)?;
        let Grammar::Radix { min, max } = self.grammar else {
            return None;
        };
        let Some(number) = grammar::radix(&word.text) else {
            self.not_a_number(cx, word);
            return None;
        };
        let inside = Some(number).filter(|n| (min..=max).contains(n));
        let Some(value) = inside.and_then(|n| T::try_from(n).ok()) else {
            self.out_of_range(cx, word);
            return None;
        };
        Some(spanned(word, value))
    }

    /// A number, or a name of one.
    pub(crate) fn named(&self, cx: &mut Context<'_>) -> Option<Spanned<u32>> {
        let word = self.word(cx)?;
        let Grammar::Named { max, names } = self.grammar else {
            return None;
        };
        if let Some((_, number)) = names.iter().find(|(name, _)| *name == word.text) {
            return Some(spanned(word, *number));
        }
        let Some(number) = grammar::radix(&word.text) else {
            let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            self.bad_word(cx, word, &names);
            return None;
        };
        let Some(value) = u32::try_from(number).ok().filter(|n| *n <= max) else {
            self.out_of_range(cx, word);
            return None;
        };
        Some(spanned(word, value))
    }

    /// Whole seconds within the declared range.
    pub(crate) fn whole_seconds(&self, cx: &mut Context<'_>) -> Option<Duration> {
        let seconds = self.integer::<u64>(cx)?;
        Some(Duration::from_secs(seconds.value))
    }

    /// Seconds or milliseconds within the declared range, in microseconds.
    pub(crate) fn micros(&self, cx: &mut Context<'_>) -> Option<Spanned<u64>> {
        let word = self.word(cx)?;
        let (read, min, max): (fn(&str) -> Option<u64>, _, _) = match self.grammar {
            Grammar::Seconds { min, max } => (grammar::seconds, min, max),
            Grammar::Millis { min, max } => (grammar::millis, min, max),
            _ => return None,
        };
        let Some(micros) = read(&word.text) else {
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
        Some(spanned(word, micros))
    }

    /// Seconds or milliseconds within the declared range.
    pub(crate) fn seconds(&self, cx: &mut Context<'_>) -> Option<Spanned<Duration>> {
        let micros = self.micros(cx)?;
        micros.convert(|micros| Some(Duration::from_micros(micros)))
    }

    /// Yes or no; nothing means yes.
    pub(crate) fn boolean(&self, cx: &mut Context<'_>) -> Option<bool> {
        let Some(word) = self.words.first() else {
            return Some(true);
        };
        let value = grammar::boolean(&word.text);
        if value.is_none() {
            self.bad_word(cx, word, BOOLEAN);
        }
        value
    }

    /// One of the declared words: its index.
    pub(crate) fn choice(&self, cx: &mut Context<'_>) -> Option<Spanned<&'static str>> {
        let word = self.word(cx)?;
        let takes = match self.grammar {
            Grammar::Choice(words) => words,
            _ => &[],
        };
        let Some(value) = takes.iter().find(|choice| **choice == word.text) else {
            self.bad_word(cx, word, takes);
            return None;
        };
        Some(spanned(word, *value))
    }

    /// The name of an interface.
    pub(crate) fn interface(&self, cx: &mut Context<'_>) -> Option<Spanned<IfName>> {
        let word = self.word(cx)?;
        let Ok(value) = word.text.parse::<IfName>() else {
            Self::bad_interface(cx, &word.text, word.span);
            return None;
        };
        Some(spanned(word, value))
    }

    /// An address of the declared family.
    pub(crate) fn address(&self, cx: &mut Context<'_>) -> Option<Spanned<IpAddr>> {
        let word = self.word(cx)?;
        let parsed: Option<IpAddr> = word.text.parse().ok();
        let Some(address) = parsed.filter(|address| self.is_of_family(*address)) else {
            let message = format!("`{}` is not {}", word.text, self.grammar.expects());
            cx.error(code::BAD_ADDRESS, word.span, message);
            return None;
        };
        Some(spanned(word, address))
    }

    fn is_of_family(&self, address: IpAddr) -> bool {
        match self.grammar {
            Grammar::Address(Family::V4) | Grammar::Prefix(Family::V4) => address.is_ipv4(),
            Grammar::Address(Family::V6) | Grammar::Prefix(Family::V6) => address.is_ipv6(),
            _ => true,
        }
    }

    /// An address of the declared family with the length of its prefix.
    pub(crate) fn prefix(&self, cx: &mut Context<'_>) -> Option<Spanned<(IpAddr, u8)>> {
        let word = self.word(cx)?;
        let prefix = prefix(cx, word)?;
        if !self.is_of_family(prefix.value.0) {
            let message = format!("`{}` is not {}", word.text, self.grammar.expects());
            cx.error(code::BAD_ADDRESS, word.span, message);
            return None;
        }
        Some(prefix)
    }

    /// A link-layer address.
    pub(crate) fn mac(&self, cx: &mut Context<'_>) -> Option<Spanned<[u8; 6]>> {
        let word = self.word(cx)?;
        let Some(value) = grammar::mac(&word.text) else {
            let message = format!("`{}` is not a MAC address", word.text);
            let error = Diagnostic::error(code::BAD_ADDRESS, word.span, message);
            cx.push(error.hint(format!("it takes {}", self.grammar.expects())));
            return None;
        };
        Some(spanned(word, value))
    }

    /// A weight, and whether it is reversed.
    pub(crate) fn weight(&self, cx: &mut Context<'_>) -> Option<(Weight, bool)> {
        self.word(cx)?;
        weight(cx, self.words)
    }

    /// A user and perhaps a group.
    pub(crate) fn user(&self, cx: &mut Context<'_>) -> Option<UserGroup> {
        let user = self.text(cx)?.value;
        let group = self.words.get(1).map(|word| word.text.to_string());
        Some(UserGroup { user, group })
    }

    /// A command: one quoted text, or several words.
    pub(crate) fn command(&self, cx: &mut Context<'_>) -> Option<Spanned<Command>> {
        self.word(cx)?;
        if let Some(last) = self.words.last() {
            warn_if_cut(cx, last);
        }
        command(cx, self.words)
    }

    /// A command, quoted as a whole or one word, and who is to run it.
    ///
    /// keepalived takes further words as user and group; where there are more than two, or the
    /// first of them is plainly no name of a user, they are read as arguments of the command.
    pub(crate) fn command_as(
        &self,
        cx: &mut Context<'_>,
    ) -> Option<(Spanned<Command>, Option<UserGroup>)> {
        let (first, rest) = match self.words {
            [] => {
                self.word(cx)?;
                return None;
            }
            [first, rest @ ..] => (first, rest),
        };
        let account = |word: &Word<'_>| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
            !word.text.starts_with('-') && word.text.chars().all(plain)
        };
        if rest.len() <= 2 && rest.iter().all(account) {
            let user = rest.first().map(|user| UserGroup {
                user: user.text.to_string(),
                group: rest.get(1).map(|group| group.text.to_string()),
            });
            return Some((command(cx, std::slice::from_ref(first))?, user));
        }
        let message = format!(
            "`{}` takes a command and a user: these words are read as arguments",
            self.name
        );
        let warning = Diagnostic::warning(code::UNQUOTED_COMMAND, self.span(), message);
        cx.push(warning.hint(
            "put quotes around the whole command; keepalived takes the next two words as user \
             and group",
        ));
        Some((command(cx, self.words)?, None))
    }

    /// Reports a word that is none of those that the keyword takes.
    pub(crate) fn bad_word(&self, cx: &mut Context<'_>, word: &Word<'_>, takes: &[&str]) {
        let message = format!("`{}` does not take `{}`", self.name, word.text);
        let error = Diagnostic::error(code::BAD_WORD, word.span, message);
        let hint = match cx.nearest_of(takes.iter().copied(), &word.text) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it takes {}", self.grammar.expects()),
        };
        cx.push(error.hint(hint));
    }

    fn not_a_number(&self, cx: &mut Context<'_>, word: &Word<'_>) {
        let message = format!("`{}` needs a number, not `{}`", self.name, word.text);
        let error = Diagnostic::error(code::NOT_A_NUMBER, word.span, message);
        cx.push(error.hint(format!("it takes {}", self.grammar.expects())));
    }

    fn out_of_range(&self, cx: &mut Context<'_>, word: &Word<'_>) {
        let takes = self.grammar.expects();
        let message = format!(
            "`{}` is out of range: {} is not {takes}",
            self.name, word.text
        );
        cx.error(code::OUT_OF_RANGE, word.span, message);
    }
}

/// What a statement's value is, by its keyword's grammar: see the readers of [`Value`].
macro_rules! of_statement {
    ($($reader:ident -> $result:ty;)*) => {
        impl<'t, 's> Statement<'t, 's> {
            $(pub(crate) fn $reader(&self, cx: &mut Context<'_>) -> Option<$result> {
                self.value().$reader(cx)
            })*
        }
    };
}

of_statement! {
    word -> &'t Word<'s>;
    text -> Spanned<String>;
    whole_seconds -> Duration;
    micros -> Spanned<u64>;
    seconds -> Spanned<Duration>;
    boolean -> bool;
    choice -> Spanned<&'static str>;
    interface -> Spanned<IfName>;
    address -> Spanned<IpAddr>;
    weight -> (Weight, bool);
    command -> Spanned<Command>;
}

impl<'t, 's> Value<'t, 's> {
    /// A word as a value.
    pub(crate) fn of(name: &'static str, grammar: Grammar, word: &'t Word<'s>) -> Self {
        Self {
            name,
            grammar,
            words: std::slice::from_ref(word),
            at: word.span,
        }
    }

    /// Reports a name that no interface can have.
    pub(crate) fn bad_interface(cx: &mut Context<'_>, name: &str, span: Span) {
        let message = format!("`{name}` can't be the name of an interface");
        let error = Diagnostic::error(code::BAD_INTERFACE, span, message);
        cx.push(error.hint("a name has 1 to 15 bytes, without blanks and `/`"));
    }
}

impl Statement<'_, '_> {
    /// A whole number within the declared range.
    pub(crate) fn integer<T: TryFrom<i64>>(&self, cx: &mut Context<'_>) -> Option<Spanned<T>> {
        self.value().integer(cx)
    }

    /// The name of a block, which it needs.
    pub(crate) fn block_name(&self, cx: &mut Context<'_>) -> Option<Spanned<Name>> {
        let Some(word) = self.args.first().filter(|word| !word.text.is_empty()) else {
            let message = format!("this `{}` has no name", self.keyword.name);
            let error = Diagnostic::error(code::MISSING_NAME, self.span(), message);
            cx.push(error.hint(format!("write `{} NAME {{`", self.keyword.name)));
            return None;
        };
        Some(spanned(word, Name::from(&*word.text)))
    }
}

/// A value with the place of its word.
pub(crate) const fn spanned<T>(word: &Word<'_>, value: T) -> Spanned<T> {
    let span = word.span;
    Spanned { value, span }
}

/// Reads an address with the length of its prefix.
pub(crate) fn prefix(cx: &mut Context<'_>, word: &Word<'_>) -> Option<Spanned<(IpAddr, u8)>> {
    let problem = match grammar::address(&word.text) {
        Ok(prefix) => return Some(spanned(word, prefix)),
        Err(problem) => problem,
    };
    let text = &word.text;
    let (code, message, hint) = match problem {
        AddressProblem::Address => (
            code::BAD_ADDRESS,
            format!("`{text}` is not an address"),
            "write it as `192.0.2.1/24`",
        ),
        AddressProblem::Mask => (
            code::BAD_ADDRESS,
            format!("what follows the `/` of `{text}` is not a prefix length"),
            "write `/24` or `/255.255.255.0`",
        ),
        AddressProblem::Prefix { max } => (
            code::OUT_OF_RANGE,
            format!("the prefix length of `{text}` is out of range: it is from 0 to {max}"),
            "without a prefix length the address stands for itself alone",
        ),
    };
    cx.push(Diagnostic::error(code, word.span, message).hint(hint));
    None
}

/// Reads `N [reverse]`; a weight beyond ±253 is taken as that, as keepalived does with ±254.
fn weight(cx: &mut Context<'_>, args: &[Word<'_>]) -> Option<(Weight, bool)> {
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
        Some(word) if matches!(&*word.text, "noreverse" | "no_reverse") => false,
        Some(word) => {
            let message = format!("only `reverse` can follow a weight, not `{}`", word.text);
            cx.error(code::BAD_WORD, word.span, message);
            return None;
        }
    };
    Some((value, reverse))
}

/// Reads a command from its words, of which the first may hold several.
fn command(cx: &mut Context<'_>, given: &[Word<'_>]) -> Option<Spanned<Command>> {
    let (first, rest) = given.split_first()?;
    let span = first.span.to(rest.last().unwrap_or(first).span);
    let words = command_words(cx, first, rest)?;
    if words.first().is_none_or(String::is_empty) {
        cx.error(code::BAD_COMMAND, span, "this command is empty");
        return None;
    }
    if let Some(word) = grammar::shell_word(&words) {
        let message = format!("no shell reads this command: `{word}` is passed on as it stands");
        let warning = Diagnostic::warning(code::NO_SHELL, span, message);
        cx.push(warning.hint("write it as `sh -c '...'` if a shell is meant"));
    }
    let value = Command(words);
    Some(Spanned { value, span })
}

/// The words of a command, of which the first may hold several.
pub(crate) fn command_words(
    cx: &mut Context<'_>,
    first: &Word<'_>,
    rest: &[Word<'_>],
) -> Option<Vec<String>> {
    let mut wrong = |word: &Word<'_>, message| cx.error(code::BAD_COMMAND, word.span, message);
    let mut words = grammar::command(&first.text)
        .map_err(|message| wrong(first, message))
        .ok()?;
    for word in rest {
        let argument = grammar::argument(&word.text).map_err(|message| wrong(word, message));
        words.push(argument.ok()?.into_owned());
    }
    Some(words)
}

/// Warns if a value ends where a comment starts, which is seldom meant.
pub(crate) fn warn_if_cut(cx: &mut Context<'_>, word: &Word<'_>) {
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
