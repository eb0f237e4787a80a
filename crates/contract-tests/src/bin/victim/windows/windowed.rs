//! A program that has `user32` loaded: no logoff and no shutdown reaches it through the console, only through a window.

use windows_sys::Win32::System::LibraryLoader::LoadLibraryA;

use crate::talk::heed;
use crate::{Outcome, scenarios};

scenarios![windowed];

/// `victim windowed SCENARIO [arguments]`: `user32` is loaded as `import ssl` does it, long before the library is used.
fn windowed() -> Outcome {
    // SAFETY: a library of the system, whose name ends with a zero byte.
    assert!(!unsafe { LoadLibraryA(c"user32.dll".as_ptr().cast()) }.is_null());
    heed(std::env::args().skip(2).collect());
    crate::scenario()
}
