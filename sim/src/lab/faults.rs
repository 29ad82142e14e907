//! What can be broken in a lab, by name. [`Fault`] has the rest.

use bellwether_core::unit::Name;

use super::{Lab, LabError, read};
use crate::fault::{Fault, ScriptRun, Way};

/// Each of these is short for [`Lab::inflict`] of one [`Fault`], and fails as that does.
impl Lab {
    /// Kills a node's process; its kernel keeps all addresses. keepalived's own end by SIGKILL.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn crash(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::Crash(node.into()))
    }

    /// Takes a node's power: process and kernel state are gone.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn power_off(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::PowerOff(node.into()))
    }

    /// Powers a node on if it is off, and starts its process if none runs.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn start(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::Start(node.into()))
    }

    /// Tells a node to stop (SIGTERM): it hands over first.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn stop(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::Stop(node.into()))
    }

    /// Freezes a node's process (SIGSTOP, a snapshot); its kernel goes on.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn pause(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::Pause(node.into()))
    }

    /// Lets a frozen process run again.
    ///
    /// # Errors
    ///
    /// When there is no such node.
    pub fn resume(&mut self, node: &str) -> Result<(), LabError> {
        self.inflict(Fault::Resume(node.into()))
    }

    /// Cuts the way from one station to another; the way back is as it was. Stations are nodes and
    /// clients.
    ///
    /// # Errors
    ///
    /// When there is no such station.
    pub fn cut(&mut self, from: &str, to: &str) -> Result<(), LabError> {
        let (from, to) = (Name::from(from), Name::from(to));
        self.inflict(Fault::Cut(Way { from, to }))
    }

    /// Cuts both ways between two stations.
    ///
    /// # Errors
    ///
    /// When there is no such station.
    pub fn partition(&mut self, one: &str, other: &str) -> Result<(), LabError> {
        self.inflict(Fault::CutBoth([one.into(), other.into()]))
    }

    /// Cuts a station off from all others.
    ///
    /// # Errors
    ///
    /// When there is no such station.
    pub fn isolate(&mut self, station: &str) -> Result<(), LabError> {
        self.inflict(Fault::Isolate(station.into()))
    }

    /// Makes all links whole again.
    ///
    /// # Errors
    ///
    /// None: it names nothing that could be missing.
    pub fn heal(&mut self) -> Result<(), LabError> {
        self.inflict(Fault::HealAll {})
    }

    /// Lets a tracked script fail from its next run on.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it has no such script.
    pub fn fail_script(&mut self, node: &str, script: &str) -> Result<(), LabError> {
        self.inflict(Fault::ScriptFail(run_of(node, script)))
    }

    /// Lets a tracked script succeed from its next run on.
    ///
    /// # Errors
    ///
    /// When there is no such node, or it has no such script.
    pub fn mend_script(&mut self, node: &str, script: &str) -> Result<(), LabError> {
        self.inflict(Fault::ScriptOk(run_of(node, script)))
    }

    /// Gives a node another keepalived.conf, as SIGHUP does.
    ///
    /// # Errors
    ///
    /// When there is no such node, or the configuration is wrong.
    pub fn reload(&mut self, node: &str, keepalived_conf: &str) -> Result<(), LabError> {
        let config = Box::new(read(node, keepalived_conf)?);
        let node = node.into();
        self.inflict(Fault::Reload { node, config })
    }
}

fn run_of(node: &str, script: &str) -> ScriptRun {
    ScriptRun {
        node: node.into(),
        script: script.into(),
        takes: None,
    }
}
