"""When operators buy, what a contract is worth, and who may get it: against cases worked out by hand."""

import numpy as np
import pytest

from lockin_sim.rules import contracts


@pytest.mark.parametrize(
    ("years", "shock", "year"),
    [(3, 0.0, 2012), (3, 0.333, 2012), (3, 0.334, 2013), (3, 0.999, 2014), (1, 0.999, 2012), (8, 0.5, 2016)],
)
def test_lots_follow_a_launch_over_the_years_of_a_roll_out(years, shock, year):
    """Launch in 2012, then an equal part of the lots each year."""
    start = contracts.generation_start(np.array([2012]), np.array([years]), np.array([shock]))
    assert start.tolist() == [year]
    assert start.dtype.kind == "i"


@pytest.mark.parametrize(("lifetime", "chance"), [(10.0, 0.1), (2.5, 0.4), (1.0, 1.0), (0.5, 1.0)])
def test_contracts_end_once_in_a_lifetime(lifetime, chance):
    assert contracts.contract_end_probability(np.array(lifetime)) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("allowed", "passed", "share"),
    [(0.0, 0.0, 0.0), (0.0, 9.0, 0.0), (4.0, 0.0, 0.25), (4.0, 2.0, 0.5), (4.0, 3.0, 1.0), (4.0, 7.0, 1.0)],
)
def test_what_must_go_does_so_within_the_years_allowed(allowed, passed, share):
    assert contracts.removal_share(np.array(allowed), np.array(passed)) == share


@pytest.mark.parametrize("years", [1, 2, 5])
def test_after_the_years_allowed_nothing_is_left_and_as_much_goes_each_year(years):
    left, gone = 0.8, []
    for passed in range(years + 1):
        gone.append(left * float(contracts.removal_share(np.array(years), np.array(passed))))
        left -= gone[-1]
    np.testing.assert_allclose(gone, [0.8 / years] * years + [0.0], atol=1e-15)
    assert left == pytest.approx(0.0, abs=1e-15)


def test_a_contract_is_worth_the_market_of_the_years_that_it_lasts():
    """A tenth of a 3 bn-a-year market for 8 years: 2.4 bn, bought every 8 years."""
    assert contracts.contract_value(0.1, np.array(3.0), np.array(8.0)) == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("rate", "following", "years"),
    [
        (0.0, 8.0, 8.0),
        (0.5, 3.0, 1.75),  # certainly one year, a second by a half, a third by a quarter
        (1.0, 5.0, 1.0),
        (0.05, 1.0, 1.0),
        (0.05, np.inf, 10.0),  # nothing follows: the lifetime
        (0.0, np.inf, 10.0),
    ],
)
def test_a_contract_lasts_to_the_next_generation_or_its_end_by_chance(rate, following, years):
    assert contracts.expected_years(rate, np.array(following), 10.0) == pytest.approx(years)


def within(cap, *, possible=(True,) * 3, incumbent=0):
    """Shares .5, .3 and 0; a lot of .2 that the incumbent runs."""
    found = contracts.within_cap(
        np.array(possible), np.array([0.5, 0.3, 0.0]), np.array([0.2]), np.arange(3) == incumbent,
        np.array([cap]),
    )  # fmt: skip
    return found.tolist()


@pytest.mark.parametrize(
    ("cap", "incumbent", "expected"),
    [
        (1.0, 0, [True, True, True]),
        (0.5, 0, [True, True, True]),  # the incumbent keeps .5, the second would reach .5
        (0.49, 0, [False, False, True]),
        (0.69, 1, [False, True, True]),  # the first would reach .7, the incumbent keeps .3
        (0.25, 1, [False, False, True]),
        (0.1, 0, [True, True, True]),  # fits nobody: waived
    ],
)
def test_a_cap_closes_offers_that_would_go_beyond_it(cap, incumbent, expected):
    assert within(cap, incumbent=incumbent) == expected


def test_what_is_not_possible_is_closed_even_when_a_cap_is_waived():
    assert within(0.1, possible=(False, False, True)) == [False, False, True]
    assert within(0.49, possible=(True, True, False)) == [True, True, False]
    assert within(1.0, possible=(False,) * 3) == [False] * 3
