//! What a new configuration changes, by stable keys.
