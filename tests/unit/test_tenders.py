"""What is bought and how it is booked: against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import tenders


@pytest.mark.parametrize(
    ("lots", "lifetime", "expected"), [(1, 10, 0.1), (4, 10, 0.4), (12, 10, 1.0), (1, 1, 1.0), (1, 0.5, 1.0)]
)
def test_probability_of_a_tender(lots: float, lifetime: float, expected: float) -> None:
    assert tenders.tender_probability(np.array(lots), np.array(lifetime)) == pytest.approx(expected)


def test_a_tender_releases_its_tranche_of_every_vendors_base() -> None:
    base = np.array([[0.6, 0.2], [0.6, 0.2]])
    released = tenders.released_base(
        base, np.array([[True], [False]]), np.array([[0.25]]), np.zeros((2, 2), dtype=bool), np.zeros((2, 1))
    )
    np.testing.assert_allclose(released, [[0.15, 0.05], [0.0, 0.0]])


def test_forced_replacement_takes_banned_base_beyond_the_tender() -> None:
    """Banned .6: tranche .25 gives .15, and half of the other .45 must go too: .375.  The rest as usual."""
    released = tenders.released_base(
        np.array([0.6, 0.2]), np.array([True]), np.array([0.25]), np.array([True, False]), np.array([0.5])
    )
    np.testing.assert_allclose(released, [0.375, 0.05])


@pytest.mark.parametrize("years", [1, 2, 5])
def test_forced_replacement_is_complete_after_the_years_allowed(years: int) -> None:
    """In the year of the ban and each year after; without any tender of its own; evenly."""
    base, gone = np.array([0.8, 0.2]), []
    for passed in range(years + 2):
        share = tenders.phase_out_share(np.array([float(years)]), np.array([float(passed)]))
        released = tenders.released_base(
            base, np.array([False]), np.array([1.0]), np.array([True, False]), share
        )
        gone.append(float(released[0]))
        base = tenders.book_winner(base, released, np.array([0.0]), np.array([False, True]))
        if passed >= years - 1:
            assert base[0] == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose(gone[:years], 0.8 / years)
    np.testing.assert_allclose(base, [0.0, 1.0])


def test_without_a_deadline_nothing_is_forced() -> None:
    assert tenders.phase_out_share(np.array([0.0]), np.array([7.0]))[0] == 0.0


@pytest.mark.parametrize(
    ("installed", "considered", "build_out", "expected"),
    [
        ([0.3, 0.2], True, 0.4, 0.2),  # .4 of the missing half
        ([0.3, 0.2], False, 0.4, 0.0),
        ([0.6, 0.39], True, 0.3, 0.01),  # less than the least decision is left: all of it
        ([0.6, 0.35], True, 0.3, 0.02),  # .3 of .05 would be less than the least decision
        ([0.6, 0.4], True, 1.0, 0.0),
        ([0.0, 0.0], True, 1.0, 1.0),
    ],
)
def test_new_capacity(installed: list[float], considered: bool, build_out: float, expected: float) -> None:
    added = tenders.new_capacity(np.array([sum(installed)]), np.array([considered]), build_out)
    assert added.shape == (1,)
    assert added[0] == pytest.approx(expected)


def test_the_winner_gets_what_was_released_and_what_is_new() -> None:
    after = tenders.book_winner(
        np.array([0.5, 0.3, 0.0]),
        np.array([0.25, 0.15, 0.0]),
        np.array([0.1]),
        np.array([False, False, True]),
    )
    np.testing.assert_allclose(after, [0.25, 0.15, 0.5])


def test_if_nobody_wins_nothing_changes() -> None:
    base = np.array([0.5, 0.3])
    after = tenders.book_winner(base, np.array([0.25, 0.15]), np.array([0.2]), np.zeros(2, dtype=bool))
    np.testing.assert_array_equal(after, base)


@given(seed=st.integers(0, 10_000), vendors=st.integers(1, 6), tranche=st.floats(0, 1))
def test_booking_conserves_capacity(seed: int, vendors: int, tranche: float) -> None:
    rng = np.random.default_rng(seed)
    base = rng.dirichlet(np.ones(vendors + 1), size=20)[:, :-1]
    released = tenders.released_base(
        base,
        rng.random((20, 1)) < 0.7,
        np.full((20, 1), tranche),
        rng.random((20, vendors)) < 0.3,
        rng.choice((0.0, 0.5, 1.0), (20, 1)),
    )
    added = tenders.new_capacity(base.sum(axis=-1, keepdims=True), rng.random((20, 1)) < 0.5, 0.4)
    winner = np.arange(vendors) == rng.integers(0, vendors, (20, 1))
    after = tenders.book_winner(base, released, added, winner)
    np.testing.assert_allclose(after.sum(axis=-1), base.sum(axis=-1) + added[:, 0], atol=1e-12)
    assert after.min() >= -1e-15
    assert after.sum(axis=-1).max() <= 1 + 1e-12


def test_contracts_average_the_market_over_their_lifetime() -> None:
    """A tenth of a 3 bn-a-year market with a lifetime of 8 years: 2.4 bn, tendered every 8 years."""
    assert tenders.contract_value(np.array(0.1), np.array(3.0), np.array(8.0)) == pytest.approx(2.4)
