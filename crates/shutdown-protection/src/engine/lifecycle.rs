//! The first use of the engine in a process, and what a fork leaves of it.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::{DOORBELL, ENGINE, Engine, GATE, MAILBOX, WAITERS, fence_flag};
use crate::blocks::arena;
use crate::config::Settings;
use crate::fork_lock::{ForkLock, Locked};
use crate::gate::NOT_INSTALLED;
use crate::{callback, exit, host, os, supervisor};

static INSTALLING: ForkLock<()> = ForkLock::new(());

/// The settings in force, for the child of a fork, which must not take the engine's lock: another thread may
/// have held it at the fork.
static SETTINGS: AtomicPtr<Settings> = AtomicPtr::new(ptr::null_mut());

/// Whoever installs, configures or restores is alone in that.
pub(super) fn alone() -> Locked<'static, ()> {
    INSTALLING.lock()
}

/// Keeps a copy of the settings for a child; gives the former one. Called by one thread at a time ([`alone`]).
pub(super) fn keep(settings: &Settings) -> Option<Box<Settings>> {
    let former = SETTINGS.swap(Box::into_raw(Box::new(settings.clone())), Ordering::AcqRel);
    // SAFETY: made by `Box::into_raw` above. Nobody else in this process reads it: only the child of a fork does, in
    // its own copy of memory, and there the pointer is always to settings that had not been dropped at the fork.
    (!former.is_null()).then(|| unsafe { Box::from_raw(former) })
}

/// The engine, with the handlers and the supervisor in place.
pub(crate) fn installed() -> io::Result<&'static Engine> {
    let in_place = || Engine::current().filter(|_| GATE.load() & NOT_INSTALLED == 0);
    if let Some(engine) = in_place() {
        return Ok(engine);
    }
    let _installing = INSTALLING.lock();
    in_place().map_or_else(install, Ok)
}

/// The order: first all that can fail, then what an event needs, then the handlers, then the gate.
fn install() -> io::Result<&'static Engine> {
    let engine = match Engine::current() {
        // Installed before, then restored: only the handlers are missing.
        Some(engine) => engine,
        None => first_install()?,
    };
    engine.put_in_force(engine.settings())?;
    os::install::look_again()?;
    GATE.lower(NOT_INSTALLED);
    Ok(engine)
}

fn first_install() -> io::Result<&'static Engine> {
    // SAFETY: null, or settings kept by `keep` (see there), in the child of a fork those of the parent.
    let settings = unsafe { SETTINGS.load(Ordering::Acquire).as_ref() }.cloned().unwrap_or_default();
    os::wake::prepare()?;
    os::clock::prepare();
    os::fork::watch()?;
    os::thread::remember_mask();
    let engine: &'static Engine = Box::leak(Box::new(Engine::new(settings)));
    GATE.raise(fence_flag());
    supervisor::start(engine)?;
    exit::watch();
    ENGINE.store(ptr::from_ref(engine).cast_mut(), Ordering::Release);
    os::handler::adopt_process();
    Ok(engine)
}

/// In the child of a fork, before `fork` returns there: no block is open, nothing is pending, nothing is
/// installed. Only stores, since another thread may have held any lock at the fork. The child installs anew
/// at its first use; until then the handlers that it inherited see that the process is not theirs.
pub(crate) fn forked() {
    os::handler::forked();
    GATE.forked();
    ENGINE.store(ptr::null_mut(), Ordering::SeqCst);
    MAILBOX.forked();
    arena::forked();
    os::guest::forked();
    os::thread::forked();
    callback::forked();
    exit::forked();
    host::forked();
    DOORBELL.forked();
    WAITERS.forked();
}
