"""Choose the processor to compile for: this machine's, or one named by the environment.

Code for a named processor can be compiled once, in an image, and used on every machine that is no older.
"""

from __future__ import annotations

import os
import re

from lockin_sim.common.errors import unusable

#: Environment variable that names the processor, as LLVM calls it; without it, that of this machine.
CPU_VARIABLE = "LOCKIN_CPU"


def named_processor() -> str:
    """Read the processor named by the environment, "" for none.  Raises InputError for an invalid name."""
    name = os.environ.get(CPU_VARIABLE, "")
    if not re.fullmatch(r"[A-Za-z0-9_.-]*", name):
        allowed = "a processor as LLVM calls it, such as x86-64-v3"
        raise unusable(CPU_VARIABLE, found=name, allowed=allowed)
    return name


def choose_processor() -> None:
    """Make Numba compile for the named processor, if there is one.

    Raises InputError if Numba was already set up for another processor.
    """
    if not (name := named_processor()):
        return
    import numba
    from numba.core.registry import cpu_target

    numba.config.CPU_NAME, numba.config.CPU_FEATURES = name, ""  # what that processor has, and no more
    _, _, features = cpu_target.target_context.codegen().magic_tuple()
    if features:
        allowed = f"lockin_sim's compiled engine loaded before others use Numba, or NUMBA_CPU_NAME={name} "
        raise unusable(CPU_VARIABLE, found=name, allowed=allowed + "and an empty NUMBA_CPU_FEATURES as well")
