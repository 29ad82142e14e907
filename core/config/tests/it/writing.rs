//! How people write files: braces, comments, line ends, several statements on a line.

use std::io::Write;

use bellwether_config::{Options, Severity, code, load};
use bellwether_core::model::Auth;

use crate::common::{codes, config, one, read};

const PLAIN: &str = "
vrrp_script chk {
    script \"/usr/bin/pgrep haproxy\"
    interval 2
}

vrrp_instance web {
    state BACKUP
    interface eth0
    virtual_router_id 7
    priority 90
    authentication {
        auth_type PASS
        auth_pass secret
    }
    track_script {
        chk
    }
    virtual_ipaddress {
        192.0.2.1/24 dev eth0 label eth0:1
        192.0.2.2/24
    }
}
";

#[test]
fn braces_may_stand_anywhere() {
    let expected = config(PLAIN);
    let glued = PLAIN.replace(" {", "{");
    let below = PLAIN.replace(" {\n", "\n{\n");
    let after = PLAIN.replace("{\n", "{ ");
    let closed = PLAIN.replace("\n    }", " }").replace("\n}", " }");
    for text in [glued, below, after, closed] {
        let outcome = read(&text);
        assert!(
            outcome.diagnostics.is_empty(),
            "{}",
            outcome.diagnostics.render(false)
        );
        assert_eq!(outcome.config.as_ref(), Some(&expected), "{text}");
    }
}

#[test]
fn line_ends_blanks_and_comments_do_not_matter() {
    let expected = config(PLAIN);
    let dos = PLAIN.replace('\n', "\r\n");
    let marked = format!("\u{feff}{PLAIN}");
    let unended = PLAIN.trim_end().to_owned();
    let tabbed = PLAIN.replace("    ", "\t").replace("{\n", "{ \t \n");
    let commented = PLAIN.replace('\n', " #\u{4e3b}\u{8282}\u{70b9} } {\n ! \"don't\n");
    for text in [dos, marked, unended, tabbed, commented] {
        let outcome = read(&text);
        assert!(
            outcome.diagnostics.is_empty(),
            "{}",
            outcome.diagnostics.render(false)
        );
        assert_eq!(outcome.config.as_ref(), Some(&expected), "{text}");
    }
}

#[test]
fn a_file_that_lost_its_line_ends_means_what_its_author_meant() {
    let expected = config(PLAIN);
    let outcome = read(&PLAIN.replace('\n', " "));
    assert_eq!(codes(&outcome, Severity::Error), [""; 0]);
    assert_eq!(outcome.config, Some(expected));
    assert!(
        codes(&outcome, Severity::Warning)
            .iter()
            .all(|c| *c == code::SEVERAL_ON_A_LINE)
    );
    assert!(!outcome.diagnostics.is_empty(), "and is told about it");
}

#[test]
fn both_halves_of_an_authentication_on_one_line_count() {
    let text = one("authentication { auth_type PASS auth_pass x }");
    let auth = config(&text).instances()[0].auth;
    assert_eq!(auth, Auth::Pass(*b"x\0\0\0\0\0\0\0"));
    assert_eq!(
        codes(&read(&text), Severity::Warning),
        [code::SEVERAL_ON_A_LINE]
    );
}

#[test]
fn quotes_do_not_change_what_a_word_is() {
    let text = one("\"priority\" \"5\"").replace("interface eth0", "interface \"eth0\"");
    let outcome = read(&text);
    assert!(
        outcome.diagnostics.is_empty(),
        "{}",
        outcome.diagnostics.render(false)
    );
    let text = one("").replace("vrrp_instance web", "vrrp_instance \"web of two\"");
    assert_eq!(config(&text).instances()[0].name.as_str(), "web of two");
}

#[test]
fn a_quoted_word_starts_no_second_statement() {
    let text = one("auth_type PASS \"priority\" 5").replace("auth_type PASS", "state BACKUP");
    assert_eq!(codes(&read(&text), Severity::Warning), [code::EXTRA_WORDS]);
}

#[test]
fn virtual_servers_may_stand_around_an_instance() {
    let server = "virtual_server 192.0.2.1 80 {\n protocol TCP\n\n \
                  real_server 192.0.2.8 80 {\n TCP_CHECK {\n connect_port 80\n }\n }\n}\n";
    let other = server.replace("TCP\n\n", "UDP\n\n");
    let text = format!("{server}{}{other}", one(""));
    let outcome = read(&text);
    assert_eq!(codes(&outcome, Severity::Warning), [""; 0]);
    let config = outcome.config.unwrap();
    let found = (config.instances().len(), config.virtual_servers().len());
    assert_eq!(found, (1, 2));
}

#[test]
fn a_keyword_after_a_block_s_end_is_read() {
    let text = "global_defs { notification_email { a@example.com } router_id lb1 }\n";
    assert_eq!(config(text).router_id().map(|id| id.as_str()), Some("lb1"));
}

#[test]
fn a_missing_brace_does_not_hide_other_problems() {
    let text = "vrrp_instance a {\n interface eth0\n virtual_router_id 300\n\
                vrrp_instance b {\n interface eth0\n virtual_router_id 301\n}\n";
    let outcome = read(text);
    let expected = [code::UNCLOSED_BLOCK, code::OUT_OF_RANGE, code::OUT_OF_RANGE];
    assert_eq!(codes(&outcome, Severity::Error), expected);
}

#[test]
fn bytes_that_are_not_utf8_are_harmless_in_comments_only() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = one("").replace("eth0\n", "eth0 # caf\u{e9}\n");
    let latin1: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    file.write_all(&latin1).unwrap();
    let outcome = load(file.path(), &Options::default()).unwrap();
    assert!(
        outcome.config.is_some(),
        "{}",
        outcome.diagnostics.render(false)
    );

    file.write_all(b"vrrp_script caf\xe9 {\n script x\n}\n")
        .unwrap();
    let outcome = load(file.path(), &Options::default()).unwrap();
    assert_eq!(codes(&outcome, Severity::Error), [code::NOT_UTF8]);
}

#[test]
fn a_file_that_is_not_there_is_the_caller_s_to_report() {
    let missing = std::path::Path::new("/nonexistent/keepalived.conf");
    assert!(load(missing, &Options::default()).is_err());
}

#[test]
fn junk_is_a_warning_that_there_is_nothing_to_do() {
    for text in ["", "\n\n", "# only a comment"] {
        assert_eq!(
            codes(&read(text), Severity::Warning),
            [code::NO_INSTANCE],
            "{text:?}"
        );
    }
}
