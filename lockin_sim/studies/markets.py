"""Outcomes of any group of markets, and of one domain: those of a world that consists of nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.errors import unusable
from lockin_sim.studies.contrast import Measure
from lockin_sim.studies.outcomes import group_sizes, outcome_labels, select
from lockin_sim.values import check_listed
from lockin_sim.world import World
from lockin_sim.world.names import group_name

if TYPE_CHECKING:
    import xarray as xr

#: The first of a world's groups.
WORLD = "world"

#: Variables of the world that are sums over economies, and these.
SUMS = {"total_debt": "debt", "lending": "lent"}


@dataclass(frozen=True)
class Readings:
    """What is read of runs: outcomes in groups of markets.

    names   of outcomes as they were asked for;  quantities  the same without the group in their names
    groups  of markets;  domain  the one that outcomes are read in; None = all, by market size
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
        """What is asked for.  groups: None = those that end the names of outcomes, else the world

        Raises InputError for an unknown name, and for an outcome that is not one of such a group or domain.
        """
        asked = (names,) if isinstance(names, str) else names
        check_listed("outcomes", asked, allowed="a list of at least one outcome")
        if not len(asked):
            raise unusable("outcomes", found=names, allowed="at least one")
        chosen, known = select(world, asked), select(world, None)
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
        if self.world_alone:
            return tuple(dict.fromkeys(name for o in chosen for name in o.record))
        return tuple(dict.fromkeys(_in_groups(name) for o in chosen for name in o.reads))

    def measure(self, world: World) -> Measure:
        """The same as what studies keep of an arm."""
        of = partial(read_of, readings=self)
        return Measure(of, ("outcome", "group", "year"), self.labels(world), self.record(world))

    def labels(self, world: World) -> dict[str, Any]:
        """Coordinates of outcomes, groups and years."""
        known = select(world, self.quantities)
        pairs = zip(self.names, self.quantities, strict=True)
        of_outcomes = outcome_labels({name: known[quantity] for name, quantity in pairs})
        titles = ("group", [group_name(group) for group in self.groups])
        return of_outcomes | {"group": list(self.groups), "group_label": titles, "year": list(self.years)}


def read_of(ds: xr.Dataset, world: World, readings: Readings) -> dict[str, Floats]:
    """``values`` of some runs, (run, outcome, group, year)."""
    known = select(world, readings.quantities)
    ds, domain = ds.sel(year=list(readings.years)), readings.domain
    seen = [ds] if readings.world_alone else [alone(ds, world, group, domain) for group in readings.groups]
    every = [np.stack([known[name].of(one, world) for one in seen], axis=1) for name in readings.quantities]
    return {"values": np.stack(every, axis=1)}


def _in_groups(name: str) -> str:
    """The variable that tells of groups what another one tells of the world."""
    return SUMS.get(name, f"group_{name}")


def alone(ds: xr.Dataset, world: World, group: str, domain: str | None = None) -> xr.Dataset:
    """The dataset as if one group of markets were the world, and one domain all: what world outcomes read.

    ds  with the variables of groups, and those by economy of :data:`SUMS`, that are to be read
    """
    import xarray as xr

    place, size = world.group_names.index(group), group_sizes(ds, world, [group])[0]
    if domain is not None:
        size = size * (np.array(world.domains) == domain)
    found = {
        str(name).removeprefix("group_"): ds.variables[name].isel(group=place)
        for name in ds.data_vars
        if "group" in ds.variables[name].dims
    }
    inside = world.group_masks[place].any(axis=0)
    for total, by_economy in SUMS.items():
        if by_economy in ds:
            members = ds.variables[by_economy].isel(country=np.flatnonzero(inside))
            undefined = 0.0 * ds.variables[total]  # NaN in the initial year, which has no flows
            found[total] = members.sum("country", skipna=False) + undefined
    found["market_size"] = xr.Variable(("year", "domain"), size)
    used = {axis for variable in found.values() for axis in variable.dims}
    return xr.Dataset(found, coords={axis: ds.coords[axis] for axis in used if axis in ds.coords})
