//! Interrupts the importer hundreds of times at random moments and looks for torn pairs.
//!
//! First without protection, to show what is at stake, then with it. The driver is the importer's
//! parent: it sends the signals and sees how each run ended. It does not use the library itself,
//! because a witness must not depend on what it judges.

#[cfg(unix)]
mod campaign;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod options;
#[cfg(unix)]
mod tally;

#[cfg(unix)]
fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error>> {
    use std::process::ExitCode;

    let options = options::Options::parse()?;
    let transfers = transfers_demo::transfer::read_transfers(&transfers_demo::transfer::shipped_list())?;
    println!(
        "{} transfers, signals at random moments, seed {} (repeat with --seed {})",
        transfers.len(),
        options.seed,
        options.seed,
    );

    let mut rng = fastrand::Rng::with_seed(options.seed);
    let unprotected = campaign::run(&options.unprotected, &transfers, &mut rng)?;
    let protected = campaign::run(&options.protected, &transfers, &mut rng)?;

    println!("\n{}", tally::table(&unprotected, &protected));
    if let Some(failure) = unprotected.failures.first() {
        // Without protection nothing was promised: one example, and it fails nothing.
        println!("without protection, for example: {failure}");
    }
    for failure in protected.failures.iter().take(10) {
        println!("FAILED with protection: {failure}");
    }
    if protected.failures.is_empty() {
        println!("with protection: no torn pair, and every run ended as it should");
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("the driver sends Unix signals: there are none here");
    std::process::exit(2);
}
