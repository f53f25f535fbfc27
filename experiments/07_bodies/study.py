"""Which standards body resists effort: sponsors push in each body, and each body decides alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.formats import number, two_digits
from lockin_sim.common.statistics import estimate_paired_difference
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_csv
from lockin_sim.world.names import format_label, get_sponsor_adjective

from .figure import voting_power
from .power import blocs, power_table, votes_of

SEED = 7

SPONSORS = ("CHN", "USA", "EU")
EFFORT = 3.0
FROM = 2026

#: What decides whether members vote by their own base: as it is, and off.
VESTED: dict[str, dict[str, float]] = {"vested": {}, "not_vested": {"vested_interest": 0.0}}

#: The baseline with other parameters: what votes decide, and whether own bases sway them.
CONTROLS: dict[str, dict[str, float]] = {
    "no_vested_interest": VESTED["not_vested"],
    "all_contested": {"contested_share": 1.0},
    "all_contested_no_vested_interest": {"contested_share": 1.0, "vested_interest": 0.0},
}

INTERVAL = ("effect", "effect_low", "effect_high")


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Leave tables and figures on effort, venue, vested interest and voting power in a folder."""
    world = ls.load_world()
    bodies = world.body_names[:2] if reduced else world.body_names
    how: dict[str, Any] = {"runs": 2 if reduced else 16, "seed": SEED, "workers": workers, "maps": False}
    efforts = _efforts(bodies, how)
    write_csv(folder / "effort.csv", ("sponsor", "body", "outcome", *INTERVAL), _effort_rows(efforts))
    plots.save(_effort_figure(_by_sponsor(efforts, bodies)), folder / "effort.png")
    by_interest = {name: _venues(bodies, how, off) for name, off in VESTED.items()}
    head = ("interest", "venue", "outcome", "level", *(f"push_{name}" for name in INTERVAL))
    write_csv(folder / "venues.csv", head, _venue_rows(by_interest))
    moved = ls.compare([alone(body) for body in bodies], **how)
    write_csv(folder / "venues_moved.csv", ("venue", "outcome", *INTERVAL), _moved_rows(moved))
    pushes = ls.compare(PUSHES, **how)
    rows = itertools.chain(_push_rows(pushes), _control_rows(how))
    write_csv(folder / "vested_interest.csv", ("scenario", "outcome", "level", *INTERVAL), rows)
    how_held = {"seed": SEED, "record": ("country_dependence",), "history": "prior"}
    held = ls.simulate(runs=2 if reduced else 16, **how_held)
    sides = blocs(held["country_dependence"].isel(year=-1))
    table = power_table(world, sides)
    write_csv(folder / "voting_power.csv", list(table[0]), ([*row.values()] for row in table))
    votes, quota = votes_of(world, world.bodies[world.body_names.index("ITU")])
    plots.save(voting_power(votes, sides, quota), folder / "voting_power_ITU.png")


PUSHES = ("cs2035_push", "eu_in_bodies")


def effort(sponsor: str, body: str) -> ls.Scenario:
    """A sponsor trebles its effort in one body."""
    base = ls.load_scenario("baseline").model_copy(
        update={
            "name": f"{sponsor}_in_{body}",
            "title": f"{get_sponsor_adjective(sponsor)} effort in {format_label('body', body)}",
        }
    )
    return base.with_lever("standards_effort", sponsor, from_=FROM, effort=EFFORT, body=body)


def alone(body: str) -> ls.Scenario:
    """One body decides in every domain, and no other in any."""
    world = ls.load_world()
    scenario = ls.load_scenario("baseline").model_copy(
        update={"name": f"{body}_alone", "title": f"{format_label('body', body)} alone decides"}
    )
    for other in world.body_names:
        if other != body:
            scenario = scenario.with_lever("venue", list(world.domains), from_=FROM, leaves=other)
    return scenario.with_lever("venue", list(world.domains), from_=FROM, enters=body)


def _efforts(bodies: Sequence[str], how: dict[str, Any]) -> xr.Dataset:
    """One sponsor's effort in one body at a time, compared."""
    return ls.compare([effort(sponsor, body) for sponsor in SPONSORS for body in bodies], **how).isel(year=-1)


def _effort_rows(efforts: xr.Dataset) -> Iterator[list[Any]]:
    """Rows of what effort in each body does."""
    for name in efforts["scenario"].values[1:]:
        sponsor, _, body = str(name).partition("_in_")
        for outcome in (f"status_{body}", "cn2035_share"):
            yield [sponsor, body, outcome, *_numbers(efforts, name, outcome)]


def _by_sponsor(efforts: xr.Dataset, bodies: Sequence[str]) -> xr.Dataset:
    """Effect of a sponsor's effort in a body on the status of cn2035 there.  (scenario, body)."""
    cells = [
        [_numbers(efforts, f"{sponsor}_in_{body}", f"status_{body}") for body in bodies]
        for sponsor in SPONSORS
    ]
    values = np.array(cells)
    about = {"units": "share", "long_name": "status of Chinese standards in each body"}
    data = {n: (("scenario", "body"), values[..., k], about) for k, n in enumerate(INTERVAL)}
    labels = {
        "scenario": [f"{get_sponsor_adjective(s)} effort times {EFFORT:g}" for s in SPONSORS],
        "body": list(bodies),
    }
    return xr.Dataset(data, coords=labels | {"year": efforts.coords["year"]}, attrs=efforts.attrs)


def _effort_figure(effects: xr.Dataset) -> plots.Figure:
    """What each sponsor's effort does in each body, under what it shows."""
    points = 100 * effects["effect"]
    ours, others = points.isel(scenario=0), points.isel(scenario=slice(1, None))
    most, least = (
        f"{_said(ours.sel(body=body).item())} points in {format_label('body', body)}"
        for body in (ours.idxmax().item(), ours.idxmin().item())
    )
    title = (
        f"Trebled Chinese effort adds {most} to the status of Chinese standards and {least}; "
        f"trebled US or EU effort takes away at most {_said(-others.min().item())}"
    )
    return plots.heat_map(effects, title=title)


def _said(points: float) -> str:
    """Points in two digits."""
    return number(points, two_digits(points))


def _venues(bodies: Sequence[str], how: dict[str, Any], off: dict[str, float]) -> dict[str, xr.Dataset]:
    """For each body alone: what trebled Chinese effort changes there."""
    found = {}
    for body in bodies:
        base = alone(body)
        pushed = base.model_copy(
            update={"name": f"{body}_pushed", "title": f"{format_label('body', body)} alone, Chinese effort"}
        )
        pushed = pushed.with_lever("standards_effort", "CHN", from_=FROM, effort=EFFORT)
        found[body] = ls.compare(pushed, baseline=base, parameters=off, **how).isel(year=-1)
    return found


def _venue_rows(by_interest: dict[str, dict[str, xr.Dataset]]) -> Iterator[list[Any]]:
    """Rows of a push in each body, by interest."""
    for interest, found in by_interest.items():
        for body, ds in found.items():
            for outcome in (f"status_{body}", "cn2035_share", "cn2035_others"):
                level = ds["level"].sel(outcome=outcome, statistic="mean").isel(scenario=0).item()
                yield [interest, body, outcome, level, *_numbers(ds, f"{body}_pushed", outcome)]


def _moved_rows(moved: xr.Dataset) -> Iterator[list[Any]]:
    """Rows of what is moved in the last year."""
    last = moved.isel(year=-1)
    for name in last["scenario"].values[1:]:
        for outcome in ("cn2035_share", "cn2035_chinese_base", "cn2035_others", "cn2035_internet_protocol"):
            yield [str(name).removesuffix("_alone"), outcome, *_numbers(last, name, outcome)]


def _push_rows(pushes: xr.Dataset) -> Iterator[list[Any]]:
    """Rows of levels and effects of pushes in the last year."""
    last = pushes.isel(year=-1)
    for name in last["scenario"].values:
        for outcome in _of_bodies(last["outcome"].values):
            level = last["level"].sel(scenario=name, outcome=outcome, statistic="mean").item()
            yield [str(name), outcome, level, *_numbers(last, name, outcome)]


def _control_rows(how: dict[str, Any]) -> Iterator[list[Any]]:
    """Points that differ in parameters alone, each run against the same run of the defaults."""
    default = ls.Parameters()
    changed = {name for values in CONTROLS.values() for name in values}
    points = {
        name: [getattr(default, name), *(of.get(name, getattr(default, name)) for of in CONTROLS.values())]
        for name in sorted(changed)
    }
    asked = {key: how[key] for key in ("runs", "seed", "workers")}
    asked |= {"history": "prior"}  # as the voting power above: of worlds that might have been
    found = ls.evaluate(points, years=ls.load_world().horizon(None)[1:], **asked)["value"].isel(year=0)
    for name, of in zip(CONTROLS, found[1:], strict=True):
        for outcome in _of_bodies(found["outcome"].values):
            values = of.sel(outcome=outcome).values
            effect, low, high, _ = estimate_paired_difference(
                values, found[0].sel(outcome=outcome).values, None
            )
            yield [name, outcome, values.mean(), effect, low, high]


def _of_bodies(outcomes: Sequence[Any]) -> list[str]:
    """Outcomes about bodies and about the share that complies."""
    return [str(o) for o in outcomes if str(o).startswith(("status_", "cn2035_share"))]


def _numbers(ds: xr.Dataset, scenario: str, outcome: str) -> list[float]:
    """An effect with its interval."""
    return [ds[name].sel(scenario=scenario, outcome=outcome).item() for name in INTERVAL]
