//! Rust text without comments and strings, so that rules look at code and not at prose.

/// The text with comments and the insides of strings blanked; lines keep their numbers.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = literal_or_comment(rest, code.chars().next_back());
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (gone, after) = rest.split_at(skipped);
            code.push(' ');
            code.extend(gone.chars().filter(|found| *found == '\n'));
            rest = after;
        }
    }
    code
}

/// The part before the unit tests, which house style keeps at the bottom of a file.
pub(crate) fn before_tests(code: &str) -> &str {
    code.find("#[cfg(test)]\nmod tests {")
        .map_or(code, |at| &code[..at])
}

/// Identifiers and paths (`std::time::Instant`), each with its line number from 1.
pub(crate) fn paths(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().enumerate().flat_map(|(number, line)| {
        line.split(|found: char| !(found.is_alphanumeric() || found == '_' || found == ':'))
            .map(|word| word.trim_matches(':'))
            .filter(|word| !word.is_empty())
            .map(move |word| (number + 1, word))
    })
}

/// The length of the comment or literal that `rest` begins with, or 0.
fn literal_or_comment(rest: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|found| found.is_alphanumeric() || found == '_');
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        rest.find("*/").map_or(rest.len(), |at| at + 2)
    } else if let Some(inside) = rest.strip_prefix('"') {
        1 + end_of_string(inside)
    } else if !in_word && (rest.starts_with("r\"") || rest.starts_with("r#")) {
        raw_string(rest)
    } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
        rest[2..].find('\'').map_or(rest.len(), |at| at + 3)
    } else {
        0
    }
}

/// Up to and with the closing quote.
fn end_of_string(inside: &str) -> usize {
    let mut escaped = false;
    for (at, found) in inside.char_indices() {
        match found {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    inside.len()
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    if !rest[1 + hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    rest[body..]
        .find(&close)
        .map_or(rest.len(), |at| body + at + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_blanked_and_code_stays() {
        let text = "use a; // HashMap\nlet b = \"HashMap \\\" f64\"; /* f32\n */ let c = '\"'; d\n\
                    let e = r#\"tokio \" \"#; r#type 'x' &'static f\n";
        let code = code_only(text);
        for gone in ["HashMap", "f64", "f32", "tokio"] {
            assert!(!code.contains(gone), "{gone} in {code:?}");
        }
        for kept in ["use a;", "let c =", "; d", "let e =", "&'static f"] {
            assert!(code.contains(kept), "no {kept} in {code:?}");
        }
        assert_eq!(code.lines().count(), text.lines().count());
    }

    #[test]
    fn paths_stay_whole() {
        let found: Vec<_> = paths("x\nstd::time::Instant::now()").collect();
        assert_eq!(found, [(1, "x"), (2, "std::time::Instant::now")]);
    }
}
