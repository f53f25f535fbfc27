"""Memory: kept for the next year of a run instead of given back and asked for again.

The C library of Linux learns slowly to keep large blocks that a program frees, and never where the variable
``MALLOC_TRIM_THRESHOLD_`` is set, as Dask does for its workers and leaves it in the process that starts them.
A run then spends up to half of its time on pages asked for anew.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

# what mallopt(3) calls them, and the values up to which the library goes on its own
_TRIM_THRESHOLD, _MMAP_THRESHOLD = (-1, 64 << 20), (-3, 32 << 20)


@cache
def keep_memory() -> None:
    """Keep freed blocks up to 32 MB in this process, whatever its environment says; Linux with glibc only."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            mallopt(option, value)
