//! The handlers in Python: which stand, putting ours in their place, and back.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyOSError;
use pyo3::ffi;
use pyo3::prelude::*;
use shutdown_protection::ShutdownEvent as Event;
use shutdown_protection::face;

use super::{DEFAULTS, OTHERS, OURS, our_handler, withdraw};
use crate::os::signals::{SIGNALS, is_others, number, tells_anew};
use crate::os::wake;
use crate::protection::attached;
use crate::quiet::quietly;
use crate::{default_handler, lifetime, owner, turn};

/// By event: what stood as Python's handler before ours.
static FORMER: Mutex<[Option<Py<PyAny>>; SIGNALS.len()]> = Mutex::new([const { None }; SIGNALS.len()]);
/// The part that only the main thread can do waits for it.
static WAITS_FOR_MAIN: AtomicBool = AtomicBool::new(false);

/// Python's handlers may be on top, until ours are put there again.
static INSTALLING: AtomicBool = AtomicBool::new(false);

/// Has the main thread to do its part of an installation, which another thread has begun?
pub(crate) fn waits_for_main() -> bool {
    WAITS_FOR_MAIN.load(Ordering::SeqCst)
}

pub(crate) fn is_installing() -> bool {
    INSTALLING.load(Ordering::SeqCst)
}

/// Installs what is missing.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    let is_main = face::is_main();
    if face::is_installed() && !(is_main && waits_for_main()) {
        return Ok(());
    }
    default_handler::keeping_interrupts(py, || lifetime::watch(py))?;
    look(py)?;
    face::install().map_err(PyOSError::new_err_from)?;
    if is_main {
        install_in_main(py)
    } else {
        wake::prepare(py)?;
        // In this order: the main thread may be at it for another thread, and gives back what is borrowed.
        default_handler::borrow(py)?;
        WAITS_FOR_MAIN.store(true, Ordering::SeqCst);
        // SAFETY: queues a static function.
        unsafe { ffi::Py_AddPendingCall(Some(pending_install), std::ptr::null_mut()) };
        wake::nudge_main();
        Ok(())
    }
}

extern "C" fn pending_install(_: *mut std::ffi::c_void) -> std::ffi::c_int {
    // A signal has come first; or it has just come to it.
    if !waits_for_main() || is_installing() {
        return 0;
    }
    attached(|py| match install_in_main(py) {
        // What a handler has raised. An installation that fails was not asked for here: the native part works without it.
        Err(error) if !error.is_instance_of::<PyOSError>(py) => {
            error.restore(py);
            -1
        }
        _ => 0,
    })
}

/// Which handlers stand?
pub(crate) fn look(py: Python<'_>) -> PyResult<u8> {
    let signal = py.import("_signal")?;
    let (mut defaults, mut others) = (DEFAULTS.load(Ordering::SeqCst), OTHERS.load(Ordering::SeqCst));
    for (index, event) in SIGNALS.into_iter().enumerate() {
        let Some(signum) = number(event).filter(|_| tells_anew(event)) else { continue };
        let present = signal.call_method1("getsignal", (signum,))?;
        let is_others = is_others(py, signum, present.is_callable())?;
        let is_default = !is_others && is_default(&signal, event, &present)?;
        defaults = defaults & !(1 << index) | u8::from(is_default) << index;
        others = others & !(1 << index) | u8::from(is_others) << index;
    }
    OTHERS.store(others, Ordering::SeqCst);
    DEFAULTS.store(defaults, Ordering::SeqCst);
    Ok(defaults)
}

/// Is it what Python has by itself for this event, or ours?
fn is_default(signal: &Bound<'_, PyModule>, event: Event, handler: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_interrupts = || Ok::<_, PyErr>(handler.is(&signal.getattr("default_int_handler")?) || is_runners(handler));
    Ok(handler.eq(signal.getattr("SIG_DFL")?)?
        || handler.is(our_handler(handler.py())?)
        || event == Event::SigInt && is_interrupts()?)
}

/// `asyncio.Runner` and `trio.run` handle `SIGINT` as we do: they cancel the main task, or raise where that does no harm (C27: their
/// handler counts as the default one).
fn is_runners(handler: &Bound<'_, PyAny>) -> bool {
    handler.getattr("func").is_ok_and(|function| name(&function) == "Runner._on_sigint")
        || name(handler) == "KIManager.install.<locals>.handler"
}

fn name(function: &Bound<'_, PyAny>) -> String {
    function.getattr("__qualname__").and_then(|name| name.extract()).unwrap_or_default()
}

/// The part that `signal.signal` allows only in the main thread. The engine's handlers are in place already: an event
/// that comes in between runs [`on_signal`], which passes it on.
pub(crate) fn install_in_main(py: Python<'_>) -> PyResult<()> {
    // `signal.signal` runs handlers that have tripped, and what ours raised in the middle of this would leave half of it undone,
    // or be lost with the error of a pending call.
    let install = || {
        set_python_handlers(py)?;
        face::put_on_top().map_err(PyOSError::new_err_from)?;
        // What came in between lies with the interpreter.
        py.check_signals()
    };
    installing(|| quietly(install))
}

/// Nobody has replaced our handlers meanwhile.
fn installing<T>(work: impl FnOnce() -> T) -> T {
    INSTALLING.store(true, Ordering::SeqCst);
    let result = work();
    INSTALLING.store(false, Ordering::SeqCst);
    result
}

fn set_python_handlers(py: Python<'_>) -> PyResult<()> {
    wake::prepare(py)?;
    let signal = py.import("_signal")?;
    let ignored = signal.getattr("SIG_IGN")?;
    // The program may have installed a handler since another thread has looked.
    let defaults = look(py)?;
    let mut ours = 0;
    for (index, event) in SIGNALS.into_iter().enumerate() {
        let Some(signum) = number(event) else { continue };
        let present = signal.call_method1("getsignal", (signum,))?;
        let is_default = defaults & (1 << index) != 0 && is_default(&signal, event, &present)?;
        if present.is_none() || present.eq(&ignored)? || !is_default {
            continue;
        }
        if !present.is(our_handler(py)?) {
            let former = signal.call_method1("signal", (signum, our_handler(py)?))?;
            // What was there goes without the lock.
            let older = lock().get_mut(index).and_then(|place| place.replace(former.unbind()));
            drop(older);
        }
        ours |= 1 << index;
    }
    OURS.store(ours, Ordering::SeqCst);
    // Not before: until then it is what the interpreter calls for `SIGINT`.
    default_handler::give_back(py)?;
    WAITS_FOR_MAIN.store(false, Ordering::SeqCst);
    Ok(())
}

fn lock() -> std::sync::MutexGuard<'static, [Option<Py<PyAny>>; SIGNALS.len()]> {
    FORMER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Looks at the handlers anew: what others have installed since becomes our guest.
pub(crate) fn refresh(py: Python<'_>) -> PyResult<()> {
    if face::is_main() { install_in_main(py) } else { face::put_on_top().map_err(PyOSError::new_err_from) }
}

/// A notebook's kernel puts a handler for `SIGINT` in the place of ours before each cell: Python's own, which is the default again;
/// or where the cell awaits something, one of its own, which is a guest.
#[cold]
pub(crate) fn stand_in_cell(py: Python<'_>) -> PyResult<()> {
    if !face::is_installed() || face::is_on_top(Event::SigInt) || !owner::is_in_cell(py) {
        return Ok(());
    }
    let signal = py.import("_signal")?;
    let present = signal.call_method1("getsignal", (number(Event::SigInt),))?;
    if present.is(&signal.getattr("default_int_handler")?) || name(&present).starts_with("IPythonKernel.") {
        look(py)?;
        refresh(py)?;
    }
    Ok(())
}

/// C8: puts back what stood before, where ours stands. In the main thread.
pub(crate) fn restore(py: Python<'_>) -> PyResult<()> {
    // Whole: what has come before raises behind it.
    quietly(|| put_back(py))?;
    turn::between_bytecodes(py)?;
    // What is left waits for the blocks of others. Until then the main thread may sleep, and none of our handlers stands to wake it.
    if face::is_pending() { default_handler::borrow(py) } else { Ok(()) }
}

fn put_back(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    withdraw();
    for (index, event) in SIGNALS.into_iter().enumerate() {
        let Some(signum) = number(event) else { continue };
        let former = lock().get_mut(index).and_then(Option::take);
        let present = signal.call_method1("getsignal", (signum,))?;
        if let Some(former) = former.filter(|_| our_handler(py).is_ok_and(|ours| present.is(ours))) {
            signal.call_method1("signal", (signum, former))?;
        }
    }
    Ok(())
}

/// Before the interpreter is finalized, which sets the default action where it finds a handler: leaves it none, and ours on
/// top, so that an event is seen to the very end (C28).
///
/// There is no other way to take a handler from Python than `signal.signal`, which sets the default action for that moment.
/// So this thread keeps events back meanwhile. Another one (a daemon, or one of others' making) can still meet that action.
pub(crate) fn leave(py: Python<'_>) -> PyResult<()> {
    face::keeping_events_back(|| give_python_none(py))
}

fn give_python_none(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    let default = signal.getattr("SIG_DFL")?;
    withdraw();
    installing(|| {
        for event in SIGNALS {
            let Some(signum) = number(event) else { continue };
            if signal.call_method1("getsignal", (signum,))?.is(our_handler(py)?) {
                signal.call_method1("signal", (signum, &default))?;
            }
        }
        face::put_on_top().map_err(PyOSError::new_err_from)
    })
}

/// A system's error as Python's.
trait NewFrom {
    fn new_err_from(error: std::io::Error) -> PyErr;
}

impl NewFrom for PyOSError {
    fn new_err_from(error: std::io::Error) -> PyErr {
        match error.raw_os_error() {
            Some(code) => Self::new_err((code, format!("the shutdown handlers could not be installed: {error}"))),
            None => Self::new_err(format!("the shutdown handlers could not be installed: {error}")),
        }
    }
}
