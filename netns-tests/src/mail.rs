//! A mail server for tests: it takes what it is given, or refuses, or says nothing.
//!
//! Deliberately absent: everything of RFC 5321 that a client of one mail does not need.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Result, anyhow};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::topology::Host;

/// How a server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temper {
    /// It takes every mail.
    Honest,
    /// It refuses every mail's text.
    Refusing,
    /// It takes connections and never says a word.
    Silent,
}

/// A server in a host's namespace. It ends with the test program.
#[derive(Clone, Debug)]
pub struct MailServer {
    mails: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    /// Listens on a port of the host's loopback.
    ///
    /// # Errors
    ///
    /// When the namespace can't be entered, or the port is taken.
    pub fn start(host: &Host, port: u16, temper: Temper) -> Result<Self> {
        let server = Self {
            mails: Arc::default(),
        };
        let (mails, namespace) = (Arc::clone(&server.mails), host.namespace().to_owned());
        let listening = thread::spawn(move || -> Result<TcpListener> {
            // Only this thread moves; the socket stays in the namespace that it was made in.
            let file = File::open(Path::new("/run/netns").join(namespace))?;
            move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
            Ok(TcpListener::bind(("127.0.0.1", port))?)
        });
        let listener = listening
            .join()
            .map_err(|_| anyhow!("the server's thread panicked"))??;
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mails = Arc::clone(&mails);
                thread::spawn(move || {
                    let _ = talk(&stream, temper, &mails);
                });
            }
        });
        Ok(server)
    }

    /// The text of every mail so far, headers first.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        let mails = self.mails.lock();
        mails.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The subjects of all mails so far.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        let subject = |mail: &String| {
            let mut lines = mail.lines();
            lines.find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned))
        };
        self.mails().iter().filter_map(subject).collect()
    }
}

fn talk(stream: &TcpStream, temper: Temper, mails: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut out = stream;
    let mut lines = BufReader::new(stream).lines();
    if temper == Temper::Silent {
        return lines.try_for_each(|line| line.map(drop));
    }
    out.write_all(b"220 test\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let verb = line.split(' ').next().unwrap_or_default();
        if verb.eq_ignore_ascii_case("QUIT") {
            return out.write_all(b"221 bye\r\n");
        }
        if !verb.eq_ignore_ascii_case("DATA") {
            out.write_all(b"250 ok\r\n")?;
            continue;
        }
        if temper == Temper::Refusing {
            out.write_all(b"554 no\r\n")?;
            continue;
        }
        out.write_all(b"354 go on\r\n")?;
        let mut text = String::new();
        for line in lines.by_ref() {
            let line = line?;
            if line == "." {
                break;
            }
            text.push_str(&line);
            text.push('\n');
        }
        mails
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
        out.write_all(b"250 taken\r\n")?;
    }
    Ok(())
}
