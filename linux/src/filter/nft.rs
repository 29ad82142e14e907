//! The program that speaks to nftables.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bellwether_core::kernel::KernelError;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// How long it may take; usually some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where it is, if not where the daemon's PATH leads.
const PLACES: [&str; 3] = ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"];

/// Has a script done, in one transaction.
pub(super) async fn run(script: &str) -> Result<(), KernelError> {
    let finished = timeout(PATIENCE, attempt(script)).await;
    let output = match finished {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            let errno = error.raw_os_error().unwrap_or_default();
            return Err(failure(errno, format!("nft: {error}")));
        }
        Err(_) => return Err(failure(libc::ETIMEDOUT, "nft does not end".to_owned())),
    };
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it says nothing");
    Err(failure(0, format!("nft: {first}")))
}

async fn attempt(script: &str) -> std::io::Result<std::process::Output> {
    let known = PLACES.into_iter().find(|place| Path::new(place).exists());
    let mut child = Command::new(known.unwrap_or("nft"))
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that ends without reading says why.
        let _ = input.write_all(script.as_bytes()).await;
    }
    child.wait_with_output().await
}

fn failure(errno: i32, message: String) -> KernelError {
    KernelError::Other { errno, message }
}
