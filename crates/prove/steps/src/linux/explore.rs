//! The first run of a program: every instruction is noted, and nothing is sent.

use nix::libc;
use nix::sys::ptrace;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use super::breakpoint;
use super::route::Route;
use super::shot::EVENTS;
use super::tracer::{Traced, Tracer, Trouble};

impl Tracer {
    /// The route, no longer than this; and how the program ends.
    pub(crate) fn explore(&mut self, longest: usize) -> Traced<(Route, WaitStatus)> {
        self.order()?;
        let stepped = self.until_marked()?;
        let begin = registers(stepped)?.rip;
        if breakpoint::set(stepped, begin).and_then(|()| breakpoint::clear(stepped)).is_err() {
            return Err(Trouble::NoBreakpoints);
        }
        let mut addresses = vec![begin];
        let mut handler = None;
        while addresses.len() < longest {
            let before = addresses.len() - 1;
            let mut own_event = false;
            if !self.one_step(stepped, |signal| own_event |= EVENTS.contains(&signal))? {
                break;
            }
            let address = registers(stepped)?.rip;
            handler = match handler {
                None if own_event => Some((before, None)),
                Some((begin, None)) if address == addresses[begin] => Some((begin, Some(addresses.len()))),
                handler => handler,
            };
            addresses.push(address);
            // A route is long, and there is progress.
            self.lives();
        }
        let status = self.until_gone()?;
        let handler = handler.map(|(begin, end)| begin..end.unwrap_or(addresses.len()));
        Ok((Route::new(addresses, handler), status))
    }
}

pub(crate) fn registers(thread: Pid) -> nix::Result<libc::user_regs_struct> {
    ptrace::getregs(thread)
}
