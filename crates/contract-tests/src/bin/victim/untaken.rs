//! What came within a block, and nobody has taken when the block ends or gets another time: the thread raises it itself, and goes
//! on before the supervisor can look.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use libc::SIGTERM;
use shutdown_protection::{ShutdownProtection, protect, protect_async};

use crate::breaks::Failure;
use crate::exits::{at_exit, early};
use crate::os::raise;
use crate::talk::{LONG, arg, patient, say, tell};
use crate::{DONE, Outcome, scenarios};

scenarios![untaken_at_the_end, untaken_at_a_shorter_time];

/// How the block ends is the argument.
fn untaken_at_the_end() -> Outcome {
    patient();
    match arg(1).as_str() {
        "error" => {
            let ended = protect::<(), Failure>(LONG, |_| {
                raise(SIGTERM);
                Err(Failure::Own)
            });
            say!("own {}", matches!(ended, Err(Failure::Own)));
            ended?;
            DONE
        }
        "panic" => {
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let _guard = ShutdownProtection::start_for(LONG);
                raise(SIGTERM);
                std::panic::resume_unwind(Box::new(()));
            }));
            say!("caught {}", ended.is_err());
            DONE
        }
        "exit" => {
            at_exit(early);
            let _guard = ShutdownProtection::start_for(LONG)?;
            raise(SIGTERM);
            std::process::exit(3)
        }
        _ => {
            let value = smol::block_on(protect_async(LONG, async {
                raise(SIGTERM);
                42
            }));
            say!("value {value:?}");
            DONE
        }
    }
}

/// It has had more time than it is given now; that runs from now on.
fn untaken_at_a_shorter_time() -> Outcome {
    patient();
    let time = Duration::from_millis(100);
    let guard = ShutdownProtection::start_for(LONG)?;
    std::thread::sleep(2 * time);
    raise(SIGTERM);
    guard.renew_for(time);
    say!("goes on");
    while guard.check_deadline().is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    tell("deadline", &guard.check_deadline());
    DONE
}
