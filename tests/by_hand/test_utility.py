"""What an offer is worth, term by term: against numbers worked out by hand."""

import numpy as np
import pytest

from lockin_sim.rules import utility


def test_quality_counts_by_its_weight():
    np.testing.assert_allclose(utility.quality_term(np.array([0.5, -1.0]), 2.0), [1.0, -2.0])


def test_price_counts_by_its_logarithm_after_finance():
    """Price 2 less 20 % is 1.6, log .4700036, times 4; price 1 without finance is worth nothing."""
    term = utility.price_term(np.log(np.array([2.0, 1.0])), np.array([0.2, 0.0]), 4.0)
    np.testing.assert_allclose(term, [-1.88001452, 0.0], atol=1e-8)


def test_the_rich_mind_prices_less():
    """At e times the reference income, slope .5: 4 e^-.5 = 2.42612264."""
    found = utility.price_sensitivity(np.array([0.0, 1.0]), price_weight=4.0, price_income_slope=0.5)
    np.testing.assert_allclose(found, [4.0, 2.42612264])


def test_an_offer_has_its_bonus_at_home_and_by_a_partners_part():
    """Bonus 1.5 at home, with a partner of a quarter, and abroad; times .8."""
    term = utility.home_term(np.array([1.5, 1.5, 1.5]), np.array([1.0, 0.25, 0.0]), 0.8)
    np.testing.assert_allclose(term, [1.2, 0.3, 0.0])


def test_neighbours_and_own_layers_pull_by_their_weights():
    np.testing.assert_allclose(utility.network_term(np.array([0.3, 0.7]), 4.0), [1.2, 2.8])
    np.testing.assert_allclose(utility.stack_term(np.array([0.5, 0.0]), 0.8), [0.4, 0.0])


def test_leaving_costs_what_does_not_fit_the_incumbent():
    """Cost 5: nothing for the incumbent, 3.5 for one that fits .3; half of it when a generation frees."""
    term = utility.switching_term(np.array([[1.0, 0.3], [1.0, 0.3]]), 5.0, np.array([[1.0], [0.5]]))
    np.testing.assert_allclose(term, [[0.0, -3.5], [0.0, -1.75]])


def test_nothing_installed_means_nothing_to_switch():
    np.testing.assert_array_equal(utility.switching_term(np.ones(2), 5.0, np.array([1.0])), 0.0)


def test_affinity_pulls_both_ways():
    np.testing.assert_allclose(utility.affinity_term(np.array([1.0, -0.5]), 0.8), [0.8, -0.4])


def test_official_status_counts_for_what_a_vendor_complies_with():
    """Status 75 : 25.  A vendor all in the first family gets .75, one split evenly .5; times 2."""
    status = np.array([[0.75, 0.25], [0.0, 0.0]])
    nobody = np.zeros((2, 2), dtype=bool)
    seen = utility.official_status(status, np.array([[1.0, 0.0], [0.5, 0.5]]), nobody)
    np.testing.assert_allclose(seen, [[0.75, 0.5], [0.0, 0.0]])
    np.testing.assert_allclose(utility.official_term(seen, 2.0), [[1.5, 1.0], [0.0, 0.0]])


def test_where_a_family_is_demanded_every_offer_has_its_status_and_all_families_have_all_of_it():
    """Status 75 : 25.  The second country demands the second family; the last offer speaks both."""
    status, offers = np.array([[0.75, 0.25]] * 2), np.array([[1.0, 0.0], [0.4, 0.5], [1.0, 1.0]])
    seen = utility.official_status(status, offers, np.array([[False, False], [False, True]]))
    np.testing.assert_allclose(seen, [[0.75, 0.425, 1.0], [1.0, 0.55, 1.0]])


def test_distrust_needs_concern_and_salience():
    term = utility.concern_term(np.array([0.8, 0.8, 0.0]), np.array([0.5, 0.0, 1.0]), 2.0)
    np.testing.assert_allclose(term, [-0.8, 0.0, 0.0])


def test_the_operators_other_lot_pulls_as_it_fits():
    np.testing.assert_allclose(utility.sibling_term(np.array([1.0, 0.3]), 1.5), [1.5, 0.45])


def test_long_cables_suit_some_and_not_others():
    """At 3000 km nobody is better suited; at ten times that by 2.302585 slopes."""
    slope = np.array([0.5, -0.2])
    np.testing.assert_allclose(utility.length_term(np.array([3000.0]), slope), [0.0, 0.0])
    np.testing.assert_allclose(utility.length_term(np.array([30000.0]), slope), [1.15129255, -0.46051702])


def test_staying_out_is_worth_less_to_the_rich():
    """Ten times the reference income, weight .5: .5 * 2.302585 less."""
    worth = utility.outside_option(np.array([0.0, 2.302585]), outside_level=-5.5, outside_income_weight=0.5)
    np.testing.assert_allclose(worth, [-5.5, -6.6512925])
    never = utility.outside_option(np.array([1.0]), outside_level=-np.inf, outside_income_weight=0.5)
    assert never[0] == -np.inf


@pytest.mark.parametrize(
    ("years", "fading", "expected"), [(0.0, 0.2, 0.9), (5.0, 0.2, 0.9 * 0.36787944), (5.0, 0.0, 0.9)]
)
def test_salience_is_as_recorded_and_then_fades(years, fading, expected):
    found = utility.salience_now(np.array([0.9]), np.array([years]), fading)
    np.testing.assert_allclose(found, [expected], rtol=1e-7)


def test_in_loops_official_status_is_that_of_arrays():
    rng = np.random.default_rng(7)
    audiences, bodies, vendors, standards = 4, 3, 6, 3
    weight, status = rng.random((audiences, bodies)), rng.random((bodies, standards))
    demanded, compliance = rng.random((audiences, standards)) < 0.4, rng.random((vendors, standards))
    seen = np.empty((audiences, vendors))
    utility.fill_official_status(weight, status, demanded, compliance, seen)
    expected = utility.official_status(weight @ status, compliance, demanded)
    np.testing.assert_allclose(seen, expected, rtol=1e-12)
