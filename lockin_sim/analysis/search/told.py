"""What a search found, in words: a table of packages and sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.analysis.search.asked import ALIKE
from lockin_sim.analysis.search.decisions import NOTHING
from lockin_sim.analysis.search.pathways import FIRST, LATER, NEVER
from lockin_sim.wording import effect_digits, joined, listed, number, signed, two_digits, unit_of

if TYPE_CHECKING:
    import xarray as xr

#: Packages of the table in words.
MOST = 6


def shown(found: xr.Dataset) -> list[int]:
    """Positions of packages that a short table has: what no other dominates, the first ones of it."""
    free = np.flatnonzero(found["dominated_by"].values < 0)
    return [int(k) for k in free[:MOST]]


def table(found: xr.Dataset) -> list[dict[str, str]]:
    """One row a package, columns by title: what it sets, effects on the goals, and how it holds."""
    rows = []
    for k in shown(found):
        row = {"": str(int(found["package"].values[k])), "Package": str(found["package_title"].values[k])}
        for goal, title in zip(found["goal"].values, found["goal_title"].values, strict=True):
            row[str(title)] = effect_of(found, k, str(goal))
        row["Satisfies"] = _percent(float(found["satisfies"].values[k]))
        row["Largest regret"] = number(float(found["regret_max"].values[k]), 2)
        rows.append(row)
    return rows


def effect_of(found: xr.Dataset, package: int, goal: str) -> str:
    """Mean effect with its interval, as '+1.2 points (+1.0 to +1.4)'."""
    here = found.isel(package=package).sel(goal=goal)
    unit = unit_of(str(here["goal_unit"].item()))
    ends = [float(here[name]) * unit.factor for name in ("effect", "effect_low", "effect_high")]
    mean, low, high = (signed(value, effect_digits(*ends)) for value in ends)
    return mean if ends[1] == ends[2] else f"{joined(mean, unit.short)} ({low} to {high})"


def sentences(found: xr.Dataset) -> list[str]:
    """What was found, how it holds on fresh draws, and which lever may wait, one sentence each."""
    looked, kept = found.attrs["packages_looked_at"], found.sizes["package"] - 1
    free = int((found["dominated_by"].values[_found(found)] < 0).sum())
    said = [
        f"Packages: {looked} looked at in {found.attrs['draws_searched']} draws, {kept} kept, of which in "
        f"{found.sizes['draw']} fresh draws no other beats {free} in every goal.",
        _holds(found),
        f"Wanted of effects: {_wanted(found)}.",
        f"Package 1 ({found['package_title'].values[0]}) reaches all of it in "
        f"{_percent(float(found['satisfies'].values[0]))} of fresh draws; doing nothing in "
        f"{_percent(float(found['satisfies'].values[_nothing(found)]))}.",
        _least_regret(found),
    ]
    free_of_cost = found["decision_short"].values[found["decision_unpriced"].values.astype(bool)].tolist()
    if free_of_cost:
        said.append(f"Without a price in this model, and so never too dear here: {listed(free_of_cost)}.")
    if found.sizes["lever"]:
        said.append(f"Levers of package 1, first the one that loses most by waiting until {_later(found)}:")
    return [*said, *(pathway(found, k) for k in range(found.sizes["lever"]))]


def _found(found: xr.Dataset) -> list[int]:
    """Where the packages stand that do something."""
    return [k for k in range(found.sizes["package"]) if k != _nothing(found)]


def _nothing(found: xr.Dataset) -> int:
    """Where doing nothing stands among the packages."""
    return int(np.flatnonzero(found["package_title"].values == NOTHING)[0])


def _holds(found: xr.Dataset) -> str:
    """By how much packages look better in the draws that they were chosen in."""
    parts, rows = [], _found(found)
    for goal in found["goal"].values:
        here = found.sel(goal=goal)
        unit, sense = unit_of(str(here["goal_unit"].item())), float(here["goal_sense"])
        better = sense * (here["searched"].values - here["effect"].values)[rows] * unit.factor
        mean = float(better.mean())
        digits = two_digits(mean)
        parts.append(f"{here['goal_title'].item()} by {joined(signed(mean, digits), unit.short)}")
    return f"Better in the draws that were searched than in fresh ones, mean of packages: {'; '.join(parts)}."


def _wanted(found: xr.Dataset) -> str:
    """What is wanted of every goal, in words."""
    parts = []
    for goal in found["goal"].values:
        here = found.sel(goal=goal)
        unit = unit_of(str(here["goal_unit"].item()))
        value, most = float(here["goal_wanted"]) * unit.factor, float(here["goal_sense"]) < 0
        digits = next(d for d in range(5) if abs(value - round(value, d)) < 1e-9 or d == 4)
        bound = "at most" if most else "at least"
        parts.append(f"{here['goal_label'].item()} {bound} {joined(signed(value, digits), unit.short)}")
    return "; ".join(parts)


def _least_regret(found: xr.Dataset) -> str:
    """The package that is regretted least where it is regretted most, in a sentence."""
    k = int(found["regret_max"].values.argmin())
    return (
        f"The smallest largest regret, {number(float(found['regret_max'].values[k]), 2)} of a goal's range, "
        f"has package {int(found['package'].values[k])} ({found['package_title'].values[k]})."
    )


def pathway(found: xr.Dataset, k: int) -> str:
    """What is said of one lever of the first package."""
    here = found.isel(lever=k)
    title, verdict = str(here["lever_title"].item()), str(here["verdict"].item())
    parts = [_percent(float(here[name])) for name in ("at_once", "pays")]
    pays = f"pays in {parts[0]} of draws from the start, in {parts[1]} if added in {_later(found)}"
    pays += _waiting(here)
    if verdict == FIRST:
        return f"{title}: from the start; {pays}."
    if verdict == NEVER:
        return f"{title}: can be left out; {pays}."
    if not np.isfinite(float(here["area"])):
        return f"{title}: {pays}; no signpost could be read."
    unit = unit_of(str(here["signpost_unit"].item()))
    cut = number(float(here["threshold"]) * unit.factor, 1)
    side = "above" if float(here["above"]) else "below"
    told = (
        f"area {number(float(here['area']), 2)} \N{PLUS-MINUS SIGN} {number(float(here['area_error']), 2)}, "
        f"{_percent(float(here['right']))} of draws told rightly, {_percent(float(here['always']))} "
        "without looking"
    )
    sign = f"{here['signpost_label'].item()} {side} {joined(cut, unit.level)}"
    if verdict == LATER:
        return f"{title}: wait, and add it where in {found.attrs['review']} {sign} ({told}); {pays}."
    return f"{title}: {pays}; no signpost tells where: the best, {sign}, does not ({told})."


def _waiting(here: xr.Dataset) -> str:
    """What having a lever from the start does beyond having it later, where chance could not."""
    said = []
    for goal in here["goal"].values:
        unit = unit_of(str(here["goal_unit"].sel(goal=goal).item()))
        ends = [float(here[name].sel(goal=goal)) for name in ("waiting", "waiting_low", "waiting_high")]
        mean, low, high = (value * unit.factor for value in ends)
        if (low > 0 or high < 0) and abs(mean) >= ALIKE[str(goal)]:
            size = joined(signed(mean, effect_digits(mean, low, high)), unit.short)
            said.append(f"{here['goal_label'].sel(goal=goal).item()} {size}")
    return f"; having it from the start instead: {'; '.join(said)}" if said else ""


def _later(found: xr.Dataset) -> int:
    """First year of levers that wait."""
    return int(found.attrs["review"]) + 1


def _percent(share: float) -> str:
    """A share as a whole number of per cent."""
    return f"{number(100 * share, 0)}\N{NO-BREAK SPACE}%"
