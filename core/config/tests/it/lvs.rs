//! Virtual servers: what their blocks mean.

mod checkers;
mod complaints;
mod groups;
mod headers;
mod inheritance;
mod left_out;
mod places;
mod ports;
mod quorum;
mod ranges;
mod whole_files;

use bellwether_config::Severity;
use bellwether_core::model::lvs::{Check, Checker, VirtualServer};

use crate::common::{codes, config, read};

/// A virtual server 192.0.2.1 port 80, TCP, with `body` and nothing else.
fn bare(body: &str) -> String {
    format!("virtual_server 192.0.2.1 80 {{\nprotocol TCP\n{body}\n}}\n")
}

/// The same with a real server 192.0.2.2 port 80 behind it.
fn service(body: &str) -> String {
    bare(&format!("{body}\nreal_server 192.0.2.2 80 {{\n}}"))
}

/// The same with `body` in the real server.
fn behind(body: &str) -> String {
    bare(&format!("real_server 192.0.2.2 80 {{\n{body}\n}}"))
}

/// The first virtual server of a file without errors.
fn first(text: &str) -> VirtualServer {
    config(text).virtual_servers()[0].clone()
}

/// The only checker of [`behind`].
fn checker(body: &str) -> Checker {
    let server = first(&behind(body));
    let [real] = &server.real_servers[..] else {
        panic!("{server:?}");
    };
    let [checker] = &real.checkers[..] else {
        panic!("{real:?}");
    };
    checker.clone()
}

/// What it does.
fn check(body: &str) -> Check {
    checker(body).check
}

/// The codes of the warnings of a file.
fn warnings(text: &str) -> Vec<&'static str> {
    codes(&read(text), Severity::Warning)
}

/// The codes of the errors of a file.
fn errors(text: &str) -> Vec<&'static str> {
    codes(&read(text), Severity::Error)
}
