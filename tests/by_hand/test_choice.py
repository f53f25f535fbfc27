"""Which offer wins, how likely that was, and what it was worth: against numbers computed by hand."""

import numpy as np
import pytest
from scipy.stats import gumbel_r, kstest

from lockin_sim.rules import choice

NONE = -np.inf


@pytest.mark.parametrize(
    ("gap", "expected"),
    [(0.0, 1), (0.9e-9, 1), (1.1e-9, 0)],
    ids=["equal", "nearer than the tolerance", "farther than the tolerance"],
)
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
        ([1.0, 0.0], 2.0, [0.62245933, 0.37754067]),
        ([np.log(2.0), np.log(3.0), NONE], 1.0, [0.4, 0.6, 0.0]),
        ([5.0, 5.0, 4.0], 0.0, [0.5, 0.5, 0.0]),
        ([1e6, 0.0], 1e-3, [1.0, 0.0]),
        ([NONE, NONE], 1.0, [0.0, 0.0]),
        ([NONE, 2.0], 0.0, [0.0, 1.0]),
    ],
)
def test_choice_probabilities(utility, noise, expected):
    probability, _ = choice.logit(np.array(utility), noise_scale=noise)
    np.testing.assert_allclose(probability, expected, atol=5e-9)


def test_probabilities_are_the_frequencies_with_which_offers_win():
    n = 100_000
    u = (np.arange(1, n + 1) - 0.5) / n
    shocks = -np.log(-np.log(np.stack([np.random.default_rng(s).permutation(u) for s in range(3)], axis=-1)))
    winner, _, _ = choice.choose(np.array([0.5, 0.0, 0.2]), shocks, noise_scale=1.0)
    expected, _ = choice.logit(np.array([0.5, 0.0, 0.2]), noise_scale=1.0)
    np.testing.assert_allclose(winner.mean(axis=0), expected, atol=2.6934 / np.sqrt(n))


@pytest.mark.parametrize(
    ("surplus", "outside", "noise", "expected"),
    [
        (0.0, 0.0, 1.0, 0.69314718),  # log 2
        (1.0986123, 0.0, 1.0, 1.38629436),  # log(3 + 1)
        (2.1972246, 0.0, 2.0, 2.77258872),  # twice that
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


def test_shocks_given_who_won_by_hand():
    """Two offers of 0, the first won with a shock of 1, the other had 0.5: the largest total is log 2 + 1,
    and the other's is -log(exp(-0.5) + exp(-log 2 - 1))."""
    found = choice.given_winner(np.array([[0.0, 0.0, NONE]]), np.array([[1.0, 0.5, 7.0]]), np.array([0]))
    top = np.log(2.0) + 1.0
    below = -np.log(np.exp(-0.5) + np.exp(-top))
    np.testing.assert_allclose(found, [[top, below, 7.0]])  # who does not offer keeps its shock


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


def test_suppliers_after_a_tender_are_those_of_the_logit_from_each_there_before():
    rng = np.random.default_rng(4)
    worth, taste, before = rng.normal(size=(2, 4, 5)), rng.normal(size=(2, 6, 4)), rng.random((2, 6, 4))
    worth[0, :, 1] = worth[1, :, 4] = -np.inf
    found = choice.after_tender(before, np.exp(taste), np.exp(worth))
    for row, k in np.ndindex(2, 6):
        expected = sum(
            before[row, k, i]
            * choice.logit(worth[row, i] + np.append(taste[row, k], 0.0), noise_scale=1.0)[0][:-1]
            for i in range(4)
        )
        np.testing.assert_allclose(found[row, k], expected)
