//! Questions of ours that run Python code, and take an error for an answer.
//!
//! The interpreter may run a signal handler within any Python code, ours included. What that handler raises there is the end of
//! the program, and would be lost with the error. So meanwhile our handler raises nothing: it is called again when the question
//! is answered.

use std::cell::Cell;

use crate::signals;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static DEFERRED: Cell<bool> = const { Cell::new(false) };
}

/// Is our handler called within such a question? Then it is called again behind it.
pub(crate) fn defers() -> bool {
    let defers = DEPTH.get() > 0;
    if defers {
        DEFERRED.set(true);
    }
    defers
}

/// Asks one.
pub(crate) fn quietly<T>(ask: impl FnOnce() -> T) -> T {
    DEPTH.set(DEPTH.get() + 1);
    let answer = ask();
    DEPTH.set(DEPTH.get() - 1);
    if DEPTH.get() == 0 && DEFERRED.take() {
        // Where no handler in Python is ours, the engine asks again by itself.
        let _ = signals::trip_ours();
    }
    answer
}
