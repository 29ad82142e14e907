//! The system calls that neither socket2 nor rustix can make.
//!
//! The only place of this crate with `unsafe`. Each function is one call with plain arguments and
//! an `io::Result`, and nothing in it outlives the call.

#![expect(unsafe_code, reason = "system calls without a safe wrapper elsewhere")]

use std::io;
use std::mem::size_of;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use libc::{c_int, c_void, socklen_t};
use tokio::io::unix::AsyncFd;
use tokio::process::Command;

/// Gives what has been freed back to the kernel, in the allocators that can (glibc's keeps it).
pub(crate) fn return_freed_memory() {
    // SAFETY: takes no pointer, and touches only what nobody has allocated.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Forgets which pages of the program's own text have been used: the kernel maps those again that
/// are used again, from its cache.
///
/// # Errors
///
/// `EINVAL` when the process has locked its memory; then nothing changes. Those of reading its maps.
pub(crate) fn forget_used_text() -> io::Result<()> {
    let program = std::fs::read_link("/proc/self/exe")?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    for line in maps.lines() {
        let Some((range, offset, path)) = text_of(line) else {
            continue;
        };
        // Of what can't be written only the text, and what is in front of it, was never written:
        // the loader has written to what is behind it, and made it unwritable then.
        if std::path::Path::new(path) != program || !(line.contains(" r-xp ") || offset == 0) {
            continue;
        }
        let at = std::ptr::with_exposed_provenance_mut(range.start);
        // SAFETY: nobody has written to these pages, so that each can be had again from the file as
        // it was.
        unsafe { rustix::mm::madvise(at, range.len(), rustix::mm::Advice::LinuxDontNeed)? };
    }
    Ok(())
}

/// Addresses, offset in the file, and path, of a line of /proc/PID/maps whose pages can be read and
/// not written.
fn text_of(line: &str) -> Option<(std::ops::Range<usize>, u64, &str)> {
    // start-end permissions offset device inode path
    let (head, path) = line.split_at_checked(line.find('/')?)?;
    let mut fields = head.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?;
    let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
    let range = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
    matches!(permissions, "r-xp" | "r--p").then_some((range, offset, path))
}

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

/// Sends one datagram from a raw socket: from `source`, by the interface `index`, to `destination`
/// (`IP_PKTINFO`, or `IPV6_PKTINFO`, with the message).
///
/// # Errors
///
/// Those of sendmsg: `EINVAL` when the source is no address of this host or of another family than
/// the destination, `ENETUNREACH`, `EAGAIN` when the queue is full.
pub(crate) fn send_from(
    fd: BorrowedFd<'_>,
    index: u32,
    source: IpAddr,
    destination: IpAddr,
    payload: &[u8],
) -> io::Result<()> {
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let mut to: libc::sockaddr_in = zeroed();
            to.sin_family = u16::try_from(libc::AF_INET).map_err(|_| invalid())?;
            to.sin_addr = in_addr(destination);
            let info = libc::in_pktinfo {
                ipi_ifindex: signed(index)?,
                ipi_spec_dst: in_addr(source),
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            send_with(fd, &to, (libc::IPPROTO_IP, libc::IP_PKTINFO), info, payload)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut to: libc::sockaddr_in6 = zeroed();
            to.sin6_family = u16::try_from(libc::AF_INET6).map_err(|_| invalid())?;
            to.sin6_addr.s6_addr = destination.octets();
            to.sin6_scope_id = index;
            let mut info: libc::in6_pktinfo = zeroed();
            info.ipi6_addr.s6_addr = source.octets();
            info.ipi6_ifindex = index;
            let kind = (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO);
            send_with(fd, &to, kind, info, payload)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => Err(invalid()),
    }
}

/// A datagram of a raw IPv6 socket, whose header the kernel keeps to itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Datagram6 {
    /// How many bytes of the buffer it fills.
    pub(crate) length: usize,
    pub(crate) source: Ipv6Addr,
    pub(crate) destination: Ipv6Addr,
    pub(crate) hop_limit: u8,
}

/// Asks for destination and hop limit of every datagram that [`receive_v6`] takes.
///
/// # Errors
///
/// Those of setsockopt.
pub(crate) fn tell_header_v6(fd: BorrowedFd<'_>) -> io::Result<()> {
    let yes: c_int = 1;
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, &yes)?;
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, &yes)
}

/// Takes the next datagram of a raw IPv6 socket.
///
/// # Errors
///
/// `EAGAIN` when there is none; else those of recvmsg.
pub(crate) fn receive_v6(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Datagram6> {
    let mut from: libc::sockaddr_in6 = zeroed();
    let mut control = [0_u64; CONTROL / 8];
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast::<c_void>(),
        iov_len: buffer.len(),
    };
    let mut message: libc::msghdr = zeroed();
    message.msg_name = (&raw mut from).cast::<c_void>();
    message.msg_namelen = length_of::<libc::sockaddr_in6>()?;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast::<c_void>();
    message.msg_controllen = CONTROL;
    // SAFETY: every pointer of the message is to memory of the length given with it, which nobody
    // else uses during the call.
    let length = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut datagram = Datagram6 {
        length: length.min(buffer.len()),
        source: Ipv6Addr::from(from.sin6_addr.s6_addr),
        destination: Ipv6Addr::UNSPECIFIED,
        hop_limit: 0,
    };
    // SAFETY: the kernel has filled the control buffer and its length; the macros stay within it,
    // and what they point at has at least the length that its type needs.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            let data = libc::CMSG_DATA(header);
            match ((*header).cmsg_level, (*header).cmsg_type) {
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = data.cast::<libc::in6_pktinfo>().read_unaligned();
                    datagram.destination = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                }
                (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT) => {
                    let limit = data.cast::<c_int>().read_unaligned();
                    datagram.hop_limit = u8::try_from(limit).unwrap_or(0);
                }
                _ => {}
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    Ok(datagram)
}

/// Asks for the TTL of every datagram that [`receive_udp_v4`] takes.
///
/// # Errors
///
/// Those of setsockopt.
pub(crate) fn tell_ttl_v4(fd: BorrowedFd<'_>) -> io::Result<()> {
    let yes: c_int = 1;
    set_option(fd, libc::IPPROTO_IP, libc::IP_RECVTTL, &yes)
}

/// Takes the next datagram of an IPv4 UDP socket: how many bytes of the buffer it fills, its
/// source, and its TTL.
///
/// # Errors
///
/// `EAGAIN` when there is none; else those of recvmsg.
pub(crate) fn receive_udp_v4(
    fd: BorrowedFd<'_>,
    buffer: &mut [u8],
) -> io::Result<(usize, Ipv4Addr, u8)> {
    let mut from: libc::sockaddr_in = zeroed();
    let mut control = [0_u64; CONTROL / 8];
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast::<c_void>(),
        iov_len: buffer.len(),
    };
    let mut message: libc::msghdr = zeroed();
    message.msg_name = (&raw mut from).cast::<c_void>();
    message.msg_namelen = length_of::<libc::sockaddr_in>()?;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast::<c_void>();
    message.msg_controllen = CONTROL;
    // SAFETY: every pointer of the message is to memory of the length given with it, which nobody
    // else uses during the call.
    let length = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    let mut ttl = 0;
    // SAFETY: the kernel has filled the control buffer and its length; the macros stay within it,
    // and what they point at has at least the length that its type needs.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            if ((*header).cmsg_level, (*header).cmsg_type) == (libc::IPPROTO_IP, libc::IP_TTL) {
                ttl = libc::CMSG_DATA(header).cast::<c_int>().read_unaligned();
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
    }
    let source = Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr));
    let ttl = u8::try_from(ttl).unwrap_or(0);
    Ok((length.min(buffer.len()), source, ttl))
}

/// Bytes for control messages: far more than the two that are asked for need.
const CONTROL: usize = 256;

/// Sends with one control message.
fn send_with<A, C>(
    fd: BorrowedFd<'_>,
    to: &A,
    (level, kind): (c_int, c_int),
    info: C,
    payload: &[u8],
) -> io::Result<()> {
    let mut control = [0_u64; CONTROL / 8];
    let mut part = libc::iovec {
        iov_base: payload.as_ptr().cast_mut().cast::<c_void>(),
        iov_len: payload.len(),
    };
    let size = u32::try_from(size_of::<C>()).map_err(|_| invalid())?;
    let mut message: libc::msghdr = zeroed();
    message.msg_name = std::ptr::from_ref(to).cast_mut().cast::<c_void>();
    message.msg_namelen = length_of::<A>()?;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast::<c_void>();
    // SAFETY: the macros compute; the control buffer is large enough for one message of the two
    // kinds that there are, and aligned for its header. The kernel only reads, during the call.
    let sent = unsafe {
        message.msg_controllen = libc::CMSG_SPACE(size).try_into().map_err(|_| invalid())?;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        if header.is_null() {
            return Err(invalid());
        }
        (*header).cmsg_level = level;
        (*header).cmsg_type = kind;
        (*header).cmsg_len = libc::CMSG_LEN(size).try_into().map_err(|_| invalid())?;
        libc::CMSG_DATA(header).cast::<C>().write_unaligned(info);
        libc::sendmsg(fd.as_raw_fd(), &raw const message, libc::MSG_DONTWAIT)
    };
    if sent < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Plain C structures of integers and pointers, for which all zeros is a value.
trait Plain {}
impl Plain for libc::sockaddr_in {}
impl Plain for libc::sockaddr_in6 {}
impl Plain for libc::sockaddr_ll {}
impl Plain for libc::in6_pktinfo {}
impl Plain for libc::msghdr {}

fn zeroed<T: Plain>() -> T {
    // SAFETY: `Plain` says that all zeros is a value.
    unsafe { std::mem::zeroed() }
}

fn in_addr(address: Ipv4Addr) -> libc::in_addr {
    libc::in_addr {
        s_addr: u32::from(address).to_be(),
    }
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
    let mut to: libc::sockaddr_ll = zeroed();
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

/// Gives the calling thread a real-time priority (`SCHED_FIFO`), 1 to 99, which is above that of
/// all ordinary work. Children don't inherit it.
///
/// # Errors
///
/// `EPERM` without `CAP_SYS_NICE`, or where the control group has no real-time share; `EINVAL` for
/// another priority.
pub(crate) fn become_realtime(priority: i32) -> io::Result<()> {
    let wanted = libc::sched_param {
        sched_priority: priority,
    };
    let policy = libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK;
    // SAFETY: the kernel only reads the parameter, during the call; 0 is the calling thread.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const wanted) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Has a command run as this user, with these groups. What the standard library does by itself
/// leaves no supplementary groups.
pub(crate) fn run_as(command: &mut Command, user: u32, group: u32, groups: Vec<u32>) {
    let become_user = move || {
        // SAFETY: the kernel only reads the list, which lives as long as the closure.
        let mut failed = unsafe { libc::setgroups(groups.len(), groups.as_ptr()) } < 0;
        // SAFETY: plain arguments.
        failed = failed || unsafe { libc::setgid(group) } < 0;
        // SAFETY: plain arguments. Last, because it gives away the right to do the others.
        failed = failed || unsafe { libc::setuid(user) } < 0;
        if failed {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: between fork and exec the closure makes three system calls and allocates nothing.
    unsafe {
        command.pre_exec(become_user);
    }
}

/// Gives the calling thread a nice value, -20 to 19.
///
/// # Errors
///
/// `EACCES` or `EPERM` without `CAP_SYS_NICE`, for a value below the present one.
pub(crate) fn set_nice(nice: c_int) -> io::Result<()> {
    // SAFETY: plain arguments; 0 is the calling thread, because Linux has nice values by thread.
    let result = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, nice) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Splits the process in two. Returns whether this is the parent.
///
/// # Errors
///
/// `EAGAIN` where there can be no more processes; `EBUSY` where there is another thread already,
/// whose locks the child would inherit as they are.
pub(crate) fn fork() -> io::Result<bool> {
    if std::fs::read_dir("/proc/self/task")?.count() > 1 {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // SAFETY: this is the only thread, so the child finds every lock and every allocation whole.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(false),
        _ => Ok(true),
    }
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
