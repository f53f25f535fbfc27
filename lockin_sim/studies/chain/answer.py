"""What the chain says, in three sentences: whether, where and how far a first mover spreads a standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.reader import estimate
from lockin_sim.statistics import Estimate
from lockin_sim.studies.variants import CORNERS
from lockin_sim.wording import UNDEFINED, effect_digits, listed, located, number, opening, signed
from lockin_sim.world.names import adjective, name_of

if TYPE_CHECKING:
    import xarray as xr

#: The group of all markets but the owner's own.
ABROAD = "abroad"


def written(found: Estimate[float]) -> str:
    """'9.6 points higher (95 % interval 9.4 to 11.9)', or lower."""
    if not found.known:
        return UNDEFINED
    digits, falls = effect_digits(*found), found.mean < 0
    size = number(abs(found.mean), digits)
    ends = (-found.high, -found.low) if falls else (found.low, found.high)
    low, high = (number(end, digits) for end in ends)
    return f"{size} points {'lower' if falls else 'higher'} (95 % interval {low} to {high})"


def answer(
    chain: xr.Dataset, *, year: int | None = None, abroad: str | None = None, places: tuple[str, ...] = ()
) -> list[str]:
    """Whether, where and how far, with the doubt: one sentence each, one for corners, and one for
    alternatives that flip it.

    chain   of :func:`lockin_sim.chain`; the first of its alternatives is told
    year    None = the last
    abroad  the group of markets in which the answer is told; None: all markets abroad, where there is such
    places  other groups to name; none: all that the chain was read in
    Raises InputError for a place or year that the chain was not read in.
    """
    at, known = _year(chain, year), groups_of(chain)
    here = group_in(chain, abroad)
    for place in places:
        if place not in known:
            raise unknown_name("places", found=place, known=known)
    first = str(chain["alternative"].values[0])
    return [
        text
        for text in (
            _flips(chain, first, here, at),
            _whether(chain, first, here, at),
            _where(chain, first, here, list(places or known), at),
            _how_far(chain, first, here, at),
            _corners(chain, here, at),
        )
        if text
    ]


def groups_of(chain: xr.Dataset) -> list[str]:
    """Groups of markets that a chain or ledger was read in, the world first."""
    return [str(place) for place in chain["place"].values[: int(chain.attrs["groups"])]]


def group_in(chain: xr.Dataset, asked: str | None) -> str:
    """The group asked for; None: that of all markets abroad where there is one, else the last read.

    Raises InputError for another.
    """
    known = groups_of(chain)
    if asked is None:
        return ABROAD if ABROAD in known else known[-1]
    if asked not in known:
        raise unknown_name("group of markets", found=asked, known=known)
    return asked


def imposed(chain: xr.Dataset, group: str, alternative: str) -> str:
    """'owned 47 % of the networks outside China in 2010 instead of 9 %'."""
    first = int(chain["year"].values[0])
    at = {"alternative": alternative, "quantity": "base", "place": group, "year": first}
    level = 100 * float(chain["level"].sel(at))
    more = 100 * float(chain["effect"].sel(at | {"change": "lead"}))
    return f"{level + more:.0f} % of the networks {_of(chain, group)} in {first} instead of {level:.0f} %"


def _whether(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """What the lead leaves of base and reach."""
    base, reach = (_lead(chain, name, quantity, abroad, year) for quantity in ("base", "reach"))
    by_chance = "" if reach.distinct else ", which chance could do"
    at = {"alternative": name, "quantity": "reach", "place": abroad, "year": year}
    level, owner = 100 * float(chain["level"].sel(at)), adjective(str(chain.attrs["owner"]))
    standard = name_of("standard", str(chain.attrs["family"]))
    return (
        f"Whether: had {owner} vendors run {imposed(chain, abroad, name)}, their part of these networks in "
        f"{year} would be {written(base)}, and the reach of {standard}, {level:.0f} % of the "
        f"equipment there, {written(reach)}{by_chance}."
    )


def _where(chain: xr.Dataset, name: str, abroad: str, places: list[str], year: int) -> str:
    """Groups by how much the lead moves reach there."""
    wanted = [p for p in places if p not in (abroad, "world") and np.isfinite(_mean(chain, name, p, year))]
    if not wanted:
        return ""
    told = sorted(((_mean(chain, name, p, year), p) for p in wanted), reverse=True)
    parts = [f"{signed(100 * m, 1)} points {_of(chain, p)}" for m, p in told]
    return f"Where: the reach changes by {listed(parts)}."


def _how_far(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """By which way it gets there: what is gone without a link, and what is left without bodies."""
    whole = _lead(chain, name, "reach", abroad, year)
    if not whole.distinct:
        return ""
    agenda, votes, bodies = (_through(chain, name, p, abroad, year) for p in ("agenda", "votes", "bodies"))
    ends = sorted((whole.mean - agenda.mean - votes.mean, whole.mean - bodies.mean))
    direct = f"{ends[0]:.1f} to {ends[1]:.1f}" if ends[1] - ends[0] >= 0.1 else f"{ends[1]:.1f}"
    return (
        f"How far: of these {number(whole.mean, 1)} points {number(agenda.mean, 1)} come because agendas "
        f"follow sales and {number(votes.mean, 2)} because votes follow a state's own networks; "
        f"{direct} come with the equipment itself (the parts overlap a little)."
    )


def _corners(chain: xr.Dataset, abroad: str, year: int) -> str:
    """What the lead leaves of reach in each corner of the model that the chain was followed in."""
    titles = zip(
        chain["alternative"].values.tolist(), chain["alternative_label"].values.tolist(), strict=True
    )
    parts = [
        f"{written(_lead(chain, name, 'reach', abroad, year))} with {title}"
        for name, title in titles
        if name in CORNERS
    ]
    return f"Corners: the reach would be {listed(parts)}." if parts else ""


def _flips(chain: xr.Dataset, first: str, abroad: str, year: int) -> str:
    """Alternatives under which the effect on reach has another sign, or none that chance could not make."""
    here = _lead(chain, first, "reach", abroad, year)
    other = []
    for name, title in zip(chain["alternative"].values, chain["alternative_label"].values, strict=True):
        there = _lead(chain, str(name), "reach", abroad, year)
        if there.distinct != here.distinct or (there.distinct and (there.mean > 0) != (here.mean > 0)):
            other.append(str(title))
    return f"{opening(listed(other))}: there the answer is another one." if other else ""


def _lead(chain: xr.Dataset, name: str, quantity: str, place: str, year: int) -> Estimate[float]:
    """An effect on a lead, in points."""
    return estimate(chain, 100.0, alternative=name, change="lead", quantity=quantity, place=place, year=year)


def _through(chain: xr.Dataset, name: str, part: str, place: str, year: int) -> Estimate[float]:
    """What of an effect on reach goes through a part of the chain, in points."""
    return estimate(
        chain, 100.0, "through", alternative=name, part=part, quantity="reach", place=place, year=year
    )


def _mean(chain: xr.Dataset, name: str, place: str, year: int) -> float:
    """The mean effect on reach, as a share."""
    return _lead(chain, name, "reach", place, year).mean / 100


def _of(chain: xr.Dataset, place: str) -> str:
    """'outside China', 'in Africa'."""
    return located(str(chain["place_label"].sel(place=place).item()))


def _year(chain: xr.Dataset, year: int | None) -> int:
    """The year asked for, or the last."""
    years = [int(y) for y in chain["year"].values]
    if year is None:
        return years[-1]
    if year not in years:
        raise unusable("year", found=year, allowed=f"a year from {years[0]} to {years[-1]}")
    return year
