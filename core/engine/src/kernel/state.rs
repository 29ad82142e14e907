//! The kernel as a node believes it to be.

/// Placeholder.
#[derive(Clone, Debug, Default)]
pub struct KernelState {}
