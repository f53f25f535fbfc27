"""The answer in words and small tables, for whatever numbers there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.wording import listed, number, opening, percent, quoted, signed, span, unit_of
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.futures import ORIGINS, drawn
from lockin_sim.settings.parameters import declarations
from lockin_sim.words.findings import FUTURES, Finding
from lockin_sim.words.reader import estimate

if TYPE_CHECKING:
    import xarray as xr

#: A parameter is narrowed where less than this of its spread is left.
NARROWED = 0.8

#: What stands where there is nothing to tell.
NOTHING = "–"

#: Parameters that are named, and policies of the headline.
NAMED, HEADLINES = 8, 3


def answer(
    posterior: xr.Dataset, missed: Sequence[tuple[str, float, float]], futures: xr.Dataset, turned: xr.Dataset
) -> str:
    """Identifiability, sales missed, the record, effects with their doubt, and what would overturn them."""
    parts = [_learnt(posterior), _missed(posterior, missed), _met(posterior)]
    for outcome in futures["outcome"].values.tolist():
        parts += [_effects(futures, outcome), _overturned(turned, outcome)]
    return "\n\n".join(parts) + "\n"


def _learnt(posterior: xr.Dataset) -> str:
    """What the record narrows."""
    ordered = posterior.sortby("learnt")
    names, left = ordered["parameter"].values.tolist(), ordered["learnt"].values
    declared = declarations()
    narrowed = [
        f"{declared[n].title} ({part:.2f})" for n, part in zip(names, left, strict=True) if part < NARROWED
    ]
    named = f", most of all {listed(narrowed[:NAMED])}" if narrowed else ""
    return (
        f"*What is learnt.* The record narrows {len(narrowed)} of {len(names)} parameters by more than a "
        f"fifth{named} (part of the spread that is left). {posterior.sizes['draw']} draws weigh as much as "
        f"{posterior.attrs['effective_draws']:.0f} even ones."
    )


def _missed(posterior: xr.Dataset, missed: Sequence[tuple[str, float, float]]) -> str:
    """How far means are off the sales of mobile networks."""
    points = listed([f"{off:.1f} at {of}" for of, _, off in missed])
    mine = (posterior["subject"] == "mobile networks sold").values
    luck = 100 * float(np.sqrt(np.diag(posterior["luck"].values))[mine].mean())
    return (
        f"*Sales of mobile networks.* Means over runs miss them by {points}, in points of share; single runs "
        f"at one place lie {luck:.1f} apart (standard deviation), and the record is one run."
    )


def _met(posterior: xr.Dataset) -> str:
    """How many recorded figures single runs reach, before and after."""
    inside = {}
    for when in ("prior", "posterior"):
        low, high = (posterior[f"{when}_{end}"].values for end in ("low", "high"))
        recorded = posterior["recorded"].values
        inside[when] = int(((low <= recorded) & (recorded <= high)).sum())
    width = (posterior["posterior_high"] - posterior["posterior_low"]) / (
        posterior["prior_high"] - posterior["prior_low"]
    )
    return (
        f"*The record.* {inside['posterior']} of {posterior.sizes['fact']} recorded figures lie where 90 % "
        f"of single runs do, {inside['prior']} before; that range is "
        f"{percent(100 * float(width.median()), 0)} as wide as before (median)."
    )


def _effects(futures: xr.Dataset, outcome: str) -> str:
    """Effects on an outcome over futures, as a table."""
    label = str(futures["outcome_label"].sel(outcome=outcome).item())
    unit = unit_of(str(futures["outcome_unit"].sel(outcome=outcome).item()))
    head = (
        "policy",
        f"mean effect [95 % of single runs], {unit.change}",
        *ORIGINS.values(),
        "raises",
        "lowers",
    )
    table = _table(head, [_row(futures, scenario, outcome, unit.factor) for scenario in _policies(futures)])
    return (
        f"*{opening(label)}*, {futures.attrs['year']}, over {drawn(futures)}; parts of the variance, and the "
        f"part of futures in which a policy clearly raises or lowers it:\n\n{table}"
    )


def headline(futures: xr.Dataset, turned: xr.Dataset, outcome: str) -> str:
    """The policies that move an outcome most over all futures, and how sure that is."""
    at = futures.sel(outcome=outcome)
    size = {p: abs(float(at["expected"].sel(scenario=p))) for p in _policies(futures)}
    most = sorted(size, key=lambda policy: -size[policy])[:HEADLINES]
    unit = unit_of(str(at["outcome_unit"].item()))
    lines = [
        f"Of all policies these move the {at['outcome_label'].item()}, most in {futures.attrs['year']}, over "
        f"{drawn(futures)}:",
        "",
    ]
    for policy in most:
        title, _, *split, rises, falls = _row(futures, policy, outcome, unit.factor)
        parts = listed([f"{part} from {said}" for part, said in zip(split, ORIGINS.values(), strict=True)])
        mean, reach = _mean(futures, policy, outcome, unit.factor)
        lines.append(
            f"- {quoted(title)} by {mean} {unit.change} on average (95 % of single runs: {reach}); clearly "
            f"lower in {falls} of futures, higher in {rises}. The spread comes to {parts}. "
            f"{_firm(turned.sel(scenario=policy, outcome=outcome))}"
        )
    return "\n".join(lines) + "\n"


def _firm(turned: xr.Dataset) -> str:
    """Whether a recorded figure would turn the sign, and which comes nearest, in a sentence."""
    _, figure, recorded, moved, left, _ = _nearest(turned)
    if figure == NOTHING:
        return "No figure can be named that would turn the sign."
    nearest = f"{quoted(figure)}, were it {moved} instead of {recorded},"
    if bool(turned["overturned"]):
        return f"The sign would turn with one recorded figure: {nearest} leaves {left} of the effect."
    return (
        f"No recorded figure turns the sign if moved within its error; {nearest} would leave {left} of the "
        "effect."
    )


def _row(futures: xr.Dataset, scenario: str, outcome: str, factor: float) -> tuple[str, ...]:
    """A policy's mean effect, what its variance comes from and where it is clear."""
    at = {"scenario": scenario, "outcome": outcome}
    mean, reach = _mean(futures, scenario, outcome, factor)
    share = futures["variance_share"].sel(at)
    split = [_share(float(share.sel(origin=origin))) for origin in ORIGINS]
    clear = [_share(float(futures[name].sel(at))) for name in ("share_raises", "share_lowers")]
    return (_title(futures, scenario), f"{mean} [{reach}]", *split, *clear)


def _mean(futures: xr.Dataset, scenario: str, outcome: str, factor: float) -> tuple[str, str]:
    """A mean effect, and where 95 % of single runs lie."""
    found = estimate(futures, factor, "expected", scenario=scenario, outcome=outcome)
    digits = Finding.of(found, doubt=FUTURES).digits
    return signed(found.mean, digits), span(found.low, found.high, digits)


def _overturned(turned: xr.Dataset, outcome: str) -> str:
    """What would overturn the effects on an outcome, as a table."""
    head = ("policy", "recorded figure", "recorded", "moved to", "effect left", "draws that still count")
    rows = [_nearest(turned.sel(scenario=policy, outcome=outcome)) for policy in _policies(turned)]
    return (
        f"What would overturn these means: each of {number(turned.attrs['facts_used'], 0)} recorded figures "
        "is moved within its error, one at a time, and the one that comes nearest to turning the sign is "
        f"named; below zero it does turn it.\n\n{_table(head, rows)}"
    )


def _nearest(turned: xr.Dataset) -> tuple[str, ...]:
    """The recorded figure that comes nearest to turning a policy's effect."""
    name, title = str(turned["fact"].item()), str(turned["scenario_title"].item())
    if not name:
        return (title, *[NOTHING] * 5)
    places = (f"{float(turned[place]):.2g}" for place in ("recorded", "moved_to"))
    draws = number(float(turned["effective_draws"]), 0)
    return (title, fact_titles().get(name, name), *places, _share(float(turned["part_left"])), draws)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def _share(part: float) -> str:
    """A share in per cent, a dash where undefined."""
    return percent(100 * part, 0) if np.isfinite(part) else NOTHING


def _title(ds: xr.Dataset, scenario: str) -> str:
    """The title of a scenario."""
    return str(ds["scenario_title"].sel(scenario=scenario).item())


def _policies(ds: xr.Dataset) -> list[str]:
    """All scenarios but the baseline."""
    return [str(name) for name in ds["scenario"].values if name != ds.attrs["baseline"]]
