//! The programs of one thread (the library has its own beside it).

use nix::sys::signal::{Signal, raise};
use shutdown_protection::{Interrupted, ShutdownProtection, configure_shutdown_manager, protect};

use super::LONG;
use crate::ledger::Ledger;
use crate::orders::mark;

/// From before the first use of the library: each form of a block, one after another.
pub(crate) fn blocks(ledger: &'static Ledger) -> Result<(), Interrupted> {
    mark();
    let block = ShutdownProtection::start_for(LONG)?;
    ledger.write(1);
    block.allow_break()?;
    ledger.write(2);
    drop(block);
    let block = ShutdownProtection::builder().name("second").start()?;
    ledger.write(3);
    block.finish()?;
    protect(LONG, |block| {
        ledger.write(4);
        block.allow_break_without_renewal()?;
        ledger.write(5);
        Ok(())
    })
}

/// Breakpoints and ends of inner blocks between the two steps, where the outer block holds them off.
pub(crate) fn nested(ledger: &'static Ledger) -> Result<(), Interrupted> {
    configure_shutdown_manager().apply().expect("the handlers are installed");
    mark();
    let outer = ShutdownProtection::start_for(LONG)?;
    ledger.first_step(1);
    let inner = ShutdownProtection::start_for(LONG)?;
    inner.allow_break()?;
    drop(inner);
    protect(LONG, |inner| inner.allow_break())?;
    ledger.second_step(1);
    outer.renew();
    outer.allow_break()?;
    ledger.first_step(2);
    let inner = ShutdownProtection::start_for(LONG)?;
    ledger.second_step(2);
    // The outer one ends first.
    drop(outer);
    ledger.write(3);
    inner.finish()
}

/// A first event is pending already, or comes in the middle: what comes then is a second attempt, of three.
pub(crate) fn second(ledger: &'static Ledger) -> Result<(), Interrupted> {
    configure_shutdown_manager().apply().expect("the handlers are installed");
    mark();
    let block = ShutdownProtection::start_for(LONG)?;
    ledger.first_step(1);
    raise(Signal::SIGTERM).expect("a signal can be raised");
    ledger.second_step(1);
    let interrupted = block.allow_break();
    // Still protected: what an interrupted owner does before it drops its guard.
    ledger.write(2);
    interrupted
}

/// The same two steps with nothing around them: what the tool must find.
pub(crate) fn unprotected(ledger: &'static Ledger) -> Result<(), Interrupted> {
    mark();
    ledger.write(1);
    ledger.write(2);
    Ok(())
}
