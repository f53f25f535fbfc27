"""What an offer is worth, term by term: against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lockin_sim.rules import utility


def test_quality_counts_by_its_weight() -> None:
    np.testing.assert_allclose(utility.quality_term(np.array([0.5, -1.0]), 2.0), [1.0, -2.0])


def test_price_counts_by_its_logarithm_after_finance() -> None:
    """Price 2 less 20 % is 1.6, log .4700036, times 4; price 1 without finance is worth nothing."""
    term = utility.price_term(np.log(np.array([2.0, 1.0])), np.array([0.2, 0.0]), 4.0)
    np.testing.assert_allclose(term, [-1.88001452, 0.0], atol=1e-8)


def test_home_vendors_get_a_bonus() -> None:
    np.testing.assert_allclose(utility.home_term(np.array([True, False]), 1.5), [1.5, 0.0])


def test_neighbours_and_own_layers_pull_by_their_weights() -> None:
    np.testing.assert_allclose(utility.network_term(np.array([0.3, 0.7]), 4.0), [1.2, 2.8])
    np.testing.assert_allclose(utility.stack_term(np.array([0.5, 0.0]), 0.8), [0.4, 0.0])


def test_switching_costs_are_for_the_base_that_does_not_fit() -> None:
    """Base .8, of which .8 fits the incumbent and .3 the rival: free for one, half the cost for the other."""
    term = utility.switching_term(np.array([0.8]), np.array([0.8, 0.3]), 5.0)
    np.testing.assert_allclose(term, [0.0, -2.5])


def test_nothing_installed_means_nothing_to_switch() -> None:
    np.testing.assert_array_equal(utility.switching_term(np.array([0.0]), np.zeros(2), 5.0), 0.0)


def test_affinity_pulls_both_ways() -> None:
    np.testing.assert_allclose(utility.affinity_term(np.array([1.0, -0.5]), 0.8), [0.8, -0.4])


def test_official_status_counts_for_what_a_vendor_complies_with() -> None:
    """Status 75 : 25.  A vendor all in the first family gets .75, one split evenly .5; times 2."""
    status = np.array([[0.75, 0.25], [0.0, 0.0]])
    term = utility.official_term(status, np.array([[1.0, 0.0], [0.5, 0.5]]), 2.0)
    np.testing.assert_allclose(term, [[1.5, 1.0], [0.0, 0.0]])


def test_staying_out_is_worth_less_to_the_rich() -> None:
    """Ten times the reference income, weight .5: .5 * 2.302585 less."""
    worth = utility.outside_option(np.array([0.0, 2.302585]), outside_level=-5.5, outside_income_weight=0.5)
    np.testing.assert_allclose(worth, [-5.5, -6.6512925])
    never = utility.outside_option(np.array([1.0]), outside_level=-np.inf, outside_income_weight=0.5)
    assert never[0] == -np.inf


def offers(cap: float, *, possible: list[bool]) -> list[bool]:
    """Base .5 : .3, of which .1 : .06 is released; .04 is new: the winner gains .2."""
    is_open = utility.open_offers(
        np.array(possible), np.array([0.5, 0.3, 0.0]), np.array([0.1, 0.06, 0.0]),
        np.array([0.04]), np.array([cap]),
    )  # fmt: skip
    return is_open.tolist()


@pytest.mark.parametrize(
    ("cap", "expected"),
    [
        (1.0, [True, True, True]),
        (0.6, [True, True, True]),  # .5 - .1 + .2 = .6 just fits
        (0.59, [False, True, True]),
        (0.43, [False, False, True]),
        (0.1, [True, True, True]),  # fits nobody: waived
    ],
)
def test_a_cap_closes_offers_that_would_go_beyond_it(cap: float, expected: list[bool]) -> None:
    assert offers(cap, possible=[True] * 3) == expected


def test_what_is_not_possible_is_closed_even_when_a_cap_is_waived() -> None:
    assert offers(1.0, possible=[False, False, True]) == [False, False, True]
    assert offers(0.1, possible=[False, False, True]) == [False, False, True]
    assert offers(1.0, possible=[False] * 3) == [False] * 3
