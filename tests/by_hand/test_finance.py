"""Loans at the ends of what levers may set, and who is served last; their worth is in tests/theory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import finance


def test_a_loan_that_is_repaid_at_once_after_its_grace_still_has_a_grant_element():
    """A lever may set a tenor no longer than the grace: the loan is then repaid in one payment."""
    element = finance.grant_element(np.array([0.01]), np.array([5.0]), np.array([5.0]), np.array([0.06]))
    assert np.isfinite(element).all()


@given(seed=st.integers(0, 10_000))
def test_no_lender_promises_more_than_it_has_and_only_the_last_one_served_gets_a_part(seed):
    rng = np.random.default_rng(seed)
    requests = rng.random((3, 7, 2)) * (rng.random((3, 7, 2)) < 0.7)
    money = rng.random((3, 2)) * 3
    promised = finance.promises(rng.normal(size=(3, 7, 2)), requests, money)
    given = (promised * requests).sum(axis=1)
    np.testing.assert_allclose(given, np.minimum(money, requests.sum(axis=1)))
    assert (((promised > 0) & (promised < 1)).sum(axis=1) <= 1).all()


@pytest.mark.parametrize(
    ("tenor", "grace", "expected"),
    [
        (10, 2, (3, 10, 0.125)),
        (1, 0, (1, 1, 1.0)),
        (28, 7, (8, 28, 1 / 21)),
        (9.6, 1.4, (2, 10, 1 / 9)),
        (3, 5, (6, 6, 1.0)),
    ],
)
def test_principal_is_repaid_in_equal_parts_after_the_grace(tenor, grace, expected):
    first, last, share = finance.repayment(tenor, grace)
    assert (first, last) == expected[:2]
    assert share == pytest.approx(expected[2])
    assert share * (last - first + 1) == pytest.approx(1.0)
