//! SSL_GET.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bellwether_core::lvs::ProbeSpec;
use bellwether_core::model::lvs::{Check, HttpCheck, Ssl, Url};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::common::{Bench, PATIENCE, outcome, says, server, spec, words};
use crate::http::{half_open, secure};
use crate::pages::{Endless, http, request, url};

const SIZED: &str = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
const UNSIZED: &str = "HTTP/1.0 200 OK\r\n\r\nok";

#[test]
fn a_certificate_that_nobody_vouches_for_and_that_is_long_over_will_do() {
    let mut params = CertificateParams::new(["elsewhere.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(1999, 1, 1);
    params.not_after = date_time_ymd(1999, 2, 1);
    let key = KeyPair::generate().unwrap();
    let own = Own {
        chain: vec![params.self_signed(&key).unwrap().der().clone()],
        key,
    };
    for versions in [&[&TLS12], &[&TLS13]] {
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(own.chain.clone(), own.key())
            .unwrap();
        let (address, _names) = secured(config, SIZED, true);
        assert_eq!(outcome(ssl(address, http(vec![url()])), None), "ok");
    }
}

#[test]
fn the_greeting_names_the_server_only_where_the_configuration_says_so() {
    let (address, names) = secured(Own::new().config(), SIZED, true);
    let bench = Bench::new();
    let name = |sni: bool, sni_name: Option<&str>, virtualhost: Option<&str>| {
        let mut check = http(vec![url()]);
        check.sni = sni;
        check.sni_name = sni_name.map(Into::into);
        check.virtualhost = virtualhost.map(Into::into);
        assert_eq!(words(&bench.check(ssl(address, check), None)), "ok");
        names.recv_timeout(PATIENCE).unwrap()
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(name(false, None, Some("www.example.org")), None);
    assert_eq!(
        name(true, None, Some("www.example.org")),
        some("www.example.org")
    );
    let other = name(true, Some("sni.example.org"), Some("www.example.org"));
    assert_eq!(other, some("sni.example.org"));
    assert_eq!(name(true, None, None), None);
}

#[test]
fn a_connection_that_is_not_closed_by_the_rules_will_do_unless_it_must_be() {
    let config = Own::new().config();
    let closing = |compliant: bool, of_page: Option<bool>, rules: bool| {
        let (address, _names) = secured(config.clone(), UNSIZED, rules);
        let mut check = http(vec![Url {
            tls_compliant: of_page,
            ..url()
        }]);
        check.tls_compliant = compliant;
        outcome(ssl(address, check), None)
    };
    let closed = "closed before the answer was complete";
    assert_eq!(closing(false, None, true), "ok");
    assert_eq!(closing(true, None, true), "ok");
    assert_eq!(closing(false, None, false), "ok");
    assert_eq!(closing(true, None, false), closed);
    assert_eq!(closing(true, Some(false), false), "ok");
    assert_eq!(closing(false, Some(true), false), closed);
}

#[test]
fn what_is_no_tls_says_so() {
    let table: &[(&[u8], &str)] = &[
        (
            b"HTTP/1.0 400 Bad Request\r\n\r\n",
            "TLS: received corrupt message of type InvalidContentType",
        ),
        // An alert: handshake failure (RFC 8446 6).
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            "TLS: received fatal alert: HandshakeFailure",
        ),
        (b"", "closed before the answer was complete"),
    ];
    for (answer, expected) in table {
        let address = server(move |mut stream| {
            // The greeting is taken, so that closing is not a reset.
            let mut bytes = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut bytes);
            let _ = stream.write_all(answer);
        });
        let said = outcome(ssl(address, http(vec![url()])), None);
        assert_eq!(said, *expected);
    }
    let reset = says(b"");
    let said = outcome(ssl(reset, http(vec![url()])), None);
    assert_eq!(said, "closed before the answer was complete");
}

#[test]
fn a_certificate_that_is_none_is_the_reason() {
    let own = Own::new();
    let key = ring::sign::any_supported_type(&own.key()).unwrap();
    let garbage = CertificateDer::from(b"not a certificate".to_vec());
    let resolver = Always(Arc::new(CertifiedKey::new(vec![garbage], key)));
    let config = builder().with_no_client_auth();
    let (address, _names) = secured(config.with_cert_resolver(Arc::new(resolver)), SIZED, true);
    let said = outcome(ssl(address, http(vec![url()])), None);
    assert_eq!(said, "TLS: invalid peer certificate: BadEncoding");
}

#[test]
fn a_handshake_that_never_comes_and_one_that_never_ends_are_given_up() {
    let mut spec = ssl(half_open(), http(vec![url()]));
    spec.timeout = Duration::from_millis(200);
    assert_eq!(outcome(spec, None), "timed out");
    // Records of a handshake whose one message is said to have 16 MiB.
    let endless = Endless::new("", &[0x16, 0x03, 0x03, 0x00, 0x04, 0x02, 0xff, 0xff, 0xff]);
    let said = outcome(ssl(endless.address, http(vec![url()])), None);
    assert!(said.starts_with("TLS: "), "{said}");
    assert!(endless.written() < 16 << 20);
}

#[test]
fn a_server_that_asks_for_a_certificate_is_shown_the_configured_one() {
    let (ours, theirs) = (Own::new(), Own::new());
    let mut roots = RootCertStore::empty();
    roots.add(ours.chain[0].clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let config = builder()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(theirs.chain.clone(), theirs.key())
        .unwrap();
    let (address, _names) = secured(config, SIZED, true);
    let bench = Bench::new();
    let said = words(&bench.check(ssl(address, http(vec![url()])), None));
    assert_eq!(said, "TLS: received fatal alert: CertificateRequired");

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Some(path.to_str().unwrap().to_owned())
    };
    let ssl_block = Ssl {
        certificate: file("cert.pem", &pem("CERTIFICATE", &ours.chain[0])),
        key: file("key.pem", &pem("PRIVATE KEY", &ours.key.serialize_der())),
        ..Ssl::default()
    };
    bench
        .prober
        .identifier()
        .identify(Some(&ssl_block))
        .unwrap();
    let said = words(&bench.check(ssl(address, http(vec![url()])), None));
    assert_eq!(said, "ok");

    let empty = file("empty.pem", "");
    let keyless = Ssl {
        key: empty.clone(),
        ..ssl_block.clone()
    };
    let error = bench
        .prober
        .identifier()
        .identify(Some(&keyless))
        .unwrap_err();
    let error = error.to_string();
    assert!(error.starts_with(&empty.unwrap()), "{error}");
    let without = Ssl {
        key: None,
        ..ssl_block.clone()
    };
    let error = bench
        .prober
        .identifier()
        .identify(Some(&without))
        .unwrap_err();
    assert!(error.to_string().ends_with("has no `key`"), "{error}");
    // A mistake changes nothing.
    let said = words(&bench.check(ssl(address, http(vec![url()])), None));
    assert_eq!(said, "ok");
    bench.prober.identifier().identify(None).unwrap();
    let said = words(&bench.check(ssl(address, http(vec![url()])), None));
    assert_eq!(said, "TLS: received fatal alert: CertificateRequired");
}

fn ssl(target: SocketAddr, check: HttpCheck) -> ProbeSpec {
    spec(target, Check::Http(Box::new(secure(check))))
}

/// A certificate and its key.
struct Own {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Own {
    fn new() -> Self {
        let own = rcgen::generate_simple_self_signed(["www.example.org".to_owned()]).unwrap();
        Self {
            chain: vec![own.cert.der().clone()],
            key: own.signing_key,
        }
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    fn config(&self) -> ServerConfig {
        builder()
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key())
            .unwrap()
    }
}

fn builder()
-> tokio_rustls::rustls::ConfigBuilder<ServerConfig, tokio_rustls::rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
}

/// Shows one certificate, whatever it is.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// A server that speaks TLS, answers a request and closes, by the rules or not. It tells the name
/// that it was greeted by.
fn secured(
    config: ServerConfig,
    answer: &'static str,
    by_the_rules: bool,
) -> (SocketAddr, Receiver<Option<String>>) {
    let config = Arc::new(config);
    let (sender, names) = channel();
    let address = server(move |stream: TcpStream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        if request(&mut stream).is_empty() {
            return;
        }
        // The test may not want to know.
        let _ = sender.send(stream.conn.server_name().map(str::to_owned));
        stream.write_all(answer.as_bytes()).unwrap();
        if by_the_rules {
            stream.conn.send_close_notify();
        }
        stream.flush().unwrap();
    });
    (address, names)
}

fn pem(label: &str, der: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let bytes = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let word = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for letter in 0..4 {
            let index = (word >> (18 - 6 * letter)) & 63;
            let index = usize::try_from(index).unwrap();
            let padding = letter > u32::try_from(chunk.len()).unwrap();
            text.push(if padding {
                '='
            } else {
                char::from(LETTERS[index])
            });
        }
    }
    let lines = text.as_bytes().chunks(64);
    let lines: Vec<&str> = lines
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
