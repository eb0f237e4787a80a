//! Storms of signals, and ladders of attempts and deadlines (`crates/prove/storms`).

use crate::Result;
use crate::tasks::prove::packaged;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, short: bool) -> Result {
    packaged::run(workspace, "storms", &["prove-storms"], short)
}
