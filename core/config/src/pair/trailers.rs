//! Nodes whose HMAC trailers (`auth_hmac`) don't fit each other. Keys are compared and never shown;
//! their ids are.

use bellwether_core::model::{HmacAuth, HmacKey, HmacMode, Instance};

use super::routers::Member;

/// What keeps two members from believing each other.
pub(super) struct Misfit {
    /// What differs, in words.
    pub(super) what: String,
    /// Whether each refuses the other; else the second of the pair alone does, or the first.
    pub(super) both: bool,
}

/// Why two members don't believe each other's trailers, if either does not.
pub(super) fn misfit(one: &Member<'_>, other: &Member<'_>) -> Option<Misfit> {
    let there = deaf(one, other);
    let back = deaf(other, one);
    let both = there.is_some() && back.is_some();
    // The same key under the same id is one difference, seen from both ends.
    let what = match (there, back) {
        (Some(there), Some(back)) if there != back => format!("{there}, and {back}"),
        (Some(what), _) | (None, Some(what)) => what,
        (None, None) => return None,
    };
    Some(Misfit { what, both })
}

/// Ids of keys that both have, that are not the same, and that nobody signs with yet.
pub(super) fn lurking(one: &Instance, other: &Instance) -> Vec<u8> {
    let (Some(one), Some(other)) = (&one.hmac, &other.hmac) else {
        return Vec::new();
    };
    let active = |id| [one.active_key, other.active_key].contains(&id);
    let differs = |key: &&HmacKey| {
        let theirs = key_of(other, key.id);
        !active(key.id) && theirs.is_some_and(|theirs| theirs.secret != key.secret)
    };
    one.keys.iter().filter(differs).map(|key| key.id).collect()
}

/// Whether a receiver of this configuration refuses what a sender of that one puts behind adverts.
pub(super) fn refuses(receiver: &Instance, sender: &Instance) -> bool {
    reason(receiver, sender).is_some()
}

enum Reason {
    /// The receiver knows no trailers.
    Unknown,
    /// It wants one, and there is none.
    Missing,
    /// It has no key of this id.
    NoKey(u8),
    /// Its key of this id is another one.
    OtherKey(u8),
}

fn reason(receiver: &Instance, sender: &Instance) -> Option<Reason> {
    let signed = sender.hmac.as_ref();
    let signed = signed.filter(|hmac| hmac.mode != HmacMode::ReceiveOnly);
    match (&receiver.hmac, signed) {
        (None, None) => None,
        (None, Some(_)) => Some(Reason::Unknown),
        (Some(own), None) => (own.mode == HmacMode::Enforce).then_some(Reason::Missing),
        (Some(own), Some(theirs)) => {
            let id = theirs.active_key;
            match (key_of(own, id), key_of(theirs, id)) {
                (None, _) => Some(Reason::NoKey(id)),
                (Some(own), Some(theirs)) if own.secret != theirs.secret => {
                    Some(Reason::OtherKey(id))
                }
                (Some(_), _) => None,
            }
        }
    }
}

fn key_of(hmac: &HmacAuth, id: u8) -> Option<&HmacKey> {
    hmac.keys.iter().find(|key| key.id == id)
}

fn deaf(receiver: &Member<'_>, sender: &Member<'_>) -> Option<String> {
    let (own, theirs) = (receiver.name, sender.name);
    Some(match reason(receiver.instance, sender.instance)? {
        Reason::Unknown => format!("{theirs} sends trailers and {own} has no `auth_hmac`"),
        Reason::Missing => format!("{theirs} sends no trailer and {own} wants one"),
        Reason::NoKey(id) => format!("{theirs} signs with key {id}, which {own} does not have"),
        Reason::OtherKey(id) => format!("key {id} is not the same on both"),
    })
}
