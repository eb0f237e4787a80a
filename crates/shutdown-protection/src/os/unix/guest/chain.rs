//! The guests that stood before ours earlier than the present one.
//!
//! A handler that is installed over ours may call ours, as what stood before it; and when it has become the guest itself,
//! that call is meant for the guest that we had then. Each of them may call ours once more.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::super::signals::mask;

/// What `sigaction` knows of a handler.
#[derive(Clone, Copy)]
pub(super) struct Handler {
    pub(super) function: usize,
    pub(super) flags: libc::c_int,
    pub(super) mask: libc::sigset_t,
}

impl Handler {
    /// Calls it as the kernel would have: with its arguments, and its mask on top of ours.
    pub(super) fn call(&self, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let former = mask(libc::SIG_BLOCK, &self.mask);
        // SAFETY: the address is of a handler that the program had installed for this signal with these flags, which
        // say its type.
        unsafe {
            if self.flags & libc::SA_SIGINFO != 0 {
                let function: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                    std::mem::transmute(self.function);
                function(signal, info, context);
            } else {
                let function: extern "C" fn(libc::c_int) = std::mem::transmute(self.function);
                function(signal);
            }
        }
        mask(libc::SIG_SETMASK, &former);
    }

    fn is_same(&self, other: &Self) -> bool {
        // SAFETY: both sets are valid; of a number that is no signal, both calls say the same.
        let has = |set: &libc::sigset_t, signal| unsafe { libc::sigismember(set, signal) };
        (self.function, self.flags) == (other.function, other.flags)
            && (1..=64).all(|signal| has(&self.mask, signal) == has(&other.mask, signal))
    }
}

/// A guest and those before it. Never changed or freed, so that handlers may read it at any time; made once for each order
/// of guests that there was.
struct Link {
    handler: Handler,
    older: *const Link,
}

/// The older guests of one event.
pub(super) struct Chain {
    newest: AtomicPtr<Link>,
    /// Whose turn it is next in the thread that is in the guest's handler. For that thread alone.
    next: AtomicPtr<Link>,
    /// All that there are. Under the installation's lock.
    known: UnsafeCell<Vec<&'static Link>>,
}

// SAFETY: the links do not change; `known` is touched only by `succeed`, under the installation's lock.
unsafe impl Sync for Chain {}

impl Chain {
    pub(super) const fn new() -> Self {
        Self {
            newest: AtomicPtr::new(ptr::null_mut()),
            next: AtomicPtr::new(ptr::null_mut()),
            known: UnsafeCell::new(Vec::new()),
        }
    }

    /// The handler at the address `new` is to be the guest instead of `former`; 0: there is to be none. Each is in the
    /// chain once. Under the installation's lock.
    pub(super) fn succeed(&self, former: Option<Handler>, new: usize) {
        let mut handlers: Vec<Handler> = Vec::new();
        if new != 0 {
            handlers.extend(former);
            handlers.extend(links(self.newest.load(Ordering::Relaxed)).map(|link| link.handler));
        }
        let mut newest: *const Link = ptr::null();
        for (at, handler) in handlers.iter().enumerate().rev() {
            let is_newer = |newer: &Handler| newer.function == handler.function;
            if handler.function != new && !handlers[..at].iter().any(is_newer) {
                newest = self.link(*handler, newest);
            }
        }
        self.newest.store(newest.cast_mut(), Ordering::Release);
    }

    fn link(&self, handler: Handler, older: *const Link) -> *const Link {
        // SAFETY: see `Sync`; the reference ends with this call.
        let known = unsafe { &mut *self.known.get() };
        let is_it = |link: &&&Link| ptr::eq(link.older, older) && link.handler.is_same(&handler);
        if let Some(link) = known.iter().find(is_it) {
            return *link;
        }
        let link: &'static Link = Box::leak(Box::new(Link { handler, older }));
        known.push(link);
        link
    }

    /// The guest is about to be called by this thread, which is the one that runs it.
    pub(super) fn begin(&self, guest: usize) {
        // While one guest succeeds another, the chain may be that of its successor already.
        let older = links(self.newest.load(Ordering::Acquire)).find(|link| link.handler.function != guest);
        self.next.store(older.map_or(ptr::null_mut(), |older| ptr::from_ref(older).cast_mut()), Ordering::Relaxed);
    }

    /// In the thread that runs the guest: what it called is the next older one.
    pub(super) fn call_next(&self, signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let next = self.next.load(Ordering::Relaxed);
        // SAFETY: null, or a link; those are never freed.
        let Some(link) = (unsafe { next.as_ref() }) else { return };
        self.next.store(link.older.cast_mut(), Ordering::Relaxed);
        link.handler.call(signal, info, context);
        // The newer one may call ours again, and means the same guest.
        self.next.store(next, Ordering::Relaxed);
    }
}

fn links(newest: *const Link) -> impl Iterator<Item = &'static Link> {
    // SAFETY: null, or a link; those are never freed.
    std::iter::successors(unsafe { newest.as_ref() }, |link| unsafe { link.older.as_ref() })
}
