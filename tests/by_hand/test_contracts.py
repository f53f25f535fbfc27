"""When operators buy, what a contract is worth, and who may get it: against cases worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.common.conventions import NEVER
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import one_year
from lockin_sim.model import sales
from lockin_sim.rules import contracts, pricing


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


# --- deliveries ---


PARTS = frozenset({"subsidies"})


def world_of(buyer, expansion=np.nan):
    """One economy with two vendors, 10 USD bn a year, contracts booked over two years."""
    world = ls.toy_world(1, 2, 1, buyer=buyer, lifetime=4)
    conditions = dataclasses.replace(
        world.conditions, market_size=np.full_like(world.conditions.market_size, 10.0)
    )
    return dataclasses.replace(
        world, conditions=conditions, expansion_share=np.array([expansion]), contract_years=np.array([2])
    )


def test_the_parameter_stands_in_where_the_domain_has_no_share_of_its_own():
    p = ls.Parameters.neutral(expansion_share=np.array([0.2, 0.6]))
    np.testing.assert_allclose(sales.follows_base(world_of("operator"), p), [[0.2], [0.6]])
    np.testing.assert_allclose(sales.follows_base(world_of("operator", 0.1), p), [[0.1], [0.1]])


def test_contracts_are_sold_over_their_years_and_expansion_at_once():
    """8 in two parts of 4, 3 on top; then what is left of the contract, and 1."""
    world, book = world_of("operator", 0.5), np.zeros((1, 2, 1, 1, 2))
    signed, expansion = np.array([[[[8.0, 0.0]]]]), np.array([[[[3.0, 1.0]]]])
    first, book = sales.sell(world, book, signed, expansion)
    np.testing.assert_allclose(first, [[[[7.0, 1.0]]]])
    second, book = sales.sell(world, book, 0.0 * signed, expansion / 3)
    np.testing.assert_allclose(second, [[[[5.0, 1 / 3]]]])
    assert not book.any()


@pytest.mark.parametrize(("buyer", "expansion"), [("operator", 0.5), ("users", 1.0), ("users", 0.0)])
def test_the_world_market_is_delivered_once(buyer, expansion):
    """Where all capacity is there and lasts four years, a year of it is delivered in a year on average."""
    years, runs = 40, 64 if buyer == "operator" else 1
    world = dataclasses.replace(world_of(buyer, expansion), installed=np.array([[[0.5, 0.5]]]))
    batch = Batch(
        world, ls.Scenario.none(), ls.Parameters.neutral(), seed=1, runs=range(runs), years=(0, years),
        record=PARTS,
    )  # fmt: skip
    for year in range(1, years + 1):
        one_year(batch, year)
    delivered = batch.state.deployed.sum(axis=-1).mean() / years
    assert delivered == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(
        batch.flows.expansion[0, 0, 0].sum(), expansion * 10.0, rtol=1e-9, err_msg="expansion"
    )


@pytest.mark.parametrize(("engine", "runs"), [("core", 40), ("mesa", 4)])
def test_lots_of_generations_buy_every_year_once(engine, runs):
    """Due every eight years and at ends by chance: what is signed in between is worth the years between."""
    years = 40
    world = ls.toy_world(10, 2, 1, lots=5, lifetime=10)
    world = dataclasses.replace(
        world,
        launch_year=np.tile([1, 9, 17, 25, 33, 41], (1, 10, 1)),
        roll_out_years=np.full((1, 10, 6), 3),
        generation_carry_over=np.ones((1, 6)),
    )
    parameters = ls.Parameters.neutral(contract_end_rate=0.1, expansion_share=0.25)
    found = ls.simulate(
        ls.Scenario.none(), world=world, parameters=parameters, runs=runs, seed=3, years=(0, years),
        engine=engine, record=["contracts"],
    )  # fmt: skip
    signed = found.contracts.isel(year=slice(1, None), domain=0).mean(["year", "run"])
    assert float(signed) / len(world.countries) + 0.25 == pytest.approx(1.0, abs=0.02)


def test_states_share_the_cost_of_what_follows_the_base():
    """Support of a fifth: a quarter of the price of contracts and, of operators, of expansion."""
    world = world_of("operator", 0.5)
    support = np.full_like(world.conditions.state_support, 0.2)
    world = dataclasses.replace(
        world, conditions=dataclasses.replace(world.conditions, state_support=support)
    )
    found = ls.simulate(
        ls.Scenario.none(), world=world, parameters=ls.Parameters.neutral(), runs=3, seed=2, years=(0, 3),
        record=["subsidies", "group_sales"],
    )  # fmt: skip
    bought = found.contracts.isel(year=slice(1, None)) + 0.5 * 10.0
    paid = found.subsidies.isel(year=slice(1, None)).sum("vendor")
    expected = pricing.subsidy_paid(np.array(0.8), np.array(0.2), bought.values)
    np.testing.assert_allclose(paid.values, expected)


def test_the_loop_form_of_sales_is_their_array_form():
    rng, world = np.random.default_rng(1), rich_world(1)
    domains, _, vendors = world.shape
    book = rng.random((4, int(world.contract_years.max()), 2, domains, vendors))
    signed, expansion = rng.random((2, 4, 2, domains, vendors))
    sales_found, book_found = sales.sell(world, book, signed, expansion)
    sold, after = np.empty_like(signed[0]), np.empty_like(book[0])
    for run in range(4):
        booked, years = sales.booked(world), world.contract_years
        sales.fill_sales(book[run], signed[run], expansion[run], booked, years, sold, after)
        np.testing.assert_allclose(sold, sales_found[run], rtol=1e-14)
        np.testing.assert_allclose(after, book_found[run], rtol=1e-14)


def test_the_loop_form_of_what_is_remembered_is_its_array_form():
    rng, world = np.random.default_rng(2), rich_world(2)
    domains, _, vendors = world.shape
    before = rng.random((3, sales.YEARS, domains, len(world.sponsors)))
    bought = rng.random((3, domains, vendors)) * (rng.random((3, domains, 1)) > 0.3)  # some sell nothing
    found, after = sales.remembered(world, before, bought), np.empty_like(before[0])
    for run in range(3):
        sales.fill_remembered(before[run], bought[run], world.slot_sponsor, after)
        np.testing.assert_allclose(after, found[run], rtol=1e-14)


def test_generations_come_with_the_first_vendor_that_may_sell():
    """Leads of 3, 1 and 0 years; where the first may not sell the second counts, where neither does none."""
    may = np.array([[True, True, True], [False, True, True], [False, False, True], [False, False, False]])
    np.testing.assert_array_equal(contracts.head_start(np.array([3, 1, 0]), may), [3, 1, 0, 0])


def test_a_year_sooner_counts_until_the_date_of_the_generation():
    """A lead of three years: nothing four years ahead, then three, two and one year sooner; none follows."""
    left = np.array([4, 3, 2, 1, NEVER])
    np.testing.assert_array_equal(contracts.years_sooner(np.array(3), left), [0, 3, 2, 1, 0])
    np.testing.assert_array_equal(contracts.years_sooner(np.array(0), left), 0)
