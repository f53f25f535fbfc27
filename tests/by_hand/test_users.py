"""A continuum of users: who leaves whom for whom, and who comes new, against fractions worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import users

NONE = -np.inf
LOG2, LOG3, LOG4 = np.log([2.0, 3.0, 4.0])


def test_weights_are_relative_to_the_best_offer():
    """exp(log 2) : exp(log 3) is 2/3 : 1; the surplus is log 5."""
    appeal = users.appeal(np.array([LOG2, LOG3, NONE]), noise_scale=1.0)
    np.testing.assert_allclose(appeal.weight, [2 / 3, 1.0, 0.0])
    np.testing.assert_allclose(appeal.total, [5 / 3])
    np.testing.assert_allclose(appeal.surplus, [np.log(5)])


def test_noise_divides_utilities_and_multiplies_surplus():
    """Utilities 2 log 2 and 2 log 3 at noise 2 are as log 2 and log 3 at 1; the surplus is 2 log 5."""
    appeal = users.appeal(np.array([2 * LOG2, 2 * LOG3]), noise_scale=2.0)
    np.testing.assert_allclose(appeal.weight, [2 / 3, 1.0])
    np.testing.assert_allclose(appeal.surplus, [2 * np.log(5)])


def test_where_nothing_is_offered_nothing_appeals():
    appeal = users.appeal(np.array([NONE, NONE]), noise_scale=1.0)
    assert appeal.weight.tolist() == [0.0, 0.0]
    assert appeal.total.tolist() == [1.0]
    assert appeal.surplus.tolist() == [NONE]


def test_no_bonus_for_leaving_is_too_large_to_count():
    fit = np.eye(2)
    kappa = users.friction(fit, -30.0, noise_scale=0.0)
    assert np.isfinite(kappa).all()
    offers = np.zeros((1, 2))
    leaving = np.array([[0.4, 0.2]])
    went = users.moves(leaving, users.appeal(offers, noise_scale=0.0), kappa, noise_scale=0.0)
    np.testing.assert_allclose(went.gained, [[0.2, 0.4]], rtol=1e-6)


LEAVING = np.array([[0.4, 0.2]])
QUARTER = np.array([[1.0, 0.25], [0.25, 1.0]])


def test_renewals_go_where_weight_and_friction_send_them():
    """w = 2 : 3, kappa = 1/4: 8/11 of .4 stay with the first, 6/7 of .2 with the second."""
    went = users.moves(
        LEAVING, users.appeal(np.array([[LOG2, LOG3]]), noise_scale=1.0), QUARTER, noise_scale=1.0
    )
    stay = np.array([8 / 11, 6 / 7])
    np.testing.assert_allclose(went.stayed, LEAVING * stay)
    np.testing.assert_allclose(went.gained, [[0.4 * 8 / 11 + 0.2 / 7, 0.4 * 3 / 11 + 0.2 * 6 / 7]])
    # without switching costs 2/5 and 3/5 would stay
    np.testing.assert_allclose(went.pulled, LEAVING * (stay - [0.4, 0.6]))
    np.testing.assert_allclose(went.surplus, [[0.4 * np.log(2.75), 0.2 * np.log(3.5)]])


def test_friction_is_of_the_vendor_that_is_left_with_the_one_that_is_joined():
    """From first to second kappa is 1/2, back 1/4; equal weights: 1/3 leave the first, 1/5 the second."""
    kappa = np.array([[1.0, 0.5], [0.25, 1.0]])
    went = users.moves(
        np.array([[0.3, 0.5]]), users.appeal(np.zeros((1, 2)), noise_scale=1.0), kappa, noise_scale=1.0
    )
    np.testing.assert_allclose(went.gained, [[0.2 + 0.1, 0.1 + 0.4]])


def test_users_of_a_vendor_that_may_not_be_taken_all_leave_it():
    went = users.moves(
        LEAVING, users.appeal(np.array([[NONE, 0.0]]), noise_scale=1.0), QUARTER, noise_scale=1.0
    )
    np.testing.assert_allclose(went.gained, [[0.0, 0.6]])
    np.testing.assert_allclose(went.stayed, [[0.0, 0.2]])


def test_where_nothing_is_offered_everybody_stays():
    went = users.moves(
        LEAVING, users.appeal(np.array([[NONE, NONE]]), noise_scale=1.0), QUARTER, noise_scale=1.0
    )
    np.testing.assert_array_equal(went.gained, LEAVING)
    np.testing.assert_array_equal(went.stayed, LEAVING)
    assert went.surplus.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(("gain", "stays"), [(5.0, 1.0), (7.0, 0.0), (14.0, 0.0)])
def test_without_noise_users_leave_if_that_gains_more_than_it_costs(gain, stays):
    """Six units to switch: nobody leaves for five more, everybody for seven."""
    offers, leaving = np.array([[0.0, gain]]), np.array([[0.4, 0.2]])
    kappa = users.friction(np.eye(2), 6.0, noise_scale=0.0)
    went = users.moves(leaving, users.appeal(offers, noise_scale=0.0), kappa, noise_scale=0.0)
    np.testing.assert_allclose(went.gained, [[0.4 * stays, 0.6 - 0.4 * stays]], atol=2e-3)


@given(seed=st.integers(0, 10_000), vendors=st.integers(1, 6), noise=st.floats(0.2, 5))
def test_nobody_is_lost_on_the_way(seed, vendors, noise):
    rng = np.random.default_rng(seed)
    offers = np.where(rng.random((4, 3, vendors)) < 0.2, NONE, rng.normal(size=(4, 3, vendors)))
    leaving = rng.random((4, 3, vendors))
    fit = rng.random((4, vendors, vendors)) * (1 - np.eye(vendors)) + np.eye(vendors)
    kappa = users.friction(fit, 3.0, noise_scale=noise)
    went = users.moves(leaving, users.appeal(offers, noise_scale=noise), kappa, noise_scale=noise)
    np.testing.assert_allclose(went.gained.sum(axis=-1), leaving.sum(axis=-1), rtol=1e-12)
    assert (went.stayed <= leaving + 1e-12).all()
    assert (went.gained >= went.stayed - 1e-12).all()


@pytest.mark.parametrize(
    ("deployed", "surplus", "outside", "noise", "expected"),
    [
        (0.5, LOG3, 0.0, 1.0, 0.075),  # .2 of the missing half, three quarters of whom come
        (0.5, LOG3, LOG3, 1.0, 0.05),
        (0.5, 2 * LOG3, 0.0, 2.0, 0.075),
        (0.5, LOG3, NONE, 1.0, 0.1),
        (0.5, NONE, 0.0, 1.0, 0.0),
        (0.5, NONE, NONE, 1.0, 0.0),
        (1.0, LOG3, 0.0, 1.0, 0.0),
        (1.0 + 1e-12, LOG3, 0.0, 1.0, 0.0),
    ],
)
def test_new_users(deployed, surplus, outside, noise, expected):
    _, come = users.newcomers(np.array([deployed]), np.array([surplus]), outside, 0.2, noise)
    assert come[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cap", "possible", "expected"),
    [
        (1.0, (True,) * 3, [True] * 3),
        (0.6, (True,) * 3, [False, True, True]),
        (0.2, (True,) * 3, [False, False, True]),
        (0.6, (True, False, False), [True, False, False]),  # leaves nobody: waived
        (0.6, (False, True, False), [False, True, False]),
    ],
)
def test_a_cap_closes_those_who_have_reached_it(cap, possible, expected):
    found = users.open_to_new(np.array(possible), np.array([0.6, 0.3, 0.1]), np.array([cap]))
    assert found.tolist() == expected


def test_without_a_cap_a_monopoly_is_open():
    assert users.open_to_new(np.array([True]), np.array([1.0]), np.array([1.0])).tolist() == [True]
