"""Standards without vendors: cn2035 in markets and countries by how much Chinese base they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import lockin_sim as ls
from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.statistics import estimate_interval, estimate_paired_difference
from lockin_sim.comparisons.outcomes import mask_sponsor_vendors, weighted_mean
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.runs.results import write_csv
from lockin_sim.world import World

from .figures import draw

if TYPE_CHECKING:
    import xarray as xr

SEED = 1
YEARS = (2010, 2050)
READ = (2020, 2025, 2030, 2035, 2040, 2045, 2050)

#: The table has these domains in these years, single ones in the last; the reduced form only what is both.
TOGETHER, ENDS = ("all", "sensitive"), (2035, 2050)

#: Classes of markets by the share of Chinese vendors in their base: from each bound to the next.
CLASSES = {"below 1 %": 0.0, "1 to 10 %": 0.01, "above 10 %": 0.1}


class Setting(NamedTuple):
    """A scenario with parameters that are not at their default."""

    parameters: Mapping[str, float] = {}
    scenario: str = "baseline"


SETTINGS = {
    "baseline": Setting(),
    "standards in bodies frozen": Setting({"turnover": 0.0}),
    "half the turnover": Setting({"turnover": 0.075}),
    "twice the turnover": Setting({"turnover": 0.3}),
    "nothing travels": Setting({"compliance_travel": 0.0}),
    "nothing travels, bodies frozen": Setting({"compliance_travel": 0.0, "turnover": 0.0}),
    "vendors do not move": Setting({"compliance_rate": 0.0}),
    "exclusive": Setting({"exclusive_compliance": 1.0}),
    "cs2035_push": Setting(scenario="cs2035_push"),
    "eu_in_bodies": Setting(scenario="eu_in_bodies"),
    "no_dsr": Setting(scenario="no_dsr"),
}

#: What is measured of a class: shares of the base of its markets, and its part of all markets.
MEASURES = {
    "reach": "reach of cn2035",
    "by_others": "reach of cn2035 through vendors of other sponsors",
    "chinese_base": "share of Chinese vendors",
    "part": "part of all markets that are in the class",
}

HEAD = (
    *("unit", "domains", "setting", "chinese_base", "measure", "year", "value", "value_low", "value_high"),
    *("effect", "effect_low", "effect_high", "runs_used", "pairs_used"),
)


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Table of shares by class, and its figures."""
    runs = 2 if reduced else 24
    world = ls.load_world()
    cases = [
        RunCase(
            name, ls.load_scenario(s.scenario), by_class, ls.Parameters(**s.parameters),
            ("installed", "compliance"), 8,
        )
        for name, s in SETTINGS.items()
    ]  # fmt: skip
    found = run_cases(cases, world=world, runs=runs, seed=SEED, years=YEARS, workers=workers)
    rows = list(_rows({name: arrays["classes"] for name, arrays in found.items()}, world))
    needed = all if reduced else any
    shown = (r for r in rows if needed((r[1] in TOGETHER and r[5] in ENDS, r[5] == ENDS[-1])))
    write_csv(folder / "classes.csv", HEAD, shown)
    draw(folder, [dict(zip(HEAD, row, strict=True)) for row in rows], runs)


def units(world: World) -> list[tuple[str, str, Bools]]:
    """What is classed, among which domains: markets in all, in sensitive and in single ones; countries."""
    every = np.ones(len(world.domains), dtype=bool)
    single = [("market", d, np.arange(len(every)) == k) for k, d in enumerate(world.domains)]
    together = list(zip(TOGETHER, (every, world.sensitive), strict=True))
    return [
        *(("market", name, mask) for name, mask in together),
        *single,
        *(("country", name, mask) for name, mask in together),
    ]


def by_class(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Measures of every class, ``classes`` (run, year read, unit, class, measure).

    Shares are weighted by market size; a class without any market has no shares, and part 0.
    """
    now = ds.sel(year=list(READ))
    base = np.nan_to_num(now["installed"].transpose("run", "year", "country", "domain", "vendor").values)
    of_family = now["compliance"].sel(standard=world.case.family)
    complies = of_family.transpose("run", "year", "domain", "vendor").values
    chinese = mask_sponsor_vendors(world, "CHN")
    carried = base * np.nan_to_num(complies)[:, :, None]
    amounts = np.stack([carried.sum(-1), carried[..., ~chinese].sum(-1), base[..., chinese].sum(-1)], axis=-1)
    size = world.conditions.of("market_size", np.array(READ)).swapaxes(-1, -2)
    found = []
    for unit, _, mask in units(world):
        value = size * mask  # (year, country, domain)
        total, parts = base.sum(-1), amounts
        if unit == "country":
            total = (total * value).sum(-1, keepdims=True)
            parts = (parts * value[..., None]).sum(-2, keepdims=True)
            value = value.sum(-1, keepdims=True)
        whole = total[..., None]
        shares = np.divide(parts, whole, out=np.full(parts.shape, np.nan), where=whole > 0)
        found.append(_classed(shares, np.broadcast_to(value, total.shape)))
    return {"classes": np.stack(found, axis=2)}


def _classed(shares: Floats, value: Floats) -> Floats:
    """Means by class: (run, year, country, domain, 3) to (run, year, class, measure)."""
    shares = shares.reshape(*shares.shape[:2], -1, shares.shape[-1])
    value = value.reshape(*value.shape[:2], -1) * np.isfinite(shares[..., 0])
    dependence = np.nan_to_num(shares[..., -1])
    bounds = [*CLASSES.values(), np.inf]
    found = np.empty((*shares.shape[:2], len(CLASSES), len(MEASURES)))
    for k in range(len(CLASSES)):
        inside = value * ((dependence >= bounds[k]) & (dependence < bounds[k + 1]))
        found[:, :, k, :-1] = weighted_mean(np.moveaxis(shares, -1, 2), inside[:, :, None])
        found[:, :, k, -1] = inside.sum(-1) / value.sum(-1)
    return found


def _rows(classes: Mapping[str, Floats], world: World) -> Iterator[tuple[Any, ...]]:
    """One row a unit, setting, class, measure and year, with the paired difference from the baseline."""
    for u, (unit, domains, _) in enumerate(units(world)):
        for setting, values in classes.items():
            for c, label in enumerate(CLASSES):
                for m, measure in enumerate(MEASURES):
                    for y, year in enumerate(READ):
                        here, there = values[:, y, u, c, m], classes["baseline"][:, y, u, c, m]
                        *level, used = estimate_interval(here, None)
                        *effect, pairs = estimate_paired_difference(here, there, None)
                        yield (unit, domains, setting, label, measure, year, *level, *effect, used, pairs)
