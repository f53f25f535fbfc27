"""How sure an effect is, over draws and ways to build the model, and what would overturn it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.calibration.record import fact_titles
from lockin_sim.analysis.overturned import overturned_by
from lockin_sim.ensemble import digest, open_posterior
from lockin_sim.reader import estimate
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.words import count, percent, span
from lockin_sim.statistics import Estimate
from lockin_sim.studies.alternatives import DEFAULT
from lockin_sim.wording import effect_digits, joined, listed, number, quoted, signed, unit_of

if TYPE_CHECKING:
    import xarray as xr

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
        f"Over {drawn(futures)}, {evidence.named(policy)} moves the {_label(evidence, outcome)} by {mean} "
        f"on average (95\N{NO-BREAK SPACE}% of single runs: {ends}{why})."
    )
    return " ".join([text, *overturning(evidence, policy, outcome)])


def overturning(evidence: Evidence, policy: str, outcome: str) -> list[str]:
    """Which recorded figure would overturn a mean effect; nothing where futures are of other draws."""
    futures = evidence.study("futures")
    assert futures is not None
    if futures.attrs.get("posterior") != digest(open_posterior()):
        return []
    found = _overturned(_Once(futures)).sel(scenario=policy, outcome=outcome)
    return [told(found, str(futures["outcome_unit"].sel(outcome=outcome).item()))]


def told(found: xr.Dataset, stored_unit: str) -> str:
    """One effect of :func:`lockin_sim.analysis.overturned.overturned_by` in a sentence."""
    name, unit = str(found["fact"].item()), unit_of(stored_unit)
    fact = fact_titles().get(name, name)
    if not fact:
        if np.nan_to_num(found["expected"]) == 0:
            return "There is no effect that a figure could overturn."
        return "Whether one recorded figure would overturn that cannot be told: too few draws would count."
    before, after, left = (float(found[name]) for name in ("expected", "left", "part_left"))
    digits = effect_digits(*(unit.factor * value for value in (before, after, after)))
    places = (f"{float(found[name]):.3g}" for name in ("recorded", "moved_to"))
    moved = f"{quoted(fact)}, from {' to '.join(places)}"
    size = joined(signed(unit.factor * after, digits), unit.change)
    counted = f"{number(float(found['effective_draws']), 0)} draws still count"
    if bool(found["overturned"]):
        return f"One recorded figure moved within its error would turn the sign: {moved} ({size}; {counted})."
    asked = count(int(found.attrs["facts_used"]), "recorded figure")
    return (
        f"Of {asked}, none turns the sign if it is moved within its error; nearest comes {moved}, which "
        f"leaves {percent(100 * left, 0)} of the effect ({counted})."
    )


class _Once:
    """A dataset as a key: what follows from it is computed once."""

    def __init__(self, ds: xr.Dataset) -> None:
        self.ds = ds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and other.ds is self.ds

    def __hash__(self) -> int:
        return id(self.ds)


@lru_cache(maxsize=2)
def _overturned(futures: _Once) -> xr.Dataset:
    """What would overturn the mean effects of these futures."""
    return overturned_by(futures.ds)


def doubt_table(evidence: Evidence, futures: xr.Dataset) -> Table:
    """Each policy's effect over all futures, where single runs lie, and how the variance is split."""
    outcome = evidence.outcome_in(futures)
    unit = unit_of(str(futures["outcome_unit"].sel(outcome=outcome).item()))
    rows = []
    for policy in known(evidence.ranked(evidence.headline), futures, "scenario"):
        at = {"scenario": policy, "outcome": outcome}
        share = futures["variance_share"].sel(at)
        split = [Cell(percent(100 * float(share.sel(origin=name)), 0)) for name in ORIGINS]
        turning = overturning(evidence, policy, outcome)
        rows.append(
            (evidence.title(policy), [_cell(estimate(futures, unit.factor, "expected", **at)), *split])
        )
        rows[-1][1].append(Cell(*turning[:1] or ("not examined",)))
    return Table(
        caption=f"Effects on the {_label(evidence, outcome)} over {drawn(futures)}",
        heads=(
            "policy", f"mean effect, {unit.change}", *(f"variance: {said}" for said in ORIGINS.values()),
            "what would overturn it",
        ),
        rows=rows,
        note="In small print where 95 % of single runs lie. Recorded figures are moved one at a time, by "
        "twice the standard deviation that is assumed of a publisher's error; where fewer than 20 draws "
        "would still count, nothing is claimed. Shares are between 0 and 1.",
    )  # fmt: skip


def _label(evidence: Evidence, outcome: str) -> str:
    """An outcome before more words: a comma within needs one behind."""
    label = evidence.label(outcome)
    return f"{label}," if "," in label else label


def range_digits(found: Estimate[float]) -> int:
    """Digits for a mean and the range of single runs around it: two of its furthest end."""
    furthest = float(np.nanmax(np.abs([found.mean, found.low, found.high])))
    return effect_digits(furthest, furthest, furthest)


def _cell(found: Estimate[float]) -> Cell:
    """A mean with its range as a cell."""
    digits = range_digits(found)
    return Cell(signed(found.mean, digits), f"{signed(found.low, digits)} to {signed(found.high, digits)}")
