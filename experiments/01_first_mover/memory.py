"""How much of what chance gave a vendor by 2020 is left later, and whether leaders stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import lockin_sim as ls
from experiments.pictures import LOOKS, curve, curves
from lockin_sim.conventions import Bools, Floats
from lockin_sim.statistics import interval, ratio
from lockin_sim.studies.cases import Case, run_cases
from lockin_sim.studies.outcomes import weighted_mean
from lockin_sim.studies.results import write_csv
from lockin_sim.world import World

from .setting import GROUPS, MECHANISMS, SEED, WITH, WITHOUT, YEARS, Size

if TYPE_CHECKING:
    import xarray as xr

EARLY = 2020
EVERY = 5  # years between two readings of the base

HEAD = ("measure", "group", "mechanism", "year", "value", "value_low", "value_high", "runs_used")


class Markets(NamedTuple):
    """Sensitive markets outside China: their weight in each group, and who may be there."""

    weight: Floats  # (group, country, domain), USD bn per year, 2020
    domains: Bools  # (domain,)
    vendors: Bools  # (vendor,)


def study(folder: Path, size: Size, workers: int | None) -> None:
    """Tables and figure of memory."""
    world = ls.load_world()
    baseline = ls.load_scenario("baseline")
    cases = [
        Case(name, baseline, bases, ls.Parameters(**values), ("installed",), 8)
        for name, values in MECHANISMS.items()
    ]
    found = run_cases(cases, world=world, runs=size.chance_runs, seed=SEED, years=YEARS, workers=workers)
    base, markets = {label: arrays["base"] for label, arrays in found.items()}, markets_of(world)
    rows = [
        (measure, group, mechanism, EARLY + years, *of(values, markets.weight[g], years // EVERY))
        for measure, of in (("memory", remembered), ("same_leader", same_leader))
        for g, group in enumerate(GROUPS)
        for mechanism, values in base.items()
        for years in size.steps
    ]
    write_csv(folder / "memory.csv", HEAD, iter(rows))
    head = ("mechanism", "group", "domain", "same_leader", "same_leader_low", "same_leader_high", "runs")
    write_csv(folder / "leaders_of_groups.csv", head, _leaders(base, world, markets))
    _draw(folder, [dict(zip(HEAD, row, strict=True)) for row in rows], size)


def markets_of(world: World) -> Markets:
    """The markets of the study."""
    size = world.conditions.of("market_size", np.array([EARLY]))[0]
    foreign = ~world.home[:, [world.sponsors.index("CHN")]]
    weight = np.stack([size * world.groups[group] * foreign for group in GROUPS])
    slots = world.slot_vendor[world.sensitive]
    vendors = np.isin(np.arange(len(world.vendors)), slots[slots >= 0])
    return Markets(weight[..., world.sensitive], world.sensitive, vendors)


def bases(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Base of sensitive markets every five years from 2020, (run, year, country, domain, vendor)."""
    markets = markets_of(world)
    axes = ("run", "year", "country", "domain", "vendor")
    base = ds["installed"].sel(year=slice(EARLY, None, EVERY)).transpose(*axes).values
    return {"base": np.nan_to_num(base[:, :, :, markets.domains][..., markets.vendors])}


def remembered(base: Floats, weight: Floats, step: int) -> tuple[Any, ...]:
    """Slope of a later share on that of 2020, over runs within each market and vendor, and its interval.

    base  (run, year, country, domain, vendor);  weight  (country, domain);  step  position of the later year
    """
    early, later = (base[:, k] - base[:, k].mean(axis=0) for k in (0, step))
    shared, own = (np.einsum("rcdv,rcdv,cd->r", early, other, weight) for other in (later, early))
    return ratio(shared, own)


def same_leader(base: Floats, weight: Floats, step: int) -> tuple[Any, ...]:
    """Share of markets, by value, whose largest vendor of 2020 is the largest later; those with a base."""
    early, later = base[:, 0], base[:, step]
    same = (early.argmax(axis=-1) == later.argmax(axis=-1)).astype(np.float64)
    same[early.sum(axis=-1) <= 0] = np.nan
    return interval(weighted_mean(same.reshape(len(same), -1), weight.ravel()))


def _leaders(base: Mapping[str, Floats], world: World, markets: Markets) -> Iterator[tuple[Any, ...]]:
    """In what part of runs the largest vendor of a whole group, domain by domain, is the one of 2020."""
    domains = [world.domains[d] for d in np.flatnonzero(markets.domains)]
    for mechanism, values in base.items():
        for g, group in enumerate(GROUPS):
            held = np.einsum("rycdv,cd->rydv", values[:, [0, -1]], markets.weight[g])
            same = (held[:, 0].argmax(axis=-1) == held[:, 1].argmax(axis=-1)).astype(np.float64)
            for d, domain in enumerate(domains):
                mean, low, high, used = interval(same[:, d])
                yield mechanism, group, domain, mean, np.maximum(low, 0.0), np.minimum(high, 1.0), used


def _draw(folder: Path, rows: list[dict[str, Any]], size: Size) -> None:
    """Memory over the years, one panel a group."""

    def of(group: str, mechanism: str) -> list[dict[str, Any]]:
        return [r for r in rows if (r["measure"], r["group"], r["mechanism"]) == ("memory", group, mechanism)]

    panels = {
        f"Markets {spoken}": {
            mechanism: curve(of(group, mechanism), "year", "value", look, factor=100)
            for mechanism, look in zip(MECHANISMS, LOOKS, strict=True)
        }
        for group, spoken in GROUPS.items()
    }
    left = [
        f"{100 * of(group, WITH)[-1]['value']:.0f} ({100 * of(group, WITHOUT)[-1]['value']:.0f} {WITHOUT}) "
        f"in markets {spoken}"
        for group, spoken in GROUPS.items()
    ]
    figure = curves(
        panels,
        title=f"Of 100 points of share that chance gave a vendor by {EARLY}, it still has in {YEARS[1]} "
        f"{' and '.join(left)}",
        note=f"Slope of a vendor's share in a market on its share there in {EARLY}, over runs that differ by "
        "luck alone; sensitive infrastructure outside China, weighted by market size. A lasting taste of "
        f"countries for vendors is part of the luck. {size.chance_runs} runs, 95 % interval (Fieller).",
        x="year",
        y=f"left of a point of {EARLY}, per cent",
        width=3.4,
    )
    ls.plots.save(figure, folder / "memory.png")
