"""Switches: paired with the full model, by group, and what is measured."""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.simulation import simulate
from lockin_sim.studies.claims import GROUPS, MEASURES, SWITCHES, claims, measures

YEARS = (2010, 2014)


@pytest.fixture(scope="module")
def world():
    return ls.load_world()


@pytest.fixture(scope="module")
def found(world):
    return claims(world=world, runs=2, seed=3, years=YEARS, workers=1)


def test_shape(found):
    assert dict(found.sizes) == {"switch": len(SWITCHES), "measure": len(MEASURES), "group": len(GROUPS)}
    assert (found.pairs_used.sel(group="world") == 2).all()


def test_retention_of_groups_is_unknown_and_everything_else_known(found):
    groups = ["greenfield", "built_2010"]
    assert np.isnan(found.effect.sel(measure="retention", group=groups)).all()
    assert np.isfinite(found.effect.drop_sel(measure="retention")).all()


def test_without_switching_cost_fewer_incumbents_are_kept(found):
    assert found.effect.sel(switch="no_switching_cost", measure="retention", group="world") < 0


def test_nothing_changes_before_a_policy_begins(found):
    assert (found.effect.sel(switch="no_dsr").drop_sel(measure="retention") == 0).all()


def test_the_world_lies_between_its_groups(found):
    full = found.full.sel(measure=[m for m in MEASURES if m != "retention"])
    assert (full.sel(group="world") <= full.max("group")).all()
    assert (full.sel(group="world") >= full.min("group")).all()


def test_persistence_by_hand(world):
    ds = simulate(
        world=world,
        runs=2,
        seed=3,
        years=YEARS,
        record=["installed", "group_vendor_share", "group_standard_share"],
    )
    value = measures(ds, world)["claims"][:, list(MEASURES).index("persistence"), 0]
    base = ds.installed.fillna(0)
    kept = np.minimum(base.isel(year=0), base.isel(year=-1)).sum("vendor") / base.isel(year=0).sum("vendor")
    size = xr.DataArray(world.conditions.market_size[0], dims=("country", "domain"))
    np.testing.assert_allclose(value, kept.weighted(size).mean(("country", "domain")), rtol=1e-12)
