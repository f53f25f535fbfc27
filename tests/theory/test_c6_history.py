"""How history matters: its order (Page), and what returns to adoption do to a market (Arthur)."""

from itertools import product

import numpy as np
import pytest
from theory import exact
from theory.regions import hoeffding
from theory.runs import arthur

RETURNS = {"constant": 0.0, "diminishing": -0.4, "increasing": 0.4}


def arrivals(case, likes, returns, push=None):
    """Lead of A after each of some adopters, in units of one earlier adopter.  likes, lead (copy, adopter)"""
    size = abs(returns) or 1.0
    return arthur(
        case.seed(returns), size * likes.T[None], returns, push=None if push is None else size * push
    )[0].T


def by_hand(order, low, returns):
    """Lead of A after adopters in an order of favourites (+1, -1), worked out one by one."""
    lead = 0
    for favourite in order:
        settled = abs(lead) >= low and returns != 0
        lead += int(np.sign(lead * returns)) if settled else int(favourite)
    return lead


@pytest.mark.parametrize("kind", RETURNS)
def test_c6_whether_the_order_of_history_matters(case, kind):
    """Eight adopters in any order: one end without returns, near-even ends with diminishing, else seven."""
    returns, low = RETURNS[kind], 2
    orders = [order for order in product((1.0, -1.0), repeat=8) if sum(order) == 0]
    lead = arrivals(case, np.array(orders) * (low - 0.5), returns)[:, -1]
    expected = [by_hand(order, low, returns) for order in orders]
    case.exactly(f"ends that differ from those by hand, {kind} returns", 0.0, np.abs(lead - expected).sum())
    # turned back at a lead of 2: -2, 0, 2; settled at a lead of 2 after 2, 4 or 6, or never: 0, +-4, +-6, +-8
    ends = {"constant": 1, "diminishing": 3, "increasing": 7}[kind]
    case.exactly(f"different ends of one set of adopters, {kind} returns", ends, len(set(lead.tolist())))


@pytest.mark.parametrize("kind", RETURNS)
def test_c7_arthurs_properties(case, kind):
    """Predictable, ergodic, flexible: with constant and diminishing returns, not with increasing ones."""
    returns, low, steps, copies = RETURNS[kind], 3, 40, 1_000
    favourite = np.where(case.rng.random((copies, steps)) < 0.5, 1.0, -1.0)
    favourite[:, 0] = np.where(np.arange(copies) % 2, 1.0, -1.0)
    push = np.where(np.arange(steps + 1) == steps, low, 0.0)  # a subsidy of A that moves all when it is even
    lead = arrivals(case, favourite * (low - 0.5), returns, push)
    before = {start: exact.lead_law(low, low, returns, start, steps - 2) for start in (1, -1)}
    places = np.arange(-steps + 1, steps)
    for start, law in before.items():
        group = lead[favourite[:, 0] == start]
        ahead = float(law[places > 0].sum())
        case.proportion(f"A leads, first adopter {start:+d}, {kind} returns", ahead, group[:, -2] > 0)
    both = (before[1] + before[-1]) / 2
    # sizes are in units of an earlier adopter; without returns the lead does not matter
    pull = places if returns > 0 else -places if returns < 0 else 0 * places
    takes = sum(0.5 * both[(f * (low - 0.5) + pull + low) > 0].sum() for f in (1, -1))
    case.proportion(
        f"a subsidy still moves the last adopter, {kind} returns", takes, lead[:, -1] > lead[:, -2]
    )
    share = 0.5 + lead[:, -2] / (2 * (steps - 1))
    spread = float(both @ (places / (2 * (steps - 1))) ** 2)
    case.check(
        f"mean square distance of shares from one half, {kind} returns",
        spread,
        ((share - 0.5) ** 2).mean(),
        hoeffding(spread, copies, high=0.25),
        copies,
        spread_of=kind,
    )
