"""What a loan is worth, who lends, and how it is repaid: against cash flows and numbers computed by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockin_sim.model.decisions import paid_beside
from lockin_sim.rules import finance
from lockin_sim.settings.parameters import Parameters


def by_cash_flow(rate, tenor, grace, discount, payments):
    """Grant element from every payment of a loan of 100, discounted one by one."""
    periods, free = tenor * payments, grace * payments
    per_period = (1 + discount) ** (1 / payments)
    owed, value = 100.0, 0.0
    for period in range(1, periods + 1):
        interest = owed * rate / payments
        principal = 100.0 / (periods - free) if period > free else 0.0
        value += (interest + principal) / per_period**period
        owed -= principal
    return 100.0 - value


@pytest.mark.parametrize(
    ("rate", "tenor", "grace", "discount", "payments", "published"),
    [
        (0.02, 20, 5, 0.05, 1, 27.469065),
        (0.02, 20, 5, 0.05, 2, 26.844578),
        (0.0075, 40, 10, 0.10, 2, 80.859874),
        (0.0075, 40, 10, 0.05, 2, 57.804445),
        (0.025, 15, 5, 0.05, 2, 19.136328),
        (0.045, 15, 5, 0.05, 2, 3.444481),
    ],
)
def test_v28_grant_element_is_the_published_one_and_that_of_the_cash_flow(
    rate, tenor, grace, discount, payments, published
):
    element = float(finance.grant_element(rate, tenor, grace, discount, payments))
    assert element == pytest.approx(published, abs=5e-7)
    assert element == pytest.approx(by_cash_flow(rate, tenor, grace, discount, payments), rel=1e-9)


@given(
    rate=st.floats(0, 0.2),
    grace=st.integers(0, 10),
    longer=st.integers(1, 30),
    discount=st.floats(0.005, 0.2),
    payments=st.sampled_from((1, 2, 4)),
)
def test_grant_element_is_the_present_value_of_any_loan(rate, grace, longer, discount, payments):
    element = float(finance.grant_element(rate, grace + longer, grace, discount, payments))
    assert element == pytest.approx(by_cash_flow(rate, grace + longer, grace, discount, payments), abs=1e-7)


def test_a_loan_that_is_repaid_at_once_after_its_grace_still_has_a_grant_element():
    """A lever may set a tenor no longer than the grace: the loan is then repaid in one payment."""
    element = finance.grant_element(np.array([0.01]), np.array([5.0]), np.array([5.0]), np.array([0.06]))
    assert np.isfinite(element).all()


def test_priority_is_appeal_and_grant_element_and_luck():
    """Appeal .5, grant element 20 % to the power of 2, luck 1: .5 + 2 log 20 + 1; the second lender does not
    look at terms; whom it does not serve it never serves."""
    found = finance.priority(
        np.array([[0.5, 0.5], [0.0, -np.inf]]), np.array([[20.0, 20.0], [-5.0, 30.0]]), np.array([2.0, 0.0]),
        np.array([[1.0, 1.0], [0.0, 9.0]]),
    )  # fmt: skip
    np.testing.assert_allclose(found[0], [0.5 + 2 * np.log(20) + 1, 1.5])
    assert found[1, 0] == pytest.approx(2 * np.log(1e-6))
    assert found[1, 1] == -np.inf


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (10.0, [1.0, 1.0, 0.0, 1.0]),
        (7.0, [0.5, 1.0, 0.0, 1.0]),  # 3 + 2 go first, 2 of 4 are left
        (4.0, [0.0, 0.5, 0.0, 1.0]),
        (0.0, [0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_promises_are_given_in_order_until_nothing_is_left(money, expected):
    """Served: the fourth (asks 3), the second (2), the first (4); the third comes first but asks nothing."""
    promised = finance.promises(
        np.array([[-1.0], [0.5], [9.0], [2.0]]), np.array([[4.0], [2.0], [0.0], [3.0]]), np.array([money])
    )
    np.testing.assert_allclose(promised[:, 0], expected)


@given(seed=st.integers(0, 10_000))
def test_no_lender_promises_more_than_it_has_and_only_the_last_one_served_gets_a_part(seed):
    rng = np.random.default_rng(seed)
    requests = rng.random((3, 7, 2)) * (rng.random((3, 7, 2)) < 0.7)
    money = rng.random((3, 2)) * 3
    promised = finance.promises(rng.normal(size=(3, 7, 2)), requests, money)
    given = (promised * requests).sum(axis=1)
    np.testing.assert_allclose(given, np.minimum(money, requests.sum(axis=1)))
    assert (((promised > 0) & (promised < 1)).sum(axis=1) <= 1).all()


@pytest.mark.parametrize("scarce", [0.0, 0.2, 0.9])
def test_in_loops_a_lender_serves_whom_it_serves_over_arrays(scarce):
    rng = np.random.default_rng(5)
    requests, order = rng.random((40, 9, 1)), rng.normal(size=(40, 9, 1))
    money = scarce * requests.sum(axis=1)
    for asked, first, left, expected in zip(
        requests[..., 0], order[..., 0], money[:, 0], finance.promises(order, requests, money)[..., 0],
        strict=True,
    ):  # fmt: skip
        promised = np.full(9, np.nan)
        finance.serve(9, first.copy(), asked, left, promised)
        np.testing.assert_allclose(promised, expected, rtol=1e-12, atol=1e-14)


def test_in_loops_a_buyer_borrows_what_it_borrows_over_arrays():
    """Lenders of equal terms, untied and tied ones, two of one sponsor, some that promise nothing."""
    rng = np.random.default_rng(6)
    promise = rng.random((60, 6)) * rng.choice([0.0, 0.3, 1.0], (60, 6))
    element = rng.choice([-5.0, 20.0, 30.0, 45.0], (60, 6))
    tied, sponsor = np.array([True, True, False, True, False, True]), np.array([0, 0, 1, 2, 3, 3])
    given = finance.co_finance(promise, element, tied, sponsor, 4)
    benefit = finance.price_benefit(given, element, 0.85)
    for k in range(len(promise)):
        left, found, off = np.full(5, np.nan), np.full((5, 6), np.nan), np.full(5, np.nan)
        finance.borrow(promise[k].copy(), element[k], (tied, sponsor), 0.85, left, found, off)
        np.testing.assert_allclose(found, given[k], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(off, benefit[k], rtol=1e-12, atol=1e-14)


SPONSORS = np.array([0, 1, 2])


@pytest.mark.parametrize(
    ("promise", "expected"),
    [
        # the buyer of sponsor 0's vendors: .6 of its tied money, .3 of the second best, .1 of the third;
        # of all others' vendors: the tied money does not pay for them
        ([0.6, 0.7, 0.3], [[0.6, 0.1, 0.3], [0.0, 0.7, 0.3], [0.0, 0.7, 0.3], [0.0, 0.7, 0.3]]),
        ([1.0, 1.0, 1.0], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]),
        ([0.2, 0.1, 0.3], [[0.2, 0.1, 0.3], [0.0, 0.1, 0.3], [0.0, 0.1, 0.3], [0.0, 0.1, 0.3]]),
        ([0.0, 0.0, 0.0], [[0.0] * 3] * 4),
    ],
    ids=["one loan of three sponsors", "the best alone", "not even one full loan", "no money"],
)
def test_a_loan_is_filled_with_the_softest_promises_first(promise, expected):
    """Grant elements 40, 20, 30 %; the first's money is for its own vendors; the last row has no sponsor."""
    given = finance.co_finance(
        np.array(promise), np.array([40.0, 20.0, 30.0]), np.array([True, False, False]), SPONSORS, 3
    )
    np.testing.assert_allclose(given, expected, atol=1e-15)


def test_two_lenders_of_one_sponsor_fill_one_loan_and_the_earlier_one_is_first_among_equals():
    """Both of sponsor 1, tied, 30 % each: .7 and the other .3; nothing for other sponsors' vendors."""
    given = finance.co_finance(
        np.array([0.7, 0.8]), np.array([30.0, 30.0]), np.array([True, True]), np.array([1, 1]), 2
    )
    np.testing.assert_allclose(given, [[0.0, 0.0], [0.7, 0.3], [0.0, 0.0]], atol=1e-15)


@pytest.mark.parametrize("follows", [0.0, 0.5, 0.8])
def test_a_loan_pays_for_the_network_however_spending_is_divided(follows):
    """Of spending of 10 what is tendered is the contract; with 2.2 for what carries it loans pay for 22, or
    10 where nothing carries it, whether the part that follows is the domain's own or that of all."""
    backbone, own = np.array([True, False, True]), np.array([np.nan, np.nan, follows])
    parameters = Parameters(expansion_share=follows, financed_base=2.2)
    network = paid_beside(backbone, own, parameters) * 10.0 * (1 - follows)
    np.testing.assert_allclose(network, [22.0, 10.0, 22.0])
    assert np.isfinite(paid_beside(backbone, np.ones(3), parameters)).all()  # where nothing is tendered


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
