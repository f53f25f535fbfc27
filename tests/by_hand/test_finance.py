"""Who is served last; what loans are worth is in tests/theory."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.rules import finance


@given(seed=st.integers(0, 10_000))
def test_no_lender_promises_more_than_it_has_and_only_the_last_one_served_gets_a_part(seed):
    rng = np.random.default_rng(seed)
    requests = rng.random((3, 7, 2)) * (rng.random((3, 7, 2)) < 0.7)
    money = rng.random((3, 2)) * 3
    promised = finance.promises(rng.normal(size=(3, 7, 2)), requests, money)
    given = (promised * requests).sum(axis=1)
    np.testing.assert_allclose(given, np.minimum(money, requests.sum(axis=1)))
    assert (((promised > 0) & (promised < 1)).sum(axis=1) <= 1).all()
