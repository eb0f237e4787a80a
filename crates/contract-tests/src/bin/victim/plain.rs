//! No block open: what an event does then, and what the library does while nothing happens.

use shutdown_protection::{ShutdownProtection, configure_shutdown_manager};

use crate::talk::{say, stuck};
use crate::{Outcome, scenarios};

scenarios![without_library, configured, after_a_block];

/// The system's own behaviour, to compare with.
fn without_library() -> Outcome {
    say!("ready");
    stuck()
}

fn configured() -> Outcome {
    configure_shutdown_manager().apply()?;
    say!("ready");
    stuck()
}

fn after_a_block() -> Outcome {
    drop(ShutdownProtection::start()?);
    say!("ready");
    stuck()
}
