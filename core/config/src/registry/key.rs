//! What the reader does with a supported keyword, as enums that it must match exhaustively.

/// The key of a supported keyword, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Top(TopKey),
    Global(GlobalKey),
    Script(ScriptKey),
    Instance(InstanceKey),
    Auth(AuthKey),
    Address(AddressKey),
}

/// Blocks outside of any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TopKey {
    GlobalDefs,
    Script,
    Instance,
}

/// Keywords of `global_defs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GlobalKey {
    RouterId,
    Version,
    DefaultInterface,
    GarpDelay,
    GarpRepeat,
    GarpRefresh,
    GarpRefreshRepeat,
    MinGarp,
    LowerPrioNoAdvert,
    HigherPrioSendAdvert,
    OwnerIgnoreAdverts,
    ChecksumAsV2,
    Strict,
}

/// Keywords of `vrrp_script`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKey {
    Command,
    Interval,
    Timeout,
    Weight,
    Rise,
    Fall,
    InitFail,
}

/// Keywords of `vrrp_instance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstanceKey {
    State,
    Interface,
    VirtualRouterId,
    Priority,
    AdvertInt,
    Version,
    NoPreempt,
    Preempt,
    PreemptDelay,
    Authentication,
    TrackScript,
    VirtualAddresses,
    NoVirtualAddress,
    GarpDelay,
    GarpRepeat,
    GarpRefresh,
    GarpRefreshRepeat,
    LowerPrioNoAdvert,
    HigherPrioSendAdvert,
    OwnerIgnoreAdverts,
    Strict,
}

/// Keywords of `authentication`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthKey {
    Type,
    Password,
}

/// Options of a virtual address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressKey {
    Dev,
    Label,
    Broadcast,
    Scope,
}
