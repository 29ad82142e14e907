//! keepalived's dump of what it understood, as a tree by indentation.

/// Length of the time in front of each line of the log: `Sat Nov 21 14:28:33 2026: `.
const TIME: usize = 26;

/// One line of a dump and the lines that are indented below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line without its indentation.
    pub(super) text: String,
    /// What is below it.
    pub(super) below: Vec<Line>,
}

/// The sections of a dump by their headings, `------< VRRP Topology >------`.
///
/// Other lines of the log, which are not indented, are left out.
#[must_use]
pub(super) fn sections(log: &str) -> Vec<(String, Vec<Line>)> {
    let mut sections: Vec<(String, Vec<(usize, &str)>)> = Vec::new();
    for line in log.lines().map(without_time) {
        if let Some(name) = line.strip_prefix("------< ") {
            let name = name.trim_end_matches('-').trim_end_matches(" >");
            sections.push((name.to_owned(), Vec::new()));
        } else if let (Some((_, lines)), true) = (sections.last_mut(), line.starts_with(' ')) {
            let text = line.trim_start();
            lines.push((line.len() - text.len(), text.trim_end()));
        }
    }
    sections
        .into_iter()
        .map(|(name, lines)| (name, tree(&mut lines.as_slice(), 0)))
        .collect()
}

fn without_time(line: &str) -> &str {
    match line.as_bytes().get(TIME - 2..TIME) {
        Some(b": ") => line.get(TIME..).unwrap_or(line),
        _ => line,
    }
}

/// Takes the lines that are indented by more than `above`.
fn tree(lines: &mut &[(usize, &str)], above: usize) -> Vec<Line> {
    let mut found = Vec::new();
    while let Some(((indent, text), rest)) = lines.split_first()
        && *indent > above
    {
        *lines = rest;
        found.push(Line {
            text: (*text).to_owned(),
            below: tree(lines, *indent),
        });
    }
    found
}

impl Line {
    /// What follows `name = ` in this line.
    #[must_use]
    pub(super) fn value_of(&self, name: &str) -> Option<&str> {
        self.text.strip_prefix(name)?.strip_prefix(" = ")
    }

    /// What follows `name = ` in a line below this one.
    #[must_use]
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.below.iter().find_map(|line| line.value_of(name))
    }

    /// Whether a line below this one begins like this.
    #[must_use]
    pub(super) fn says(&self, beginning: &str) -> bool {
        self.find(beginning).is_some()
    }

    /// The first line below this one that begins like this.
    #[must_use]
    pub(super) fn find(&self, beginning: &str) -> Option<&Line> {
        self.below
            .iter()
            .find(|line| line.text.starts_with(beginning))
    }

    /// The texts below the first line below this one that begins like this.
    #[must_use]
    pub(super) fn list(&self, beginning: &str) -> Vec<&str> {
        self.find(beginning)
            .into_iter()
            .flat_map(|line| &line.below)
            .map(|line| line.text.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_makes_a_tree_and_other_lines_of_the_log_are_left_out() {
        let log = "\
Sat Nov 21 14:28:33 2026: Starting Keepalived
Sat Nov 21 14:28:33 2026: ------< VRRP Topology >------
Sat Nov 21 14:28:33 2026:  VRRP Instance = A
Sat Nov 21 14:28:33 2026:    Priority = 150
Sat Nov 21 14:28:33 2026: (A) Entering BACKUP STATE
Sat Nov 21 14:28:33 2026:    Virtual IP (1):
Sat Nov 21 14:28:33 2026:      192.0.2.100/24 dev eth0 scope global
Sat Nov 21 14:28:33 2026:  VRRP Instance = B
";
        let sections = sections(log);
        assert_eq!(sections.len(), 1);
        let (name, instances) = &sections[0];
        assert_eq!(name, "VRRP Topology");
        assert_eq!(instances.len(), 2);
        assert_eq!(instances[0].value("Priority"), Some("150"));
        let addresses = instances[0].list("Virtual IP (");
        assert_eq!(addresses, ["192.0.2.100/24 dev eth0 scope global"]);
        assert_eq!(instances[1].value_of("VRRP Instance"), Some("B"));
    }
}
