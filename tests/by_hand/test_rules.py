"""Rules at their ends, and sums that only measures use: what each gives is worked out by hand.

What rules give between their ends the plain reference computes anew, in random worlds (tests/equivalence).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from lockin_sim.rules import (  # fmt: skip
    adoption,
    diffusion,
    finance,
    pricing,
    regulation,
    restriction,
    utility,
    voting,
)

LOG3 = np.log(3.0)


class Sum(NamedTuple):
    """A call of a rule.  Lists are arrays; the comment beside it says how the answer is found."""

    rule: Callable[..., Any]
    given: tuple[Any, ...]
    expected: Any


ROWS = {
    "without volume cost stays": Sum(pricing.learned_cost, ([1.3], [0.0], [10.0], [0.4]), [1.3]),
    "where nobody is on the market nobody learns": Sum(
        pricing.catch_up, ([[1.0, 0.5]], np.zeros((1, 2), dtype=bool), 0.1), [[0.0, 0.0]]),
    "nothing installed means nothing to switch": Sum(
        utility.switching_term, (np.ones(2), 5.0, [1.0]), [0.0, 0.0]),
    "of nothing no share demands": Sum(
        diffusion.demanding_share, (np.zeros((1, 3)), np.ones((3, 2), dtype=bool), [[0.0]]), [[0.0, 0.0]]),
    "without any pull a mix stays": Sum(
        diffusion.next_mix, ([[0.7, 0.3]], *[np.zeros((1, 2))] * 3, 1.0), [[0.7, 0.3]]),
    # .6 * .5 + .2 * .5 + .4 * .1 + .3 * .9
    "in a demanding market everything supports the family, elsewhere what vendors build": Sum(
        diffusion.reach, ([[0.6, 0.4]], [[[0.2], [0.3]]], [[0.5], [0.1]]), [[0.71]]),
    "reach of the first vendor": Sum(
        diffusion.reach, ([[0.6, 0.4]], [[[0.2], [0.3]]], [[0.5], [0.1]], [[1.0], [0.0]]), [[0.4]]),
    "market shares are parts of what is deployed": Sum(
        diffusion.market_shares, ([[0.3, 0.1, 0.0], [0.0, 0.0, 0.0]],),
        [[0.75, 0.25, 0.0], [0.0, 0.0, 0.0]]),
    "without platforms nobody uses any": Sum(
        diffusion.platform_use, (np.ones((1, 1, 2)), np.ones((1, 2, 1), dtype=bool), [False]), [[0.0]]),
    "a loan at the borrower's own rate is no gift": Sum(finance.grant_element, (0.07, 12, 3, 0.07), 0.0),
    # a lever may set a tenor no longer than the grace: one payment, a year after it
    "a loan that is repaid at once": Sum(
        finance.grant_element, (0.0, 5.0, 5.0, 0.06), 100 * (1 - 1 / 1.06**6)),
    # (10 - 2) / .5; more was spent than there is; nobody was going to take it: a hundredth counts
    "money that can be promised": Sum(
        finance.budget, ([10.0, 3.0, 1.0], [2.0, 4.0, 0.0], [0.5, 0.5, 0.0]), [16.0, 0.0, 100.0]),
    # .7 * .5 + .3 * (2 of 8); it rests when nothing was asked
    "take-up is a moving average": Sum(
        finance.take_up, ([0.5, 0.5], [2.0, 0.0], [8.0, 0.0], 0.7), [0.425, 0.5]),
    "what lives less than a year is renewed in one": Sum(
        adoption.next_share, ([0.1], [LOG3], 0.5, [False]), [0.75]),
    "shares are parts of the sum of adoptions": Sum(
        adoption.shares, ([[1.0, 0.6, 0.4], [0.0, 0.0, 0.0]],), [[0.5, 0.3, 0.2], [0.0, 0.0, 0.0]]),
    # what follows shows only in whether something is decided.  The first's allies are the second and third,
    # the second's the first; the third has none
    "pressure is the share of allies that restrict": Sum(
        restriction.ally_pressure,
        ([[False, True], [True, False], [True, True]], [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        [[1.0, 0.5], [0.0, 1.0], [0.0, 0.0]]),
    # .6 and .3 of a base of .9, and .1 and 0 of one of .5: .7 and .3 of 1.4
    "dependence is the share of the sensitive base": Sum(
        restriction.sensitive_dependence, ([[[0.6, 0.3]], [[0.1, 0.0]]], [[0.9], [0.5]]), [[0.5, 3 / 14]]),
    # 1 - e^-.05, of which one with a pull of log 3 takes three quarters
    "families share one decision": Sum(
        regulation.prescribing, ([LOG3, 0.0], [True, True], 0.05), [0.03657793, 0.01219264]),
    "without a sensitive base there is no dependence": Sum(
        restriction.sensitive_dependence, (np.zeros((2, 1, 1)), np.zeros((2, 1))), [[0.0]]),
    "pulls beyond any number still decide": Sum(
        regulation.prescribing, ([1e6, -1e6], [True, True], 1.0), [1 - np.exp(-1), 0.0]),
    "without any proposal behind it what passes changes nothing": Sum(
        voting.status_mix, ([0.6, 0.4], np.zeros(2), [True, True], 0.5), [0.6, 0.4]),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_rule_gives_the_sum(row):
    given = [np.array(value) if isinstance(value, list) else value for value in row.given]
    found = row.rule(*given)
    assert np.shape(found) == np.shape(row.expected)
    np.testing.assert_allclose(found, row.expected, rtol=1e-7, atol=1e-8)
