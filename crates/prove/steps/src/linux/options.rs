//! The options.

use std::path::PathBuf;
use std::process;

const USAGE: &str = "\
usage: prove-steps [--short] [--python PROGRAM --package FOLDER] [--original PROGRAM] [--out FILE]
                   [--all-pairs] [--only NAME [--at N]]

  --short             a sample: about a minute
  --python PROGRAM    an interpreter, for the package in the folder
  --package FOLDER
  --original PROGRAM  an interpreter that has the original package, 0.1.2
  --out FILE          where the report is written
  --all-pairs         at each instruction each signal in each way; else each signal once, and each way once
  --only NAME         of the programs, this one
  --at N              its N-th instruction alone, all pairs: to look at a fault again";

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) short: bool,
    pub(crate) python: Option<PathBuf>,
    pub(crate) package: Option<PathBuf>,
    pub(crate) original: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) all_pairs: bool,
    pub(crate) only: Option<String>,
    pub(crate) at: Option<usize>,
}

impl Options {
    pub(crate) fn parse() -> Result<Self, lexopt::Error> {
        use lexopt::ValueExt;

        let mut options = Self::default();
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                lexopt::Arg::Long("short") => options.short = true,
                lexopt::Arg::Long("python") => options.python = Some(arguments.value()?.into()),
                lexopt::Arg::Long("package") => options.package = Some(arguments.value()?.into()),
                lexopt::Arg::Long("original") => options.original = Some(arguments.value()?.into()),
                lexopt::Arg::Long("out") => options.out = Some(arguments.value()?.into()),
                lexopt::Arg::Long("all-pairs") => options.all_pairs = true,
                lexopt::Arg::Long("only") => options.only = Some(arguments.value()?.string()?),
                lexopt::Arg::Long("at") => options.at = Some(arguments.value()?.parse()?),
                lexopt::Arg::Long("help") | lexopt::Arg::Short('h') => {
                    println!("{USAGE}");
                    process::exit(0);
                }
                _ => {
                    eprintln!("{USAGE}");
                    return Err(argument.unexpected());
                }
            }
        }
        Ok(options)
    }
}
