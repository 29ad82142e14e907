//! TLS for checks.
//!
//! No certificate is verified, as keepalived verifies none: a check asks whether the server
//! answers, not who it is. Sessions are not resumed, so that each check is a whole handshake.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bellwether_core::lvs::ProbeFailure;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
};

use super::failure;

/// How checks speak TLS, the same for all of them.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ClientConfig>,
}

/// How one check speaks TLS.
#[derive(Clone, Copy, Debug)]
pub struct Hello<'a> {
    /// The server's name in the greeting (SNI, RFC 6066 3); none: no name.
    pub name: Option<&'a str>,
    /// Whether the server must close the connection by the rules (RFC 8446 6.1), where only the
    /// end of the connection ends its answer.
    pub compliant: bool,
}

/// A certificate of ours and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate, and those between it and its authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

impl Tls {
    /// TLS that shows `identity` to servers that ask for one.
    ///
    /// # Errors
    ///
    /// When the key is of no kind that is known, or not the certificate's.
    pub fn new(identity: Option<Identity>) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let anyone = Arc::new(Anyone(Arc::clone(&provider)));
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(anyone);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { chain, key }) => builder.with_client_auth_cert(chain, key)?,
        };
        config.resumption = Resumption::disabled();
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// Agrees on TLS over a connection.
    pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        hello: &Hello<'_>,
        limit: Duration,
    ) -> Result<Secured<S>, ProbeFailure> {
        let mut config = Arc::clone(&self.config);
        let name = hello.name.map(|name| ServerName::try_from(name.to_owned()));
        let name = match name {
            Some(Ok(name)) => name,
            Some(Err(_)) => {
                let name = hello.name.unwrap_or_default();
                return Err(ProbeFailure::Tls(format!(
                    "`{name}` can't be a server's name"
                )));
            }
            None => {
                Arc::make_mut(&mut config).enable_sni = false;
                ServerName::from(std::net::IpAddr::from([0, 0, 0, 0]))
            }
        };
        let agreeing = TlsConnector::from(config).connect(name, stream);
        match timeout(limit, agreeing).await {
            Ok(Ok(stream)) => Ok(Secured {
                stream,
                compliant: hello.compliant,
            }),
            Ok(Err(error)) => Err(failure::of(&error)),
            Err(_) => Err(ProbeFailure::Timeout),
        }
    }
}

/// A connection that TLS was agreed on over.
#[derive(Debug)]
pub(super) struct Secured<S> {
    stream: TlsStream<S>,
    compliant: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        Poll::Ready(match done {
            // The connection is closed, but TLS was not closed before.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && !self.compliant => Ok(()),
            done => done,
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Believes whatever a server says of itself, as long as it is a certificate at all.
struct Anyone(Arc<CryptoProvider>);

impl fmt::Debug for Anyone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Anyone")
    }
}

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match ParsedCertificate::try_from(certificate) {
            Err(error @ Error::InvalidCertificate(CertificateError::BadEncoding)) => Err(error),
            // Those of version 1 are certificates too.
            Ok(_) | Err(_) => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
