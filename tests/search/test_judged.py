"""Domination, satisficing and regret, by hand."""

import importlib

import numpy as np
import pytest

judged = importlib.import_module("experiments.12_robust_packages.results")


#: Three packages in two draws, gains on two goals.
GAINS = np.array(
    [
        [[4.0, 0.0], [2.0, 0.0]],  # mean 3, 0
        [[0.0, 2.0], [2.0, 4.0]],  # mean 1, 3
        [[0.0, 1.0], [2.0, 4.0]],  # mean 1, 2.5: the second is as good in one goal and better in the other
    ]
)


def test_a_package_is_dominated_by_one_as_good_everywhere_and_better_somewhere():
    assert judged.dominated_by(GAINS.mean(axis=1)).tolist() == [-1, -1, 1]


def test_equal_packages_do_not_dominate_each_other():
    assert judged.dominated_by(np.ones((2, 3))).tolist() == [-1, -1]


def test_how_firm_it_is_counts_resampled_draws():
    """A quarter of resamples has the second draw alone: there the second package beats the first, and is
    level with the third, which it beats in all others."""
    firm = judged.firmness(GAINS, None, seed=1)
    assert firm.tolist() == pytest.approx([0.75, 1.0, 0.25], abs=0.1)


def test_a_draw_that_comes_twice_makes_nothing_firmer():
    twice = np.repeat(GAINS, 20, axis=1)
    same = judged.firmness(twice, np.repeat([4, 9], 20), seed=1)
    np.testing.assert_array_equal(same, judged.firmness(GAINS, None, seed=1))
    assert judged.firmness(twice, None, seed=1)[0] > 0.95


def test_satisfying_is_reaching_everything_in_one_draw():
    assert judged.satisfied(GAINS, np.array([2.0, 0.0])).mean(axis=1).tolist() == [1.0, 0.5, 0.5]
    assert judged.satisfied(GAINS, np.array([2.0, 1.0])).mean(axis=1).tolist() == [0.0, 0.5, 0.5]


def test_regret_is_the_distance_to_the_best_of_the_draw_in_the_goal_where_it_is_largest():
    """Scale: means range over 2 in the first goal and 3 in the second.  Best of the draws: (4, 2), (2, 4)."""
    scale = judged.scale_of(GAINS)
    assert scale.tolist() == [2.0, 3.0]
    expected = [
        [2 / 3, 4 / 3],  # behind by (0, 2) and (0, 4)
        [2.0, 0.0],  # by (4, 0) and (0, 0)
        [2.0, 0.0],  # by (4, 1) and (0, 0)
    ]
    np.testing.assert_allclose(judged.regret(GAINS, scale), expected)


def test_a_goal_that_nothing_moves_counts_for_nothing_in_regret():
    assert judged.regret(np.array([[[1.0, 5.0]], [[0.0, 5.0]]]), np.array([1.0, 0.0])).tolist() == [
        [0.0],
        [1.0],
    ]


def test_how_far_a_run_stays_behind_what_is_wanted():
    short = judged.short(GAINS[1], wanted=np.array([2.0, 3.0]), scale=np.array([2.0, 4.0]))
    assert short.tolist() == [1.25, 0.0]  # by (2, 1), in scale (1, 0.25); by nothing
