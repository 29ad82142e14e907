//! The way to a place: through includes, definitions and sequences.

use std::sync::Arc;

use bellwether_config::{MemoryFiles, Options, Outcome, Reader, json};

/// Reads `/etc/lb1.conf` among files in memory.
fn read(files: &[(&str, &str)]) -> Outcome {
    let of = |(name, text): &(&str, &str)| (name.into(), text.as_bytes().to_vec());
    let options = Options {
        files: Arc::new(MemoryFiles(files.iter().map(of).collect())),
        ..Options::default()
    };
    Reader::new(options).load("/etc/lb1.conf".as_ref()).unwrap()
}

const INSTANCE: &str = "\
vrrp_instance web {
    interface eth0
    virtual_router_id 7
    priorty 9
    virtual_ipaddress {
        192.0.2.1/24
    }
}
";

#[test]
fn a_place_in_an_included_file_tells_who_includes_it() {
    let outcome = read(&[
        ("/etc/lb1.conf", "! the main file\ninclude conf.d/a.conf\n"),
        ("/etc/conf.d/a.conf", "\ninclude web.conf\n"),
        ("/etc/conf.d/web.conf", INSTANCE),
    ]);
    let shown = outcome.diagnostics.render(false);
    let way = ["web.conf:4:5", "a.conf:2:", "lb1.conf:2:"].map(|place| shown.find(place));
    assert!(
        way.iter().all(Option::is_some) && way.is_sorted(),
        "{shown}"
    );
    insta::assert_snapshot!(shown);
    let document = json([&outcome.diagnostics]);
    assert_eq!(
        document.matches("included from here").count(),
        2,
        "{document}"
    );
    let short = outcome.diagnostics.short();
    assert!(short.contains("web.conf:4:5: warning[K0101]"), "{short}");
}

#[test]
fn a_place_in_a_definition_tells_where_it_is_used() {
    let text = INSTANCE.replace("eth0", "$IF");
    let text = format!("$IF=no-interface-has-such-a-name\n{text}");
    let outcome = read(&[("/etc/lb1.conf", &text)]);
    let shown = outcome.diagnostics.render(false);
    assert!(
        shown.contains("lb1.conf:1:"),
        "where it is defined: {shown}"
    );
    assert!(
        shown.contains("lb1.conf:3:"),
        "and where it is used: {shown}"
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn a_comment_silences_in_the_file_where_it_stands() {
    let marked = INSTANCE.replace("priorty 9", "priorty 9 # bellwether: allow(K0101)");
    let outcome = read(&[
        ("/etc/lb1.conf", "include web.conf\n"),
        ("/etc/web.conf", &marked),
    ]);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        outcome.diagnostics.render(false)
    );
}

#[test]
fn a_comment_at_an_include_or_at_a_use_silences_what_comes_of_it() {
    let outcome = read(&[
        (
            "/etc/lb1.conf",
            "include web.conf # bellwether: allow(K0101)\n",
        ),
        ("/etc/web.conf", INSTANCE),
    ]);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        outcome.diagnostics.render(false)
    );
}

#[test]
fn a_file_that_is_read_twice_is_searched_for_comments_once() {
    let outcome = read(&[
        ("/etc/lb1.conf", "include a.conf\ninclude a.conf\n"),
        ("/etc/a.conf", "# bellwether: allow-file(K0309)\n"),
    ]);
    let useless = outcome.diagnostics.iter().filter(|one| one.code == "K0092");
    assert_eq!(useless.count(), 1, "{}", outcome.diagnostics.render(false));
}
