//! x
use shutdown_protection::*;
use std::time::Duration;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let block = ShutdownProtection::start_for(Duration::from_secs(2))?;
    unsafe extern "C" { fn raise(n: i32) -> i32; }
    unsafe { raise(15) };
    println!("raised {}", is_requested());
    match mode.as_str() {
        "break" => { println!("{:?}", block.allow_break()); }
        "breakerr" => { block.allow_break()?; }
        "drop" => { drop(block); println!("not reached"); return Ok(()); }
        "finish" => { println!("{:?}", block.finish()); return Ok(()); }
        "deadline" => { let t = std::time::Instant::now(); while block.check_deadline().is_ok() {} println!("{:?}", t.elapsed()); std::thread::sleep(Duration::from_secs(10)); }
        "sleep" => { std::thread::sleep(Duration::from_secs(10)); }
        "exit3" => { std::process::exit(3) }
        "exit0" => { std::process::exit(0) }
        "panic" => { panic!("x") }
        _ => {}
    }
    Ok(())
}
