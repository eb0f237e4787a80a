"""A tree of files as one value."""

from __future__ import annotations

import hashlib
from pathlib import Path


def digest(tree: Path) -> str:
    """Of all names and contents."""
    whole = hashlib.sha256()
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            whole.update(f"{path.relative_to(tree)}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
