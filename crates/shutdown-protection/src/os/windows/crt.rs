//! The C runtime's signals: what a program raises by `raise`, and what its runtime makes of console events.
//!
//! A process may have several C runtimes, each with handlers of its own. Ours is the one that this module is linked with,
//! unless a face names another ([`CRuntime`]): the interpreter's is not that of its extension.
//!
//! The runtime takes a handler off when it calls it, so ours puts itself back first of all. And it can only be asked for a
//! handler by setting another; what comes while [`look`] has ours in the place of a stranger is kept for the stranger.

use std::ffi::c_int;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::handler;
use crate::event::ShutdownEvent;
use crate::host::HOST;

/// Which signal is which event.
pub(super) const SIGNALS: [(ShutdownEvent, c_int); 3] =
    [(ShutdownEvent::SigInt, 2), (ShutdownEvent::SigTerm, 15), (ShutdownEvent::SigBreak, 21)];

/// A handler as `signal` takes it: the address of a function, or one of these.
pub(super) type Handler = usize;
pub(super) const DEFAULT: Handler = 0;
pub(super) const IGNORE: Handler = 1;
/// What `signal` gives for a signal that the runtime does not have.
const ERROR: Handler = usize::MAX;

/// The functions of a C runtime. What is not named is not used.
#[derive(Debug, Clone, Copy, Default)]
pub struct CRuntime {
    /// `signal`.
    pub signal: Option<unsafe extern "C" fn(c_int, usize) -> usize>,
    /// Calls a function when the process exits, while its threads still run: `_crt_atexit`. (`atexit` in a library is
    /// about the library.)
    pub atexit: Option<unsafe extern "C" fn(extern "C" fn()) -> c_int>,
}

unsafe extern "C" {
    fn signal(signal: c_int, handler: usize) -> usize;
    pub(super) fn atexit(function: extern "C" fn()) -> c_int;
}

static RUNTIME: OnceLock<CRuntime> = OnceLock::new();

/// Names the runtime of the process. Once, before the first use of anything else.
pub(crate) fn adopt(runtime: CRuntime) {
    let _ = RUNTIME.set(runtime);
}

/// In a library, our own `atexit` would come when the threads are gone.
pub(super) fn runtime() -> &'static CRuntime {
    RUNTIME.get_or_init(|| CRuntime { signal: Some(signal), atexit: super::module::is_program().then_some(atexit) })
}

fn place(event: ShutdownEvent) -> Option<usize> {
    SIGNALS.iter().position(|(known, _)| *known == event)
}

/// Sets a handler; gives the former one, if the runtime has this signal.
pub(super) fn set(event: ShutdownEvent, handler: Handler) -> Option<Handler> {
    let (_, number) = SIGNALS[place(event)?];
    let signal = runtime().signal?;
    // SAFETY: a signal of the runtime, and what it gave us for this signal, or our handler.
    let former = unsafe { signal(number, handler) };
    (former != ERROR).then_some(former)
}

/// Ours, as `signal` takes it.
pub(super) fn ours() -> Handler {
    handle as *const () as Handler
}

extern "C" fn handle(signal: c_int) {
    handler::keeping_errno(|| {
        let Some((event, _)) = SIGNALS.into_iter().find(|(_, number)| *number == signal) else { return };
        if !is_being_looked_at(event) {
            set(event, ours());
            handler::receive(event);
        }
    });
}

/// By signal: is somebody looking, and how many of them came meanwhile?
static LOOKING: [AtomicU32; SIGNALS.len()] = [const { AtomicU32::new(0) }; SIGNALS.len()];
const LOOKS: u32 = 1 << 31;

fn is_being_looked_at(event: ShutdownEvent) -> bool {
    let count = |word: u32| (word & LOOKS != 0).then_some(word + 1);
    place(event).is_some_and(|at| LOOKING[at].fetch_update(Ordering::SeqCst, Ordering::SeqCst, count).is_ok())
}

/// Looks which handler stands, and lets `decide` say which one is to stand; gives both. One at a time: under the
/// installation's lock.
pub(super) fn look(event: ShutdownEvent, decide: impl FnOnce(Handler) -> Handler) -> Option<(Handler, Handler)> {
    let at = place(event)?;
    LOOKING[at].store(LOOKS, Ordering::SeqCst);
    let looked = set(event, ours()).map(|before| {
        let after = decide(before);
        if after != ours() {
            set(event, after);
        }
        (before, after)
    });
    let came = LOOKING[at].swap(0, Ordering::SeqCst) & !LOOKS;
    if let Some((_, after)) = looked.filter(|_| came > 0) {
        if after == ours() {
            set(event, after);
        }
        // Elsewhere: the caller has a lock that a handler may want. (Without a thread they are lost, and the system is out
        // of memory.)
        let _ = HOST.run("shutdown-signal", Box::new(move || (0..came).for_each(|_| pass(event, after))));
    }
    looked
}

/// Does with a signal what this handler does.
fn pass(event: ShutdownEvent, handler: Handler) {
    match handler {
        IGNORE => {}
        DEFAULT => super::end::with_code(DEFAULT_STATUS),
        _ if handler == ours() => handler::receive(event),
        _ => {
            set(event, DEFAULT);
            call(event, handler);
        }
    }
}

/// What the runtime exits with for a signal without a handler.
const DEFAULT_STATUS: i32 = 3;

/// Calls a handler of the program's.
pub(super) fn call(event: ShutdownEvent, handler: Handler) {
    if let Some(at) = place(event) {
        // SAFETY: a function that the program had set as the handler of this signal.
        unsafe {
            let function: extern "C" fn(c_int) = std::mem::transmute(handler);
            function(SIGNALS[at].1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    unsafe extern "C" {
        fn raise(signal: c_int) -> c_int;
    }

    /// The runtime's table is the process's.
    static ALONE: Mutex<()> = Mutex::new(());
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn strangers(_: c_int) {
        CALLS.fetch_add(1, Ordering::SeqCst);
    }

    fn look_only(event: ShutdownEvent) -> Handler {
        look(event, |present| present).unwrap().0
    }

    #[test]
    fn c8_a_look_leaves_what_stands() {
        let _alone = ALONE.lock().unwrap();
        let stranger = strangers as *const () as Handler;
        for handler in [stranger, IGNORE, ours(), DEFAULT] {
            set(ShutdownEvent::SigBreak, handler);
            assert_eq!(look_only(ShutdownEvent::SigBreak), handler);
            assert_eq!(look_only(ShutdownEvent::SigBreak), handler);
        }
    }

    /// It is raised in the moment in which ours stands in the stranger's place.
    #[test]
    fn c1_what_comes_during_a_look_is_the_strangers() {
        let _alone = ALONE.lock().unwrap();
        let stranger = strangers as *const () as Handler;
        set(ShutdownEvent::SigBreak, stranger);
        let before = CALLS.load(Ordering::SeqCst);
        look(ShutdownEvent::SigBreak, |present| {
            // SAFETY: a signal of the runtime, for which a handler stands.
            assert_eq!(unsafe { raise(21) }, 0);
            present
        });
        while CALLS.load(Ordering::SeqCst) == before {
            std::thread::yield_now();
        }
        // As the runtime does it: called once.
        while look_only(ShutdownEvent::SigBreak) != DEFAULT {
            std::thread::yield_now();
        }
        assert_eq!(CALLS.load(Ordering::SeqCst), before + 1);
    }

    #[test]
    fn c2_the_console_has_no_place_in_the_runtime() {
        assert_eq!(set(ShutdownEvent::CtrlC, IGNORE), None);
        assert_eq!(look(ShutdownEvent::CtrlClose, |present| present), None);
    }
}
