//! One HTTP request and its answer, whoever looks at it.
//!
//! Invariant: nothing is kept but the head of the answer, which is bounded; the body is handed on
//! as it comes.

use core::ops::ControlFlow;
use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bellwether_core::lvs::ProbeFailure;
use bellwether_core::model::lvs::{HttpProtocol, Source};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response, Uri, Version};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::failure::{self, within};
use super::heard::{Heard, KEPT};
use super::port::Dial;
use super::tls::{Hello, Tls};

/// What servers know keepalived's checks by; their logs are filtered by it.
const AGENT: &str = "KeepAliveClient";

/// A request for a page.
#[derive(Clone, Debug)]
pub struct Fetch<'a> {
    /// What is connected to.
    pub target: SocketAddr,
    /// Where from.
    pub source: Option<Source>,
    /// How long each step may take.
    pub timeout: Duration,
    /// How TLS is spoken; none: it is not.
    pub tls: Option<Hello<'a>>,
    /// The form of the request.
    pub protocol: HttpProtocol,
    /// Its host name.
    pub host: String,
    /// The path, from the first `/`.
    pub path: &'a str,
    /// Where the first bytes of the answer go, its head among them; none: nowhere.
    pub head: Option<Rc<RefCell<Vec<u8>>>>,
}

/// Whether more of a body is wanted.
pub type Flow = ControlFlow<()>;

/// Looks at an answer as it comes.
pub trait Tap {
    /// The status.
    ///
    /// # Errors
    ///
    /// Why the server is not well; nothing more is read then.
    fn status(&mut self, status: u16) -> Result<(), ProbeFailure>;

    /// The next part of the body.
    ///
    /// # Errors
    ///
    /// Why the server is not well; nothing more is read then.
    fn chunk(&mut self, bytes: &[u8]) -> Result<Flow, ProbeFailure>;
}

/// Asks for a page.
///
/// # Errors
///
/// Why there is none, or what `tap` found wrong with it.
pub async fn fetch(
    ports: &impl Dial,
    tls: &Tls,
    request: &Fetch<'_>,
    tap: &mut impl Tap,
) -> Result<(), ProbeFailure> {
    let stream = within(
        request.timeout,
        ports.dial(request.target, request.source.as_ref()),
    )
    .await?;
    match &request.tls {
        None => converse(stream, request, tap).await,
        Some(hello) => {
            let stream = tls.greet(stream, hello, request.timeout).await?;
            converse(stream, request, tap).await
        }
    }
}

/// Sends the request and reads the answer.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    request: &Fetch<'_>,
    tap: &mut impl Tap,
) -> Result<(), ProbeFailure> {
    let message = message(request)?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(KEPT)
        .title_case_headers(true)
        .handshake(TokioIo::new(Heard::new(stream, request.head.clone())))
        .await
        .map_err(|error| of(&error))?;
    let exchange = async {
        let answer = limited(request.timeout, sender.send_request(message)).await?;
        read(answer, request.timeout, tap).await
    };
    // What ends the connection is also told to those who wait for the answer.
    let connection = async {
        let _ = connection.await;
        pending::<Infallible>().await
    };
    tokio::select! {
        done = exchange => done,
        never = connection => match never {},
    }
}

async fn read(
    mut answer: Response<Incoming>,
    limit: Duration,
    tap: &mut impl Tap,
) -> Result<(), ProbeFailure> {
    tap.status(answer.status().as_u16())?;
    loop {
        let frame = async { answer.body_mut().frame().await.transpose() };
        let Some(frame) = limited(limit, frame).await? else {
            return Ok(());
        };
        if let Some(bytes) = frame.data_ref()
            && tap.chunk(bytes)?.is_break()
        {
            return Ok(());
        }
    }
}

/// The request, with keepalived's headers in keepalived's order.
fn message(request: &Fetch<'_>) -> Result<Request<Empty<Bytes>>, ProbeFailure> {
    let path = request.path;
    let uri: Uri = path
        .parse()
        .map_err(|error| ProbeFailure::Other(format!("`{path}` can't be asked for: {error}")))?;
    let host = &request.host;
    let host = HeaderValue::try_from(host)
        .map_err(|_| ProbeFailure::Other(format!("`{host}` can't be a host name")))?;
    let (version, close) = match request.protocol {
        HttpProtocol::V1_0 => (Version::HTTP_10, false),
        HttpProtocol::V1_0Close => (Version::HTTP_10, true),
        HttpProtocol::V1_1 => (Version::HTTP_11, true),
    };
    let mut message = Request::new(Empty::new());
    *message.uri_mut() = uri;
    *message.version_mut() = version;
    let headers = message.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if close {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(HOST, host);
    Ok(message)
}

async fn limited<T>(
    limit: Duration,
    step: impl Future<Output = hyper::Result<T>>,
) -> Result<T, ProbeFailure> {
    match timeout(limit, step).await {
        Ok(done) => done.map_err(|error| of(&error)),
        Err(_) => Err(ProbeFailure::Timeout),
    }
}

/// What an error of the HTTP connection says of the server.
fn of(error: &hyper::Error) -> ProbeFailure {
    let cause = core::error::Error::source(error);
    if let Some(error) = cause.and_then(|own| own.downcast_ref::<std::io::Error>()) {
        // Bad framing of a body is reported as if a read had failed.
        let failure = failure::of(error);
        return if let ProbeFailure::Other(words) = failure {
            ProbeFailure::Garbage(words)
        } else {
            failure
        };
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return ProbeFailure::Closed;
    }
    ProbeFailure::Garbage(error.to_string())
}
