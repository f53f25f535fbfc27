"""Parameters of each run as compiled code reads them."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.parameters import Parameters, declarations

#: The parameters of one run, by name: what a decision reads as ``p.name``.
Numbers: Any = namedtuple("Numbers", list(declarations()))  # type: ignore[misc]


def table(parameters: Parameters, runs: int, **instead: str) -> Floats:
    """Parameters of each run.  (run, parameter).

    instead  names of parameters whose numbers stand in the place of others
    """
    values = parameters.as_dict()
    names = [instead.get(name, name) for name in declarations()]
    return np.stack([np.broadcast_to(np.asarray(values[name], float), runs) for name in names], axis=1)
