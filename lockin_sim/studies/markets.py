"""Outcomes of several groups of markets at once, along an axis of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.errors import unusable
from lockin_sim.common.values import check_listed
from lockin_sim.studies.contrast import Measure
from lockin_sim.studies.outcomes import outcome_labels
from lockin_sim.studies.places import SUMS, WORLD, alone, measured_in, record_of, select
from lockin_sim.world import World
from lockin_sim.world.names import group_name

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Readings:
    """What is read of runs: outcomes in groups of markets.

    names   of outcomes as they were asked for;  quantities  the same without the group in their names
    groups  of markets; none where each outcome is read in the place of its name
    domain  the one that outcomes are read in; None = all, by market size
    years   that are read
    """

    names: tuple[str, ...]
    quantities: tuple[str, ...]
    groups: tuple[str, ...]
    domain: str | None
    years: tuple[int, ...]

    @classmethod
    def of(
        cls,
        world: World,
        names: Sequence[str] | str,
        groups: Sequence[str] | str | None,
        domain: str | None,
        years: Sequence[int],
    ) -> Readings:
        """The measures wanted.  groups: None = those that end the names of outcomes, else the world; outcomes
        with a place in brackets are read there

        Raises InputError for an unknown name, and for an outcome that is not one of such a group or domain.
        """
        listed = (names,) if isinstance(names, str) else names
        check_listed("outcomes", listed, allowed="a list of at least one outcome")
        if not len(listed):
            raise unusable("outcomes", found=names, allowed="at least one")
        chosen, known = select(world, listed), select(world, None)
        if any(o.place for o in chosen.values()):
            for where, choice in (("groups", groups), ("domain", domain)):
                if choice is not None:
                    allowed = "none beside outcomes whose names say where they are read"
                    raise unusable(where, found=choice, allowed=allowed)
            return cls(tuple(chosen), tuple(chosen), (), None, tuple(years))
        named = [o.name.removesuffix(f"_{o.group}" if o.group else "") for o in chosen.values()]
        quantities = [known[name] for name in named]
        own = tuple(dict.fromkeys(o.group or WORLD for o in chosen.values()))
        read = own if groups is None else world.codes_of("groups", groups, "group")
        layer = None if domain is None else world.code_of("domain", domain, "domain")
        for outcome in quantities:
            if (read != (WORLD,) or layer) and not outcome.reads:
                where = f"outcome {outcome.name}: {'group' if layer is None else 'domain'}"
                allowed = "only the world in all domains: it is measured of nothing smaller"
                raise unusable(where, found=layer or next(g for g in read if g != WORLD), allowed=allowed)
            if layer and set(outcome.reads) & set(SUMS):
                allowed = "none: it is a sum over all domains"
                raise unusable(f"outcome {outcome.name}: domain", found=layer, allowed=allowed)
        return cls(tuple(chosen), tuple(o.name for o in quantities), read, layer, tuple(years))

    @property
    def world_alone(self) -> bool:
        """Whether nothing but the world in all domains is read."""
        return self.groups == (WORLD,) and self.domain is None

    def record(self, world: World) -> tuple[str, ...]:
        """Variables that they need beyond those always recorded."""
        chosen = select(world, self.quantities).values()
        if self.world_alone or not self.groups:
            return record_of(chosen)
        return tuple(dict.fromkeys(measured_in(name) for o in chosen for name in o.reads))

    def measure(self, world: World) -> Measure:
        """The same as what studies keep of an arm."""
        of = partial(read_of, readings=self)
        return Measure(of, self.axes, self.labels(world), self.record(world))

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes of what is read, after the run."""
        return ("outcome", *(["group"] if self.groups else []), "year")

    def labels(self, world: World) -> dict[str, Any]:
        """Coordinates of outcomes, groups and years."""
        known = select(world, self.quantities)
        pairs = zip(self.names, self.quantities, strict=True)
        of_outcomes = outcome_labels({name: known[quantity] for name, quantity in pairs})
        titles = ("group", [group_name(group) for group in self.groups])
        groups = {"group": list(self.groups), "group_label": titles} if self.groups else {}
        return of_outcomes | groups | {"year": list(self.years)}


def read_of(ds: xr.Dataset, world: World, readings: Readings) -> dict[str, Floats]:
    """``values`` of some runs, (run, outcome, group, year), or (run, outcome, year) without groups."""
    known = select(world, readings.quantities)
    ds, domain = ds.sel(year=list(readings.years)), readings.domain
    if not readings.groups:
        return {"values": np.stack([known[name].of(ds, world) for name in readings.quantities], axis=1)}
    seen = [ds] if readings.world_alone else [alone(ds, world, group, domain) for group in readings.groups]
    every = [np.stack([known[name].of(one, world) for one in seen], axis=1) for name in readings.quantities]
    return {"values": np.stack(every, axis=1)}
