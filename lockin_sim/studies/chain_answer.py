"""Sentences on the chain: whether, where and how far a first mover spreads a standard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.common.errors import resolve_name, unusable
from lockin_sim.common.findings import FEWEST
from lockin_sim.common.formats import UNDEFINED, effect_digits, listed, located, number, signed
from lockin_sim.common.statistics import Estimate
from lockin_sim.comparisons.effects_reader import read_estimate
from lockin_sim.comparisons.variants import CORNERS
from lockin_sim.world.names import format_label, get_sponsor_adjective

if TYPE_CHECKING:
    import xarray as xr

#: The group of all markets but the owner's own.
ABROAD = "abroad"


def describe_chain(
    chain: xr.Dataset, *, year: int | None = None, abroad: str | None = None, places: Sequence[str] = ()
) -> list[str]:
    """Describe in sentences whether, where and how far a lead spreads the standard.

    One sentence each, one on the corners of the model, one on alternatives with another answer, and a warning
    of few runs; sentences that do not apply are left out.

    chain   of :func:`lockin_sim.chain`, answered for the first of its alternatives
    year    None = the last
    abroad  the group of markets of the answer; None = all markets abroad, if the chain has that group
    places  other groups to name; empty = all
    Raises InputError for a place or year that the chain does not have.
    """
    years, known = chain["year"].values.tolist(), list_chain_groups(chain)
    if year is not None and year not in years:
        raise unusable("year", found=year, allowed=f"a year from {years[0]} to {years[-1]}")
    called = {_read_place_label(chain, place): place for place in known}
    places = [resolve_name("places", found=place, known=known, called=called) for place in places]
    place, at = find_chain_group(chain, abroad), years[-1] if year is None else year
    first = str(chain["alternative"].values[0])
    names, titles = (chain[name].values.tolist() for name in ("alternative", "alternative_label"))
    effects = {name: _read_lead_effect(chain, name, place, at) for name in names}
    declared, titles = effects[first], dict(zip(names, titles, strict=True))
    # alternatives under which the effect on reach has another sign, or cannot be distinguished from chance
    other = [
        titles[name]
        for name, effect in effects.items()
        if effect.distinct != declared.distinct
        or (effect.distinct and (effect.mean > 0) != (declared.mean > 0))
    ]
    corners = [f"{format_effect(effect)} with {titles[n]}" for n, effect in effects.items() if n in CORNERS]
    runs = int(chain.attrs["runs"])
    sentences = (
        f"{runs} runs of each world are too few for these numbers to stay." if runs < FEWEST else "",
        f"The answer differs under these alternatives: {listed(other)}." if other else "",
        _describe_lead_effect(chain, first, place, at),
        _describe_effect_by_group(
            chain, first, [p for p in places or known if p not in (place, "world")], at
        ),
        _describe_effect_by_path(chain, first, place, at),
        f"In the corners of the model the reach would be {listed(corners)}." if corners else "",
    )
    return [text for text in sentences if text]


def list_chain_groups(chain: xr.Dataset) -> list[str]:
    """List the groups of markets of a chain, the world first."""
    return [str(place) for place in chain["place"].values[: int(chain.attrs["groups"])]]


def find_chain_group(chain: xr.Dataset, group: str | None) -> str:
    """Return the code of a group of the chain.

    None = all markets abroad if the chain has that group, else the first group, the world.
    Raises InputError for any other name.
    """
    known = list_chain_groups(chain)
    if group is None:
        return ABROAD if ABROAD in known else known[0]
    called = {_read_place_label(chain, place): place for place in known}
    return resolve_name("group of markets", found=group, known=known, called=called)


def format_effect(effect: Estimate[float]) -> str:
    """Format an effect in points: '9.6 points higher (95 % interval 9.4 to 11.9)', or lower."""
    if not effect.known:
        return UNDEFINED
    digits, falls = effect_digits(*effect), effect.mean < 0
    size = number(abs(effect.mean), digits)
    ends = (-effect.high, -effect.low) if falls else (effect.low, effect.high)
    low, high = (number(end, digits) for end in ends)
    return f"{size} points {'lower' if falls else 'higher'} (95 % interval {low} to {high})"


def _describe_lead_effect(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """Describe the lead imposed and its effects on the owner's share and on reach.

    Example: 'had run 47 % of the networks outside China in 2010 instead of 9 %'.
    """
    base, reach = (_read_lead_effect(chain, name, abroad, year, quantity) for quantity in ("base", "reach"))
    by_chance = "" if reach.distinct else ", which is within run-to-run variation"
    first, place = int(chain["year"].values[0]), located(_read_place_label(chain, abroad))
    at: dict[str, Any] = {"alternative": name, "place": abroad}
    level = chain["level"].sel(at)
    before = 100 * float(level.sel(quantity="base", year=first))
    if not np.isfinite(before):
        return f"Whether: nothing was built {place} in {first}, so nobody could have had a lead."
    imposed = _read_lead_effect(chain, name, abroad, first, "base").mean
    owner, standard = (
        get_sponsor_adjective(chain.attrs["owner"]),
        format_label("standard", chain.attrs["family"]),
    )
    return (
        f"Whether: if {owner} vendors had run {before + imposed:.0f} % of the networks {place} in {first} "
        f"instead of {before:.0f} %, their share of these networks in {year} would be "
        f"{format_effect(base)}, and "
        f"the reach of {standard} there, {100 * float(level.sel(quantity='reach', year=year)):.0f} % of "
        f"equipment, would be {format_effect(reach)}{by_chance}."
    )


def _describe_effect_by_group(chain: xr.Dataset, name: str, places: Sequence[str], year: int) -> str:
    """Describe how much the lead changes reach in each group, largest first; "" where nothing is defined."""
    means = [(_read_lead_effect(chain, name, place, year).mean, place) for place in places]
    parts = [
        f"{signed(mean, 1)} points {located(_read_place_label(chain, place))}"
        for mean, place in sorted(means, reverse=True)
        if np.isfinite(mean)
    ]
    return f"Where: the reach changes by {listed(parts)}." if parts else ""


def _describe_effect_by_path(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """Describe how much each path contributes to the effect on reach; "" where chance may explain it."""
    whole = _read_lead_effect(chain, name, abroad, year)
    if not whole.distinct:
        return ""
    at: dict[str, Any] = {"alternative": name, "quantity": "reach", "place": abroad, "year": year}
    agenda, votes, regulators, bodies = (
        read_estimate(chain, 100.0, "through", part=part, **at).mean
        for part in ("agenda", "votes", "regulators", "bodies")
    )
    ends = sorted(whole.mean - regulators - by_bodies for by_bodies in (agenda + votes, bodies))
    reasons = [
        f"{number(agenda, 1)} arise because agendas follow sales",
        f"{number(votes, 2)} because votes follow a state's own networks",
        *([f"{number(regulators, 2)} because regulators do too"] if regulators else []),
    ]
    direct = f"{ends[0]:.1f} to {ends[1]:.1f}" if ends[1] - ends[0] >= 0.1 else f"{ends[1]:.1f}"
    return (
        f"How far: of these {number(whole.mean, 1)} points {listed(reasons)}; "
        f"{direct} come with the equipment itself (the parts overlap slightly)."
    )


def _read_lead_effect(
    chain: xr.Dataset, name: str, place: str, year: int, quantity: str = "reach"
) -> Estimate[float]:
    """Read an effect of the lead, in points."""
    return read_estimate(
        chain, 100.0, alternative=name, change="lead", quantity=quantity, place=place, year=year
    )


def _read_place_label(chain: xr.Dataset, place: str) -> str:
    """Return the label of a place."""
    return str(chain["place_label"].sel(place=place).item())
