//! HTTP_GET and SSL_GET: a page is asked for, and its status and body are looked at.
//!
//! Deliberately absent: redirections, which keepalived does not follow either; any page but the one
//! that is asked for now.

use core::ops::ControlFlow;
use std::net::SocketAddr;

use bellwether_core::lvs::{ProbeFailure, ProbeSpec};
use bellwether_core::model::lvs::{HttpCheck, Url, UrlBody};
use md5::{Digest as _, Md5};

use super::fetch::{Fetch, Flow, Tap, fetch};
use super::pattern::Pattern;
use super::port::Dial;
use super::tls::{Hello, Tls};

/// What is read of a body that nobody looks at: a server that has sent so much is well. In bytes.
const UNREAD: u64 = 1 << 20;
/// What is read of a body whose digest is asked for. In bytes.
const DIGESTED: u64 = 64 << 20;
/// What is kept of a body that an expression must match. In bytes.
const MATCHED: u64 = 4 << 20;

/// Asks for a page.
pub(super) async fn check(
    ports: &impl Dial,
    tls: &Tls,
    spec: &ProbeSpec,
    http: &HttpCheck,
    page: Option<u16>,
) -> Result<(), ProbeFailure> {
    let number = usize::from(page.unwrap_or(0));
    let Some(url) = http.urls.get(number) else {
        return Err(ProbeFailure::Other(format!("there is no page {number}")));
    };
    let request = request(spec, http, url);
    let mut reader = Reader::new(url)?;
    fetch(ports, tls, &request, &mut reader).await?;
    reader.finish()
}

/// The request for a page.
fn request<'a>(spec: &'a ProbeSpec, http: &'a HttpCheck, url: &'a Url) -> Fetch<'a> {
    let names = [&url.virtualhost, &http.virtualhost, &spec.virtualhost];
    let name = names.into_iter().flatten().next();
    let own = http.sni_name.as_ref().or(name);
    let hello = http.tls.then(|| Hello {
        name: own.filter(|_| http.sni).map(|own| own.as_str()),
        compliant: url.tls_compliant.unwrap_or(http.tls_compliant),
    });
    Fetch {
        target: spec.target,
        source: spec.source.as_deref().copied(),
        timeout: spec.timeout,
        tls: hello,
        protocol: http.protocol,
        host: name.map_or_else(|| host(spec.target), |own| own.as_str().to_owned()),
        path: &url.path,
        head: None,
    }
}

/// The host name of a request without one: the address, always with its port (keepalived).
#[must_use]
pub fn host(target: SocketAddr) -> String {
    target.to_string()
}

/// Looks at an answer as it comes.
struct Reader<'a> {
    url: &'a Url,
    body: Body,
    length: u64,
}

/// What is made of a body.
enum Body {
    Unread,
    Digest(Box<Md5>, [u8; 16]),
    Match(Pattern, Vec<u8>),
}

impl<'a> Reader<'a> {
    fn new(url: &'a Url) -> Result<Self, ProbeFailure> {
        let body = match &url.body {
            None => Body::Unread,
            Some(UrlBody::Digest(digest)) => Body::Digest(Box::default(), *digest),
            Some(UrlBody::Regex(regex)) => Body::Match(Pattern::new(regex)?, Vec::new()),
        };
        Ok(Self {
            url,
            body,
            length: 0,
        })
    }

    /// What the body says, now that it is complete.
    fn finish(self) -> Result<(), ProbeFailure> {
        match self.body {
            Body::Unread => Ok(()),
            Body::Digest(digest, wanted) => {
                let found: [u8; 16] = digest.finalize().into();
                (found == wanted).then_some(()).ok_or(ProbeFailure::Digest)
            }
            Body::Match(pattern, body) => pattern.judge(&body),
        }
    }
}

impl Tap for Reader<'_> {
    /// keepalived: 200 to 299 unless the page has codes of its own.
    fn status(&mut self, status: u16) -> Result<(), ProbeFailure> {
        let ranges = &self.url.status;
        let well = if ranges.is_empty() {
            (200..300).contains(&status)
        } else {
            (ranges.iter()).any(|range| (range.first..=range.last).contains(&status))
        };
        well.then_some(()).ok_or(ProbeFailure::Status(status))
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<Flow, ProbeFailure> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(length);
        let limit = match &mut self.body {
            Body::Unread if self.length > UNREAD => return Ok(ControlFlow::Break(())),
            Body::Unread => UNREAD,
            Body::Digest(digest, _) => {
                digest.update(bytes);
                DIGESTED
            }
            Body::Match(_, body) => {
                body.extend_from_slice(bytes);
                MATCHED
            }
        };
        if self.length > limit {
            let mebibytes = limit >> 20;
            let words = format!("the body is longer than {mebibytes} MiB");
            return Err(ProbeFailure::Other(words));
        }
        Ok(ControlFlow::Continue(()))
    }
}
