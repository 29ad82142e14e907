//! The certificate that checks show to servers that ask for one (keepalived: the block `SSL`).
//!
//! Deliberately absent: `ca`. keepalived reads the authorities and verifies nothing with them.

use bellwether_core::model::lvs::Ssl;
use bellwether_runtime::check::Tls;
use bellwether_runtime::check::tls::Identity;
use thiserror::Error;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why there is no certificate to show. Nothing has changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file can't be read, or has nothing of what it must have.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: pem::Error,
    },
    /// There is a certificate without a key.
    #[error("the certificate {0} has no `key`")]
    NoKey(String),
    /// Keys under a password can't be read.
    #[error("{0}: a key with a password can't be read; store it without")]
    Password(String),
    /// Certificate and key do not go together, or are of no known kind.
    #[error("{path}: {error}")]
    Unfit {
        /// The certificate's file.
        path: String,
        /// Why.
        error: rustls::Error,
    },
}

/// How checks speak TLS under this configuration.
pub(super) fn tls(ssl: Option<&Ssl>) -> Result<Tls, IdentityError> {
    let certificate = ssl.and_then(|ssl| Some((ssl, ssl.certificate.as_deref()?)));
    let identity = certificate.map(|(ssl, path)| read(ssl, path)).transpose()?;
    let path = certificate.map(|(_, path)| path.to_owned());
    Tls::new(identity).map_err(|error| IdentityError::Unfit {
        path: path.unwrap_or_default(),
        error,
    })
}

fn read(ssl: &Ssl, certificate: &str) -> Result<Identity, IdentityError> {
    let Some(key) = ssl.key.as_deref() else {
        return Err(IdentityError::NoKey(certificate.to_owned()));
    };
    if ssl.password.is_some() {
        return Err(IdentityError::Password(key.to_owned()));
    }
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(unreadable(certificate))?;
    Ok(Identity {
        chain,
        key: PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?,
    })
}

fn unreadable(path: &str) -> impl Fn(pem::Error) -> IdentityError {
    move |error| IdentityError::File {
        path: path.to_owned(),
        error,
    }
}
