//! Faults of the system around a program (`crates/prove/faults`).

use crate::Result;
use crate::tasks::prove::packaged;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, short: bool) -> Result {
    packaged::run(workspace, "faults", &["prove-faults", "prove-faults-shim"], short)
}
