//! What must hold between the parts of a configuration.

use std::collections::BTreeSet;

use thiserror::Error;

use super::lvs::{Check, Service, VirtualServer};
use super::{Lvs, Parts, Trackers};
use crate::id::InstanceKey;
use crate::unit::{Name, Version};

/// Checks all rules; the first that does not hold is the error.
pub(super) fn hold(parts: &Parts) -> Result<(), ModelError> {
    let names = Names::of(parts)?;
    let mut keys = BTreeSet::new();
    for instance in &parts.instances {
        instance.check()?;
        if !keys.insert(instance.key()) {
            return Err(ModelError::DuplicateVrid {
                key: instance.key(),
            });
        }
        names.know(&instance.trackers, &instance.name)?;
    }
    let groups = &parts.sync_groups;
    distinct("sync group", groups.iter().map(|group| &group.name))?;
    for group in groups {
        names.know(&group.trackers, &group.name)?;
        for member in &group.members {
            known("instance", &names.instances, member, &group.name)?;
        }
    }
    let mut grouped = BTreeSet::new();
    for member in groups.iter().flat_map(|group| &group.members) {
        if !grouped.insert(member) {
            return Err(ModelError::TwoGroups {
                instance: member.clone(),
            });
        }
    }
    for group in &parts.statics.track_groups {
        for member in &group.members {
            known("instance", &names.instances, member, &group.name)?;
        }
    }
    lvs(&parts.lvs, &names)
}

/// The names that parts may refer to.
struct Names<'p> {
    instances: BTreeSet<&'p Name>,
    scripts: BTreeSet<&'p Name>,
    files: BTreeSet<&'p Name>,
    processes: BTreeSet<&'p Name>,
    bfd: BTreeSet<&'p Name>,
}

impl<'p> Names<'p> {
    fn of(parts: &'p Parts) -> Result<Self, ModelError> {
        Ok(Self {
            instances: distinct("instance", parts.instances.iter().map(|i| &i.name))?,
            scripts: distinct("script", parts.scripts.iter().map(|s| &s.name))?,
            files: distinct("file", parts.files.iter().map(|f| &f.name))?,
            processes: distinct("process", parts.processes.iter().map(|p| &p.name))?,
            bfd: distinct("BFD session", parts.bfd.iter().map(|b| &b.name))?,
        })
    }

    fn know(&self, trackers: &Trackers, by: &Name) -> Result<(), ModelError> {
        for (kind, there, tracked) in [
            ("script", &self.scripts, &trackers.scripts),
            ("file", &self.files, &trackers.files),
            ("process", &self.processes, &trackers.processes),
            ("BFD session", &self.bfd, &trackers.bfd),
        ] {
            for tracked in tracked {
                known(kind, there, &tracked.target, by)?;
            }
        }
        Ok(())
    }
}

fn lvs(lvs: &Lvs, names: &Names<'_>) -> Result<(), ModelError> {
    let groups = distinct("virtual server group", lvs.groups.iter().map(|g| &g.name))?;
    let mut services = BTreeSet::new();
    for server in &lvs.virtual_servers {
        if !services.insert(&server.service) {
            return Err(ModelError::DuplicateService {
                service: server.service.clone(),
            });
        }
        if let Service::Group { name, .. } = &server.service {
            known("virtual server group", &groups, name, name)?;
        }
        if server.quorum == 0 {
            return Err(ModelError::Quorum {
                service: server.service.clone(),
            });
        }
        checks(server, names)?;
    }
    Ok(())
}

fn checks(server: &VirtualServer, names: &Names<'_>) -> Result<(), ModelError> {
    let checkers = server.real_servers.iter().flat_map(|real| &real.checkers);
    for checker in checkers {
        match &checker.check {
            Check::File(file) => known("file", &names.files, &file.file, &file.file)?,
            Check::Bfd(session) => known("BFD session", &names.bfd, session, session)?,
            Check::Tcp
            | Check::Http(_)
            | Check::Smtp(_)
            | Check::Dns(_)
            | Check::Misc(_)
            | Check::Udp(_)
            | Check::Ping => {}
        }
    }
    Ok(())
}

fn distinct<'p>(
    kind: &'static str,
    names: impl Iterator<Item = &'p Name>,
) -> Result<BTreeSet<&'p Name>, ModelError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = name.clone();
            return Err(ModelError::DuplicateName { kind, name });
        }
    }
    Ok(seen)
}

fn known(
    kind: &'static str,
    there: &BTreeSet<&Name>,
    name: &Name,
    by: &Name,
) -> Result<(), ModelError> {
    if there.contains(name) {
        return Ok(());
    }
    Err(ModelError::UnknownName {
        kind,
        name: name.clone(),
        by: by.clone(),
    })
}

/// Parts don't fit together; no configuration was made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Two things of one kind with one name.
    #[error("{kind} '{name}' is defined twice")]
    DuplicateName {
        /// The kind: "script", "instance" ...
        kind: &'static str,
        /// The name.
        name: Name,
    },
    /// A name that nobody defines.
    #[error("'{by}' refers to {kind} '{name}', which is not defined")]
    UnknownName {
        /// The kind: "script", "instance" ...
        kind: &'static str,
        /// The name.
        name: Name,
        /// Who refers to it.
        by: Name,
    },
    /// An instance in two sync groups.
    #[error("instance '{instance}' is in two sync groups")]
    TwoGroups {
        /// The instance.
        instance: Name,
    },
    /// Two virtual servers that the kernel can't tell apart.
    #[error("virtual server {service:?} is defined twice")]
    DuplicateService {
        /// What they share.
        service: Service,
    },
    /// A quorum of 0, which would never be lost.
    #[error("virtual server {service:?}: a quorum is at least 1")]
    Quorum {
        /// The service.
        service: Service,
    },
    /// Two instances of one VRID on one interface and in one family.
    #[error("virtual_router_id {} is used twice on interface {}", key.vrid, key.interface)]
    DuplicateVrid {
        /// What they share.
        key: InstanceKey,
    },
    /// An interval that the instance's version can't put on the wire.
    #[error("instance '{instance}': version {version} can't carry advert_int {interval}")]
    Interval {
        /// The instance.
        instance: Name,
        /// Its version.
        version: Version,
        /// Its interval.
        interval: crate::unit::AdvertInterval,
    },
    /// Authentication in version 3, which has none (RFC 5798 9).
    #[error("instance '{instance}': version 3 has no authentication")]
    Authentication {
        /// The instance.
        instance: Name,
    },
    /// A priority of 0, which only an advert may carry.
    #[error("instance '{instance}': priority must be within 1..=255")]
    Priority {
        /// The instance.
        instance: Name,
    },
    /// More addresses than an advert can count.
    #[error("instance '{instance}': at most 255 virtual addresses fit in an advert")]
    TooManyAddresses {
        /// The instance.
        instance: Name,
    },
    /// An address of another family than the instance's.
    #[error("instance '{instance}': {address} is not of the instance's family")]
    Family {
        /// The instance.
        instance: Name,
        /// The address.
        address: std::net::IpAddr,
    },
}
