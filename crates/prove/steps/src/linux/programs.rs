//! The programs that are run, and what is expected of each.

use std::path::PathBuf;

use super::options::Options;
use super::server::Victim;
use super::way::Way;

#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) about: &'static str,
    pub(crate) victim: Victim,
    pub(crate) ways: &'static [Way],
    pub(crate) expected: Expected,
    /// In these ways the signal may go to a thread that ends before the process does. At its very end a thread blocks all
    /// signals: one that is sent to it there is gone with it, whatever anybody does.
    pub(crate) to_who_ends: &'static [Way],
    /// The share of the time of a short run; and of a full one, where not each instruction has its turn.
    pub(crate) share: f64,
    pub(crate) sampled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing is torn, and each event ends the process by its signal.
    Whole,
    /// The tool has to find the tears.
    Torn,
}

/// Those that are written in Rust: the name, what it is about, the ways to a thread that ends.
const RUST: [(&str, &str, &[Way]); 6] = [
    ("blocks", "one thread, from before the first use of the library", &[]),
    ("nested", "one thread: inner blocks end and break between the two steps", &[]),
    ("second", "one thread: an event of its own first, so that the signal is a second attempt", &[]),
    ("threads", "the main thread, beside a thread that writes", &[Way::Held]),
    ("worker", "a thread, beside the main thread that writes", &[Way::Thread, Way::Alone]),
    ("race", "two threads, from before the first use of the library", &[Way::Held]),
];

/// Those that are written in Python.
const PYTHON: [(&str, &str); 5] = [
    ("python blocks", "enter, break, leave"),
    ("python nested", "inner blocks end and break between the two steps"),
    ("python roll back", "an interrupted block, and what undoes it in another"),
    ("python thread", "a thread in blocks, beside a main thread in blocks"),
    ("python first use", "one block, from before the first use of the package"),
];

/// So many of them are in a short run: stepping through the others takes too long.
const IN_SHORT: usize = 2;

pub(crate) fn all(options: &Options) -> std::io::Result<Vec<Program>> {
    let here = std::env::current_exe()?;
    // Both programs are built into the same folder.
    let victim = here.with_file_name("steps-victim");
    let rust = |name: &str| Victim { command: vec![victim.clone(), name.into()], modules: None };
    let mut programs = vec![Program {
        name: "unprotected".into(),
        about: "the two steps with nothing around them",
        victim: rust("unprotected"),
        ways: &[Way::Thread],
        expected: Expected::Torn,
        to_who_ends: &[],
        share: 0.3,
        sampled: false,
    }];
    programs.extend(RUST.map(|(name, about, to_who_ends)| Program {
        name: name.into(),
        about,
        victim: rust(name),
        ways: &Way::ALL,
        expected: Expected::Whole,
        to_who_ends,
        share: 1.0,
        sampled: false,
    }));
    let python = |interpreter: &PathBuf, name: &str, modules: Option<&PathBuf>| Victim {
        command: vec![
            interpreter.clone(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/python/victim.py").into(),
            name.trim_start_matches("python ").into(),
        ],
        modules: modules.cloned(),
    };
    if let Some(original) = options.original.as_ref().filter(|_| !options.short) {
        programs.push(Program {
            name: "original nested".into(),
            about: "the original package, 0.1.2: inner blocks between the two steps",
            victim: python(original, "nested", None),
            ways: &[Way::Thread],
            expected: Expected::Torn,
            to_who_ends: &[],
            share: 0.5,
            sampled: true,
        });
    }
    if let Some(interpreter) = &options.python {
        let programs_of =
            PYTHON.iter().take(if options.short && options.only.is_none() { IN_SHORT } else { PYTHON.len() });
        programs.extend(programs_of.map(|(name, about)| Program {
            name: (*name).into(),
            about,
            victim: python(interpreter, name, options.package.as_ref()),
            ways: &Way::ALL,
            expected: Expected::Whole,
            to_who_ends: &[],
            share: 1.0,
            sampled: true,
        }));
    }
    programs.retain(|program| options.only.as_ref().is_none_or(|only| *only == program.name));
    Ok(programs)
}
