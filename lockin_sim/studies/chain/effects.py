"""Runs along the chain to means with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.statistics import interval, means, quantiles
from lockin_sim.studies.chain.links import CHANGES, LINKS, Link
from lockin_sim.studies.chain.quantities import QUANTITIES
from lockin_sim.studies.parts import Variables, effects, part
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr


def measured(
    found: Sequence[Mapping[str, Floats]], labels: Mapping[str, Any], world: World, groups: int
) -> xr.Dataset:
    """The dataset of :func:`lockin_sim.studies.chain.chain`.

    found   by alternative: ``level`` (run, quantity, place, year), ``effect`` (run, change, ...) and
            ``through`` (run, part, ...)
    groups  how many of the places are groups of markets; all bodies together come next
    """
    import xarray as xr

    axes = ("quantity", "place", "year")
    level = np.stack([means(one["level"]) for one in found])
    data: Variables = {
        "level": (("alternative", *axes), level, {"units": "share", "long_name": "mean over runs"}),
    }
    spread = np.stack([quantiles(one["effect"], 0.05, 0.95) for one in found])
    for position, name in enumerate(("effect_q05", "effect_q95")):
        text = {"units": "share", "long_name": f"effect in single pairs: {name[-2:]} % quantile"}
        data[name] = (("alternative", "change", *axes), spread[:, position], text)
    for name, axis in (("effect", "change"), ("through", "part")):
        data |= effects([interval(one[name]) for one in found], ("alternative", axis, *axes), "share", name)
    by_link = [_per_unit(one["effect"], groups) for one in found]
    for name in by_link[0]:
        _, _, about = by_link[0][name]
        values = np.stack([one[name][1] for one in by_link])
        data[name] = (("alternative", "link", "place", "year"), values, about)
    attributes: dict[str, Any] = {
        "family": world.case.family,
        "owner": world.case.sponsors[0],
        "groups": groups,
    }
    return xr.Dataset(data, coords=dict(labels), attrs=attributes)


def _per_unit(moved: Floats, groups: int) -> Variables:
    """What every link makes of a unit of what stands before it.

    moved  (run, change, quantity, place, year)
    """
    before, after = (
        np.stack(ends, axis=1)
        for ends in zip(*(_ends(moved, link, groups) for link in LINKS.values()), strict=True)
    )
    return part("per_unit", after, before, ("link", "place", "year"))


def _ends(moved: Floats, link: Link, groups: int) -> tuple[Floats, Floats]:
    """What a link's change moves before and after it, in the places that the link has; NaN elsewhere.

    From markets to bodies it is the world's base before every body; from bodies to markets all bodies
    together before every group.  (run, place, year) each.
    """
    names, of = list(QUANTITIES), moved[:, list(CHANGES).index(link.change)]
    before, after = of[:, names.index(link.before)], of[:, names.index(link.after)]
    if link.before == link.after:
        before = np.broadcast_to(before[..., :1], before.shape)
    from_bodies, to_bodies = QUANTITIES[link.before].of_bodies, QUANTITIES[link.after].of_bodies
    if from_bodies != to_bodies:
        source = groups if from_bodies else 0
        before = np.broadcast_to(before[:, [source]], before.shape)
    return before, after
