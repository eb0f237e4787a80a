//! The user's code, where a panic must not come through: callbacks, wakers, the logger.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs it. Should it panic, `told` hears with what, and that is all: `None`.
pub(crate) fn contain<T>(code: impl FnOnce() -> T, told: impl FnOnce(&(dyn Any + Send))) -> Option<T> {
    let payload = match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => return Some(value),
        Err(payload) => payload,
    };
    told(&*payload);
    // What it panicked with is the user's, too, and may panic when it is dropped; so may what it panics with then.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(payload);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use super::*;

    /// Panics whenever it is dropped, with the like of it.
    struct Endless;

    impl Drop for Endless {
        fn drop(&mut self) {
            resume_unwind(Box::new(Self));
        }
    }

    #[test]
    fn c16_no_panic_comes_through_not_even_that_of_a_payload() {
        let mut told = false;
        let nothing: Option<()> =
            contain(|| resume_unwind(Box::new(Endless)), |payload| told = payload.is::<Endless>());
        assert_eq!((nothing, told), (None, true));
        assert_eq!(contain(|| 7, |_| unreachable!("it has not panicked")), Some(7));
    }
}
