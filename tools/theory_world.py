"""Where the real world stands in the theory: its points in the phase diagram, its memory of the start."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lockin_sim as ls
from lockin_sim.initial import start
from lockin_sim.rules import diffusion
from lockin_sim.world import World

YEARS, RUNS, SEED = (2010, 2050), 24, 1
#: What is switched off beside the default model.
OFF: dict[str, dict[str, float]] = {
    "default": {},
    "no switching costs": {"switching_cost": 0.0},
    "no switching costs, no network effects": {"switching_cost": 0.0, "network_weight": 0.0},
}


def over_noise() -> tuple[float, float]:
    """Default switching cost and network effect, over the noise scale."""
    p = ls.Parameters()
    return float(p.switching_cost / p.noise_scale), float(p.network_weight / p.noise_scale)


def domain_points() -> list[tuple[str, int, float, float]]:
    """Domain, vendors, and switching cost and network effect that interoperability leaves in 2010."""
    world, (s, g) = ls.load_world(), over_noise()
    now = world.conditions.at(0)
    fits = diffusion.interoperability(world.initial_compliance, now.openness[:, None, None])
    points = []
    for d, name in enumerate(world.domains):
        used = np.flatnonzero(world.slot_vendor[d] >= 0)
        pairs = fits[d][np.ix_(used, used)][~np.eye(len(used), dtype=bool)]
        left = 1 - float(pairs.mean())
        points.append((name.replace("_", " "), len(used), left * s, left * g))
    return points


def memory_of_the_start() -> dict[str, Any]:
    """What it does to a vendor's share that it, and not its rival, had the base of 2010.

    The rivals are the two largest vendors of 2010 in each domain.  In every country the base of both is given
    to the one or to the other; all else, fitted quality and luck too, is the same.  The difference of the
    first one's world share between the two histories, over that of 2010, is 1 at the start.
    """
    world = ls.load_world()
    fitted = start(world)
    base = fitted.installed * world.conditions.at(0).market_size[..., None]
    two = np.argsort(-base.sum(axis=0), axis=-1)[:, :2]  # (domain, rival)
    labels = np.take_along_axis(world.slot_vendor, two, axis=-1)
    found: dict[str, Any] = {
        "runs": RUNS,
        "seed": SEED,
        "years": list(range(YEARS[0], YEARS[1] + 1)),
        "rivals": {
            d: [world.vendors[v] for v in pair] for d, pair in zip(world.domains, labels, strict=True)
        },
    }
    found["standard_error"] = {}
    for name, off in OFF.items():
        one, other = (
            _share_of_first(_given(world, fitted.installed, fitted.quality, two, rival), labels, off)
            for rival in (0, 1)
        )
        left = (one - other) / (one - other)[:, :1]  # (run, year, domain)
        for holder, values in (
            (found, left.mean(axis=0)),
            (found["standard_error"], left.std(axis=0, ddof=1) / np.sqrt(RUNS)),
        ):
            holder[name] = {d: values[:, i].round(4).tolist() for i, d in enumerate(world.domains)}
    return found


def _given(world: World, installed: NDArray, quality: NDArray, two: NDArray, rival: int) -> World:
    """The world in which one of two rivals had the base of both; its quality is the fitted one."""
    base = installed.copy()
    index = np.broadcast_to(two, (*base.shape[:2], 2))
    pair = np.take_along_axis(base, index, axis=-1)
    given = np.zeros_like(pair)
    given[..., rival] = pair.sum(axis=-1)
    np.put_along_axis(base, index, given, axis=-1)
    path = world.conditions.quality_path + quality
    return dataclasses.replace(
        world, installed=base, conditions=dataclasses.replace(world.conditions, quality_path=path)
    )


def _share_of_first(world: World, labels: NDArray, off: dict[str, float]) -> NDArray:
    """World share of the first rival.  (run, year, domain)."""
    ds = ls.simulate("baseline", world=world, parameters=off, runs=RUNS, seed=SEED, years=YEARS)
    share = ds.vendor_share.values
    return np.take_along_axis(share, np.broadcast_to(labels[:, :1], (*share.shape[:3], 1)), axis=-1)[..., 0]
