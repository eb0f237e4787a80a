//! Windows has no `fork`.

use std::io;

/// Nothing to watch. What a child would need is named here, so that it is compiled on all systems.
pub(crate) fn watch() -> io::Result<()> {
    let _never_called: fn() = crate::engine::forked;
    Ok(())
}
