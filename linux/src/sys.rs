//! The system calls that neither socket2 nor rustix can make.
//!
//! The only place of this crate with `unsafe`. Each function is one call with plain arguments and
//! an `io::Result`, and nothing in it outlives the call.

#![expect(unsafe_code, reason = "system calls without a safe wrapper elsewhere")]

use std::io;
use std::mem::size_of;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use libc::{c_int, c_void, socklen_t};
use tokio::io::unix::AsyncFd;

/// Registers a descriptor with the reactor of the current tokio runtime.
///
/// # Errors
///
/// Those of the reactor, which can't watch regular files.
pub(crate) fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an OwnedFd always names the same open descriptor, until it is dropped with the
    // AsyncFd that owns it from here on.
    unsafe { AsyncFd::register(fd) }.map_err(io::Error::from)
}

/// Sends multicast from this socket by the interface `index` and with `source` as IP source
/// (`IP_MULTICAST_IF` with `struct ip_mreqn`).
///
/// # Errors
///
/// `EADDRNOTAVAIL` where there is no such interface.
pub(crate) fn set_multicast_interface(
    fd: BorrowedFd<'_>,
    index: u32,
    source: Ipv4Addr,
) -> io::Result<()> {
    let request = libc::ip_mreqn {
        imr_multiaddr: libc::in_addr { s_addr: 0 },
        imr_address: libc::in_addr {
            s_addr: u32::from(source).to_be(),
        },
        imr_ifindex: signed(index)?,
    };
    set_option(fd, libc::IPPROTO_IP, libc::IP_MULTICAST_IF, &request)
}

/// Lets routers fragment what this socket sends: the DF bit stays clear, as keepalived's does.
///
/// # Errors
///
/// Those of setsockopt.
pub(crate) fn clear_dont_fragment(fd: BorrowedFd<'_>) -> io::Result<()> {
    let never: c_int = libc::IP_PMTUDISC_DONT;
    set_option(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, &never)
}

/// Sends a whole Ethernet frame by the interface `index` from a packet socket.
///
/// # Errors
///
/// Those of sendto: `ENETDOWN` when the interface is down, `ENXIO` when it is gone.
pub(crate) fn send_frame(fd: BorrowedFd<'_>, index: u32, frame: &[u8]) -> io::Result<()> {
    // SAFETY: sockaddr_ll is plain integers, for which all zeros is a value.
    let mut to: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    to.sll_family = u16::try_from(libc::AF_PACKET).map_err(|_| invalid())?;
    to.sll_ifindex = signed(index)?;
    to.sll_halen = 6;
    let length = length_of::<libc::sockaddr_ll>()?;
    // SAFETY: the frame and the address are valid for the lengths given with them, and the kernel
    // only reads them, during the call.
    let sent = unsafe {
        libc::sendto(
            fd.as_raw_fd(),
            frame.as_ptr().cast::<c_void>(),
            frame.len(),
            libc::MSG_DONTWAIT,
            (&raw const to).cast::<libc::sockaddr>(),
            length,
        )
    };
    if sent < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Gives the calling thread the lowest real-time priority (`SCHED_FIFO`), which is above that of all
/// ordinary work. Children don't inherit it.
///
/// # Errors
///
/// `EPERM` without `CAP_SYS_NICE`, or where the control group has no real-time share.
pub(crate) fn become_realtime() -> io::Result<()> {
    let lowest = libc::sched_param { sched_priority: 1 };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: the kernel only reads the parameter, during the call; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const lowest) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn set_option<T>(fd: BorrowedFd<'_>, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let length = length_of::<T>()?;
    // SAFETY: the value is valid for the length given with it, and the kernel only reads it, during
    // the call.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            std::ptr::from_ref(value).cast::<c_void>(),
            length,
        )
    };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn length_of<T>() -> io::Result<socklen_t> {
    socklen_t::try_from(size_of::<T>()).map_err(|_| invalid())
}

fn signed(index: u32) -> io::Result<c_int> {
    c_int::try_from(index).map_err(|_| invalid())
}

fn invalid() -> io::Error {
    io::Error::from_raw_os_error(libc::EINVAL)
}
