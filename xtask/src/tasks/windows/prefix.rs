//! Wine's prefix: a Windows of its own for these tests, made once.

use std::path::PathBuf;

use xshell::{Cmd, cmd};

use super::cache::Cache;
use super::console;
use crate::Result;
use crate::workspace::Workspace;

/// Not `wine`, which looks for a 32-bit part that is not installed.
const WINE: &str = "/usr/lib/wine/wine64";
const SERVER: &str = "/usr/lib/wine/wineserver64";
/// Written last: a prefix without it was given up half-way.
const COMPLETE: &str = "complete";

pub(crate) struct Prefix<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl<'a> Prefix<'a> {
    /// The prefix with its server and its services running, so that none of them inherits a pipe of ours later: who reads
    /// that would wait for them for ever.
    pub(crate) fn start(workspace: &'a Workspace, cache: &Cache) -> Result<Self> {
        let sh = &workspace.sh;
        let version = cmd!(sh, "{WINE} --version").quiet().read()?;
        let prefix = Self { workspace, folder: cache.place("prefix", &version) };
        if !prefix.folder.join(COMPLETE).exists() {
            prefix.make()?;
        }
        prefix.stop();
        prefix.server("-p")?;
        prefix.silent(&["wineboot"])?;
        Ok(prefix)
    }

    fn make(&self) -> Result {
        let sh = &self.workspace.sh;
        self.stop();
        sh.remove_path(&self.folder)?;
        sh.create_dir(&self.folder)?;
        self.silent(&["wineboot", "-i"])?;
        // Debian's Wine says that it is Windows 7.
        self.registry(r"HKCU\Software\Wine", "Version", "win10")?;
        // Windows without a screen; and no debugger that waits for a person when a program crashes.
        self.registry(r"HKCU\Software\Wine\Drivers", "Graphics", "null")?;
        self.registry(r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug", "Debugger", "false")?;
        let library = self.folder.join("drive_c/windows/system32/bcryptprimitives.dll");
        let source = self.workspace.root.join("xtask/src/tasks/windows/shim.c");
        cmd!(sh, "x86_64-w64-mingw32-gcc -shared -O2 -s -o {library} {source} -ladvapi32").quiet().run()?;
        Ok(sh.write_file(self.folder.join(COMPLETE), "")?)
    }

    fn registry(&self, key: &str, name: &str, value: &str) -> Result {
        self.silent(&["reg", "add", key, "/v", name, "/t", "REG_SZ", "/d", value, "/f"])
    }

    /// With nothing of ours in its hands, see above.
    fn silent(&self, arguments: &[&str]) -> Result {
        Ok(self.wine().args(arguments).quiet().ignore_stdout().ignore_stderr().run()?)
    }

    fn server(&self, argument: &str) -> Result {
        let command = self.environment(self.workspace.sh.cmd(SERVER)).arg(argument);
        Ok(command.quiet().ignore_stdout().ignore_stderr().run()?)
    }

    /// Ends all that runs in it, and nothing else. It fails when nothing does.
    fn stop(&self) {
        let _ = self.server("-k");
    }

    fn environment<'c>(&self, command: Cmd<'c>) -> Cmd<'c> {
        command.env("WINEPREFIX", &self.folder).env("WINEDEBUG", "-all").env_remove("DISPLAY")
    }

    /// A program of Windows, by its arguments.
    pub(crate) fn wine(&self) -> Cmd<'a> {
        self.environment(self.workspace.sh.cmd(WINE))
    }

    /// Runs a command in a console; what it starts for Windows is run by Wine.
    pub(crate) fn in_a_console(&self, command: Cmd<'_>) -> Result {
        let command = self.environment(command).env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", WINE);
        console::run(&self.workspace.sh, command)
    }
}

impl Drop for Prefix<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
