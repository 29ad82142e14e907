//! Where keywords stand.

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident = $words:literal,)*) => {
        /// A place where keywords stand.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Place {
            $($(#[$doc])* $name,)*
        }

        impl Place {
            /// All places, in the order in which a reference shows them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The place in words, as they follow "belongs".
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
}

places! {
    /// Outside of any block.
    Top = "at the top level",
    /// In any block, and outside.
    Anywhere = "anywhere",
    /// `global_defs`
    Global = "in `global_defs`",
    /// `vrrp_script`
    Script = "in a `vrrp_script`",
    /// `track_file` at the top level
    TrackFile = "in a `track_file` at the top level",
    /// `vrrp_track_process`
    TrackProcess = "in a `vrrp_track_process`",
    /// `bfd_instance`
    Bfd = "in a `bfd_instance`",
    /// `vrrp_instance`
    Instance = "in a `vrrp_instance`",
    /// `authentication`
    Authentication = "in `authentication`",
    /// `auth_hmac`
    Hmac = "in `auth_hmac`",
    /// A `key` of `auth_hmac`.
    HmacKey = "in a `key` of `auth_hmac`",
    /// An option of an address, in `virtual_ipaddress` and `static_ipaddress`.
    AddressOption = "after an address",
    /// An option of a route, in `virtual_routes` and `static_routes`.
    RouteOption = "in a route",
    /// An option of a `nexthop` of a route.
    NextHopOption = "after `nexthop` in a route",
    /// What `encap` of a route or of a `nexthop` wraps packets in.
    EncapOption = "after `encap` in a route",
    /// An option of an IPv4 tunnel.
    TunnelOption = "after `encap ip` in a route",
    /// An option of an IPv6 tunnel.
    Tunnel6Option = "after `encap ip6` in a route",
    /// An option of a rule, in `virtual_rules` and `static_rules`.
    RuleOption = "in a rule",
    /// An option of a line of `unicast_peer`.
    PeerOption = "after an address in `unicast_peer`",
    /// An option of a line of `track_script`, `track_interface` and the like.
    TrackOption = "after the name of what is tracked",
    /// An option of `use_vmac`.
    VmacOption = "after `use_vmac`",
    /// An option of `use_ipvlan`.
    IpvlanOption = "after `use_ipvlan`",
    /// `vrrp_sync_group`
    SyncGroup = "in a `vrrp_sync_group`",
    /// `track_group` at the top level.
    TrackGroup = "in a `track_group`",
    /// `garp_group`
    GarpGroup = "in a `garp_group`",
    /// An option of a line of `linkbeat_interfaces`.
    LinkbeatOption = "after an interface in `linkbeat_interfaces`",
    /// An option of `lvs_timeouts`.
    LvsTimeoutOption = "after `lvs_timeouts`",
    /// An option of `lvs_sync_daemon`.
    SyncDaemonOption = "after `lvs_sync_daemon`",
    /// `virtual_server_group`
    VirtualServerGroup = "in a `virtual_server_group`",
    /// `virtual_server`
    VirtualServer = "in a `virtual_server`",
    /// `real_server`
    RealServer = "in a `real_server`",
    /// `TCP_CHECK`
    TcpCheck = "in a `TCP_CHECK`",
    /// `HTTP_GET`
    HttpGet = "in an `HTTP_GET`",
    /// `SSL_GET`
    SslGet = "in an `SSL_GET`",
    /// `url` of `HTTP_GET` and `SSL_GET`
    Url = "in a `url`",
    /// `SMTP_CHECK`
    SmtpCheck = "in an `SMTP_CHECK`",
    /// `host` of `SMTP_CHECK`
    SmtpHost = "in a `host` of an `SMTP_CHECK`",
    /// `DNS_CHECK`
    DnsCheck = "in a `DNS_CHECK`",
    /// `MISC_CHECK`
    MiscCheck = "in a `MISC_CHECK`",
    /// `UDP_CHECK`
    UdpCheck = "in a `UDP_CHECK`",
    /// `PING_CHECK`
    PingCheck = "in a `PING_CHECK`",
    /// `FILE_CHECK`
    FileCheck = "in a `FILE_CHECK`",
    /// `BFD_CHECK`
    BfdCheck = "in a `BFD_CHECK`",
    /// `SSL` at the top level.
    Ssl = "in `SSL`",
}
