//! Mail about changes (keepalived: `smtp_alert`).
//!
//! Owns the way to the mail server. Invariant: nothing waits for it: mails are sent by a task of
//! their own, one after the other, each step within a time; the queue is bounded, and what does not
//! fit is lost with a word in the log.
//!
//! Deliberately absent: encryption and authentication, which keepalived has neither; a server on
//! this host or network passes the mail on.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bellwether_core::model::{Config, Mail};
use bellwether_core::notify::Notification;
use bellwether_core::notify::mail::{self, Letter};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Mails that may wait at once.
const QUEUE: usize = 64;

/// How long the server may take for all that follows the connection.
const DIALOGUE: Duration = Duration::from_secs(60);

/// How long to wait before each further try.
const RETRIES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(30)];

/// Sends the mails of all notifications.
#[derive(Debug)]
pub struct Mailer {
    queue: mpsc::Sender<Envelope>,
    worker: JoinHandle<()>,
}

/// A mail on its way, with the settings of when it was written.
#[derive(Debug)]
struct Envelope {
    letter: Letter,
    router: String,
    mail: Mail,
}

impl Default for Mailer {
    fn default() -> Self {
        Self::new()
    }
}

impl Mailer {
    /// Nothing is sent yet. Must be called within a tokio runtime that has I/O and time enabled.
    #[must_use]
    pub fn new() -> Self {
        let (queue, envelopes) = mpsc::channel(QUEUE);
        Self {
            queue,
            worker: tokio::spawn(work(envelopes)),
        }
    }

    /// Mails a notification, if it is one to be mailed and there is a server.
    pub fn deliver(&self, config: &Config, notification: &Notification) {
        let letter = mail::letter(config, notification);
        let (Some(letter), Some(settings)) = (letter, &config.globals().mail) else {
            return;
        };
        if settings.server.is_none() || settings.to.is_empty() {
            return;
        }
        let envelope = Envelope {
            letter,
            router: (config.globals().router_id.as_ref())
                .map_or_else(host_name, ToString::to_string),
            mail: settings.clone(),
        };
        if let Err(full) = self.queue.try_send(envelope) {
            let subject = &full.into_inner().letter.subject;
            tracing::warn!(%subject, "too many mails wait; this one is not sent");
        }
    }

    /// Waits until all mails are sent, but not longer than `limit`.
    pub async fn finish(self, limit: Duration) {
        drop(self.queue);
        if timeout(limit, self.worker).await.is_err() {
            tracing::warn!("mails are still waiting; they are not sent");
        }
    }
}

async fn work(mut envelopes: mpsc::Receiver<Envelope>) {
    while let Some(envelope) = envelopes.recv().await {
        let subject = envelope.letter.subject.clone();
        let mut outcome = send(&envelope).await;
        for wait in RETRIES {
            let Err(error) = &outcome else {
                break;
            };
            tracing::info!(%subject, "can't send the mail yet: {error:#}");
            sleep(wait).await;
            outcome = send(&envelope).await;
        }
        match outcome {
            Ok(()) => tracing::debug!(%subject, "mailed"),
            Err(error) => tracing::warn!(%subject, "the mail is not sent: {error:#}"),
        }
    }
}

async fn send(envelope: &Envelope) -> Result<()> {
    let message = compose(envelope)?;
    let mail = &envelope.mail;
    let server = mail.server.as_deref().context("there is no smtp_server")?;
    let connecting = TcpStream::connect((server, mail.port));
    let stream = timeout(mail.connect_timeout, connecting)
        .await
        .context("the mail server does not answer")?
        .with_context(|| format!("can't connect to {server} port {}", mail.port))?;
    let hello = ClientId::Domain(mail.helo_name.clone().unwrap_or_else(host_name));
    let dialogue = async {
        let mut server =
            AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
        server
            .send(message.envelope(), &message.formatted())
            .await?;
        // It has taken the mail; how it says goodbye does not matter.
        let _ = server.quit().await;
        Ok::<_, lettre::transport::smtp::Error>(())
    };
    timeout(DIALOGUE, dialogue)
        .await
        .context("the mail server takes too long")?
        .context("the mail server refuses")
}

/// The mail in keepalived's form.
fn compose(envelope: &Envelope) -> Result<Message> {
    let Envelope {
        letter,
        router,
        mail,
    } = envelope;
    let from = match &mail.from {
        Some(from) => mailbox(from)?,
        None => mailbox(&format!("root@{}", host_name()))?,
    };
    let mut message = Message::builder()
        .from(from)
        .subject(format!("[{router}] {}", letter.subject))
        .header(MailerName)
        .header(ContentType::TEXT_PLAIN);
    for to in &mail.to {
        message = message.to(mailbox(to)?);
    }
    Ok(message.body(format!("{}\r\n\r\n", letter.body))?)
}

fn mailbox(address: &str) -> Result<Mailbox> {
    address
        .parse()
        .with_context(|| format!("{address} is no mail address"))
}

/// `X-Mailer`, as keepalived has it with its own name.
#[derive(Clone, Copy, Debug)]
struct MailerName;

impl Header for MailerName {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("X-Mailer")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "Bellwether".to_owned())
    }
}

/// What this host is called.
fn host_name() -> String {
    let names = rustix::system::uname();
    names.nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(to: &[&str]) -> Envelope {
        Envelope {
            letter: Letter {
                subject: "VRRP Instance VI_1 - Entering MASTER state".to_owned(),
                body: "=> VRRP Instance is now owning VRRP VIPs <=".to_owned(),
            },
            router: "lb1".to_owned(),
            mail: Mail {
                to: to.iter().map(|own| (*own).to_owned()).collect(),
                from: Some("keepalived@example.com".to_owned()),
                ..Mail::default()
            },
        }
    }

    #[test]
    fn a_mail_has_keepalived_s_form() {
        let message = compose(&envelope(&["ops@example.com", "night@example.com"])).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        for line in [
            "From: keepalived@example.com",
            "Subject: [lb1] VRRP Instance VI_1 - Entering MASTER state",
            "X-Mailer: Bellwether",
            "To: ops@example.com, night@example.com",
            "=> VRRP Instance is now owning VRRP VIPs <=",
        ] {
            assert!(
                text.lines().any(|own| own == line),
                "no {line:?} in\n{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_said_so() {
        let error = compose(&envelope(&["nobody at all"])).unwrap_err();
        assert!(error.to_string().contains("nobody at all"), "{error:#}");
    }
}
