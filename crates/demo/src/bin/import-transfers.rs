//! Imports a list of transfers: run it, press Ctrl-C whenever you like, run it again.
//!
//! Each transfer takes two steps that must not be torn apart. The import is one protected block,
//! and the place between two transfers is its breakpoint: an interrupt that comes in the middle of
//! a transfer waits until the transfer is complete. Then `main` returns the error, and the process
//! ends by the signal that it got.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, process, thread};

use lexopt::ValueExt;
use shutdown_protection::ShutdownProtection;
use transfers_demo::audit::Audit;
use transfers_demo::site::Site;
use transfers_demo::transfer::{Transfer, read_transfers, shipped_list};

const USAGE: &str = "\
usage: import-transfers [--list FILE] [--site FOLDER] [--unprotected] [--pace MILLISECONDS]
       import-transfers --check [--list FILE] [--site FOLDER]

  --list FILE      the CSV file to import (default: the one that comes with the demo)
  --site FOLDER    where ledger.db, inbox and done are (default: transfers-demo in the
                   temporary folder)
  --unprotected    without protection: a signal ends the import wherever it is
  --pace N         rest N milliseconds between the two steps of a transfer, so that a person has the
                   time to press Ctrl-C there (default: no rest)
  --check          import nothing, only compare the ledger with the receipts";

struct Options {
    list: PathBuf,
    site: PathBuf,
    protected: bool,
    pace: Duration,
    check: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let transfers = read_transfers(&options.list)?;
    let site = Site::open(&options.site, &transfers)?;
    let audit = Audit::of(&site, &transfers)?;
    if options.check {
        println!("{audit}");
        return Ok(());
    }
    if audit.torn() > 0 {
        // To repair is another program's work: this one is made so that there is nothing to repair.
        eprintln!("torn pairs, which are left as they are: {} (--check names them)", audit.torn());
    }
    let waiting: Vec<&Transfer> = transfers.iter().filter(|transfer| audit.waiting.contains(&transfer.id)).collect();
    import(&site, &waiting, &options)
}

fn import(site: &Site, waiting: &[&Transfer], options: &Options) -> Result<(), Box<dyn Error>> {
    let block = if options.protected {
        let block = ShutdownProtection::builder().name("import-transfers").max_exec_time(Duration::from_secs(4));
        Some(block.start()?)
    } else {
        None
    };
    // The driver waits for this line before it sends its signal.
    println!("importing {} transfers into {}", waiting.len(), options.site.display());

    for (transfer, imported) in waiting.iter().zip(1..) {
        site.ledger.record(transfer)?;
        if !options.pace.is_zero() {
            thread::sleep(options.pace);
        }
        site.receipts.file(transfer.id)?;

        if let Some(block) = &block {
            block.allow_break().inspect_err(|_| eprintln!("stopped after {imported} whole transfers"))?;
        }
    }

    if let Some(block) = block {
        block.finish()?;
    }
    println!("imported {} transfers", waiting.len());
    Ok(())
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options {
        list: shipped_list(),
        site: env::temp_dir().join("transfers-demo"),
        protected: true,
        pace: Duration::ZERO,
        check: false,
    };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("list") => options.list = arguments.value()?.into(),
            lexopt::Arg::Long("site") => options.site = arguments.value()?.into(),
            lexopt::Arg::Long("unprotected") => options.protected = false,
            lexopt::Arg::Long("pace") => {
                options.pace = Duration::from_millis(arguments.value()?.parse()?);
            }
            lexopt::Arg::Long("check") => options.check = true,
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
