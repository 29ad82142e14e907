//! `bellwether genhash`: the digest of a page, for `digest` of HTTP_GET and SSL_GET.
//!
//! Options and output are those of keepalived 2.2.7's genhash; the program is also called so by a
//! link of that name. The page is asked for as a check asks for it. What differs, on purpose: where
//! there is no page the exit code says so, and in place of `Connection failed` the reason is told.

mod dump;

use core::ops::ControlFlow;
use std::cell::RefCell;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use bellwether_core::lvs::ProbeFailure;
use bellwether_core::model::lvs::Source;
use bellwether_runtime::check::{self, Fetch, Flow, Tap, Tls, tls};
use md5::{Digest as _, Md5};

use crate::cli::{GenhashOptions, exit};
use crate::prober::Sockets;
use dump::Dump;

/// Prints the digest of a page.
#[must_use]
pub fn genhash(options: &GenhashOptions) -> ExitCode {
    match digest(options) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(error) => {
            anstream::eprintln!("genhash: {error:#}");
            ExitCode::from(exit::FAILURE)
        }
    }
}

fn digest(options: &GenhashOptions) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tls = Tls::new(None)?;
    let head = Rc::new(RefCell::new(Vec::new()));
    let request = request(options, options.verbose.then(|| Rc::clone(&head)));
    let mut page = Page {
        digest: Md5::new(),
        dump: options.verbose.then(|| Dump::new(head)),
        told: Ok(()),
    };
    let begin = Instant::now();
    let fetched = runtime.block_on(check::fetch(&Sockets, &tls, &request, &mut page));
    let took = begin.elapsed();
    fetched.map_err(|failure| anyhow!("{}: {failure}", request.target))?;
    page.finish(options, took).context("can't print")
}

fn request(options: &GenhashOptions, head: Option<Rc<RefCell<Vec<u8>>>>) -> Fetch<'_> {
    let target = SocketAddr::new(options.server, options.port);
    let name = options.use_virtualhost.as_deref();
    Fetch {
        target,
        source: (options.fwmark != 0).then(|| Source {
            fwmark: options.fwmark,
            ..Source::default()
        }),
        timeout: options.timeout,
        tls: options.use_ssl.then(|| tls::Hello {
            name: name.filter(|_| options.use_sni),
            compliant: false,
        }),
        protocol: options.protocol,
        host: name.map_or_else(|| check::host(target), str::to_owned),
        path: &options.url,
        head,
    }
}

/// A page as it comes.
struct Page {
    digest: Md5,
    dump: Option<Dump>,
    /// Whether it could be printed.
    told: io::Result<()>,
}

impl Tap for Page {
    /// A page is digested whatever its status.
    fn status(&mut self, _: u16) -> Result<(), ProbeFailure> {
        if let Some(dump) = &mut self.dump {
            self.told = dump.head(&mut io::stdout());
        }
        Ok(())
    }

    fn chunk(&mut self, bytes: &[u8]) -> Result<Flow, ProbeFailure> {
        self.digest.update(bytes);
        if let Some(dump) = &mut self.dump
            && self.told.is_ok()
        {
            self.told = dump.body(&mut io::stdout(), bytes);
        }
        Ok(if self.told.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    }
}

impl Page {
    fn finish(self, options: &GenhashOptions, took: Duration) -> io::Result<()> {
        self.told?;
        let digest: [u8; 16] = self.digest.finalize().into();
        let mut out = io::stdout();
        match self.dump {
            None => writeln!(out, "{}", dump::hexadecimal(&digest)),
            Some(_) => dump::summary(&mut out, &digest, &options.url, took),
        }
    }
}
