"""Where outcomes register themselves: name, unit, label, and how each is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lockin_sim.conventions import Floats
from lockin_sim.errors import unknown_name
from lockin_sim.world import World
from lockin_sim.world.names import adjective

if TYPE_CHECKING:
    import xarray as xr

#: Sponsors for which every outcome is reported, all by the same measure.
SPONSORS = ("CHN", "USA", "EU")

#: Groups of markets that are reported apart, where a world has them.
GROUPS = ("excluding_CHN", "greenfield", "built_2010", "income:low", "income:lower_middle", "Africa")

#: Outcomes that come first: the world, and where restrictions bite without China's own market.
HEADLINES = ("cn2035_share", "cn2035_sensitive_excluding_CHN")


def sponsors(world: World) -> dict[str, str]:
    """Those of them that a world has, with the adjective of each."""
    return {sponsor: adjective(sponsor) for sponsor in SPONSORS if sponsor in world.sponsors}


class Outcome(NamedTuple):
    """One number a run and year."""

    name: str
    unit: str
    label: str
    doc: str
    of: Callable[[xr.Dataset, World], Floats]  # a dataset and its world -> (run, year)
    cumulative: bool = False  # whether a year's number takes in the years before it


type _Function = Callable[..., Floats]
type _Members = Callable[[World], Mapping[str, str]]

_SINGLE: list[tuple[str, Outcome]] = []
_FAMILIES: list[tuple[str, str, str, _Members, _Function]] = []


def outcome(
    unit: str, label: str, *, needs: str = "", cumulative: bool = False
) -> Callable[[_Function], _Function]:
    """Register a function (dataset, world) -> (run, year) as the outcome of its name.

    needs       a standard family without which the outcome does not exist
    cumulative  whether a year's number takes in the years before it
    """

    def register(function: _Function) -> _Function:
        name = function.__name__
        doc = (function.__doc__ or "").strip()
        _SINGLE.append((needs, Outcome(name, unit, label, doc, function, cumulative)))
        return function

    return register


def family(unit: str, label: str, members: _Members, *, prefix: str = "") -> Callable[[_Function], _Function]:
    """Register a function (dataset, world, member) -> (run, year) as outcomes ``<name>_<member>``.

    label    with ``{}`` in the place of the member
    members  the members in a world, and how each is called
    prefix   what the names begin with, if not with the function's name
    """

    def register(function: _Function) -> _Function:
        _FAMILIES.append((prefix or function.__name__, unit, label, members, function))
        return function

    return register


def outcomes(world: World) -> dict[str, Outcome]:
    """All outcomes that a world has, by name."""
    found = {o.name: o for needs, o in _SINGLE if not needs or needs in world.standards}
    for prefix, unit, label, members, function in _FAMILIES:
        for member, called in members(world).items():
            name, doc = f"{prefix}_{member}", (function.__doc__ or "").strip()
            found[name] = Outcome(name, unit, label.format(called), doc, _member(function, member))
    return found


def select(world: World, names: Iterable[str] | None) -> dict[str, Outcome]:
    """The named outcomes, or all.  Raises InputError for an unknown name."""
    known = outcomes(world)
    if names is None:
        return known
    chosen = list(names)
    for name in chosen:
        if name not in known:
            raise unknown_name("outcome", found=name, known=known)
    return {name: known[name] for name in chosen}


def _member(function: Callable[..., Floats], member: str) -> Callable[[xr.Dataset, World], Floats]:
    return lambda ds, world: function(ds, world, member)
