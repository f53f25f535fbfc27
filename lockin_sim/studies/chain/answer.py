"""What the chain says, in three sentences: whether, where and how far a first mover spreads a standard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.errors import unknown_name, unusable
from lockin_sim.statistics import Estimate
from lockin_sim.studies.reader import estimate
from lockin_sim.wording import UNDEFINED, listed, opening, signed
from lockin_sim.world.names import adjective

if TYPE_CHECKING:
    import xarray as xr

#: Parts of the effect on reach that are told apart; what bodies do not decide is the rest.
TOLD = {"agenda": "through the agenda of standards bodies", "votes": "through votes"}


def written(found: Estimate[float], digits: int = 1) -> str:
    """'+9.6 points (95 % interval +9.4 to +11.9)'."""
    if not found.known:
        return UNDEFINED
    low, high = signed(found.low, digits), signed(found.high, digits)
    return f"{signed(found.mean, digits)} points (95 % interval {low} to {high})"


def answer(
    chain: xr.Dataset, *, year: int | None = None, abroad: str = "abroad", places: tuple[str, ...] = ()
) -> list[str]:
    """Whether, where and how far, with the doubt: one sentence each, and one for alternatives that flip it.

    chain   of :func:`lockin_sim.chain`; the first of its alternatives is told
    year    None = the last
    abroad  the group of markets in which the answer is told
    places  other groups to name; none: all that the chain was read in
    Raises InputError for a place or year that the chain was not read in.
    """
    at = _year(chain, year)
    if abroad not in chain["place"].values:
        raise unknown_name("abroad", found=abroad, known=list(map(str, chain["place"].values)))
    first = str(chain["alternative"].values[0])
    return [
        text
        for text in (
            _flips(chain, first, abroad, at),
            _whether(chain, first, abroad, at),
            _where(chain, first, abroad, places, at),
            _how_far(chain, first, abroad, at),
        )
        if text
    ]


def _whether(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """What the lead leaves of base and reach."""
    base, reach = (_lead(chain, name, quantity, abroad, year) for quantity in ("base", "reach"))
    given, by_chance = 100 * float(chain.attrs["given"]), "" if reach.distinct else ", which chance could do"
    level = {"alternative": name, "quantity": "reach", "place": abroad, "year": year}
    first, owner = int(chain["year"].values[0]), adjective(str(chain.attrs["owner"]))
    return (
        f"Whether: had {owner} vendors built {given:.0f} % of what stood abroad in {first}, they would hold "
        f"{written(base)} more of the networks {_of(chain, abroad)} in {year}, and the standard's reach "
        f"there, {100 * float(chain['level'].sel(level)):.0f} % of the equipment, would be larger by "
        f"{written(reach)}{by_chance}."
    )


def _where(chain: xr.Dataset, name: str, abroad: str, places: tuple[str, ...], year: int) -> str:
    """Groups by how much the lead moves reach there."""
    known = [p for p in map(str, chain["place"].values) if np.isfinite(_mean(chain, name, p, year))]
    wanted = [p for p in (places or known) if p not in (abroad, "world")]
    if not wanted:
        return ""
    told = sorted(((_mean(chain, name, p, year), p) for p in wanted), reverse=True)
    parts = [f"{signed(100 * m, 1)} points {_of(chain, p)}" for m, p in told]
    return f"Where: the reach differs by {listed(parts)}."


def _how_far(chain: xr.Dataset, name: str, abroad: str, year: int) -> str:
    """By which way it gets there, as parts of the whole."""
    whole = _lead(chain, name, "reach", abroad, year)
    if not whole.distinct:
        return ""
    parts = {p: _through(chain, name, p, abroad, year) for p in TOLD}
    rest = whole.mean - sum(part.mean for part in parts.values())
    told = [f"{signed(part.mean, 2)} {TOLD[p]}" for p, part in parts.items()]
    return (
        f"How far: of these {signed(whole.mean, 1)} points {signed(rest, 1)} ride on the equipment itself, "
        f"{listed(told)}."
    )


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
    return estimate(chain, 100.0, alternative=name, change="lead", quantity=quantity, place=place, year=year)


def _through(chain: xr.Dataset, name: str, part: str, place: str, year: int) -> Estimate[float]:
    return estimate(
        chain, 100.0, "through", alternative=name, part=part, quantity="reach", place=place, year=year
    )


def _mean(chain: xr.Dataset, name: str, place: str, year: int) -> float:
    return _lead(chain, name, "reach", place, year).mean / 100


def _of(chain: xr.Dataset, place: str) -> str:
    """'outside China', 'in Africa'."""
    title = str(chain["place_label"].sel(place=place).item())
    return title if title.startswith("outside") else f"in {title}"


def _year(chain: xr.Dataset, year: int | None) -> int:
    years = [int(y) for y in chain["year"].values]
    if year is None:
        return years[-1]
    if year not in years:
        raise unusable("year", found=year, allowed=f"a year from {years[0]} to {years[-1]}")
    return year
