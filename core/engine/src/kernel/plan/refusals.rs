//! Refusals, as objects that are planned. They stand in a table of our own: all are ours.

use super::kind::Object;
use crate::kernel::Refusal;

impl Object for Refusal {
    type Key = Self;

    fn key(&self) -> Self {
        *self
    }

    fn is_ours(&self) -> bool {
        true
    }
}
