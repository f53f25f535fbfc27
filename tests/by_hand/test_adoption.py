"""Systems and rules that do not exclude one another: each is adopted apart."""

import numpy as np
import pytest

from lockin_sim.rules import adoption

LOG3 = np.log(3.0)


def test_a_share_moves_one_lifetime_th_of_the_way():
    """Lambda(log 3) = 3/4: L = 5 adds a tenth to .25; what is not there fades; at home all new have it."""
    moved = adoption.next_share(
        np.array([0.25, 0.5, 0.2]), np.array([LOG3, -np.inf, LOG3]), 5.0, np.array([False, False, True])
    )
    np.testing.assert_allclose(moved, [0.35, 0.4, 0.36])


def test_what_lives_less_than_a_year_is_renewed_in_one():
    moved = adoption.next_share(np.array([0.1]), np.array([LOG3]), 0.5, np.array([False]))
    np.testing.assert_allclose(moved, [0.75])


@pytest.mark.parametrize(
    ("before", "utility", "rate", "shock", "own", "after"),
    [
        (0.0, 0.0, 0.2, 0.18, False, 1.0),  # P = 1 - e^-.2 = .18127
        (0.0, 0.0, 0.2, 0.182, False, 0.0),
        (0.0, LOG3, 0.2, 0.259, False, 1.0),  # P = 1 - e^-.3 = .25918
        (0.0, LOG3, 0.2, 0.26, False, 0.0),
        (0.0, LOG3, 0.0, 1e-9, False, 0.0),  # a rate of 0 is never
        (0.0, -np.inf, 9.0, 1e-9, False, 0.0),
        (1.0, -np.inf, 0.0, 0.999, False, 1.0),  # none is repealed
        (0.0, -np.inf, 0.0, 0.999, True, 1.0),
    ],
)
def test_laws_pass_and_stay(before, utility, rate, shock, own, after):
    found = adoption.next_law(
        np.array([before]), np.array([utility]), np.array([rate]), np.array([shock]), np.array([own])
    )
    assert found.tolist() == [after]


def test_shares_are_parts_of_the_sum_of_adoptions():
    np.testing.assert_allclose(
        adoption.shares(np.array([[1.0, 0.6, 0.4], [0.0, 0.0, 0.0]])), [[0.5, 0.3, 0.2], [0.0, 0.0, 0.0]]
    )
