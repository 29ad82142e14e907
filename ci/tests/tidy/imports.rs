//! Which crate may depend on which.

/// The pure core.
pub(crate) const CORE: &str = "bellwether-core";

/// Each member with the members that it may depend on, in tests too.
const MAY_REACH: [(&str, &[&str]); 8] = [
    (CORE, &[]),
    ("bellwether-config", &[CORE]),
    ("bellwether-runtime", &[CORE]),
    (
        "bellwether-sim",
        &[CORE, "bellwether-config", "bellwether-runtime"],
    ),
    (
        "bellwether-linux",
        &[CORE, "bellwether-config", "bellwether-runtime"],
    ),
    ("bellwether-scenarios", &["bellwether-sim"]),
    (
        "bellwether-netns-tests",
        &[
            CORE,
            "bellwether-config",
            "bellwether-linux",
            "bellwether-sim",
        ],
    ),
    ("bellwether-ci", &[]),
];

/// The dependencies between members that the ground plan does not have.
pub(crate) fn forbidden_edges(edges: &[(String, String)]) -> Vec<String> {
    edges
        .iter()
        .filter(|(from, to)| {
            !MAY_REACH
                .iter()
                .any(|(member, reach)| member == from && reach.contains(&to.as_str()))
        })
        .map(|(from, to)| format!("{from} must not depend on {to}"))
        .collect()
}

/// Whether a manifest takes the workspace's lints.
pub(crate) fn keeps_lints(manifest: &str) -> bool {
    manifest
        .split("\n[")
        .any(|table| table.starts_with("lints]") && table.contains("\nworkspace = true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn sim_and_linux_must_not_see_each_other() {
        for (from, to) in [
            ("bellwether-sim", "bellwether-linux"),
            ("bellwether-linux", "bellwether-sim"),
            (CORE, "bellwether-config"),
            ("bellwether-runtime", "bellwether-config"),
            ("bellwether-scenarios", "bellwether-linux"),
            ("bellwether-unheard-of", CORE),
        ] {
            assert_eq!(
                forbidden_edges(&[edge(from, to)]).len(),
                1,
                "{from} -> {to}"
            );
        }
        assert!(forbidden_edges(&[edge("bellwether-sim", CORE)]).is_empty());
    }

    #[test]
    fn lints_must_be_the_workspaces() {
        assert!(keeps_lints(
            "[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"
        ));
        assert!(!keeps_lints(
            "[package]\nname = \"x\"\nversion.workspace = true\n"
        ));
        assert!(!keeps_lints(
            "[package]\n\n[lints.rust]\nunsafe_code = \"allow\"\n"
        ));
    }
}
