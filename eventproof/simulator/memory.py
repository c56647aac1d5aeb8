"""How much memory this process has: sampled now and then by whoever has a bound on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MEGABYTE = 1_000_000


def resident_mb() -> float:
    """The resident set in megabytes (10^6 bytes); the largest so far where only that is known."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    except OSError:
        return _largest_mb()


def _largest_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows has neither; a bound is not kept there
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE
