//! The rules that look at one file. Each takes its path from the root and its text.

use crate::tokens::{before_tests, code_only, paths};

/// The number of lines that no Rust source may pass.
const CEILING: usize = 800;

/// The number of lines that a Rust source wants to stay under; passing it is only reported.
pub(crate) const WANTED: usize = 400;

/// Lines of a text.
pub(crate) fn length(text: &str) -> usize {
    text.lines().count()
}

/// A file of thousands of lines becomes the worst place of its project.
pub(crate) fn too_long(_: &str, text: &str) -> Vec<String> {
    let lines = length(text);
    (lines > CEILING)
        .then(|| format!("{lines} lines; the ceiling is {CEILING}"))
        .into_iter()
        .collect()
}

/// What the core must not use: clocks, sockets, files, processes, hash order, floats, casts.
pub(crate) fn forbidden_in_core(path: &str, text: &str) -> Vec<String> {
    const PATHS: [&str; 7] = [
        "std::time",
        "std::fs",
        "std::process",
        "std::thread",
        "std::env",
        "std::io",
        "tokio",
    ];
    const WORDS: [&str; 8] = [
        "SystemTime",
        "TcpStream",
        "UdpSocket",
        "TcpListener",
        "HashMap",
        "HashSet",
        "f32",
        "f64",
    ];
    if !path.starts_with("core/engine/src/") {
        return Vec::new();
    }
    let code = code_only(text);
    let code = before_tests(&code);
    let mut complaints: Vec<String> = paths(code)
        .filter(|(_, found)| {
            PATHS.iter().any(|bad| {
                *found == *bad
                    || found
                        .strip_prefix(bad)
                        .is_some_and(|rest| rest.starts_with("::"))
            }) || found.split("::").any(|part| WORDS.contains(&part))
        })
        // The mutants choose by thread, in a build that no product has.
        .filter(|(_, found)| !(path.ends_with("/mutant.rs") && *found == "std::thread_local"))
        .map(|(line, found)| format!("line {line}: {found}"))
        .collect();
    for (number, line) in code.lines().enumerate() {
        if is_cast(line) {
            complaints.push(format!("line {}: a cast with `as`", number + 1));
        }
        if line.contains("use std::{") {
            complaints.push(format!(
                "line {}: a group hides what is used of std",
                number + 1
            ));
        }
    }
    complaints
}

/// Types of netlink libraries stay where they can be replaced in one place each.
pub(crate) fn netlink_outside_its_room(path: &str, text: &str) -> Vec<String> {
    let home = |found: &str| match found.split("::").next().unwrap_or_default() {
        "neli" => Some("linux/src/ipvs/"),
        "rtnetlink" | "netlink_proto" => Some("linux/src/netlink/"),
        first if first.starts_with("netlink_packet") => Some("linux/src/netlink/"),
        _ => None,
    };
    paths(&code_only(text))
        .filter_map(|(line, found)| Some((line, found, home(found)?)))
        .filter(|(_, _, home)| !path.starts_with(home))
        .map(|(line, found, home)| format!("line {line}: {found} outside {home}"))
        .collect()
}

/// One file holds all that the compiler can't check.
pub(crate) fn unsafe_outside_its_file(path: &str, text: &str) -> Vec<String> {
    if path == "linux/src/sys.rs" {
        return Vec::new();
    }
    paths(&code_only(text))
        .filter(|(_, found)| ["unsafe", "unsafe_code"].contains(found))
        .map(|(line, found)| format!("line {line}: `{found}` outside linux/src/sys.rs"))
        .collect()
}

/// A lint is switched off with a reason, or not at all.
pub(crate) fn allowances_without_reason(_: &str, text: &str) -> Vec<String> {
    let code = code_only(text);
    let mut complaints = Vec::new();
    for start in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
        for (at, _) in code.match_indices(start) {
            let attribute = &code[at..];
            let end = attribute.find(")]").unwrap_or(attribute.len());
            if !attribute[..end].contains("reason =") {
                let line = code[..at].matches('\n').count() + 1;
                complaints.push(format!("line {line}: {start}..)] without a reason"));
            }
        }
    }
    complaints
}

/// A test that nobody runs is worse than none.
pub(crate) fn ignored_tests(_: &str, text: &str) -> Vec<String> {
    code_only(text)
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("#[ignore"))
        .map(|(number, _)| format!("line {}: an ignored test", number + 1))
        .collect()
}

/// What is left to do stands in an issue.
pub(crate) fn notes_to_self(_: &str, text: &str) -> Vec<String> {
    let notes = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    text.lines()
        .enumerate()
        .filter(|(_, line)| {
            line.split(|found: char| !(found.is_alphanumeric() || found == ':'))
                .any(|word| {
                    notes
                        .iter()
                        .any(|note| word.trim_end_matches(':') == note.trim_end_matches(':'))
                })
        })
        .map(|(number, _)| format!("line {}: a note to self", number + 1))
        .collect()
}

/// The tree must not know where it was written.
pub(crate) fn workplace_paths(_: &str, text: &str) -> Vec<String> {
    let places = [
        concat!("/wo", "rk/main"),
        concat!("/wo", "rk/."),
        concat!("../sha", "red"),
        concat!(".lib", "rary/"),
        concat!("/tmp/tar", "get-"),
    ];
    text.lines()
        .enumerate()
        .filter(|(_, line)| places.iter().any(|place| line.contains(place)))
        .map(|(number, line)| format!("line {}: {}", number + 1, line.trim()))
        .collect()
}

/// Whether a line of code casts a number with `as`; `use a as b` and `<A as B>` do not.
fn is_cast(line: &str) -> bool {
    const NUMBERS: [&str; 17] = [
        "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
        "f32", "f64", "char", "bool", "_",
    ];
    line.match_indices(" as ").any(|(at, found)| {
        let target = &line[at + found.len()..];
        let end = target
            .find(|next: char| !(next.is_alphanumeric() || next == '_'))
            .unwrap_or(target.len());
        NUMBERS.contains(&&target[..end]) && !line.trim_start().starts_with("use ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_CORE: &str = "core/engine/src/vrrp/instance.rs";

    #[test]
    fn a_long_file_is_noticed_and_one_at_the_ceiling_is_not() {
        assert!(too_long("a.rs", &"x\n".repeat(CEILING)).is_empty());
        assert_eq!(too_long("a.rs", &"x\n".repeat(CEILING + 1)).len(), 1);
    }

    #[test]
    fn the_core_may_not_reach_the_world() {
        for bad in [
            "let now = std::time::Instant::now();",
            "use std::time::SystemTime;",
            "use std::net::UdpSocket;",
            "use std::net::{IpAddr, TcpStream};",
            "let text = std::fs::read(path);",
            "std::process::exit(1);",
            "std::thread::spawn(f);",
            "let home = std::env::var(name);",
            "use tokio::select;",
            "let map: HashMap<u8, u8> = x;",
            "use std::collections::HashSet;",
            "fn skew(seconds: f32) -> f64 {}",
            "let small = large as u8;",
            "let guess = number as _;",
            "use std::{fs, io};",
        ] {
            assert!(
                !forbidden_in_core(IN_CORE, bad).is_empty(),
                "allowed: {bad}"
            );
            assert!(
                forbidden_in_core("sim/src/run.rs", bad).is_empty(),
                "forbidden: {bad}"
            );
        }
        for good in [
            "use std::net::{IpAddr, Ipv4Addr};",
            "use core::time::Duration;",
            "use a::b as c;",
            "<T as Trait>::f();",
            "// std::time::Instant is not for the core",
            "fn f() {}\n#[cfg(test)]\nmod tests {\n use std::collections::HashSet;\n}\n",
        ] {
            let complaints = forbidden_in_core(IN_CORE, good);
            assert!(complaints.is_empty(), "{good}: {complaints:?}");
        }
    }

    #[test]
    fn only_the_mutants_may_know_their_thread() {
        let text = "std::thread_local! { static A: u8 = 0; }";
        assert!(forbidden_in_core("core/engine/src/mutant.rs", text).is_empty());
        assert_eq!(
            forbidden_in_core("core/engine/src/mutant.rs", "std::thread::spawn(f)").len(),
            1
        );
    }

    #[test]
    fn netlink_types_stay_in_their_room() {
        let text = "use rtnetlink::Handle;\nuse netlink_packet_route::address::AddressMessage;";
        assert_eq!(
            netlink_outside_its_room("linux/src/daemon/mod.rs", text).len(),
            2
        );
        assert!(netlink_outside_its_room("linux/src/netlink/mod.rs", text).is_empty());
        let text = "use neli::nl::Nlmsghdr;";
        let elsewhere = netlink_outside_its_room("linux/src/netlink/mod.rs", text);
        assert_eq!(elsewhere.len(), 1);
        assert!(netlink_outside_its_room("linux/src/ipvs/wire.rs", text).is_empty());
    }

    #[test]
    fn unsafe_stays_in_its_file() {
        let text = "#![allow(unsafe_code, reason = \"no\")]\nunsafe { f() }";
        assert_eq!(
            unsafe_outside_its_file("linux/src/net/mod.rs", text).len(),
            2
        );
        assert!(unsafe_outside_its_file("linux/src/sys.rs", text).is_empty());
        assert!(unsafe_outside_its_file("a.rs", "// unsafe is elsewhere").is_empty());
    }

    #[test]
    fn an_allowance_needs_a_reason() {
        assert_eq!(
            allowances_without_reason("a.rs", "#[allow(dead_code)]\nfn f() {}").len(),
            1
        );
        assert_eq!(
            allowances_without_reason("a.rs", "#![expect(\n  dead_code\n)]").len(),
            1
        );
        let good = "#[allow(\n    dead_code,\n    reason = \"shown in docs (really)\"\n)]";
        assert!(allowances_without_reason("a.rs", good).is_empty());
    }

    #[test]
    fn an_ignored_test_is_noticed() {
        assert_eq!(
            ignored_tests("a.rs", "#[test]\n#[ignore]\nfn f() {}").len(),
            1
        );
        assert_eq!(ignored_tests("a.rs", "#[ignore = \"slow\"]").len(), 1);
        assert!(ignored_tests("a.rs", "// #[ignore] is not for us").is_empty());
    }

    #[test]
    fn a_note_to_self_is_noticed_in_prose_and_code() {
        for note in [concat!("// TO", "DO: later"), concat!("(FIX", "ME)")] {
            assert_eq!(notes_to_self("a.md", note).len(), 1, "{note}");
        }
        assert!(notes_to_self("a.md", "Todoist and TODOS are words").is_empty());
    }

    #[test]
    fn the_workplace_is_noticed() {
        let text = concat!(
            "cd /wo",
            "rk/main\nsee ../sha",
            "red/design.md\nnetwork/main\n"
        );
        assert_eq!(workplace_paths("a.md", text).len(), 2);
    }
}
