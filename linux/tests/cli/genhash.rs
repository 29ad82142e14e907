//! `bellwether genhash`, beside keepalived's genhash where that is installed.

use std::io::{Read as _, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::common::{Folder, Said};

/// `md5sum` of `hello world` and a line feed.
const HELLO: &str = "6f5902ac237024bdd0c176cb93063dc4\n";
const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello world\n";

#[test]
fn the_digest_is_that_of_md5sum_by_every_name() {
    let server = Server::new(ANSWER, false).arguments();
    let folder = Folder::new();
    for line in [
        format!("genhash {server}"),
        format!("--genhash {server}"),
        format!("-T {server}"),
    ] {
        let said = folder.bellwether(&line);
        assert_eq!(
            (&*said.out, said.code),
            (HELLO, Some(0)),
            "{line}: {}",
            said.err
        );
    }
    let link = folder.path().join("genhash");
    symlink(env!("CARGO_BIN_EXE_bellwether"), &link).unwrap();
    let output = Command::new(&link)
        .args(server.split(' '))
        .output()
        .unwrap();
    let said = Said::of(output);
    assert_eq!((&*said.out, said.code), (HELLO, Some(0)), "{}", said.err);
}

#[test]
fn it_prints_what_keepalived_s_genhash_prints() {
    let Some(theirs) = their_genhash() else {
        return;
    };
    let long: Vec<u8> = [ANSWER, &[0, 9, 13, 27, 127, 128, 255, b'~', b' ']].concat();
    let error = b"HTTP/1.0 404 Not Found\r\nContent-Length: 4\r\n\r\nnope and more";
    let empty = b"HTTP/1.0 200 OK\r\n\r\n";
    let folder = Folder::new();
    for answer in [ANSWER, &long, error, empty] {
        for tls in [false, true] {
            for options in [
                "",
                "-v",
                "-v -P 1.1 -V www.example.org",
                "-P 1.0c",
                "--verbose --use-virtualhost www.example.org --use-sni --timeout 3",
            ] {
                let server = Server::new(answer, tls).arguments();
                let line = format!("{server} {options}");
                let own = folder.bellwether(&format!("genhash {}", line.trim()));
                assert_eq!(own.code, Some(0), "{line}: {}", own.err);
                let mut theirs = Command::new(&theirs);
                let output = theirs.args(line.split_whitespace()).output().unwrap();
                let shown = String::from_utf8_lossy(&output.stdout).into_owned();
                assert_eq!(timeless(&own.out), timeless(&shown), "{line}");
            }
        }
    }
}

#[test]
fn the_requests_of_both_are_the_same() {
    let Some(theirs) = their_genhash() else {
        return;
    };
    let folder = Folder::new();
    for options in [
        "",
        "-P 1.0c",
        "-P 1.1",
        "-V www.example.org",
        "-P 1.1 -V a.example",
    ] {
        let server = Server::new(ANSWER, false);
        let line = format!("{} {options}", server.arguments());
        folder.bellwether(&format!("genhash {line}"));
        let own = server.requests.recv().unwrap();
        Command::new(&theirs)
            .args(line.split_whitespace())
            .output()
            .unwrap();
        assert_eq!(own, server.requests.recv().unwrap(), "{options}");
    }
}

#[test]
fn without_a_page_it_says_why_and_fails() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let folder = Folder::new();
    let said = folder.bellwether(&format!("genhash -s 127.0.0.1 -p {} -u /", nobody.port()));
    assert_eq!(said.err, format!("genhash: {nobody}: connection refused\n"));
    assert_eq!((&*said.out, said.code), ("", Some(1)));
    for (line, part) in [
        ("genhash -p 80 -u /", "--server"),
        ("genhash -s www.example.org -p 80 -u /", "www.example.org"),
        ("genhash -s 192.0.2.1 -p x -u /", "invalid digit"),
        (
            "genhash -s 192.0.2.1 -p 80 -u / -P 2",
            "it is 1.0, 1.0c or 1.1",
        ),
        ("genhash -s 192.0.2.1 -p 80 -u / -t 0", "at least 1"),
    ] {
        let said = folder.bellwether(line);
        assert_eq!(said.code, Some(2), "{line}");
        assert!(said.err.contains(part), "{line}: {}", said.err);
    }
}

/// What is printed, without the time that it took.
fn timeless(shown: &str) -> String {
    let (start, _) = shown.split_once("] = ").unwrap_or((shown, ""));
    start.to_owned()
}

fn their_genhash() -> Option<String> {
    let known = Command::new("genhash").arg("-h").output().is_ok();
    if !known {
        // Past the capture of a passing test's output.
        let words = "*** SKIPPED, this test saw nothing: keepalived's genhash is not installed ***";
        writeln!(std::io::stderr(), "\n{words}").unwrap();
    }
    known.then(|| "genhash".to_owned())
}

/// A server that answers every request with the same bytes, in one piece.
struct Server {
    address: SocketAddr,
    tls: bool,
    requests: std::sync::mpsc::Receiver<String>,
}

impl Server {
    fn new(answer: &[u8], tls: bool) -> Self {
        let answer = answer.to_vec();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = std::sync::mpsc::channel();
        let config = tls.then(config);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 2048];
                let length = match &config {
                    None => {
                        let length = stream.read(&mut bytes).unwrap();
                        stream.write_all(&answer).unwrap();
                        length
                    }
                    Some(config) => {
                        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                        let mut stream = StreamOwned::new(connection, stream);
                        let length = stream.read(&mut bytes).unwrap();
                        stream.write_all(&answer).unwrap();
                        stream.conn.send_close_notify();
                        stream.flush().unwrap();
                        length
                    }
                };
                // The test may not want to know.
                let _ = sender.send(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
        });
        Self {
            address,
            tls,
            requests,
        }
    }

    fn arguments(&self) -> String {
        let port = self.address.port();
        let tls = if self.tls { "-S " } else { "" };
        format!("{tls}-s 127.0.0.1 -p {port} -u /a/page?x=1")
    }
}

fn config() -> Arc<ServerConfig> {
    let own = rcgen::generate_simple_self_signed(["www.example.org".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    Arc::new(config)
}
