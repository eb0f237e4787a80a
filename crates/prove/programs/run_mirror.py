"""A folder kept up to date with dirsync: publishes one release of a tree after another over the live one."""

from __future__ import annotations

import logging
from pathlib import Path

from block import begin
from dirsync import sync

LIVE = "live"
RELEASES = "releases"
VERSION = "VERSION"


def next_release(live: Path) -> int:
    version = live / VERSION
    return int(version.read_text()) + 1 if version.exists() else 0


def main() -> None:
    site, protect = begin()
    live = site / LIVE
    releases = sorted((site / RELEASES).iterdir())
    # It reports to the standard output unless it is given a logger.
    quiet = logging.getLogger("mirror")
    with protect() as block:
        print("ready", flush=True)
        for release in releases[next_release(live) :]:
            sync(str(release), str(live), "sync", purge=True, create=True, logger=quiet)
            block.allow_break()


if __name__ == "__main__":
    main()
