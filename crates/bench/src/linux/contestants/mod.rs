//! Who is measured, table by table.
//!
//! A contestant does what a program would do with its library, no more: it asks whether to stop, or it opens and ends a
//! piece of work that holds the end of the process back. What a library prepares once in a program (a registered flag,
//! a token, a tracker) is prepared once here.

mod floors;
mod mask;
mod ours;
mod rivals;

use crate::linux::harness::Contestant;

/// The floor that a check is compared with: it says "I am here, until then" in the cheapest way there is.
pub(crate) const CHECK_FLOOR: &str = "flag + coarse clock + store";
/// The floor of one whose deadline must not be early: the coarse clock may be behind by any time, the counter is not.
pub(crate) const SOUND_FLOOR: &str = "flag + counter + store";
/// The floor of a flag that is only read.
pub(crate) const LOAD_FLOOR: &str = "relaxed load";

pub(crate) const ALLOW_BREAK: &str = "allow_break()";
pub(crate) const IS_REQUESTED: &str = "is_requested()";
pub(crate) const BLOCK: &str = "start_for() and drop";
pub(crate) const TASK_TRACKER: &str = "tokio-util TaskTracker::token() and drop";

/// Asking whether to stop.
pub(crate) fn checks() -> Vec<Contestant> {
    vec![
        floors::empty_loop(),
        floors::relaxed_load(),
        ours::is_requested(),
        rivals::signal_hook_flag(),
        rivals::graceful_shutdown_query(),
        rivals::cancellation_token(),
        ours::allow_break_without_renewal(),
        floors::coarse_clock(),
        floors::flag_clock_store(),
        floors::processor_counter(),
        floors::flag_counter_store(),
        ours::allow_break(),
        floors::precise_clock(),
    ]
}

/// Starting and ending a piece of work that holds the end back.
pub(crate) fn blocks() -> Vec<Contestant> {
    vec![
        floors::flag_clock_store(),
        floors::flag_counter_store(),
        floors::counter(),
        floors::published_deadline(),
        ours::block(),
        ours::nested_block(),
        rivals::graceful_shutdown_draining(),
        rivals::task_tracker(),
        mask::block_and_unblock(),
        ours::protected_future(),
        rivals::graceful_shutdown_future(),
        rivals::task_tracker_future(),
    ]
}

/// The same from two threads at once.
pub(crate) fn shared() -> Vec<Contestant> {
    vec![
        floors::flag_clock_store(),
        ours::allow_break(),
        ours::block(),
        rivals::cancellation_token(),
        rivals::graceful_shutdown_draining(),
        rivals::task_tracker(),
        mask::block_and_unblock(),
    ]
}
