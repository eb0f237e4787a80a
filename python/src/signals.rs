//! The interpreter's side of the handlers.
//!
//! The engine's handlers lie on top, so that every event is counted when it comes, whatever the interpreter does. Beneath
//! them Python knows [`on_signal`] as the handler, set through `signal.signal`, so that `getsignal` tells the truth. It runs
//! when the engine wants the main thread to take its turn; or for an event of its own, where somebody put Python's handler
//! on top again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

use pyo3::exceptions::PyOSError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use shutdown_protection::face;

use crate::events::{SIGNALS, number, of_number};
use crate::{default_handler, interpreter, lifetime, turn};

/// By event: what stood as Python's handler before ours.
static FORMER: Mutex<[Option<Py<PyAny>>; 4]> = Mutex::new([const { None }; 4]);
/// By event: the handler does what the default action would; it is no guest.
static DEFAULTS: AtomicU8 = AtomicU8::new(0);
/// By event: Python's handler is ours.
static OURS: AtomicU8 = AtomicU8::new(0);
/// The part that only the main thread can do waits for it.
static WAITS_FOR_MAIN: AtomicBool = AtomicBool::new(false);

/// Python's handlers may be on top, until ours are put there again.
static INSTALLING: AtomicBool = AtomicBool::new(false);

pub(crate) fn is_installing() -> bool {
    INSTALLING.load(Ordering::SeqCst)
}

static ON_SIGNAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn our_handler(py: Python<'_>) -> PyResult<&Py<PyAny>> {
    ON_SIGNAL.get_or_try_init(py, || {
        let module = PyModule::new(py, "graceful_shutdown._native")?;
        Ok(wrap_pyfunction!(on_signal, &module)?.into_any().unbind())
    })
}

/// Python's handler: the main thread's turn.
#[pyfunction]
#[pyo3(name = "_on_signal")]
fn on_signal(py: Python<'_>, signum: i32, _frame: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    // Two trips can make two calls of one, and one of two. So what tells an event from a trip is which handler the system has
    // called: while the engine's is on top, events do not come here.
    let tripped = interpreter::take_tripped();
    if let Some(event) = of_number(signum).filter(|event| !tripped && (is_installing() || !face::is_on_top(*event))) {
        face::event_came(event);
        let _ = face::put_on_top();
    }
    call_guests_again(py)?;
    turn::between_bytecodes(py)
}

/// The same where no signal's handler in Python is ours.
pub(crate) extern "C" fn pending_turn(_: *mut std::ffi::c_void) -> std::ffi::c_int {
    interpreter::take_tripped();
    // SAFETY: pending calls run in the main thread with the interpreter lock.
    let py = unsafe { Python::assume_attached() };
    match turn::between_bytecodes(py) {
        Ok(()) => 0,
        Err(error) => {
            error.restore(py);
            -1
        }
    }
}

/// By event: how often a guest is to be called once more: the interpreter makes one call of several at once.
static AGAIN: [AtomicU32; 4] = [const { AtomicU32::new(0) }; 4];

/// In a signal handler.
pub(crate) fn call_again(event: shutdown_protection::ShutdownEvent, times: u32) {
    let index = SIGNALS.iter().position(|known| *known == event);
    if let (Some(again), Some(signum)) = (index.and_then(|index| AGAIN.get(index)), tripping_signal()) {
        again.fetch_add(times, Ordering::SeqCst);
        interpreter::trip_here(signum);
    }
}

/// Calls the guests, each as often as its events are left.
fn call_guests_again(py: Python<'_>) -> PyResult<()> {
    for (event, again) in SIGNALS.into_iter().zip(&AGAIN) {
        let (times, Some(signum)) = (again.swap(0, Ordering::SeqCst), number(event)) else { continue };
        for left in (0..times).rev() {
            let handler = py.import("_signal")?.call_method1("getsignal", (signum,))?;
            // SAFETY: borrowed from the running thread, or null.
            let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
            if handler.is_callable() {
                handler.call1((signum, frame)).inspect_err(|_| _ = again.fetch_add(left, Ordering::SeqCst))?;
            }
        }
    }
    Ok(())
}

/// Before the main thread has run: the signal whose handler is borrowed.
pub(crate) fn default_signal() -> Option<i32> {
    let index = SIGNALS.iter().position(|event| number(*event) == Some(libc::SIGINT))?;
    let is_default = DEFAULTS.load(Ordering::SeqCst) & (1 << index) != 0;
    (is_default && default_handler::is_borrowed()).then_some(libc::SIGINT)
}

/// A signal whose handler in Python is ours: tripping it runs no code of others.
pub(crate) fn tripping_signal() -> Option<i32> {
    let ours = OURS.load(Ordering::SeqCst);
    // Whoever installs a handler through Python takes ours from the top.
    let of_ours = |(index, event): &(usize, shutdown_protection::ShutdownEvent)| {
        ours & (1 << index) != 0 && face::is_on_top(*event)
    };
    SIGNALS.into_iter().enumerate().rev().find(of_ours).and_then(|(_, event)| number(event))
}

pub(crate) fn stands_for_default(signum: i32) -> bool {
    let index = SIGNALS.iter().position(|event| number(*event) == Some(signum));
    index.is_some_and(|index| DEFAULTS.load(Ordering::SeqCst) & (1 << index) != 0)
}

/// Installs what is missing.
pub(crate) fn install(py: Python<'_>) -> PyResult<()> {
    let is_main = interpreter::is_main();
    if face::is_installed() && !(is_main && WAITS_FOR_MAIN.load(Ordering::SeqCst)) {
        return Ok(());
    }
    lifetime::watch(py)?;
    look(py)?;
    face::install().map_err(PyOSError::new_err_from)?;
    if is_main {
        install_in_main(py)
    } else {
        interpreter::prepare(py)?;
        WAITS_FOR_MAIN.store(true, Ordering::SeqCst);
        default_handler::borrow(py)?;
        // SAFETY: queues a static function.
        unsafe { ffi::Py_AddPendingCall(Some(pending_install), std::ptr::null_mut()) };
        interpreter::nudge_main();
        Ok(())
    }
}

extern "C" fn pending_install(_: *mut std::ffi::c_void) -> std::ffi::c_int {
    // SAFETY: pending calls run in the main thread with the interpreter lock.
    let py = unsafe { Python::assume_attached() };
    // What fails here was not asked for here: the native part works without it.
    let _ = install_in_main(py);
    0
}

/// Which handlers stand?
pub(crate) fn look(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    let mut defaults = 0;
    for (index, event) in SIGNALS.into_iter().enumerate() {
        let Some(signum) = number(event) else { continue };
        let present = signal.call_method1("getsignal", (signum,))?;
        defaults |= u8::from(is_default(&signal, &present)?) << index;
    }
    DEFAULTS.store(defaults, Ordering::SeqCst);
    Ok(())
}

/// Is it what Python has by itself, or ours?
fn is_default(signal: &Bound<'_, PyModule>, handler: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = handler.py();
    Ok(handler.is(&signal.getattr("default_int_handler")?)
        || handler.eq(signal.getattr("SIG_DFL")?)?
        || handler.is(our_handler(py)?)
        || is_runners(handler))
}

/// `asyncio.Runner` handles `SIGINT` as we do: it cancels the main task (C27: its handler counts as the default one).
fn is_runners(handler: &Bound<'_, PyAny>) -> bool {
    let name = || -> PyResult<String> { handler.getattr("func")?.getattr("__qualname__")?.extract() };
    name().is_ok_and(|name| name == "Runner._on_sigint")
}

/// The part that `signal.signal` allows only in the main thread. The engine's handlers are in place already: an event
/// that comes in between runs [`on_signal`], which passes it on.
pub(crate) fn install_in_main(py: Python<'_>) -> PyResult<()> {
    INSTALLING.store(true, Ordering::SeqCst);
    let installed = set_python_handlers(py)
        .and_then(|()| face::put_on_top().map_err(PyOSError::new_err_from))
        // What came in between lies with the interpreter.
        .and_then(|()| py.check_signals());
    INSTALLING.store(false, Ordering::SeqCst);
    installed
}

fn set_python_handlers(py: Python<'_>) -> PyResult<()> {
    WAITS_FOR_MAIN.store(false, Ordering::SeqCst);
    default_handler::give_back(py)?;
    interpreter::prepare(py)?;
    let signal = py.import("_signal")?;
    let ignored = signal.getattr("SIG_IGN")?;
    let mut ours = 0;
    for (index, event) in SIGNALS.into_iter().enumerate() {
        let Some(signum) = number(event) else { continue };
        let present = signal.call_method1("getsignal", (signum,))?;
        if present.is_none() || present.eq(&ignored)? || !is_default(&signal, &present)? {
            continue;
        }
        if !present.is(our_handler(py)?) {
            let former = signal.call_method1("signal", (signum, our_handler(py)?))?;
            if let Some(place) = lock().get_mut(index) {
                *place = Some(former.unbind());
            }
        }
        ours |= 1 << index;
    }
    OURS.store(ours, Ordering::SeqCst);
    Ok(())
}

fn lock() -> std::sync::MutexGuard<'static, [Option<Py<PyAny>>; 4]> {
    FORMER.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Looks at the handlers anew: what others have installed since becomes our guest.
pub(crate) fn refresh(py: Python<'_>) -> PyResult<()> {
    if interpreter::is_main() { install_in_main(py) } else { face::put_on_top().map_err(PyOSError::new_err_from) }
}

/// C8: puts back what stood before, where ours stands. In the main thread.
pub(crate) fn restore(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    OURS.store(0, Ordering::SeqCst);
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
pub(crate) fn leave(py: Python<'_>) -> PyResult<()> {
    let signal = py.import("_signal")?;
    let default = signal.getattr("SIG_DFL")?;
    OURS.store(0, Ordering::SeqCst);
    for event in SIGNALS {
        let Some(signum) = number(event) else { continue };
        if signal.call_method1("getsignal", (signum,))?.is(our_handler(py)?) {
            signal.call_method1("signal", (signum, &default))?;
        }
    }
    face::put_on_top().map_err(PyOSError::new_err_from)
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
