"""What is delivered adds up to the market of its years."""

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year


def world_of(buyer, expansion=np.nan):
    """One economy with two vendors, 10 USD bn a year, contracts booked over two years."""
    world = ls.toy_world(1, 2, 1, buyer=buyer, lifetime=4)
    conditions = dataclasses.replace(
        world.conditions, market_size=np.full_like(world.conditions.market_size, 10.0)
    )
    return dataclasses.replace(
        world, conditions=conditions, expansion_share=np.array([expansion]), contract_years=np.array([2])
    )


@pytest.mark.parametrize(("buyer", "expansion"), [("operator", 0.5), ("users", 1.0), ("users", 0.0)])
def test_the_world_market_is_delivered_once(buyer, expansion):
    """Where all capacity is there and lasts four years, a year of it is delivered in a year on average."""
    years, runs = 40, 64 if buyer == "operator" else 1
    world = dataclasses.replace(world_of(buyer, expansion), installed=np.array([[[0.5, 0.5]]]))
    batch = Batch(
        world, ls.Scenario.none(), ls.Parameters.neutral(), seed=1, runs=range(runs), years=(0, years),
        record=frozenset(),
    )  # fmt: skip
    for year in range(1, years + 1):
        simulate_year(batch, year)
    delivered = batch.state.deployed.sum(axis=-1).mean() / years
    assert delivered == pytest.approx(1.0, abs=0.05)
    np.testing.assert_allclose(
        batch.flows.expansion[0, 0, 0].sum(), expansion * 10.0, rtol=1e-9, err_msg="expansion"
    )


def test_lots_of_generations_buy_every_year_once():
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
        ls.Scenario.none(), world=world, parameters=parameters, runs=40, seed=3, years=(0, years),
        record=["contracts"],
    )  # fmt: skip
    signed = found.contracts.isel(year=slice(1, None), domain=0).mean(["year", "run"])
    assert float(signed) / len(world.countries) + 0.25 == pytest.approx(1.0, abs=0.02)
