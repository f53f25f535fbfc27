"""Parameters in the shape of the arrays they meet."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from lockin_sim.parameters import Parameters


class _Shaped:
    """The values of some parameters, indexed so that they broadcast: numbers stay, an array ``v`` becomes
    ``v[index]``, made when it is first asked for."""

    def __init__(self, parameters: Parameters, *index: Any) -> None:
        self._parameters, self._index = parameters, index

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._parameters, name)
        self.__dict__[name] = value[self._index] if isinstance(value, np.ndarray) else value
        return self.__dict__[name]


def shaped(parameters: Parameters, *index: Any) -> Parameters:
    """What stands in for parameters, with every array indexed; each is made when it is first asked for."""
    return cast(Parameters, _Shaped(parameters, *index))
