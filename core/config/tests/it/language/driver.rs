//! Any bytes as the files of a configuration: reading ends, without a panic, and what it says holds
//! together. Used by the tests and by the fuzz target.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bellwether_config::{MemoryFiles, Options, Outcome, Reader};

/// What separates files: a line of this and a name. The first file has no such line.
const SEPARATOR: &str = "--- ";

/// Reads `bytes`, and checks what must hold whatever they are.
pub(crate) fn read(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let outcome = outcome(&text);
    assert_eq!(outcome.config.is_none(), outcome.diagnostics.has_errors());
    for diagnostic in outcome.diagnostics.iter() {
        let spans = diagnostic.related.iter().map(|related| related.span);
        for span in std::iter::once(diagnostic.span).chain(spans) {
            assert!(span.start <= span.end, "{diagnostic:?}");
            let place = outcome.diagnostics.locate(span);
            assert!(place.line >= 1 && place.column >= 1, "{diagnostic:?}");
        }
    }
    let shown = outcome.diagnostics.render(false);
    assert!(shown.len() <= 1 << 22, "{} bytes", shown.len());
}

/// Reads files that stand in one text.
pub(crate) fn outcome(text: &str) -> Outcome {
    let mut main = String::new();
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let mut name = None;
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix(SEPARATOR), &name) {
            (Some(next), _) => name = Some(PathBuf::from("/etc").join(next.trim())),
            (None, None) => main.push_str(line),
            (None, Some(name)) => {
                let file = files.entry(name.clone()).or_default();
                file.extend_from_slice(line.as_bytes());
            }
        }
    }
    let options = Options {
        files: Arc::new(MemoryFiles(files)),
        config_id: Some("lb1".to_owned()),
        environment: BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]),
        ..Options::default()
    };
    Reader::new(options).parse("/etc/keepalived.conf", main)
}
