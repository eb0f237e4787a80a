//! The interpreters that are here.

use std::path::PathBuf;

use xshell::cmd;

use crate::workspace::Workspace;

/// The versions that the package is tested on.
const VERSIONS: [&str; 6] = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"];

/// The figures that the targets are taken from are of this version; not all rivals run on later ones.
const REFERENCE: &str = "3.11";

/// What is said where there is none to measure with.
pub(crate) const NO_REFERENCE: &str = "there is no CPython from 3.11 on: python3, python3.N or one of pyenv's";

pub(crate) struct Interpreter {
    pub(crate) version: &'static str,
    pub(crate) program: PathBuf,
}

/// One for each version, in their order: from the path, or of pyenv's.
pub(crate) fn found(workspace: &Workspace) -> Vec<Interpreter> {
    let of = |version: &'static str| {
        candidates(version)
            .into_iter()
            .find(|program| is(workspace, program, version))
            .map(|program| Interpreter { version, program })
    };
    VERSIONS.into_iter().filter_map(of).collect()
}

/// The one to measure with: the reference, else the newest.
pub(crate) fn reference(workspace: &Workspace) -> Option<Interpreter> {
    let mut found = found(workspace);
    found.retain(|interpreter| interpreter.version != "3.10");
    let reference = found.iter().position(|interpreter| interpreter.version == REFERENCE);
    reference.map(|index| found.swap_remove(index)).or_else(|| found.pop())
}

fn candidates(version: &str) -> Vec<PathBuf> {
    let mut candidates = vec![format!("python{version}").into(), "python3".into()];
    let pyenv =
        std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let versions = pyenv.and_then(|pyenv| std::fs::read_dir(pyenv.join("versions")).ok());
    for entry in versions.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(&format!("{version}.")) {
            candidates.push(entry.path().join("bin/python3"));
        }
    }
    candidates
}

/// Is it CPython of this version, with what makes environments, and with an interpreter lock, as the wheel is for?
fn is(workspace: &Workspace, program: &PathBuf, version: &str) -> bool {
    const ASK: &str = "import sys, sysconfig, platform, venv, ensurepip; \
        print(platform.python_implementation(), \
        '%d.%d' % sys.version_info[:2] + 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')))";
    let sh = &workspace.sh;
    let said = cmd!(sh, "{program} -c {ASK}").quiet().ignore_stderr().read();
    said.is_ok_and(|said| said == format!("CPython {version}"))
}
