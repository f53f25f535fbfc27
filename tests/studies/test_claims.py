"""Switches: paired with the full model, by group, and what is measured."""

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.ensemble import digest
from lockin_sim.simulation import simulate
from lockin_sim.studies.lock_in import (
    CLAIM_GROUPS,
    CLAIM_MEASURES,
    SWITCHES,
    claim_measures,
    claim_titles,
    claims,
)

YEARS = (2010, 2014)


@pytest.fixture(scope="module")
def found(real_world):
    return claims(world=real_world, runs=2, seed=3, years=YEARS, workers=1)


def test_shape(found):
    assert dict(found.sizes) == {
        "switch": len(SWITCHES),
        "measure": len(CLAIM_MEASURES),
        "group": len(CLAIM_GROUPS),
    }
    assert (found.pairs_used.sel(group="world") == 2).all()


def test_everything_is_known(found):
    assert np.isfinite(found.effect).all()


def test_without_switching_cost_fewer_incumbents_are_kept(found):
    assert found.effect.sel(switch="no_switching_cost", measure="retention", group="world") < 0


def test_a_lead_that_is_given_is_seen(found):
    """In 2014 most of it is still there; nobody's world market shrinks by it."""
    given = found.effect.sel(switch="first_mover", measure="dependence_CHN_horizon")
    assert given.sel(group="abroad") > 0.1
    assert given.sel(group="built_2010") > given.sel(group="world")
    assert "2010" in found.switch_label.sel(switch="first_mover").item()


def test_nothing_changes_before_a_policy_begins(found):
    assert (found.effect.sel(switch="no_dsr").drop_sel(measure="retention") == 0).all()


def test_markets_abroad_lie_between_their_groups(found):
    full = found.full.sel(measure=[m for m in found.measure.values if m != "retention"])
    parts = full.sel(group=["greenfield", "built_2010"])
    assert (full.sel(group="abroad") <= parts.max("group") + 1e-12).all()
    assert (full.sel(group="abroad") >= parts.min("group") - 1e-12).all()


def test_persistence_by_hand(real_world):
    ds = simulate(
        world=real_world,
        runs=2,
        seed=3,
        years=YEARS,
        record=["installed", "group_retention", "group_vendor_share", "group_standard_share"],
    )
    value = claim_measures(ds, real_world)["claims"][
        :, list(claim_titles(real_world)).index("persistence"), 0
    ]
    named = [v for v in real_world.vendors if v != "local"]
    domains = [d for d, who in zip(real_world.domains, real_world.buyer, strict=True) if who != "adopters"]
    base = ds.installed.sel(vendor=named, domain=domains).fillna(0)
    first, last = base.isel(year=0), base.isel(year=-1)
    kept = (first.argmax("vendor") == last.argmax("vendor")).astype(float).where(first.sum("vendor") > 0)
    size = xr.DataArray(
        real_world.conditions.market_size[0],
        dims=("domain", "country"),
        coords={"domain": list(real_world.domains), "country": list(real_world.countries)},
    )
    np.testing.assert_allclose(value, kept.weighted(size).mean(("country", "domain")), rtol=1e-12)


def test_every_run_has_a_draw_and_one_way_to_build_the_model(real_world, found):
    declared = claims(world=real_world, draws=False, runs=2, seed=3, years=YEARS, workers=1)
    assert (declared.full != found.full).any()
    assert (found.attrs["posterior"], declared.attrs["posterior"]) == (digest(ls.open_results("bundled")), "")
