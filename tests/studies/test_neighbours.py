"""Neighbours by trade and nearby: a region moved at once stays if it sees itself; one economy does not."""

import dataclasses

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.world import Influence
from lockin_sim.world.schema import read_table

REGION, N = 6, 24

#: Contracts of one year, whose only pull is that of neighbours.
PULL = {"network_weight": 30.0, "noise_scale": 1.0}


def two_regions(moved):
    """A world whose first economies hardly trade with each other; those moved begin with the first vendor."""
    own = np.arange(N) < REGION
    inside = own[:, None] == own
    np.fill_diagonal(inside, val=False)
    trade = np.where(inside & own[:, None], 0.09 / (REGION - 1), 0.91 / (N - REGION))
    trade = np.where(own[:, None], trade, (1 - np.eye(N)) / (N - 1))
    nearby = inside / inside.sum(axis=1, keepdims=True)
    installed = np.eye(2)[np.where(np.arange(N) < moved, 0, 1)][:, None]
    world = ls.toy_world(N, 2, installed=installed, influence=trade)
    return dataclasses.replace(world, influence=Influence(trade, N, nearby))


@pytest.mark.parametrize(
    ("part", "moved", "stays"), [(0.0, REGION, False), (0.7, REGION, True), (0.7, 1, False)]
)
def test_a_region_moved_at_once_stays_where_it_sees_itself_and_an_economy_alone_falls_back(
    part, moved, stays
):
    parameters = ls.Parameters.neutral(regional_weight=part, **PULL)
    ds = ls.simulate(
        ls.Scenario.none(), world=two_regions(moved), runs=8, seed=1, years=(0, 5), record="installed",
        parameters=parameters, workers=1, progress=False,
    )  # fmt: skip
    left = ds["installed"].isel(year=-1, vendor=0, country=slice(0, moved)).mean()
    assert left > 0.97 if stays else left < 0.03


def test_africa_moved_at_once_stays_where_it_sees_itself():
    """In the bundled world, from the year after the record, with contracts of one year and nothing else."""
    pull, since = {"network_weight": 30.0, "contract_end_rate": 1.0}, 2026
    nothing = dict.fromkeys(("switching_cost", "sibling_pull", "stack_weight"), 0.0)
    parameters = {name: {since: value} for name, value in (pull | nothing).items()}
    parameters |= dict.fromkeys(("taste_operator", "taste_country"), 0.0)
    left = [
        float(ls.lock_in(
            ["Africa"], after=(3,), without=("nothing",), runs=4, seed=5, posterior=None,
            parameters=parameters | {"regional_weight": part}, workers=1, progress=False,
        ).all_at_once.squeeze())
        for part in (0.0, 0.7)
    ]  # fmt: skip
    assert left[1] > 95
    assert left[0] < 60


def test_a_part_of_each_run_is_as_of_that_run_alone():
    world, base = two_regions(1), np.random.default_rng(0).random((2, 1, N, 2))
    parts = np.array([0.2, 0.9])
    together = world.influence.neighbours(base, parts[:, None, None, None])
    for run, part in enumerate(parts):
        alone = world.influence.neighbours(base[[run]], part)
        np.testing.assert_allclose(together[run], alone[0], rtol=1e-13)
        for country in (0, N - 1):
            row = world.influence.row(country, base[run, 0], part)
            np.testing.assert_allclose(row, alone[0, 0, country], rtol=1e-13)


def test_most_of_what_an_african_economy_sees_lies_in_africa():
    world = ls.load_world()
    africa = np.asarray(dict(zip(world.group_names, world.group_masks, strict=True))["Africa"][0])
    seen = [world.influence.mixed(part)[africa][:, africa].sum(axis=1).mean() for part in (0.0, 0.7)]
    assert seen[0] < 0.15
    assert seen[1] > 0.6
    np.testing.assert_allclose(world.influence.nearby.sum(axis=1), 1.0)


def test_borders_stand_once_and_join_economies_that_are_near():
    table = read_table("borders")
    pairs = [
        frozenset(pair) for pair in zip(table["iso3"].tolist(), table["other_iso3"].tolist(), strict=True)
    ]
    assert len(pairs) == len(set(pairs))
    assert all(len(pair) == 2 for pair in pairs)
    places = read_table("countries")
    landlocked = set(np.array(places.labels)[places["landlocked"]])
    assert landlocked <= {code for pair in pairs for code in pair} | {"VAT"}
