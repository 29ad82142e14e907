//! The table of nftables that drops packets: those for addresses that a master does not accept, and
//! what the kernel says of its own accord on virtual MACs.
//!
//! Owns one table of a name of its own in each IP family. Invariant: while anything is to be
//! dropped, the tables hold exactly that; a change of one element leaves the rest as it is, and
//! where that fails, or somebody else's hand was in it, all is made anew in one transaction, so
//! that at no moment less is dropped. At the start, what a predecessor left is gone; at the end,
//! nothing is left.
//!
//! Done by the program `nft`: what speaks its protocol for it is a C library, or under another
//! license than this crate. That takes some milliseconds, so whoever has several changes hands
//! them over at once.
//!
//! keepalived: the same rules, in a table `keepalived`, which stays removed if somebody removes it.

mod nft;
mod script;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bellwether_core::kernel::{KernelError, Refusal};
use bellwether_core::unit::IfName;
use tokio::time::Instant;

use crate::journal;
use script::Content;
pub use script::Shape;
use watch::Watch;

/// Time between two attempts to put right what somebody else changes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The table, as it is and as it is to be.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    shape: Shape,
    content: Content,
    /// Whether the table is wanted though nothing is dropped yet, so that it need not be made when
    /// every millisecond counts.
    standing: bool,
    built: bool,
    /// Whether it outlives the daemon, as addresses do then.
    stays: bool,
    /// Tells when somebody else changes something; none: that can't be known.
    watch: Option<Watch>,
    mended: Option<Instant>,
}

impl Filter {
    /// Takes the table's name and rules from now on, and makes it if it is wanted.
    pub(crate) async fn configure(&mut self, shape: Shape, standing: bool, stays: bool) {
        self.stays = stays;
        let is_first = self.watch.is_none();
        if is_first {
            self.watch = Watch::open()
                .inspect_err(|error| tracing::debug!(%error, "nftables can't be watched"))
                .ok();
        }
        if self.built && self.shape.table != shape.table {
            self.drop_table().await;
        }
        let changed = self.shape != shape;
        self.shape = shape;
        self.standing = standing;
        if self.is_wanted() {
            if changed || !self.built {
                report(self.build().await);
            }
        } else if self.built || is_first {
            self.drop_table().await;
        }
    }

    /// Drops packets of these from now on.
    pub(crate) async fn refuse(&mut self, refusals: &[Refusal]) -> Result<(), KernelError> {
        let new = |own: &&Refusal| !self.content.refusals.contains(*own);
        let script: String = {
            let new = refusals.iter().filter(new);
            new.map(|own| script::add(&self.shape, own)).collect()
        };
        self.content.refusals.extend(refusals);
        let outcome = self.run(&script).await;
        if outcome.is_err() {
            self.content.refusals.retain(|own| !refusals.contains(own));
        }
        outcome
    }

    /// Drops packets of these no longer.
    pub(crate) async fn accept(&mut self, refusals: &[Refusal]) -> Result<(), KernelError> {
        let known = |own: &&Refusal| self.content.refusals.contains(*own);
        let known: BTreeSet<Refusal> = refusals.iter().filter(known).copied().collect();
        let script: String = known
            .iter()
            .map(|own| script::remove(&self.shape, own))
            .collect();
        self.content.refusals.retain(|own| !known.contains(own));
        if self.is_wanted() {
            self.run(&script).await
        } else {
            self.drop_table().await;
            Ok(())
        }
    }

    /// Sends what the kernel says by a virtual MAC, of groups that it joins, by the interface below
    /// instead: a switch would take it for a sign that the virtual router is here.
    pub(crate) async fn hush(&mut self, name: IfName, base: IfName) {
        let old = self.content.vmacs.insert(name, base);
        if old == Some(base) {
            // The one below may have come back with another index.
            report(self.build().await);
        } else {
            let script = script::hush(&self.shape, name, base);
            report(self.run(&script).await);
        }
    }

    /// Forgets a virtual MAC that has gone.
    pub(crate) async fn unhush(&mut self, name: IfName) {
        if self.content.vmacs.remove(&name).is_none() {
            return;
        }
        if self.is_wanted() {
            // Where it is said to go goes with a whole table; till then nothing is sent by it.
            let script = script::unhush(&self.shape, name);
            report(self.run(&script).await);
        } else {
            self.drop_table().await;
        }
    }

    /// A virtual MAC went by itself: with what it stood on, which no table can name now.
    pub(crate) fn lost(&mut self, name: IfName) {
        self.content.vmacs.remove(&name);
    }

    /// Removes the table, unless it is to outlive the daemon.
    pub(crate) async fn close(&mut self) {
        if self.stays {
            return;
        }
        self.standing = false;
        self.content = Content::default();
        if self.built {
            self.drop_table().await;
        }
    }

    /// Waits until somebody else has changed the table. Cancel safe.
    pub(crate) async fn meddled(&mut self) {
        match &mut self.watch {
            Some(watch) if self.built => {
                if let Some(mended) = self.mended {
                    tokio::time::sleep_until(mended + PATIENCE).await;
                }
                watch.changed(&self.shape.table).await;
            }
            Some(_) | None => std::future::pending().await,
        }
    }

    /// Makes the table anew, as it should be.
    pub(crate) async fn mend(&mut self) {
        let table = &self.shape.table;
        tracing::warn!(
            table,
            "somebody changed our table of nftables; it is made anew"
        );
        self.mended = Some(Instant::now());
        report(self.build().await);
    }

    fn is_wanted(&self) -> bool {
        self.standing || !self.content.is_empty()
    }

    /// Makes a change; of a table that is not as it should be, all.
    async fn run(&mut self, script: &str) -> Result<(), KernelError> {
        if !self.built {
            return self.build().await;
        }
        if script.is_empty() {
            return Ok(());
        }
        match self.hand_over(script).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::debug!(error = journal::describe(&error), "nft; making all anew");
                self.build().await
            }
        }
    }

    async fn build(&mut self) -> Result<(), KernelError> {
        let whole = script::whole(&self.shape, &self.content, true);
        let mut outcome = self.hand_over(&whole).await;
        if outcome.is_err() {
            // Not every kernel can send a packet elsewhere (nft_dup); it can be dropped at least.
            let plain = script::whole(&self.shape, &self.content, false);
            outcome = self.hand_over(&plain).await;
        }
        self.built = outcome.is_ok();
        outcome
    }

    async fn drop_table(&mut self) {
        self.built = false;
        let script = script::gone(&self.shape);
        if let Err(error) = self.hand_over(&script).await {
            tracing::debug!(
                error = journal::describe(&error),
                "there is no table to remove"
            );
        }
    }

    async fn hand_over(&mut self, script: &str) -> Result<(), KernelError> {
        let outcome = nft::run(script).await;
        if let Some(watch) = &mut self.watch {
            // What is told now is our own doing.
            watch.forget();
        }
        outcome
    }
}

fn report(outcome: Result<(), KernelError>) {
    if let Err(error) = outcome {
        let error = journal::describe(&error);
        tracing::warn!(error, "nftables: what should be dropped is not");
    }
}

/// Virtual MACs, each with what it stands on.
type Vmacs = BTreeMap<IfName, IfName>;
