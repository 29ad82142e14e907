//! Timers, tracked interfaces, strict mode.

use bellwether_core::model::Instance;

use super::Site;
use crate::code;
use crate::places::{Item, index};

pub(super) fn check(site: &mut Site<'_>) {
    for (at, instance) in site.config.instances().iter().enumerate() {
        impatient(site, at, instance);
        own_interface(site, at, instance);
        unreachable(site, at, instance);
    }
}

/// One lost advert is then a failover.
fn impatient(site: &mut Site<'_>, at: usize, instance: &Instance) {
    if instance.down_timer_adverts > 1 {
        return;
    }
    let message = format!(
        "with `down_timer_adverts 1` a single lost or late advert makes `{}` a second master",
        instance.name
    );
    let item = Item::Instance(index(at));
    let span = site.span(item, &["down_timer_adverts"]);
    let hint = "use 2 or 3, and a shorter `advert_int` for a faster failover";
    site.warn(code::IMPATIENT, span, message, hint);
}

/// keepalived tracks it anyway, and leaves the second time out, with its weight.
fn own_interface(site: &mut Site<'_>, at: usize, instance: &Instance) {
    let interfaces = instance.trackers.interfaces.iter().enumerate();
    for (line, tracked) in interfaces.filter(|_| instance.track_primary) {
        let name = tracked.target;
        if name != instance.interface {
            continue;
        }
        let span = site.line(at, line, "track_interface");
        if tracked.weight.get() == 0 {
            let message = format!("{name} is tracked anyway: `{}` speaks on it", instance.name);
            site.note(code::OWN_INTERFACE, span, message, "leave it out");
        } else {
            let message = format!(
                "this weight of {name} is ignored: `{}` speaks on it, so its loss is a FAULT",
                instance.name
            );
            let hint = "leave it out, or add `dont_track_primary`";
            site.warn(code::OWN_INTERFACE, span, message, hint);
        }
    }
}

/// keepalived: strict mode unsets `accept` for all but the owner, and a firewall rule then drops
/// what is sent to the addresses. The most frequent surprise of newcomers.
fn unreachable(site: &mut Site<'_>, at: usize, instance: &Instance) {
    let owner = instance.priority.is_owner();
    if !instance.strict || instance.accept || owner || instance.virtual_addresses.is_empty() {
        return;
    }
    let own = Item::Instance(index(at));
    let span = match site.places.span(own, "strict_mode") {
        Some(span) => span,
        None => site.span(Item::Global, &["vrrp_strict"]),
    };
    let message = format!(
        "strict mode makes the addresses of `{}` answer nobody: a master that does not own them \
         drops what is sent to them",
        instance.name
    );
    let hint = "leave out `vrrp_strict`, or add `accept` to the instance";
    site.warn(code::UNREACHABLE, span, message, hint);
}
