"""Who stays with a main supplier at a change of generation, in runs as in the record of suppliers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.studies.hindcast.kept import CHINA
from lockin_sim.world import World
from lockin_sim.world.schema import records
from lockin_sim.world.suppliers import GENERATIONS, RESTRICTED, changes, spells

if TYPE_CHECKING:
    import xarray as xr

MOBILE = "mobile_network"

#: What is compared: into which generation of the model operators change, and whether those count whose
#: incumbents were restricted.
CHANGES = {"stays_4g": (0, True), "stays_5g": (1, True), "stays_5g_free": (1, False)}


@cache
def economies() -> tuple[str, ...]:
    """Economies of which nearly all operators are recorded: the least biased part of the record."""
    table = records("supplier_economies")
    return tuple(np.array(table.labels)[table["complete"]].tolist())


@cache
def recorded() -> dict[str, float]:
    """Recorded part of operators that stayed, in these economies."""
    known = [change for change in changes(spells()) if change.after.complete]
    first = GENERATIONS.index("4G")
    return {
        name: float(np.mean([
            change.stayed for change in known
            if change.after.generation == first + generation and (everybody or not change.hit)
        ]))
        for name, (generation, everybody) in CHANGES.items()
    }  # fmt: skip


def simulated(ds: xr.Dataset, world: World) -> Floats:
    """The same part of the operators of a run.  (run, change).

    ds  with ``incumbent``, ``generation`` and ``restricted``
    An operator's main suppliers run most of its lots, several where these are even.  It changes from the year
    before its first lot moves to the one in which its last has; who does so after the runs end is left out.
    """
    lots = world.lots
    mine = np.flatnonzero(
        (lots.domain == world.domains.index(MOBILE))
        & np.isin(np.array(world.countries)[lots.country], economies())
    )
    operator = np.unique(lots.operator[mine], return_inverse=True)[1]
    country = lots.country[mine][np.unique(operator, return_index=True)[1]]
    vendor, generation = (
        ds[name].transpose("run", "year", "lot").values[..., mine] for name in ("incumbent", "generation")
    )
    barred = ds["restricted"].sel(sponsor=CHINA).transpose("run", "year", "country").values[..., country]
    limited = np.array([world.vendors.index(name) for name in sorted(RESTRICTED)])
    run, who = np.ogrid[: len(vendor), : len(country)]
    parts = []
    for into, everybody in CHANGES.values():
        moved = (generation >= into).astype(int)
        count = np.stack([moved[..., operator == k].sum(axis=-1) for k in range(len(country))], axis=-1)
        size = np.bincount(operator)
        first, last = ((count >= least).argmax(axis=1) for least in (1, size))
        known = (count[:, -1] == size) & (first > 0)
        before = _main(vendor, operator, np.maximum(first - 1, 0), len(world.vendors))
        after = _main(vendor, operator, last, len(world.vendors))
        hit = before[..., limited].any(axis=-1) & barred[run, last, who]
        known &= before.any(axis=-1) & (everybody | ~hit)
        stayed = (before & after).any(axis=-1)
        parts.append((stayed & known).sum(axis=-1) / np.where(known.any(axis=-1), known.sum(axis=-1), np.nan))
    return np.stack(parts, axis=-1)


def _main(vendor: Integers, operator: Integers, step: Integers, vendors: int) -> Bools:
    """Main suppliers of each operator in a year of its own.  (run, operator, vendor).

    vendor  (run, year, lot), -1 where a lot has none;  operator (lot,);  step (run, operator)
    """
    run = np.arange(len(vendor))[:, None]
    now = vendor[run, step[:, operator], np.arange(len(operator))]
    count = np.zeros((len(vendor), step.shape[1], vendors))
    np.add.at(count, (run, operator, np.maximum(now, 0)), now >= 0)
    top: Bools = (count > 0) & (count == count.max(axis=-1, keepdims=True))
    return top
