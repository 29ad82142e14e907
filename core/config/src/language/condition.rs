//! `@ID` and `@^ID`: lines that hold for one configuration id, or for all others.

use crate::code;
use crate::diagnostic::Diagnostic;
use crate::lexer::Lexer;

impl Lexer<'_> {
    /// Reads `@ID` or `@^ID`, and leaves out the line if it does not hold. What follows the id is
    /// read as a line of its own.
    ///
    /// keepalived: the id ends at a blank, and lines of which the id is empty never hold.
    pub(super) fn conditional(&mut self) -> bool {
        let start = self.frame.at;
        let rest = self.rest();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let id = rest.get(1..length).unwrap_or_default();
        let (id, negated) = match id.strip_prefix('^') {
            Some(id) => (id, true),
            None => (id, false),
        };
        self.skip(length);
        let span = self.span_from(start);
        let given = self.options.config_id.as_deref();
        if given.is_none() && !id.is_empty() {
            let ids = &mut self.unmatched_ids;
            if ids.len() < 100 {
                ids.entry(id).or_insert(span);
            }
        }
        let holds = (given == Some(id)) != negated;
        if !holds {
            self.skip_definition();
            self.skip_logical_line();
        }
        true
    }

    /// Leaves out all lines of a definition, if one follows. keepalived 2.2.7 leaves out its first
    /// line only, and takes the others for statements.
    fn skip_definition(&mut self) {
        let rest = self.rest();
        let blank = rest
            .len()
            .saturating_sub(rest.trim_start_matches([' ', '\t']).len());
        self.skip(blank);
        let changes = self.definitions.changes();
        if self.rest().starts_with('$') && self.definition() {
            self.definitions.undo_to(changes);
        }
    }

    /// Notes which ids lines are for, if none was given.
    pub(crate) fn note_conditions(&mut self) {
        let ids = std::mem::take(&mut self.unmatched_ids);
        let Some(first) = ids.values().min() else {
            return;
        };
        let names: Vec<String> = ids.keys().map(|id| format!("`{id}`")).collect();
        let message = format!(
            "no configuration id is given: lines for {} are left out",
            names.join(", ")
        );
        let note = Diagnostic::note(code::CONDITIONAL, *first, message);
        let hint = "give one of these ids, as keepalived's option `--config-id` does";
        self.found.push(note.hint(hint));
    }
}
