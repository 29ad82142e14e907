//! How long each virtual address had no owner, exactly one, or several.
//!
//! Invariant: at every instant each address is counted as exactly one of the three.

use std::net::IpAddr;

use bellwether_core::Instant;

use super::World;

/// One account for each virtual address.
#[derive(Clone, Debug)]
pub struct Accounts {
    accounts: Vec<Account>,
}

/// The account of one virtual address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How long nobody owned it, in nanoseconds.
    pub dark_ns: u64,
    /// How long exactly one machine owned it, in nanoseconds.
    pub single_ns: u64,
    /// How long several machines owned it, in nanoseconds.
    pub dual_ns: u64,
    /// How many own it now.
    pub owners: u32,
    /// Since when.
    pub since: Instant,
}

impl Accounts {
    pub(super) fn new(addresses: usize) -> Self {
        Self {
            accounts: vec![Account::default(); addresses],
        }
    }

    /// All accounts, in the addresses' order.
    #[must_use]
    pub fn all(&self) -> &[Account] {
        &self.accounts
    }

    pub(super) fn close(&mut self, now: Instant) {
        for account in &mut self.accounts {
            account.settle(now);
        }
    }
}

impl Account {
    fn settle(&mut self, now: Instant) {
        let passed = bellwether_core::time::nanos(now.since(self.since));
        match self.owners {
            0 => self.dark_ns += passed,
            1 => self.single_ns += passed,
            _ => self.dual_ns += passed,
        }
        self.since = now;
    }
}

impl World {
    /// How many machines own a virtual address now.
    #[must_use]
    pub fn owners(&self, vip: usize) -> u32 {
        let of = &self.topology.vips[vip];
        let owns =
            |host: &&super::Host| host.powered && host.kernel.answers(of.segment, of.address);
        u32::try_from(self.hosts.iter().filter(owns).count()).unwrap_or(u32::MAX)
    }

    /// An address came or went somewhere.
    pub(super) fn count_owners(&mut self, address: IpAddr) {
        for vip in 0..self.topology.vips.len() {
            if self.topology.vips[vip].address == address {
                self.recount(vip);
            }
        }
    }

    /// A machine's power or carrier came or went.
    pub(super) fn count_all_owners(&mut self) {
        for vip in 0..self.topology.vips.len() {
            self.recount(vip);
        }
    }

    fn recount(&mut self, vip: usize) {
        let owners = self.owners(vip);
        let account = &mut self.accounts.accounts[vip];
        if account.owners != owners {
            account.settle(self.now);
            account.owners = owners;
        }
    }
}
