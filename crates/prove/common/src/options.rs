//! The command line of a part.

use std::path::PathBuf;

use lexopt::{Arg, Parser};

use crate::Result;

/// What a part is asked for.
#[derive(Debug, Default)]
pub struct Options {
    /// The form of at most some ten seconds.
    pub short: bool,
    /// A Python that has the package; none: the Python programs are left out, which the report says.
    pub python: Option<PathBuf>,
    /// Where the report is written, beside being printed.
    pub out: Option<PathBuf>,
}

impl Options {
    /// As the report tells it.
    #[must_use]
    pub fn effort(&self) -> &'static str {
        if self.short { "short" } else { "full" }
    }
}

/// Reads it.
///
/// # Errors
///
/// What is wrong with it.
pub fn read() -> Result<Options> {
    let mut options = Options::default();
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("short") => options.short = true,
            Arg::Long("python") => options.python = Some(parser.value()?.into()),
            Arg::Long("out") => options.out = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(options)
}
