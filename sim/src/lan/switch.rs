//! A learning switch: which hardware address was last seen at which port.

use bellwether_core::unit::Mac;

use crate::log::StationId;

/// The forwarding table of one segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    table: Vec<(Mac, StationId)>,
}

impl Switch {
    /// Sees a frame from this hardware address come in at this station's port.
    pub fn learn(&mut self, mac: Mac, at: StationId) {
        match self.table.iter_mut().find(|(known, _)| *known == mac) {
            Some((_, port)) => *port = at,
            None => self.table.push((mac, at)),
        }
    }

    /// Where frames for this hardware address go; `None` means everywhere.
    #[must_use]
    pub fn port(&self, mac: Mac) -> Option<StationId> {
        self.table
            .iter()
            .find(|(known, _)| *known == mac)
            .map(|(_, port)| *port)
    }
}
