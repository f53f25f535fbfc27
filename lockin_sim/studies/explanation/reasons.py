"""Reasons why an offer won, for and against, in per cent of its price, and how far each rival was behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lockin_sim.common.conventions import Floats
from lockin_sim.common.formats import percent
from lockin_sim.common.prose import render_sentence
from lockin_sim.model.decisions import describe_terms
from lockin_sim.rules import pricing

#: Reasons that a sentence names at most for one side, and the part of the price from which it names one.
MOST_REASONS, LEAST_REASON = 2, 0.02

#: Reasons that are no term of an offer's worth.
BESIDE = {"loans": "loans", "chance": "chance"}


def compute_price_gaps(utility: Floats, price_weight: float) -> Floats:
    """Compute by how much each offer's price would have to fall to equal the best offer (P10).

    utility       (vendor,), -inf where an offer may not be taken
    price_weight  utility of a log point of price, above 0
    Returns (vendor,), shares of the price: 0 for the best, NaN where an offer may not be taken.
    """
    open_to = np.isfinite(utility)
    behind = utility.max(initial=-np.inf, where=open_to) - np.where(open_to, utility, 0.0)
    return np.where(open_to, pricing.rebate(behind, price_weight), np.nan)


def describe_reasons(
    worth: Floats,
    price_weight: float,
    parts: Mapping[str, Floats | float],
    called: Callable[[int], str],
    *,
    against: int = -1,
    incumbent: int = -1,
) -> str:
    """Describe why the best offer won against the next or another, in one to three sentences, after a space.

    worth      (vendor,), utility with chance, -inf where an offer may not be taken
    parts      of the worth by name, (vendor,) each, or a number where they are equal for all
    called     function that names the vendor in a position
    against    position of the offer to compare with; -1 = the second best
    incumbent  position of the previous supplier; -1 = none
    Returns "" where there are not two offers that may be taken.
    """
    order = np.argsort(-worth, kind="stable")
    best, rival = int(order[0]), int(order[1]) if len(order) > 1 else -1
    if against not in (-1, best) and np.isfinite(worth[against]):
        rival = against
    if rival < 0 or not np.isfinite(worth[[best, rival]]).all():
        return ""
    whole = {name: np.broadcast_to(values, worth.shape) for name, values in parts.items()}
    advantages = {name: float(values[best] - values[rival]) for name, values in whole.items()}
    gains = {name: _convert_to_price_share(gain, price_weight) for name, gain in advantages.items()}
    words = BESIDE | describe_terms()
    named = {
        name: (words[name], percent(100 * abs(gains[name])))
        for name in sorted(gains, key=lambda name: -abs(gains[name]))
        if _is_worth_naming(gains[name])
    }
    main, switching = next((name for name in named if gains[name] > 0), ""), ""
    if best == incumbent and main == "switching":
        _, switching = named.pop(main)
    return " " + render_sentence(
        "explain.because",
        best=called(best),
        rival=called(rival),
        switching=switching,
        gains=[part for name, part in named.items() if gains[name] > 0][:MOST_REASONS],
        losses=[part for name, part in named.items() if gains[name] < 0][:MOST_REASONS],
        behind=percent(100 * _convert_to_price_share(sum(advantages.values()), price_weight)),
    )


def _convert_to_price_share(gain: float, price_weight: float) -> float:
    """Convert a gain of utility into a share of the price, below 0 for a loss."""
    return float(np.copysign(pricing.rebate(np.array(abs(gain)), price_weight), gain))


def _is_worth_naming(share: float) -> bool:
    """Whether a reason is large enough to be named."""
    return abs(share) >= LEAST_REASON
