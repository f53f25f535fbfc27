"""What contracts on record say of switching costs and lasting tastes."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common.draws import History, Luck
from lockin_sim.comparisons.variants import ALTERNATIVES
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.evidence.likelihood import (
    ALL,
    INFORMED,
    READ,
    combine_log_likelihoods,
    compute_contracts_at,
    estimate_likelihood_noise,
    select_contract_rows,
)
from lockin_sim.evidence.posterior import build_prior
from lockin_sim.settings.ensemble import BUNDLED, compute_effective_sample_size
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import GENERATIONS, changes, spells

#: Switching costs and spreads of tastes far apart: contracts of one are not likely at the other.
TRUTHS = ((1.5, 2.5), (5.0, 0.6))


def at(pairs, world=None, runs=4, rows=(READ,), **others):
    """Log likelihood of contracts run by run at switching costs and spreads of tastes."""
    costs, tastes = np.array(pairs, dtype=float).T
    values = Parameters(switching_cost=costs, taste_operator=tastes, **others)
    how = {"world": world or ls.load_world(), "points": len(pairs), "runs": runs, "rows": rows, "workers": 1}
    return compute_contracts_at("test", values, **how)


def made_by(cost, taste, seed):
    """The world whose record is what happened in a run, where and when the bundled one has a record.

    Of the bundled record the run takes the dates alone, so that its first suppliers too follow its tastes;
    one lot stands for each operator, whose lots would decide one by one where the likelihood sees a decision.
    """
    world = ls.load_world()
    later = world.contracts.held[world.contracts.held[:, 0] > world.first_year]
    undecided = dataclasses.replace(world, contracts=dataclasses.replace(world.contracts, held=later))
    numbers = np.full((1, len(world.countries)), seed)
    none = Luck.of(1, len(world.lots), [], world.shape[2])
    past = History(numbers, np.array([seed]), seed=7, last=world.present, facts=True, luck=none)
    values = Parameters(switching_cost=cost, taste_operator=taste)
    batch = Batch(
        undecided, ls.load_scenario("baseline"), values, seed=7, runs=[seed],
        years=(world.first_year, world.present), record=frozenset(), history=past,
    )  # fmt: skip
    went = [batch.state.incumbent[0].copy()]
    for year in range(world.first_year + 1, world.present + 1):
        simulate_year(batch, year)
        went.append(batch.state.incumbent[0].copy())
    _, one_lot = np.unique(world.lots.operator, return_index=True)
    record = {}
    for name in ("tenders", "held"):
        rows = getattr(world.contracts, name)
        rows = rows[np.isin(rows[:, 1], one_lot)]
        rows[:, -1] = np.array(went)[rows[:, 0] - world.first_year, rows[:, 1]]
        record[name] = rows[rows[:, -1] >= 0]
    made = dataclasses.replace(world.contracts, **record)
    return dataclasses.replace(world, contracts=made, facts={**world.facts, "contracts_read": made})


@pytest.mark.slow
@pytest.mark.parametrize("truth", TRUTHS)
def test_costs_and_tastes_behind_contracts_are_recovered(truth):
    """Contracts that the model made at known values: within three standard deviations of the posterior on a
    grid, over the mean of three records."""
    grid = [(c, t) for c in (0.5, 1.5, 2.5, 3.5, 5.0, 6.5) for t in (0.3, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0)]
    off = []
    for seed in range(3):
        found = combine_log_likelihoods(at(grid, made_by(*truth, seed), runs=2))[:, 0]
        weight = np.exp(found - found.max())
        weight /= weight.sum()
        mean = weight @ np.array(grid)
        spread = np.sqrt(weight @ (np.array(grid) - mean) ** 2)
        off.append((mean - truth) / np.hypot(spread, [0.3, 0.15]))  # and a third of a step of the grid
    assert np.abs(np.mean(off, axis=0)).max() < 3 / np.sqrt(3)


def test_chance_hardly_tells_points_apart():
    """Points have the same luck: their differences are known to half a unit."""
    by_run = at([(3.0, 1.7), (4.0, 1.2), (2.0, 1.5)])[:, 0]
    assert 0 < estimate_likelihood_noise(by_run) < 0.7


def test_alternatives_cost_what_the_record_allows():
    """Half a unit to four of log likelihood below the best of costs and tastes, at declared values."""
    best = (3.0, 1.7)
    settings = [ALTERNATIVES[name].settings for name in ("switching", "taste")]
    pairs = [best, *((each["switching_cost"], each["taste_operator"]) for each in settings)]
    assert best == (
        collect_declarations()["switching_cost"].default,
        collect_declarations()["taste_operator"].default,
    )
    found = combine_log_likelihoods(at([*pairs, (5.0, 0.4), (1.0, 3.0)], runs=8))[:, 0]
    lost = found[0] - found[1:]
    assert ((lost[:2] > 0.4) & (lost[:2] < 4)).all()
    assert (lost[2:] > 6).all()


def test_tastes_that_drift_are_likelier_than_tastes_that_last():
    """Each at its best cost and spread."""
    drift = combine_log_likelihoods(at([(3.0, 1.7)], runs=4))[0, 0]
    last = combine_log_likelihoods(at([(2.4, 1.7)], runs=4, taste_persistence=1.0))[0, 0]
    assert 1 < drift - last < 8


def test_neighbours_matter_and_contracts_hardly_tell_who_they_are():
    nobody, trade, nearby = (
        combine_log_likelihoods(at([(3.0, 1.7)], runs=4, **how))[0, 0]
        for how in ({"network_weight": 0.0}, {"regional_weight": 0.0}, {"regional_weight": 0.7})
    )
    assert nobody < min(trade, nearby)
    assert abs(trade - nearby) < 3


def test_rows_that_were_read_stand_beside_all():
    every, read = (select_contract_rows(ls.load_world(), rows) for rows in (ALL, READ))
    assert 0 < len(read.contracts.tenders) < len(every.contracts.tenders)
    by_run = at([(3.0, 1.7), (1.8, 1.6)], runs=2, rows=(ALL, READ))
    assert by_run.shape[1] == 2
    said = combine_log_likelihoods(by_run)
    assert (said[:, 1] > said[:, 0]).all()  # fewer rows
    assert said[1, 1] - said[0, 1] > said[1, 0] - said[0, 0]  # and less continuity


def test_priors_of_what_contracts_inform_are_flat():
    known = build_prior()
    for name in INFORMED:
        place = known.names.index(name)
        assert np.isnan(known.centre[place])
        assert (known.low[place], known.high[place]) == collect_declarations()[name].range
    bargaining = [known.names.index(name) for name in ("penetration_discount", "lock_in_markup")]
    assert np.isnan(known.centre[bargaining]).all()
    assert (known.low[bargaining] == 0).all()
    assert (known.high[bargaining] == 0.3).all()


def came_back(*, recalled):
    """How many operators returned at 5G to a supplier that they left at 4G, and how many had left."""
    every = list(changes(spells(recalled=recalled)))
    before, after = (
        {(c.after.iso3, c.after.operator): c for c in every if GENERATIONS[c.after.generation] == generation}
        for generation in ("4G", "5G")
    )
    left = {who: of.before.last.vendors for who, of in before.items() if not of.stayed and who in after}
    return sum(bool(had & after[who].after.first.vendors) for who, had in left.items()), len(left)


def test_the_page_counts_rows_and_who_came_back():
    text = " ".join((Path(__file__).parents[2] / "docs" / "calibration.md").read_text("utf-8").split())
    status = read_table("contracts")["status"]
    assert f"Of {len(status)} rows {(status == 'read').sum()} were read in a source" in text
    (back, left), (of_read, left_of_read) = (came_back(recalled=recalled) for recalled in (True, False))
    assert f"of {left} operators that left their suppliers at 4G, {back} returned to one at 5G" in text
    assert f"({of_read} of {left_of_read} in rows that were read)" in text


def test_the_bundled_draws_are_enough():
    draws = ls.open_results("bundled")
    assert draws.attrs["effective_draws"] >= 200
    assert draws.attrs["facts_off"] < 2  # emulators err less than chance does


def test_the_bundled_draws_say_how_many_they_are_and_their_files_are_small():
    draws = ls.open_results("bundled")
    found, independent = draws.attrs["effective_draws"], draws.attrs["independent_steps"]
    weight = draws["weight"].values / draws["weight"].values.sum()
    assert 1 / found == pytest.approx((weight**2).sum() + 1 / independent)
    assert compute_effective_sample_size(draws) == found
    sizes = {path.name: path.stat().st_size for path in Path(BUNDLED).iterdir()}
    assert sizes["tastes.nc"] < 5e6
    assert sizes["posterior.nc"] < 1.6e6
    assert {*INFORMED, "effort_returns", "quality_spread"} <= set(draws["parameter"].values.tolist())
