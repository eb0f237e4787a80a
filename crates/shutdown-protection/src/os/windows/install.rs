//! Installing our handlers, and putting back what stood before.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

use super::crt::{self, Handler, SIGNALS};
use super::{console, guest, window};
use crate::config::Settings;
use crate::event::ShutdownEvent;
use crate::face;
use crate::fork_lock::ForkLock;

const COUNT: usize = SIGNALS.len();

/// What stood in the C runtime before ours, by signal; it counts where [`STANDING`] says that ours is installed.
static FORMER: ForkLock<[Handler; COUNT]> = ForkLock::new([crt::DEFAULT; COUNT]);

/// By signal, what a look without the lock needs.
static STANDING: [AtomicU8; COUNT] = [const { AtomicU8::new(0) }; COUNT];
const INSTALLED: u8 = 1;
const WAS_IGNORED: u8 = 2;
const REPLACED: u8 = 4;

/// Puts our handlers where they belong. The C runtime's first: it may register a console routine of its own, and ours
/// has to stand over that.
pub(crate) fn handlers(_settings: &Settings) -> io::Result<()> {
    let mut former = FORMER.lock();
    for (at, (event, _)) in SIGNALS.into_iter().enumerate() {
        adopt(event, &STANDING[at], &mut former[at]);
    }
    drop(former);
    console::install()
}

/// C7: an ignored signal stays ignored.
fn adopt(event: ShutdownEvent, standing: &AtomicU8, former: &mut Handler) {
    let looked = crt::look(event, |present| if present == crt::IGNORE { crt::IGNORE } else { crt::ours() });
    match looked {
        None => standing.store(0, Ordering::SeqCst),
        Some((crt::IGNORE, _)) => {
            guest::remember(event, crt::IGNORE);
            standing.store(WAS_IGNORED, Ordering::SeqCst);
        }
        Some((present, _)) if present == crt::ours() => {}
        // The runtime takes ours off for the moment in which it calls it.
        Some((crt::DEFAULT, _)) if standing.load(Ordering::SeqCst) & INSTALLED != 0 => {}
        Some((present, _)) => {
            guest::remember(event, present);
            *former = present;
            standing.store(INSTALLED, Ordering::SeqCst);
        }
    }
}

/// What [`handlers`] cannot do under the engine's lock: the window, which is waited for; and the console, of which the
/// process may have got another one since.
pub(crate) fn look_again() -> io::Result<()> {
    window::start_if_needed();
    console::look_again()
}

/// C8: puts back what stood before, where ours still stands.
pub(crate) fn restore() -> Vec<ShutdownEvent> {
    let former = FORMER.lock();
    let mut restored = Vec::new();
    for (at, (event, _)) in SIGNALS.into_iter().enumerate() {
        if STANDING[at].swap(0, Ordering::SeqCst) & INSTALLED == 0 {
            continue;
        }
        let is_ours = |present| present == crt::ours() || present == crt::DEFAULT;
        let looked = crt::look(event, |present| if is_ours(present) { former[at] } else { present });
        if looked.is_some_and(|(present, _)| is_ours(present)) {
            restored.push(event);
        }
    }
    if console::pass_on() {
        restored.extend(console::EVENTS);
    }
    window::stop();
    restored
}

/// A guest was called, in place of the C runtime: which handler stands now? Under ours it stays only if it has put
/// itself, or another, in ours' place.
pub(super) fn after_guest(event: ShutdownEvent) {
    let Some(at) = SIGNALS.iter().position(|(known, _)| *known == event) else { return };
    let mut former = FORMER.lock();
    if STANDING[at].load(Ordering::SeqCst) & INSTALLED == 0 {
        // The former handlers were put back meanwhile.
        return;
    }
    let looked = crt::look(event, |present| if present == crt::IGNORE { crt::IGNORE } else { crt::ours() });
    let now = match looked {
        Some((present, _)) if present != crt::ours() => present,
        _ => crt::DEFAULT,
    };
    former[at] = now;
    guest::remember(event, now);
    if now == crt::IGNORE {
        STANDING[at].store(WAS_IGNORED, Ordering::SeqCst);
    }
}

/// The signals whose handlers another library has replaced, told once. Who has registered a console routine over ours
/// the system does not tell.
pub(crate) fn newly_replaced() -> Vec<ShutdownEvent> {
    if face::get().is_some_and(face::Face::is_installing) {
        return Vec::new();
    }
    // Not in the middle of an installation.
    let _installing = FORMER.lock();
    let is_newly_replaced = |(at, event): &(usize, ShutdownEvent)| {
        let standing = &STANDING[*at];
        standing.load(Ordering::SeqCst) & (INSTALLED | REPLACED) == INSTALLED
            && !stands(*event)
            && standing.fetch_or(REPLACED, Ordering::SeqCst) & REPLACED == 0
    };
    let signals = SIGNALS.into_iter().map(|(event, _)| event).enumerate();
    signals.filter(is_newly_replaced).map(|(_, event)| event).collect()
}

/// Does ours stand in the C runtime? A default handler is what the runtime leaves there while it calls ours.
fn stands(event: ShutdownEvent) -> bool {
    let is_ours = |present| present == crt::ours() || present == crt::DEFAULT;
    let looked = crt::look(event, |present| if is_ours(present) { crt::ours() } else { present });
    looked.is_some_and(|(present, _)| is_ours(present))
}

/// Is ours the handler that is called for this event? Of the console's events it is not known: see [`newly_replaced`].
pub(crate) fn is_on_top(event: ShutdownEvent) -> bool {
    let _installing = FORMER.lock();
    stands(event)
}

/// Was this signal ignored before us (C7)?
pub(super) fn was_ignored(event: ShutdownEvent) -> bool {
    let at = SIGNALS.iter().position(|(known, _)| *known == event);
    at.is_some_and(|at| STANDING[at].load(Ordering::SeqCst) & WAS_IGNORED != 0)
}

/// There is no `SIGHUP`.
pub(crate) fn hup_was_ignored() -> bool {
    false
}
