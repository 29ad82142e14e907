//! Addresses, as objects that are planned.

use super::kind::Object;
use crate::id::AddressKey;
use crate::kernel::Address;

impl Object for Address {
    type Key = AddressKey;

    fn key(&self) -> AddressKey {
        self.key
    }

    fn is_ours(&self) -> bool {
        self.ours
    }
}
