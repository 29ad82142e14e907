//! The rules of VRRP and of this core, one file for each part of behaviour.

mod backup;
mod kernel;
mod master;
mod preempt;
mod receive;
mod reload;
mod startup;
mod support;
mod tracking;
