"""What vendors ask: against published learning curves and prices worked out by hand."""

import numpy as np
import pytest
from scipy.integrate import quad

from lockin_sim.rules import pricing, utility


@pytest.mark.parametrize(
    ("learning_rate", "exponent", "break_even", "investment"),
    [
        (0.1, 0.15200309, 95.5917, 15.776274),
        (0.2, 0.32192809, 8.611614, 2.138995),
        (0.3, 0.51457317, 3.845999, 0.956837),
    ],
)
def test_v22_an_entrant_twice_as_dear_breaks_even_at_the_published_volume(
    learning_rate, exponent, break_even, investment
):
    """Cost 2 at the reference volume 1; the incumbent's is 1; volumes counted from the reference on."""

    def cost(volume):
        return float(
            pricing.learned_cost(np.array(2.0), np.array(volume - 1.0), np.array(1.0), np.array(exponent))
        )

    assert cost(2.0) / cost(1.0) == pytest.approx(1 - learning_rate, rel=1e-7)
    assert cost(break_even) == pytest.approx(1.0, rel=1e-6)
    assert quad(lambda x: cost(x) - 1.0, 1.0, break_even)[0] == pytest.approx(investment, rel=1e-5)


def test_a_drift_lies_between_those_of_two_fits_by_its_logarithm():
    """Half is all the way to the one, twice all the way to the other; the root of two half of it."""
    assert pricing.around(1.0) == (0.0, 0.0)
    drift = np.array([0.5, 0.5**0.5, 1.0, 2.0**0.25, 2.0])
    np.testing.assert_allclose(pricing.around(drift), [[1, 0.5, 0, 0, 0], [0, 0, 0, 0.25, 1]], atol=1e-15)
    for one, half, twice in zip(drift, *pricing.around(drift), strict=True):
        assert pricing.around(float(one)) == pytest.approx((half, twice), abs=1e-15)


@pytest.mark.parametrize(
    ("own_share", "factor"),
    [(1.0, 1.64872127), (0.0, 0.81873075), (0.5, 1.16183424)],
    ids=["rip-off e^.5", "bargain e^-.2", "half and half e^.15"],
)
def test_v27_customers_pay_first_less_then_more(own_share, factor):
    price = pricing.log_customer_price(
        np.log(np.array([3.0])), np.array([own_share]), lock_in_markup=0.5, penetration_discount=0.2
    )
    np.testing.assert_allclose(np.exp(price), 3.0 * factor)


def test_v27_the_markup_that_a_switching_cost_allows_is_s_over_the_price_weight():
    """Cost 1 on both sides, s = 2, price weight 4: marked up by e^.5 the incumbent is just not left."""
    markup = pricing.log_customer_price(
        np.zeros(2), np.array([1.0, 0.0]), lock_in_markup=0.5, penetration_discount=0.0
    )
    worth = utility.price_term(markup, np.zeros(2), 4.0) + utility.switching_term(
        np.array([1.0, 0.0]), 2.0, np.array([1.0])
    )
    assert worth[0] == pytest.approx(worth[1])
