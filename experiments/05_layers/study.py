"""From layer to layer: what a push in one layer of infrastructure does to the layers above."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import lockin_sim as ls
from lockin_sim.common.conventions import Floats
from lockin_sim.common.statistics import estimate_interval, estimate_ratio, weighted_mean
from lockin_sim.comparisons.outcomes import mask_sponsor_vendors
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.runs.results import write_csv
from lockin_sim.world import World

from .figures import draw

if TYPE_CHECKING:
    import xarray as xr

SEED = 1
YEARS = (2010, 2050)
READ = (2015, 2020, 2025, 2030, 2035, 2040, 2045, 2050)
ENDS = (2025, 2050)  # in the table of the reduced form


class Push(NamedTuple):
    """A sponsor, and the layer in which its vendors are pushed."""

    sponsor: str
    domain: str


PUSHES = (Push("CHN", "mobile_network"), Push("EU", "mobile_network"), Push("USA", "cloud"))
QUALITY = 2.0  # utility
FROM, TO = 2011, 2025

#: Worlds in which the pushes are made: parameters that are not at their default, and the same without stack.
SETTINGS: dict[str, tuple[Mapping[str, float], str]] = {
    "no stack": ({"stack_weight": 0.0}, ""),
    "default": ({}, "no stack"),
    "twice the stack": ({"stack_weight": 1.6}, "no stack"),
    "no switching cost, no stack": ({"stack_weight": 0.0, "switching_cost": 0.0}, ""),
    "no switching cost": ({"switching_cost": 0.0}, "no switching cost, no stack"),
}

#: Together, weighted by market size.
PLATFORMS = ("smartphone", "e_commerce", "digital_payments")

HEAD = (
    *("sponsor", "pushed", "setting", "domain", "year", "share_without_push"),
    *("effect", "effect_low", "effect_high", "spill_over", "spill_over_low", "spill_over_high"),
    *("pass_through", "pass_through_low", "pass_through_high", "runs_used"),
)


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Table of effects by domain and year, and its figures."""
    runs = 2 if reduced else 24
    world = outside_home(ls.load_world())
    baseline = ls.load_scenario("baseline")
    scenarios = {"": baseline} | {push.sponsor: pushed(push) for push in PUSHES}
    cases = [
        RunCase(f"{setting}|{label}", scenario, shares, ls.Parameters(**values), ("group_vendor_share",))
        for setting, (values, _) in SETTINGS.items()
        for label, scenario in scenarios.items()
    ]
    found = run_cases(cases, world=world, runs=runs, seed=SEED, years=YEARS, workers=workers)
    rows = list(_rows({label: arrays["share"] for label, arrays in found.items()}, world))
    write_csv(folder / "layers.csv", HEAD, (row for row in rows if not reduced or row[4] in ENDS))
    draw(folder, [dict(zip(HEAD, row, strict=True)) for row in rows], runs, TO)


def outside_home(world: World) -> World:
    """The world whose groups are the markets outside the home of each sponsor that is pushed, never China."""
    home = {push.sponsor: world.home[:, world.sponsors.index(push.sponsor)] for push in PUSHES}
    abroad = world.groups["abroad"]
    return dataclasses.replace(world, groups={sponsor: abroad & ~at for sponsor, at in home.items()})


def pushed(push: Push) -> ls.Scenario:
    """The baseline with a sponsor's vendors made better in one layer, for some years."""
    target = f"sponsor:{push.sponsor}/{push.domain}"
    return ls.load_scenario("baseline").with_lever(
        "industrial_policy", target, from_=FROM, to=TO, quality=QUALITY
    )


def shares(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Share of each sponsor's vendors outside its home in every domain, and in the platforms together.

    Returns ``share`` (run, year read, push, domain + 1).
    """
    now = ds.sel(year=list(READ))
    size = world.conditions.of("market_size", np.array(READ))
    platforms = np.isin(world.domains, PLATFORMS)
    found = []
    for push in PUSHES:
        held = now["group_vendor_share"].sel(group=push.sponsor).transpose("run", "year", "domain", "vendor")
        share = held_by(world, push.sponsor, held.values)
        weight = (size * world.groups[push.sponsor]).sum(axis=-1) * platforms
        found.append(np.concatenate([share, weighted_mean(share, weight)[..., None]], axis=-1))
    return {"share": np.stack(found, axis=2)}


def _rows(share: Mapping[str, Floats], world: World) -> Iterator[tuple[Any, ...]]:
    """One row a push, setting, domain and year."""
    domains = (*world.domains, "platforms")
    keys = (
        (p, push, setting, d, domain, y, year)
        for p, push in enumerate(PUSHES)
        for setting in SETTINGS
        for d, domain in enumerate(domains)
        for y, year in enumerate(READ)
    )
    for p, push, setting, d, domain, y, year in keys:

        def moved(setting: str, domain: int, p: int = p, push: Push = push, y: int = y) -> Floats:
            """Paired effect of the push, (run,)."""
            return share[f"{setting}|{push.sponsor}"][:, y, p, domain] - share[f"{setting}|"][:, y, p, domain]

        effect, below = moved(setting, d), moved(setting, domains.index(push.domain))
        control = SETTINGS[setting][1]
        spill = effect - moved(control, d) if control else np.full(len(effect), np.nan)
        through = estimate_ratio(effect, below, None)
        without = share[f"{setting}|"][:, y, p, d].mean()
        *mean, used = estimate_interval(effect, None)
        yield (
            *push,
            setting,
            domain,
            year,
            without,
            *mean,
            *estimate_interval(spill, None)[:3],
            *through[:3],
            used,
        )


def held_by(world: World, sponsor: str, shares: Floats) -> Floats:
    """Total share of a sponsor's vendors, NaN where nobody has any.  (..., vendor) to (...)"""
    known = np.isfinite(shares)
    held = np.where(known, shares, 0.0) @ mask_sponsor_vendors(world, sponsor).astype(float)
    return np.where(known.any(axis=-1), held, np.nan)
