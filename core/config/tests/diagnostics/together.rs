//! Diagnostics that point into the files of two nodes.

use bellwether_config::{
    Diagnostic, Diagnostics, Options, Reader, Related, Severity, Span, code, json,
};

/// A node whose file has a password, and a misspelt word whose place stands for what a comparison
/// finds.
fn node(reader: &Reader, name: &str, comment: &str) -> (Diagnostics, Span) {
    let text = format!(
        "vrrp_instance web {{\n interface eth0\n virtual_router_id 7\n authentication {{\n \
         auth_type PASS\n auth_pass hunter22 # }}\n }}\n virtual_ipaddress {{\n 192.0.2.1/24\n }}\n \
         priorty 9 {comment}\n}}\n"
    );
    let all = reader.parse(name, text).diagnostics;
    let span = all.iter().find(|one| one.code == code::UNKNOWN_KEYWORD);
    let span = span.unwrap().span;
    (all, span)
}

fn finding(severity: Severity, code: &'static str, span: Span, other: Span) -> Diagnostic {
    Diagnostic {
        severity,
        code,
        message: "they differ".into(),
        span,
        hint: None,
        related: vec![Related {
            span: other,
            message: "here it is another".into(),
        }],
    }
}

#[test]
fn both_files_are_named() {
    let reader = Reader::new(Options::default());
    let (one, at) = node(&reader, "lb1.conf", "");
    let (other, there) = node(&reader, "lb2.conf", "");
    let list = vec![finding(Severity::Error, code::REPEATED, at, there)];
    let all = Diagnostics::together(&[&one, &other], list);
    assert!(all.has_errors());
    let shown = all.render(false);
    assert!(shown.contains("lb1.conf:11:2"), "{shown}");
    assert!(shown.contains("lb2.conf:11:2"), "{shown}");
    let document = json([&all]);
    let related = "\"message\": \"here it is another\",\n          \"file\": \"lb2.conf\"";
    assert!(document.contains(related), "{document}");
    assert!(
        all.short()
            .starts_with("lb1.conf:11:2: error[K0106]: they differ")
    );
}

#[test]
fn a_comment_in_either_file_silences_at_its_place() {
    let reader = Reader::new(Options::default());
    let (one, at) = node(&reader, "lb1.conf", "");
    let (other, there) = node(&reader, "lb2.conf", "# bellwether: allow(K0106)");
    let both = [&one, &other];
    let warning = |at, there| vec![finding(Severity::Warning, code::REPEATED, at, there)];
    assert!(Diagnostics::together(&both, warning(there, at)).is_empty());
    assert!(!Diagnostics::together(&both, warning(at, there)).is_empty());
    let error = vec![finding(Severity::Error, code::REPEATED, there, at)];
    assert!(Diagnostics::together(&both, error).has_errors());
}

#[test]
fn no_node_s_password_is_shown() {
    let reader = Reader::new(Options::default());
    let (one, at) = node(&reader, "lb1.conf", "");
    let (other, there) = node(&reader, "lb2.conf", "");
    // The line with the password is the fifth above the misspelt word, in a text all of ASCII.
    let back = 61;
    let password = |span: Span| Span {
        start: span.start - back,
        end: span.start - back + 1,
        ..span
    };
    let list = vec![finding(
        Severity::Error,
        code::REPEATED,
        password(at),
        password(there),
    )];
    let shown = Diagnostics::together(&[&one, &other], list).render(false);
    assert_eq!(shown.matches("auth_pass ********").count(), 2, "{shown}");
    assert!(!shown.contains("hunter"), "{shown}");
}
