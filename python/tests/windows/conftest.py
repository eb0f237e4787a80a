"""These are tests of Windows: other systems see none of them."""

from __future__ import annotations

import sys

collect_ignore_glob = [] if sys.platform == "win32" else ["test_*"]
