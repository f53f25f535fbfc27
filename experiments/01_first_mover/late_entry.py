"""Vendors of one sponsor that compete only from a later year on: what is left of their share."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import lockin_sim as ls
from experiments.pictures import LOOKS, curve, curves, span
from lockin_sim.conventions import Floats
from lockin_sim.statistics import interval, ratio
from lockin_sim.studies.cases import Case, run_cases
from lockin_sim.studies.outcomes import held_by, weighted_mean
from lockin_sim.studies.registry import SPONSORS
from lockin_sim.studies.results import write_csv
from lockin_sim.world import World
from lockin_sim.world.names import adjective

from .setting import GROUPS, MECHANISMS, SEED, WITH, WITHOUT, YEARS, Size

if TYPE_CHECKING:
    import xarray as xr

HANDICAP = -3.0  # utility
FROM = 2011
AFTER = 15  # years after entry at which shares are read, beside the horizon

HEAD = (
    *("sponsor", "group", "mechanism", "entry", "reading", "year", "share_on_time", "share_late"),
    *("effect", "effect_low", "effect_high", "kept", "kept_low", "kept_high", "runs_used"),
)


def study(folder: Path, size: Size, workers: int | None) -> None:
    """Table and figure of late entries."""
    world = abroad(ls.load_world())
    cases = []
    for mechanism in (WITH, WITHOUT):
        scenarios = {f"{mechanism}|": ls.load_scenario("baseline")} | {
            f"{mechanism}|{sponsor}{year}": late(world, sponsor, year)
            for sponsor in SPONSORS
            for year in size.entries
        }
        parameters = ls.Parameters(**MECHANISMS[mechanism])
        record = ("group_vendor_share",)
        cases += [Case(label, of, shares_abroad, parameters, record) for label, of in scenarios.items()]
    found = run_cases(cases, world=world, runs=size.late_runs, seed=SEED, years=YEARS, workers=workers)
    rows = list(_rows({label: arrays["share"] for label, arrays in found.items()}, size))
    write_csv(folder / "late_entry.csv", HEAD, iter(rows))
    _draw(folder, [dict(zip(HEAD, row, strict=True)) for row in rows], size)


def abroad(world: World) -> World:
    """The world whose groups are those of the study, outside the home of each sponsor."""
    groups = {
        f"{group}|{sponsor}": world.groups[group] & ~world.home[:, [world.sponsors.index(sponsor)]]
        for group in GROUPS
        for sponsor in SPONSORS
    }
    return dataclasses.replace(world, groups=groups)


def late(world: World, sponsor: str, year: int) -> ls.Scenario:
    """The baseline with all vendors of a sponsor handicapped in sensitive domains until a year."""
    targets = [f"sponsor:{sponsor}/{world.domains[d]}" for d in np.flatnonzero(world.sensitive)]
    return ls.load_scenario("baseline").with_lever(
        "industrial_policy", targets, from_=FROM, to=year - 1, quality=HANDICAP
    )


def shares_abroad(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Share of each sponsor's vendors in sensitive infrastructure outside its home, by group of markets.

    Returns ``share`` (run, year, sponsor, group).
    """
    found = np.empty((ds.sizes["run"], ds.sizes["year"], len(SPONSORS), len(GROUPS)))
    market = world.conditions.of("market_size", np.asarray(ds["year"].values))
    for (s, sponsor), (g, group) in ((a, b) for a in enumerate(SPONSORS) for b in enumerate(GROUPS)):
        name = f"{group}|{sponsor}"
        shares = ds["group_vendor_share"].sel(group=name).transpose("run", "year", "domain", "vendor")
        weight = (market * world.groups[name]).sum(axis=1) * world.sensitive
        found[:, :, s, g] = weighted_mean(held_by(world, [sponsor], shares.values)[..., 0], weight)
    return {"share": found}


def _rows(shares: Mapping[str, Floats], size: Size) -> Iterator[tuple[Any, ...]]:
    """One row a sponsor, group, mechanism, year of entry and reading."""
    keys = (
        (sponsor, group, mechanism, entry, reading)
        for sponsor in SPONSORS
        for group in GROUPS
        for mechanism in (WITH, WITHOUT)
        for entry in size.entries
        for reading in ("horizon", "after entry")
    )
    for sponsor, group, mechanism, entry, reading in keys:
        year = YEARS[1] if reading == "horizon" else entry + AFTER
        at = (slice(None), year - YEARS[0], list(SPONSORS).index(sponsor), list(GROUPS).index(group))
        on_time, delayed = shares[f"{mechanism}|"][at], shares[f"{mechanism}|{sponsor}{entry}"][at]
        effect, kept = interval(delayed - on_time), ratio(delayed, on_time)
        numbers = (on_time.mean(), delayed.mean(), *effect[:3], *kept[:3], effect[3])
        yield (sponsor, group, mechanism, entry, reading, year, *numbers)


def _draw(folder: Path, rows: list[dict[str, Any]], size: Size) -> None:
    """Part of the share on time that is kept in the last year, by year of entry."""

    def of(**wanted: Any) -> list[dict[str, Any]]:
        return [r for r in rows if r["reading"] == "horizon" and wanted.items() <= r.items()]

    panels = {
        f"{adjective(sponsor)} vendors, {spoken}": {
            mechanism: curve(
                of(sponsor=sponsor, group=group, mechanism=mechanism), "entry", "kept", look, factor=100
            )
            for mechanism, look in zip((WITH, WITHOUT), LOOKS, strict=False)
        }
        for group, spoken in GROUPS.items()
        for sponsor in SPONSORS
    }
    last = size.entries[-1]
    parts = [
        f"{span([100 * r['kept'] for r in of(entry=last, group=group, mechanism=WITH)])} % of it "
        f"({span([100 * r['kept'] for r in of(entry=last, group=group, mechanism=WITHOUT)])} % {WITHOUT}) "
        f"in markets {spoken}"
        for group, spoken in GROUPS.items()
    ]
    figure = curves(
        panels,
        title=f"Vendors that enter in {last} instead of {FROM} keep, by {YEARS[1]}, "
        f"{' and '.join(parts)}",
        note=f"Share of a sponsor's vendors in sensitive infrastructure outside its home in {YEARS[1]}, by "
        "the year from which on they compete; before it, their offers win about a twentieth as often. 100 % "
        f"is their share without that handicap. Ratio of means of {size.late_runs} paired runs with its 95 % "
        "interval (Fieller).",
        x="year of effective entry",
        y="part of the share on time, per cent",
    )  # fmt: skip
    ls.plots.save(figure, folder / "late_entry.png")
