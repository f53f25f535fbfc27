"""A user's own term of utility, which goes with a world wherever it is simulated."""

from __future__ import annotations

import dataclasses
import marshal
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable

if TYPE_CHECKING:
    from lockin_sim.world.model import World

#: A function of an offer and its weights, both with named arrays, (..., vendor) each; returns utility units.
type Term = Callable[[Any, Any], Any]


@dataclasses.dataclass(frozen=True)
class OwnTerm:
    """A term of utility.

    function  of an offer and its weights
    made_of   its name, its code and what that holds: another function of the same name has other numbers
    """

    function: Term
    made_of: tuple[Any, ...]

    def __call__(self, offer: Any, weights: Any) -> Floats:
        """Utility units to be added.  Raises InputError for what is no finite number for each offer."""
        value, where = self.function(offer, weights), f"with_term: {self.made_of[0]}"
        shape = np.broadcast_shapes(*map(np.shape, offer))
        try:
            added = np.asarray(value, dtype=np.float64)
            np.broadcast_to(added, shape)
        except (TypeError, ValueError) as error:
            raise unusable(where, found=value, allowed=f"numbers that meet {shape}") from error
        if not np.isfinite(added).all():
            found = float(added[~np.isfinite(added)].flat[0])
            raise unusable(where, found=found, allowed="finite numbers, in utility units")
        return added


def with_term(world: World, function: Term) -> World:
    """See :meth:`World.with_term`."""
    if not isinstance(function, FunctionType):
        raise unusable("with_term", found=function, allowed="a function of an offer and its weights")
    holds = tuple(cell.cell_contents for cell in function.__closure__ or ())
    term = OwnTerm(
        function,
        (function.__qualname__, marshal.dumps(function.__code__), function.__defaults__, holds),
    )
    name = f"{world.name}, with {function.__qualname__}"
    return dataclasses.replace(world, name=name, facts=world.facts | {"term": term})
