"""Where the users of a country went in a year."""

from __future__ import annotations

import numpy as np

from lockin_sim.agents import Country
from lockin_sim.agents.users import Moved
from lockin_sim.conventions import Floats
from lockin_sim.explanation.told import Explanation, label_of, opening_of, per_cent, told, vendor_of
from lockin_sim.model.decisions import terms_at
from lockin_sim.rules import diffusion, users
from lockin_sim.wording import listed

#: Vendors that a sentence names at most.
_NAMED = 3


def explain_users(country: Country, d: int) -> Explanation:
    """The offers to the users of a domain, shares before and after, and where leavers of the largest go."""
    moved, p = country.moved, country.model.parameters
    assert moved is not None
    row = int(np.flatnonzero(moved.domains == d)[0])
    offers, before, after = moved.offers[row, 0], moved.before[row, 0], moved.flowed.installed[row, 0]
    appeal = users.appeal(moved.offers[row], noise_scale=p.noise_scale)
    largest = int(before.argmax())
    goes = _destinations(moved, row, largest, p.noise_scale)
    return told(
        country,
        d,
        _sentence(country, d, moved, row, goes),
        terms_at(moved.terms, row, 0),
        {
            "utility": (offers, "utility, without the cost of switching"),
            "probability": (appeal.chance[0], "chance that a new user takes it"),
            "before": (before, "share of the country's capacity"),
            "after": (after, "share of the country's capacity"),
            "goes_to": (goes, "part of those who leave the largest vendor"),
            "price": (country.model.board.list_price[d], "1 (industry mean cost of the first year)"),
        },
        offers,
        largest=label_of(country, d, largest) if before.any() else "",
    )


def _destinations(moved: Moved, row: int, origin: int, noise_scale: float | Floats) -> Floats:
    """Where the users of one vendor go when they choose anew, those included who come back.  (vendor,)."""
    leaving = np.zeros_like(moved.before[row])
    leaving[0, origin] = 1.0
    appeal = users.appeal(moved.offers[row], noise_scale=noise_scale)
    result: Floats = users.moves(leaving, appeal, moved.friction[row], noise_scale=noise_scale).gained[0]
    return result


def _sentence(country: Country, d: int, moved: Moved, row: int, goes: Floats) -> str:
    """Who chose anew, how shares changed, and where leavers of the largest vendor go."""
    before, after = moved.before[row, 0], moved.flowed.installed[row, 0]
    deployed, then = before.sum(), after.sum()
    text = f"{opening_of(country, d)}: "
    if deployed <= 0:
        text += f"nobody uses anything yet, {per_cent(then)} of the capacity is taken up this year"
    else:
        renewed = float(moved.flowed.renewed[row].sum())
        text += (
            f"{per_cent(renewed / deployed)} of the users choose anew, and use goes from "
            f"{per_cent(deployed)} to {per_cent(then)} of the capacity"
        )
    early = float(np.broadcast_to(moved.flowed.early, moved.before.shape)[row].sum())
    if early > 0:
        text += f", {per_cent(early / deployed)} of the users because what they have must go"
    was, becomes = diffusion.market_shares(before), diffusion.market_shares(after)
    leading = [v for v in np.argsort(-becomes, kind="stable")[:_NAMED] if becomes[v] > 0]
    shares = [f"{vendor_of(country, d, v)} {per_cent(was[v])} to {per_cent(becomes[v])}" for v in leading]
    text += f". Shares of what is in use: {listed(shares)}." if shares else "."
    if deployed > 0:
        text += _leavers(country, d, int(before.argmax()), goes)
    return text


def _leavers(country: Country, d: int, largest: int, goes: Floats) -> str:
    """Where those go who use the largest and choose anew, in a sentence."""
    others = [v for v in np.argsort(-goes, kind="stable") if v != largest and goes[v] >= 0.005][:_NAMED]
    text = (
        f" Of the users of {vendor_of(country, d, largest)}, the largest, who choose anew, "
        f"{per_cent(goes[largest])} come back"
    )
    to = [f"{per_cent(goes[v])} to {vendor_of(country, d, v)}" for v in others]
    return text + (f" and others go elsewhere: {listed(to)}." if to else ".")
