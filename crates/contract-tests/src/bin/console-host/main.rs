//! The system's part in the end of a process, as a program for tests in any language.
//!
//! ```text
//! console-host event PID c|break|close|logoff|shutdown [MILLISECONDS]
//! console-host message PID query|end|cancel|close [LPARAM]
//! ```
//!
//! `event` starts the system's own dispatcher in the process (see `contract_tests::windows::console`) and prints
//! `returned`, `ended` (with the process) or `timeout`; behind close, logoff and shutdown it ends the process, as Windows does, when the handlers have
//! returned or the time is over (the system's, or the one given). `message` sends what the session's end and `taskkill`
//! send to each top-level window of the process, and prints how many there were and what they answered. It does not use
//! the library that it is a witness for.

#[cfg(windows)]
mod messages;

#[cfg(windows)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::time::Duration;

    use contract_tests::windows::console::{ConsoleEvent, dispatch};
    use contract_tests::windows::held;

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["event", pid, event, rest @ ..] => {
            let event: ConsoleEvent = event.parse()?;
            let time = match rest {
                [millis] => Some(Duration::from_millis(millis.parse()?)),
                _ => held::time_for(event),
            };
            let dispatch = dispatch(pid.parse()?, event)?;
            let over = dispatch.wait(time.filter(|_| event.is_enforced()));
            println!("{}", over.name());
            if event.is_enforced() {
                dispatch.end_the_process(over);
            }
        }
        ["message", pid, message, rest @ ..] => {
            let bits = rest.first().map_or(Ok(0), |bits| bits.parse())?;
            println!("{}", messages::send(pid.parse()?, message, bits)?);
        }
        _ => return Err("usage: console-host event PID EVENT [MILLISECONDS] | message PID MESSAGE [LPARAM]".into()),
    }
    Ok(())
}

#[cfg(not(windows))]
fn main() {
    eprintln!("console events are of Windows: there are none here");
    std::process::exit(2);
}
