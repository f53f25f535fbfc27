"""Do runs say who stays at a change of generation as the record of suppliers does?"""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.record import CHANGES
from lockin_sim.record.questions import stays_of
from lockin_sim.record.tables import staying, staying_economies

YEARS = range(2010, 2025)
BEFORE, AFTER = "huawei", "nokia"


def moves(real_world, after, restricted=False):
    """Runs in which the first half of all lots moves in 2012 and 2019 and the others a year later, all from
    BEFORE; after (run, generation, lot), what stands there then."""
    n = len(real_world.lots)
    year = np.array(YEARS)[:, None]
    later = (np.arange(n) % 2)[None]
    generation = (year >= 2012 + later).astype(int) + (year >= 2019 + later) - 1
    vendor = np.full((len(after), len(YEARS), n), real_world.vendors.index(BEFORE))
    for run, mine in enumerate(after):
        for into in range(2):
            vendor[run] = np.where(generation >= into, mine[into], vendor[run])
    axes = ("run", "year", "lot")
    everywhere = np.full(
        (len(after), len(YEARS), len(real_world.countries), len(real_world.sponsors)), restricted
    )
    return xr.Dataset(
        {
            "incumbent": (axes, vendor),
            "generation": (axes, np.broadcast_to(generation, vendor.shape)),
            "restricted": (("run", "year", "country", "sponsor"), everywhere),
        },
        coords={"sponsor": list(real_world.sponsors), "year": list(YEARS)},
    )


def test_who_changes_nothing_stays_and_who_changes_all_leaves(real_world):
    stay, leave = (
        np.full((2, len(real_world.lots)), real_world.vendors.index(name)) for name in (BEFORE, AFTER)
    )
    ds = moves(real_world, np.stack([stay, leave, np.stack([leave[0], stay[0]])]))
    np.testing.assert_array_equal(stays_of(ds, real_world), [[1, 1, 1], [0, 1, 1], [0, 0, 0]])


def test_a_part_of_the_network_is_enough_where_it_is_as_large_as_the_others(real_world):
    """Operators with two lots keep BEFORE in one; those with one lot lose it."""
    lots = real_world.lots
    one = np.where((lots.sibling >= 0) & (np.arange(len(lots)) < lots.sibling), BEFORE, AFTER)
    after = np.array([[real_world.vendors.index(name) for name in one]] * 2)[None]
    mine = (lots.domain == real_world.domains.index("mobile_network")) & np.isin(
        np.array(real_world.countries)[lots.country], staying_economies()
    )
    operators = len(set(lots.operator[mine]))
    several = len(set(lots.operator[mine & (lots.sibling >= 0)]))
    assert 0 < several < operators
    assert stays_of(moves(real_world, after), real_world)[0, 0] == pytest.approx(several / operators)


def test_restricted_incumbents_are_left_out_of_the_last(real_world):
    stay = np.full((1, 2, len(real_world.lots)), real_world.vendors.index(BEFORE))
    free = stays_of(moves(real_world, stay), real_world)
    hit = stays_of(moves(real_world, stay, restricted=True), real_world)
    np.testing.assert_array_equal(free, [[1, 1, 1]])
    np.testing.assert_array_equal(hit, [[1, 1, np.nan]])


def test_who_has_not_moved_all_lots_is_left_out(real_world):
    ds = moves(real_world, np.full((1, 2, len(real_world.lots)), real_world.vendors.index(AFTER)))
    early = stays_of(ds.sel(year=slice(2010, 2019)), real_world)
    assert early[0, 0] == 0
    assert early[0, 1] == 1  # only those whose lots all move in 2019
    assert np.isnan(stays_of(ds.sel(year=slice(2010, 2018)), real_world)[0, 1])


def test_incumbents_that_are_restricted_stay_less_often_on_record():
    assert list(staying()) == list(CHANGES)
    assert staying()["stays_5g"] < staying()["stays_5g_free"]


def test_without_switching_costs_fewer_stay():
    at = [
        ls.hindcast(runs=4, seed=1, until=2024, parameters=values)
        for values in (None, {"switching_cost": 0.0})
    ]
    for name in CHANGES:
        as_is, free = (of[name].value for of in at)
        assert 0.5 < as_is < 1
        assert free < as_is - 0.15


def test_generations_are_those_that_lots_were_due_for():
    ds = ls.simulate("baseline", runs=2, seed=1, years=(2010, 2024), record=("generation", "incumbent"))
    found = ds["generation"].transpose("run", "year", "lot").values
    assert (found[:, 0] == -1).all()
    assert (np.diff(found, axis=1) >= 0).all()
    mobile = ds["lot_domain"].values == "mobile_network"
    assert set(np.unique(found[..., mobile])) == {-1, 0, 1}
    assert (found[..., ~mobile] == -1).all()
