//! Writes `data/transfers.csv` anew. It needs to run again only when the generator is changed.

use transfers_demo::generate::{COUNT, SEED, generate};
use transfers_demo::transfer::{shipped_list, write_transfers};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = shipped_list();
    write_transfers(&path, &generate(COUNT, SEED))?;
    println!("wrote {COUNT} transfers to {}", path.display());
    Ok(())
}
