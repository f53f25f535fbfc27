"""Which recorded figure would overturn an effect over futures."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.ensemble import digest, open_posterior
from lockin_sim.evidence.influential_facts import overturned_by
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.words import count, percent
from lockin_sim.wording import UNDEFINED, effect_digits, joined, number, quoted, signed, unit_of

if TYPE_CHECKING:
    import xarray as xr


def overturning(evidence: Evidence, policy: str, outcome: str) -> list[str]:
    """Which recorded figure would overturn a mean effect; nothing where futures are of other draws."""
    futures = evidence.study("futures")
    assert futures is not None
    unit = str(futures["outcome_unit"].sel(outcome=outcome).item())
    return [told(found, unit) for found in turned(evidence, policy, outcome)]


def turned(evidence: Evidence, policy: str, outcome: str) -> list[xr.Dataset]:
    """What :func:`.influential_facts.overturned_by` finds of an effect; [] of other draws."""
    futures = evidence.study("futures")
    assert futures is not None
    if futures.attrs.get("posterior") != digest(open_posterior()):
        return []
    return [_overturned(_Once(futures)).sel(scenario=policy, outcome=outcome)]


def told(found: xr.Dataset, stored_unit: str) -> str:
    """One effect of :func:`lockin_sim.evidence.influential_facts.overturned_by` in a sentence."""
    name, unit = str(found["fact"].item()), unit_of(stored_unit)
    fact = fact_titles().get(name, name)
    if not fact:
        if np.nan_to_num(found["expected"]) == 0:
            return "There is no effect that a figure could overturn."
        return "Whether one recorded figure would overturn that cannot be told: too few draws would count."
    before, after, left = (float(found[name]) for name in ("expected", "left", "part_left"))
    digits = effect_digits(*(unit.factor * value for value in (before, after, after)))
    places = (f"{float(found[name]):.2g}" for name in ("recorded", "moved_to"))
    moved = f"{quoted(fact)}, from {' to '.join(places)}"
    size = joined(signed(unit.factor * after, digits), unit.change)
    draws = f"{number(float(found['effective_draws']), 0)} draws still count"
    if bool(found["overturned"]):
        return f"One recorded figure moved within its error would turn the sign: {moved} ({size}; {draws})."
    asked = count(int(found.attrs["facts_used"]), "recorded figure")
    return (
        f"Of {asked}, none turns the sign if it is moved within its error; nearest comes {moved}, which "
        f"leaves {percent(100 * left, 0)} of the effect ({draws})."
    )


def turner(found: xr.Dataset) -> str:
    """The same in a cell: 'none; 75 % is left by “...”'."""
    name = str(found["fact"].item())
    fact = fact_titles().get(name, name)
    if not fact:
        return "too few draws" if np.nan_to_num(found["expected"]) else UNDEFINED
    if bool(found["overturned"]):
        return quoted(fact)
    return f"none; {percent(100 * float(found['part_left']), 0)} is left by {quoted(fact)}"


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
