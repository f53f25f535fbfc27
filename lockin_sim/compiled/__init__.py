"""The compiled engine, behind one door: :func:`stages_of` says who does the stages of a year.

``stages`` are those of ``engine`` in the lanes of a processor, from the same rules and decisions; ``lanes``
is their compiler; ``beforehand`` compiles all before anybody waits.  They need the extra ``fast``:
the rest of the package imports none of them, and works whole without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockin_sim.engine.schedule import Stages


def stages_of(engine: str) -> Stages:
    """Who does the stages of a year: compiled code in the engine "fast", numpy in "core"."""
    if engine == "fast":
        from lockin_sim.compiled.table import compiled_stages  # lazy: it needs the compiler

        return compiled_stages()
    from lockin_sim.engine.schedule import numpy_stages  # lazy, so that agents run without it

    return numpy_stages()
