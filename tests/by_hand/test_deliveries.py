"""What is delivered and sold in a year, against numbers worked out by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import one_year
from lockin_sim.model import sales
from lockin_sim.rules import contracts, pricing

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


def test_expansion_is_a_part_of_what_is_installed():
    np.testing.assert_allclose(contracts.expansion(np.array([6.0, 2.0]), 0.25), [1.5, 0.5])


def test_the_parameter_stands_in_where_the_domain_has_no_share_of_its_own():
    p = ls.Parameters.neutral(expansion_share=np.array([0.2, 0.6]))
    np.testing.assert_allclose(sales.follows_base(world_of("operator"), p), [[0.2], [0.6]])
    np.testing.assert_allclose(sales.follows_base(world_of("operator", 0.1), p), [[0.1], [0.1]])


def test_contracts_are_sold_over_their_years_and_expansion_at_once():
    """8 in two parts of 4, 3 on top; then what is left of the contract, and 1."""
    world, book = world_of("operator", 0.5), np.zeros((1, 2, 1, 1, 2))
    signed, expansion = np.array([[[[8.0, 0.0]]]]), np.array([[[[3.0, 1.0]]]])
    first = sales.sell(world, book, signed, expansion)
    np.testing.assert_allclose(first.sales, [[[[7.0, 1.0]]]])
    second = sales.sell(world, first.order_book, 0.0 * signed, expansion / 3)
    np.testing.assert_allclose(second.sales, [[[[5.0, 1 / 3]]]])
    assert not second.order_book.any()


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
    found = sales.sell(world, book, signed, expansion)
    sold, after = np.empty_like(signed[0]), np.empty_like(book[0])
    for run in range(4):
        booked, years = sales.booked(world), world.contract_years
        sales.fill_sales(book[run], signed[run], expansion[run], booked, years, sold, after)
        np.testing.assert_allclose(sold, found.sales[run], rtol=1e-14)
        np.testing.assert_allclose(after, found.order_book[run], rtol=1e-14)


def test_the_loop_form_of_what_is_remembered_is_its_array_form():
    rng, world = np.random.default_rng(2), rich_world(2)
    domains, _, vendors = world.shape
    before = rng.random((3, sales.YEARS, domains, len(world.sponsors)))
    bought = rng.random((3, domains, vendors)) * (rng.random((3, domains, 1)) > 0.3)  # some sell nothing
    found, after = sales.remembered(world, before, bought), np.empty_like(before[0])
    for run in range(3):
        sales.fill_remembered(before[run], bought[run], world.slot_sponsor, after)
        np.testing.assert_allclose(after, found[run], rtol=1e-14)
