"""What a command says before compiled code is made."""

from __future__ import annotations

import sys


def tell_of_compiling() -> None:
    """Say on the error stream that compiled code is made first, where none of this version is kept."""
    from lockin_sim.lanes.cache import folder  # brings the compiler along

    kept = folder()
    if kept is not None and any(kept.iterdir()):
        return
    after = "is then kept" if kept is not None else "cannot be kept here"
    said = f"the fast engine is compiled first, which takes about half a minute and {after}"
    print(said, file=sys.stderr, flush=True)
