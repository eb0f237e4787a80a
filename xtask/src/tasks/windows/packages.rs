//! What Debian has to bring: a linker for Windows, Wine, and a compiler with the source of its standard library.

use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;

/// A file of each package by which it is known to be there.
const PACKAGES: [(&str, &str); 6] = [
    ("gcc-mingw-w64-x86-64", "/usr/bin/x86_64-w64-mingw32-gcc"),
    ("wine64", "/usr/lib/wine/wine64"),
    ("rustc-web", "/usr/bin/rustc"),
    ("cargo-web", "/usr/bin/cargo"),
    ("rust-web-clippy", "/usr/bin/cargo-clippy"),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library/std"),
];

fn missing() -> Vec<&'static str> {
    PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect()
}

/// Installs what is missing. The error says why the task cannot be done here.
pub(crate) fn install(workspace: &Workspace) -> Result<(), String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("it is for Linux on x86-64; on Windows run `cargo test`".into());
    }
    let wanted = missing();
    if wanted.is_empty() {
        return Ok(());
    }
    let by_hand = format!("apt-get install {}", wanted.join(" "));
    let _ = workspace.step("windows: packages", || {
        let environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
        as_root(&["apt-get", "update", "-qq"])?;
        let mut install = environment.to_vec();
        install.extend(["apt-get", "install", "-y", "-qq", "--no-remove", "--no-install-recommends"]);
        install.extend(&wanted);
        as_root(&install)
    });
    if missing().is_empty() { Ok(()) } else { Err(format!("packages are missing, which Debian 12 has: {by_hand}")) }
}

/// Without a question: a password cannot be typed into continuous integration.
fn as_root(command: &[&str]) -> crate::Result {
    let is_root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
    let command = if is_root { command.to_vec() } else { [&["sudo", "--non-interactive"], command].concat() };
    let status = Command::new(command[0]).args(&command[1..]).stdin(std::process::Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{} failed", command.join(" ")).into()) }
}
