"""Collect a user's own parts of a study: utility terms, levers, outcomes, variables, voting procedures.

A store identifies them, so that it is not resumed with others, and workers must be able to import them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Self

from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.fingerprint import DECLARED, check_repeatable, compute_fingerprint, is_own
from lockin_sim.common.replaced import find_replaced_code
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.runs.provenance import imported_by, plugins
from lockin_sim.settings.levers import LEVERS
from lockin_sim.world import World


@dataclass(frozen=True)
class OwnParts:
    """A user's own parts of a study.

    functions  by description, without terms, which travel with their world
    worlds     worlds with terms
    """

    functions: dict[str, FunctionType] = field(default_factory=dict)
    worlds: tuple[World, ...] = ()

    @classmethod
    def of(cls, worlds: Iterable[World], levers: Iterable[str]) -> Self:
        """Collect the own parts of a study of some worlds, whose scenarios use some levers.

        Raises InputError for one that draws at random, or differs from call to call.
        """
        worlds = tuple(worlds)
        used: dict[str, Any] = {f"lever {name}": LEVERS[name].apply for name in levers if name in LEVERS}
        names = sorted({body.procedure for world in worlds for body in world.bodies})
        used |= {f"voting procedure {name}": PROCEDURES[name] for name in names}
        own = {what: function for what, function in used.items() if is_own(function)}
        parts = cls(own | DECLARED, tuple(world for world in worlds if world.term is not None))

        terms = [function for world in parts.worlds if world.term for function in world.term.functions]
        for function in (*parts.functions.values(), *terms):
            check_repeatable(function)
        return parts

    def identity(self) -> dict[str, Any]:
        """Return the entry of the parts in a store, beside that of the worlds.

        Raises InputError for one that cannot be identified.
        """
        prints = {}
        for what, function in self.functions.items():
            try:
                prints[what] = compute_fingerprint(function)
            except InputError as error:
                raise InputError(f"{what}: a store must be able to identify it; {error}") from error
        return {"own": prints} if prints else {}

    def processes(self, workers: int | None, processes: int, *, cluster: bool = False) -> int:
        """Return the number of processes that can compute the study.

        workers    what the caller requested
        processes  the number that this means
        cluster    whether a cluster computes instead

        Raises InputError if more than this process were requested, and others cannot import some part.
        """
        if processes == 1 and not cluster:
            return 1
        known = {name for plugin in plugins.get() for name in imported_by(plugin)}
        for what, function in self.functions.items():
            if function.__module__ not in known:
                if workers is None and not cluster:
                    return 1
                allowed = "workers=1, or parts of modules that ls.running(plugins=[...]) names"
                raise unusable("workers", words=f"{what} of {function.__module__}", allowed=allowed)
        terms = (world.term for world in self.worlds if world.term is not None)
        stays = not all(term.travels for term in terms) or find_replaced_code()
        return 1 if stays and workers is None and not cluster else processes
