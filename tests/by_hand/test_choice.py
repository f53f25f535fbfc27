"""Which offer wins, how likely that was, and what it was worth: against numbers computed by hand."""

import numpy as np
import pytest
from scipy.stats import gumbel_r, kstest

from lockin_sim.rules import choice

NONE = -np.inf


@pytest.mark.parametrize(("gap", "expected"), [(0.0, 1), (0.9e-9, 1), (1.1e-9, 0)])
def test_offers_within_the_tolerance_are_tied_and_the_larger_shock_wins(gap, expected):
    """Without noise the shock only breaks the tie, in favour of the second offer."""
    winner, _, _ = choice.choose(np.array([0.5 + gap, 0.5]), np.array([-1.0, 3.0]), noise_scale=0.0)
    assert winner.argmax() == expected
    assert winner.sum() == 1


def test_equal_offers_with_equal_shocks_still_have_one_winner():
    winner, _, luck = choice.choose(np.zeros((1, 3)), np.array([[1.0, 2.0, 2.0]]), noise_scale=1.0)
    assert winner.tolist() == [[False, True, False]]
    assert luck[0, 0] == 2.0


@pytest.mark.parametrize("noise", [0.0, 0.5, 1e-300])
def test_chances_are_finite(noise):
    utility = np.array([[1000.0, 0.0, -1000.0, NONE]])
    probability, surplus = choice.logit(utility, noise_scale=noise)
    assert probability.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert surplus[0, 0] == 1000


@pytest.mark.parametrize(
    ("utility", "noise", "expected"),
    [
        # published shares: e^.5 / (e^.5 + 1) and e^.5 : 1 : e^.2, sum 3.870124
        ([0.5, 0.0], 1.0, [0.62245933, 0.37754067]),
        ([0.5, 0.0, 0.2], 1.0, [0.42601251, 0.25838965, 0.31559783]),
        ([5.0, 5.0, 4.0], 0.0, [0.5, 0.5, 0.0]),
        ([NONE, NONE], 1.0, [0.0, 0.0]),
        ([NONE, 2.0], 0.0, [0.0, 1.0]),
    ],
)
def test_choice_probabilities(utility, noise, expected):
    probability, _ = choice.logit(np.array(utility), noise_scale=noise)
    np.testing.assert_allclose(probability, expected, atol=5e-9)


@pytest.mark.parametrize(
    ("surplus", "outside", "noise", "expected"),
    [
        (2.1972246, 0.0, 2.0, 2.77258872),  # twice log(3 + 1)
        (5.0, 2.0, 0.0, 3.0),
        (2.0, 5.0, 0.0, 0.0),
        (900.0, -900.0, 1.0, 1800.0),
        (-900.0, 900.0, 1.0, 0.0),
        (NONE, 0.0, 1.0, 0.0),  # nothing is offered
        (np.nan, 0.0, 1.0, 0.0),
        (0.0, np.inf, 1.0, 0.0),
        (0.0, NONE, 1.0, np.nan),  # going without is no option
        (NONE, NONE, 1.0, np.nan),
    ],
)
def test_what_new_capacity_gains(surplus, outside, noise, expected):
    gain = choice.coverage_gain(np.array([surplus]), outside, noise_scale=noise)
    np.testing.assert_allclose(gain, [expected], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("luck", "built"), [(0.3, True), (0.1, False)])
def test_an_offer_tied_with_staying_out_is_decided_by_the_larger_shock(luck, built):
    """.1 + .2 is above .3 by rounding alone."""
    found = choice.builds(
        np.array([0.1 + 0.2]), np.array([luck]), np.array([0.3]), np.array([0.2]), noise_scale=0.0
    )
    assert found.tolist() == [built]


def test_shocks_given_who_won_are_gumbel_where_chance_decided_and_who_won_wins_again_if_it_betters():
    rng = np.random.default_rng(3)
    worth = rng.normal(size=(20_000, 4)) * 2
    winner = (worth + rng.gumbel(size=worth.shape)).argmax(axis=1)
    found = choice.given_winner(worth, rng.gumbel(size=worth.shape), winner)
    assert kstest(found.ravel(), gumbel_r.cdf).pvalue > 0.001
    np.testing.assert_array_equal((worth + found).argmax(axis=1), winner)
    better = worth.copy()
    better[np.arange(len(winner)), winner] += rng.exponential(size=len(winner))
    np.testing.assert_array_equal((better + found).argmax(axis=1), winner)
    unlikely = rng.integers(0, 4, len(winner))  # whoever is said to have won does
    told = choice.given_winner(worth * 10, rng.gumbel(size=worth.shape), unlikely)
    np.testing.assert_array_equal((worth * 10 + told).argmax(axis=1), unlikely)
