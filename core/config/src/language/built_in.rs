//! `${_PWD}`, `${_INSTANCE}`, `${_RANDOM}`, `${_ENV}`, `${_HASH}` and `${_BANG}`.

use std::path::Path;

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::{Kind, Lexer};
use crate::source::Span;

/// The largest number of `${_RANDOM}`, unless another is given.
const RANDOM_MAX: u64 = 32_767;

impl Lexer<'_> {
    /// What `${name arguments}` stands for; none if it is no built-in. One without a value stands
    /// for nothing, and is reported.
    pub(super) fn built_in(&mut self, name: &str, arguments: &str, span: Span) -> Option<String> {
        let mut words = arguments.split_whitespace();
        let value = match name {
            "_HASH" => Ok("#".to_owned()),
            "_BANG" => Ok("!".to_owned()),
            "_PWD" => Ok(self.directory()),
            "_INSTANCE" => self.options.config_id.clone().ok_or_else(|| {
                let message = "there is no configuration id for this";
                (
                    message.to_owned(),
                    "give one, as keepalived's option `--config-id` does",
                )
            }),
            "_ENV" => {
                let name = words.next().unwrap_or_default();
                self.options.environment.get(name).cloned().ok_or_else(|| {
                    let message = format!("`{name}` is not in the environment");
                    (
                        message,
                        "set it for this command, as it is set for the daemon",
                    )
                })
            }
            "_RANDOM" => self.random(words.next(), words.next()).ok_or_else(|| {
                let message = "this is no range of numbers".to_owned();
                (message, "write `${_RANDOM MIN MAX}` with MIN not above MAX")
            }),
            _ => return None,
        };
        Some(value.unwrap_or_else(|(message, hint)| {
            let error = Diagnostic::error(code::BAD_BUILT_IN, span, message);
            self.found.push(error.hint(hint));
            String::new()
        }))
    }

    /// The directory of the file that is being read.
    fn directory(&self) -> String {
        let frames = std::iter::once(&self.frame).chain(self.outer.iter().rev());
        let file = frames.into_iter().find(|frame| frame.kind == Kind::File);
        let file = file.and_then(|frame| self.sources.file(frame.file));
        let name = Path::new(file.map_or("", |file| &*file.name));
        let absolute = self.options.files.absolute(name);
        let directory = absolute.parent().unwrap_or(Path::new("."));
        directory.display().to_string()
    }

    /// The next number of the sequence that the seed gives (splitmix64), brought into a range.
    fn random(&mut self, min: Option<&str>, max: Option<&str>) -> Option<String> {
        let min: u64 = min.map_or(Ok(0), str::parse).ok()?;
        let max: u64 = max.map_or(Ok(RANDOM_MAX), str::parse).ok()?;
        let count = max.checked_sub(min)?.saturating_add(1);
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = (z ^ (z >> 31)).checked_rem(count)?.saturating_add(min);
        Some(number.to_string())
    }
}
