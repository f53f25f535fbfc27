"""Which luck decides, and luck against parameters: many points of parameter space, the same runs at each."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_csv
from lockin_sim.settings.parameters import collect_declarations

from .figures import luck_figure, sources_figure
from .sources import DOMAINS as MARKETS
from .sources import READ, class_of, simulated
from .sources import decomposed as parts_of_luck
from .variance import ENDS, Parts, correlations, decomposed, first_order, interval, spreads, thirds

SEED = 8

#: When the late state is read, and the early one.
EARLY, LATE = 2020, 2050

DOMAINS = ("mobile_network", "submarine_cable", "cloud", "smart_city", "satellite_navigation", "smartphone",
           "e_commerce", "digital_payments", "data_governance", "internet_protocol")  # fmt: skip
GROUPS = ("excluding_CHN", "greenfield", "built_2010", "income:low", "income:lower_middle", "Africa")

OUTCOMES = (
    "cn2035_share", "cn2035_sensitive", *(f"cn2035_{domain}" for domain in DOMAINS),
    "dependence_CHN", "dependence_USA", "dependence_EU",
    *(f"dependence_sensitive_{sponsor}" for sponsor in ("CHN", "USA", "EU")),
    *(f"dependence_sensitive_CHN_{group}" for group in GROUPS),
    "switching_pull", "retention", "surplus", "status_ITU", "status_3GPP",
)  # fmt: skip

#: Outcomes that exist early enough to ask what the early state says of the late one.
HISTORIES = [name for name in OUTCOMES if name.startswith("dependence_")]

#: Parameters by whose thirds the spread over runs is told.
SPLIT = ("switching_cost", "network_weight", "taste_country", "price_weight")

SPONSORS = ("CHN", "USA", "EU")


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Leave tables and figures of variance in a folder: by sources of luck, and by luck and parameters."""
    _sources(folder, 4 if reduced else 128, workers)
    _luck_and_parameters(folder, reduced=reduced, workers=workers)


def _sources(folder: Path, runs: int, workers: int | None) -> None:
    """Which luck: parts of the variance of shares in single markets abroad, and classes of markets."""
    world, cases = simulated(runs, SEED, workers)
    rows, classes, drawn = [], [], {}
    size, abroad = world.conditions.of("market_size", np.array(READ)), world.groups["abroad"]
    for d, domain in enumerate(MARKETS):
        k = world.domains.index(domain)
        for y, year in enumerate(READ):
            of = {label: values[:, y, d][:, abroad[k]] for label, values in cases.items()}
            found = parts_of_luck(of, size[y, k, abroad[k]])
            rows += [_part_row(domain, year, part, values) for part, values in found.items()]
            if year == LATE:
                drawn[domain] = found
                classes.append({"domain": domain, "year": year, "class": class_of(found)})
    _write(folder / "sources.csv", rows)
    _write(folder / "classes.csv", classes)
    plots.save(sources_figure(drawn, LATE, runs), folder / "sources.png")


def _part_row(domain: str, year: int, part: str, values: dict[str, np.ndarray]) -> dict[str, Any]:
    """A part of the variance with its intervals, as a row."""
    row: dict[str, Any] = {"domain": domain, "year": year, "part": part}
    for kind in ("first_order", "total"):
        row |= dict(zip((kind, f"{kind}_low", f"{kind}_high"), values[kind], strict=True))
    return row


def _luck_and_parameters(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Luck against parameters."""
    names = [d.name for d in collect_declarations().values() if not d.source.startswith("normalisation")]
    design = ls.design.sobol(names, 8 if reduced else 64, seed=SEED)
    with tempfile.TemporaryDirectory() as scratch:
        grid = ls.sweep(
            design, outcomes=OUTCOMES, years=(EARLY, LATE), runs=2 if reduced else 8, seed=SEED, unit=16,
            record=("country_dependence",), workers=workers, out=Path(scratch) / "points.zarr",
            history="prior",  # path dependence: of all pasts that might have been
        ).load()  # fmt: skip
    parts = {name: decomposed(_late(grid, name)) for name in OUTCOMES}
    _write(folder / "variance.csv", [_row(name, p, grid) for name, p in parts.items()])
    values = {name: np.asarray(grid[name].values, dtype=float) for name in names}
    drivers = {name: first_order(_late(grid, name), values) for name in OUTCOMES}
    _write(
        folder / "first_order.csv", [r for name, found in drivers.items() for r in _driver_rows(name, found)]
    )
    _write(folder / "history.csv", [_history(grid, name) for name in HISTORIES])
    _write(
        folder / "spread.csv", [r for name in OUTCOMES for r in _spread_rows(_late(grid, name), name, values)]
    )
    _write(folder / "countries.csv", _country_rows(_countries(grid)))
    labels = {name: outcome.label for name, outcome in outcomes(ls.load_world()).items()}
    plots.save(luck_figure(parts, labels, LATE), folder / "luck.png")


def _late(grid: xr.Dataset, name: str) -> np.ndarray:
    """An outcome in the last year, (point, run)."""
    return np.asarray(grid[name].sel(year=LATE).transpose("point", "run").values)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows that have the same keys as a CSV file."""
    write_csv(path, list(rows[0]), ([*row.values()] for row in rows))


def _row(name: str, parts: Parts, grid: xr.Dataset) -> dict[str, Any]:
    """What luck decides of an outcome, as a row."""
    low, high = interval(parts.resampled)
    return {
        "outcome": name, "unit": grid[name].attrs.get("units", ""), "luck": parts.luck, "luck_low": low,
        "luck_high": high, "sd_parameters": parts.parameters**0.5,
        "sd_luck": (parts.same_run + parts.interaction) ** 0.5, "points_used": parts.points,
    }  # fmt: skip


def _driver_rows(name: str, found: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Parameters of one outcome, the most important first."""
    order = sorted(found, key=lambda parameter: -found[parameter][0])
    return [{"outcome": name, "parameter": p, **dict(zip(("first_order", *ENDS), found[p], strict=True))}
            for p in order]  # fmt: skip


def _history(grid: xr.Dataset, name: str) -> dict[str, Any]:
    """How the early state goes with the late one, between points, and among the runs of one point."""
    early = np.asarray(grid[name].sel(year=EARLY).transpose("point", "run").values)
    between, within = correlations(early, _late(grid, name))
    row: dict[str, Any] = {
        "outcome": name,
        "correlation_between_points": between,
        "correlation_within": within[0],
    }
    row |= dict(zip(("within_low", "within_high"), within[1:], strict=True))
    for parameter in ("switching_cost", "network_weight"):
        for third, chosen in thirds(np.asarray(grid[parameter].values)).items():
            _, part = correlations(early[chosen], _late(grid, name)[chosen])
            row[f"within_{parameter}_{third}"] = part[0]
    return row


def _spread_rows(late: np.ndarray, name: str, values: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Spread over the runs of a point, by third of a parameter."""
    rows = []
    for parameter in SPLIT:
        for third, chosen in thirds(values[parameter]).items():
            mean, low, high = spreads(late[chosen])
            rows.append({"outcome": name, "parameter": parameter, "third": third, "sd_over_runs": mean,
                         "low": low, "high": high})  # fmt: skip
    return rows


def _countries(grid: xr.Dataset) -> xr.DataArray:
    """Share of luck in the variance of each country's dependence.  (country, sponsor)."""
    late = grid["country_dependence"].sel(year=LATE, sponsor=list(SPONSORS))
    late = late.transpose("country", "sponsor", "point", "run")
    luck = [[decomposed(of, resamples=0).luck for of in by_sponsor] for by_sponsor in late.values]
    about = {"units": "share", "long_name": "luck in the variance of dependence on Chinese vendors"}
    coords = {"country": late["country"].values, "sponsor": list(SPONSORS), "year": LATE}
    return xr.DataArray(np.array(luck), dims=("country", "sponsor"), coords=coords, attrs=about)


def _country_rows(countries: xr.DataArray) -> list[dict[str, Any]]:
    """What luck decides in each economy, as rows."""
    return [
        {"country": str(c), **{f"luck_{s}": countries.sel(country=c, sponsor=s).item() for s in SPONSORS}}
        for c in countries["country"].values
    ]
