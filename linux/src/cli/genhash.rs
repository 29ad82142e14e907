//! Options of `bellwether genhash`: those of keepalived's genhash.

use std::net::IpAddr;
use std::time::Duration;

use bellwether_core::model::lvs::HttpProtocol;
use clap::{Args, Parser};

/// `bellwether` called as `genhash`.
#[derive(Clone, Debug, Parser)]
#[command(name = "genhash")]
pub struct Genhash {
    /// Its options.
    #[command(flatten)]
    pub options: GenhashOptions,
}

/// Options of `genhash`.
#[derive(Args, Clone, Debug)]
pub struct GenhashOptions {
    /// Speak TLS.
    #[arg(short = 'S', long)]
    pub use_ssl: bool,
    /// Name the virtual host in the TLS greeting.
    #[arg(short = 'I', long)]
    pub use_sni: bool,
    /// The server's address.
    #[arg(short, long, value_name = "ADDRESS")]
    pub server: IpAddr,
    /// Its port.
    #[arg(short, long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// The path of the page, from the first `/`.
    #[arg(short, long, value_name = "PATH")]
    pub url: String,
    /// The host name of the request; by default the server's address and port.
    #[arg(short = 'V', long, value_name = "HOST")]
    pub use_virtualhost: Option<String>,
    /// Print the head, the body and the time that it took, too.
    #[arg(short, long)]
    pub verbose: bool,
    /// The mark of its packets.
    #[arg(
        short = 'm',
        long,
        value_name = "MARK",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub fwmark: u32,
    /// The form of the request: 1.0, 1.0c, which is 1.0 with `Connection: close`, or 1.1.
    #[arg(short = 'P', long, value_name = "VERSION", value_parser = protocol)]
    #[arg(default_value = "1.0")]
    pub protocol: HttpProtocol,
    /// How long connecting, and each part of the answer, may take, in seconds.
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pub timeout: Duration,
}

fn protocol(text: &str) -> Result<HttpProtocol, String> {
    match text {
        "1.0" => Ok(HttpProtocol::V1_0),
        "1.0c" | "1.0C" => Ok(HttpProtocol::V1_0Close),
        "1.1" => Ok(HttpProtocol::V1_1),
        _ => Err("it is 1.0, 1.0c or 1.1".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0);
    let seconds = seconds.ok_or_else(|| "it is a number of seconds, at least 1".to_owned())?;
    Ok(Duration::from_secs(seconds))
}
