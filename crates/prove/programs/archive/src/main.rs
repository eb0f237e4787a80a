//! An archive kept with `fs_extra`: moves one folder after another out of the inbox.
//!
//! `fs_extra` moves a folder file by file: each is copied and then removed. A folder whose move is torn is in both places,
//! and incomplete in each; one file of it may be cut off.

use std::error::Error;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use fs_extra::dir::{CopyOptions, move_dir};
use shutdown_protection::ShutdownProtection;

/// Many times what a folder takes on a busy machine.
const TIME: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (site, protected) = match arguments.as_slice() {
        [site] => (Path::new(site), true),
        [site, option] if option == "--unprotected" => (Path::new(site), false),
        _ => return Err("usage: prove-archive SITE [--unprotected]".into()),
    };
    let block = protected.then(|| ShutdownProtection::start_for(TIME)).transpose()?;
    let mut waiting = fs::read_dir(site.join("inbox"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    waiting.sort();
    println!("ready");
    for folder in waiting {
        move_dir(&folder, site.join("archive"), &CopyOptions::new())?;
        if let Some(block) = &block {
            block.allow_break()?;
        }
    }
    if let Some(block) = block {
        block.finish()?;
    }
    Ok(())
}
