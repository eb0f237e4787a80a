//! A console for programs under Wine: it makes one of the terminal that its standard input is.
//!
//! Continuous integration has no terminal, so `script` brings one. What the programs print takes another way, round it: on
//! the terminal Wine draws a screen.

use std::process::{Command, Stdio};

use xshell::{Cmd, Shell};

use crate::Result;

/// The output goes to the descriptor 3, by a pipe, which Wine's programs can write to, and a file they cannot.
const INSIDE: &str = r#"set -o pipefail; "$@" 2>&1 3>&- | cat >&3"#;

pub(crate) fn run(sh: &Shell, command: Cmd<'_>) -> Result {
    println!("$ {command}");
    let mut command = Command::from(command);
    command.current_dir(sh.current_dir());
    let arguments = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted: Vec<String> = arguments.map(|it| quoted(&it.to_string_lossy())).collect();
    let inside = format!("exec bash -c {} console {}", self::quoted(INSIDE), quoted.join(" "));

    let mut script = Command::new("bash");
    script.args(["-c", r#"exec script --quiet --return --command "$1" /dev/null 3>&1 >/dev/null"#, "script", &inside]);
    script.stdin(Stdio::null()).current_dir(sh.current_dir());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let status = script.status()?;
    if status.success() { Ok(()) } else { Err(format!("it ended with {status}").into()) }
}

/// For a shell.
fn quoted(argument: &str) -> String {
    format!("'{}'", argument.replace('\'', r"'\''"))
}
