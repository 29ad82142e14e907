//! What a daemon costs: processor time and memory of all its processes, as the kernel counts them.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// What all processes of a process group have used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// User and system time since each was started.
    pub processor: Duration,
    /// Memory in KiB, pages that several share counted once (`Pss`).
    pub memory: u64,
    /// How many processes there are.
    pub processes: usize,
}

impl Usage {
    /// Of the process group of this number.
    ///
    /// # Errors
    ///
    /// When it has no process, or the kernel can't say.
    pub fn of_group(group: i32) -> Result<Self> {
        let mut usage = Self::default();
        for entry in fs::read_dir("/proc")? {
            let folder = entry?.path();
            // What ends while we look is not counted.
            let Ok(stat) = fs::read_to_string(folder.join("stat")) else {
                continue;
            };
            let Some((of, ticks)) = group_and_ticks(&stat) else {
                continue;
            };
            if of == group {
                let rollup = fs::read_to_string(folder.join("smaps_rollup")).unwrap_or_default();
                usage.processor += Duration::from_millis(ticks * 1000 / ticks_per_second());
                usage.memory += proportional(&rollup).context("no Pss in smaps_rollup")?;
                usage.processes += 1;
            }
        }
        ensure!(usage.processes > 0, "process group {group} is empty");
        Ok(usage)
    }
}

fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

/// Process group, and user plus system time in ticks, of a line of /proc/PID/stat.
///
/// The name in parentheses may hold anything; what is behind its last one is numbers: state, parent,
/// group (fields 3 to 5), user and system time (14 and 15).
fn group_and_ticks(stat: &str) -> Option<(i32, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let group = fields.nth(2)?.parse().ok()?;
    let user: u64 = fields.nth(8)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((group, user + system))
}

fn proportional(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let stat = "17 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 1 0 99 0 0";
        assert_eq!(group_and_ticks(stat), Some((42, 12)));
    }

    #[test]
    fn memory_is_the_proportional_share() {
        let rollup = "5-6 ---p 0 [rollup]\nRss:      900 kB\nPss:      321 kB\nPss_Dirty: 1 kB\n";
        assert_eq!(proportional(rollup), Some(321));
    }
}
