"""How sure an effect is, over draws and ways to build the model, and what would overturn it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.reader import estimate
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.record import misfit
from lockin_sim.report.turning import overturning, turned, turner
from lockin_sim.report.words import count, counted, percent, span, within
from lockin_sim.statistics import Estimate
from lockin_sim.studies.variants import CORNERS, DEFAULT
from lockin_sim.wording import Unit, joined, listed, number, opening, signed, two_digits, unit_of

if TYPE_CHECKING:
    import xarray as xr

#: Policies whose flip across futures is spelled out; the rest are counted.
FLIPS_SHOWN = 3

#: What each origin of doubt is called.
ORIGINS = {"luck": "luck", "parameters": "parameters", "structure": "how the model is built"}


def drawn(futures: xr.Dataset) -> str:
    """What futures are: '64 futures, draws of 42 parameters that fit the record, half of them ...'."""
    many, names = futures.sizes["future"], number(futures.sizes["parameter"], 0)
    if futures.attrs["method"] != "posterior":
        return f"{many} futures drawn from the prior ranges of {names} uncertain parameters"
    said = f"{many} futures, draws of {names} parameters that fit the record"
    others = futures.sizes["alternative"] - 1
    if not others:
        return said
    part = 100 * float((futures["future_alternative"] != DEFAULT).mean())
    return (
        f"{said}, {percent(part, 0)} of them under one of {number(others, 0)} other ways to build the model"
    )


def sure(evidence: Evidence) -> str:
    """The doubt that matters most about the policy followed up and the model's known miss, in a sentence."""
    futures, policy = evidence.study("futures"), evidence.featured
    known_miss = f"and {misfit()}"
    if futures is None:
        start = "Whether this holds for other values of the uncertain parameters was not examined here"
        return f"{start}; {known_miss}."
    if policy is None or not known([policy], futures, "scenario"):
        return f"{opening(known_miss.removeprefix('and '))}."
    outcome, sense = evidence.outcome_in(futures), evidence.effect(policy, evidence.headline).mean
    at = {"scenario": policy, "outcome": outcome}
    same, opposite = (
        percent(100 * float(futures[name].sel(at)), 0)
        for name in (("share_raises", "share_lowers") if sense > 0 else ("share_lowers", "share_raises"))
    )
    unit = unit_of(str(futures["outcome_unit"].sel(outcome=outcome).item()))
    found = estimate(futures, unit.factor, "expected", **at)
    many = tried(futures)
    parts = [f"Its effect is clear and of the same sign in {same} of {many}, of the opposite in {opposite}"]
    if found.known:
        ends = span(found.low, found.high, range_digits(found))
        parts.append(f"single runs lie between {ends.replace(' to ', ' and ')} {unit.change}")
    if any(bool(one["overturned"]) for one in turned(evidence, policy, outcome)):
        parts.append("one recorded figure moved within its error would turn the sign")
    return f"{'; '.join([*parts, known_miss])}."


def tried(futures: xr.Dataset) -> str:
    """What futures are, for people: '32 futures that vary what is uncertain and how the model is built'."""
    varied = "what is uncertain"
    if futures.sizes.get("alternative", 1) > 1:
        varied += " and how the model is built"
    return f"{futures.sizes['future']} futures, which vary {varied}"


def doubt(evidence: Evidence) -> str:
    """What the policy followed up does over all futures, and why that is in doubt; nothing without."""
    futures, policy = evidence.study("futures"), evidence.featured
    if futures is None or policy is None or not known([policy], futures, "scenario"):
        return ""
    outcome = evidence.outcome_in(futures)
    at = {"scenario": policy, "outcome": outcome}
    unit = unit_of(str(futures["outcome_unit"].sel(outcome=outcome).item()))
    found = estimate(futures, unit.factor, "expected", **at)
    if not found.known:
        return ""
    digits = range_digits(found)
    mean = joined(signed(found.mean, digits), unit.change)
    ends = span(found.low, found.high, digits)
    share = futures["variance_share"].sel(at)
    parts = [
        f"{percent(100 * float(share.sel(origin=name)), 0)} {said}"
        for name, said in ORIGINS.items()
        if np.isfinite(share.sel(origin=name))
    ]
    why = f"; of their variance, {listed(parts)}" if parts else ""
    text = (
        f"Over {drawn(futures)}, {evidence.named(policy)} moves {within(evidence.label(outcome))} by {mean} "
        f"on average (95\N{NO-BREAK SPACE}% of single runs: {ends}{why})."
    )
    corners = _in_corners(futures.sel(at), unit, digits)
    return " ".join([text, *corners, *overturning(evidence, policy, outcome)])


def _in_corners(found: xr.Dataset, unit: Unit, digits: int) -> list[str]:
    """A sentence on the mean effect of a policy in each corner of the model, where futures have them.

    found  of one policy and outcome
    """
    parts = []
    for name in (name for name in CORNERS if name in found["alternative"].values):
        mean = unit.factor * float(found["expected_under"].sel(alternative=name))
        if np.isfinite(mean):
            many = count(int(found["futures_under"].sel(alternative=name)), "future", "futures")
            parts.append(f"{signed(mean, digits)} with {CORNERS[name].title} ({many})")
    return [f"Corners: its mean is {listed(parts)}."] if parts else []


def doubt_table(evidence: Evidence, futures: xr.Dataset) -> Table:
    """Each policy's effect over all futures, where single runs lie, and how the variance is split."""
    outcome = evidence.outcome_in(futures)
    unit = unit_of(str(futures["outcome_unit"].sel(outcome=outcome).item()))
    rows = []
    for policy in known(evidence.ranked(evidence.headline), futures, "scenario"):
        at = {"scenario": policy, "outcome": outcome}
        share = futures["variance_share"].sel(at)
        split = [Cell(percent(100 * float(share.sel(origin=name)), 0)) for name in ORIGINS]
        turning = [turner(found) for found in turned(evidence, policy, outcome)]
        cells = [_cell(estimate(futures, unit.factor, "expected", **at)), *split]
        rows.append((evidence.title(policy), [*cells, Cell(*turning[:1] or ("not examined",))]))
    return Table(
        caption=f"Effects on {within(evidence.label(outcome))} over all futures",
        heads=(
            "policy", f"mean effect, {unit.change}", *(f"variance: {said}" for said in ORIGINS.values()),
            "a figure that turns it",
        ),
        rows=rows,
        note=f"Over {drawn(futures)}. In small print where 95 % of single runs lie. Recorded figures are "
        "moved one at a time, by twice the standard deviation that is assumed of a publisher's error; where "
        "fewer than 20 draws would still count, nothing is claimed.",
    )  # fmt: skip


def range_digits(found: Estimate[float]) -> int:
    """Digits for a mean and the range of single runs around it: two of its furthest end."""
    furthest = float(np.nanmax(np.abs([found.mean, found.low, found.high])))
    return two_digits(furthest)


def _cell(found: Estimate[float]) -> Cell:
    """A mean with its range as a cell."""
    digits = range_digits(found)
    return Cell(signed(found.mean, digits), f"{signed(found.low, digits)} to {signed(found.high, digits)}")


def in_futures(evidence: Evidence) -> str:
    """Whether the sign of effects holds in other futures."""
    futures = evidence.study("futures")
    if futures is None:
        return ""
    policies = known(evidence.ranked(evidence.headline), futures, "scenario")
    outcome = evidence.outcome_in(futures)
    flips = [s for s in policies if bool(futures["flips"].sel(outcome=outcome, scenario=s).item())]
    over = "these futures" if doubt(evidence) else drawn(futures)
    if flips:
        return f"Over {over}, {_flips(evidence, futures, outcome, flips, len(policies))}."
    return (
        f"Over {over}, no policy's effect on {within(evidence.label(outcome))} goes either way: clearly up "
        "in at least one future in twenty, and clearly down in as many."
    )


def _flips(evidence: Evidence, futures: xr.Dataset, outcome: str, flips: list[str], policies: int) -> str:
    """For how many policies, and for which, the effect on one outcome is clear in both directions."""
    at = futures.sel(outcome=outcome)
    parts = [_flip(evidence, at, s) for s in flips[:FLIPS_SHOWN]]
    rest = len(flips) - len(parts)
    if rest:
        parts.append(f"so {'do' if rest > 1 else 'does'} {count(rest, 'other policy', 'other policies')}")
    of = count(policies, "policy", "policies")
    return (
        f"the effect on {within(evidence.label(outcome))} goes either way for {counted(len(flips))} of {of}: "
        f"{listed(parts)}"
    )


def _flip(evidence: Evidence, at: xr.Dataset, policy: str) -> str:
    """In how many futures a policy raises, and in how many it lowers an outcome."""
    up, down = (
        percent(100 * at[name].sel(scenario=policy).item(), 0) for name in ("share_raises", "share_lowers")
    )
    return f"{evidence.named(policy)} clearly raises it in {up} and clearly lowers it in {down} of them"
