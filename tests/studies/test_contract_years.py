"""Contracts a year early or late: what moves, what stays, and that runs meet what was moved."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.comparisons.variants import with_moved_contracts
from lockin_sim.record.histories import choose_history
from lockin_sim.world.contracts import NO_GENERATION, Contracts, build_contract_record, shift_contract_years


def by_lot(tenders):
    return tenders[np.lexsort([tenders[:, 0], tenders[:, 1]])]


@pytest.fixture(scope="module")
def moved(real_world):
    return with_moved_contracts(real_world)


def test_contracts_move_by_a_year_at_most_and_keep_their_order(real_world, moved):
    before, after = by_lot(real_world.contracts.tenders), by_lot(moved.contracts.tenders)
    np.testing.assert_array_equal(before[:, 1:], after[:, 1:])
    by = after[:, 0] - before[:, 0]
    assert set(by.tolist()) == {-1, 0, 1}
    assert (by != 0).mean() > 0.4
    assert abs(by.mean()) < 0.15
    assert after[:, 0].min() > real_world.first_year
    assert after[:, 0].max() <= real_world.present
    assert (np.diff(after[:, 0])[np.diff(after[:, 1]) == 0] > 0).all()


def test_all_lots_of_a_contract_move_alike(real_world, moved):
    before, after = by_lot(real_world.contracts.tenders), by_lot(moved.contracts.tenders)
    contract = np.stack([real_world.lots.operator[before[:, 1]], before[:, 0]])
    _, which = np.unique(contract, axis=1, return_inverse=True)
    by = after[:, 0] - before[:, 0]
    for k in range(which.max() + 1):
        assert len(set(by[which.ravel() == k])) == 1


def test_who_has_a_lot_follows_its_contract(real_world, moved):
    years = range(real_world.first_year, real_world.present + 1)
    laid = build_contract_record(moved.contracts, years, (len(real_world.lots), 3))
    year, lot, _, slot = moved.contracts.tenders.T
    np.testing.assert_array_equal(laid.holder[year - years.start, lot], slot)


def test_a_planted_contract_moves_with_its_holder():
    one = Contracts(
        np.array([[2015, 0, 0, 2]]),
        np.array([[2013, 0, 1], [2014, 0, 1], [2015, 0, 2], [2016, 0, 2]]),
        np.array([NO_GENERATION]),
    )
    how = {"operator": np.zeros(1, dtype=int), "first": 2010, "last": 2016}
    early, late, same = (shift_contract_years(one, np.array([by]), **how) for by in (-1, 1, 0))
    assert early.tenders.tolist() == [[2014, 0, 0, 2]]
    assert early.held.tolist() == [[2013, 0, 1], [2014, 0, 2], [2015, 0, 2], [2016, 0, 2]]
    assert late.held.tolist() == [[2013, 0, 1], [2014, 0, 1], [2015, 0, 1], [2016, 0, 2]]
    np.testing.assert_array_equal(same.held, one.held)
    edge = shift_contract_years(late, np.array([1]), **how)
    assert edge.tenders.tolist() == late.tenders.tolist()


def test_runs_meet_what_was_moved_in_a_world_that_has_the_record(real_world, moved):
    assert choose_history(moved, real_world.horizon(None)) == "conditioned"
    ds = ls.simulate(world=moved, runs=2, years=(2010, 2026), history="conditioned", record="incumbent")
    year, lot, slot = moved.contracts.held.T
    vendor = moved.slot_vendor[moved.lots.domain[lot], slot]
    met = ds["incumbent"].values[:, year - 2010, lot] == vendor
    assert met.mean() > 0.97
