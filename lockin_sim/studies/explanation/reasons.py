"""Why an offer won, in per cent of its price: reasons for and against, and how far each rival was behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.wording import percent
from lockin_sim.model.decisions import reasons
from lockin_sim.rules import pricing
from lockin_sim.words.prose import say

#: Reasons that a sentence names at most for one side, and the part of the price from which it names one.
MOST_REASONS, LEAST_REASON = 2, 0.02

#: Reasons that are no term of an offer's worth.
BESIDE = {"loans": "loans", "chance": "chance"}


class Contest(NamedTuple):
    """The best offer against the next.

    best, rival   positions of the two offers
    price_weight  utility of a log point of price
    advantages    utility by which each reason favours the best over the rival
    """

    best: int
    rival: int
    price_weight: float
    advantages: Mapping[str, float]


def price_gaps(utility: Floats, price_weight: float) -> Floats:
    """By how much each offer's price would have to fall to equal the best one (P10).

    utility       (vendor,), -inf where an offer may not be taken
    price_weight  utility of a log point of price, above 0
    Returns (vendor,), shares of the price: 0 for the best, NaN where an offer may not be taken.
    """
    open_to = np.isfinite(utility)
    behind = utility.max(initial=-np.inf, where=open_to) - np.where(open_to, utility, 0.0)
    return np.where(open_to, pricing.rebate(behind, price_weight), np.nan)


def contest(
    worth: Floats, price_weight: float, reasons: Mapping[str, Floats | float], *, against: int = -1
) -> Contest | None:
    """The best of some offers against the next, or another.

    worth    (vendor,), utility with chance, -inf where an offer may not be taken
    reasons  parts of it by name, (vendor,) each, or a number where they are the same for all
    against  position of the offer to compare with; -1 = the second best
    Returns None where there are not two offers that may be taken.
    """
    order = np.argsort(-worth, kind="stable")
    best, rival = int(order[0]), int(order[1]) if len(order) > 1 else -1
    if against not in (-1, best) and np.isfinite(worth[against]):
        rival = against
    if rival < 0 or not np.isfinite(worth[[best, rival]]).all():
        return None
    whole = {name: np.broadcast_to(values, worth.shape) for name, values in reasons.items()}
    return Contest(best, rival, price_weight, {n: float(v[best] - v[rival]) for n, v in whole.items()})


def because(decided: Contest, best: str, rival: str, *, stays: bool) -> str:
    """Why the best offer won, in a sentence or three.

    best, rival  what the two vendors are called;  stays  whether the best was the supplier before
    """
    worth = {name: _worth(gain, decided.price_weight) for name, gain in decided.advantages.items()}
    order = sorted(worth, key=lambda name: -abs(worth[name]))
    words = BESIDE | reasons()
    named = {name: (words[name], percent(100 * abs(worth[name]))) for name in order if _counts(worth[name])}
    main, switching = next((name for name in named if worth[name] > 0), ""), ""
    if stays and main == "switching":
        _, switching = named.pop(main)
    return say(
        "explain.because", best=best, rival=rival, switching=switching,
        gains=[part for name, part in named.items() if worth[name] > 0][:MOST_REASONS],
        losses=[part for name, part in named.items() if worth[name] < 0][:MOST_REASONS],
        behind=percent(100 * _worth(sum(decided.advantages.values()), decided.price_weight)),
    )  # fmt: skip


def _worth(gain: float, price_weight: float) -> float:
    """A gain of utility as a share of the price, below 0 for a loss."""
    return float(np.copysign(pricing.rebate(np.array(abs(gain)), price_weight), gain))


def _counts(share: float) -> bool:
    """Whether a reason is large enough to be named."""
    return abs(share) >= LEAST_REASON
