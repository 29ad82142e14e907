//! Waiting for the real world, which has no event queue to run dry.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Waits until `look` returns a value.
///
/// `look` says in its `Err` what it sees instead; the last such sight is in the failure.
///
/// # Errors
///
/// When `deadline` has passed since the call.
pub fn eventually<T, S: Display>(
    deadline: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, S>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let sight = match look() {
            Ok(value) => return Ok(value),
            Err(sight) => sight,
        };
        if start.elapsed() >= deadline {
            bail!("not within {deadline:?}: {what}; last seen: {sight}");
        }
        std::thread::sleep(POLL);
    }
}

/// Watches that `look` stays `Ok` for all of `span`.
///
/// # Errors
///
/// As soon as `look` says `Err`, with the time since the call.
pub fn throughout<S: Display>(
    span: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<(), S>,
) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < span {
        if let Err(sight) = look() {
            let after = start.elapsed();
            bail!("only for {after:?} instead of {span:?}: {what}; then: {sight}");
        }
        std::thread::sleep(POLL);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_says_what_was_last_seen() {
        let mut looks = 0;
        let failure = eventually(Duration::from_millis(50), "a door opens", || {
            looks += 1;
            Err::<(), _>(format!("closed, look {looks}"))
        })
        .expect_err("it never opens")
        .to_string();
        assert!(failure.contains("a door opens"), "{failure}");
        assert!(failure.contains(&format!("look {looks}")), "{failure}");
    }

    #[test]
    fn throughout_notices_the_first_lapse() {
        let mut looks = 0;
        let failure = throughout(Duration::from_secs(5), "calm", || {
            looks += 1;
            if looks < 3 { Ok(()) } else { Err("storm") }
        })
        .expect_err("it does not stay calm")
        .to_string();
        assert!(failure.contains("storm"), "{failure}");
    }
}
