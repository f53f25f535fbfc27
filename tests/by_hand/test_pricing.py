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


def test_without_learning_or_volume_cost_stays_where_it_began():
    none = pricing.learned_cost(
        np.array([1.3, 0.8]), np.array([50.0, 2.0]), np.array([10.0]), np.array([0.0])
    )
    np.testing.assert_allclose(none, [1.3, 0.8])
    new = pricing.learned_cost(np.array([1.3]), np.array([0.0]), np.array([10.0]), np.array([0.4]))
    np.testing.assert_allclose(new, [1.3])


def test_a_drift_lies_between_those_of_two_fits_by_its_logarithm():
    """Half is all the way to the one, twice all the way to the other; the root of two half of it."""
    assert pricing.around(1.0) == (0.0, 0.0)
    drift = np.array([0.5, 0.5**0.5, 1.0, 2.0**0.25, 2.0])
    np.testing.assert_allclose(pricing.around(drift), [[1, 0.5, 0, 0, 0], [0, 0, 0, 0.25, 1]], atol=1e-15)
    for one, half, twice in zip(drift, *pricing.around(drift), strict=True):
        assert pricing.around(float(one)) == pytest.approx((half, twice), abs=1e-15)


def test_every_family_beyond_the_first_costs_and_so_do_those_of_others():
    """1 + .5 + .2 less the best spoken, 1, is .7 families; of others, .5 and .2, at 4 % each .028."""
    speaks = np.array([[1.0, 0.5, 0.2], [0.0, 1.0, 0.0]])
    foreign = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    extra = pricing.speaking_cost(speaks, foreign, dual_cost=0.02, royalty_rate=0.04)
    np.testing.assert_allclose(extra, [0.014 + 0.028, 0.0])
    price = pricing.list_price(np.array([2.0, 2.0]), np.array([0.5, 0.0]), extra)
    np.testing.assert_allclose(price, [1.042, 2.0])


def test_an_offer_is_fined_for_the_part_that_does_not_speak_what_was_agreed():
    """The second country fines 20 % for the second family, which offers speak to .5, 0 and 1."""
    fine = np.array([[0.0, 0.0], [0.0, 0.2]])
    built = np.array([[1.0, 0.5], [1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(pricing.fines(fine, built), [[0.0, 0.0, 0.0], [0.1, 0.2, 0.0]])


def test_a_subsidy_takes_its_share_off_the_price():
    np.testing.assert_allclose(pricing.list_price(np.array([2.0, 2.0]), np.array([0.0, 0.25])), [2.0, 1.5])


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


def test_vendors_pass_on_what_foreign_data_rules_cost_them():
    """A price of 3 and a cost of a tenth make 3.3; no cost changes no bit."""
    asked = np.log(np.array([3.0, 1.7]))
    price = pricing.compliant_price(asked, np.array([0.1, 0.0]))
    assert np.exp(price[0]) == pytest.approx(3.3)
    assert price[1] == asked[1]


def test_quality_closes_its_share_of_the_gap_to_the_frontier_on_the_market():
    """Frontier 1.0, since the vendor at 3.0 is not on the market; a tenth of the gap each year."""
    gain = pricing.catch_up(np.array([1.0, 0.0, -1.0, 3.0]), np.array([True, True, True, False]), 0.1)
    np.testing.assert_allclose(gain, [0.0, 0.1, 0.2, 0.0])


def test_quality_drifts_where_it_is_not_on_record_any_more():
    """Half of shocks of 1 and -2; nothing for the third vendor, whose quality is on record."""
    change = pricing.drift(np.array([1.0, -2.0, 3.0]), np.array([1.0, 1.0, 0.0]), 0.5)
    np.testing.assert_array_equal(change, [0.5, -1.0, 0.0])


def test_where_nobody_is_on_the_market_nobody_learns():
    np.testing.assert_array_equal(
        pricing.catch_up(np.array([[1.0, 0.5]]), np.zeros((1, 2), dtype=bool), 0.0), 0.0
    )
