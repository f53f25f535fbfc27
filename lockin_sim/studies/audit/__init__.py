"""Symmetry audit: what of a difference between two sponsors rests on which assumption about a country."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.errors import unusable
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.progress import Progress
from lockin_sim.runs.cases import CHUNK, Case, run_cases
from lockin_sim.scenario import Named
from lockin_sim.statistics import interval
from lockin_sim.studies.audit.inputs import INPUTS, Pair, pair_of, venues_swapped
from lockin_sim.studies.options import provenance
from lockin_sim.studies.outcomes import held_by, weighted_mean
from lockin_sim.studies.pairing import levers_alone
from lockin_sim.world import World, world_of
from lockin_sim.world.schema import Table, read_table

if TYPE_CHECKING:
    import xarray as xr

#: What of the two is compared, and how it is called.
MEASURES = {
    "base": "share of their vendors in the world's installed capacity",
    "standards": "share of the standards that they own in it",
}
_UNSWAPPED = "as it is"


def audit(
    one: str = "",
    other: str = "",
    *,
    world: World | None = None,
    baseline: Named = "baseline",
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    venues: bool = True,
    runs: int = RUNS.votes,
    seed: int = SEED,
    years: tuple[int, int] | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
    chunk: int = CHUNK,
) -> xr.Dataset:
    """Swap two sponsors in one input after the other, on the same luck, and measure what does not swap.

    Were a world the same for both, no swap would change anything.  Where one does, the two differ in that
    input, and half of what it takes off the gap between them is how much of the gap rests on it.  Relabelling
    both in everything changes nothing, so that swapping all inputs but one says the same from the other side.

    one, other  the sponsors; by default the first two of the world's case
    baseline    scenario in which they are compared
    venues      whether to swap the domains of any two bodies, too
    Other arguments as in :func:`lockin_sim.compare`.

    Returns a dataset over (input, measure), the largest part of the gap in base first: ``part``, of the gap
    in the last year, with its 95 % interval over pairs, all shares; ``gap`` (measure), one less other, as it
    is.  Along ``input``: columns of tables that it comes from, their sources and their statuses.
    Raises InputError for anything that cannot be used.
    """
    world = world_of(world)
    one, other = _sponsors(world, one, other)
    pair, reduce = pair_of(world, one, other), partial(gaps, one=one, other=other)
    worlds = _worlds(world, pair, venues=venues)
    scenario, given, span = levers_alone(baseline), parameters_of(parameters), world.horizon(years)
    cases = [Case(_UNSWAPPED, scenario, reduce, given)]
    cases += [Case(name, scenario, reduce, given, world=swapped) for name, swapped in worlds.items()]
    found = run_cases(
        cases, world=world, runs=runs, seed=seed, years=span, workers=workers, chunk=chunk, progress=progress
    )
    now = found[_UNSWAPPED]["gap"]
    parts = [interval((now - found[name]["gap"]) / 2) for name in worlds]
    made = provenance(world, parameters=given, runs=runs, seed=seed, years=span)
    return _dataset(list(worlds), parts, interval(now), world, made | {"one": one, "other": other})


def _sponsors(world: World, one: str, other: str) -> tuple[str, str]:
    """The two sponsors, those of the case where none are named."""
    if not one and not other:
        if len(world.case.sponsors) < 2:
            raise unusable("sponsors", found=world.case.sponsors, allowed="two, where the case has no two")
        return world.case.sponsors[0], world.case.sponsors[1]
    return one, other


def _worlds(world: World, pair: Pair, *, venues: bool) -> dict[str, World]:
    """A world for each swap, by the name of the input."""
    worlds = {name: entry.swapped(world, pair) for name, entry in INPUTS.items()}
    if venues:
        now = world.conditions.mandate
        for (a, first), (b, second) in combinations(enumerate(world.body_names), 2):
            if not np.array_equal(now[:, a], now[:, b]):
                worlds[f"venues {first} and {second}"] = venues_swapped(world, first, second)
    return worlds


def gaps(ds: xr.Dataset, world: World, *, one: str, other: str) -> dict[str, Floats]:
    """``gap`` (run, measure): what the one has in the last year less what the other has, shares."""
    last = ds.isel(year=-1)
    size = last["market_size"].transpose("domain").values
    shares = last["vendor_share"].transpose("run", "domain", "vendor").values
    held = held_by(world, [one, other], shares)
    base = weighted_mean(held[..., 0] - held[..., 1], size)
    places = [world.sponsors.index(one), world.sponsors.index(other)]
    owned = world.owners[:, places[0]] - world.owners[:, places[1]]
    spoken = last["standard_share"].transpose("run", "domain", "standard").values @ owned
    return {"gap": np.stack([base, weighted_mean(spoken, size)], axis=-1)}


def _dataset(
    names: list[str], parts: list[tuple[Any, ...]], gap: tuple[Any, ...], world: World, about: dict[str, Any]
) -> xr.Dataset:
    """All that was found, as a dataset over inputs, the largest part first."""
    import xarray as xr

    mean, low, high, used = (np.stack(values) for values in zip(*parts, strict=True))
    order = np.argsort(-np.abs(np.nan_to_num(mean[:, 0])), kind="stable")
    axes, unit = ("input", "measure"), {"units": "share"}
    tables = _tables(world)
    told = [_told(name, tables) for name in names]
    data = {
        "part": (axes, mean[order], unit | {"long_name": "part of the gap that rests on the input"}),
        "part_low": (axes, low[order], unit), "part_high": (axes, high[order], unit),
        "pairs_used": (axes, used[order], {"units": "runs"}),
        "gap": ("measure", gap[0], unit | {"long_name": f"{about['one']} less {about['other']}"}),
        "gap_low": ("measure", gap[1], unit), "gap_high": ("measure", gap[2], unit),
    }  # fmt: skip
    labels: dict[str, Any] = {"input": [names[k] for k in order], "measure": list(MEASURES)}
    labels["measure_label"] = ("measure", list(MEASURES.values()))
    for position, what in enumerate(("columns", "sources", "statuses")):
        labels[what] = ("input", [told[k][position] for k in order])
    return xr.Dataset(data, coords=labels, attrs=about)


def _tables(world: World) -> Table | None:
    """What the world's own tables say of their columns; None for a world without tables."""
    if world.name == "toy":
        return None
    return read_table("columns", None if world.name == "bundled" else world.name)


def _told(name: str, declared: Table | None) -> tuple[str, str, str]:
    """Columns of an input that a world has, their sources, and how well they are known."""
    columns = INPUTS[name].columns if name in INPUTS else ("mandates/domain",)
    if declared is None:
        return "", "", ""
    rows = [declared.labels.index(column) for column in columns if column in declared.labels]
    said = ([str(declared[what][row]) for row in rows] for what in ("source", "status"))
    sources, statuses = (", ".join(dict.fromkeys(values)) for values in said)
    return ", ".join(declared.labels[row] for row in rows), sources, statuses
