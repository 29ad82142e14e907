//! Any text at all: no panic, the same answer twice, and a configuration exactly without errors.

use bellwether_config::{Options, parse};
use proptest::prelude::*;

use crate::common::cases;

const GOOD: &str = include_str!("../data/pair.conf");

/// What must hold of any text.
fn check(text: &str, strict: bool) -> Result<(), TestCaseError> {
    let options = Options {
        strict,
        ..Options::default()
    };
    let first = parse("f", text, &options);
    prop_assert_eq!(first.config.is_none(), first.diagnostics.has_errors());
    let length = text.len();
    for diagnostic in first.diagnostics.iter() {
        prop_assert!(diagnostic.span.start <= diagnostic.span.end);
        prop_assert!(
            diagnostic.span.range().end <= length.max(1),
            "{:?}",
            diagnostic
        );
        let place = first.diagnostics.locate(diagnostic.span);
        prop_assert!(place.line >= 1 && place.column >= 1);
    }
    let second = parse("f", text, &options);
    prop_assert_eq!(&first.config, &second.config);
    prop_assert_eq!(
        first.diagnostics.render(false),
        second.diagnostics.render(false)
    );
    prop_assert!(first.diagnostics.iter().eq(second.diagnostics.iter()));
    let _ = first.diagnostics.render(true);
    Ok(())
}

/// Words, braces, quotes and numbers as they occur in files, in any order.
fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&str> = GOOD.split_whitespace().collect();
    let marks = [
        "{", "}", "\n", "\"", "#", "!", "\\", "$", "${", "300", "-1", "1.5", "\u{a0}",
    ];
    let piece = prop_oneof![
        prop::sample::select(words).prop_map(str::to_owned),
        prop::sample::select(marks.to_vec()).prop_map(str::to_owned),
        "\\PC{0,6}",
    ];
    let glue = prop::sample::select(vec![" ", " ", "\n", ""]);
    prop::collection::vec((piece, glue), 0..120).prop_map(|pieces| {
        pieces
            .into_iter()
            .map(|(piece, glue)| piece + glue)
            .collect()
    })
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600), strict: bool) {
        check(&String::from_utf8_lossy(&bytes), strict)?;
    }

    #[test]
    fn any_words(text in soup(), strict: bool) {
        check(&text, strict)?;
    }

    #[test]
    fn a_good_file_with_a_piece_cut_out(from in 0..GOOD.len(), length in 0..60usize) {
        let bytes = GOOD.as_bytes();
        let to = (from + length).min(bytes.len());
        let text = [&bytes[..from], &bytes[to..]].concat();
        check(&String::from_utf8_lossy(&text), false)?;
    }

    #[test]
    fn a_good_file_with_flipped_bytes(
        flips in prop::collection::vec((0..GOOD.len(), any::<u8>()), 1..8),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, byte) in flips {
            bytes[at] = byte;
        }
        check(&String::from_utf8_lossy(&bytes), false)?;
    }

    #[test]
    fn a_good_file_with_lines_in_another_order(seed in any::<prop::sample::Index>(), by in 1..9usize) {
        let mut lines: Vec<&str> = GOOD.lines().collect();
        let middle = seed.index(lines.len());
        lines.rotate_left(middle);
        let step = by.min(lines.len() - 1);
        lines.swap(0, step);
        check(&lines.join("\n"), false)?;
    }
}

#[test]
fn the_good_file_is_good() {
    let outcome = parse(
        "f",
        GOOD,
        &Options {
            strict: true,
            ..Options::default()
        },
    );
    assert!(
        outcome.config.is_some(),
        "{}",
        outcome.diagnostics.render(false)
    );
}
