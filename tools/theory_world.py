"""Where the real world stands in the theory: its points in the phase diagram, its memory of the start."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import lockin_sim as ls
from lockin_sim.rules import diffusion
from lockin_sim.world import World
from lockin_sim.world.names import name_of

YEARS, RUNS, SEED = (2010, 2050), 24, 1
#: What is switched off beside the default model.
OFF: dict[str, dict[str, float]] = {
    "default": {},
    "no switching costs": {"switching_cost": 0.0},
    "no switching costs, no network effects": {
        "switching_cost": 0.0,
        "network_weight": 0.0,
        "own_network_weight": 0.0,
    },
}


class Point(NamedTuple):
    """A domain in the phase diagram of equal vendors."""

    name: str
    buyer: str
    vendors: int
    s: float  # switching cost that interoperability leaves in 2010, over the noise scale
    g: float  # network effect that it leaves: of neighbours on operators, of the own country on users


def over_noise() -> tuple[float, float]:
    """Switching cost and network effect of mobile networks by default, over the noise scale."""
    p = ls.Parameters()
    return float(p.switching_cost / p.noise_scale), float(p.network_weight / p.noise_scale)


def domain_points() -> list[Point]:
    """Where the domains of operators and users stand; projects and adopters have no base that holds them."""
    world, p = ls.load_world(), ls.Parameters()
    now = world.conditions.at(0)
    common = diffusion.common_family(world.initial_compliance)
    fits = diffusion.interoperability(common, now.openness[:, None, None])
    points = []
    for d, buyer in enumerate(world.buyer):
        if buyer not in ("operator", "users"):
            continue
        used = np.flatnonzero(world.slot_vendor[d] >= 0)
        pairs = fits[d][np.ix_(used, used)][~np.eye(len(used), dtype=bool)]
        left = (1 - float(pairs.mean())) / p.noise_scale
        own = p.own_network_weight * world.own_pull[d, used].mean()
        g = p.network_weight if buyer == "operator" else own
        name = name_of("domain", world.domains[d])
        cost = p.switching_cost * world.relative_switching[d]
        points.append(Point(name, buyer, len(used), float(left * cost), float(left * g)))
    return points


def memory_of_the_start() -> dict[str, Any]:
    """What it does to a vendor's share that it, and not its rival, had the base of 2010.

    The rivals are the two largest named vendors of 2010 in each domain of operators or users.  In every
    country the base of both is given to the one or to the other; all else, tastes and luck too, is the same.
    The difference of the first one's world share between the two histories, over that of 2010, is 1 at the
    start.
    """
    world = ls.load_world()
    domains = np.sort(np.concatenate([world.bought_by("operator"), world.bought_by("users")]))
    installed = _first_year(world)
    base = (installed.mean(axis=0) * world.conditions.at(0).market_size[..., None]).sum(axis=1)
    two = np.argsort(np.where(world.is_local, 0.0, -base), axis=-1)[:, :2]  # (domain, rival)
    labels = np.take_along_axis(world.slot_vendor, two, axis=-1)
    found: dict[str, Any] = {
        "runs": RUNS,
        "seed": SEED,
        "years": list(range(YEARS[0], YEARS[1] + 1)),
        "rivals": {world.domains[d]: [world.vendors[v] for v in labels[d]] for d in domains},
    }
    found["standard_error"] = {}
    for name, off in OFF.items():
        one, other = (
            _share_of_first(_given(world, installed, two, domains, rival), labels, off) for rival in (0, 1)
        )
        left = (one - other)[..., domains]  # (run, year, domain)
        left = left / left[:, :1]
        for holder, values in (
            (found, left.mean(axis=0)),
            (found["standard_error"], left.std(axis=0, ddof=1) / np.sqrt(RUNS)),
        ):
            holder[name] = {world.domains[d]: values[:, i].round(4).tolist() for i, d in enumerate(domains)}
    return found


def _first_year(world: World) -> NDArray:
    """Shares of 2010 in each run.  (run, domain, country, vendor slot)."""
    ds = ls.simulate("baseline", world=world, runs=RUNS, seed=SEED, years=(2010, 2011), record=("installed",))
    by_label = ds.installed.values[:, 0].swapaxes(1, 2)  # (run, domain, country, vendor)
    slots = np.maximum(world.slot_vendor, 0)[None, :, None]
    shares = np.take_along_axis(
        by_label, np.broadcast_to(slots, (*by_label.shape[:3], slots.shape[-1])), axis=-1
    )
    return np.nan_to_num(np.where(world.slot_vendor[:, None] >= 0, shares, 0.0))


def _given(world: World, installed: NDArray, two: NDArray, domains: NDArray, rival: int) -> World:
    """The world in which one of two rivals had the base of both in some domains."""
    base = installed.copy()
    for d in domains:
        pair = base[:, d][..., two[d]].sum(axis=-1)
        base[:, d, :, two[d, 1 - rival]] = 0.0
        base[:, d, :, two[d, rival]] = pair
    return dataclasses.replace(world, installed=base)


def _share_of_first(world: World, labels: NDArray, off: dict[str, float]) -> NDArray:
    """World share of the first rival.  (run, year, domain)."""
    ds = ls.simulate("baseline", world=world, parameters=off, runs=RUNS, seed=SEED, years=YEARS)
    share = ds.vendor_share.values
    return np.take_along_axis(share, np.broadcast_to(labels[:, :1], (*share.shape[:3], 1)), axis=-1)[..., 0]
