//! How a thread is interrupted at its deadline (C11).
//!
//! Mostly by an asynchronous exception of the interpreter, which comes between any two bytecodes. Not where asyncio or trio runs
//! within the thread's block: between two bytecodes of the library itself, what it was about to run would be lost, and `asyncio.run`
//! waits for its tasks. That thread is told by the library's own means, or when it has left it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use shutdown_protection::face;

use super::{Library, hold_loops, lock, lost, may_be_task};
use crate::imports::import;
use crate::{events, frames, lifetime, present};

/// Threads that an asynchronous exception was set for, and has not met its end yet.
static ASYNC: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// How many these are: who ends a block where all is calm need not come to the lock for it.
static INTERRUPTED: AtomicUsize = AtomicUsize::new(0);

/// Interrupts these threads, if all their time is up. In a helper thread, which waits for those that a loop is to tell.
pub(crate) fn interrupt_threads(py: Python<'_>, threads: Vec<u64>, tasks: impl FnOnce()) {
    hold_loops(py);
    let mut by_loop: Vec<ByLoop> = threads
        .into_iter()
        .filter_map(|thread| interrupt_bare(py, thread).map(|library| ByLoop::of(thread, library)))
        .collect();
    tasks();
    loop {
        by_loop.retain_mut(|waiting| !waiting.goes_on(py));
        if by_loop.is_empty() || lifetime::is_over() {
            return;
        }
        py.detach(|| std::thread::sleep(ByLoop::LOOK));
    }
}

/// C11: sets the exception in this thread, if all its time is up. That is asked under the lock, at which the thread withdraws the
/// exception behind the end of its block: so it never comes outside of it. `Some`: this library is at work within its block.
fn interrupt_bare(py: Python<'_>, thread: u64) -> Option<Library> {
    let library = library_in(py, thread);
    if library.is_some() && !face::thread_is_within_loop(thread) {
        return library;
    }
    set(py, thread, library);
    None
}

fn set(py: Python<'_>, thread: u64, library: Option<Library>) {
    let kind = events::interrupt(py, library == Some(Library::Asyncio) || may_run_uvloop(py, thread));
    // Without it, what is lost is lost.
    let _ = lost::watch(py);
    let mut threads = lock(&ASYNC);
    if face::thread_has_lapsed(thread) {
        // Twice, where the first one was lost.
        if !threads.contains(&thread) {
            threads.push(thread);
        }
        INTERRUPTED.store(threads.len(), Ordering::SeqCst);
        // SAFETY: this thread is in the interpreter; the type lives for ever. The identifier is the thread's `pthread_t`, as the
        // interpreter counts it; of a thread that has ended nothing is found. It runs no code of Python's.
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, kind.as_ptr()) };
    }
}

/// In the thread: what was set has been lost, in a finalizer.
pub(super) fn interrupt_again(py: Python<'_>) {
    let thread = face::this_thread();
    set(py, thread, library_in(py, thread));
}

/// Which of them is at work in this thread? By its frames: what it does elsewhere, no library says.
fn library_in(py: Python<'_>, thread: u64) -> Option<Library> {
    if !may_be_task(py) {
        return None;
    }
    frames::of_thread(py, thread).find_map(|frame| {
        let is_in = |name: &str| frames::is_in_module(&frame, |module| module.starts_with(name));
        let asyncio = (is_in("asyncio.") || is_in("uvloop")).then_some(Library::Asyncio);
        asyncio.or_else(|| is_in("trio._core._run").then_some(Library::Trio))
    })
}

/// A loop that runs bare on uvloop has no frames. Not in the thread of a pool, for which a task may wait.
fn may_run_uvloop(py: Python<'_>, thread: u64) -> bool {
    let is_pools =
        |frame: Bound<'_, PyAny>| frames::is_in_module(&frame, |module| module == "concurrent.futures.thread");
    present::module(intern!(py, "uvloop")).is_some() && !frames::of_thread(py, thread).any(is_pools)
}

/// A thread that a library is at work in.
struct ByLoop {
    thread: u64,
    library: Library,
    /// The callback that its loop is asked to run.
    interruption: Option<Py<PyAny>>,
    /// Since when no loop has been found.
    without: Option<Instant>,
}

impl ByLoop {
    const LOOK: Duration = Duration::from_millis(20);
    /// So long it may be at work without a loop that can be found: it is setting one up, or winding it up.
    const MOMENT: Duration = Duration::from_secs(1);

    fn of(thread: u64, library: Library) -> Self {
        Self { thread, library, interruption: None, without: None }
    }

    /// `true`: it has been told, or is not to be.
    fn goes_on(&mut self, py: Python<'_>) -> bool {
        // Behind its loop, which has told it, it rolls back: it is not told a second time (C20).
        if !face::thread_has_lapsed(self.thread) || self.is_met(py) {
            return true;
        }
        let Some(library) = interrupt_bare(py, self.thread) else { return true };
        if library != self.library {
            *self = Self::of(self.thread, library);
        }
        // What fails here is looked at again.
        match self.ask(py) {
            Ok(Asked::ByLoop) => {
                self.without = None;
                false
            }
            Ok(Asked::Stuck) => {
                let is_its_own = frames::of_thread(py, self.thread).next().is_some_and(|frame| is_a_program_s(&frame));
                if is_its_own {
                    set(py, self.thread, Some(library));
                }
                is_its_own
            }
            Ok(Asked::NoLoop) | Err(_) => {
                let since = *self.without.get_or_insert_with(Instant::now);
                let is_over = since.elapsed() >= Self::MOMENT;
                if is_over {
                    set(py, self.thread, Some(library));
                }
                is_over
            }
        }
    }

    fn is_met(&self, py: Python<'_>) -> bool {
        let is_met = |interruption: &Py<PyAny>| interruption.bind(py).getattr("is_met")?.is_truthy();
        self.interruption.as_ref().is_some_and(|interruption| is_met(interruption).unwrap_or(false))
    }

    fn ask(&mut self, py: Python<'_>) -> PyResult<Asked> {
        let interruption = match &self.interruption {
            Some(interruption) => interruption.bind(py).clone(),
            None => {
                let module = match self.library {
                    Library::Trio => "graceful_shutdown._trio_threads",
                    _ => "graceful_shutdown._asyncio_threads",
                };
                let made = import(py, module)?.call_method0("Interruption")?;
                self.interruption.insert(made.unbind()).bind(py).clone()
            }
        };
        let frame = frames::of_thread(py, self.thread).next();
        if !interruption.call_method1("ask", (frame,))?.is_truthy()? {
            return Ok(Asked::NoLoop);
        }
        let is_stuck = interruption.call_method0("is_stuck")?.is_truthy()?;
        Ok(if is_stuck { Asked::Stuck } else { Asked::ByLoop })
    }
}

enum Asked {
    ByLoop,
    NoLoop,
    /// A step of the loop does not end.
    Stuck,
}

/// Is this not the code of a library that runs tasks? What comes there leaves the loop when the step has ended, and loses none.
fn is_a_program_s(frame: &Bound<'_, PyAny>) -> bool {
    !frames::is_in_module(frame, |module| {
        ["asyncio.", "trio.", "selectors"].into_iter().any(|name| module.starts_with(name))
    })
}

/// For the loop's callback: is the time of this thread's blocks up?
#[pyfunction]
#[pyo3(name = "_is_thread_due")]
pub(crate) fn is_thread_due() -> bool {
    face::thread_has_lapsed(face::this_thread())
}

/// May there be such an exception, for the thread that ends a block where all is calm? With the interpreter lock it is raised
/// before the thread comes to that end.
#[inline]
pub(crate) fn may_be_interrupted() -> bool {
    cfg!(any(Py_GIL_DISABLED, feature = "own-locks")) && INTERRUPTED.load(Ordering::Relaxed) != 0
}

/// C11: an interrupt that comes too late is withdrawn. In the thread, at the end of a block.
pub(crate) fn withdraw_async() {
    let thread = face::this_thread();
    let mut threads = lock(&ASYNC);
    if let Some(index) = threads.iter().position(|noted| *noted == thread) {
        threads.swap_remove(index);
        INTERRUPTED.store(threads.len(), Ordering::SeqCst);
        // SAFETY: this thread is in the interpreter; null takes back what was set and not raised yet.
        unsafe { ffi::PyThreadState_SetAsyncExc(thread as _, std::ptr::null_mut()) };
    }
}

/// In the child of a fork.
#[cfg(unix)]
pub(super) fn forked() {
    lock(&ASYNC).clear();
    INTERRUPTED.store(0, Ordering::SeqCst);
}
