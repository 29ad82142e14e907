//! `vrrp_script`.

use std::time::Duration;

use bellwether_core::model::{Command, Script};
use bellwether_core::unit::{Name, Weight};

use super::statement::{Statement, statements};
use super::value::warn_if_cut;
use super::{Context, Spanned};
use crate::code;
use crate::diagnostic::Diagnostic;
use crate::grammar;
use crate::registry::{Key, Place, ScriptKey};
use crate::source::Span;

/// A script as its block says.
#[derive(Debug, Default)]
pub(super) struct ScriptDraft {
    /// Its name; none if it is missing, which is reported.
    pub(super) name: Option<Spanned<Name>>,
    /// Its keyword.
    pub(super) span: Span,
    command: Option<Command>,
    /// Whether there is a `script` keyword at all, good or bad.
    has_command: bool,
    interval: Option<Duration>,
    timeout: Option<Duration>,
    rise: Option<u32>,
    fall: Option<u32>,
    init_fail: bool,
    pub(super) weight: Weight,
    pub(super) reverse: bool,
}

/// Reads one `vrrp_script`.
pub(super) fn read(cx: &mut Context<'_>, block: &Statement<'_, '_>) -> ScriptDraft {
    let mut draft = ScriptDraft {
        name: name(cx, block),
        span: block.span(),
        ..ScriptDraft::default()
    };
    statements(
        cx,
        Place::Script,
        block.nodes(),
        &mut |cx, key, statement| {
            if let Key::Script(key) = key {
                set(cx, &mut draft, key, statement);
            }
        },
    );
    if !draft.has_command {
        let message = "this script has no command";
        let error = Diagnostic::error(code::NO_COMMAND, draft.span, message);
        cx.push(error.hint("add `script \"/path/to/command\"`"));
    }
    draft
}

impl ScriptDraft {
    /// The script; none if its name or its command is missing.
    pub(super) fn script(&self) -> Option<Script> {
        let name = self.name.as_ref()?.value.clone();
        let mut script = Script::new(name, self.command.clone()?);
        script.interval = self.interval.unwrap_or(script.interval);
        script.timeout = self.timeout.unwrap_or(script.interval);
        script.rise = self.rise.unwrap_or(script.rise);
        script.fall = self.fall.unwrap_or(script.fall);
        script.init_fail = self.init_fail;
        script.weight = self.weight;
        script.reverse = self.reverse;
        Some(script)
    }
}

/// The name of a block, which it needs.
pub(super) fn name(cx: &mut Context<'_>, block: &Statement<'_, '_>) -> Option<Spanned<Name>> {
    let Some(word) = block.args.first().filter(|word| !word.text.is_empty()) else {
        let message = format!("this `{}` has no name", block.keyword.name);
        let error = Diagnostic::error(code::MISSING_NAME, block.span(), message);
        cx.push(error.hint(format!("write `{} NAME {{`", block.keyword.name)));
        return None;
    };
    Some(Spanned {
        value: Name::from(&*word.text),
        span: word.span,
    })
}

fn set(
    cx: &mut Context<'_>,
    draft: &mut ScriptDraft,
    key: ScriptKey,
    statement: &Statement<'_, '_>,
) {
    let period = |cx: &mut Context<'_>| {
        let micros = statement.seconds(cx)?;
        Some(Duration::from_micros(micros.value))
    };
    match key {
        ScriptKey::Command => {
            draft.has_command = true;
            draft.command = command(cx, statement);
        }
        ScriptKey::Interval => draft.interval = period(cx),
        ScriptKey::Timeout => draft.timeout = period(cx),
        ScriptKey::Rise => draft.rise = statement.integer(cx).map(|n| n.value),
        ScriptKey::Fall => draft.fall = statement.integer(cx).map(|n| n.value),
        ScriptKey::InitFail => draft.init_fail = true,
        ScriptKey::Weight => {
            if let Some((weight, reverse)) = statement.weight(cx) {
                draft.weight = weight;
                draft.reverse = reverse;
            }
        }
    }
}

/// A command: one quoted text, or several words.
fn command(cx: &mut Context<'_>, statement: &Statement<'_, '_>) -> Option<Command> {
    let first = statement.word(cx)?;
    let span = first.span.to(statement.span());
    if let Some(last) = statement.args.last() {
        warn_if_cut(cx, last);
    }
    let Some(mut words) = grammar::command(&first.text) else {
        let message = "a quote inside of this command is not closed";
        cx.error(code::BAD_COMMAND, first.span, message);
        return None;
    };
    let rest = statement.args.get(1..).unwrap_or_default();
    words.extend(rest.iter().map(|word| word.text.to_string()));
    if words.first().is_none_or(String::is_empty) {
        cx.error(code::BAD_COMMAND, span, "this command is empty");
        return None;
    }
    if let Some(word) = grammar::shell_word(&words) {
        let message = format!("no shell reads this command: `{word}` is passed on as it stands");
        let warning = Diagnostic::warning(code::NO_SHELL, span, message);
        cx.push(warning.hint("write it as `sh -c '...'` if a shell is meant"));
    }
    Some(Command(words))
}
