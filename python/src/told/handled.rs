//! Is what was delivered being handled, or an error of the program's own? Then nothing is raised over it (C10, C12, C20); and what
//! has been handled is over (C26).

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face::{self, Occasion};

use super::{SCHEDULED, is_ours, set_status};
use crate::quiet::quietly;
use crate::{frames, lifetime, present};

/// The end was delivered where nothing can be raised any more.
static ON_THE_WAY_OUT: AtomicBool = AtomicBool::new(false);
/// The main thread's own error that ended its block while a shutdown was pending (C10): the number that it bears as an attribute;
/// 0: there was none. To keep it would keep all that its traceback refers to; and its address may be another one's later.
static OWN_ERROR: AtomicU64 = AtomicU64::new(0);
/// The status that this error gives; -1: none.
static OWN_STATUS: AtomicI32 = AtomicI32::new(-1);

/// C12, C20, C28: must nothing be raised in this thread at a breakpoint or at the end of a block? It runs a callback or a finalizer,
/// it handles what was delivered, or the main thread's code has ended.
pub(crate) fn is_past(py: Python<'_>) -> bool {
    face::is_in_callback() || is_handling(py) || is_in_finalizer(py) || lifetime::is_exiting() && face::is_main()
}

/// C22: nothing is raised in a finalizer, where it would only be printed.
pub(crate) fn is_in_finalizer(py: Python<'_>) -> bool {
    frames::outwards(py).any(|frame| frames::is_call_of(&frame, intern!(py, "__del__")))
}

/// The exceptions that this thread is handling: the latest, and those in whose handling it was raised.
fn handled_here(py: Python<'_>) -> impl Iterator<Item = Bound<'_, PyAny>> {
    let (mut kind, mut value, mut traceback) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the pointers are to locals, which get new references, or null.
    let first = unsafe {
        ffi::PyErr_GetExcInfo(&raw mut kind, &raw mut value, &raw mut traceback);
        ffi::Py_XDECREF(kind);
        ffi::Py_XDECREF(traceback);
        Bound::from_owned_ptr_or_opt(py, value)
    };
    let first = first.filter(|first| !first.is_none());
    // A bound: contexts can be made to go in a circle.
    std::iter::successors(first, move |exception| {
        exception.getattr(intern!(py, "__context__")).ok().filter(|context| !context.is_none())
    })
    .take(100)
}

/// Is what was delivered being handled in this thread (C12)?
pub(crate) fn is_handling(py: Python<'_>) -> bool {
    handled_here(py).any(|exception| is_ours(&exception))
}

/// C10: the main thread's own error has ended its block; what is pending it meets when that has been handled.
pub(crate) fn note_own_error(error: &Bound<'_, PyAny>) {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let number = NUMBERS.fetch_add(1, Ordering::SeqCst);
    if error.setattr(intern!(error.py(), NUMBER), number).is_ok() {
        OWN_ERROR.store(number, Ordering::SeqCst);
    }
    let code = error.cast::<PySystemExit>().ok().and_then(|exit| exit.getattr("code").ok());
    let status = code.map_or(1, |code| if code.is_none() { 0 } else { code.extract().unwrap_or(1) });
    OWN_STATUS.store(status, Ordering::SeqCst);
}

pub(super) fn forget_own_error() {
    OWN_ERROR.store(0, Ordering::SeqCst);
    OWN_STATUS.store(-1, Ordering::SeqCst);
}

/// The attribute of such an error.
const NUMBER: &str = "_graceful_shutdown_number";

/// What an error of the program's own ends it with; `None`: there was none.
pub(crate) fn own_status() -> Option<i32> {
    let status = OWN_STATUS.load(Ordering::SeqCst);
    (status >= 0).then_some(status)
}

/// Also while the interpreter shows it, since nobody has handled it: then nothing can be raised any more.
pub(crate) fn own_error_is_being_handled(py: Python<'_>) -> bool {
    let noted = OWN_ERROR.load(Ordering::SeqCst);
    if noted == 0 {
        return false;
    }
    let number = |error: Bound<'_, PyAny>| error.getattr(intern!(py, NUMBER)).ok()?.extract::<u64>().ok();
    let shown = || present::of_sys(intern!(py, "last_value"));
    quietly(|| handled_here(py).chain(shown()).any(|error| number(error) == Some(noted)))
}

/// C26: a `KeyboardInterrupt` that was raised and is not being handled any more is over, where the rules let this conclude it.
/// In the main thread.
///
/// In a finalizer nothing is concluded: the unwinding itself may run it, and then the exception is on its way to the code that
/// handles it, where nobody can see it.
pub(crate) fn forget_what_was_handled(py: Python<'_>, occasion: Occasion) {
    if face::concludes(occasion) {
        quietly(|| forget_if_handled(py));
    }
}

fn forget_if_handled(py: Python<'_>) {
    if SCHEDULED.load(Ordering::SeqCst) || ON_THE_WAY_OUT.load(Ordering::SeqCst) || is_handling(py) || is_uncaught(py) {
        face::handling();
    } else if !is_in_finalizer(py) {
        set_status(None);
        face::handled();
    }
}

/// Nobody has caught it: the interpreter has shown it, and exits. (An interactive one goes on.)
fn is_uncaught(py: Python<'_>) -> bool {
    present::of_sys(intern!(py, "last_value"))
        .is_some_and(|shown| is_ours(&shown) && present::of_sys(intern!(py, "ps1")).is_none())
}

/// Has nobody caught the `KeyboardInterrupt` of a shutdown?
pub(crate) fn ends_uncaught(py: Python<'_>) -> bool {
    let uncaught = || present::of_sys(intern!(py, "last_value"));
    face::told().is_some()
        && uncaught().is_some_and(|error| error.is_exact_instance_of::<PyKeyboardInterrupt>() && is_ours(&error))
}

/// It was taken where nothing can be raised: it decides the status all the same.
pub(crate) fn take_on_the_way_out() {
    ON_THE_WAY_OUT.store(true, Ordering::SeqCst);
}

/// In the child of a fork.
#[cfg(unix)]
pub(super) fn forked() {
    ON_THE_WAY_OUT.store(false, Ordering::SeqCst);
    forget_own_error();
}
