"""Which luck decides: shocks have names and years, so that one source is kept while others are redrawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import lockin_sim as ls
from lockin_sim.common.conventions import Floats
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.world import World

if TYPE_CHECKING:
    import xarray as xr

#: Sources of luck, and what each is.
SOURCES = {
    "first_lots": "who had the first lots",
    "tastes": "lasting tastes",
    "first_decade": "luck of 2011 to 2020",
    "later": "luck after 2020",
}

#: Shocks that have no year of their own, by source; all others belong to the years in which they strike.
TIMELESS = {"first": "first_lots", "deployed": "first_lots", "law": "first_lots", "taste": "tastes",
            "operator taste": "tastes", "generation": "first_decade"}  # fmt: skip
UNTIL = 2020

#: Domains in which vendors exclude one another.
DOMAINS = ("mobile_network", "smart_city", "submarine_cable", "cloud", "smartphone", "e_commerce",
           "digital_payments")  # fmt: skip
READ = (2020, 2035, 2050)
YEARS = (2010, 2050)

RESAMPLES = 400

#: Parts of the variance, in the order of figures.
PARTS = ("structure", *SOURCES, "together")

#: Beside them: what later luck explains more than first lots and the first decade.
LATER = "later_less_early"


@dataclass(frozen=True)
class Luck:
    """Seed of each shock: ``kept`` for some sources, ``fresh`` for the others."""

    sources: frozenset[str]
    kept: int
    fresh: int

    def __call__(self, name: str, year: int) -> int:
        """Seed of one named shock in one year."""
        return self.kept if source_of(name, year) in self.sources else self.fresh


def source_of(name: str, year: int) -> str:
    """Source to which a named shock of a year belongs."""
    if name in TIMELESS:
        return TIMELESS[name]
    return "first_decade" if year <= UNTIL else "later"


def simulated(runs: int, seed: int, workers: int | None) -> tuple[World, dict[str, Floats]]:
    """The world, and shares of vendors in every case: ``kept`` with all luck of the seed, for each source
    ``only_<source>`` with that alone and all else redrawn, and ``but_<source>`` with that alone redrawn.

    Shares are (run, year, domain, country, vendor).
    """
    world = ls.load_world()
    every = frozenset(SOURCES)
    kept = {"kept": every}
    kept |= {f"only_{s}": frozenset([s]) for s in SOURCES} | {f"but_{s}": every - {s} for s in SOURCES}
    baseline = ls.load_scenario("baseline")
    cases = [
        RunCase(
            label,
            baseline,
            shares,
            record=("installed",),
            most=8,
            world=_with(world, Luck(of, seed, seed + 1)),
        )
        for label, of in kept.items()
    ]
    found = run_cases(cases, world=world, runs=runs, seed=seed, years=YEARS, workers=workers)
    return world, {label: arrays["share"] for label, arrays in found.items()}


def _with(world: World, luck: Luck) -> World:
    """The world with luck from two seeds; its first year has the constants of the record."""
    return dataclasses.replace(world, facts=world.facts | {"seed_of": luck, "recorded": world})


def shares(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Shares of every vendor in single markets.  ``share`` (run, year, domain, country, vendor), float32."""
    now = ds["installed"].sel(year=list(READ), domain=list(DOMAINS))
    base = np.nan_to_num(now.transpose("run", "year", "domain", "country", "vendor").values)
    total = base.sum(axis=-1, keepdims=True)
    share = np.divide(base, total, out=np.full(base.shape, np.nan), where=total > 0)
    return {"share": share.astype(np.float32)}


def decomposed(
    cases: Mapping[str, Floats], weight: Floats, *, resamples: int = RESAMPLES
) -> dict[str, dict[str, Floats]]:
    """Parts of the variance of shares over runs and economies, with the ends of their intervals.

    cases   by label, see :func:`simulated`; (run, country, vendor) each
    weight  (country,), market size; a market without a base in any run of any case is left out
    Returns, by part: ``first_order``, as a part of the whole variance, and ``total`` (NaN of structure and
    together), (mean, low, high) each.
    """
    there = np.all([np.isfinite(values).all(axis=(0, 2)) for values in cases.values()], axis=0)
    held = {label: values[:, there].astype(np.float64) for label, values in cases.items()}
    w = weight[there] / weight[there].sum()
    rng, n = np.random.default_rng(0), len(held["kept"])
    means = held["kept"].mean(axis=0)
    spread = float(((means - w @ means) ** 2 @ np.ones(means.shape[1])) @ w)
    products = _products(held, means, w)
    whole = _parts(products, np.arange(n), spread)
    again = [_parts(products, rng.integers(n, size=n), spread) for _ in range(resamples)]
    found: dict[str, dict[str, Floats]] = {}
    for kind in ("first_order", "total"):
        for part in (*PARTS, LATER):
            low, high = np.quantile([each[kind][part] for each in again], [0.025, 0.975])
            found.setdefault(part, {})[kind] = np.array([whole[kind][part], low, high])
    return found


def _products(held: Mapping[str, Floats], means: Floats, w: Floats) -> dict[str, Floats]:
    """By run, summed over vendors and weighted over economies: what variances and covariances are made of.

    (run,) each: squares of the deviations of the kept case, their products with those of every other, and
    half the squared differences.
    """
    kept = held["kept"] - means
    found = {"kept": np.einsum("rcv,rcv,c->r", kept, kept, w)}
    for label, values in held.items():
        if label.startswith("only_"):
            found[label] = np.einsum("rcv,rcv,c->r", kept, values - values.mean(axis=0), w)
        elif label.startswith("but_"):
            gone = held["kept"] - values
            found[label] = np.einsum("rcv,rcv,c->r", gone, gone, w) / 2
    return found


def _parts(products: Mapping[str, Floats], runs: np.ndarray, spread: float) -> dict[str, dict[str, float]]:
    """First-order and total parts of the whole variance, from some runs.

    Structure is what economies have for themselves in the mean of runs, less what such a mean has
    by chance; ``together`` is what no source explains alone.
    """
    luck = float(products["kept"][runs].mean()) * len(runs) / (len(runs) - 1)
    structure = max(0.0, spread - luck / len(runs))
    whole = luck + structure
    first = {s: float(products[f"only_{s}"][runs].mean()) * len(runs) / (len(runs) - 1) for s in SOURCES}
    total = {s: float(products[f"but_{s}"][runs].mean()) for s in SOURCES}
    early = first["first_lots"] + first["first_decade"]
    first |= {"structure": structure, "together": luck - sum(first.values()), LATER: first["later"] - early}
    total |= {"structure": np.nan, "together": np.nan, LATER: np.nan}
    scale = whole if whole > 0 else np.nan
    return {
        "first_order": {part: first[part] / scale for part in (*PARTS, LATER)},
        "total": {part: total[part] / scale for part in (*PARTS, LATER)},
    }


#: Least part of the variance that structure and tastes explain where what lasts decides.
LASTS = 0.8


def class_of(found: Mapping[str, Mapping[str, Floats]]) -> str:
    """Class of path dependence after Page (2006), from the parts of :func:`decomposed`."""
    _, low, high = found[LATER]["first_order"]
    if found["structure"]["first_order"][0] + found["tastes"]["first_order"][0] > LASTS:
        return "decided by what lasts"
    if low > 0:
        return "recent-path dependent"
    return "early-path dependent" if high < 0 else "unclear"
