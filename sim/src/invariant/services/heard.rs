//! What checkers hear: tracked files and BFD sessions.

use bellwether_core::model::lvs::{Check, FileCheck};
use bellwether_core::track::FileContent;
use bellwether_core::unit::Name;
use bellwether_core::wire::bfd;

use super::{Shadow, key_of};
use crate::log::NodeId;
use crate::world::World;

impl Shadow {
    /// A tracked file holds something else, or was first read.
    pub(super) fn file_seen(
        &mut self,
        world: &World,
        node: NodeId,
        file: &Name,
        content: FileContent,
    ) {
        let known = self.files.get(file).copied().unwrap_or(0);
        let number = match content {
            FileContent::Number(number) => i64::from(number),
            FileContent::Missing | FileContent::Unreadable | FileContent::NoNumber => 0,
            FileContent::OutOfRange => known,
        };
        self.files.insert(file.clone(), number);
        self.hear(world, node);
    }

    /// A BFD session changed its state. One that has not been up yet says nothing.
    pub(super) fn session_seen(
        &mut self,
        world: &World,
        node: NodeId,
        session: &Name,
        state: bfd::State,
    ) {
        let up = state == bfd::State::Up;
        if up || self.sessions.contains_key(session) {
            self.sessions.insert(session.clone(), up);
            self.hear(world, node);
        }
    }

    /// Lets all checkers hear what is known.
    pub(super) fn hear(&mut self, world: &World, node: NodeId) {
        for service in world.config(node).virtual_servers() {
            for server in &service.real_servers {
                let key = key_of(service, server);
                for (place, checker) in server.checkers.iter().enumerate() {
                    let heard = match &checker.check {
                        Check::File(file) => self
                            .files
                            .get(&file.file)
                            .map(|number| weighed(world, node, file, *number, server.weight)),
                        Check::Bfd(session) => self.sessions.get(session).map(|up| (*up, None)),
                        Check::Tcp
                        | Check::Http(_)
                        | Check::Smtp(_)
                        | Check::Dns(_)
                        | Check::Misc(_)
                        | Check::Udp(_)
                        | Check::Ping => None,
                    };
                    if let Some((up, weight)) = heard {
                        let own = self.checks.entry((key.clone(), place)).or_default();
                        (own.up, own.judged, own.weight) = (up, true, weight);
                    }
                }
            }
        }
        self.weigh(world, node);
        self.changed_at = Some(world.now());
    }
}

/// keepalived: the number times the weight is added to the server's; without a weight anything but
/// 0 is down.
fn weighed(
    world: &World,
    node: NodeId,
    check: &FileCheck,
    number: i64,
    base: u32,
) -> (bool, Option<u32>) {
    let mut files = world.config(node).parts().files.iter();
    let file = files.find(|own| own.name == check.file);
    let default = file.map_or(0, |own| i64::from(own.weight.get()));
    let weight = check.weight.map_or(default, i64::from);
    if weight == 0 {
        return ((number == 0) != check.reverse, None);
    }
    let product = number * weight * if check.reverse { -1 } else { 1 };
    if product <= i64::from(i32::MIN) {
        return (false, None);
    }
    let sum = (i64::from(base) + product).clamp(0, i64::from(i32::MAX));
    (true, u32::try_from(sum).ok())
}
