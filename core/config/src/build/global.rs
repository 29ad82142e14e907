//! `global_defs`.

use std::time::Duration;

use bellwether_core::model::GarpPolicy;
use bellwether_core::unit::{IfName, Name, Version};

use super::instance::note_strict;
use super::statement::{Statement, statements};
use super::{Context, Spanned};
use crate::registry::{GlobalKey, Key, Place};

/// What holds for all instances that do not say otherwise.
#[derive(Debug)]
pub(super) struct Globals {
    pub(super) router_id: Option<Name>,
    pub(super) version: Version,
    pub(super) default_interface: Option<Spanned<IfName>>,
    pub(super) garp: GarpPolicy,
    pub(super) lower_prio_no_advert: bool,
    pub(super) higher_prio_send_advert: Option<bool>,
    pub(super) owner_ignore_adverts: bool,
    pub(super) checksum_as_v2: bool,
    pub(super) strict: bool,
}

impl Default for Globals {
    fn default() -> Self {
        Self {
            router_id: None,
            version: Version::V2,
            default_interface: None,
            garp: GarpPolicy::default(),
            lower_prio_no_advert: false,
            higher_prio_send_advert: None,
            owner_ignore_adverts: false,
            checksum_as_v2: false,
            strict: false,
        }
    }
}

/// Reads one `global_defs`; there may be several.
pub(super) fn read(cx: &mut Context<'_>, block: &Statement<'_, '_>, globals: &mut Globals) {
    let mut min_garp = false;
    statements(
        cx,
        Place::Global,
        block.nodes(),
        &mut |cx, key, statement| {
            let Key::Global(key) = key else { return };
            if key == GlobalKey::MinGarp {
                min_garp = statement.boolean(cx).unwrap_or_default();
            } else {
                set(cx, globals, key, statement);
            }
        },
    );
    if min_garp {
        globals.garp = GarpPolicy {
            repeat: 1,
            delay: Duration::ZERO,
            refresh: Duration::ZERO,
            refresh_repeat: 1,
            losing_repeat: 1,
            losing_delay: Duration::ZERO,
            extra_interface: None,
        };
    }
}

fn set(cx: &mut Context<'_>, globals: &mut Globals, key: GlobalKey, statement: &Statement<'_, '_>) {
    match key {
        GlobalKey::RouterId => {
            let text = statement.text(cx).map(|text| Name::from(&*text.value));
            globals.router_id = text.or(globals.router_id.take());
        }
        GlobalKey::Version => {
            let version = statement.integer::<u8>(cx).map(|n| version(n.value));
            globals.version = version.unwrap_or(globals.version);
        }
        GlobalKey::DefaultInterface => {
            globals.default_interface = statement.interface(cx).or(globals.default_interface);
        }
        GlobalKey::GarpDelay => {
            globals.garp.delay = statement.whole_seconds(cx).unwrap_or(globals.garp.delay);
        }
        GlobalKey::GarpRepeat => {
            let count = statement.count(cx);
            globals.garp.repeat = count.unwrap_or(globals.garp.repeat);
        }
        GlobalKey::GarpRefresh => {
            globals.garp.refresh = statement.whole_seconds(cx).unwrap_or(globals.garp.refresh);
        }
        GlobalKey::GarpRefreshRepeat => {
            let count = statement.count(cx);
            globals.garp.refresh_repeat = count.unwrap_or(globals.garp.refresh_repeat);
        }
        GlobalKey::LowerPrioNoAdvert => {
            globals.lower_prio_no_advert = statement.boolean(cx).unwrap_or_default();
        }
        GlobalKey::HigherPrioSendAdvert => globals.higher_prio_send_advert = statement.boolean(cx),
        GlobalKey::OwnerIgnoreAdverts => {
            globals.owner_ignore_adverts = statement.boolean(cx).unwrap_or_default();
        }
        GlobalKey::ChecksumAsV2 => {
            globals.checksum_as_v2 = statement.boolean(cx).unwrap_or_default();
        }
        GlobalKey::Strict => {
            let strict = statement.boolean(cx);
            note_strict(cx, strict, statement.head.span);
            globals.strict = strict.unwrap_or_default();
        }
        GlobalKey::MinGarp => {}
    }
}

/// The version that a number in range names.
pub(super) const fn version(number: u8) -> Version {
    if number == 3 {
        Version::V3
    } else {
        Version::V2
    }
}
