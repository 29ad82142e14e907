//! A real server of a command line.

use bellwether_core::kernel::ipvs::{Destination, DestinationKey, Method, ServiceKey};
use bellwether_core::model::lvs::{Tunnel, TunnelChecksum};
use bellwether_core::unit::Family;

use super::Usage;
use super::address::{host_and_port, number, protocol_of};
use super::options::Opt;
use super::parse::Given;

/// The largest number that the kernel reads as a positive one.
const MAX: u32 = 0x7fff_ffff;

/// A server to be added or changed: what is not said is the default.
pub(super) fn server(
    given: &Given,
    service: ServiceKey,
) -> Result<(ServiceKey, Destination), Usage> {
    let mut key = server_key(given, &service)?;
    let method = method(given)?;
    let is_tunnel = matches!(method, Method::Tunnel(_));
    if Family::of(key.address) != service.family() && !is_tunnel {
        return Err(Usage::wrong(
            "a server of another address family is reached by a tunnel (-i) only",
        ));
    }
    // Only NAT can change the port.
    if let ServiceKey::Address { port, .. } = service
        && method != Method::Masquerade
    {
        key.port = port;
    }
    let read = |option: Opt, default| match given.value(option) {
        Some(text) => number(option.name(), text, (0, MAX)),
        None => Ok(default),
    };
    let destination = Destination {
        key,
        method,
        weight: read(Opt::Weight, 1)?,
        uthreshold: read(Opt::UThreshold, 0)?,
        lthreshold: read(Opt::LThreshold, 0)?,
    };
    Ok((service, destination))
}

/// What a server is told by: its port is the service's unless it is said.
pub(super) fn server_key(given: &Given, service: &ServiceKey) -> Result<DestinationKey, Usage> {
    if !given.has(Opt::RealServer) {
        return Err(given.needs("real-server"));
    }
    let text = given.value(Opt::RealServer).unwrap_or_default();
    let (address, port) = host_and_port(text, protocol_of(service))
        .ok_or_else(|| Usage::wrong(format!("illegal real server address[:port] `{text}'")))?;
    let default = match service {
        ServiceKey::Address { port, .. } => *port,
        ServiceKey::Fwmark { .. } => 0,
    };
    Ok(DestinationKey {
        address,
        port: port.unwrap_or(default),
    })
}

fn method(given: &Given) -> Result<Method, Usage> {
    const OPTIONS: [Opt; 5] = [
        Opt::TunType,
        Opt::TunPort,
        Opt::TunNocsum,
        Opt::TunCsum,
        Opt::TunRemcsum,
    ];
    let method = given.method();
    if matches!(method, Method::Tunnel(_)) {
        return tunnel(given).map(Method::Tunnel);
    }
    match OPTIONS.iter().find(|option| given.has(**option)) {
        Some(option) => Err(Usage::wrong(format!(
            "the option '{}' is for tunnels (-i) only",
            option.name()
        ))),
        None => Ok(method),
    }
}

fn tunnel(given: &Given) -> Result<Tunnel, Usage> {
    let kind = given.value(Opt::TunType).unwrap_or("ipip");
    let refuse = |options: &[Opt]| match options.iter().find(|option| given.has(**option)) {
        Some(option) => Err(Usage::wrong(format!(
            "the option '{}' is not for tunnels of type '{kind}'",
            option.name()
        ))),
        None => Ok(()),
    };
    match kind {
        "ipip" => {
            refuse(&[Opt::TunPort, Opt::TunNocsum, Opt::TunCsum, Opt::TunRemcsum])?;
            Ok(Tunnel::IpIp)
        }
        "gue" => {
            let port = given
                .value(Opt::TunPort)
                .ok_or_else(|| Usage::wrong("a tunnel of type 'gue' needs 'tun-port'"))?;
            let port = number("tunnel port", port, (1, 65_535))?;
            Ok(Tunnel::Gue {
                port: u16::try_from(port).unwrap_or_default(),
                checksum: checksum(given)?,
            })
        }
        "gre" => {
            refuse(&[Opt::TunPort, Opt::TunRemcsum])?;
            Ok(Tunnel::Gre {
                checksum: checksum(given)?,
            })
        }
        other => Err(Usage::wrong(format!(
            "illegal tunnel type `{other}': ipip, gue or gre is needed"
        ))),
    }
}

fn checksum(given: &Given) -> Result<TunnelChecksum, Usage> {
    let kinds = [
        (Opt::TunNocsum, TunnelChecksum::None),
        (Opt::TunCsum, TunnelChecksum::Full),
        (Opt::TunRemcsum, TunnelChecksum::Remote),
    ];
    let mut chosen = kinds.into_iter().filter(|(option, _)| given.has(*option));
    let Some((option, checksum)) = chosen.next() else {
        return Ok(TunnelChecksum::None);
    };
    match chosen.next() {
        Some((other, _)) => Err(Usage::wrong(format!(
            "the option '{}' conflicts with '{}'",
            other.name(),
            option.name()
        ))),
        None => Ok(checksum),
    }
}
